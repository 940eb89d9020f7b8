import type { CallName, Params, Result, TopicName, Topics } from './protocol.ts'

/** What the preload exposes to a page of the desktop application as `window.tidekeep`. Every member is a frozen function. */
export interface Bridge {
  /** Rejects with a plain `WireError`: classes do not survive the way between the two worlds of a page. */
  call<N extends CallName>(name: N, params: Params<N>): Promise<Result<N>>
  /** Returns the function that ends the subscription. */
  subscribe<T extends TopicName>(topic: T, listener: (value: Topics[T]) => void): () => void
  /** The native folder dialog; null when it was cancelled. */
  pickFolder(): Promise<string | null>
  /** The absolute path of something dropped on the page, or '' where it has none. */
  pathForFile(file: unknown): string
  /** Brings the main window up at a route such as `folders` or `activity/history`. */
  openWindow(route: string): void
  /** Hides the popup; does nothing elsewhere. */
  hide(): void
}

/** The IPC channels between preload and main process; there are no others. */
export const CHANNELS = {
  /** invoke(name, params): an `Answer`. */
  call: 'tidekeep:call',
  /** invoke(): an `Answer` whose result is an absolute path or null. */
  pickFolder: 'tidekeep:pick-folder',
  /** send(topic, wanted). */
  subscribe: 'tidekeep:subscribe',
  /** Main process to page: (topic, value). */
  topic: 'tidekeep:topic',
  /** send(route). */
  openWindow: 'tidekeep:open-window',
  /** send(). */
  hide: 'tidekeep:hide',
} as const
