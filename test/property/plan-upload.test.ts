import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layParts, LITERAL_PART_BYTES } from '../../main/delta/lay-parts.ts'
import { planUpload } from '../../main/delta/plan-upload.ts'
import type { Run } from '../../main/delta/upload-plan.ts'
import type { AssemblyLimits } from '../../main/providers/provider.ts'
import { expectFaithful, expectLegal, fewestBytes, S3_LIMITS, sentBytes } from '../fakes/assembly-model.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const KIB = 1024
const MIB = 1024 ** 2
const GIB = 1024 ** 3
const MIN = S3_LIMITS.minPartBytes

function check<T>(property: fc.IProperty<T>, numRuns: number): void {
  fc.assert(property, { seed: SEED, numRuns })
}

/** Lengths in turn unchanged (from where they stand in the old content) and new, beginning with unchanged. */
function alternating(...lengths: readonly number[]): readonly Run[] {
  let start = 0
  return lengths.map((length, index) => {
    const run = { start, length, oldStart: index % 2 === 0 ? start : undefined }
    start += length
    return run
  })
}

const sizeOf = (runs: readonly Run[]): number => runs.reduce((sum, { length }) => sum + length, 0)

function lay(runs: readonly Run[], { segments = false, ...limits }: Partial<AssemblyLimits> = {}) {
  const sizeBytes = sizeOf(runs)
  const effective = { ...S3_LIMITS, ...limits, segments }
  const parts = layParts(runs, { sizeBytes, limits: effective, segments })
  if (parts === undefined) throw new Error('no parts')
  expectLegal(parts, sizeBytes, effective)
  expectFaithful(parts, runs)
  return parts
}

/** Many unchanged stretches in a row, each barely a part: what one takes as padding, the next one lacks. */
const tightContent = fc.integer({ min: 4, max: 8 }).chain((minPartBytes) =>
  fc
    .array(
      fc.tuple(fc.integer({ min: 0, max: minPartBytes }), fc.integer({ min: minPartBytes - 1, max: 2 * minPartBytes })),
      {
        minLength: 3,
        maxLength: 7,
      },
    )
    .map((pairs) => {
      const runs = alternating(0, ...pairs.flat(), 1)
      const limits = { ...S3_LIMITS, minPartBytes, maxPartBytes: 3 * minPartBytes, maxCopyBytes: 3 * minPartBytes }
      return { runs, sizeBytes: sizeOf(runs), limits }
    }),
)

/** Contents made of unchanged, moved and new stretches, about as long as the smallest part. */
const changedContent = fc
  .record({
    minPartBytes: fc.integer({ min: 1, max: 6 }),
    stretches: fc.array(
      fc.record({ length: fc.integer({ min: 0, max: 14 }), origin: fc.option(fc.nat(9), { freq: 3 }) }),
      { maxLength: 9 },
    ),
    partSlack: fc.nat(8),
    copySlack: fc.nat(8),
  })
  .map(({ minPartBytes, stretches, partSlack, copySlack }) => {
    let start = 0
    const runs: Run[] = stretches.map(({ length, origin }) => {
      const run = { start, length, oldStart: origin === null ? undefined : origin * 100 }
      start += length
      return run
    })
    const limits: AssemblyLimits = {
      minPartBytes,
      maxPartBytes: 2 * minPartBytes + partSlack,
      maxCopyBytes: 3 * minPartBytes + copySlack,
      maxParts: 10_000,
      minSourceBytes: 1,
      segments: true,
    }
    return { runs, sizeBytes: start, limits }
  })

