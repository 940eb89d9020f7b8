/** The last whole second that 64 bits of nanoseconds hold, in April 2262; a double of seconds holds it exactly, too. */
const LAST_NS = 9_223_372_036_000_000_000n

/**
 * A time as it is compared, recorded and set, nanoseconds since the epoch. File systems hold times that 64 bits of nanoseconds
 * do not (a camera without a clock, a damaged archive): those count as the last or first second that they hold. Whoever
 * compares a stat with what was scanned takes this on both sides; else such a file would never be the one that was scanned.
 */
export function heldNs(timeNs: bigint): bigint {
  if (timeNs > LAST_NS) return LAST_NS
  return timeNs < -LAST_NS ? -LAST_NS : timeNs
}
