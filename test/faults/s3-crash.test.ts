import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { Content } from '../../main/providers/provider.ts'
import type { UploadSessions } from '../../main/providers/registry.ts'
import type { S3Provider } from '../../main/providers/s3/index.ts'
import { parseUploadRecord } from '../../main/providers/s3/upload-record.ts'
import { ASSEMBLED, compose, contentOfFile, onto, storeBase, type Base, type Composed } from '../fakes/s3/assembly.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import {
  hastyClock,
  never,
  rel,
  SMALL_TUNING,
  startS3Fixture,
  type FixtureOptions,
  type S3Fixture,
} from '../fakes/s3/harness.ts'

const path = rel('folder/file.bin')
const BASE_BYTES = 20_000
/** One part after the other: which ones arrived before a crash is then certain. */
const IN_TURN = { ...SMALL_TUNING, partsInFlight: 1, copiesInFlight: 1 }
const AT_ONCE = { ...SMALL_TUNING, partsInFlight: 4, copiesInFlight: 4 }

const closing = closesAfterEach()
const sources: { remove(): void }[] = []
afterEach(() => {
  for (const source of sources.splice(0)) source.remove()
})

async function prepared(options: FixtureOptions): Promise<S3Fixture> {
  const fixture = closing(
    await startS3Fixture({
      clock: hastyClock,
      ...options,
      quirks: { minPartBytes: 1024, ...options.quirks },
    }),
  )
  const base = await storeBase(fixture, 'prepare', BASE_BYTES)
  const { bytes, parts } = compose(base.bytes, [{ copy: 0, length: 2000 }, { literal: 1 }])
  await fixture.provider.features.assemble!(rel('prepare'), contentOfMany(bytes), parts, onto(base)).catch(
    () => undefined,
  )
  fixture.sessions.bodies.clear()
  return fixture
}

function contentOfMany(bytes: Uint8Array): Content {
  const source = contentOfFile(bytes)
  sources.push(source)
  return source.content
}

/** A process that has asked what is to be known before it plans: what follows is the upload alone. */
async function openKnowing(fixture: S3Fixture, sessions: UploadSessions = fixture.sessions): Promise<S3Provider> {
  const provider = await fixture.open({ sessions })
  await provider.features.assemblyLimits!({ signal: never })
  return provider
}

/** A process that can be killed: from then on it neither remembers nor sends anything. */
async function openMortal(fixture: S3Fixture): Promise<{ provider: S3Provider; kill(): Promise<void> }> {
  let isDead = false
  const sessions: UploadSessions = {
    get: (target, at) => fixture.sessions.get(target, at),
    put: (target, at, token, body) => (isDead ? undefined : fixture.sessions.put(target, at, token, body)),
    remove: (target, at) => (isDead ? undefined : fixture.sessions.remove(target, at)),
  }
  const provider = await openKnowing(fixture, sessions)
  return {
    provider,
    kill: async () => {
      isDead = true
      await provider.close()
    },
  }
}

interface Work {
  readonly made: Composed
  /** Requests of a run in which nothing happens. */
  readonly requestCount: number
  run(provider: S3Provider): Promise<{ readonly bytesSent: number }>
}

const WORKS: Readonly<Record<string, (base: Base) => Work>> = {
  'a stitched upload': (base) => {
    const made = compose(base.bytes, [
      { copy: 5, length: 3000 },
      { literal: 1500 },
      { copy: 9000, length: 1024 },
      { literal: 1024 },
      { literal: 3 },
    ])
    const content = contentOfMany(made.bytes)
    return {
      made,
      requestCount: 7,
      run: (provider) => provider.features.assemble!(path, content, made.parts, onto(base)),
    }
  },
  'a whole upload': (base) => {
    const made = compose(base.bytes, [{ literal: 4500 }])
    const content = contentOfMany(made.bytes)
    return {
      made,
      requestCount: 7,
      run: (provider) => provider.put(path, content, { ...ASSEMBLED, expect: base.expect }),
    }
  },
}

/** Parts at the store, of all unfinished uploads of the path. */
function heldParts(fixture: S3Fixture): number {
  const uploads = [...fixture.server.buckets.get(fixture.bucket)!.uploads.values()]
  return uploads.reduce((sum, { parts }) => sum + parts.size, 0)
}

function partRequests(fixture: S3Fixture): number {
  return fixture.server.count('UploadPart') + fixture.server.count('UploadPartCopy')
}

