import type { Pictures } from './pictures.ts'

/** The time of day as the window shows it, in the shape `useSyncExternalStore` takes. */
export interface WindowClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The local midnight that today began with, milliseconds since the epoch. */
  readonly today: () => number
  readonly subscribe: (listener: () => void) => () => void
}

/** Renewed every second, with one of the `pictures`, while something shows it and the window is visible. */
export function createClock(pictures: Pictures): WindowClock {
  const listeners = new Set<() => void>()
  let timer: ReturnType<typeof setInterval> | undefined
  let nowMs = Date.now()
  const renew = (): void => {
    nowMs = Date.now()
    for (const listener of listeners) listener()
  }
  const tick = (): void => (document.visibilityState === 'hidden' ? undefined : pictures.change(renew))
  return {
    now: () => nowMs,
    today: () => new Date(nowMs).setHours(0, 0, 0, 0),
    subscribe: (listener) => {
      listeners.add(listener)
      if (timer === undefined) {
        nowMs = Date.now()
        timer = setInterval(tick, 1_000)
        document.addEventListener('visibilitychange', tick)
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
        document.removeEventListener('visibilitychange', tick)
      }
    },
  }
}
