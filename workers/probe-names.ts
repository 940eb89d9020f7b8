import { closeSync } from 'node:fs'
import type { NameFolding } from '../common/name-folding.ts'
import type { NameRules } from '../common/name-rules.ts'
import type { RelPath } from '../common/model.ts'
import { isTidekeepError } from '../common/errors.ts'
import type { SafeRoot } from './fs/safe-root.ts'

/** What a file system makes of names. */
export interface TargetNames {
  readonly folding: NameFolding
  readonly rules: NameRules
}

/** Names that Windows refuses or shortens; a disk that takes one of them exactly takes all. */
const WINDOWS_REFUSES = ['colon:', 'question?', 'quote"', 'dot.', 'space ']

/**
 * Finds out what names are to the file system at `directory`, which must not exist: makes it, makes
 * some names in it, looks them up in other spellings, and takes everything away again. What the disk
 * is called does not tell: mount options change it. Throws what the system throws where nothing can be made at all.
 */
export function probeNames(root: SafeRoot, directory: RelPath): TargetNames {
  const at = (name: string): RelPath => `${directory}/${name}` as RelPath
  root.makeDirectories(directory, 0o700)
  try {
    closeSync(root.createFile(at('letter-a')))
    const isFound = (made: string, asked: string): boolean =>
      makes(root, at(made)) && root.lstat(at(asked)) !== undefined
    const foldsCase = root.lstat(at('LETTER-A')) !== undefined
    const foldsFully = foldsCase && isFound('sharp-ß', 'sharp-ss')
    const normalization = isFound('accent-\u00e9', 'accent-e\u0301')
    return {
      folding: { case: foldsFully ? 'full' : foldsCase ? 'simple' : 'distinct', normalization },
      rules: WINDOWS_REFUSES.every((name) => keeps(root, directory, name)) ? 'posix' : 'win32',
    }
  } finally {
    root.removeTree(directory)
  }
}

/** A disk that cannot hold a name at all takes it for no other. */
function makes(root: SafeRoot, path: RelPath): boolean {
  try {
    closeSync(root.createFile(path))
    return true
  } catch (error) {
    if (isTidekeepError(error) || hasNameRefusal(error)) return false
    throw error
  }
}

/** True where the name stands in the listing exactly as it was made. */
function keeps(root: SafeRoot, directory: RelPath, name: string): boolean {
  return makes(root, `${directory}/${name}` as RelPath) && root.readDirectory(directory).includes(name)
}

/** What systems answer to a name they do not take. */
function hasNameRefusal(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return ['EINVAL', 'EILSEQ', 'ENOENT', 'EEXIST', 'EPERM', 'EACCES', 'ENOTSUP', 'EPROTO'].includes(code)
}
