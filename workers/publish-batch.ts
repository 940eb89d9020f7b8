import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import { parentOf } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import { Keeper, type KeepRequest } from './fs/keep.ts'
import { hasCode, SafeRoot } from './fs/safe-root.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { assertExpected, TEMPORARY_AREA, toTargetStat } from './fs/target-stat.ts'
import { toTaskFailure } from './task-failure.ts'
import type { KeptFile, PublishBatch, PublishResult, PublishResults, TargetStat } from './tasks.ts'
import { failpoint } from './failpoint.ts'
import { threadWordings } from './thread-wordings.ts'

type PublishItem = PublishBatch['items'][number]
type PublishDirectory = PublishBatch['directories'][number]

/**
 * Gives staged files their names, each only if its precondition holds at that moment. The content
 * must be durable already. Each file succeeds or fails alone; results are in the order given. The
 * stages are empty and gone afterwards. Throws only when the target as a whole cannot be used.
 */
export function publishBatch(batch: PublishBatch): PublishResults {
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(batch.place.root, { inode: batch.place.rootInode })
    const publisher = new Publisher(root, batch.place)
    failpoint('local.publish.before')
    const directories = batch.directories.map((directory) => publisher.publishDirectory(directory))
    const items = batch.items.map((item) => publisher.publishFile(item))
    for (const stage of batch.stages) root.removeTree(`${TEMPORARY_AREA}/${stage}` as RelPath)
    if (batch.fsync) root.syncDirectories()
    failpoint('local.publish.after')
    return { directories, items }
  } catch (error) {
    throw translateTargetError(error, { path: batch.place.root, root: batch.place.root })
  } finally {
    root?.close()
  }
}

class Publisher {
  readonly #root: SafeRoot
  readonly #place: PublishBatch['place']
  readonly #keeper: Keeper

  constructor(root: SafeRoot, place: PublishBatch['place']) {
    this.#root = root
    this.#place = place
    this.#keeper = new Keeper(root, place)
  }

  publishDirectory(directory: PublishDirectory): PublishResults['directories'][number] {
    if (this.#renameWhole(directory)) return 'whole'
    const staged = directory.staged as RelPath
    return new Map(this.#root.readDirectory(staged).map((name) => [name, this.#publishNamed(directory, name)]))
  }

  /**
   * One rename for a directory that is new or still empty. The system refuses it where a file got
   * in meanwhile; then the files go one by one, and whatever else stands in the way is told for each.
   */
  #renameWhole({ path, staged, fileCount }: PublishDirectory): boolean {
    const target = path as RelPath
    try {
      if (this.#root.readDirectory(staged as RelPath).length !== fileCount) return false
      const present = this.#root.lstat(target)
      if (present === undefined) this.#root.makeDirectories(parentOf(target))
      else if (!present.isDirectory() || !this.#takeOver(staged as RelPath, target)) return false
      this.#root.renameDirectory(staged as RelPath, target)
      return true
    } catch {
      return false
    }
  }

  /** Gives the staged directory the mode and mtime of the empty one it replaces; false when it may not be replaced. */
  #takeOver(staged: RelPath, target: RelPath): boolean {
    if (process.platform === 'win32' || this.#root.readDirectory(target).length > 0) return false
    const old = this.#root.lstat(target)
    const own = this.#root.lstat(staged)
    if (old === undefined || own === undefined) return false
    if (old.uid !== own.uid || old.gid !== own.gid || old.dev !== own.dev) return false
    this.#root.setMetadata(staged, { mtimeNs: old.mtimeNs, mode: Number(old.mode & 0o777n), durable: false })
    return true
  }

  #publishNamed(directory: PublishDirectory, name: string): PublishResult {
    const at = `${directory.staged}/${name}`
    const stat = toTargetStat(this.#root.lstat(at as RelPath)!)
    return this.publishFile({ path: `${directory.path}/${name}`, staged: { at, stat }, expect: { kind: 'absent' } })
  }

  publishFile(item: PublishItem): PublishResult {
    const path = item.path as RelPath
    try {
      const kept = this.#placeFile(item, path)
      return { ok: true, stat: this.#confirm(item), ...(kept === undefined ? {} : { kept }) }
    } catch (error) {
      const shown = join(this.#root.root, path)
      return { ok: false, failure: toTaskFailure(translateTargetError(error, { path: shown, root: this.#root.root })) }
    }
  }

  #placeFile(item: PublishItem, path: RelPath): KeptFile | undefined {
    try {
      return this.#rename(item, path)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
      // An open directory may have been replaced by a whole one that another thread published.
      this.#root.forget()
      return this.#rename(item, path)
    }
  }

  #rename({ staged, expect, keepAtMs, storedAtMs }: PublishItem, path: RelPath): KeptFile | undefined {
    const from = staged.at as RelPath
    this.#root.makeDirectories(parentOf(path))
    if (expect.kind === 'absent') {
      this.#root.renameFileIfAbsent(from, path)
      return undefined
    }
    const present = this.#root.lstat(path)
    assertExpected(this.#place, path, expect, present === undefined ? undefined : toTargetStat(present))
    if (keepAtMs !== undefined && present?.isFile() === true)
      return this.#keepAndReplace(from, { path, present, why: 'replaced', atMs: keepAtMs, storedAtMs })
    this.#root.replace(from, path)
    return undefined
  }

  /** What is replaced has another name before it loses this one. Without second names, the path is absent for a moment. */
  #keepAndReplace(from: RelPath, request: KeepRequest): KeptFile {
    const linked = this.#keeper.link(request)
    const kept = linked ?? this.#keeper.move(request)
    try {
      if (linked === undefined) this.#root.renameFileIfAbsent(from, request.path)
      else this.#root.replace(from, request.path)
      return kept
    } catch (error) {
      this.#keeper.undo(request, kept, linked === undefined ? 'moved' : 'linked')
      throw error
    }
  }

  /** Asks by the plain path: a parent moved away meanwhile must not pass for success. */
  #confirm({ path, staged }: PublishItem): TargetStat {
    const full = join(this.#root.root, path)
    const stat = toTargetStat(lstatSync(full, { bigint: true }))
    if (stat.inode === staged.stat.inode && stat.size === staged.stat.size) return stat
    throw new TidekeepError({ code: 'changed', message: threadWordings.movedMeanwhile({ path: full }), path: full })
  }
}
