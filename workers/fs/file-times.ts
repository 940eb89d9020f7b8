import { futimesSync } from 'node:fs'

/** Finest mtime step that Node can set anywhere: it passes times as a double of seconds, good to 238 ns. */
export const SETTABLE_MTIME_STEP_NS = 1000n

/** Sets mtime (and atime) of an open file to the same microsecond as `mtimeNs`. */
export function setFileTimes(fd: number, mtimeNs: bigint): void {
  const seconds = secondsFor(mtimeNs)
  futimesSync(fd, seconds, seconds)
}

/**
 * The double of seconds that the system call turns back into the same microsecond. Negative times
 * go as text: Node takes a negative number for "now".
 */
export function secondsFor(mtimeNs: bigint): number | string {
  const wholeSeconds = floorDivide(mtimeNs, 1_000_000_000n)
  const nanoseconds = Number(mtimeNs - wholeSeconds * 1_000_000_000n)
  const base = Number(wholeSeconds)
  const wantedMicro = Math.floor(nanoseconds / 1000)
  let seconds = base + nanoseconds / 1e9
  const gotMicro = Math.floor(((seconds - base) * 1e9) / 1000)
  // One step of a double near today is 238 ns: a nudge of one and a half reaches the right microsecond.
  if (gotMicro < wantedMicro) seconds += 3.6e-7
  else if (gotMicro > wantedMicro) seconds -= 3.6e-7
  return seconds < 0 ? String(seconds) : seconds
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient
}
