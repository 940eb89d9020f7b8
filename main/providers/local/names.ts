import { join } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import { isWithin, RESERVED_DIRECTORY, ROOT_PATH } from '../../../common/paths.ts'
import type { RelPath } from '../../../common/model.ts'
import { invalidName, pathProblem } from '../../../workers/fs/segments.ts'
import { TARGET_MARKER, TEMPORARY_AREA } from '../../../workers/fs/target-stat.ts'
import { translateTargetError } from '../../../workers/fs/target-errors.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** PATH_MAX less its closing NUL: Linux 4096, macOS 1024; Windows counts UTF-16 units, so this is on the safe side. */
export const MAX_PATH_BYTES = process.platform === 'darwin' ? 1023 : 4095

/** What makes a folder a target: neither to be written over, nor moved away, nor removed. */
const OWN_PLACES = [TEMPORARY_AREA, TARGET_MARKER]

/** What HFS+ leaves out when it compares names. */
const IGNORED_IN_NAMES = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g
/** How FAT and NTFS shorten the name of the reserved directory. */
const SHORT_NAME = /^tideke~\d+$/

/** Begins with a name that no disk takes for the reserved directory: that has a dot, and its short forms a tilde. */
const OTHER_PLACE = /^[A-Za-z0-9_-]+(?:\/|$)/

/** Throws `invalid` or `unsupported` for a place where nothing can be stored, before anything is touched. */
export function assertStorable(root: string, path: RelPath): void {
  const problem = pathProblem(path, process.platform === 'win32' ? 'win32' : 'posix')
  if (problem !== undefined) throw invalidName(join(root, path), problem)
  if (isTooLong(root, path)) {
    const tooLong = Object.assign(new Error('too long'), { code: 'ENAMETOOLONG' })
    throw translateTargetError(tooLong, { path: join(root, path), root })
  }
  if (OTHER_PLACE.test(path)) return
  const isOwn = path === ROOT_PATH || OWN_PLACES.some((own) => isWithin(path, own) || isWithin(own, path))
  if (!isOwn && !isOtherSpelling(path.split('/', 1)[0]!)) return
  throw new TidekeepError({
    code: 'invalid',
    message: localFailureTexts.names.nothingCanBeStoredAt({ path: JSON.stringify(path) }),
    path,
    fix: localFailureTexts.names.nothingCanBeStoredAtFix,
  })
}

/** A character is three bytes at most, and one of two units four: nearly every path is told by its length alone. */
function isTooLong(root: string, path: RelPath): boolean {
  if ((root.length + path.length + 1) * 3 <= MAX_PATH_BYTES) return false
  return Buffer.byteLength(join(root, path)) > MAX_PATH_BYTES
}

/** True for a name that a disk without case, with short names or with lax ends of names takes for the reserved directory. */
function isOtherSpelling(name: string): boolean {
  if (name === RESERVED_DIRECTORY) return false
  const folded = name.replaceAll(IGNORED_IN_NAMES, '').toLowerCase()
  return folded.replace(/[. ]+$/, '') === RESERVED_DIRECTORY || SHORT_NAME.test(folded)
}
