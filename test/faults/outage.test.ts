import { afterEach, describe, expect, it } from 'vitest'
import type { DirectFault, DirectRequest, DirectStore } from '../fakes/s3/direct-store.ts'
import { contentAt, startStoredEngine, type StoredEngine } from '../fakes/s3/stored-engine.ts'

const SEED = 20261121
const FILES = Array.from({ length: 1000 }, (_, index) => `d${index % 10}/f${String(index).padStart(4, '0')}`)
/** Enough where it does not matter how many are on their way. */
const FEW_FILES = FILES.slice(0, 300)
const SECOND = 1_000
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let serial = 0
const running: StoredEngine[] = []
afterEach(async () => {
  for (const world of running.splice(0)) await world.stop()
})

interface World {
  readonly world: StoredEngine
  readonly store: DirectStore
  readonly others: readonly DirectStore[]
}

async function start(files: readonly string[] = FILES, folders = 1): Promise<World> {
  // Names of their own: what a store can do is remembered for the life of the process.
  const names = Array.from({ length: folders }, () => `outage-${++serial}`)
  const world = await startStoredEngine({ seed: SEED, files, buckets: names })
  running.push(world)
  const [store, ...others] = names.map((name) => world.stores.get(name)!)
  store!.bucket.versioning = 'enabled'
  return { world, store: store!, others }
}

const isSafe = ({ world }: World, { bucket }: DirectStore): boolean => world.folder(bucket.name).state === 'protected'
const storedKeys = ({ bucket }: DirectStore): readonly string[] =>
  bucket.keys().filter((key) => !key.startsWith('.tidekeep/') && bucket.current(key)?.deleteMarker === false)

/** Runs until a fifth is stored. */
async function begun(files = FILES): Promise<World> {
  const place = await start(files)
  await place.world.pass(10 * MINUTE, () => storedKeys(place.store).length > files.length / 5)
  expect(storedKeys(place.store).length).toBeLessThan(files.length)
  return place
}

/** Ends the outage; resolves to the milliseconds until everything was safe. */
async function recover(place: World): Promise<number> {
  place.store.fault = () => undefined
  const backMs = place.world.time.nowMs
  await place.world.pass(30 * MINUTE, () => isSafe(place, place.store))
  return place.world.time.nowMs - backMs
}

/** `attention`: what people are told, besides what is said of the target. */
function expectUnharmed({ world, store }: World, attention: readonly string[] = []): void {
  const jobs = world.state.queue.list({ limit: 5000 })
  expect(jobs.filter(({ state, attempts }) => state === 'dead' || attempts > 0)).toEqual([])
  expect(jobs.length).toBeGreaterThan(0)
  expect(world.engine.status().headline).toBe('offline')
  expect(world.folder(store.bucket.name).state).toBe('offline')
  const [, ...others] = world.engine.status().attention.map(({ kind }) => kind)
  expect(others).toEqual(attention)
  expect(world.engine.status().attention).toHaveLength(1 + attention.length)
}

function expectAllStored({ store }: World, files = FILES): void {
  expect(storedKeys(store)).toHaveLength(files.length)
  for (const path of files) expect(store.bytes(path)?.toString()).toBe(contentAt(path))
  // Nothing was taken for a conflict and kept aside.
  const own = store.bucket.keys().filter((key) => key.startsWith('.tidekeep/'))
  expect(own.every((key) => key.startsWith('.tidekeep/probe-'))).toBe(true)
}

const HTML = { 'content-type': 'text/html', 'content-length': '26' }
const OUTAGES: Readonly<Record<string, DirectFault>> = {
  'nobody listens': { kind: 'refused' },
  'the name is not known': { kind: 'unknown-name' },
  'the certificate is not right': { kind: 'bad-certificate' },
  'connections break before the work': { kind: 'lost-request' },
  'connections break after the work': { kind: 'lost-answer' },
  'nothing is heard': { kind: 'silent' },
  'nothing is heard although the work is done': { kind: 'silent', after: true },
  'every answer is 500': { kind: 'status', status: 500 },
  'every answer is 500 although the work is done': { kind: 'status', status: 500, after: true },
  'every answer is 503 SlowDown': { kind: 'status', status: 503, code: 'SlowDown' },
  'every answer is 429': { kind: 'status', status: 429, code: 'TooManyRequests', headers: { 'retry-after': '120' } },
  'a sign-in page says 200': { kind: 'answer', status: 200, headers: HTML, body: '<html>sign in here</html>' },
  'a sign-in page redirects': { kind: 'answer', status: 302, headers: { location: 'http://portal.test/' } },
  'a proxy wants a password': { kind: 'answer', status: 407, headers: HTML, body: '<html>who are you?</html>' },
  'a web server says 404': { kind: 'answer', status: 404, headers: HTML, body: '<!DOCTYPE html><p>none</p>' },
  'all rights are gone': { kind: 'status', status: 403, code: 'AccessDenied' },
  'the bucket is gone': { kind: 'status', status: 404, code: 'NoSuchBucket' },
  'the clock is not believed': { kind: 'status', status: 403, code: 'RequestTimeTooSkewed' },
}
/** Each answer that was lost costs one more request, to find out what became of it. */
const AFTER_THE_WORK = /after the work|although the work/
/** Each refusal is answered by one attempt with another time, or by a probe. */
const ASKS_TWICE = new Set(['the clock is not believed', 'all rights are gone', 'the bucket is gone'])

