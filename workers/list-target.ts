import { lstatSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { comparePaths, isReserved } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import { EntryColumnsBuilder } from './entry-columns.ts'
import { hasCode } from './fs/safe-root.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { toTargetStat } from './fs/target-stat.ts'
import type { ListPage, ListTarget, TargetStat } from './tasks.ts'

interface Found {
  readonly path: string
  readonly stat: TargetStat
}

/**
 * One page of everything below `path`, in `comparePaths` order. A page starts where the one before
 * ended, without a thread or a memory held in between. Links are told, never followed. A missing
 * `path` is empty; anything unreadable throws, so that a listing is complete or fails (I12).
 */
export function listTarget(params: ListTarget): ListPage {
  const walk = new PageWalk(params)
  const entries = new EntryColumnsBuilder(params.etagBy)
  let done = true
  let last: string | undefined
  for (const { path, stat } of walk.below(params.path)) {
    done = entries.count < params.limit
    if (!done) break
    entries.add(path, stat)
    last = path
  }
  return {
    entries: entries.finish(),
    unreadableNames: walk.unreadableNames,
    ...(done || last === undefined ? {} : { more: last }),
  }
}

class PageWalk {
  unreadableNames = 0
  readonly #root: string
  readonly #after: string | undefined
  readonly #showsReserved: boolean

  constructor({ root, after, path }: ListTarget) {
    this.#root = root
    this.#after = after
    this.#showsReserved = isReserved(path as RelPath)
  }

  *below(directory: string): Generator<Found> {
    for (const { path, isDescent } of this.#steps(directory)) {
      if (isDescent) yield* this.below(path)
      else {
        const stat = this.#stat(path)
        if (stat !== undefined) yield { path, stat }
      }
    }
  }

  /**
   * A directory's own entry and its content are two steps: `a` comes before `a-b`, and that before
   * `a/x`, because '-' sorts before '/'.
   */
  #steps(directory: string): readonly { readonly path: string; readonly isDescent: boolean }[] {
    const steps: { key: string; path: string; isDescent: boolean }[] = []
    for (const child of this.#children(directory)) {
      const path = directory === '' ? child.name : `${directory}/${child.name}`
      if (!this.#showsReserved && isReserved(path as RelPath)) continue
      if (this.#isAfter(path)) steps.push({ key: child.name, path, isDescent: false })
      if (child.isDirectory && this.#mayHoldMore(path)) steps.push({ key: `${child.name}/`, path, isDescent: true })
    }
    return steps.sort((a, b) => comparePaths(a.key, b.key))
  }

  #isAfter(path: string): boolean {
    return this.#after === undefined || comparePaths(path, this.#after) > 0
  }

  /** False when everything below `path` was on an earlier page. */
  #mayHoldMore(path: string): boolean {
    return this.#after === undefined || this.#after.startsWith(`${path}/`) || comparePaths(`${path}/`, this.#after) > 0
  }

  #children(directory: string): { name: string; isDirectory: boolean }[] {
    try {
      return readdirSync(join(this.#root, directory), { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        isDirectory: entry.isDirectory(),
      }))
    } catch (error) {
      if (directory !== '' && hasCode(error, 'ENOENT', 'ENOTDIR')) return []
      throw translateTargetError(error, { path: join(this.#root, directory), root: this.#root })
    }
  }

  #stat(path: string): TargetStat | undefined {
    // Both are plain already: joining them would take a twentieth of the time.
    const full = `${this.#root}${sep}${path}`
    try {
      return toTargetStat(lstatSync(full, { bigint: true }))
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR'))
        throw translateTargetError(error, { path: join(this.#root, path), root: this.#root })
      if (path.includes('\ufffd')) this.unreadableNames++
      return undefined
    }
  }
}
