/** What a run counts of what it did, before it did anything. */
export const NOTHING_COUNTED = {
  uploaded: 0,
  downloaded: 0,
  moved: 0,
  deleted: 0,
  metadata: 0,
  conflicts: 0,
  skipped: 0,
  putAside: 0,
}

/** What of a summary's counts a transfer adds to, by how it was made. */
export const COUNTER_BY_METHOD = {
  whole: 'uploaded',
  delta: 'uploaded',
  segments: 'uploaded',
  move: 'moved',
  delete: 'deleted',
  metadata: 'metadata',
  directory: 'metadata',
  adopt: 'metadata',
  forget: 'skipped',
  undo: 'skipped',
  prune: 'skipped',
  download: 'downloaded',
  'delete-local': 'deleted',
  'move-local': 'moved',
  conflict: 'conflicts',
} as const
