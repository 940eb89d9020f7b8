import { TidekeepError } from '../../../common/errors.ts'
import { sharedWordings } from '../../../common/shared-wordings.ts'

const listenersBySignal = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once if the signal is aborted; the returned function takes it back. Any number
 * of waits share one listener on the signal itself: adding to a long list of event listeners costs
 * as much as the list is long, and hundreds of requests share one signal.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let listeners = listenersBySignal.get(signal)
  if (listeners === undefined) {
    const made = new Set<() => void>()
    listeners = made
    listenersBySignal.set(signal, made)
    signal.addEventListener(
      'abort',
      () => {
        listenersBySignal.delete(signal)
        for (const each of made) each()
      },
      { once: true },
    )
  }
  const joined = listeners
  joined.add(listener)
  return () => void joined.delete(listener)
}

/** Throws `cancelled` when the signal was aborted. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal)
}

/** The error of a call whose signal was aborted. */
export function cancelled(signal: AbortSignal): TidekeepError {
  return new TidekeepError({ code: 'cancelled', message: sharedWordings.cancelled, cause: signal.reason })
}
