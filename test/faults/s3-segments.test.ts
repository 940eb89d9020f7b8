import { describe, expect, it } from 'vitest'
import type { PutResult } from '../../main/providers/provider.ts'
import type { S3Provider } from '../../main/providers/s3/index.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import { onto, storeBase, type Base } from '../fakes/s3/assembly.ts'
import { edit, type EditedFile } from '../fakes/s3/edits.ts'
import {
  contentOf,
  hastyClock,
  never,
  rel,
  SMALL_TUNING,
  startS3Fixture,
  withFile,
  type FixtureOptions,
  type S3Fixture,
} from '../fakes/s3/harness.ts'

const path = rel('images/disk.bin')
const SEGMENTS = '.tidekeep/segments/'
const closing = closesAfterEach()

/** A store that was tried already: what that takes is no part of a transfer. */
async function tried(options: FixtureOptions = {}): Promise<S3Fixture> {
  const fixture = await prepared(options)
  const base = await storeBase(fixture, path, 20_000)
  await assemble(fixture.provider, await edited(fixture, base, 1), base)
  fixture.server.forget()
  return fixture
}

async function prepared(options: FixtureOptions = {}): Promise<S3Fixture> {
  const fixture = closing(
    await startS3Fixture({
      clock: hastyClock,
      tuning: SMALL_TUNING,
      ...options,
      quirks: { minPartBytes: 1024, maxPartBytes: 8 * 1024 ** 2, ...options.quirks },
    }),
  )
  return fixture
}

/** So many edits of 16 bytes, each 8 KiB from the next. */
async function edited(fixture: S3Fixture, base: Base, count: number): Promise<EditedFile> {
  const limits = await fixture.provider.features.assemblyLimits!({ signal: never })
  const places = Array.from({ length: count }, (_, index) => 4096 + index * 8192)
  return edit(base.bytes, { places, length: 16, limits })
}

const assemble = (provider: S3Provider, { bytes, plan }: EditedFile, base: Base): Promise<PutResult> =>
  provider.features.assemble!(path, contentOf(bytes), plan.parts, onto(base))

const bucketOf = ({ server, bucket }: S3Fixture) => server.buckets.get(bucket)!
const temporaryKeys = (fixture: S3Fixture): string[] =>
  bucketOf(fixture)
    .keys()
    .filter((key) => key.includes('.tidekeep'))

/** Nothing of the upload is left but the object. */
function expectTidy(fixture: S3Fixture): void {
  expect(temporaryKeys(fixture)).toEqual([])
  expect([...bucketOf(fixture).uploads.values()].map(({ key }) => key)).toEqual([])
}

function expectStored(fixture: S3Fixture, { bytes }: EditedFile): void {
  expect(fixture.server.bytes(fixture.bucket, path)!.equals(bytes)).toBe(true)
}

