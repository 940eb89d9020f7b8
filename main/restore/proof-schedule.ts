import { toTidekeepError } from '../../common/errors.ts'
import type { Clock, Log } from '../host.ts'

/** One folder whose restore may be proven now. */
export interface ProvableFolder {
  readonly id: string
  /** When it was last tried, host-clock milliseconds. */
  readonly lastAtMs: number | undefined
  prove(signal: AbortSignal): Promise<void>
}

/** The first time: late enough that what a start has to do is done. */
const FIRST_MS = 20 * 60_000
/** How often is looked whose turn it is: a folder that was busy the last time has not long to wait. */
const LOOK_MS = 3_600_000
const EVERY_MS = 24 * 3_600_000

/** Proves once a day, folder by folder, that what is kept can be brought back. What goes wrong on the way is logged, and tried again. */
export class ProofSchedule {
  readonly #host: { readonly clock: Clock; readonly log: Log }
  readonly #folders: () => readonly ProvableFolder[]
  readonly #stopped = new AbortController()
  #cancel: () => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  /** `folders` are those that are at rest then and may be read. */
  constructor(host: { readonly clock: Clock; readonly log: Log }, folders: () => readonly ProvableFolder[]) {
    this.#host = host
    this.#folders = folders
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

  /** Proves one folder now. One proof at a time: they share the line, and the scratch place. */
  now(folder: ProvableFolder): Promise<void> {
    const turn = this.#running.then(() => folder.prove(this.#stopped.signal))
    this.#running = turn.catch(() => undefined)
    return turn
  }

  #after(delayMs: number): void {
    if (this.#stopped.signal.aborted) return
    this.#cancel = this.#host.clock.after(delayMs, () => void this.#look())
  }

  async #look(): Promise<void> {
    for (const folder of this.#folders()) {
      if (this.#stopped.signal.aborted) return
      if (this.#isDue(folder)) await this.#prove(folder)
    }
    this.#after(LOOK_MS)
  }

  /** A time in the future was written before the clock was set back. */
  #isDue({ lastAtMs }: ProvableFolder): boolean {
    const nowMs = this.#host.clock.now()
    return lastAtMs === undefined || lastAtMs > nowMs || lastAtMs + EVERY_MS <= nowMs
  }

  async #prove(folder: ProvableFolder): Promise<void> {
    try {
      await this.now(folder)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#host.log.warn('restore-not-proven', { folderId: folder.id, code: toTidekeepError(error).code })
    }
  }
}
