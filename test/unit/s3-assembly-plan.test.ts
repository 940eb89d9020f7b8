import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AssemblyLimits, AssemblyPart } from '../../main/providers/provider.ts'
import { planAssembly } from '../../main/providers/s3/assembly-plan.ts'
import { DEFAULT_TUNING, type Tuning } from '../../main/providers/s3/context.ts'
import { keptFrom, type PlannedPart } from '../../main/providers/s3/part-plan.ts'
import { planSlots } from '../../main/providers/s3/part-reader.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const MIN = 5 * MIB
const MAX = 5 * GIB
const LIMITS: AssemblyLimits = {
  minPartBytes: MIN,
  maxPartBytes: MAX,
  maxCopyBytes: MAX,
  maxParts: 10_000,
  minSourceBytes: MIN + 1,
  segments: true,
}
const SOURCE_BYTES = 100 * GIB
const KEY = 'folder/file'

interface Piece {
  readonly kind: 'copy' | 'literal'
  readonly length: number
  readonly from: number
}

function copy(length: number, from = 0): Piece {
  return { kind: 'copy', length, from }
}

function literal(length: number): Piece {
  return { kind: 'literal', length, from: 0 }
}

/** Parts of these lengths, one after the other. */
function layOut(pieces: readonly Piece[]): { parts: AssemblyPart[]; sizeBytes: number } {
  let start = 0
  const parts = pieces.map(({ kind, length, from }): AssemblyPart => {
    const range = { start, end: start + length }
    start = range.end
    return kind === 'copy' ? { kind, range, fromStart: from } : { kind, range }
  })
  return { parts, sizeBytes: start }
}

function plan(
  pieces: readonly Piece[],
  {
    limits = LIMITS,
    tuning = DEFAULT_TUNING,
    sourceBytes = SOURCE_BYTES,
  }: {
    limits?: AssemblyLimits
    tuning?: Tuning
    sourceBytes?: number
  } = {},
): readonly PlannedPart[] {
  const { parts, sizeBytes } = layOut(pieces)
  return planAssembly({ parts, sizeBytes, from: { etag: '"e"', sizeBytes: sourceBytes }, key: KEY }, limits, tuning)
}

/** What a plan does, whatever it is cut into: where each stretch of the content comes from. */
function stretches(parts: readonly PlannedPart[]): readonly string[] {
  let covered = 0
  const found: { readonly origin: string; length: number }[] = []
  for (const part of parts) {
    expect(part.range.start).toBe(covered)
    covered = part.range.end
    const length = part.range.end - part.range.start
    const { start, end } = part.kind === 'literal' ? part.range : part.source.range!
    expect(end - start).toBe(length)
    const origin = part.kind === 'literal' ? 'sent' : `copied, moved by ${start - part.range.start}`
    const last = found.at(-1)
    if (last?.origin === origin) last.length += length
    else found.push({ origin, length })
  }
  return found.map(({ origin, length }) => `${length} ${origin}`)
}

interface Row {
  readonly what: string
  readonly pieces: readonly Piece[]
  readonly sourceBytes?: number
}

