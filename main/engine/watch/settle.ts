import type { Hint, RelPath } from '../../../common/model.ts'
import { parentOf, relPathProblem, ROOT_PATH } from '../../../common/paths.ts'
import type { Clock } from '../../host.ts'
import { Offers } from './offers.ts'
import type { RawEvent } from './raw-watcher.ts'
import type { HintBatch } from './watcher.ts'

/** How long paths wait. Milliseconds. */
export interface SettleTimes {
  /** Without a further event; a removal waits twice as long, since a save often starts with one. */
  readonly settleMs: number
  /** In all, for a path that never gets quiet. */
  readonly settleMaxMs: number
}

/** Batches that are due within this time of each other go out together. */
const GRAIN_MS = 50
/** More waiting paths than this are one burst, such as a checkout: it goes out as a whole, once it is over. */
const BURST_PATHS = 128
/** More waiting paths than this, and a full pass is cheaper than remembering them. */
const MAX_PENDING = 20_000

interface PendingPath {
  readonly firstMs: number
  lastMs: number
  /** It was not there before, as far as can be told: if it goes again, nothing happened. */
  isNew: boolean
  isRemoved: boolean
  recursive: boolean
}

/**
 * Turns raw events into batches of hints once the paths they name are quiet. Several events of one
 * path are one hint; a file that appears and goes within the window is none.
 */
export class Settler {
  readonly #clock: Clock
  readonly #times: SettleTimes
  readonly #pending = new Map<string, PendingPath>()
  readonly #offers = new Offers()
  #polled = false
  #overflow: { readonly firstMs: number } | undefined
  #lastEventMs = 0
  #hasNewFileJustGone = false
  #wake: (() => void) | undefined

  constructor(clock: Clock, times: SettleTimes) {
    this.#clock = clock
    this.#times = times
  }

