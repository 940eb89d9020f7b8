import type { FolderId } from '../../common/model.ts'
import type { Settings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { TargetChange, TargetProvider } from '../providers/provider.ts'
import type { Store } from '../state/store.ts'
import { remoteAgrees } from './diff/compare.ts'

/** How often a target is asked for its changes where that costs one request. */
const ASK_MS = 60_000

/** What asking for news needs. */
export interface NewsDeps {
  readonly folderId: FolderId
  readonly store: Pick<Store, 'baseline'>
  readonly target: TargetProvider
  readonly clock: Pick<Clock, 'now'>
  readonly settings: () => Pick<Settings, 'remotePollMs'>
  /** What is being put there is told as well, and is not agreed on before it is recorded. */
  readonly isBusy: () => boolean
  /** The target answered. `isLookNeeded`: something changed there, or nobody can tell. */
  readonly onHeard: (isLookNeeded: boolean) => void
}

/**
 * Asks a target that tells of its changes for them, between two looks at everything, and says whether
 * any is one that was not agreed on: what this computer put there itself is told, too. Whatever
 * is told is told once: who heard of something has to look at everything.
 */
export class RemoteNews {
  readonly #deps: NewsDeps
  /** Undefined until both sides were compared to the end: before that, nothing is news. */
  #heardAtMs: number | undefined
  #nextMs = 0
  #asking: Promise<void> | undefined

  constructor(deps: NewsDeps) {
    this.#deps = deps
  }

  /** Both sides were compared to the end: what comes after is news. */
  compared(): void {
    this.#heardAtMs = this.#deps.clock.now()
    this.#nextMs = this.#heardAtMs + this.#intervalMs
  }

  /** When to ask next, host-clock milliseconds; Infinity where there is nothing to ask for. */
  get nextMs(): number {
    const { target, clock } = this.#deps
    const isAble = target.features.changes !== undefined && this.#asking === undefined
    if (!isAble || this.#heardAtMs === undefined) return Number.POSITIVE_INFINITY
    // A clock that was set back must not put it off by as much.
    return this.#heardAtMs > clock.now() ? 0 : this.#nextMs
  }

  /**
   * Asks where it is time, and waits for nothing: a slow target holds no look at this computer up. While much is on its way
   * there it is asked more rarely.
   */
  askIfDue(signal: AbortSignal): void {
    const { clock, isBusy, settings } = this.#deps
    const nowMs = clock.now()
    if (this.nextMs > nowMs) return
    const sinceMs = nowMs - (this.#heardAtMs ?? nowMs)
    if (isBusy() && sinceMs >= 0 && sinceMs < settings().remotePollMs) this.#nextMs = nowMs + this.#intervalMs
    else this.#asking = this.#ask(signal)
  }

  /** Resolves when nothing is asked any more. */
  async ended(): Promise<void> {
    await this.#asking
  }

  /** Never rejects: what is in the way is found out by the look that follows. */
  async #ask(signal: AbortSignal): Promise<void> {
    const changes = await this.#deps.target.features.changes!({ signal }).catch(() => 'unknown' as const)
    const isAgreed = changes !== 'unknown' && changes.every((change) => this.#isAgreed(change))
    if (isAgreed) this.compared()
    else this.#heardAtMs = undefined
    this.#asking = undefined
    if (!signal.aborted) this.#deps.onHeard(!isAgreed)
  }

  get #intervalMs(): number {
    return Math.min(ASK_MS, this.#deps.settings().remotePollMs)
  }

  #isAgreed({ path, entry }: TargetChange): boolean {
    const base = this.#deps.store.baseline.get(this.#deps.folderId, path)
    if (entry === undefined || base === undefined) return entry === undefined && base === undefined
    return remoteAgrees(entry, base)
  }
}
