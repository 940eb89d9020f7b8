import { expect } from 'vitest'
import type { AssemblyLimits, AssemblyPart } from '../../main/providers/provider.ts'
import type { Run } from '../../main/delta/upload-plan.ts'

/** What S3 allows: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const S3_LIMITS: AssemblyLimits = {
  minPartBytes: 5 * 1024 ** 2,
  maxPartBytes: 5 * 1024 ** 3,
  maxCopyBytes: 5 * 1024 ** 3,
  maxParts: 10_000,
  minSourceBytes: 5 * 1024 ** 2 + 1,
  segments: true,
}

/** Fails unless a strict store would take every part, and the parts cover the content. */
export function expectLegal(parts: readonly AssemblyPart[], sizeBytes: number, limits: AssemblyLimits): void {
  expect(parts.length).toBeLessThanOrEqual(limits.maxParts)
  let covered = 0
  for (const [index, part] of parts.entries()) {
    const length = part.range.end - part.range.start
    expect(part.range.start).toBe(covered)
    expect(length).toBeGreaterThanOrEqual(index === parts.length - 1 ? 1 : limits.minPartBytes)
    expect(length).toBeLessThanOrEqual(part.kind === 'literal' ? limits.maxPartBytes : limits.maxCopyBytes)
    if (part.kind === 'segment') {
      expect(part.literalStart - part.range.start).toBeGreaterThanOrEqual(limits.minPartBytes)
      expect(part.range.end - part.literalStart).toBeGreaterThanOrEqual(1)
      expect(limits.segments).toBe(true)
    }
    covered = part.range.end
  }
  expect(covered).toBe(sizeBytes)
}

/** Fails unless every copied byte is one the runs say is unchanged, taken from where they say it was. */
export function expectFaithful(parts: readonly AssemblyPart[], runs: readonly Run[]): void {
  let at = 0
  for (const part of parts) {
    if (part.kind === 'literal') continue
    const end = part.kind === 'segment' ? part.literalStart : part.range.end
    for (let position = part.range.start; position < end;) {
      while (runs[at]!.start + runs[at]!.length <= position) at++
      const run = runs[at]!
      expect(run.oldStart).toBeDefined()
      expect(part.fromStart + (position - part.range.start)).toBe(run.oldStart! + (position - run.start))
      position = Math.min(end, run.start + run.length)
    }
  }
}

/** Bytes that leave this computer. */
export function sentBytes(parts: readonly AssemblyPart[]): number {
  return parts.reduce((sum, part) => {
    if (part.kind === 'copy') return sum
    return sum + part.range.end - (part.kind === 'segment' ? part.literalStart : part.range.start)
  }, 0)
}

/** The fewest bytes any legal list of parts sends: every cut of every kind is tried. For small contents; `maxParts` is left out. */
export function fewestBytes(runs: readonly Run[], sizeBytes: number, limits: AssemblyLimits): number {
  // Where each byte was before, so that a copy is a stretch in which this counts up by one.
  const origin = runs.flatMap(({ length, oldStart }) =>
    Array.from({ length }, (_, index) => (oldStart === undefined ? Number.NaN : oldStart + index)),
  )
  const isCopy = (start: number, end: number): boolean => {
    for (let at = start; at < end; at++) if (origin[at] !== origin[start]! + (at - start)) return false
    return true
  }
  const fewest = [0, ...Array.from({ length: sizeBytes }, () => Infinity)]
  for (let start = 0; start < sizeBytes; start++) {
    for (let end = start + 1; end <= sizeBytes; end++) {
      const length = end - start
      if (end < sizeBytes && length < limits.minPartBytes) continue
      const offer = (bytes: number): void => void (fewest[end] = Math.min(fewest[end]!, fewest[start]! + bytes))
      if (length <= limits.maxPartBytes) offer(length)
      if (length > limits.maxCopyBytes) continue
      if (isCopy(start, end)) offer(0)
      if (!limits.segments) continue
      for (let literal = start + limits.minPartBytes; literal < end && isCopy(start, literal); literal++)
        offer(end - literal)
    }
  }
  return fewest[sizeBytes]!
}
