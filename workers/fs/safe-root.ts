import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  type BigIntStats,
} from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { isTidekeepError, TidekeepError } from '../../common/errors.ts'
import type { NameRules } from '../../common/name-rules.ts'
import { nameOf, parentOf, ROOT_PATH } from '../../common/paths.ts'
import type { RelPath } from '../../common/model.ts'
import { createDescriptorAnchors, createLookupAnchors, hasDescriptorPaths, type Anchors } from './anchors.ts'
import { setFileTimes } from './file-times.ts'
import { invalidName, PathCheck } from './segments.ts'
import { inodeOf } from './stable-read.ts'
import { targetMissing } from './target-errors.ts'
import { failpoint } from '../failpoint.ts'
import { threadWordings } from '../thread-wordings.ts'

/** Options of {@link SafeRoot.open}. */
export interface SafeRootOptions {
  /** `device:inode` the root must have; another one means the disk was changed meanwhile (`unavailable`). */
  readonly inode?: string
  readonly rules?: NameRules
  /** Forces the portable fallback; tests only. */
  readonly portable?: boolean
}

/** What {@link SafeRoot.setMetadata} sets. */
export interface SafeMetadata {
  readonly mtimeNs: bigint
  readonly mode?: number
  readonly durable?: boolean
}

/**
 * The only writer outside the state directory: everything it creates, renames, changes or removes
 * lies below one root, and no link below that root is ever followed. Paths are relative; a path
 * that breaks the rules throws `invalid` before any system call.
 *
 * Methods are synchronous and throw what the system throws (ENOENT, ENOSPC, ...) besides
 * TidekeepErrors; `translateTargetError` makes one of either. Nothing is durable before
 * `syncDirectories` (names) and an fsync of each file (content).
 */
export class SafeRoot {
  readonly root: string
  readonly inode: string
  readonly #anchors: Anchors
  readonly #paths: PathCheck
  /** Directories whose names changed since the last `syncDirectories`. */
  readonly #touched = new Set<RelPath>()

  private constructor(root: string, anchors: Anchors, inode: string, rules: NameRules) {
    this.root = root
    this.inode = inode
    this.#anchors = anchors
    this.#paths = new PathCheck(rules)
  }

  /** `root` is absolute and an existing directory (itself it may be a link). Close it in the end. */
  static open(root: string, options: SafeRootOptions = {}): SafeRoot {
    if (!isAbsolute(root)) throw new Error(`A root must be absolute: ${root}`)
    const portable = options.portable === true || !hasDescriptorPaths()
    const anchors = portable ? createLookupAnchors(root) : createDescriptorAnchors(root)
    try {
      const inode = inodeOf(lstatSync(portable ? join(root, '.') : anchors.at(ROOT_PATH), { bigint: true }))
      if (options.inode !== undefined && options.inode !== inode) throw targetMissing(root)
      return new SafeRoot(root, anchors, inode, options.rules ?? (process.platform === 'win32' ? 'win32' : 'posix'))
    } catch (error) {
      anchors.close()
      throw error
    }
  }

  close(): void {
    this.#anchors.close()
  }

  /** Forgets open directories, so that changes made by others since are seen. Call it between pieces of work that are far apart. */
  forget(path?: RelPath): void {
    this.#anchors.forget(path)
  }

