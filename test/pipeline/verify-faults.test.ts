import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SourceProvider, TargetProvider } from '../../main/providers/provider.ts'
import { openTarget } from '../../main/providers/registry.ts'
import { createRecords } from '../../main/restore/records.ts'
import type { ReadDataChoice } from '../../main/restore/selection.ts'
import { verify } from '../../main/restore/verify.ts'
import type { VerifyResult } from '../../main/restore/verify-tally.ts'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'
import { seededRandom } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'

const SEED = 20_261_121
const FILES = 1_200
const FAULTS = { flipped: 150, truncated: 70, missing: 70, swapped: 120, older: 90 } as const
type Fault = keyof typeof FAULTS

/** What can go wrong with what a target holds, without the program having a hand in it. */
interface Breaking {
  flip(path: string, place: number): void
  truncate(path: string, sizeBytes: number): void
  remove(path: string): void
  /** Each gets the other's object, whole. */
  swap(one: string, other: string): void
  /** The object that was there before the last change, whole. */
  older(path: string, content: string): void
}

const cleanUps: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

interface World {
  readonly harness: Harness
  readonly provider: SourceProvider
  readonly breaking: Breaking
}

async function backedUp(wrap?: (target: TargetProvider) => TargetProvider): Promise<Harness> {
  const random = seededRandom(SEED)
  const write = (source: string, index: number): void => {
    const path = join(source, nameOf(index))
    mkdirSync(dirname(path), { recursive: true })
    // Every third has the length of its neighbour, so that no size gives a swap away.
    const size = index % 3 === 0 ? 200 : 200 + Math.floor(random.next() * 4_000)
    writeFileSync(path, contentOf(index, size))
  }
  const harness = await startEngine({
    prepare: (source) => {
      for (let index = 0; index < FILES; index++) write(source, index)
    },
    ...(wrap === undefined ? {} : { wrap }),
  })
  cleanUps.push(() => harness.remove())
  await harness.until('protected')
  return harness
}

function nameOf(index: number): string {
  return `folder ${index % 13}/file ${index}.bin`
}

function contentOf(index: number, size: number): string {
  return `${index}:${seededRandom(index).hex(Math.ceil(size / 2))}`.slice(0, size)
}

async function localWorld(): Promise<World> {
  const harness = await backedUp()
  const at = (path: string): string => join(harness.target, path)
  const put = (path: string, bytes: string | Uint8Array, mtime: Date): void => {
    writeFileSync(at(path), bytes)
    utimesSync(at(path), mtime, mtime)
  }
  const provider = await openTarget(
    harness.target,
    {},
    { host: harness.host, pool: harness.pool, secrets: noSecrets, mustExist: true },
  )
  cleanUps.push(() => provider.close())
  return {
    harness,
    provider,
    breaking: {
      flip: (path, place) => {
        const bytes = readFileSync(at(path))
        bytes[place % bytes.length]! ^= 1 << (place % 8)
        put(path, bytes, statSync(at(path)).mtime)
      },
      truncate: (path, sizeBytes) => truncateSync(at(path), sizeBytes),
      remove: (path) => rmSync(at(path)),
      swap: (one, other) => {
        const [left, right] = [one, other].map((path) => ({
          bytes: readFileSync(at(path)),
          mtime: statSync(at(path)).mtime,
        }))
        put(one, right!.bytes, right!.mtime)
        put(other, left!.bytes, left!.mtime)
      },
      older: (path, content) => put(path, content, statSync(at(path)).mtime),
    },
  }
}

async function s3World(): Promise<World> {
  const fixture = await startS3Fixture()
  cleanUps.push(() => fixture.close())
  const opened = await fixture.open()
  const harness = await backedUp(() => opened)
  return { harness, provider: await fixture.open(), breaking: bucketBreaking(fixture) }
}

/** Behind the store's back: it goes on telling what it told before, where nothing else is said. */
function bucketBreaking({ server, bucket: name }: S3Fixture): Breaking {
  const bucket = server.buckets.get(name)!
  const put = (key: string, bytes: Buffer, like = bucket.require(key)): void =>
    void bucket.add({ ...like, key, content: bucket.contents.keep(bytes) })
  return {
    flip: (path, place) => {
      const bytes = Buffer.from(bucket.require(path).content.bytes())
      bytes[place % bytes.length]! ^= 1 << (place % 8)
      put(path, bytes)
    },
    truncate: (path, sizeBytes) => put(path, bucket.require(path).content.bytes().subarray(0, sizeBytes)),
    remove: (path) => void bucket.drop(path, 'null'),
    swap: (one, other) => {
      const [left, right] = [bucket.require(one), bucket.require(other)]
      put(one, right.content.bytes(), right)
      put(other, left.content.bytes(), left)
    },
    older: (path, content) => put(path, Buffer.from(content)),
  }
}

