/** What the check-up looks at, by the names that `--json` has for it. */
export const checkMessages = {
  names: {
    version: 'version',
    settings: 'settings',
    'config directory': 'config directory',
    'state directory': 'state directory',
    'cache directory': 'cache directory',
    'logs directory': 'logs directory',
    'run directory': 'run directory',
    'disk space': 'disk space',
    secrets: 'secrets',
    'file watching': 'file watching',
    hashing: 'hashing',
    clock: 'clock',
    service: 'service',
  },
  ofFolder: {
    'source of': 'source of {folder}',
    'state inside': 'state inside {folder}',
    'target of': 'target of {folder}',
    'proofs of': 'proofs of {folder}',
  },
} as const
