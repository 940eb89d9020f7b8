import { describe, expect, it } from 'vitest'
import type { Leftover, PutResult } from '../../main/providers/provider.ts'
import type { S3Provider } from '../../main/providers/s3/index.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import { onto, storeBase, type Base } from '../fakes/s3/assembly.ts'
import { edit, type EditedFile } from '../fakes/s3/edits.ts'
import type { FaultAction } from '../fakes/s3/server.ts'
import {
  fileContent,
  hastyClock,
  memorySessions,
  never,
  rel,
  SMALL_TUNING,
  startS3Fixture,
  withFile,
  type FixtureOptions,
  type S3Fixture,
} from '../fakes/s3/harness.ts'

const HOUR_MS = 3_600_000
const path = rel('disk.bin')
const closing = closesAfterEach()

/** A store that was tried already. */
async function prepared(options: FixtureOptions = {}): Promise<S3Fixture> {
  const fixture = closing(
    await startS3Fixture({
      clock: hastyClock,
      tuning: SMALL_TUNING,
      prefix: 'mine',
      ...options,
      quirks: { minPartBytes: 1024, maxPartBytes: 8 * 1024 ** 2, ...options.quirks },
    }),
  )
  const base = await storeBase(fixture, path, 20_000)
  const { bytes, plan } = await edited(fixture, base)
  await withFile(bytes, async (content) => {
    await fixture.provider.features.assemble!(path, content, plan.parts, onto(base))
  })
  fixture.server.forget()
  return fixture
}

async function edited(fixture: S3Fixture, base: Base): Promise<EditedFile> {
  const limits = await fixture.provider.features.assemblyLimits!({ signal: never })
  return edit(base.bytes, { places: [4096, 12_288], length: 16, limits })
}

const bucketOf = ({ server, bucket }: S3Fixture) => server.buckets.get(bucket)!
const keysLeft = (fixture: S3Fixture): string[] => [
  ...bucketOf(fixture)
    .keys()
    .filter((key) => key.includes('.tidekeep/')),
  ...[...bucketOf(fixture).uploads.values()].map(({ key }) => `upload of ${key}`),
]

async function found(provider: S3Provider): Promise<Leftover[]> {
  const leftovers: Leftover[] = []
  for await (const leftover of provider.features.leftovers!({ signal: never })) leftovers.push(leftover)
  return leftovers
}

async function removeOurs(provider: S3Provider): Promise<void> {
  for (const leftover of await found(provider)) {
    if (leftover.isOurs && !leftover.isInUse) await provider.features.removeLeftover!(leftover, { signal: never })
  }
}

/** From the nth request on nobody can be reached: what the program does after a kill. */
function cutFrom({ server }: S3Fixture, nth: number, kind: 'reset-before' | 'reset-after'): void {
  const action: FaultAction = { kind }
  server.faults.add(
    { operation: '*', nth, action },
    { operation: '*', nth: nth + 1, times: Infinity, action: { kind: 'reset-before' } },
  )
}

/** Begins an upload as another program would. */
function beginForeign(fixture: S3Fixture, key: string): string {
  const bucket = bucketOf(fixture)
  const id = bucket.nextId('upload-')
  bucket.uploads.set(id, {
    id,
    key,
    initiatedMs: Date.now() - 48 * HOUR_MS,
    metadata: {},
    system: {},
    storageClass: 'STANDARD',
    type: 'FULL_OBJECT',
    parts: new Map(),
  })
  return id
}

