import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_TUNING } from '../../main/providers/s3/context.ts'
import { contentOf, never, rel, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'
import type { Quirks } from '../fakes/s3/server.ts'
import { createLocalContents } from './local-content.ts'
import { REAL_SIZES, S3_CHECKS, type S3Sizes } from './s3-checks.ts'
import { testConformance } from './suite.ts'

const contents = createLocalContents()
afterAll(() => contents.remove())

interface Variant {
  readonly name: string
  readonly quirks: Quirks
  readonly prefix?: string
  readonly preconditions?: 'checked'
  readonly versioning?: 'enabled' | 'suspended'
  /** Content is not put together from what it holds: that could not be proved. */
  readonly wholeOnly?: true
  /** Small ones by default. */
  readonly sizes?: S3Sizes
}

const VARIANTS: readonly Variant[] = [
  { name: 'behaves as Amazon documents it', quirks: {}, sizes: REAL_SIZES },
  { name: 'keeps versions', quirks: {}, versioning: 'enabled' },
  { name: 'kept versions once', quirks: {}, versioning: 'suspended' },
  { name: 'is used below a prefix with odd characters', quirks: {}, prefix: 'a b+c/%41 ü' },
  { name: 'keeps no checksums', quirks: { noChecksums: true }, wholeOnly: true },
  { name: 'echoes checksums it never looked at', quirks: { echoChecksums: true }, wholeOnly: true },
  { name: 'ignores conditions', quirks: { noConditions: true }, preconditions: 'checked' },
  { name: 'ignores conditions of multipart uploads', quirks: { noMultipartConditions: true } },
  { name: 'knows composite checksums only', quirks: { noFullObject: true } },
  { name: 'ignores conditions on copy sources', quirks: { noCopyConditions: true }, wholeOnly: true },
  { name: 'copies no parts', quirks: { noPartCopies: true }, wholeOnly: true },
  { name: 'has no checksums of copied parts', quirks: { noCopyChecksums: true }, wholeOnly: true },
  {
    name: 'takes the checksum of a source for that of any range',
    quirks: { sourceChecksums: true, minPartBytes: 1 },
    wholeOnly: true,
  },
  { name: 'lists without encoding', quirks: { noEncodingType: true } },
  {
    name: 'does none of it',
    quirks: { noChecksums: true, noConditions: true, noCopyConditions: true, noEncodingType: true },
    preconditions: 'checked',
    wholeOnly: true,
  },
]

/** Of what real stores and the provider have. Pages and parts are what they are at any size: one store has to hold real ones. */
const SMALL = 1 / 16
const SMALL_TUNING = Object.fromEntries(
  (['singlePutBytes', 'partBytes', 'bufferBytes', 'minPartBytes'] as const).map((name) => [
    name,
    DEFAULT_TUNING[name] * SMALL,
  ]),
)
const SMALL_SIZES: S3Sizes = { pageKeys: 100, largeBytes: Math.ceil(REAL_SIZES.largeBytes * SMALL) }

describe.each(VARIANTS)('a store that $name', ({ quirks, prefix, preconditions, versioning, wholeOnly, sizes }) => {
  let fixture: S3Fixture
  beforeAll(async () => {
    const small = { maxKeys: SMALL_SIZES.pageKeys, minPartBytes: DEFAULT_TUNING.minPartBytes * SMALL }
    fixture = await startS3Fixture({
      ...(sizes === undefined ? { quirks: { ...small, ...quirks }, tuning: SMALL_TUNING } : { quirks }),
      ...(prefix === undefined ? {} : { prefix }),
    })
    fixture.server.buckets.get(fixture.bucket)!.versioning = versioning ?? 'off'
  })
  afterAll(async () => fixture.close())

  it.each(S3_CHECKS.map((check, index) => ({ ...check, index })))('$name', async ({ run, index }) => {
    await run(fixture.provider, `area ${index}`, sizes ?? SMALL_SIZES)
  })

  testConformance('an S3 store', {
    provider: () => fixture.provider,
    localContent: (bytes) => contents.make(bytes),
    pageEntries: (sizes ?? SMALL_SIZES).pageKeys,
    lacks: ['again', 'changes', 'checksums', 'freeBytes', 'makeDirectory', 'one-case', 'one-form'],
  })

  it('claims the preconditions it was found to have', () => {
    expect(fixture.provider.features.preconditions).toBe(preconditions ?? 'enforced')
  })

  it('is asked to put content together only where it proves the result', async () => {
    const { features } = fixture.provider
    const options = { signal: never, metadata: { mtimeNs: 0n }, expect: { kind: 'any' } } as const
    const from = { etag: '"e"', sizeBytes: 10 }
    // No parts are a mistake, which is seen once the store was found to be able.
    const attempt = features.assemble!(rel('none'), contentOf('x'), [], { ...options, from })
    await expect(attempt).rejects.toMatchObject({ code: wholeOnly === true ? 'unsupported' : 'invalid' })
    expect((await features.assemblyLimits!(options)) === undefined).toBe(wholeOnly === true)
  })

  it('is left without unfinished uploads and without probes', () => {
    const bucket = fixture.server.buckets.get(fixture.bucket)!
    expect(bucket.uploads.size).toBe(0)
    expect(bucket.keys().filter((key) => isProbe(key) && bucket.current(key)?.deleteMarker !== true)).toEqual([])
  })
})

function isProbe(key: string): boolean {
  return key.includes('.tidekeep/') && !key.includes('.tidekeep/kept/')
}
