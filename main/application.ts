import type { Handlers, TopicName, Topics } from '../common/protocol.ts'

/** The composed program, as its hosts (Electron shell, headless service, command line) see it. */
export interface Application {
  readonly handlers: Handlers
  /** Ends with the returned function. Listeners never block the engine and must not throw. */
  subscribe<T extends TopicName>(topic: T, listener: (value: Topics[T]) => void): () => void
  start(): Promise<void>
  stop(options?: { readonly now?: boolean }): Promise<void>
  /** True once every folder is open and the first status is known. */
  ready(): boolean
  /** OpenMetrics / Prometheus text. */
  metrics(): Promise<string>
  /** The computer slept, or the network came back. */
  wake(): void
}