const good: readonly Row[] = [
  { what: 'a part of exactly 5 MiB before another', pieces: [literal(MIN), copy(MIN, 1)] },
  { what: 'a last part of one byte', pieces: [copy(MIN), literal(1)] },
  { what: 'a copied range of exactly 5 GiB', pieces: [copy(MAX, 7), literal(1)] },
  { what: 'a literal of exactly 5 GiB', pieces: [copy(MIN), literal(MAX)] },
  { what: 'a range that ends with the source', pieces: [copy(MIN, SOURCE_BYTES - MIN)] },
  { what: 'a source of one byte above 5 MiB', pieces: [copy(MIN, 1), literal(1)], sourceBytes: MIN + 1 },
  { what: '10,000 parts', pieces: Array.from({ length: 10_000 }, (_, index) => copy(MIN, index)) },
]
const bad: readonly Row[] = [
  { what: 'a literal of one byte less than 5 MiB before another part', pieces: [literal(MIN - 1), copy(MIN)] },
  { what: 'a copy of one byte less than 5 MiB before another part', pieces: [copy(MIN - 1), literal(MIN)] },
  { what: 'a copied range of one byte more than 5 GiB', pieces: [copy(MAX + 1), literal(1)] },
  { what: 'a literal of one byte more than 5 GiB', pieces: [copy(MIN), literal(MAX + 1)] },
  { what: 'a range that ends one byte behind the source', pieces: [copy(MIN, SOURCE_BYTES - MIN + 1)] },
  { what: 'a range that begins before the source', pieces: [copy(MIN, -1)] },
  { what: 'a range that begins between two bytes', pieces: [copy(MIN, 0.5)] },
  { what: 'a source of exactly 5 MiB', pieces: [copy(MIN)], sourceBytes: MIN },
  { what: '10,001 parts', pieces: Array.from({ length: 10_001 }, (_, index) => copy(MIN, index)) },
  { what: 'no part', pieces: [] },
  { what: 'an empty part', pieces: [copy(MIN), literal(0)] },
]

