import { join } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import { isWithin, ROOT_PATH } from '../../../common/paths.ts'
import type { RelPath } from '../../../common/model.ts'
import { invalidName, pathProblem } from '../../../workers/fs/segments.ts'
import { TARGET_MARKER, TEMPORARY_AREA } from '../../../workers/fs/target-stat.ts'
import { translateTargetError } from '../../../workers/fs/target-errors.ts'

/** PATH_MAX less its closing NUL: Linux 4096, macOS 1024; Windows counts UTF-16 units, so this is on the safe side. */
export const MAX_PATH_BYTES = process.platform === 'darwin' ? 1023 : 4095

/** What makes a folder a target: neither to be written over, nor moved away, nor removed. */
const OWN_PLACES = [TEMPORARY_AREA, TARGET_MARKER]

/** Throws `invalid` or `unsupported` for a place where nothing can be stored, before anything is touched. */
export function assertStorable(root: string, path: RelPath): void {
  const full = join(root, path)
  const problem = pathProblem(path, process.platform === 'win32' ? 'win32' : 'posix')
  if (problem !== undefined) throw invalidName(full, problem)
  if (Buffer.byteLength(full) > MAX_PATH_BYTES) {
    throw translateTargetError(Object.assign(new Error('too long'), { code: 'ENAMETOOLONG' }), { path: full, root })
  }
  if (path !== ROOT_PATH && !OWN_PLACES.some((own) => isWithin(path, own) || isWithin(own, path))) return
  throw new TidekeepError({
    code: 'invalid',
    message: `Nothing can be stored at ${JSON.stringify(path)}: Tidekeep needs that place itself.`,
    path,
    fix: 'Rename it, or exclude it with an ignore rule.',
  })
}
