/** The texts of the command palette. */
export const paletteStrings = {
  title: 'Commands',
  placeholder: 'Type a command, a folder or a file',
  list: 'What can be done',
  none: 'Nothing fits these words.',
  hint: 'Arrows choose, Enter does it, Escape closes.',
  key: 'Commands and files',
  groups: { do: 'Do', go: 'Go to', folders: 'Folders', files: 'Files' },
  go: (place: string) => `Go to ${place}`,
  log: 'Log',
  bundle: 'Support bundle',
  syncAll: 'Sync all folders now',
  pause: (hours: number) => `Pause for ${hours} hours`,
  pauseForever: 'Pause until I resume',
  folder: {
    show: (name: string) => `Show ${name}`,
    edit: (name: string) => `Edit ${name}`,
    plan: (name: string) => `What would happen in ${name}`,
    sync: (name: string) => `Sync ${name} now`,
    restore: (name: string) => `Restore from ${name}`,
  },
  done: { sync: 'Looking for changes…', pause: 'Paused.', resume: 'Going on.' },
} as const
