import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { platform } from 'node:process'
import { TidekeepError } from '../../common/errors.ts'
import type { Paths } from '../host.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

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
      message: serviceFailureTexts.socketPath.thePathOfTheControl({ path }),
      path,
      fix: serviceFailureTexts.socketPath.thePathOfTheControlFix,
    })
  }
  return path
}