describe('tail segments', () => {
  it('send 100 scattered edits and nothing else, in the requests that were planned', async () => {
    const fixture = await tried({ options: { storageClass: 'STANDARD_IA' } })
    const base = await storeBase(fixture, path, 100 * 8192)
    const file = await edited(fixture, base, 100)
    expect(file.plan.method).toBe('segments')
    const { server } = fixture
    server.forget()
    const result = await assemble(fixture.provider, file, base)
    expect(result).toMatchObject({
      contentHash: blake3Hex(file.bytes),
      verifiedBy: 'checksum',
      bytesSent: file.editedBytes,
      bytesReused: file.bytes.length - file.editedBytes,
    })
    expect(file.plan.cost).toMatchObject({ bytesSent: result.bytesSent, bytesReused: result.bytesReused })
    const counts = new Map<string, number>()
    for (const { operation } of server.requests) counts.set(operation, (counts.get(operation) ?? 0) + 1)
    expect(Object.fromEntries(counts)).toEqual(file.plan.cost.requests)
    const parts = server.requests.filter(({ operation }) => operation === 'UploadPart')
    expect(parts.reduce((sum, { bytesIn }) => sum + bytesIn, 0)).toBe(file.editedBytes)
    expectStored(fixture, file)
    expectTidy(fixture)
  })

  it('make temporary objects in STANDARD, and pin each copy to what it is meant to be of', async () => {
    const fixture = await prepared({ options: { storageClass: 'GLACIER_IR' } })
    const base = await storeBase(fixture, path, 40_000)
    const file = await edited(fixture, base, 3)
    fixture.server.forget()
    await assemble(fixture.provider, file, base)
    const created = fixture.server.requests.filter(({ operation }) => operation === 'CreateMultipartUpload')
    const temporary = created.filter(({ key }) => key.startsWith(SEGMENTS))
    expect(temporary.map(({ headers }) => headers['x-amz-storage-class'])).toEqual([undefined, undefined, undefined])
    expect(bucketOf(fixture).current(path)!.storageClass).toBe('GLACIER_IR')
    const copies = fixture.server.requests.filter(
      ({ operation, key }) => operation === 'UploadPartCopy' && !key.includes('probe'),
    )
    expect(copies.length).toBeGreaterThan(6)
    for (const { headers } of copies) expect(headers['x-amz-copy-source-if-match']).toBeTruthy()
    for (const { headers } of copies.filter(({ key }) => key.startsWith(SEGMENTS)))
      expect(headers['x-amz-copy-source-if-match']).toBe(base.from.etag)
  })

  it('leave no version and no delete marker in a versioned bucket', async () => {
    const fixture = await prepared({ options: {} })
    bucketOf(fixture).versioning = 'enabled'
    const base = await storeBase(fixture, path, 40_000)
    const file = await edited(fixture, base, 4)
    expect(file.plan.method).toBe('segments')
    fixture.server.forget()
    await assemble(fixture.provider, file, base)
    expectStored(fixture, file)
    const removals = fixture.server.requests.filter(
      ({ operation, key }) => operation === 'DeleteObject' && key.startsWith(SEGMENTS),
    )
    expect(removals).toHaveLength(4)
    for (const { query } of removals) expect(query).toMatch(/versionId=v/)
    // Trying what the store can do leaves versions of its own; they are not of segments.
    expect(temporaryKeys(fixture).filter((key) => key.startsWith(SEGMENTS))).toEqual([])
    expect(bucketOf(fixture).versions(path)).toHaveLength(2)
  })

  it.each([
    { lock: 'default', segments: false },
    { lock: 'enabled', segments: true },
    { lock: 'off', segments: true },
  ] as const)('are made: $segments, in a bucket with Object Lock $lock', async ({ lock, segments }) => {
    const fixture = await prepared()
    bucketOf(fixture).objectLock = lock
    const base = await storeBase(fixture, path, 40_000)
    const file = await edited(fixture, base, 3)
    expect(file.plan.method).toBe(segments ? 'segments' : 'delta')
    await assemble(fixture.provider, file, base)
    expectStored(fixture, file)
    const made = fixture.server.requests.some(({ key }) => key.startsWith(SEGMENTS))
    expect(made).toBe(segments)
  })

  it.each([
    { status: 403, code: 'AccessDenied', segments: false },
    { status: 500, code: 'InternalError', segments: false },
    { status: 501, code: 'NotImplemented', segments: true },
    { status: 404, code: 'ObjectLockConfigurationNotFoundError', segments: true },
  ])('are made: $segments, where asking about locks is answered with $status', async ({ status, code, segments }) => {
    const fixture = await prepared()
    fixture.server.faults.add({
      operation: 'GetObjectLockConfiguration',
      times: 9,
      action: { kind: 'status', status, code },
    })
    expect(await fixture.provider.features.assemblyLimits!({ signal: never })).toMatchObject({ segments })
  })

  it('are given up where removing is not allowed, before much is left', async () => {
    const fixture = await tried()
    const base = await storeBase(fixture, path, 40 * 8192)
    const file = await edited(fixture, base, 40)
    fixture.server.faults.add({
      operation: 'DeleteObject',
      times: Infinity,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    })
    await expect(assemble(fixture.provider, file, base)).rejects.toMatchObject({ code: 'unsupported' })
    expect(temporaryKeys(fixture).length).toBeLessThanOrEqual(SMALL_TUNING.partsInFlight)
    expect(await fixture.provider.features.assemblyLimits!({ signal: never })).toMatchObject({ segments: false })
    fixture.server.faults.clear()
    for await (const leftover of fixture.provider.features.leftovers!({ signal: never })) {
      expect(leftover).toMatchObject({ kind: 'segment', isOurs: true, isInUse: false })
      await fixture.provider.features.removeLeftover!(leftover, { signal: never })
    }
    expectTidy(fixture)
  })

  it('are refused with invalid where the bucket locks what is new', async () => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, 40_000)
    const file = await edited(fixture, base, 3)
    bucketOf(fixture).objectLock = 'default'
    await expect(assemble(await fixture.open(), file, base)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('are a conflict when somebody replaces the object meanwhile, and leave nothing', async () => {
    const fixture = await tried()
    const base = await storeBase(fixture, path, 40_000)
    const file = await edited(fixture, base, 3)
    const replace = async (): Promise<void> => {
      await storeBase({ ...fixture, provider: await fixture.open({ withoutSessions: true }) }, path, 40_000)
    }
    fixture.server.faults.add({ operation: 'UploadPartCopy', nth: 3, action: { kind: 'run', run: replace } })
    await expect(assemble(fixture.provider, file, base)).rejects.toMatchObject({ code: 'precondition-failed' })
    expectTidy(fixture)
  })

  it('are given up for good, with the object as it was, when it holds other bytes than the plan says', async () => {
    const fixture = await tried()
    const base = await storeBase(fixture, path, 40_000)
    const other = { ...base, bytes: Buffer.from(base.bytes) }
    // Just before the second edit, where only a temporary object is copied from.
    other.bytes[12_000]! ^= 1
    const file = await edited(fixture, other, 3)
    await expect(assemble(fixture.provider, file, base)).rejects.toMatchObject({
      code: 'corrupt',
      retry: { kind: 'never' },
    })
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(base.bytes)).toBe(true)
    expectTidy(fixture)
  })

  it.each(['removes', 'replaces'])(
    'are made again when somebody %s a temporary object: that is no conflict',
    async (what) => {
      const fixture = await tried()
      const base = await storeBase(fixture, path, 40_000)
      const file = await edited(fixture, base, 2)
      const interfere = (): void => {
        const bucket = bucketOf(fixture)
        for (const key of temporaryKeys(fixture)) {
          if (what === 'removes') bucket.drop(key, 'null')
          else bucket.add({ ...bucket.current(key)!, etag: '"of somebody else"' })
        }
      }
      await withFile(file.bytes, async (content) => {
        const { features } = fixture.provider
        const run = (): Promise<PutResult> => features.assemble!(path, content, file.plan.parts, onto(base))
        // From the first whole copy of a temporary object on.
        fixture.server.faults.add(
          ...Array.from({ length: 60 }, (_, index) => ({
            operation: 'UploadPartCopy',
            nth: index + 1,
            action: { kind: 'run', run: interfere } as const,
          })),
        )
        await expect(run()).rejects.toMatchObject({ code: 'unavailable' })
        fixture.server.faults.clear()
        await run()
      })
      expectStored(fixture, file)
      expectTidy(fixture)
    },
  )
})