describe('after a crash', () => {
  const steps = Array.from({ length: 21 }, (_, index) => index + 1).flatMap((nth) => [
    { nth, kind: 'reset-before' as const },
    { nth, kind: 'reset-after' as const },
  ])

  it.each(steps)('at request $nth ($kind) the upload is gone on with, and nothing is left', async ({ nth, kind }) => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, 20_000)
    const file = await edited(fixture, base)
    await withFile(file.bytes, async (content) => {
      const run = async (provider: S3Provider): Promise<PutResult> =>
        provider.features.assemble!(path, content, file.plan.parts, onto(base))
      cutFrom(fixture, nth, kind)
      const first = await run(fixture.provider).catch(() => undefined)
      fixture.server.faults.clear()
      const next = await fixture.open()
      // The last requests only tidy up: the upload itself is done by then.
      const result = first ?? (await run(next))
      expect(result.bytesSent).toBeLessThanOrEqual(file.editedBytes)
      expect(fixture.server.bytes(fixture.bucket, `mine/${path}`)!.equals(file.bytes)).toBe(true)
      await removeOurs(next)
      // An upload whose beginning was never confirmed is nobody's until it is old enough.
      const intended = keysLeft(fixture)
      expect(intended.filter((key) => key !== `upload of mine/${path}`)).toEqual([])
      expect(intended.length > 0).toBe(nth === 1 && kind === 'reset-after')
    })
  })

  it.each(steps)(
    'at request $nth ($kind) everything is found and removed when the file is another one',
    async ({ nth, kind }) => {
      const fixture = await prepared()
      const base = await storeBase(fixture, path, 20_000)
      const file = await edited(fixture, base)
      cutFrom(fixture, nth, kind)
      await withFile(file.bytes, async (content) => {
        await fixture.provider.features.assemble!(path, content, file.plan.parts, onto(base)).catch(() => undefined)
      })
      fixture.server.faults.clear()
      const next = await fixture.open()
      await storeBase({ ...fixture, provider: next }, path, 20_000)
      // A day later, by every clock there is.
      fixture.server.clockSkewMs = 24 * HOUR_MS
      const later = await fixture.open({ clock: { ...hastyClock, now: () => Date.now() + 24 * HOUR_MS } })
      await removeOurs(later)
      expect(keysLeft(fixture)).toEqual([])
    },
  )
})

describe('a large object whose move is cut off at every request', () => {
  const steps = Array.from({ length: 7 }, (_, index) => index + 1).flatMap((nth) => [
    { nth, kind: 'reset-before' as const },
    { nth, kind: 'reset-after' as const },
  ])

  it.each(steps)('leaves nothing that cleanup does not find ($nth, $kind)', async ({ nth, kind }) => {
    const fixture = await prepared({ tuning: { ...SMALL_TUNING, copyBytes: 8192 } })
    const base = await storeBase(fixture, path, 20_000)
    const move = fixture.provider.features.move!.bind(fixture.provider.features)
    const options = { signal: never, expect: { kind: 'any' } } as const
    await move(path, rel('known.bin'), options)
    await move(rel('known.bin'), path, options)
    cutFrom(fixture, nth, kind)
    await move(path, rel('moved.bin'), options).catch(() => undefined)
    fixture.server.faults.clear()
    const kept = [path, 'moved.bin'].map((key) => fixture.server.bytes(fixture.bucket, `mine/${key}`))
    expect(kept.some((bytes) => bytes?.equals(base.bytes))).toBe(true)
    fixture.server.clockSkewMs = 24 * HOUR_MS
    const later = await fixture.open({ clock: { ...hastyClock, now: () => Date.now() + 24 * HOUR_MS } })
    const removed = await found(later)
    await removeOurs(later)
    expect(keysLeft(fixture)).toEqual([])
    // What was remembered for the sake of an upload goes with it.
    if (removed.some(({ kind }) => kind === 'upload')) expect([...fixture.sessions.bodies.values()]).toEqual([])
  })
})

