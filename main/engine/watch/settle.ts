import type { Hint, RelPath } from '../../../common/model.ts'
import { relPathProblem, ROOT_PATH } from '../../../common/paths.ts'
import type { Clock } from '../../host.ts'
import { collapseHints } from './collapse.ts'
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
/** Hints nobody acknowledged are offered again with the next batch, or after this long. */
const REOFFER_MS = 600_000

/**
 * A name that appears this soon after a new file went may be a save through a temporary file: then
 * something was there before, and its removal must be told.
 */
const RENAME_MS = 5

interface PendingPath {
  readonly firstMs: number
  lastMs: number
  /** It was not there before, as far as can be told: if it goes again, nothing happened. */
  readonly isNew: boolean
  isRemoved: boolean
  recursive: boolean
}

interface Offer {
  readonly hints: readonly Hint[]
  readonly overflow: boolean
  readonly offeredMs: number
}

/**
 * Turns raw events into batches of hints once the paths they name are quiet. Several events of one
 * path are one hint; a file that appears and goes within the window is none.
 */
export class Settler {
  readonly #clock: Clock
  readonly #times: SettleTimes
  readonly #pending = new Map<string, PendingPath>()
  readonly #offers = new Set<Offer>()
  #polled = false
  #overflow: { readonly firstMs: number } | undefined
  #lastEventMs = 0
  #newFileGoneMs = -Infinity
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
    const recursive = kind === 'directory-appeared' || kind === 'directory-removed'
    const known = this.#pending.get(path)
    if (known === undefined) {
      if (this.#pending.size >= MAX_PENDING) return this.overflow()
      const isNew = (kind === 'appeared' && nowMs > this.#newFileGoneMs + RENAME_MS) || kind === 'directory-appeared'
      this.#pending.set(path, { firstMs: nowMs, lastMs: nowMs, isNew, isRemoved, recursive })
    } else if (isRemoved && known.isNew && nowMs - known.firstMs <= this.#times.settleMaxMs) {
      this.#pending.delete(path)
      this.#newFileGoneMs = nowMs
    } else {
      known.lastMs = nowMs
      known.isRemoved = isRemoved
      known.recursive ||= recursive
    }
    this.#wake?.()
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
    const isReoffer = [...this.#offers].some((offer) => nowMs >= offer.offeredMs + REOFFER_MS)
    if (!overflow && hints.length === 0 && !isReoffer) return undefined
    if (overflow) this.#overflow = undefined
    this.#polled = false
    return this.#offer(hints, overflow, nowMs)
  }

  /** Everything not acknowledged so far goes along. */
  #offer(hints: readonly Hint[], overflow: boolean, nowMs: number): HintBatch {
    const kept = [...this.#offers]
    this.#offers.clear()
    const offer: Offer = {
      hints: collapseHints([...kept.flatMap((earlier) => earlier.hints), ...hints]),
      overflow: overflow || kept.some((earlier) => earlier.overflow),
      offeredMs: nowMs,
    }
    this.#offers.add(offer)
    return { hints: offer.hints, overflow: offer.overflow, acknowledge: () => void this.#offers.delete(offer) }
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
    let firstDueMs = Infinity
    for (const path of this.#pending.values()) firstDueMs = Math.min(firstDueMs, this.#dueMs(path))
    for (const offer of this.#offers) firstDueMs = Math.min(firstDueMs, offer.offeredMs + REOFFER_MS)
    if (this.#overflow !== undefined) firstDueMs = Math.min(firstDueMs, this.#overflowDueMs(this.#overflow.firstMs))
    const longest = isQuiet ? Infinity : this.#times.settleMs
    return Math.max(GRAIN_MS, Math.min(firstDueMs - this.#clock.monotonic(), longest))
  }
}
