import { type TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { Bridge } from '../../common/bridge.ts'
import { fromWireError } from '../../common/client.ts'
import type { WireError } from '../../common/protocol.ts'
import { type Connection, ConnectionStates } from './connection.ts'

declare global {
  interface Window {
    /** Exposed by the preload script; absent in a browser. */
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
        throw thrownByBridge(thrown)
      }
    },
    subscribe: (topic, listener) => bridge.subscribe(topic, listener),
    watch: (listener) => states.watch(listener),
    close: () => undefined,
  }
}

/** The bridge rejects with plain wire errors; anything else is a failure of the bridge itself. */
function thrownByBridge(thrown: unknown): TidekeepError {
  const isWireError = typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown
  return isWireError ? fromWireError(thrown as WireError) : toTidekeepError(thrown)
}
