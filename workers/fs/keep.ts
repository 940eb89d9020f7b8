import type { BigIntStats } from 'node:fs'
import { isTidekeepError, TidekeepError } from '../../common/errors.ts'
import { KEPT_NAME_TRIES, keptPath, parseKeptPath } from '../../common/kept-area.ts'
import type { KeptWhy, RelPath } from '../../common/model.ts'
import { parentOf } from '../../common/paths.ts'
import type { KeptFile, TargetPlace } from '../tasks.ts'
import { hasCode, NO_HARD_LINKS, type SafeRoot } from './safe-root.ts'
import { threadWordings } from '../thread-wordings.ts'

/** What is kept, and as what. */
export interface KeepRequest {
  readonly path: RelPath
  readonly why: Exclude<KeptWhy, 'foreign'>
  /** As it was when its precondition was found to hold. */
  readonly present: BigIntStats
  readonly atMs: number
  /** When the path got it; undefined where that is not certain. */
  readonly storedAtMs: number | undefined
}

/**
 * Keeps files of a local target before they are replaced or deleted. Nothing is copied: a file gets
 * a second name, or where links cannot be, another one. The names are made durable before those of
 * what replaces them, since directories are synced in the order in which they were first changed.
 */
export class Keeper {
  readonly #root: SafeRoot
  readonly #hasStableInodes: boolean
  readonly #made = new Set<RelPath>()

  constructor(root: SafeRoot, { etagBy }: Pick<TargetPlace, 'etagBy'>) {
    this.#root = root
    this.#hasStableInodes = etagBy === 'inode'
  }

  /**
   * A second name for the file, which stays where it is: `path` is never absent. Undefined where the
   * file system has no second names. Throws `precondition-failed` when another file took its place.
   */
  link(request: KeepRequest): KeptFile | undefined {
    try {
      const kept = this.#named(request, (at) => this.#root.linkFile(request.path, at))
      if (this.#isSame(request, kept)) return kept
      this.#root.removeFile(kept.at as RelPath)
      throw replacedMeanwhile(request.path)
    } catch (error) {
      if (!hasCode(error, ...NO_HARD_LINKS)) throw error
      return undefined
    }
  }

  /**
   * Another name for the file: `path` is absent afterwards, and a crash leaves the file kept. Throws
   * `precondition-failed` when another file took its place; that one is back there, or kept.
   */
  move(request: KeepRequest): KeptFile {
    const kept = this.#named(request, (at) => this.#moveTo(request.path, at))
    if (this.#isSame(request, kept)) return kept
    this.#root.renameFileIfAbsent(kept.at as RelPath, request.path)
    throw replacedMeanwhile(request.path)
  }

  /** Takes the second name away again, as nothing was replaced; after {@link move}, gives the first one back. */
  undo({ path }: KeepRequest, { at }: KeptFile, was: 'linked' | 'moved'): void {
    if (was === 'linked') this.#root.removeFile(at as RelPath)
    else this.#root.renameFileIfAbsent(at as RelPath, path)
  }

  /** A plain rename takes what is there and nothing else, whoever changes it meanwhile; names of this area are ours alone. */
  #moveTo(path: RelPath, at: RelPath): void {
    if (this.#root.lstat(at) !== undefined) throw occupied(at)
    this.#root.replace(path, at)
  }

  #named(request: KeepRequest, name: (at: RelPath) => void): KeptFile {
    const { path, why, present, atMs } = request
    let began = request.storedAtMs === undefined ? {} : { storedAtMs: request.storedAtMs }
    for (let turn = 0; turn < KEPT_NAME_TRIES;) {
      const at = keptPath({ path, why, keptAtMs: atMs + turn, ...began })
      try {
        this.#makeParent(at)
        name(at)
        return { at, sizeBytes: Number(present.size) }
      } catch (error) {
        if (isTaken(error)) turn++
        else if (hasCode(error, 'ENAMETOOLONG') && 'storedAtMs' in began) began = {}
        else throw error
      }
    }
    throw new TidekeepError({
      code: 'locked',
      message: threadWordings.target.replacedOften({ path }),
      path,
      fix: threadWordings.fix.triedAgain,
    })
  }

  #isSame({ present }: KeepRequest, { at }: KeptFile): boolean {
    const kept = this.#root.lstat(at as RelPath)
    if (kept === undefined || kept.size !== present.size || kept.mtimeNs !== present.mtimeNs) return false
    return !this.#hasStableInodes || kept.ino === present.ino
  }

  #makeParent(at: RelPath): void {
    const parent = parentOf(at)
    if (this.#made.has(parent)) return
    this.#root.makeDirectories(parent)
    this.#made.add(parent)
  }
}

/** Removes an earlier version, and the folders above it that are empty then. Missing is fine. Throws `invalid` for any other path. */
export function removeKept(root: SafeRoot, path: RelPath): void {
  const place = parseKeptPath(path)
  if (place === undefined)
    throw new TidekeepError({ code: 'invalid', message: threadWordings.target.noKept({ path }), path })
  root.removeFile(path)
  const levels = place.path.split('/').length
  let parent = parentOf(path)
  for (let level = 0; level < levels; level++, parent = parentOf(parent)) {
    try {
      root.removeDirectory(parent)
    } catch (error) {
      if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) return
      throw error
    }
  }
}

/** By a version, or by one whose path was a part of this one. */
function isTaken(error: unknown): boolean {
  if (hasCode(error, 'EEXIST')) return true
  return isTidekeepError(error) && error.code === 'already-exists'
}

function occupied(at: RelPath): TidekeepError {
  return new TidekeepError({ code: 'already-exists', message: threadWordings.taken({ path: at }), path: at })
}

function replacedMeanwhile(path: RelPath): TidekeepError {
  return new TidekeepError({ code: 'precondition-failed', message: threadWordings.foreign({ path }), path })
}