let healthyCount: number | undefined
async function countHealthy(): Promise<number> {
  const healthy = await start()
  await healthy.world.pass(10 * MINUTE, () => isSafe(healthy, healthy.store))
  await healthy.world.stop()
  return healthy.store.count()
}

describe(`ten minutes without a store, 1,000 files on their way (seed ${SEED})`, () => {
  it.each(Object.entries(OUTAGES))('because %s: nothing is lost, blamed or asked too often', async (name, fault) => {
    healthyCount ??= await countHealthy()
    const place = await begun()
    const before = place.store.count()
    place.store.fault = () => fault
    await place.world.pass(10 * MINUTE)
    const during = place.store.count() - before
    expectUnharmed(place)
    const recoveryMs = await recover(place)
    const share = place.store.count() / healthyCount
    console.log(
      `${name}: ${during} requests meanwhile, ${share.toFixed(2)} of a healthy run's ${healthyCount} in all, safe again after ${(recoveryMs / SECOND).toFixed(0)} s`,
    )
    expect(isSafe(place, place.store)).toBe(true)
    expectAllStored(place)
    const isDearer = AFTER_THE_WORK.test(name) || ASKS_TWICE.has(name)
    expect(share).toBeLessThanOrEqual(isDearer ? 1.3 : 1.2)
    expect(recoveryMs).toBeLessThanOrEqual(name === 'every answer is 429' ? 120 * SECOND : MINUTE)
    // I4: one version of each, and one more at most for each answer that was lost.
    const versions = FILES.map((path) => place.store.bucket.versions(path).length)
    expect(Math.max(...versions)).toBe(1)
  })

  it('for two days harms nothing either, and is still over within the minute', async () => {
    const files = FILES.slice(0, 100)
    const place = await start(files)
    await place.world.pass(400)
    const before = place.store.count()
    place.store.fault = () => ({ kind: 'refused' })
    await place.world.pass(2 * DAY)
    // Nothing failed for good, and still nobody should believe that what was saved yesterday is safe.
    expectUnharmed(place, ['overdue'])
    expect((place.store.count() - before) / 48).toBeLessThan(300)
    expect(await recover(place)).toBeLessThanOrEqual(MINUTE)
    expectAllStored(place, files)
  })
})

