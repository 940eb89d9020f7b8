import type { Clock } from '../../host.ts'

/** A reply that brings less than this ... */
const DRIP_BYTES = 64 * 1024
/** ... in this time of waiting for it is dripping, not arriving: nothing legitimate is slower than 200 bytes a second. */
const DRIP_MS = 5 * 60_000

/** Notices silence, and replies that only drip. One for each request. */
export interface IdleTimer {
  /** Called once, when nothing was touched for the whole time, or too little was received. */
  onExpired: () => void
  readonly expired: boolean
  /** Something moved: starts over. */
  touch(): void
  /** That many bytes of the reply arrived: starts over. */
  received(byteCount: number): void
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
  let waitedMs = 0
  let bytesSince = 0
  const timer = {
    onExpired: (): void => {},
    expired: false,
    touch: (): void => {
      touchedAt = clock.monotonic()
      paused = false
    },
    received: (byteCount: number): void => {
      if (!paused) waitedMs += clock.monotonic() - touchedAt
      bytesSince += byteCount
      timer.touch()
      if (bytesSince >= DRIP_BYTES) waitedMs = bytesSince = 0
      else if (waitedMs > DRIP_MS) expire()
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
    expire()
  }
  const expire = (): void => {
    if (timer.expired || stopped) return
    timer.expired = true
    timer.onExpired()
  }
  let cancel = clock.after(idleMs, check)
  return timer
}
