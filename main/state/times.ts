const NS_PER_SECOND = 1_000_000_000n

/** Whole seconds before a moment, rounded down; also before 1970. */
export function secondsOf(timeNs: bigint): number {
  const seconds = timeNs / NS_PER_SECOND
  return Number(timeNs < 0n && seconds * NS_PER_SECOND !== timeNs ? seconds - 1n : seconds)
}

/** Nanoseconds after {@link secondsOf}: 0 to 999,999,999. */
export function nanosecondsOf(timeNs: bigint): number {
  return Number(timeNs - BigInt(secondsOf(timeNs)) * NS_PER_SECOND)
}

/** The moment two stored columns stand for. */
export function timeNs(seconds: number, nanoseconds: number): bigint {
  return BigInt(seconds) * NS_PER_SECOND + BigInt(nanoseconds)
}