const LOST = [
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'CompleteMultipartUpload',
  'DeleteObject',
] as const
describe('a lost answer', () => {
  it.each(LOST)('to %s, at any time, leaves nothing behind and no wrong byte', async (operation) => {
    const fixture = await tried()
    for (let nth = 1; nth <= 3; nth++) {
      const base = await storeBase(fixture, path, 40_000)
      const file = await edited(fixture, base, 2)
      fixture.server.faults.add({ operation, nth, action: { kind: 'reset-after' } })
      await withFile(file.bytes, async (content) => {
        const run = (): Promise<PutResult> =>
          fixture.provider.features.assemble!(path, content, file.plan.parts, onto(base))
        // Beginning an upload is not repeated by itself: the queue does it.
        await run().catch(run)
      })
      fixture.server.faults.clear()
      expectStored(fixture, file)
      expect(temporaryKeys(fixture), `${operation} ${nth}`).toEqual([])
    }
  })

  it('damage on the way is found out and sent again', async () => {
    const fixture = await tried()
    const base = await storeBase(fixture, path, 40_000)
    const file = await edited(fixture, base, 2)
    fixture.server.faults.add({ operation: 'UploadPart', nth: 2, action: { kind: 'corrupt' } })
    await assemble(fixture.provider, file, base).catch(() => assemble(fixture.provider, file, base))
    expectStored(fixture, file)
    expectTidy(fixture)
  })
})
