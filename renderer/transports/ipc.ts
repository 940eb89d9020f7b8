import { TidekeepError } from '../../common/errors.ts'
import type { Client, WireError } from '../../common/protocol.ts'
import { type Connection, ConnectionStates } from './connection.ts'

/** What the preload script exposes as `window.tidekeep`. The optional members exist where a desktop shell does. */
export interface Bridge extends Client {
  /** The native folder dialog; null when it was cancelled. */
  readonly pickFolder?: () => Promise<string | null>
  /** The absolute path of something dropped on the window, or '' where it has none. */
  readonly pathForFile?: (file: File) => string
  /** Brings the main window up at a route such as `folders` or `add`. */
  readonly openWindow?: (route: string) => void
  /** Hides the popup. */
  readonly hide?: () => void
}

declare global {
  interface Window {
    readonly tidekeep?: Bridge
  }
}

/** Talks to the main process of the desktop application, which is always there while the window is. */
export function connectIpc(bridge: Bridge): Connection {
  const states = new ConnectionStates()
  states.set('live')
  return {
    transport: 'ipc',
    call: async (name, params) => {
      try {
        return await bridge.call(name, params)
      } catch (thrown) {
        throw fromWire(thrown)
      }
    },
    subscribe: (topic, listener) => bridge.subscribe(topic, listener),
    watch: (listener) => states.watch(listener),
    close: () => undefined,
  }
}

/** Errors lose their class on the way through the context bridge; plain wire errors come as they are. */
function fromWire(thrown: unknown): TidekeepError {
  if (thrown instanceof TidekeepError) return thrown
  const { code, message, fix, path } = (thrown ?? {}) as Partial<WireError>
  return new TidekeepError({
    code: code ?? 'internal',
    message: message ?? String(thrown),
    ...(fix === undefined ? {} : { fix }),
    ...(path === undefined ? {} : { path }),
  })
}