  /** Takes one raw event. */
  note({ path, kind }: RawEvent): void {
    if (relPathProblem(path) !== undefined) return
    const nowMs = this.#clock.monotonic()
    this.#lastEventMs = nowMs
    const isRemoved = kind === 'removed' || kind === 'directory-removed'
    const recursive = kind.startsWith('directory-')
    const known = this.#pending.get(path)
    const isUndone = known?.isNew === true && isRemoved && nowMs - known.firstMs <= this.#times.settleMaxMs
    if (known === undefined) {
      if (this.#pending.size >= MAX_PENDING) return this.overflow()
      const isNew = this.#isNew({ path, kind })
      this.#pending.set(path, { firstMs: nowMs, lastMs: nowMs, isNew, isRemoved, recursive })
    } else if (isUndone) {
      this.#pending.delete(path)
    } else {
      known.lastMs = nowMs
      known.isRemoved = isRemoved
      known.recursive ||= recursive
    }
    this.#hasNewFileJustGone = isUndone
    this.#wake?.()
  }

  /**
   * A file that appears right after a new one went was saved through a temporary file: something may
   * have been there before. Only an old file renamed over another one cannot be told from a rename to
   * a free name: when that goes within the window, the next full pass finds it.
   */
  #isNew({ path, kind }: RawEvent): boolean {
    const hasAppeared = kind === 'directory-appeared' || (kind === 'appeared' && !this.#hasNewFileJustGone)
    return hasAppeared && !this.#offers.covers(path)
  }

  /** The whole folder is to be looked at, since it is polled. Not delayed. */
  poll(): void {
    this.#polled = true
    this.#wake?.()
  }

  /** Events were lost: the next batch says so, once it is quiet. It replaces everything that waits. */
  overflow(): void {
    const nowMs = this.#clock.monotonic()
    this.#lastEventMs = nowMs
    this.#overflow ??= { firstMs: nowMs }
    this.#pending.clear()
    this.#wake?.()
  }

  /** The next batch, as soon as there is one; undefined once the signal is aborted. */
  async take(signal: AbortSignal): Promise<HintBatch | undefined> {
    while (!signal.aborted) {
      const batch = this.#due(this.#clock.monotonic())
      if (batch !== undefined) return batch
      await this.#pause(signal)
    }
    return undefined
  }

  #due(nowMs: number): HintBatch | undefined {
    const overflow = this.#overflow !== undefined && nowMs >= this.#overflowDueMs(this.#overflow.firstMs)
    if (overflow) this.#pending.clear()
    const hints = overflow ? [] : [...this.#polledHints(), ...this.#settledHints(nowMs)]
    if (!overflow && hints.length === 0 && nowMs < this.#offers.dueMs) return undefined
    if (overflow) this.#overflow = undefined
    this.#polled = false
    const batch = this.#offers.make(hints, overflow, nowMs)
    // What the scan of this batch sees on its way is no longer new: if it goes, that must be told.
    const onTheWay = parentsOf(batch.hints)
    for (const [path, pending] of this.#pending) pending.isNew &&= !onTheWay.has(path) && !this.#offers.covers(path)
    return batch
  }

  #polledHints(): readonly Hint[] {
    return this.#polled ? [{ path: ROOT_PATH, recursive: true, cause: 'poll' }] : []
  }

  /**
   * A new path waits for removals that are not due yet: the two may be one move, which only shows
   * when both are looked at together.
   */
  #settledHints(nowMs: number): readonly Hint[] {
    if (this.#isInBurst(nowMs)) return []
    const entries = [...this.#pending]
    const isDue = ([, path]: readonly [string, PendingPath]): boolean => nowMs >= this.#dueMs(path)
    const awaitsRemoval = entries.some((entry) => entry[1].isRemoved && !isDue(entry))
    const settled = entries.filter((entry) => {
      const { isNew, firstMs } = entry[1]
      return isDue(entry) && !(isNew && awaitsRemoval && nowMs < firstMs + this.#times.settleMaxMs)
    })
    for (const [path] of settled) this.#pending.delete(path)
    return settled.map(([path, { recursive }]) => ({ path: path as RelPath, recursive, cause: 'watch' }))
  }

  #isInBurst(nowMs: number): boolean {
    const { settleMs, settleMaxMs } = this.#times
    if (this.#pending.size <= BURST_PATHS || nowMs >= this.#lastEventMs + settleMs) return false
    for (const { firstMs } of this.#pending.values()) if (nowMs >= firstMs + settleMaxMs) return false
    return true
  }

  #dueMs({ firstMs, lastMs, isRemoved }: PendingPath): number {
    const { settleMs, settleMaxMs } = this.#times
    return Math.min(lastMs + (isRemoved ? 2 : 1) * settleMs, firstMs + settleMaxMs)
  }

  #overflowDueMs(firstMs: number): number {
    return Math.min(this.#lastEventMs + this.#times.settleMs, firstMs + this.#times.settleMaxMs)
  }

  /** Until something may be due. While nothing waits, only an event or a poll ends it. */
  #pause(signal: AbortSignal): Promise<void> {
    const isQuiet = this.#pending.size === 0 && this.#overflow === undefined
    const waitMs = this.#waitMs(isQuiet)
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        signal.removeEventListener('abort', end)
        this.#wake = undefined
        resolve()
      }
      const cancel = waitMs === Infinity ? () => undefined : this.#clock.after(waitMs, end)
      signal.addEventListener('abort', end, { once: true })
      if (isQuiet) this.#wake = end
    })
  }

  /** What comes in while others wait cannot be due sooner than a settle time from now. */
  #waitMs(isQuiet: boolean): number {
    let firstDueMs = this.#offers.dueMs
    for (const path of this.#pending.values()) firstDueMs = Math.min(firstDueMs, this.#dueMs(path))
    if (this.#overflow !== undefined) firstDueMs = Math.min(firstDueMs, this.#overflowDueMs(this.#overflow.firstMs))
    const longest = isQuiet ? Infinity : this.#times.settleMs
    return Math.max(GRAIN_MS, Math.min(firstDueMs - this.#clock.monotonic(), longest))
  }
}

/** Every directory above a path that is looked at: it is seen, too. */
function parentsOf(hints: readonly Hint[]): ReadonlySet<string> {
  const parents = new Set<string>()
  for (const { path } of hints)
    for (let at = path; at !== ROOT_PATH && !parents.has(parentOf(at)); at = parentOf(at)) parents.add(parentOf(at))
  return parents
}
