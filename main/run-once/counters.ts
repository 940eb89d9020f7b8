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
