import type { RelPath } from '../../common/model.ts'
import { parentsOf, ROOT_PATH } from '../../common/paths.ts'
import type { Clock } from '../host.ts'
import type { Planned } from './plan/plan.ts'
import type { ScanScope } from './scan/scanner.ts'

/**
 * A name that is gone may be half of a rename. The other half is told at the latest `settleMaxMs`
 * after it happened, and then waits for the pass under way: twice that is time enough for both.
 */
const PATIENCE_IN_SETTLES = 2
/** More paths than this, and looking at everything is cheaper than looking for each. */
const MOST_PATHS = 20_000

interface Missing {
  readonly sinceMs: number
  readonly isDirectory: boolean
}

/**
 * What looks at some paths did not find, until it is sure to be deleted and not elsewhere (I13): a
 * folder that is renamed while it is busy shows its two names one after the other. Each path is
 * looked for once more when its time is up, and only what is still missing then counts as deleted.
 * A look at everything sees both names, and decides by itself. Forgotten when the process ends: the
 * next one begins by looking at everything.
 */
export class MissingPaths {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #settleMaxMs: () => number
  readonly #waiting = new Map<RelPath, Missing>()
  /** Looked for once more by the next pass. */
  readonly #asked = new Set<RelPath>()

  /** `settleMaxMs`: see `Settings`. */
  constructor(clock: Pick<Clock, 'monotonic'>, settleMaxMs: () => number) {
    this.#clock = clock
    this.#settleMaxMs = settleMaxMs
  }

  /** How many wait to be looked for again. */
  get size(): number {
    return this.#waiting.size
  }

  /** Milliseconds until the first is to be looked for again, 0 when it is by now; Infinity where none waits. */
  get dueInMs(): number {
    // The first is the oldest: none waits longer than another.
    for (const { sinceMs } of this.#waiting.values())
      return Math.max(0, sinceMs + this.#patienceMs - this.#clock.monotonic())
    return Number.POSITIVE_INFINITY
  }

  /** Where to look again for what has waited long enough; answered once. */
  takeDue(): readonly ScanScope[] {
    const dueMs = this.#clock.monotonic() - this.#patienceMs
    const due: [RelPath, Missing][] = []
    for (const each of this.#waiting) {
      if (each[1].sinceMs > dueMs) break
      due.push(each)
    }
    for (const [path] of due) {
      this.#waiting.delete(path)
      this.#asked.add(path)
    }
    return due.length > MOST_PATHS ? [{ path: ROOT_PATH, recursive: true }] : topmost(due)
  }

  /** These are there, or were taken for moved: when they go again, they wait anew. */
  found(planned: readonly Planned[]): void {
    if (this.#waiting.size > 0) for (const { action } of planned) this.#waiting.delete(action.path)
  }

  /** Of what a pass missed, what counts as deleted: everything after a look at `everything`, else what was looked for once more. The rest waits. */
  admit(missed: readonly Planned[], isEverything: boolean): readonly Planned[] {
    const asked = new Set(this.#asked)
    this.#asked.clear()
    if (isEverything) {
      this.#waiting.clear()
      return missed
    }
    const sinceMs = this.#clock.monotonic()
    return missed.filter(({ action }) => {
      if (asked.has(action.path)) return true
      const isDirectory = 'base' in action && action.base?.kind === 'directory'
      if (!this.#waiting.has(action.path)) this.#waiting.set(action.path, { sinceMs, isDirectory })
      return false
    })
  }

  get #patienceMs(): number {
    return PATIENCE_IN_SETTLES * this.#settleMaxMs()
  }
}

/** A folder takes along what is below it. */
function topmost(due: readonly (readonly [RelPath, Missing])[]): readonly ScanScope[] {
  const folders = new Set(due.filter(([, { isDirectory }]) => isDirectory).map(([path]) => path))
  return due
    .filter(([path]) => !parentsOf(path).some((parent) => folders.has(parent)))
    .map(([path, { isDirectory }]) => ({ path, recursive: isDirectory }))
}