  /** The entry itself, links not followed; undefined when missing. */
  lstat(path: RelPath): BigIntStats | undefined {
    try {
      return lstatSync(this.#at(path), { bigint: true })
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** Names in a directory, unsorted. */
  readDirectory(path: RelPath): string[] {
    return readdirSync(this.#at(path === ROOT_PATH ? path : (`${path}/.` as RelPath), path))
  }

  /** Makes a directory and its missing parents; an existing one is left as it is. Returns whether `path` itself was made. */
  makeDirectories(path: RelPath, mode = 0o777): boolean {
    if (path === ROOT_PATH) return false
    try {
      return this.#makeDirectory(path, mode)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
      this.makeDirectories(parentOf(path))
      return this.#makeDirectory(path, mode)
    }
  }

  #makeDirectory(path: RelPath, mode: number): boolean {
    try {
      failpoint('disk.make-directory.before')
      mkdirSync(this.#at(path), mode)
      failpoint('disk.make-directory.after')
      this.#touched.add(parentOf(path))
      return true
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
      // Resolving a name inside it refuses a link and a file.
      this.#at(`${path}/.` as RelPath, path)
      return false
    }
  }

  /** Creates a file that must not exist yet, for reading and writing. The caller closes the descriptor. */
  createFile(path: RelPath, mode = 0o600): number {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
    failpoint('disk.create.before')
    const fd = openSync(this.#at(path), flags, mode)
    failpoint('disk.create.after')
    this.#touched.add(parentOf(path))
    return fd
  }

  /** Opens an existing file for reading. Throws ELOOP for a link. The caller closes the descriptor. */
  openFile(path: RelPath): number {
    return openSync(this.#at(path), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  }

  /** Opens an existing file for reading and writing. Throws ELOOP for a link. The caller closes the descriptor. */
  openForWriting(path: RelPath): number {
    return openSync(this.#at(path), constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  }

  /**
   * Makes a file that shares the blocks of another, as it is at this moment. `to` must not exist.
   * Throws what the system throws where it cannot, see {@link CANNOT_CLONE}, and leaves nothing then.
   */
  cloneFile(from: RelPath, to: RelPath, clone: CloneFile = reflink): void {
    const [source, destination] = this.#both(from, to)
    clone(source, destination)
    this.#touched.add(parentOf(to))
  }

  /** Renames over whatever file is at `to`. */
  replace(from: RelPath, to: RelPath): void {
    const [source, destination] = this.#both(from, to)
    failpoint('disk.rename.before')
    renameSync(source, destination)
    failpoint('disk.rename.after')
    this.#moved(from, to)
  }

  /**
   * Renames only if nothing is at `to`, or the same file under that name already; a file that appears
   * there in the same moment is never overwritten. Throws `precondition-failed`. File systems without hard links (FAT) have no way to
   * promise that: there the place is looked at first.
   */
  renameFileIfAbsent(from: RelPath, to: RelPath): void {
    const [source, destination] = this.#both(from, to)
    try {
      failpoint('disk.link.before')
      linkSync(source, destination)
      failpoint('disk.link.after')
    } catch (error) {
      if (hasCode(error, 'EEXIST')) {
        if (!this.#areTwoNames(from, to)) throw this.#occupied(to)
        // A renaming that was cut off between its two steps: the second is still due.
        unlinkSync(this.#both(from, to)[0])
        return this.#moved(from, to)
      }
      if (!hasCode(error, ...NO_HARD_LINKS)) throw error
      if (this.lstat(to) !== undefined) throw this.#occupied(to)
      renameSync(...this.#both(from, to))
      return this.#moved(from, to)
    }
    unlinkSync(source)
    this.#moved(from, to)
  }

  /** Gives a file a second name, which must be free (EEXIST). Throws one of {@link NO_HARD_LINKS} where there are none. */
  linkFile(from: RelPath, to: RelPath): void {
    const [source, destination] = this.#both(from, to)
    linkSync(source, destination)
    this.#touched.add(parentOf(to))
  }

  /**
   * Renames a directory if nothing but an empty directory is at `to`; the system itself refuses a
   * filled one (ENOTEMPTY or EEXIST).
   */
  renameDirectory(from: RelPath, to: RelPath): void {
    const [source, destination] = this.#both(from, to)
    failpoint('disk.rename.before')
    renameSync(source, destination)
    failpoint('disk.rename.after')
    this.#anchors.forget(from)
    this.#anchors.forget(to)
    this.#moved(from, to)
  }

  /** Removes a file or a link itself; missing is fine. */
  removeFile(path: RelPath): void {
    this.#remove(path, unlinkSync)
  }

  /** Removes an empty directory; missing is fine. Throws ENOTEMPTY. */
  removeDirectory(path: RelPath): void {
    this.#remove(path, rmdirSync)
    this.#anchors.forget(path)
    this.#touched.delete(path)
  }

  /** Removes everything at and below `path`; for temporary areas only. */
  removeTree(path: RelPath): void {
    const stat = this.lstat(path)
    if (stat === undefined) return
    if (!stat.isDirectory()) return this.removeFile(path)
    for (const name of this.readDirectory(path)) this.removeTree(`${path}/${name}` as RelPath)
    this.removeDirectory(path)
  }

  /** Sets mtime and permission bits of a file or directory; durable unless told otherwise. */
  setMetadata(path: RelPath, metadata: SafeMetadata): void {
    const fd = this.openFile(path)
    try {
      if (metadata.mode !== undefined && process.platform !== 'win32') fchmodSync(fd, metadata.mode & 0o777)
      failpoint('disk.metadata.before')
      setFileTimes(fd, metadata.mtimeNs)
      failpoint('disk.metadata.after')
      if (metadata.durable !== false && process.platform !== 'win32') fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  /** Makes every name created, renamed or removed since the last call durable. */
  syncDirectories(): void {
    failpoint('disk.durable.before')
    for (const path of this.#touched) if (process.platform !== 'win32') this.#syncDirectory(path)
    failpoint('disk.durable.after')
    this.#touched.clear()
  }

  #syncDirectory(path: RelPath): void {
    let fd: number
    try {
      fd = this.#anchors.openDirectory(path)
    } catch (error) {
      // A directory that is gone was removed by a later step, which touched its parent.
      if (hasCode(error, 'ENOENT')) return
      throw error
    }
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  #at(path: RelPath, shown: RelPath = path): string {
    const problem = this.#paths.problem(shown)
    if (problem !== undefined) throw invalidName(join(this.root, shown), problem)
    this.#anchors.trim()
    return this.#anchors.at(path)
  }

  /** Both are resolved before either may be let go of. */
  #both(from: RelPath, to: RelPath): [string, string] {
    const destination = this.#at(to)
    this.#check(from)
    return [this.#anchors.at(from), destination]
  }

  #check(path: RelPath): void {
    if (this.#paths.problem(path) !== undefined) this.#at(path)
  }

  #moved(from: RelPath, to: RelPath): void {
    this.#touched.add(parentOf(from)).add(parentOf(to))
  }

  #remove(path: RelPath, call: (path: string) => void): void {
    try {
      failpoint('disk.remove.before')
      call(this.#at(path))
      failpoint('disk.remove.after')
      this.#touched.add(parentOf(path))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  /** True for two names of one file, not for two spellings of one name: there, removing the one removes the file. */
  #areTwoNames(one: RelPath, other: RelPath): boolean {
    const [first, second] = [this.lstat(one), this.lstat(other)]
    if (first === undefined || second === undefined || inodeOf(first) !== inodeOf(second) || first.nlink < 2n)
      return false
    return one !== other && [one, other].every((path) => this.readDirectory(parentOf(path)).includes(nameOf(path)))
  }

  #occupied(path: RelPath): TidekeepError {
    const full = join(this.root, path)
    return new TidekeepError({ code: 'precondition-failed', message: threadWordings.taken({ path: full }), path: full })
  }
}

/** Clones the file at one absolute path to another, which must not exist. */
export type CloneFile = (from: string, to: string) => void

/** What a system says that cannot clone there. */
export const CANNOT_CLONE = ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY', 'EPERM']

function reflink(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE)
}

/** What a system says where a file cannot get a second name. */
export const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/** Below a file there is nothing. */
function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || (isTidekeepError(error) && error.code === 'already-exists')
}

/** True for a system error with one of the codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  if (!(error instanceof Error) || isTidekeepError(error)) return false
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}
