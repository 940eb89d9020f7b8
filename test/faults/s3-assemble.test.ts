import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { AssembleOptions, Content, PutResult } from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { ODD_NAMES } from '../conformance/s3-checks.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import { compose, contentOfFile, onto, storeBase, type Composed, type Piece } from '../fakes/s3/assembly.ts'
import {
  contentOf,
  hastyClock,
  never,
  rel,
  SMALL_TUNING,
  startS3Fixture,
  type FixtureOptions,
  type S3Fixture,
} from '../fakes/s3/harness.ts'
import type { FaultAction } from '../fakes/s3/server.ts'

const path = rel('folder/file.bin')
const BASE_BYTES = 20_000
/** Copies, literals, a copy out of order, and a last part that is shorter than any other may be. */
const PIECES: readonly Piece[] = [
  { copy: 5, length: 3000 },
  { literal: 2500 },
  { copy: 9000, length: 1024 },
  { literal: 1024 },
  { copy: 0, length: 4000 },
  { literal: 3 },
]

const closing = closesAfterEach()

/** Abilities are known and the log is empty: what is counted afterwards is the operation alone. */
async function prepared(options: FixtureOptions = {}): Promise<S3Fixture> {
  const fixture = closing(
    await startS3Fixture({
      clock: hastyClock,
      tuning: { ...SMALL_TUNING, copyBytes: 8192 },
      ...options,
      quirks: { minPartBytes: 1024, maxPartBytes: 64 * 1024, ...options.quirks },
    }),
  )
  const base = await storeBase(fixture, 'prepare', BASE_BYTES)
  await outcomeOf(assemble(fixture, compose(base.bytes, PIECES), onto(base), { at: 'prepare' }))
  await fixture.provider.remove(rel('prepare'), { signal: never, expect: { kind: 'any' } })
  fixture.sessions.bodies.clear()
  fixture.server.forget()
  return fixture
}

function assemble(
  { provider }: Pick<S3Fixture, 'provider'>,
  made: Composed,
  options: AssembleOptions,
  { at = path, content = contentOf(made.bytes) }: { at?: string; content?: Content } = {},
): Promise<PutResult> {
  return provider.features.assemble!(rel(at), content, made.parts, options)
}

/** `ok`, or the code of the error. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'ok'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

function countOperations(fixture: S3Fixture): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation } of fixture.server.requests) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}

function stored(fixture: S3Fixture, at: string = path): Buffer | undefined {
  return fixture.server.bytes(fixture.bucket, at)
}

function unfinished(fixture: S3Fixture): number {
  return fixture.server.buckets.get(fixture.bucket)!.uploads.size
}

/** Of a run in which nothing fails. The literal of 2,500 bytes is cut in two. */
const WHOLE = { CreateMultipartUpload: 1, UploadPartCopy: 3, UploadPart: 4, CompleteMultipartUpload: 1 }

