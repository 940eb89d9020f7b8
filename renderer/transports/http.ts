import { fromWireError } from '../../common/client.ts'
import type { CallName, Params, Result, TopicName, Topics, WireError } from '../../common/protocol.ts'
import { type Connection, ConnectionStates } from './connection.ts'
import { say } from '../../common/messages/wording.ts'
import { valueWordings } from '../../common/value-wordings.ts'

const TOPICS: readonly TopicName[] = ['status', 'activity']
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 5_000

type Answer<N extends CallName> =
  | { readonly ok: true; readonly result: Result<N> }
  | { readonly ok: false; readonly error: WireError }

/**
 * Talks to the headless service this page came from. Calls are `POST /api/call/<name>`; topics come
 * over one event stream, which is opened again with a growing delay whenever it breaks.
 */
export function connectHttp(): Connection {
  const states = new ConnectionStates()
  const stream = new EventStream(states)
  stream.open()
  return {
    transport: 'http',
    call: async (name, params) => {
      const answer = await post(name, params, states)
      if (answer.ok) return answer.result
      throw fromWireError(answer.error)
    },
    subscribe: (topic, listener) => stream.listen(topic, listener),
    watch: (listener) => states.watch(listener),
    close: () => stream.close(),
  }
}

async function post<N extends CallName>(name: N, params: Params<N>, states: ConnectionStates): Promise<Answer<N>> {
  try {
    const response = await fetch(`/api/call/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
      credentials: 'same-origin',
      cache: 'no-store',
    })
    const answer = (await response.json()) as Answer<N>
    if (!answer.ok && response.status === 401) states.set('refused')
    return answer
  } catch {
    return {
      ok: false,
      error: {
        code: 'unavailable',
        message: say(valueWordings.wire.silent),
        fix: say(valueWordings.wire.silentFix),
      },
    }
  }
}

class EventStream {
  readonly #states: ConnectionStates
  readonly #listeners = new Map<TopicName, Set<(value: never) => void>>()
  #source: EventSource | undefined
  #retryMs = FIRST_RETRY_MS
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(states: ConnectionStates) {
    this.#states = states
    window.addEventListener('online', this.#retryNow)
    document.addEventListener('visibilitychange', this.#retryNow)
  }

  listen<T extends TopicName>(topic: T, listener: (value: Topics[T]) => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  open(): void {
    this.#source?.close()
    const source = new EventSource(`/api/events?topics=${TOPICS.join(',')}`)
    this.#source = source
    source.addEventListener('open', () => {
      this.#retryMs = FIRST_RETRY_MS
      this.#states.set('live')
    })
    source.addEventListener('error', () => this.#broken(source))
    for (const topic of TOPICS) {
      source.addEventListener(topic, (event: MessageEvent<string>) => this.#deliver(topic, event.data))
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#source?.close()
    window.removeEventListener('online', this.#retryNow)
    document.removeEventListener('visibilitychange', this.#retryNow)
  }

  #deliver(topic: TopicName, text: string): void {
    const value = JSON.parse(text) as never
    for (const listener of this.#listeners.get(topic) ?? []) listener(value)
  }

  /** The browser's own retrying gives up for good on an error status, so ours replaces it. */
  #broken(source: EventSource): void {
    source.close()
    if (this.#closed || source !== this.#source) return
    this.#source = undefined
    void this.#explain()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.open(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
  }

  /** An event source does not tell why it failed; a call does. */
  async #explain(): Promise<void> {
    const answer = await post('status.get', {}, this.#states)
    if (this.#source?.readyState === EventSource.OPEN) return
    if (answer.ok || answer.error.code !== 'unauthenticated') this.#states.set('offline')
  }

  readonly #retryNow = (): void => {
    if (this.#source !== undefined || document.visibilityState === 'hidden') return
    clearTimeout(this.#timer)
    this.open()
  }
}
