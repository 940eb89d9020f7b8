/** The texts of the command palette. */
export const paletteMessages = {
  title: 'Commands',
  placeholder: 'Type a command, a folder or a file',
  list: 'What can be done',
  none: 'Nothing fits these words.',
  hint: 'Arrows choose, Enter does it, Escape closes.',
  key: 'Commands and files',
  groups: { do: 'Do', go: 'Go to', folders: 'Folders', files: 'Files' },
  go: 'Go to {place}',
  log: 'Log',
  bundle: 'Support bundle',
  syncAll: 'Sync all folders now',
  pause: 'Pause for {hours} hours',
  pauseForever: 'Pause until I resume',
  folder: {
    show: 'Show {name}',
    edit: 'Edit {name}',
    plan: 'What would happen in {name}',
    sync: 'Sync {name} now',
    restore: 'Restore from {name}',
  },
  done: { sync: 'Looking for changes…', pause: 'Paused.', resume: 'Going on.' },
} as const