describe('leftovers', () => {
  it('of other programs are shown with their size, and never removed', async () => {
    const fixture = await prepared()
    const { provider } = fixture
    const id = beginForeign(fixture, 'mine/video.mp4')
    beginForeign(fixture, 'other/elsewhere.bin')
    const upload = bucketOf(fixture).uploads.get(id)!
    const content = bucketOf(fixture).contents.keep(Buffer.alloc(1500))
    upload.parts.set(1, { number: 1, etag: '"x"', content, md5: Buffer.alloc(16), lastModifiedMs: 0, isCopy: false })
    const leftovers = await found(provider)
    expect(leftovers).toMatchObject([{ kind: 'upload', path: 'video.mp4', bytes: 1500, isOurs: false, isInUse: false }])
    await expect(provider.features.removeLeftover!(leftovers[0]!, { signal: never })).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(bucketOf(fixture).uploads.size).toBe(2)
  })

  it('cannot be removed by a token that names something else', async () => {
    const fixture = await prepared()
    const { features } = fixture.provider
    const leftover = { kind: 'segment', path: 'x', bytes: 1, startedAtMs: 0, isOurs: true, isInUse: false } as const
    const tokens = [
      { kind: 'version', key: `mine/${path}`, versionId: 'null' },
      { kind: 'version', key: 'other/.tidekeep/segments/0123456789abcdef0123456789abcdef/1' },
      { kind: 'upload', key: 'other/file', uploadId: 'upload-1', startedAtMs: 0, skewMs: 0 },
    ]
    for (const token of tokens) {
      const forged: Leftover = { ...leftover, token: JSON.stringify(token) }
      await expect(features.removeLeftover!(forged, { signal: never })).rejects.toMatchObject({ code: 'invalid' })
    }
    expect(fixture.server.bytes(fixture.bucket, `mine/${path}`)).toBeDefined()
  })

  it('that are gone on with are in use, with their temporary objects, and locked', async () => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, 20_000)
    const file = await edited(fixture, base)
    await withFile(file.bytes, async (content) => {
      // The answer to completing the first temporary object is lost, and then everything.
      fixture.server.faults.add({ operation: 'CompleteMultipartUpload', nth: 1, action: { kind: 'reset-after' } })
      fixture.server.faults.add({ operation: 'HeadObject', times: Infinity, action: { kind: 'reset-before' } })
      fixture.server.faults.add({ operation: 'DeleteObject', times: Infinity, action: { kind: 'reset-before' } })
      const { features } = fixture.provider
      await expect(features.assemble!(path, content, file.plan.parts, onto(base))).rejects.toMatchObject({
        code: 'unavailable',
      })
      fixture.server.faults.clear()
      const leftovers = await found(fixture.provider)
      expect(leftovers.map(({ kind }) => kind).toSorted()).toContain('segment')
      expect(leftovers.map(({ isOurs, isInUse }) => ({ isOurs, isInUse }))).toEqual(
        leftovers.map(() => ({ isOurs: true, isInUse: true })),
      )
      const upload = leftovers.find(({ kind }) => kind === 'upload')!
      await expect(features.removeLeftover!(upload, { signal: never })).rejects.toMatchObject({ code: 'locked' })
      // With the state lost nobody goes on with it; what lies in our own area is still ours.
      const stranger = await fixture.open({ sessions: memorySessions() })
      for (const leftover of await found(stranger)) {
        expect(leftover.isInUse).toBe(false)
        expect(leftover.isOurs).toBe(leftover.kind === 'segment')
      }
    })
  })

  it('are given up when nothing was sent for a week, whatever is remembered', async () => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, 20_000)
    const file = await edited(fixture, base)
    await withFile(file.bytes, async (content) => {
      cutFrom(fixture, 9, 'reset-after')
      await fixture.provider.features.assemble!(path, content, file.plan.parts, onto(base)).catch(() => undefined)
    })
    fixture.server.faults.clear()
    const claims = async (delayMs: number): Promise<readonly string[]> => {
      fixture.server.clockSkewMs = delayMs
      const provider = await fixture.open({ clock: { ...hastyClock, now: () => Date.now() + delayMs } })
      return (await found(provider)).map(({ isOurs, isInUse }) => (isInUse ? 'in use' : isOurs ? 'ours' : 'foreign'))
    }
    const week = 7 * 24 * HOUR_MS
    expect(new Set(await claims(week - HOUR_MS))).toEqual(new Set(['in use']))
    expect(new Set(await claims(week + HOUR_MS))).toEqual(new Set(['ours']))
    // Where parts may not be listed nobody knows when the last one came.
    fixture.server.faults.add({
      operation: 'ListParts',
      times: 9,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    })
    expect(await claims(week + HOUR_MS)).toContain('in use')
    fixture.server.faults.clear()
    // A part that arrived since tells that somebody is at it.
    const [upload] = [...bucketOf(fixture).uploads.values()].filter(({ key }) => key === `mine/${path}`)
    const lastModifiedMs = Date.now() + week
    const content = bucketOf(fixture).contents.keep(Buffer.alloc(1))
    upload!.parts.set(9, { number: 9, etag: '"x"', content, md5: Buffer.alloc(16), lastModifiedMs })
    expect(new Set(await claims(week + HOUR_MS))).toEqual(new Set(['in use']))
  })

  it('are found on every page, in any bucket', async () => {
    const fixture = await prepared({ quirks: { maxKeys: 2 } })
    for (let index = 0; index < 7; index++) {
      beginForeign(fixture, `mine/same name +%.bin`)
      beginForeign(fixture, `mine/.tidekeep/segments/0123456789abcdef0123456789abcdef/${index + 1}`)
    }
    const leftovers = await found(fixture.provider)
    expect(leftovers.filter(({ path: shown }) => shown === 'same name +%.bin')).toHaveLength(7)
    expect(leftovers.filter(({ kind }) => kind === 'segment')).toHaveLength(7)
    expect(new Set(leftovers.map(({ token }) => token)).size).toBe(14)
    await removeOurs(fixture.provider)
    expect(bucketOf(fixture).uploads.size).toBe(7)
  })

  it('are removed version by version, delete markers too', async () => {
    const fixture = await prepared({ quirks: { maxKeys: 2 } })
    const bucket = bucketOf(fixture)
    bucket.versioning = 'enabled'
    const key = 'mine/.tidekeep/segments/0123456789abcdef0123456789abcdef/1'
    const draft = { ...bucket.current(`mine/${path}`)!, key }
    for (let index = 0; index < 5; index++) bucket.add(draft)
    bucket.add({ ...draft, deleteMarker: true })
    expect(await found(fixture.provider)).toHaveLength(6)
    await removeOurs(fixture.provider)
    expect(bucket.versions(key)).toEqual([])
  })

  it('are found without versions where those may not be listed', async () => {
    const fixture = await prepared()
    const bucket = bucketOf(fixture)
    const key = 'mine/.tidekeep/segments/0123456789abcdef0123456789abcdef/1'
    bucket.add({ ...bucket.current(`mine/${path}`)!, key })
    fixture.server.faults.add({
      operation: 'ListObjectVersions',
      times: 9,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    })
    await removeOurs(fixture.provider)
    expect(bucket.versions(key)).toEqual([])
  })

  it('are aborted until no part is left', async () => {
    const fixture = await prepared()
    const bucket = bucketOf(fixture)
    const key = 'mine/.tidekeep/segments/0123456789abcdef0123456789abcdef/1'
    const id = beginForeign(fixture, key)
    const content = bucket.contents.keep(Buffer.alloc(10))
    bucket.uploads
      .get(id)!
      .parts.set(1, { number: 1, etag: '"x"', content, md5: Buffer.alloc(16), lastModifiedMs: 0, isCopy: false })
    // Says it is done, and is not: a part was on its way.
    fixture.server.faults.add({ operation: 'AbortMultipartUpload', times: 2, action: { kind: 'status', status: 204 } })
    await removeOurs(fixture.provider)
    expect(bucket.uploads.has(id)).toBe(false)
    expect(fixture.server.count('AbortMultipartUpload')).toBe(3)
  })

  it('of an upload whose beginning was never confirmed are ours once it cannot be the one that begins', async () => {
    const fixture = await prepared()
    const base = await storeBase(fixture, path, 20_000)
    const file = await edited(fixture, base)
    await withFile(file.bytes, async (_content, absolutePath) => {
      fixture.server.faults.add({ operation: 'CreateMultipartUpload', times: 4, action: { kind: 'reset-after' } })
      const { features } = fixture.provider
      await features.assemble!(path, fileContent(absolutePath), file.plan.parts, onto(base)).catch(() => undefined)
    })
    fixture.server.faults.clear()
    beginForeign(fixture, `mine/${path}`)
    const after = (delayMs: number): Promise<S3Provider> => {
      fixture.server.clockSkewMs = delayMs
      return fixture.open({ clock: { ...hastyClock, now: () => Date.now() + delayMs } })
    }
    const soon = await found(await after(HOUR_MS / 6))
    expect(soon.map(({ isOurs, isInUse }) => isOurs && isInUse)).toEqual([true, false])
    const later = await after(HOUR_MS)
    const claims = (await found(later)).map(({ isOurs, isInUse }) => ({ isOurs, isInUse }))
    expect(claims).toEqual([
      { isOurs: true, isInUse: false },
      { isOurs: false, isInUse: false },
    ])
  })
})
