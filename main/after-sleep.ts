import type { Clock } from './host.ts'

const LOOK_MS = 15_000
/** By how much a look may be late, or the clock may run ahead, on a computer that is merely busy. */
const TOLERANCE_MS = 30_000

/**
 * Calls `wake` within {@link LOOK_MS} after the computer slept, which timers alone do not tell: their clock stands still
 * meanwhile (Linux, macOS) or has run on without them (Windows). A clock that was set forward looks the same, and asks for the same.
 * The returned function ends it.
 */
export function watchSleep(clock: Clock, wake: () => void): () => void {
  let [wallMs, steadyMs] = [clock.now(), clock.monotonic()]
  const look = (): void => {
    const [wallNowMs, steadyNowMs] = [clock.now(), clock.monotonic()]
    const awayMs = Math.max(wallNowMs - wallMs, steadyNowMs - steadyMs) - LOOK_MS
    wallMs = wallNowMs
    steadyMs = steadyNowMs
    cancel = clock.after(LOOK_MS, look)
    if (awayMs > TOLERANCE_MS) wake()
  }
  let cancel = clock.after(LOOK_MS, look)
  return () => cancel()
}