/** Uploads at the store that no record says are ours. */
function unknownUploads(fixture: S3Fixture): readonly string[] {
  const body = [...fixture.sessions.bodies].find(([name]) => name.endsWith(` ${path}`))?.[1]
  const record = body === undefined ? undefined : parseUploadRecord(body, path)
  const { uploads } = fixture.server.buckets.get(fixture.bucket)!
  return [...uploads.values()]
    .filter(({ id, initiatedMs }) => {
      const isIntended = record?.intentsMs.some((timeMs) => Math.abs(timeMs - initiatedMs) < 60_000)
      return record?.upload?.uploadId !== id && isIntended !== true
    })
    .map(({ id }) => id)
}

describe.each(Object.entries(WORKS))('%s that is killed', (_name, begin) => {
  const stores: readonly (readonly [string, FixtureOptions & { versioned?: boolean }])[] = [
    ['one part at a time', { tuning: IN_TURN }],
    ['several parts at once', { tuning: AT_ONCE }],
    ['in a versioned bucket', { tuning: IN_TURN, versioned: true }],
    ['at a store that knows composite checksums only', { tuning: IN_TURN, quirks: { noFullObject: true } }],
  ]
  const moments = [
    ['before', { cut: true }],
    ['after', { after: true }],
  ] as const
  it.each(stores.flatMap(([store, options]) => moments.map(([moment, fault]) => ({ store, options, moment, fault }))))(
    '$moment any of its requests, $store, ends well after a restart',
    async ({ options, moment, fault }) => {
      const inTurn = options.tuning === IN_TURN
      for (let nth = 1; ; nth++) {
        const fixture = await prepared(options)
        if (options.versioned === true) fixture.server.buckets.get(fixture.bucket)!.versioning = 'enabled'
        const base = await storeBase(fixture, path, BASE_BYTES)
        const work = begin(base)
        const victim = await openMortal(fixture)
        let wasKilled = false
        const run = async (): Promise<void> => {
          wasKilled = true
          await victim.kill()
        }
        fixture.server.faults.add({ operation: '*', nth, action: { kind: 'run', run, ...fault } })
        fixture.server.forget()
        const firstEnd = await work.run(victim.provider).then(
          () => 'ok',
          () => 'failed',
        )
        if (!wasKilled) {
          expect([firstEnd, nth]).toEqual(['ok', work.requestCount + 1])
          return
        }
        const held = heldParts(fixture)
        const isCommitted = fixture.server.bytes(fixture.bucket, path)!.equals(work.made.bytes)
        expect(unknownUploads(fixture)).toEqual([])
        fixture.server.forget()

        const survivor = await openKnowing(fixture)
        const result = await work.run(survivor)
        expect(fixture.server.bytes(fixture.bucket, path)!.equals(work.made.bytes), `killed ${moment} ${nth}`).toBe(
          true,
        )
        // All parts but those the store holds are sent; none when it was only not heard that all was done.
        const begun = fixture.server.count('CreateMultipartUpload')
        if (inTurn) expect(partRequests(fixture)).toBe(isCommitted ? 0 : begun === 1 ? 5 : 5 - held)
        if (isCommitted) expect(result.bytesSent).toBe(0)
        expect(begun).toBe(nth === 1 ? 1 : 0)
        if (options.versioned === true)
          expect(fixture.server.buckets.get(fixture.bucket)!.versions(path)).toHaveLength(2)
        expect(unknownUploads(fixture)).toEqual([])
        expect(heldParts(fixture)).toBe(0)
      }
    },
  )
})

