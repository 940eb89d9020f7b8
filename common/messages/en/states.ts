/** Names of what things are, and of what happens to them. */
export const stateMessages = {
  /** What each headline is called. The sentence beside it comes from the service. */
  headlines: {
    protected: 'Protected',
    checking: 'Checking',
    syncing: 'Syncing',
    waiting: 'Waiting',
    paused: 'Paused',
    attention: 'Needs attention',
    offline: 'Offline',
    unconfigured: 'Not set up yet',
  },

  /** What the state of one folder is called. */
  folders: {
    protected: 'Protected',
    scanning: 'Checking',
    syncing: 'Syncing',
    waiting: 'Waiting',
    paused: 'Paused',
    attention: 'Needs attention',
    offline: 'Offline',
  },

  /** What happened to a file, as History says it. */
  methods: {
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
    prune: 'Earlier versions let go',
    download: 'Downloaded',
    'delete-local': 'Deleted here',
    'move-local': 'Moved here',
    conflict: 'Conflict found',
  },

  /** What is about to happen to a file. */
  actions: {
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
    'make-way': 'Make way',
  },

  /** Where a job stands. */
  jobs: {
    queued: 'Queued',
    running: 'Running',
    waiting: 'Will retry',
    held: 'Held',
    refused: 'Kept as it was',
    skipped: 'Skipped by you',
    dead: 'Failed',
  },

  /** How changes are noticed. */
  coverage: {
    live: 'Watching live',
    polled: 'Checked regularly',
    degraded: 'Watching in part',
    off: 'Not watching',
  },

  /** The heading of a group of failures. */
  errors: {
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
    locked: 'Locked, or in use elsewhere',
    'in-use': 'In use by another program',
    cancelled: 'Cancelled',
    internal: 'Unexpected failure',
  },
} as const