describe('content that is put together', () => {
  it('is what the parts make, proved without reading it back; only literals are sent', async () => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, BASE_BYTES)
    fixture.server.forget()
    const made = compose(base.bytes, PIECES)
    let progress = 0
    const result = await assemble(fixture, made, onto(base, { onProgress: (done) => (progress = done) }))
    expect(result).toMatchObject({
      contentHash: blake3Hex(made.bytes),
      verifiedBy: 'checksum',
      bytesSent: made.literalBytes,
      bytesReused: made.copiedBytes,
      entry: { size: made.bytes.length, mode: 0o640 },
    })
    expect(stored(fixture)?.equals(made.bytes)).toBe(true)
    expect(countOperations(fixture)).toEqual(WHOLE)
    const sentBytes = fixture.server.requests
      .filter(({ operation }) => operation === 'UploadPart')
      .reduce((sum, { bytesIn }) => sum + bytesIn, 0)
    expect(sentBytes).toBe(made.literalBytes)
    expect(progress).toBe(made.bytes.length)
    const entry = await fixture.provider.stat(path, { signal: never })
    expect(entry.etag).toBe(result.entry.etag)
    expect(fixture.sessions.bodies.size).toBe(0)
  })

  it.each(ODD_NAMES)('comes from a source whose name is %j', async (name) => {
    const fixture = await prepared({ prefix: 'a b+c/%41 ü' })
    const at = `folder/${name}`
    const base = await storeBase(fixture, at, BASE_BYTES)
    const made = compose(base.bytes, PIECES)
    await assemble(fixture, made, onto(base), { at })
    expect(stored(fixture, `a b+c/%41 ü/${at}`)?.equals(made.bytes)).toBe(true)
  })

  it('of parts of any size is kept in bounded buffers, and too large literals are read again while sent', async () => {
    const fixture = await prepared({ tuning: { ...SMALL_TUNING, partBytes: 4096, bufferBytes: 2048 } })
    const base = await storeBase(fixture, path, BASE_BYTES)
    const made = compose(base.bytes, [{ literal: 4000 }, { copy: 1000, length: 6000 }, { literal: 3900 }])
    fixture.server.faults.add({ operation: 'UploadPart', nth: 2, action: { kind: 'reset-mid' } })
    await assemble(fixture, made, onto(base))
    expect(stored(fixture)?.equals(made.bytes)).toBe(true)
  })

  it('has no more parts on their way at once than it may, copied or sent', async () => {
    const fixture = await prepared({ tuning: { ...SMALL_TUNING, partsInFlight: 3, copiesInFlight: 2 } })
    const base = await storeBase(fixture, path, BASE_BYTES)
    const pieces = Array.from({ length: 24 }, (_, index) =>
      index < 12 ? { copy: index, length: 1024 } : { literal: 1024 },
    )
    const made = compose(base.bytes, pieces)
    const most = { UploadPartCopy: 0, UploadPart: 0 }
    const running = { ...most }
    for (const operation of ['UploadPartCopy', 'UploadPart'] as const) {
      const run = async (): Promise<void> => {
        most[operation] = Math.max(most[operation], ++running[operation])
        // Long enough for every other request that may be on its way.
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
        running[operation]--
      }
      fixture.server.faults.add({ operation, times: 100, action: { kind: 'run', run } })
    }
    await assemble(fixture, made, onto(base))
    expect(most.UploadPartCopy).toBeLessThanOrEqual(2)
    expect(most.UploadPart).toBeLessThanOrEqual(3)
    expect(stored(fixture)?.equals(made.bytes)).toBe(true)
  })

  it('keeps the version it copies from pinned in a versioned bucket, too', async () => {
    const fixture = await prepared()
    fixture.server.buckets.get(fixture.bucket)!.versioning = 'enabled'
    const base = await storeBase(fixture, path, BASE_BYTES)
    expect(base.from.versionId).toBeDefined()
    const made = compose(base.bytes, PIECES)
    const result = await assemble(fixture, made, onto(base))
    expect(result.entry.versionId).toBeDefined()
    const sources = fixture.server.requests.flatMap(({ headers }) => headers['x-amz-copy-source'] ?? [])
    expect(sources.every((source) => source.endsWith(`?versionId=${base.from.versionId}`))).toBe(true)
    // Of the version that was pinned, though it is not the current one any more.
    const again = compose(base.bytes, [{ copy: 100, length: 5000 }, { literal: 7 }])
    await assemble(fixture, again, onto(base, { expect: { kind: 'etag', etag: result.entry.etag! } }))
    expect(stored(fixture)?.equals(again.bytes)).toBe(true)
  })

  it('of other content than it was said to be is not put there', async () => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, BASE_BYTES)
    const made = compose(base.bytes, PIECES)
    expect(await outcomeOf(assemble(fixture, made, onto(base, { contentHash: '00'.repeat(32) })))).toBe('changed')
    expect(stored(fixture)?.equals(base.bytes)).toBe(true)
    expect(unfinished(fixture)).toBe(0)
  })

  it('of a file that changes meanwhile is not put there', async () => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, BASE_BYTES)
    const made = compose(base.bytes, PIECES)
    const source = contentOfFile(made.bytes)
    fixture.server.faults.add({ operation: 'UploadPartCopy', action: { kind: 'run', run: () => source.change() } })
    expect(await outcomeOf(assemble(fixture, made, onto(base), { content: source.content }))).toBe('changed')
    expect(stored(fixture)?.equals(base.bytes)).toBe(true)
    expect(unfinished(fixture)).toBe(0)
    source.remove()
  })
})

describe('a store that holds other bytes than the parts say', () => {
  it.each([
    ['the whole', {}],
    ['the parts only', { noFullObject: true }],
  ])('is found out where it has checksums of %s, for good, and nothing changes', async (_of, quirks) => {
    const fixture = await prepared({ quirks })
    const base = await storeBase(fixture, path, BASE_BYTES)
    const made = compose(base.bytes, PIECES)
    made.bytes[100]! ^= 1
    fixture.server.forget()
    const error: unknown = await assemble(fixture, made, onto(base)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'corrupt', retry: { kind: 'never' } })
    expect(stored(fixture)?.equals(base.bytes)).toBe(true)
    expect(unfinished(fixture)).toBe(0)
    expect(fixture.server.count('CompleteMultipartUpload')).toBe(0)
  })
})