describe(`planning parts (seed ${SEED})`, () => {
  it.each([{ segments: false }, { segments: true }])(
    'sends the fewest bytes any legal list of parts sends, segments $segments',
    ({ segments }) => {
      const property = fc.property(fc.oneof(changedContent, tightContent), ({ runs, sizeBytes, limits }) => {
        const effective = { ...limits, segments }
        const parts = layParts(runs, { sizeBytes, limits: effective, segments })!
        expectLegal(parts, sizeBytes, effective)
        expectFaithful(parts, runs)
        expect(sentBytes(parts)).toBe(fewestBytes(runs, sizeBytes, effective))
      })
      check(property, 6_000)
    },
  )

  it('keeps to the number of parts, whatever it is, as long as sending everything does', () => {
    const property = fc.property(
      changedContent,
      fc.boolean(),
      fc.integer({ min: 1, max: 12 }),
      (content, segments, maxParts) => {
        const { runs, sizeBytes } = content
        const limits = { ...content.limits, maxParts, segments }
        const parts = layParts(runs, { sizeBytes, limits, segments })
        const fitsWhole = Math.ceil(sizeBytes / limits.maxPartBytes) <= maxParts
        if (parts === undefined) expect(fitsWhole).toBe(false)
        else {
          expectLegal(parts, sizeBytes, limits)
          expectFaithful(parts, runs)
        }
      },
    )
    check(property, 3_000)
  })

  it('offers no parts where the limits leave no room to cut evenly', () => {
    const runs = alternating(20, 5, 20)
    const within = (maxPartBytes: number, maxCopyBytes: number) =>
      layParts(runs, {
        sizeBytes: 45,
        limits: { ...S3_LIMITS, minPartBytes: 5, maxPartBytes, maxCopyBytes },
        segments: false,
      })
    expect(within(10, 15)).toBeDefined()
    expect(within(9, 15)).toBeUndefined()
    expect(within(10, 14)).toBeUndefined()
  })

  it('follows runs that continue each other as one, and may be given empty ones', () => {
    const runs = [
      { start: 0, length: 3 * MIB, oldStart: 0 },
      { start: 3 * MIB, length: 0, oldStart: undefined },
      { start: 3 * MIB, length: 3 * MIB, oldStart: 3 * MIB },
      { start: 6 * MIB, length: 1, oldStart: undefined },
    ]
    expect(lay(runs).map(({ kind }) => kind)).toEqual(['copy', 'literal'])
  })
})

