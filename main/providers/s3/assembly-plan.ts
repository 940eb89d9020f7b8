import { TidekeepError } from '../../../common/errors.ts'
import type { AssembleOptions, AssemblyLimits, AssemblyPart } from '../provider.ts'
import type { Tuning } from './context.ts'
import type { CopiedRange, PlannedPart } from './part-plan.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** What an assembly is to become, and of what. */
export interface AssemblyRequest {
  readonly sizeBytes: number
  readonly parts: readonly AssemblyPart[]
  readonly from: AssembleOptions['from']
  /** Key of the object that ranges are copied from. */
  readonly key: string
}

/**
 * The parts of an assembly as the upload makes them. Large ones are cut further, as far as the
 * number of parts allows: a literal into what is kept in memory, a copy into what the store can
 * do before its silence looks like an outage. Throws `invalid` for parts that break the limits.
 */
export function planAssembly(request: AssemblyRequest, limits: AssemblyLimits, tuning: Tuning): readonly PlannedPart[] {
  assertWithinLimits(request, limits)
  const cut = request.parts.flatMap((part) => cutPart(part, tuning))
  const parts = cut.length <= limits.maxParts ? cut : request.parts
  return parts.map((part, index) => toPlanned(part, index + 1, request))
}

function toPlanned(part: AssemblyPart, number: number, { key, from }: AssemblyRequest): PlannedPart {
  const { range } = part
  switch (part.kind) {
    case 'literal':
      return { kind: 'literal', number, range }
    case 'copy':
      return { kind: 'copy', number, range, source: sourceOf(part, { key, from }) }
    case 'segment':
      return { kind: 'segment', number, range, literalStart: part.literalStart, source: sourceOf(part, { key, from }) }
  }
}

function sourceOf(
  part: Exclude<AssemblyPart, { kind: 'literal' }>,
  { key, from: { etag, versionId } }: Pick<AssemblyRequest, 'key' | 'from'>,
): CopiedRange {
  const end = part.fromStart + copiedBytes(part)
  return { key, etag, ...(versionId === undefined ? {} : { versionId }), range: { start: part.fromStart, end } }
}

function copiedBytes(part: Exclude<AssemblyPart, { kind: 'literal' }>): number {
  return (part.kind === 'segment' ? part.literalStart : part.range.end) - part.range.start
}

function cutPart(part: AssemblyPart, { partBytes, copyPartBytes, minPartBytes }: Tuning): readonly AssemblyPart[] {
  if (part.kind === 'segment') return [part]
  const { start, end } = part.range
  const length = end - start
  const wanted = Math.ceil(length / (part.kind === 'literal' ? partBytes : copyPartBytes))
  const count = Math.max(1, Math.min(wanted, Math.floor(length / minPartBytes)))
  // Lengths differ by one byte at most, so that none falls below the least.
  const offsetOf = (index: number): number => index * Math.floor(length / count) + Math.min(index, length % count)
  return Array.from({ length: count }, (_, index) => {
    const range = { start: start + offsetOf(index), end: start + offsetOf(index + 1) }
    return part.kind === 'copy' ? { ...part, range, fromStart: part.fromStart + offsetOf(index) } : { ...part, range }
  })
}

function assertWithinLimits({ sizeBytes, parts, from }: AssemblyRequest, limits: AssemblyLimits): void {
  if (parts.length === 0 || parts.length > limits.maxParts)
    throw invalid(parts.length, `there are between 1 and ${limits.maxParts} parts`)
  let position = 0
  for (const [index, part] of parts.entries()) {
    const number = index + 1
    const { start, end } = part.range
    if (start !== position || !Number.isSafeInteger(end) || end <= start)
      throw invalid(number, `it begins at byte ${position} and is not empty`)
    position = end
    if (number < parts.length && end - start < limits.minPartBytes)
      throw invalid(number, `it has at least ${limits.minPartBytes} bytes`)
    assertPart(part, number, { limits, from })
  }
  if (position !== sizeBytes) throw invalid(parts.length, `it ends where the content ends, at byte ${sizeBytes}`)
}

function assertPart(
  part: AssemblyPart,
  number: number,
  { limits, from }: { limits: AssemblyLimits; from: AssembleOptions['from'] },
): void {
  const length = part.range.end - part.range.start
  if (part.kind === 'literal') {
    if (length > limits.maxPartBytes) throw invalid(number, `a literal has at most ${limits.maxPartBytes} bytes`)
    return
  }
  if (part.kind === 'segment') assertSegment(part, number, limits)
  if (from.sizeBytes < limits.minSourceBytes)
    throw invalid(number, `ranges are copied from objects of at least ${limits.minSourceBytes} bytes`)
  if (length > limits.maxCopyBytes) throw invalid(number, `a copied range has at most ${limits.maxCopyBytes} bytes`)
  if (
    !Number.isSafeInteger(part.fromStart) ||
    part.fromStart < 0 ||
    part.fromStart + copiedBytes(part) > from.sizeBytes
  )
    throw invalid(number, `what it copies lies within the ${from.sizeBytes} bytes of the object`)
}

function assertSegment(
  { range, literalStart }: Extract<AssemblyPart, { kind: 'segment' }>,
  number: number,
  limits: AssemblyLimits,
): void {
  if (!limits.segments) throw invalid(number, 'this store is not given segments')
  if (!Number.isSafeInteger(literalStart) || literalStart - range.start < limits.minPartBytes)
    throw invalid(number, `a segment begins with at least ${limits.minPartBytes} copied bytes`)
  if (literalStart >= range.end || range.end - literalStart > limits.maxPartBytes)
    throw invalid(number, `a segment ends with between 1 and ${limits.maxPartBytes} bytes that are sent`)
}

/** A mistake in this program, not in anybody's files. */
function invalid(number: number, rule: string): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: s3FailureTexts.assemblyPlan.partOfADeltaUpload({ number, rule }),
  })
}
