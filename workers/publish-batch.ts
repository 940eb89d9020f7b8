import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import { nameOf, parentOf } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import { hasCode, SafeRoot } from './fs/safe-root.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { assertExpected, TEMPORARY_AREA, toTargetStat } from './fs/target-stat.ts'
import { toTaskFailure } from './read-batch.ts'
import type { PublishBatch, PublishResult, TargetStat } from './tasks.ts'

type PublishItem = PublishBatch['items'][number]

/**
 * Gives staged files their names, each only if its precondition holds at that moment. The content
 * must be durable already. Each succeeds or fails alone; results are in the order of the items.
 * The stages are empty and gone afterwards.
 */
export function publishBatch(batch: PublishBatch): readonly PublishResult[] {
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(batch.place.root, { inode: batch.place.rootInode })
    const results = new Publisher(root, batch).run()
    for (const stage of batch.stages) root.removeTree(`${TEMPORARY_AREA}/${stage}` as RelPath)
    if (batch.fsync) root.syncDirectories()
    return results
  } catch (error) {
    const failure = toTaskFailure(translateTargetError(error, { path: batch.place.root, root: batch.place.root }))
    return batch.items.map(() => ({ ok: false, failure }))
  } finally {
    root?.close()
  }
}

class Publisher {
  readonly #root: SafeRoot
  readonly #batch: PublishBatch

  constructor(root: SafeRoot, batch: PublishBatch) {
    this.#root = root
    this.#batch = batch
  }

  run(): readonly PublishResult[] {
    const whole = new Set<RelPath>()
    for (const [directory, items] of this.#stagedDirectories()) {
      if (this.#publishDirectory(directory, items)) whole.add(directory)
    }
    return this.#batch.items.map((item) =>
      whole.has(parentOf(item.staged.at as RelPath)) ? { ok: true, stat: item.staged.stat } : this.#publishFile(item),
    )
  }

  /** Items by the directory that was staged for them alone. */
  #stagedDirectories(): ReadonlyMap<RelPath, readonly PublishItem[]> {
    const groups = Map.groupBy(this.#batch.items, (item) => parentOf(item.staged.at as RelPath))
    for (const directory of groups.keys()) if (!nameOf(directory).startsWith('d')) groups.delete(directory)
    return groups
  }

  /**
   * One rename for a directory that is new or still empty. The system refuses it where a file got
   * in meanwhile; then the files go one by one.
   */
  #publishDirectory(staged: RelPath, items: readonly PublishItem[]): boolean {
    const target = parentOf(items[0]!.path as RelPath)
    try {
      if (this.#root.readDirectory(staged).length !== items.length) return false
      const present = this.#root.lstat(target)
      if (present === undefined) this.#root.makeDirectories(parentOf(target))
      else if (!present.isDirectory() || !this.#takeOver(staged, target)) return false
      this.#root.renameDirectory(staged, target)
      return true
    } catch {
      // Whatever stands in the way is told for each file when that is published by itself.
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
    this.#root.setMetadata(staged, { mtimeNs: old.mtimeNs, mode: Number(old.mode & 0o777n) })
    return true
  }

  #publishFile(item: PublishItem): PublishResult {
    const path = item.path as RelPath
    try {
      this.#placeFile(item, path)
      return { ok: true, stat: this.#confirm(item) }
    } catch (error) {
      const shown = join(this.#root.root, path)
      return { ok: false, failure: toTaskFailure(translateTargetError(error, { path: shown, root: this.#root.root })) }
    }
  }

  #placeFile(item: PublishItem, path: RelPath): void {
    try {
      this.#place(item, path)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
      // An open directory may have been replaced by a whole one that another thread published.
      this.#root.forget()
      this.#place(item, path)
    }
  }

  #place({ staged, expect }: PublishItem, path: RelPath): void {
    const from = staged.at as RelPath
    this.#root.makeDirectories(parentOf(path))
    if (expect.kind === 'absent') return this.#root.renameFileIfAbsent(from, path)
    const present = this.#root.lstat(path)
    assertExpected(this.#batch.place, path, expect, present === undefined ? undefined : toTargetStat(present))
    this.#root.replace(from, path)
  }

  /** Asks by the plain path: a parent moved away meanwhile must not pass for success. */
  #confirm({ path, staged }: PublishItem): TargetStat {
    const full = join(this.#root.root, path)
    const stat = toTargetStat(lstatSync(full, { bigint: true }))
    if (stat.inode === staged.stat.inode && stat.size === staged.stat.size) return stat
    throw new TidekeepError({ code: 'changed', message: `${full} was moved or replaced in this moment.`, path: full })
  }
}