describe('an unfinished upload', () => {
  /** Kills a run after so many parts, and gives the fixture with what is left. */
  async function interrupted(kind: keyof typeof WORKS, afterParts = 3) {
    const fixture = await prepared({ tuning: IN_TURN })
    const base = await storeBase(fixture, path, BASE_BYTES)
    const work = WORKS[kind]!(base)
    const victim = await openMortal(fixture)
    fixture.server.faults.add({
      operation: '*',
      nth: 2 + afterParts,
      action: { kind: 'run', run: () => victim.kill(), cut: true },
    })
    await work.run(victim.provider).catch(() => undefined)
    expect(heldParts(fixture)).toBe(afterParts)
    fixture.server.forget()
    return { fixture, base, work }
  }

  it('is gone on with part by part only where the store still holds what the file has', async () => {
    const { fixture, work } = await interrupted('a stitched upload')
    const kept = [...fixture.server.buckets.get(fixture.bucket)!.uploads.values()][0]!
    kept.parts.delete(1)
    kept.parts.set(2, { ...kept.parts.get(2)!, checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } })
    await work.run(await fixture.open())
    expect(fixture.server.count('UploadPartCopy')).toBe(1)
    expect(fixture.server.count('UploadPart')).toBe(3)
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(work.made.bytes)).toBe(true)
  })

  it('of a base that was replaced starts over, and ends as a conflict when that is still expected', async () => {
    const { fixture, base, work } = await interrupted('a stitched upload')
    const newer = await storeBase(fixture, path, BASE_BYTES + 1)
    fixture.server.forget()
    const survivor = await fixture.open()
    await expect(work.run(survivor)).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(fixture.server.buckets.get(fixture.bucket)!.uploads.size).toBe(0)
    const made = compose(newer.bytes, [{ copy: 0, length: 3000 }, { literal: 10 }])
    await survivor.features.assemble!(path, contentOfMany(made.bytes), made.parts, onto(newer))
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(made.bytes)).toBe(true)
    expect(base.bytes.length).not.toBe(newer.bytes.length)
  })

  it.each(['a stitched upload', 'a whole upload'])(
    'of %s that is to be cut otherwise now starts over',
    async (kind) => {
      const { fixture, base, work } = await interrupted(kind)
      const content = contentOfMany(work.made.bytes)
      const survivor = await fixture.open()
      await survivor.put(path, content, { ...ASSEMBLED, expect: base.expect })
      expect(fixture.server.count('AbortMultipartUpload')).toBe(1)
      expect(fixture.server.count('UploadPart')).toBe(Math.ceil(work.made.bytes.length / 1024))
      expect(fixture.server.bytes(fixture.bucket, path)!.equals(work.made.bytes)).toBe(true)
    },
  )

  it('that could not be aborted stays known while the next is made', async () => {
    const { fixture, base } = await interrupted('a whole upload')
    const other = compose(base.bytes, [{ literal: 3000 }])
    fixture.server.faults.add({ operation: 'AbortMultipartUpload', action: { kind: 'status', status: 500 } })
    const survivor = await fixture.open()
    await survivor.put(path, contentOfMany(other.bytes), { ...ASSEMBLED, expect: base.expect })
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(other.bytes)).toBe(true)
    expect(heldParts(fixture)).toBe(3)
    expect(unknownUploads(fixture)).toEqual([])
  })

  it('whose id was never heard of stays known as an intent until somebody removes it', async () => {
    const fixture = await prepared({ tuning: IN_TURN })
    const base = await storeBase(fixture, path, BASE_BYTES)
    const work = WORKS['a stitched upload']!(base)
    fixture.server.faults.add({ operation: 'CreateMultipartUpload', action: { kind: 'reset-after' } })
    await expect(work.run(fixture.provider)).rejects.toMatchObject({ code: 'unavailable' })
    await work.run(fixture.provider)
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(work.made.bytes)).toBe(true)
    expect(fixture.server.buckets.get(fixture.bucket)!.uploads.size).toBe(1)
    expect(unknownUploads(fixture)).toEqual([])
  })

  it("is not taken for somebody else's object of the same size and time", async () => {
    const { fixture, base, work } = await interrupted('a whole upload')
    fixture.server.buckets.get(fixture.bucket)!.uploads.clear()
    const theirs = randomBytes(work.made.bytes.length)
    const other = await fixture.open({ withoutSessions: true })
    await other.put(path, contentOfMany(theirs), { ...ASSEMBLED, expect: base.expect })
    await expect(work.run(await fixture.open())).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(theirs)).toBe(true)
  })
})

describe('a record of an unfinished upload', () => {
  const good = { version: 2, key: 'k', intentsMs: [1], upload: { uploadId: 'u', startedAtMs: 1, isOver: false } }
  it.each([
    ['no JSON', '{"version":2,"key":"k"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['of another key', JSON.stringify({ ...good, key: 'other' })],
    ['without intents', JSON.stringify({ ...good, intentsMs: undefined })],
    ['with intents that are no times', JSON.stringify({ ...good, intentsMs: ['1'] })],
    ['with an upload without id', JSON.stringify({ ...good, upload: {} })],
    ['with an upload that is null', JSON.stringify({ ...good, upload: null })],
    ['of a version to come', JSON.stringify({ ...good, version: 3 })],
  ])('that is %s counts as none', (_what, body) => {
    expect(parseUploadRecord(body, 'k')).toBeUndefined()
  })

  it('of the first version is an upload to be aborted', () => {
    const body = JSON.stringify({ version: 1, key: 'k', uploadId: 'old', sizeBytes: 5 })
    expect(parseUploadRecord(body, 'k')?.upload).toMatchObject({ uploadId: 'old', isOver: true })
  })
})
