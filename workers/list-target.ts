import { lstatSync, readdirSync, type BigIntStats } from 'node:fs'
import { join, sep } from 'node:path'
import { comparePaths, isReserved } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import { endsStretch, STRETCH_ENTRIES } from '../common/stretch.ts'
import { EntryColumnsBuilder, type EntryColumns } from './entry-columns.ts'
import { sortNames } from './fs/sort-names.ts'
import { hasCode } from './fs/safe-root.ts'
import { translateTargetError } from './fs/target-errors.ts'
import type { ListPage, ListTarget } from './tasks.ts'

/**
 * One page of everything below `path`, in `comparePaths` order. A page starts where the one before
 * ended, without a thread or a memory held in between. Links are told, never followed. A missing
 * `path` is empty; anything unreadable throws, so that a listing is complete or fails (I12).
 */
export function listTarget(params: ListTarget): ListPage {
  const { etagBy, limit, isInStretches = false } = params
  const most = isInStretches ? STRETCH_ENTRIES : limit
  const stretches: EntryColumns[] = []
  const walk = new PageWalk(params)
  let entries = new EntryColumnsBuilder(etagBy, most)
  let last: string | undefined
  let count = 0
  const isDone = walk.below(params.path, (path, stat) => {
    const isBetween = !isInStretches || entries.count === 0
    if (count >= limit && isBetween) return false
    entries.add(path, stat)
    last = path
    count++
    if (isInStretches && (entries.count === most || endsStretch(path))) {
      stretches.push(entries.finish())
      entries = new EntryColumnsBuilder(etagBy, most)
    }
    return true
  })
  return {
    stretches: entries.count === 0 && stretches.length > 0 ? stretches : [...stretches, entries.finish()],
    unreadableNames: walk.unreadableNames,
    ...(isDone || last === undefined ? {} : { more: last }),
  }
}

/** Takes an entry; false when it wants no more, this one neither. */
type Take = (path: string, stat: BigIntStats) => boolean

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

  /** False when it was ended by `take`. */
  below(directory: string, take: Take): boolean {
    const prefix = directory === '' ? '' : `${directory}/`
    // Once the place of the page before is passed, everything is new.
    const isNew = this.#after === undefined || comparePaths(prefix, this.#after) > 0
    for (const step of this.#steps(directory)) {
      const isDescent = step.endsWith('/')
      const path = `${prefix}${isDescent ? step.slice(0, -1) : step}`
      if (!this.#showsReserved && directory === '' && isReserved(path as RelPath)) continue
      if (isDescent) {
        if ((isNew || this.#mayHoldMore(path)) && !this.below(path, take)) return false
      } else if (isNew || this.#isAfter(path)) {
        const stat = this.#stat(path)
        if (stat !== undefined && !take(path, stat)) return false
      }
    }
    return true
  }

  /**
   * The names in a directory, each directory's once more with a slash for its content: `a` comes before `a-b`, and that before
   * `a/x`, because '-' sorts before '/'.
   */
  #steps(directory: string): readonly string[] {
    const steps: string[] = []
    for (const { name, isDirectory } of this.#children(directory)) {
      steps.push(name)
      if (isDirectory) steps.push(`${name}/`)
    }
    return sortNames(steps)
  }

  #isAfter(path: string): boolean {
    return this.#after === undefined || comparePaths(path, this.#after) > 0
  }

  /** False when everything below `path` was on an earlier page. */
  #mayHoldMore(path: string): boolean {
    return this.#after === undefined || this.#after.startsWith(`${path}/`) || comparePaths(`${path}/`, this.#after) > 0
  }

  #children(directory: string): readonly { readonly name: string; readonly isDirectory: boolean }[] {
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

  #stat(path: string): BigIntStats | undefined {
    // Both are plain already: joining them would take a twentieth of the time.
    const full = `${this.#root}${sep}${path}`
    try {
      return lstatSync(full, { bigint: true })
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR'))
        throw translateTargetError(error, { path: join(this.#root, path), root: this.#root })
      if (path.includes('\ufffd')) this.unreadableNames++
      return undefined
    }
  }
}
