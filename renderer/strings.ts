import type { ErrorCode } from '../common/errors.ts'
import type { ActionKind, Coverage, JobState, TransferMethod } from '../common/model.ts'
import type { FolderState, Headline } from '../common/protocol.ts'
import { formatBytes, formatNumber } from './format.ts'

const plural = (n: number, one: string, many: string): string => `${formatNumber(n)} ${n === 1 ? one : many}`
const files = (n: number): string => plural(n, 'file', 'files')

/** What each headline is called. The sentence beside it comes from the service. */
export const HEADLINES: Readonly<Record<Headline, string>> = {
  protected: 'Protected',
  syncing: 'Syncing',
  waiting: 'Waiting',
  paused: 'Paused',
  attention: 'Needs attention',
  offline: 'Offline',
  unconfigured: 'Not set up yet',
}

/** What the state of one folder is called. */
export const FOLDER_STATES: Readonly<Record<FolderState, string>> = {
  protected: 'Protected',
  scanning: 'Checking',
  syncing: 'Syncing',
  waiting: 'Waiting',
  paused: 'Paused',
  attention: 'Needs attention',
  offline: 'Offline',
}

/** What happened to a file, as History says it. */
export const METHODS: Readonly<Record<TransferMethod, string>> = {
  whole: 'Uploaded',
  delta: 'Updated',
  segments: 'Updated',
  move: 'Moved',
  adopt: 'Already there',
  metadata: 'Details updated',
  delete: 'Deleted',
  directory: 'Folder made',
  forget: 'Gone here, kept there',
  undo: 'Brought back',
  download: 'Downloaded',
  'delete-local': 'Deleted here',
  'move-local': 'Moved here',
  conflict: 'Conflict found',
}

/** What is about to happen to a file. */
export const ACTIONS: Readonly<Record<ActionKind, string>> = {
  upload: 'Upload',
  adopt: 'Compare',
  move: 'Move',
  delete: 'Delete',
  metadata: 'Update details',
  'make-directory': 'Make folder',
  forget: 'Keep at target',
  download: 'Download',
  'remove-local': 'Delete here',
  'move-local': 'Move here',
  'make-local-directory': 'Make folder here',
  settle: 'Compare',
  'keep-both': 'Keep both',
}

/** Where a job stands. */
export const JOB_STATES: Readonly<Record<JobState, string>> = {
  queued: 'Queued',
  running: 'Running',
  waiting: 'Will retry',
  held: 'Held',
  refused: 'Kept as it was',
  dead: 'Failed',
}

/** How changes are noticed. */
export const COVERAGE: Readonly<Record<Coverage['kind'], string>> = {
  live: 'Watching live',
  polled: 'Checked regularly',
  degraded: 'Watching in part',
  off: 'Not watching',
}

/** The heading of a group of failures. */
export const ERROR_TITLES: Readonly<Record<ErrorCode, string>> = {
  'not-found': 'Not found',
  'already-exists': 'Something is in the way',
  'precondition-failed': 'Changed at the target',
  unauthenticated: 'Sign-in needed',
  forbidden: 'Access denied',
  throttled: 'The store asks to slow down',
  'quota-exceeded': 'The target is full',
  unavailable: 'Cannot be reached',
  timeout: 'Took too long',
  corrupt: 'Did not arrive intact',
  unsupported: 'Not supported by the target',
  invalid: 'Name or content not accepted',
  changed: 'Changed while being read',
  vanished: 'Vanished while being read',
  locked: 'In use by another program',
  cancelled: 'Cancelled',
  internal: 'Unexpected failure',
}