describe('a plan', () => {
  it.each(good)('takes $what', ({ pieces, sourceBytes = SOURCE_BYTES }) => {
    const parts = plan(pieces, { sourceBytes })
    expect(parts.at(-1)?.range.end).toBe(layOut(pieces).sizeBytes)
    expect(parts.length).toBeLessThanOrEqual(10_000)
  })

  it.each(bad)('refuses $what', ({ pieces, sourceBytes = SOURCE_BYTES }) => {
    expect(() => plan(pieces, { sourceBytes })).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it.each([
    ['a gap', 1],
    ['an overlap', -1],
  ])('refuses %s between parts', (_what, offset) => {
    const { parts, sizeBytes } = layOut([copy(2 * MIN), literal(2 * MIN)])
    const [first, second] = parts as [AssemblyPart, AssemblyPart]
    const moved = { ...second, range: { start: second.range.start + offset, end: second.range.end } }
    const request = { parts: [first, moved], sizeBytes, from: { etag: '"e"', sizeBytes: SOURCE_BYTES }, key: KEY }
    expect(() => planAssembly(request, LIMITS, DEFAULT_TUNING)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it.each([-1, 1])('refuses parts that end %d byte beside the end of the content', (offset) => {
    const { parts, sizeBytes } = layOut([copy(MIN), literal(MIN)])
    const request = { parts, sizeBytes: sizeBytes + offset, from: { etag: '"e"', sizeBytes: SOURCE_BYTES }, key: KEY }
    expect(() => planAssembly(request, LIMITS, DEFAULT_TUNING)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it('refuses segments where the store is not given any', () => {
    const parts: AssemblyPart[] = [
      { kind: 'segment', range: { start: 0, end: MIN + 9 }, fromStart: 0, literalStart: MIN },
    ]
    const request = { parts, sizeBytes: MIN + 9, from: { etag: '"e"', sizeBytes: SOURCE_BYTES }, key: KEY }
    const limits = { ...LIMITS, segments: false }
    expect(() => planAssembly(request, limits, DEFAULT_TUNING)).toThrow(expect.objectContaining({ code: 'invalid' }))
    expect(planAssembly(request, LIMITS, DEFAULT_TUNING)).toHaveLength(1)
  })

  it('cuts copies to what a store does before its silence looks like an outage, literals to what is kept in memory', () => {
    const parts = plan([copy(MAX, 3), literal(100 * MIB), copy(3 * MIN, 0), literal(7)])
    expect(parts.map(({ kind, range }) => `${kind} ${(range.end - range.start) / MIB}`)).toEqual([
      ...Array.from({ length: 5 }, () => 'copy 1024'),
      ...Array.from({ length: 10 }, () => 'literal 10'),
      'copy 15',
      `literal ${7 / MIB}`,
    ])
  })

  it('leaves parts as they are where 10,000 would not do otherwise', () => {
    const pieces = Array.from({ length: 9_999 }, (_, index) => copy(2 * GIB, index))
    expect(plan([...pieces, literal(1)], { sourceBytes: 30_000 * GIB })).toHaveLength(10_000)
  })

  it('names the object, its ETag and its version in every copy', () => {
    const { parts, sizeBytes } = layOut([copy(3 * GIB, 5), literal(1)])
    const from = { etag: '"e"', versionId: 'v', sizeBytes: SOURCE_BYTES }
    const copies = planAssembly({ parts, sizeBytes, from, key: KEY }, LIMITS, DEFAULT_TUNING).slice(0, -1)
    expect(copies).toHaveLength(3)
    for (const part of copies)
      expect(part).toMatchObject({ kind: 'copy', source: { key: KEY, etag: '"e"', versionId: 'v' } })
  })

  it('is the same content, within every bound, whatever it is made of (2,000 plans)', () => {
    const tuning: Tuning = {
      ...DEFAULT_TUNING,
      minPartBytes: 100,
      partBytes: 160,
      copyPartBytes: 250,
      bufferBytes: 640,
    }
    const limits = {
      ...LIMITS,
      minPartBytes: 100,
      maxPartBytes: 2000,
      maxCopyBytes: 1500,
      maxParts: 40,
      minSourceBytes: 101,
    }
    const pieceOf = (min: number): fc.Arbitrary<Piece> =>
      fc.oneof(
        fc
          .tuple(fc.integer({ min, max: 1500 }), fc.integer({ min: 0, max: 3000 }))
          .map(([length, from]) => copy(length, from)),
        fc.integer({ min, max: 2000 }).map(literal),
      )
    fc.assert(
      fc.property(fc.array(pieceOf(100), { maxLength: 39 }), pieceOf(1), (pieces, end) => {
        const whole = [...pieces, end]
        const parts = plan(whole, { limits, tuning, sourceBytes: 4500 })
        expect(parts.length).toBeLessThanOrEqual(limits.maxParts)
        expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1))
        for (const part of parts.slice(0, -1)) expect(part.range.end - part.range.start).toBeGreaterThanOrEqual(100)
        const uncut = plan(whole, {
          limits,
          tuning: { ...tuning, partBytes: 2000, copyPartBytes: 1500 },
          sourceBytes: 4500,
        })
        expect(stretches(parts)).toEqual(stretches(uncut))
      }),
      { numRuns: 2000, seed: 4711 },
    )
  })
})

describe('the buffers of a plan', () => {
  it('hold the largest part that fits, as many as the bounds allow, and never more than there are parts', () => {
    const bounds = { bufferBytes: 64 * MIB, partsInFlight: 4 }
    const part = (length: number): PlannedPart => ({ kind: 'literal', number: 1, range: { start: 0, end: length } })
    expect(planSlots([part(16 * MIB), part(3)], bounds)).toEqual({ count: 2, sizeBytes: 16 * MIB })
    expect(
      planSlots(
        Array.from({ length: 9 }, () => part(16 * MIB)),
        bounds,
      ),
    ).toEqual({ count: 4, sizeBytes: 16 * MIB })
    expect(
      planSlots(
        Array.from({ length: 9 }, () => part(40 * MIB)),
        bounds,
      ),
    ).toEqual({ count: 1, sizeBytes: 40 * MIB })
    expect(planSlots([part(65 * MIB), part(8)], bounds)).toEqual({ count: 1, sizeBytes: 8 })
    const copied = plan([copy(MIN)])
    expect(keptFrom(copied[0]!)).toBe(MIN)
    expect(planSlots(copied, bounds)).toEqual({ count: 1, sizeBytes: 0 })
  })
})
