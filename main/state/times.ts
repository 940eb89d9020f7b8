const NS_PER_SECOND = 1_000_000_000n

/** Whole seconds before a moment, rounded down; also before 1970. */
export function secondsOf(timeNs: bigint): number {
  const seconds = Number(timeNs / NS_PER_SECOND)
  return timeNs < 0n && timeNs % NS_PER_SECOND !== 0n ? seconds - 1 : seconds
}

/** Nanoseconds after {@link secondsOf}: 0 to 999,999,999. */
export function nanosecondsOf(timeNs: bigint): number {
  const rest = Number(timeNs % NS_PER_SECOND)
  return rest < 0 ? rest + 1_000_000_000 : rest
}

/** The moment two stored columns stand for. */
export function timeNs(seconds: number, nanoseconds: number): bigint {
  return BigInt(seconds) * NS_PER_SECOND + BigInt(nanoseconds)
}
