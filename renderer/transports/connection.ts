import type { Client } from '../../common/protocol.ts'

/**
 * `refused`: the service answers, but not to this window (a sign-in that ran out). `offline`: it
 * does not answer; the connection keeps trying by itself.
 */
export type ConnectionState = 'connecting' | 'live' | 'offline' | 'refused'

/** A Client that says whether it is in touch. */
export interface Connection extends Client {
  readonly transport: 'ipc' | 'http'
  /** Called with the present state at once, then on every change. Returns the function that ends it. */
  watch(listener: (state: ConnectionState) => void): () => void
  close(): void
}

/** The listeners and the last value of a connection's state. */
export class ConnectionStates {
  #state: ConnectionState = 'connecting'
  readonly #listeners = new Set<(state: ConnectionState) => void>()

  /** Tells every listener, once for each change. */
  set(state: ConnectionState): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }

  /** See {@link Connection.watch}. */
  watch(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener)
    listener(this.#state)
    return () => void this.#listeners.delete(listener)
  }
}