const noSecrets = {
  get: async () => undefined,
  set: async () => undefined,
  remove: async () => undefined,
  describe: () => 'none',
}

function check({ harness, provider }: World, readData?: ReadDataChoice): Promise<VerifyResult> {
  const { store, folderId, host } = harness
  const { signal } = new AbortController()
  return verify({
    provider,
    records: createRecords([{ baseline: store.baseline, folderId }]),
    ...(readData === undefined ? {} : { readData }),
    clock: realClock,
    random: host.random,
    stop: signal,
    kill: signal,
    onEvent: () => undefined,
  })
}

/** Breaks 500 of the files, and answers which and how. */
function breakMany(breaking: Breaking): ReadonlyMap<string, Fault> {
  const faults = new Map<string, Fault>()
  // Swapped ones are taken from those of one length, in pairs.
  const sameSize = Array.from({ length: FILES / 3 }, (_, index) => nameOf(index * 3))
  const others = Array.from({ length: FILES }, (_, index) => index)
    .filter((index) => index % 3 !== 0)
    .map(nameOf)
  for (let pair = 0; pair < FAULTS.swapped / 2; pair++) {
    const [one, other] = [sameSize.pop()!, sameSize.pop()!]
    breaking.swap(one, other)
    faults.set(one, 'swapped').set(other, 'swapped')
  }
  for (let count = 0; count < FAULTS.older; count++) {
    const path = sameSize.pop()!
    breaking.older(path, contentOf(100_000 + count, 200))
    faults.set(path, 'older')
  }
  const next = (): string => others.splice((others.length * 7919) % others.length, 1)[0] ?? others.pop()!
  for (let count = 0; count < FAULTS.flipped; count++) {
    const path = next()
    breaking.flip(path, count * 31)
    faults.set(path, 'flipped')
  }
  for (let count = 0; count < FAULTS.truncated; count++) {
    const path = next()
    breaking.truncate(path, 100 + (count % 100))
    faults.set(path, 'truncated')
  }
  for (let count = 0; count < FAULTS.missing; count++) {
    const path = next()
    breaking.remove(path)
    faults.set(path, 'missing')
  }
  return faults
}

describe.each([
  { name: 'a folder of this computer', open: localWorld },
  { name: 'an S3 bucket', open: s3World },
])(`what 500 faults leave at $name (seed ${SEED})`, ({ open }) => {
  let world: World
  /** What was found before anything was broken. */
  const intact: VerifyResult[] = []
  let faults: ReadonlyMap<string, Fault>
  beforeAll(async () => {
    world = await open()
    intact.push(await check(world, { kind: 'all' }), await check(world))
    faults = breakMany(world.breaking)
  })

  it('is found to the last one by reading it back, and nothing else is called wrong', async () => {
    expect(intact[0]).toMatchObject({ findings: [], failures: [], filesRead: FILES, unverifiable: 0 })
    expect(faults.size).toBe(500)
    const { findings } = await check(world, { kind: 'all' })
    expect(findings.map(({ path }) => path).toSorted()).toEqual([...faults.keys()].toSorted())
  })

  it('is found without reading where something is missing or has another size, and nothing intact is called wrong', async () => {
    expect(intact[1]).toMatchObject({ findings: [], failures: [], filesRead: 0 })
    const { findings } = await check(world)
    const found = new Map(findings.map(({ path, kind }) => [path, kind]))
    const expected = [...faults].flatMap(([path, fault]) =>
      fault === 'missing' ? [[path, 'missing']] : fault === 'truncated' ? [[path, 'resized']] : [],
    )
    expect(expected).toHaveLength(FAULTS.missing + FAULTS.truncated)
    expect(expected.map(([path]) => [path, found.get(path!)])).toEqual(expected)
    expect([...found.keys()].filter((path) => !faults.has(path))).toEqual([])
  })

  it('is found by the seven turns of a rotation together', async () => {
    const found = new Set<string>()
    for (let turn = 1; turn <= 7; turn++)
      for (const { path } of (await check(world, { kind: 'rotation', turn, turns: 7 })).findings) found.add(path)
    expect([...found].toSorted()).toEqual([...faults.keys()].toSorted())
  })
})
