import type { FolderId } from '../../common/model.ts'
import type { Settings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { Store } from '../state/store.ts'

const COMPARE_TARGET_MS = 24 * 3_600_000
const LONGEST_RECONCILE_MS = 3_600_000

/** What the times of looks depend on. */
export interface LookTimesDeps {
  readonly folderId: FolderId
  readonly store: Pick<Store, 'folders'>
  readonly clock: Pick<Clock, 'now'>
  readonly settings: () => Pick<Settings, 'reconcileMs' | 'remotePollMs'>
  /** The target is listed as often as its changes have to be noticed; otherwise once a day. */
  readonly isPolled: boolean
}

/** When everything is looked at by itself, and when the target, too. Times are host-clock milliseconds. */
export class LookTimes {
  /** When both sides were last compared, by this process; undefined asks for it as soon as possible. */
  comparedAtMs: number | undefined
  readonly #deps: LookTimesDeps

  constructor(deps: LookTimesDeps) {
    this.#deps = deps
  }

  get nextMs(): number {
    return Math.min(this.#nextReconcileMs, this.#nextPollMs)
  }

  get isDue(): boolean {
    return this.nextMs <= this.#deps.clock.now()
  }

  get isCompareDue(): boolean {
    const nowMs = this.#deps.clock.now()
    const { comparedAtMs } = this
    // A clock that was set back must not put it off.
    if (comparedAtMs === undefined || comparedAtMs > nowMs) return true
    return Math.min(comparedAtMs + COMPARE_TARGET_MS, this.#nextPollMs) <= nowMs
  }

  get #nextReconcileMs(): number {
    const { store, folderId, clock, settings } = this.#deps
    const known = store.folders.get(folderId).lastReconcileMs ?? 0
    // As above: a clock that was set back must not put the next look off by as much.
    const last = known > clock.now() ? 0 : known
    return last + Math.min(LONGEST_RECONCILE_MS, settings().reconcileMs)
  }

  get #nextPollMs(): number {
    const { isPolled, settings } = this.#deps
    return isPolled && this.comparedAtMs !== undefined
      ? this.comparedAtMs + settings().remotePollMs
      : Number.POSITIVE_INFINITY
  }
}