describe('a store', () => {
  it.each([
    ['copies whatever the source is by now', { noCopyConditions: true }],
    ['cannot copy parts', { noPartCopies: true }],
    ['has no checksum of copied parts', { noCopyChecksums: true }],
    ['has no checksums', { noChecksums: true }],
    ['repeats checksums it never looked at', { echoChecksums: true }],
  ])('that %s is found out at the first attempt and never asked again', async (_what, quirks) => {
    const fixture = await prepared({ quirks })
    const base = await storeBase(fixture, path, BASE_BYTES)
    const made = compose(base.bytes, PIECES)
    expect(await outcomeOf(assemble(fixture, made, onto(base)))).toBe('unsupported')
    expect(await fixture.provider.features.assemblyLimits!({ signal: never })).toBeUndefined()
    fixture.server.forget()
    expect(await outcomeOf(assemble(fixture, made, onto(base)))).toBe('unsupported')
    expect(fixture.server.requests).toEqual([])
    expect(stored(fixture)?.equals(base.bytes)).toBe(true)
    expect(unfinished(fixture)).toBe(0)
  })

  it('that is only asked for its limits is not written to', async () => {
    const fixture = closing(await startS3Fixture())
    expect(await fixture.provider.features.assemblyLimits!({ signal: never })).toMatchObject({
      minPartBytes: 5 * 1024 ** 2,
      maxPartBytes: 5 * 1024 ** 3,
      maxCopyBytes: 5 * 1024 ** 3,
      maxParts: 10_000,
      minSourceBytes: 5 * 1024 ** 2 + 1,
    })
    const changes = fixture.server.requests.filter(({ operation }) => !/^(Get|Head|List)/.test(operation))
    expect(changes).toEqual([])
  })
})

describe('an assembly in which a request fails', () => {
  interface Row {
    readonly operation: string
    readonly fault: FaultAction
    readonly outcome: string
    readonly requests: Readonly<Record<string, number>>
  }
  const again = (operation: keyof typeof WHOLE, more: Record<string, number> = {}): Record<string, number> => ({
    ...WHOLE,
    [operation]: WHOLE[operation] + 1,
    ...more,
  })
  const status = (code: number, s3Code: string, after = false): FaultAction => ({
    kind: 'status',
    status: code,
    code: s3Code,
    after,
  })
  const rows: readonly Row[] = [
    ...(['reset-before', 'reset-after'] as const).map((kind): Row => ({
      operation: 'UploadPartCopy',
      fault: { kind },
      outcome: 'ok',
      requests: again('UploadPartCopy'),
    })),
    { operation: 'UploadPartCopy', fault: { kind: 'error-in-200' }, outcome: 'ok', requests: again('UploadPartCopy') },
    {
      operation: 'UploadPartCopy',
      fault: status(503, 'SlowDown'),
      outcome: 'ok',
      requests: again('UploadPartCopy'),
    },
    { operation: 'UploadPart', fault: { kind: 'corrupt' }, outcome: 'ok', requests: again('UploadPart') },
    ...([{ kind: 'reset-before' }, { kind: 'error-in-200' }] as const).map((fault): Row => ({
      operation: 'CompleteMultipartUpload',
      fault,
      outcome: 'ok',
      requests: again('CompleteMultipartUpload', { HeadObject: 1 }),
    })),
    ...(
      [{ kind: 'reset-after' }, { kind: 'error-in-200', after: true }, status(500, 'InternalError', true)] as const
    ).map((fault): Row => ({
      operation: 'CompleteMultipartUpload',
      fault,
      outcome: 'ok',
      requests: { ...WHOLE, HeadObject: 1 },
    })),
    {
      operation: 'CompleteMultipartUpload',
      fault: status(409, 'ConditionalRequestConflict'),
      outcome: 'unavailable',
      requests: { ...WHOLE, HeadObject: 1, AbortMultipartUpload: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: status(412, 'PreconditionFailed'),
      outcome: 'precondition-failed',
      requests: { ...WHOLE, AbortMultipartUpload: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: status(404, 'NoSuchUpload'),
      outcome: 'unavailable',
      requests: { ...WHOLE, HeadObject: 1, AbortMultipartUpload: 1 },
    },
  ]
  it.each(rows.map((row) => ({ ...row, title: `${row.operation} ${JSON.stringify(row.fault)}` })))(
    '$title: $outcome, and the next attempt ends well',
    async ({ operation, fault, outcome, requests }) => {
      const fixture = await prepared()
      const base = await storeBase(fixture, path, BASE_BYTES)
      fixture.server.forget()
      const made = compose(base.bytes, PIECES)
      fixture.server.faults.add({ operation, action: fault })
      expect(await outcomeOf(assemble(fixture, made, onto(base)))).toBe(outcome)
      expect(countOperations(fixture)).toEqual(requests)
      if (outcome !== 'ok') expect(await outcomeOf(assemble(fixture, made, onto(base)))).toBe('ok')
      expect(stored(fixture)?.equals(made.bytes)).toBe(true)
      expect(unfinished(fixture)).toBe(0)
      expect(fixture.sessions.bodies.size).toBe(0)
    },
  )

  it.each([
    ['is another one', status(412, 'PreconditionFailed')],
    ['is gone', status(404, 'NoSuchKey')],
    ['is a version that is gone', status(404, 'NoSuchVersion')],
  ])('because the source %s is a conflict, not an outage', async (_what, fault) => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, BASE_BYTES)
    const made = compose(base.bytes, PIECES)
    fixture.server.faults.add({ operation: 'UploadPartCopy', nth: 2, action: fault })
    expect(await outcomeOf(assemble(fixture, made, onto(base)))).toBe('precondition-failed')
    expect(stored(fixture)?.equals(base.bytes)).toBe(true)
    expect(unfinished(fixture)).toBe(0)
  })
})