describe('part sizes at the limits of S3', () => {
  it.each([
    { unchanged: MIN - 1, kinds: ['literal'] },
    { unchanged: MIN, kinds: ['copy', 'literal'] },
    { unchanged: MIN + 1, kinds: ['copy', 'literal'] },
  ])('copies $unchanged bytes before new ones only where that is a part', ({ unchanged, kinds }) => {
    expect(lay(alternating(unchanged, 5 * MIB)).map(({ kind }) => kind)).toEqual(kinds)
  })

  it.each([
    { fresh: MIN - 1, sent: MIN },
    { fresh: MIN, sent: MIN },
    { fresh: MIN + 1, sent: MIN + 1 },
    { fresh: 1, sent: MIN },
  ])('sends $sent bytes for $fresh new ones in the middle', ({ fresh, sent }) => {
    expect(sentBytes(lay(alternating(20 * MIB, fresh, 20 * MIB)))).toBe(sent)
    expect(sentBytes(lay(alternating(20 * MIB, fresh, 20 * MIB), { segments: true }))).toBe(fresh)
  })

  it.each([GIB - 1, GIB, GIB + 1])('cuts an unchanged run of %d bytes into copies of at most 1 GiB', (unchanged) => {
    const parts = lay(alternating(unchanged, 10 * MIB))
    expect(parts.filter(({ kind }) => kind === 'copy')).toHaveLength(unchanged > GIB ? 2 : 1)
    expect(sentBytes(parts)).toBe(10 * MIB)
  })

  it.each([
    { unchanged: 9_999 * 5 * GIB - 1, copies: 9_999 },
    { unchanged: 9_999 * 5 * GIB, copies: 9_999 },
    { unchanged: 9_999 * 5 * GIB + 1, copies: 0 },
  ])(
    'makes copies of 5 GiB where $unchanged unchanged bytes leave room for no smaller ones',
    ({ unchanged, copies }) => {
      const parts = lay(alternating(unchanged, 10 * MIB))
      expect(parts.filter(({ kind }) => kind === 'copy')).toHaveLength(copies)
      expect(Math.max(...parts.map(({ range }) => range.end - range.start))).toBeLessThanOrEqual(5 * GIB)
    },
  )

  it.each([2 * MIN - 1, 2 * MIN, 2 * MIN + 1])(
    'takes all of an unchanged run of %d bytes into a segment where the rest would be no part',
    (unchanged) => {
      const parts = lay(alternating(unchanged, 10, 20 * MIB), { segments: true })
      expect(parts.map(({ kind }) => kind)).toEqual(
        unchanged < 2 * MIN ? ['segment', 'copy'] : ['copy', 'segment', 'copy'],
      )
      expect(sentBytes(parts)).toBe(10)
    },
  )

  it('joins edits that are closer to each other than a part, and sends the head of a file as a part', () => {
    const joined = lay(alternating(20 * MIB, 10, MIN - 1, 10, 20 * MIB), { segments: true })
    expect(sentBytes(joined)).toBe(MIN + 19)
    const apart = lay(alternating(20 * MIB, 10, MIN, 10, 20 * MIB), { segments: true })
    expect(sentBytes(apart)).toBe(20)
    const head = lay(alternating(0, 10, 20 * MIB), { segments: true })
    expect(head.map(({ kind }) => kind)).toEqual(['literal', 'copy'])
    expect(sentBytes(head)).toBe(MIN)
  })

  it('lets the last part be of any size', () => {
    expect(sentBytes(lay(alternating(20 * MIB, 1)))).toBe(1)
    expect(sentBytes(lay(alternating(20 * MIB, 6 * MIB, 1)))).toBe(6 * MIB)
  })

  it('cuts new content into parts of 10 MiB, larger ones where there would be too many', () => {
    const few = lay(alternating(20 * MIB, 100 * MIB))
    expect(
      Math.max(...few.map(({ range }) => (range.end - range.start) * Number(range.start >= 20 * MIB))),
    ).toBeLessThanOrEqual(LITERAL_PART_BYTES)
    const huge = lay(alternating(20 * MIB, 10_000 * LITERAL_PART_BYTES))
    expect(huge.length).toBeGreaterThan(5_000)
    expect(sentBytes(huge)).toBe(10_000 * LITERAL_PART_BYTES)
  })

  it.each([4_999, 5_000, 5_001, 5_002, 5_007])(
    'gives up no more copies than it must to make %d edits in 10,000 parts',
    (edits) => {
      // Each pair of parts too many costs one copy, and the edits beside it become one.
      const dropped = Math.max(0, edits - 4_999)
      const lengths = Array.from({ length: edits }, () => [12 * MIB, 6 * KIB]).flat()
      for (let index = 0; index < dropped; index++) lengths[2 * (17 + 10 * index)] = 11 * MIB
      const parts = lay(alternating(...lengths, 12 * MIB))
      expect(parts).toHaveLength(9_999)
      expect(sentBytes(parts)).toBe((edits - 2 * dropped) * MIN + dropped * (11 * MIB + 2 * 6 * KIB))
    },
  )
})

