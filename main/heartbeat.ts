import { TidekeepError, toTidekeepError } from '../common/errors.ts'
import type { StatusView } from '../common/protocol.ts'
import type { Settings } from '../common/settings.ts'
import type { Host } from './host.ts'
import { createHttpClient } from './providers/http/http-client.ts'
import { programFailureTexts } from './program-failure-texts.ts'

/** Sends one beat. Throws where it did not arrive, or was not taken. */
export type SendBeat = (beat: Beat, signal: AbortSignal) => Promise<void>

/** What goes out. Nothing of it says where anything is. */
export interface Beat {
  readonly url: string
  readonly method: 'GET' | 'POST'
  /** JSON; of a POST only. */
  readonly body: string
}

type HeartbeatSettings = Pick<Settings, 'heartbeatUrl' | 'heartbeatFailureUrl' | 'heartbeatMethod'>
type State = 'safe' | 'failing'

/** So often while everything is safe; whoever listens is patient for longer. */
const SAFE_EVERY_MS = 3_600_000
/** Again while it is not. */
const FAILING_EVERY_MS = 6 * 3_600_000
const RETRY_MS: readonly number[] = [10_000, 60_000, 300_000]

/**
 * Tells a monitor elsewhere that everything is safe: what stays silent there is noticed, also when
 * this computer, or this program, is no more. Trouble is told to an address of its own, never to the
 * one whose answer is "all is well". While work is under way nothing is told.
 */
export class Heartbeat {
  readonly #host: Pick<Host, 'clock' | 'log'>
  readonly #settings: () => HeartbeatSettings
  readonly #send: SendBeat
  readonly #stopped = new AbortController()
  #last: { readonly state: State; readonly url: string; readonly atMs: number } | undefined
  #running: Promise<void> = Promise.resolve()
  #isSending = false

  constructor(host: Pick<Host, 'clock' | 'log'>, settings: () => HeartbeatSettings, send: SendBeat) {
    this.#host = host
    this.#settings = settings
    this.#send = send
  }

  /** Takes each status in turn. */
  update(status: StatusView): void {
    const state = stateOf(status)
    if (state === undefined || this.#isSending || this.#stopped.signal.aborted) return
    const { heartbeatUrl, heartbeatFailureUrl, heartbeatMethod: method } = this.#settings()
    const url = state === 'safe' ? heartbeatUrl : heartbeatFailureUrl
    if (url === '' || !this.#isDue(state, url)) return
    const body = bodyOf(status, { state })
    this.#last = { state, url, atMs: this.#host.clock.monotonic() }
    this.#isSending = true
    this.#running = this.#deliver({ url, method, body }, state).finally(() => (this.#isSending = false))
  }

  /**
   * Sends one beat now, for a person who wants to see it arrive. Throws `invalid` where no address is set, `unavailable`
   * where it did not arrive; and `precondition-failed` for `safe` unless everything is: a test must not make a monitor believe so.
   */
  async test(which: State, status: StatusView): Promise<void> {
    const { heartbeatUrl, heartbeatFailureUrl, heartbeatMethod: method } = this.#settings()
    const url = which === 'safe' ? heartbeatUrl : heartbeatFailureUrl
    if (url === '') throw new TidekeepError({ code: 'invalid', message: programFailureTexts.heartbeat.noAddress })
    if (which === 'safe' && stateOf(status) !== 'safe') throw notSafe()
    try {
      await this.#send({ url, method, body: bodyOf(status, { state: which, test: true }) }, this.#stopped.signal)
    } catch (error) {
      throw new TidekeepError({
        code: 'unavailable',
        message: programFailureTexts.heartbeat.noAnswer,
        fix: programFailureTexts.heartbeat.noAnswerFix,
        cause: error,
      })
    }
  }

  /** Resolves when nothing is under way any more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#running
  }

  #isDue(state: State, url: string): boolean {
    if (this.#last?.state !== state || this.#last.url !== url) return true
    const everyMs = state === 'safe' ? SAFE_EVERY_MS : FAILING_EVERY_MS
    return this.#host.clock.monotonic() - this.#last.atMs >= everyMs
  }

  /** Never rejects. The address may hold a key of its own, so it is not logged either. */
  async #deliver(beat: Beat, state: State): Promise<void> {
    const { clock, log } = this.#host
    const { signal } = this.#stopped
    for (const delayMs of [...RETRY_MS, undefined]) {
      try {
        return await this.#send(beat, signal)
      } catch (error) {
        if (signal.aborted) return
        if (delayMs === undefined) log.warn('heartbeat-not-sent', { state, code: toTidekeepError(error).code })
        else await clock.sleep(delayMs, signal).catch(() => undefined)
      }
    }
  }
}

function bodyOf({ folders, version }: StatusView, extra: { readonly state: State; readonly test?: true }): string {
  const failing = folders.filter(({ state }) => state === 'attention' || state === 'offline').length
  return JSON.stringify({ program: 'tidekeep', version, ...extra, folders: folders.length, failing })
}

function notSafe(): TidekeepError {
  return new TidekeepError({
    code: 'precondition-failed',
    message: programFailureTexts.heartbeat.notSafe,
    fix: programFailureTexts.heartbeat.notSafeFix,
  })
}

/** Undefined while that is not settled: work under way, a pause, the network of a laptop that is away for a while. */
function stateOf({ headline, attention }: StatusView): State | undefined {
  if (headline === 'protected') return 'safe'
  const isAlarm = attention.some(({ kind }) => kind === 'overdue' || kind === 'unproven')
  return headline === 'attention' || isAlarm ? 'failing' : undefined
}

/** Sends a beat by HTTP: any 2xx is taken for received, and nothing of the answer is read. */
export function createSendBeat(clock: Host['clock']): SendBeat {
  return async ({ url, method, body }, signal) => {
    const { origin, pathname, search } = new URL(url)
    const client = createHttpClient({ origin, clock, connections: 1 })
    try {
      const { status } = await client.send({
        method,
        path: `${pathname}${search}`,
        headers: method === 'POST' ? { 'content-type': 'application/json' } : {},
        ...(method === 'POST' ? { body: { kind: 'bytes', bytes: Buffer.from(body) } as const } : {}),
        signal,
      })
      if (status < 200 || status > 299) throw new Error(`the answer was ${status}`)
    } finally {
      await client.close()
    }
  }
}