describe('politeness', () => {
  it('spreads attempts over the whole of a random wait', async () => {
    const place = await begun(FEW_FILES)
    const startMs = clockOf(place)
    place.store.fault = () => ({ kind: 'status', status: 503, code: 'ServiceUnavailable' })
    await place.world.pass(6 * 60 * MINUTE)
    const gaps = gapsOf(
      place.store.requests.filter(({ atMs, operation }) => atMs > startMs + 5 * MINUTE && operation === 'PutObject'),
    )
    const tens = Map.groupBy(
      gaps.filter((gap) => gap > 2 * SECOND),
      (gap) => Math.floor(gap / (10 * SECOND)),
    )
    expect(gaps.length).toBeGreaterThan(300)
    expect([0, 1, 2, 3].map((ten) => (tens.get(ten)?.length ?? 0) > 30)).toEqual([true, true, true, true])
    expect(Math.max(...gaps)).toBeLessThanOrEqual(41 * SECOND)
  })

  it.each([
    ['120', 120 * SECOND],
    ['Thu, 01 Jan 2026 00:05:00 GMT', 5 * MINUTE],
    ['1000000000', 15 * MINUTE],
  ])(
    'leaves a store alone for as long as its Retry-After of %s says, up to a quarter of an hour',
    async (header, waitMs) => {
      const place = await begun(FEW_FILES)
      const date = 'Thu, 01 Jan 2026 00:00:00 GMT'
      place.store.fault = () => ({
        kind: 'status',
        status: 503,
        code: 'SlowDown',
        headers: { 'retry-after': header, date },
      })
      // What is on its way already cannot be held back.
      await place.world.pass(SECOND)
      const quietFrom = clockOf(place) - SECOND
      const sent = place.store.count()
      await place.world.pass(waitMs - 2 * SECOND)
      expect(place.store.count()).toBe(sent)
      await place.world.pass(waitMs * 3)
      const waves = gapsOf(place.store.requests.filter(({ atMs }) => atMs >= quietFrom)).filter((gap) => gap > SECOND)
      expect(waves.length).toBeGreaterThanOrEqual(3)
      for (const gap of waves) expect(Math.abs(gap - waitMs)).toBeLessThanOrEqual(100)
    },
  )

  it.each(['-5', 'soon', '', '0x7fffffff', '1e9'])('makes nothing of a Retry-After of "%s"', async (header) => {
    const place = await begun(FEW_FILES)
    const startMs = clockOf(place)
    place.store.fault = () => ({ kind: 'status', status: 503, code: 'SlowDown', headers: { 'retry-after': header } })
    await place.world.pass(20 * MINUTE)
    const gaps = gapsOf(place.store.requests.filter(({ atMs }) => atMs > startMs))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(41 * SECOND)
    expect(await recover(place)).toBeLessThanOrEqual(MINUTE)
  })

  it.each<[string, DirectFault, number]>([
    ['400 InvalidRequest', { kind: 'status', status: 400, code: 'InvalidRequest' }, 1],
    ['403 AccessDenied', { kind: 'status', status: 403, code: 'AccessDenied' }, 1],
  ])('does not ask again after %s', async (_what, fault, asked) => {
    const place = await start(['a', 'b', 'c'])
    place.store.fault = ({ operation, key }) => (operation === 'PutObject' && key === 'b' ? fault : undefined)
    await place.world.pass(4 * MINUTE)
    const ofB = place.store.requests.filter(({ key, operation }) => key === 'b' && operation === 'PutObject')
    expect(ofB).toHaveLength(asked)
    expect(storedKeys(place.store)).toEqual(expect.arrayContaining(['a', 'c']))
  })

  it('signs anew once where a token is stale, and then waits for another one', async () => {
    const place = await start(['a', 'b', 'c'])
    place.store.fault = ({ key }) =>
      key === '' || key.startsWith('.tidekeep/') ? undefined : { kind: 'status', status: 401, code: 'ExpiredToken' }
    await place.world.pass(4 * MINUTE)
    for (const path of ['a', 'b', 'c'])
      expect(place.store.requests.filter(({ key }) => key === path).length).toBeLessThanOrEqual(2)
    expect(place.world.engine.status().attention.map(({ kind }) => kind)).toEqual(['signed-out'])
    expect(place.world.state.queue.list({ limit: 9 }).map(({ attempts }) => attempts)).toEqual([0, 0, 0])
  })

  it('has the breaker of one endpoint hold nobody else', async () => {
    const alone = await start()
    await alone.world.pass(10 * MINUTE, () => isSafe(alone, alone.store))
    const aloneMs = alone.store.requests.at(-1)!.atMs
    await alone.world.stop()
    const place = await start(FILES, 2)
    const [other] = place.others
    place.store.fault = () => ({ kind: 'silent' })
    await place.world.pass(10 * MINUTE, () => isSafe(place, other!))
    expect(storedKeys(other!)).toHaveLength(FILES.length)
    expect(other!.requests.at(-1)!.atMs).toBeLessThanOrEqual(aloneMs * 1.1)
    expect(storedKeys(place.store)).toEqual([])
  })
})

describe('what is not the network', () => {
  it('rights that are withdrawn hold the folder with one row of attention, and it goes on when they are back', async () => {
    const place = await begun()
    const isPut = ({ operation }: DirectRequest): boolean => operation === 'PutObject'
    place.store.fault = (request) =>
      isPut(request) ? { kind: 'status', status: 403, code: 'AccessDenied' } : undefined
    const stored = storedKeys(place.store).length
    await place.world.pass(60 * MINUTE)
    expectUnharmed(place)
    const [row] = place.world.engine.status().attention
    expect(row).toMatchObject({
      kind: 'target-unreachable',
      message: expect.stringMatching(/not written to|refuses one file after the other/) as string,
    })
    expect(row?.fix).toContain('s3:PutObject')
    expect(storedKeys(place.store).length - stored).toBeLessThan(150)
    expect(await recover(place)).toBeLessThanOrEqual(MINUTE)
    expectAllStored(place)
  })

  it('a mistake of this program ends one job at once, in words, and the rest goes on', async () => {
    const place = await start()
    place.store.fault = ({ key }) => {
      if (key === 'd3/f0003') throw new TypeError('undefined is not a function')
      return undefined
    }
    await place.world.pass(10 * MINUTE)
    const jobs = place.world.state.queue.list({ limit: 10 })
    expect(jobs.map(({ action, state, attempts, failure }) => [action.path, state, attempts, failure?.code])).toEqual([
      ['d3/f0003', 'dead', 1, 'internal'],
    ])
    expect(jobs[0]?.failure).toMatchObject({
      message: 'A fault in Tidekeep itself stopped this (undefined is not a function).',
      fix: expect.stringContaining('Everything else goes on') as string,
    })
    expect(storedKeys(place.store)).toHaveLength(FILES.length - 1)
    expect(place.store.requests.filter(({ key }) => key === 'd3/f0003')).toHaveLength(1)
  })
})

function clockOf({ world }: World): number {
  return world.time.nowMs - Date.UTC(2026, 0, 1)
}

function gapsOf(requests: readonly DirectRequest[]): readonly number[] {
  return requests.slice(1).map(({ atMs }, index) => atMs - requests[index]!.atMs)
}
