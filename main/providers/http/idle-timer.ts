import type { Clock } from '../../host.ts'

/** Notices silence. One for each request. */
export interface IdleTimer {
  /** Called once, when nothing was touched for the whole time. */
  onExpired: () => void
  readonly expired: boolean
  /** Something moved: starts over. */
  touch(): void
  /** Stops the time until the next touch. */
  pause(): void
  stop(): void
}

/**
 * Starts at once. `touch` only notes the time; the one pending wake-up looks at it and goes on
 * waiting for the rest, so that a busy transfer does not set a timer for each piece.
 */
export function startIdleTimer(clock: Clock, idleMs: number): IdleTimer {
  let touchedAt = clock.monotonic()
  let paused = false
  let stopped = false
  const timer = {
    onExpired: (): void => {},
    expired: false,
    touch: (): void => {
      touchedAt = clock.monotonic()
      paused = false
    },
    pause: (): void => {
      paused = true
    },
    stop: (): void => {
      stopped = true
      cancel()
    },
  }
  const check = (): void => {
    if (stopped) return
    const leftMs = paused ? idleMs : touchedAt + idleMs - clock.monotonic()
    if (leftMs > 0) {
      cancel = clock.after(leftMs, check)
      return
    }
    timer.expired = true
    timer.onExpired()
  }
  let cancel = clock.after(idleMs, check)
  return timer
}
