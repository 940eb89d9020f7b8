/** How much of two contents is not in the other. */
export interface Likeness {
  /** 0 to 100, of the bytes of both. */
  readonly differingPercent: number
  /** Where in the one here something begins that the other has not, or has elsewhere; absent where neither has. */
  readonly firstDifferenceAt?: number
}

/**
 * From the runs of a file here (see `MatchedFile.runs`): what of it is in the other content, and what of that is in it. Bytes that
 * are in the file twice and in the other once count as known twice here, and once there.
 */
export function likeness(runs: Float64Array, hereBytes: number, thereBytes: number): Likeness {
  const taken: { readonly start: number; readonly end: number }[] = []
  let knownHere = 0
  let firstDifferenceAt: number | undefined
  for (let at = 0; at + 2 < runs.length; at += 3) {
    const [fromStart, length, start] = [runs[at]!, runs[at + 1]!, runs[at + 2]!]
    if (start !== fromStart) firstDifferenceAt ??= fromStart
    if (start < 0) continue
    knownHere += length
    taken.push({ start, end: start + length })
  }
  if (firstDifferenceAt === undefined && hereBytes !== thereBytes) firstDifferenceAt = Math.min(hereBytes, thereBytes)
  const allBytes = hereBytes + thereBytes
  const known = knownHere + covered(taken, thereBytes)
  const differingPercent = allBytes === 0 ? 0 : Math.max(0, 100 * (1 - known / allBytes))
  return { differingPercent, ...(firstDifferenceAt === undefined ? {} : { firstDifferenceAt }) }
}

/** Bytes of the union of ranges, within a content. */
function covered(ranges: readonly { readonly start: number; readonly end: number }[], sizeBytes: number): number {
  let [sum, end] = [0, 0]
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = Math.min(range.end, sizeBytes)
    sum += Math.max(0, last - Math.max(range.start, end))
    end = Math.max(end, last)
  }
  return sum
}