describe('what somebody else does between two requests', () => {
  const theirs = randomBytes(BASE_BYTES)
  const interventions = {
    'puts other content there': (fixture: S3Fixture) =>
      fixture.provider.put(
        path,
        contentOf(theirs),
        onto({ bytes: theirs, from: { etag: '', sizeBytes: 0 }, expect: { kind: 'any' } }),
      ),
    'removes it': (fixture: S3Fixture) => fixture.provider.remove(path, { signal: never, expect: { kind: 'any' } }),
  }
  const stores = {
    'any store': {},
    'a versioned bucket': { versioned: true },
    'a store that knows composite checksums only': { quirks: { noFullObject: true } },
  } as const

  for (const [what, intervene] of Object.entries(interventions)) {
    it.each(Object.entries(stores))(
      `${what}: never overwritten, never mixed, at any place in %s`,
      async (_name, store) => {
        const wanted = what === 'removes it' ? undefined : theirs
        for (let nth = 1; ; nth++) {
          const fixture = await prepared('quirks' in store ? { quirks: store.quirks } : {})
          if ('versioned' in store) fixture.server.buckets.get(fixture.bucket)!.versioning = 'enabled'
          const other = { ...fixture, provider: await fixture.open({ withoutSessions: true }) }
          const base = await storeBase(fixture, path, BASE_BYTES)
          const made = compose(base.bytes, PIECES)
          let happened = false
          const run = async (): Promise<void> => {
            happened = true
            await intervene(other)
          }
          fixture.server.faults.add({ operation: '*', nth, action: { kind: 'run', run } })
          const outcome = await outcomeOf(assemble(fixture, made, onto(base)))
          if (!happened) {
            expect(outcome).toBe('ok')
            expect(nth).toBe(1 + Object.values(WHOLE).reduce((sum, count) => sum + count, 0))
            break
          }
          expect([nth, outcome]).toEqual([nth, 'precondition-failed'])
          expect(stored(fixture)).toEqual(wanted)
          expect(unfinished(fixture)).toBe(0)
        }
      },
    )
  }

  it('is never mixed in by a store that ignores conditions on finishing, either', async () => {
    for (let nth = 1; ; nth++) {
      const fixture = await prepared({ quirks: { noMultipartConditions: true } })
      const other = { ...fixture, provider: await fixture.open({ withoutSessions: true }) }
      const base = await storeBase(fixture, path, BASE_BYTES)
      const made = compose(base.bytes, PIECES)
      let happened = false
      const run = async (): Promise<void> => {
        happened = true
        await interventions['puts other content there'](other)
      }
      fixture.server.faults.add({ operation: '*', nth, action: { kind: 'run', run } })
      const outcome = await outcomeOf(assemble(fixture, made, onto(base)))
      if (!happened) break
      expect(stored(fixture)?.equals(outcome === 'ok' ? made.bytes : theirs)).toBe(true)
    }
  })
})
