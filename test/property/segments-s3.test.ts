import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { planUpload } from '../../main/delta/plan-upload.ts'
import type { Run } from '../../main/delta/upload-plan.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { expectFaithful, expectLegal, sentBytes } from '../fakes/assembly-model.ts'
import { onto, storeBase } from '../fakes/s3/assembly.ts'
import { contentOf, hastyClock, never, rel, SMALL_TUNING, startS3Fixture } from '../fakes/s3/harness.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const RUNS = Number(process.env['TIDEKEEP_RUNS'] ?? 60)
const BASE_BYTES = 24_000
const path = rel('changed.bin')
const fixture = await startS3Fixture({
  clock: hastyClock,
  tuning: { ...SMALL_TUNING, maxParts: 40 },
  quirks: { minPartBytes: 1024, maxPartBytes: 64 * 1024 },
})
afterAll(() => fixture.close())

/** Copied (from a place on, or from where the last one ended) and new stretches, around the smallest part in length. */
const pieces = fc.array(
  fc.oneof(
    fc.record({ from: fc.option(fc.nat(BASE_BYTES), { freq: 2 }), length: fc.integer({ min: 1, max: 4000 }) }),
    fc.record({ fresh: fc.uint8Array({ minLength: 1, maxLength: 1500 }) }),
    fc.record({ fresh: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
  ),
  { minLength: 1, maxLength: 14 },
)

describe(`content put together with tail segments (seed ${SEED})`, () => {
  it('is the new content byte for byte, in the bytes that were planned, and nothing else is left', async () => {
    let segments = 0
    const property = fc.asyncProperty(pieces, async (chosen) => {
      const base = await storeBase(fixture, path, BASE_BYTES)
      const limits = await fixture.provider.features.assemblyLimits!({ signal: never })
      const made: Uint8Array[] = []
      const runs: Run[] = []
      let at = 0
      let last = 0
      for (const piece of chosen) {
        const from = 'fresh' in piece ? undefined : Math.min(piece.from ?? last, BASE_BYTES)
        const bytes = 'fresh' in piece ? piece.fresh : base.bytes.subarray(from, from! + piece.length)
        made.push(bytes)
        runs.push({ start: at, length: bytes.length, oldStart: from })
        at += bytes.length
        if (from !== undefined) last = from + bytes.length
      }
      const bytes = Buffer.concat(made)
      const situation = { sizeBytes: bytes.length, runs, limits, oldSizeBytes: BASE_BYTES, bytesPerSecond: 1 }
      const { method, parts, cost } = planUpload(situation)
      if (method === 'whole') return
      expectLegal(parts, bytes.length, limits!)
      expectFaithful(parts, runs)
      const result = await fixture.provider.features.assemble!(path, contentOf(bytes), parts, onto(base))
      expect(result).toMatchObject({
        contentHash: blake3Hex(bytes),
        bytesSent: cost.bytesSent,
        bytesReused: cost.bytesReused,
      })
      expect(sentBytes(parts)).toBe(cost.bytesSent)
      expect(fixture.server.bytes(fixture.bucket, path)!.equals(bytes)).toBe(true)
      const bucket = fixture.server.buckets.get(fixture.bucket)!
      expect(bucket.keys()).toEqual([path])
      expect(bucket.uploads.size).toBe(0)
      if (method === 'segments') segments++
    })
    await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
    // The property says little where segments are rare.
    expect(segments).toBeGreaterThan(RUNS / 10)
  }, 60_000)
})
