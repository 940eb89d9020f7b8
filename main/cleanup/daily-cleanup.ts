import { toTidekeepError } from '../../common/errors.ts'
import type { Clock, Log } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { cleanUp, DEFAULT_OLDER_THAN_MS } from './clean-up.ts'

/** The first time: late enough not to compete with what a start has to do. */
const FIRST_MS = 10 * 60_000
const EVERY_MS = 24 * 3_600_000

/** Cleans up at every target once a day, one after the other. What goes wrong is logged, and tried again the next day. */
export class DailyCleanup {
  readonly #host: { readonly clock: Clock; readonly log: Log }
  readonly #targets: () => readonly TargetProvider[]
  readonly #keepDays: () => number
  readonly #forget: (beforeMs: number) => void
  readonly #stopped = new AbortController()
  #cancel: () => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  /** `targets` are those that may be cleaned up at that time; `keepDays` is the setting of that name. `forget` hears what moment is too long ago to be undone, host-clock milliseconds. */
  constructor(
    host: { readonly clock: Clock; readonly log: Log },
    targets: () => readonly TargetProvider[],
    keepDays: () => number,
    forget: (beforeMs: number) => void = () => undefined,
  ) {
    this.#host = host
    this.#targets = targets
    this.#keepDays = keepDays
    this.#forget = forget
  }

  start(): void {
    this.#after(FIRST_MS)
  }

  /** Resolves when nothing is under way any more. Idempotent. */
  async stop(): Promise<void> {
    this.#cancel()
    this.#stopped.abort()
    await this.#running
  }

  #after(delayMs: number): void {
    if (this.#stopped.signal.aborted) return
    this.#cancel = this.#host.clock.after(delayMs, () => {
      this.#running = this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#forget(this.#host.clock.now() - this.#keepDays() * EVERY_MS)
    for (const target of this.#targets()) {
      if (!this.#stopped.signal.aborted) await this.#cleanUp(target)
    }
    this.#after(EVERY_MS)
  }

  async #cleanUp(target: TargetProvider): Promise<void> {
    const { clock, log } = this.#host
    const { signal } = this.#stopped
    try {
      const { totals, kept } = await cleanUp(target, {
        olderThanMs: DEFAULT_OLDER_THAN_MS,
        dryRun: false,
        nowMs: clock.now(),
        keepDays: this.#keepDays(),
        signal,
      })
      if (kept !== undefined && kept.removed.count + kept.failed.count > 0)
        log.info('kept-versions-removed', { target: target.location, ...kept.removed, failed: kept.failed.count })
      const { removed, failed } = totals
      if (removed.count + failed.count === 0) return
      const counts = { removed: removed.count, bytes: removed.bytes, failed: failed.count }
      log.info('leftovers-removed', { target: target.location, ...counts })
    } catch (error) {
      if (!signal.aborted)
        log.warn('leftovers-not-removed', { target: target.location, code: toTidekeepError(error).code })
    }
  }
}
