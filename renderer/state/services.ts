import { createContext, useCallback, useContext, useState, useSyncExternalStore } from 'react'
import { type TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { Client } from '../../common/protocol.ts'
import type { Connection } from '../transports/connection.ts'
import type { Pictures } from './pictures.ts'
import type { Snapshot, Store } from './store.ts'
import type { WindowClock } from './window-clock.ts'

/** What every screen needs, made once by the entry point. */
export interface Services {
  readonly connection: Connection
  readonly store: Store
  readonly clock: WindowClock
  readonly pictures: Pictures
}

/** Provided by the entry points. */
export const ServicesContext = createContext<Services | null>(null)

/** The services of the entry point. Throws outside of one: that is a mistake in the code. */
export function useServices(): Services {
  const services = useContext(ServicesContext)
  if (services === null) throw new Error('No services: render below ServicesContext.')
  return services
}

/** The calls of the service. */
export function useClient(): Client {
  return useServices().connection
}

/** The last pushed state, as of the last picture. */
export function useSnapshot(): Snapshot {
  const { store } = useServices()
  return useSyncExternalStore(store.subscribe, store.get)
}

/** A thing the user can do: whether it runs now, and the error of its last try. */
export interface ActionState<A extends readonly unknown[]> {
  /** Never rejects; answers whether it worked. */
  readonly run: (...args: A) => Promise<boolean>
  readonly pending: boolean
  readonly error: TidekeepError | null
  readonly clear: () => void
}

/** Wraps an asynchronous action for a button. */
export function useAction<A extends readonly unknown[]>(action: (...args: A) => Promise<unknown>): ActionState<A> {
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<TidekeepError | null>(null)
  const run = async (...args: A): Promise<boolean> => {
    setPending(true)
    setError(null)
    try {
      await action(...args)
      return true
    } catch (thrown) {
      setError(toTidekeepError(thrown))
      return false
    } finally {
      setPending(false)
    }
  }
  const clear = useCallback(() => setError(null), [])
  return { run, pending, error, clear }
}
