import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { platform } from 'node:process'
import { TidekeepError } from '../../common/errors.ts'
import type { Paths } from '../host.ts'

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing NUL included. */
const MAX_PATH_BYTES = 103

/**
 * Where the control socket of an installation is: a file in its `run` directory, or a named pipe on
 * Windows. Throws `invalid` when the system could not hold such a long path.
 */
export function socketPath(paths: Paths): string {
  if (platform === 'win32') {
    return `\\\\.\\pipe\\tidekeep-${createHash('sha256').update(paths.run.toLowerCase()).digest('hex').slice(0, 32)}`
  }
  const path = join(paths.run, 'tidekeep.sock')
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new TidekeepError({
      code: 'invalid',
      message: `The path of the control socket is too long: ${path}`,
      path,
      fix: 'Set TIDEKEEP_HOME or XDG_RUNTIME_DIR to a shorter directory.',
    })
  }
  return path
}