/** Every other text a user can see. Functions where a value belongs inside. */
export const strings = {
  app: 'Tidekeep',
  screens: {
    activity: 'Activity',
    folders: 'Folders',
    restore: 'Restore',
    conflicts: 'Conflicts',
    targets: 'Targets',
    settings: 'Settings',
    diagnostics: 'Diagnostics',
    about: 'About',
  },
  skipToContent: 'Skip to content',
  navigation: 'Screens',
  cancel: 'Cancel',
  close: 'Close',
  back: 'Back',
  undo: 'Undo',
  dismiss: 'Dismiss',
  loading: 'Loading…',
  connecting: 'Connecting to Tidekeep…',
  files,

  drop: {
    here: 'Drop to keep this folder safe',
    inBrowser: 'A browser does not tell where a folder is. Choose “Add folder” and pick it there.',
    noFolder: 'That is not a folder. Tidekeep keeps folders, with everything in them.',
  },

  connection: {
    offline:
      'The connection to Tidekeep was lost. What you see is the last known state; this window reconnects by itself.',
    refused:
      'This window is not signed in any more. Open the address that “tidekeep serve” printed, or run “tidekeep serve --open”.',
  },

  pause: {
    pause: 'Pause',
    resume: 'Resume',
    menu: 'Pause for how long',
    minutes30: '30 minutes',
    hours2: '2 hours',
    hours8: '8 hours',
    hours24: '24 hours',
    tomorrow: 'Until tomorrow 08:00',
    forever: 'Until I resume',
    left: (countdown: string) => `Resumes in ${countdown}`,
    untilResumed: 'Paused until you resume',
  },

  reasons: {
    label: 'Why it is as fast as it is',
    anyway: 'Back up anyway',
    fullSpeed: 'Full speed',
    restore: 'Undo',
  },

  progress: {
    label: 'Progress',
    bytes: (done: number, total: number) => `${formatBytes(done)} of ${formatBytes(total)}`,
    files: (done: number, total: number) => `${formatNumber(done)} of ${files(total)}`,
    more: (n: number) => `+${files(n)}`,
    eta: (eta: string) => `about ${eta}`,
    lastChange: 'Last change',
    lastCheck: 'Fully checked',
    folders: 'Folders',
    never: 'Not yet',
  },

  popup: {
    title: 'Tidekeep',
    recent: 'Recent activity',
    now: 'Now',
    nothing: 'Nothing has happened yet. Changes show up here as they are kept safe.',
    review: 'Review',
    syncNow: 'Sync now',
    syncing: 'Looking for changes…',
    syncedWhilePaused: 'One pass started. Still paused afterwards.',
    addFolder: 'Add folder',
    open: 'Open Tidekeep',
    setUp: 'Choose what to keep safe',
    setUpText: 'Pick the folders that matter and a place to keep them. It takes about two minutes.',
    row: {
      undo: 'Bring back the earlier version',
      versions: 'Versions…',
      history: 'Show in History',
      live: 'Show in Live',
      copy: 'Copy path',
      copied: 'The path is copied.',
      failed: 'That did not work.',
    },
    others: (n: number) => `and ${plural(n, 'other matter', 'other matters')}`,
  },

  activity: {
    live: 'Live',
    history: 'History',
    errors: 'Errors',
    tabs: 'Activity',
    liveIdle: 'All quiet',
    liveIdleText: 'Nothing is being transferred. New changes appear here within a second.',
    transfers: 'Transferring',
    queue: 'Up next',
    queueMore: 'Showing the first 200.',
    retryAt: (moment: string) => `tries again ${moment}`,
    allFolders: 'All folders',
    folder: 'Folder',
    columns: { time: 'Time', file: 'File', action: 'What happened', size: 'Size', saved: 'Saved', took: 'Took' },
    saved: (share: string) => `saved ${share}`,
    sentOf: (sent: string, whole: string, share: string) => `Sent ${sent} of ${whole} (${share} reused)`,
    savedExact: (bytes: string) => `${bytes} did not have to be sent`,
    historyEmpty: 'No history yet',
    historyEmptyText: 'Every file that is kept safe leaves a line here.',
    details: 'Details',
    noErrors: 'No errors',
    noErrorsText: 'Everything that was tried has worked, or is being tried again.',
    groupRetry: (n: number) => (n === 1 ? 'Retry' : `Retry all ${formatNumber(n)}`),
    groupDrop: (n: number) => (n === 1 ? 'Drop' : `Drop all ${formatNumber(n)}`),
    dropTitle: (n: number) => `Stop trying ${files(n)}?`,
    dropText: (n: number) =>
      `${n === 1 ? 'It leaves' : 'They leave'} the list of errors and ${n === 1 ? 'is' : 'are'} not at the target in ${n === 1 ? 'its' : 'their'} present state. Nothing is deleted, here or there; the next change or full check picks ${n === 1 ? 'it' : 'them'} up again.`,
    dropConfirm: 'Drop',
    retry: 'Retry',
    drop: 'Drop',
    retryOne: (path: string) => `Retry ${path}`,
    dropOne: (path: string) => `Drop ${path}`,
    showFiles: 'Show files',
    hideFiles: 'Hide files',
    attempts: (n: number) => plural(n, 'attempt', 'attempts'),
    retried: (n: number) => `Trying ${files(n)} again.`,
    dropped: (n: number) => `${files(n)} dropped.`,
    atLeast: (n: number) => `At least ${files(n)}`,
    loaded: (n: number, complete: boolean) =>
      complete ? plural(n, 'entry', 'entries') : `${plural(n, 'entry', 'entries')} so far`,
  },

  undoing: {
    of: (path: string) => `Undo: bring back the earlier ${path}`,
    beside: (path: string) => `The earlier version is beside it now, as ${path}.`,
    undone: (path: string) => `${path} is what it was before.`,
    unchanged: (path: string) => `${path} is already what it was before.`,
    gone: 'That version is no longer kept.',
    putBeside: 'Bring back beside it',
    whys: { replaced: 'Replaced', deleted: 'Deleted', foreign: 'Was in the way' },
    kept: (why: string, size: string) => `${why}, ${size}`,
    keptAs: 'Earlier version',
    isUndone: 'brought back',
  },

  detail: {
    path: 'File',
    folder: 'Folder',
    when: 'When',
    what: 'What happened',
    size: 'Size',
    sent: 'Sent',
    reused: 'Not sent again',
    took: 'Took',
    keptAside: 'Kept aside',
    versions: 'All versions',
    bytes: (n: number) => `${formatBytes(n)} (${plural(n, 'byte', 'bytes')})`,
  },

  folders: {
    add: 'Add folder',
    empty: 'No folders yet',
    emptyText: 'Choose what to keep safe and where. Your files stay where they are.',
    modes: { backup: 'Backup', mirror: 'Mirror', 'two-way': 'Two-way' },
    modeText: {
      backup: 'Deleting a file here never deletes it at the target.',
      mirror: 'Deleting a file here deletes it at the target too, unless too many go at once.',
      'two-way':
        'What changes on either side changes on the other. Where both sides changed, both versions stay and you decide.',
    },
    keptSafe: 'Kept safe',
    pending: 'Waiting to be sent',
    nothingPending: 'Nothing',
    checked: 'Last full check',
    never: 'Never',
    safeUpTo: 'Safe up to',
    proven: 'Last proven restorable',
    notProven: 'Not yet',
    provenBy: (n: number, size: string) => `${plural(n, 'file', 'files')} brought back and compared, ${size}`,
    unproven: (failed: number, n: number) =>
      `${formatNumber(failed)} of ${plural(n, 'file', 'files')} could not be brought back`,
    from: 'From',
    to: 'Kept at',
    syncNow: 'Sync now',
    pause: 'Pause',
    resume: 'Resume',
    lookBack: 'Look back and restore…',
    remove: 'Remove…',
    more: (name: string) => `More for ${name}`,
    removeTitle: (name: string) => `Stop keeping “${name}” safe?`,
    removeText: (target: string) =>
      `Nothing is deleted. Your files stay where they are, and everything already kept at ${target} stays there, too. New changes are no longer copied.`,
    removeConfirm: 'Remove folder',
    removed: (name: string) => `“${name}” is no longer watched. Its copies are untouched.`,
    altered: (n: number) =>
      `${plural(n, 'Office file is', 'Office files are')} stored as SharePoint rewrote ${n === 1 ? 'it' : 'them'}`,
    alteredText:
      'SharePoint adds properties to Office files when they arrive. They are there and can be restored, but are counted apart: their bytes are no longer yours, so no digest can prove them.',
    problems: (n: number) => plural(n, 'file cannot be kept', 'files cannot be kept'),
    problemsMore: (n: number) => `Showing the first ${formatNumber(n)}.`,
    dead: (n: number) => plural(n, 'file failed', 'files failed'),
    showErrors: 'Show errors',
    fix: 'What to do',
  },

  held: {
    question: (label: string, n: number) => `${label}: ${plural(n, 'held change', 'held changes')}?`,
    carriedOut: (counts: string) => `Carried out, this ${counts}.`,
    carriedOutAt: (counts: string, target: string) => `Carried out at ${target}, this ${counts}.`,
    deletes: (n: number) => `deletes ${files(n)}`,
    overwrites: (n: number) => `replaces ${files(n)}`,
    others: (n: number) => `changes ${files(n)}`,
    unlisted: (n: number) => `and ${formatNumber(n)} more`,
    examples: 'For example',
    lessThanHeld: (n: number) => `and ${formatNumber(n)} more`,
  },

  settings: {
    saved: 'Saved',
    transfers: 'Transfers',
    safety: 'Safety',
    ignoring: 'Ignored files',
    appearance: 'Appearance',
    deltaThreshold: 'Send differences from',
    deltaThresholdHint:
      'Changed files of this size and more are sent as differences where that saves something, such as 32MiB.',
    blockSize: 'Compare by',
    blockSizeHint: 'Empty: by content, which finds the most. Or blocks of 64KiB to 5MiB.',
    settle: 'Quiet period',
    settleHint: 'How long a file must stay unchanged before it is copied, such as 500ms or 2s.',
    reconcile: 'Full check every',
    reconcileHint: 'How often everything is compared again, at most 1h. Live watching goes on in between.',
    keepDays: 'Keep earlier versions for',
    keepDaysHint:
      'Days that targets keep what is replaced or deleted there, so that it can be undone. 0: nothing is kept.',
    guardFiles: 'Ask above this many files',
    guardFilesHint: 'When more files than this are deleted or replaced in one pass, they are held until you agree.',
    guardPercent: '… or this percentage, if that is more',
    guardPercentHint: 'Of all files of the folder. The larger of the two limits counts.',
    ignore: 'Ignore lines',
    ignoreHint:
      'One pattern a line, as in a .gitignore file. Applies to every folder; a .tidekeepignore file inside a folder adds to it.',
    theme: 'Theme',
    themes: { system: 'Like the computer', light: 'Light', dark: 'Dark' },
    autostart: 'Start with the computer',
  },

  about: {
    tagline: 'Keeps your folders safe in storage you own: continuously, quietly and provably.',
    version: 'Version',
    transport: 'Connected through',
    transports: { ipc: 'the desktop application', http: 'the local service' },
    state: 'Connection',
    states: { connecting: 'Connecting', live: 'In touch', offline: 'Lost', refused: 'Signed out' },
    folders: 'Folders',
    coverage: 'Watching',
    keptSafe: 'Kept safe',
    diagnostics: 'Diagnostics',
    copy: 'Copy diagnostics',
    copied: 'Copied',
    keys: 'Keyboard',
    keyScreens: 'Go to a screen',
    keyLists: 'Move in a list',
    keyBack: 'Back, close',
  },
} as const
