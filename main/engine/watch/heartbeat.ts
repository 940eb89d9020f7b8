import type { Clock } from '../../host.ts'

const BEAT_MS = 500
/** A loop that stood still this long may have missed more events than the kernel keeps. */
const BLOCKED_MS = 2_000

/** Calls `onBlocked` whenever the event loop stood still for more than two seconds. Returns the function that ends it. */
export function startHeartbeat(clock: Clock, onBlocked: (blockedMs: number) => void): () => void {
  let cancel = (): void => undefined
  const beat = (): void => {
    const startedMs = clock.monotonic()
    cancel = clock.after(BEAT_MS, () => {
      const lateMs = clock.monotonic() - startedMs - BEAT_MS
      beat()
      if (lateMs > BLOCKED_MS) onBlocked(lateMs)
    })
  }
  beat()
  return () => cancel()
}