describe('choosing a way', () => {
  const plan = (runs: readonly Run[], more: Partial<Parameters<typeof planUpload>[0]> = {}) => {
    const sizeBytes = sizeOf(runs)
    return planUpload({ sizeBytes, runs, limits: S3_LIMITS, oldSizeBytes: sizeBytes, ...more })
  }
  const hundredEdits = alternating(
    ...Array.from({ length: 100 }, () => [GIB / 100 - 4 * KIB, 4 * KIB].map(Math.floor)).flat(),
  )
  const slow = 50_000_000 / 8

  it('plans under 10 MiB for 100 edits of 4 KiB through 1 GiB on a slow line', () => {
    const { method, cost, alternatives, parts } = plan(hundredEdits, { bytesPerSecond: slow })
    expectLegal(parts, sizeOf(hundredEdits), S3_LIMITS)
    expect(method).toBe('segments')
    expect(cost.bytesSent).toBe(100 * 4 * KIB)
    expect(cost.bytesSent + cost.bytesReused).toBe(sizeOf(hundredEdits))
    expect(alternatives.delta!.bytesSent).toBe(99 * MIN + 4 * KIB)
    expect(alternatives.whole!.bytesSent).toBe(sizeOf(hundredEdits))
  })

  it('stitches instead where the line is fast, and takes 50 Mbit/s where nothing was measured', () => {
    expect(plan(hundredEdits, { bytesPerSecond: 1_000_000_000 / 8 }).method).toBe('delta')
    const unmeasured = plan(hundredEdits)
    expect(unmeasured.method).toBe('segments')
    expect(unmeasured.cost.seconds).toBeUndefined()
  })

  it('stitches where the requests of segments cost more than the time is worth', () => {
    expect(
      plan(hundredEdits, { bytesPerSecond: slow, requestPrices: { UploadPartCopy: 0.005, UploadPart: 0.005 } }).method,
    ).toBe('segments')
    expect(
      plan(hundredEdits, { bytesPerSecond: slow, requestPrices: { UploadPartCopy: 0.2, UploadPart: 0.2 } }).method,
    ).toBe('delta')
  })

  it('never makes segments where the target forbids them', () => {
    const { method, alternatives } = plan(hundredEdits, {
      limits: { ...S3_LIMITS, segments: false },
      bytesPerSecond: slow,
    })
    expect(method).toBe('delta')
    expect(alternatives.segments).toBeUndefined()
  })

  it.each([
    { fresh: 60 * MIB, method: 'delta' },
    { fresh: 60 * MIB + 1, method: 'whole' },
  ])('sends $method where $fresh of 100 MiB would be sent', ({ fresh, method }) => {
    const chosen = plan(alternating(100 * MIB - fresh, fresh))
    expect(chosen.method).toBe(method)
    expect(chosen.parts.length > 0).toBe(method === 'delta')
  })

  it.each([
    { oldSizeBytes: S3_LIMITS.minSourceBytes - 1, method: 'whole' },
    { oldSizeBytes: S3_LIMITS.minSourceBytes, method: 'delta' },
  ])('sends $method beside an object of $oldSizeBytes bytes', ({ oldSizeBytes, method }) => {
    expect(plan(alternating(MIN, 10), { oldSizeBytes }).method).toBe(method)
  })

  it('sends everything where nothing is unchanged, nothing is there, or no limits are known', () => {
    expect(plan(alternating(0, 100 * MIB)).method).toBe('whole')
    expect(plan([]).method).toBe('whole')
    expect(plan(alternating(100 * MIB), { limits: undefined }).method).toBe('whole')
  })

  it('counts the requests of each way, in time and money', () => {
    const { alternatives } = plan(alternating(20 * MIB, 10, 20 * MIB), {
      bytesPerSecond: 1_000_000,
      requestPrices: { UploadPart: 5, DeleteObject: 0 },
    })
    expect(alternatives.segments!.requests).toEqual({
      CreateMultipartUpload: 2,
      UploadPart: 1,
      UploadPartCopy: 4,
      CompleteMultipartUpload: 2,
      DeleteObject: 1,
      ListObjectVersions: 1,
      ListMultipartUploads: 1,
    })
    expect(alternatives.delta!.requests).toEqual({
      CreateMultipartUpload: 1,
      UploadPart: 1,
      UploadPartCopy: 2,
      CompleteMultipartUpload: 1,
    })
    expect(alternatives.whole!.requests).toMatchObject({ UploadPart: 5 })
    expect(alternatives.whole!.dollars).toBeCloseTo(0.025)
    expect(alternatives.delta!.seconds).toBeGreaterThan(MIN / 1_000_000)
    expect(plan(alternating(0, MIB)).cost.requests).toEqual({ PutObject: 1 })
    expect(plan(alternating(0, MIB)).cost.dollars).toBeUndefined()
  })

  it.each([
    { name: 'a gap', runs: [{ start: 1, length: 9, oldStart: 0 }] },
    { name: 'an end too early', runs: [{ start: 0, length: 9, oldStart: 0 }] },
    { name: 'bytes the old content never had', runs: [{ start: 0, length: 10, oldStart: 1 }] },
    { name: 'a fraction', runs: [{ start: 0, length: 9.5, oldStart: 0 }] },
  ])('refuses runs with $name', ({ runs }) => {
    expect(() => planUpload({ sizeBytes: 10, runs, limits: S3_LIMITS, oldSizeBytes: 10 })).toThrow(/make no sense/)
  })
})
