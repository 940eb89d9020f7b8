import { toTidekeepError } from '../common/errors.ts'
import type { Clock, Log } from './host.ts'

/** Something that is done once a day. */
export interface DailyWork {
  /** Stays the same from day to day. */
  readonly id: string
  /** When it was last tried, host-clock milliseconds, where that is remembered; else this schedule remembers it as long as it lives. */
  readonly lastAtMs?: number | undefined
  run(signal: AbortSignal): Promise<void>
}

/** How a {@link DailySchedule} goes about its work. */
export interface DailyOptions {
  /** From the start to the first look: late enough that what a start has to do is done. */
  readonly firstMs: number
  /** What there is to do, as far as it may be done at that time: what is left out then has its turn at a later look. */
  readonly work: () => readonly DailyWork[]
  /** Logged with the id and the code of what went wrong. */
  readonly failedAs: string
}

/** How often is looked whose turn it is: what could not be done the last time has not long to wait. */
const LOOK_MS = 3_600_000
const EVERY_MS = 24 * 3_600_000

/** Does each work once a day, one after the other. What goes wrong is logged, and tried again the next day. */
export class DailySchedule {
  readonly #host: { readonly clock: Clock; readonly log: Log }
  readonly #options: DailyOptions
  readonly #lastAtMs = new Map<string, number>()
  readonly #stopped = new AbortController()
  #cancel: () => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(host: { readonly clock: Clock; readonly log: Log }, options: DailyOptions) {
    this.#host = host
    this.#options = options
  }

  start(): void {
    this.#after(this.#options.firstMs)
  }

  /** Resolves when nothing is under way any more. Idempotent. */
  async stop(): Promise<void> {
    this.#cancel()
    this.#stopped.abort()
    await this.#running
  }

  /** Does one work now, after what is under way. Throws what it throws. */
  now(work: DailyWork): Promise<void> {
    const turn = this.#running.then(() => work.run(this.#stopped.signal))
    this.#running = turn.catch(() => undefined)
    return turn
  }

  #after(delayMs: number): void {
    if (this.#stopped.signal.aborted) return
    this.#cancel = this.#host.clock.after(delayMs, () => void this.#look())
  }

  async #look(): Promise<void> {
    for (const work of this.#options.work()) {
      if (this.#stopped.signal.aborted) return
      if (this.#isDue(work)) await this.#do(work)
    }
    this.#after(LOOK_MS)
  }

  /** A time in the future was written before the clock was set back. */
  #isDue({ id, lastAtMs = this.#lastAtMs.get(id) }: DailyWork): boolean {
    const nowMs = this.#host.clock.now()
    return lastAtMs === undefined || lastAtMs > nowMs || lastAtMs + EVERY_MS <= nowMs
  }

  async #do(work: DailyWork): Promise<void> {
    const { clock, log } = this.#host
    this.#lastAtMs.set(work.id, clock.now())
    try {
      await this.now(work)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      log.warn(this.#options.failedAs, { id: work.id, code: toTidekeepError(error).code })
    }
  }
}
