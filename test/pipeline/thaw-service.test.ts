import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FolderId, RelPath } from '../../common/model.ts'
import type { RestoreRequest, ThawPlanView, ThawView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings } from '../../common/settings.ts'
import type { Area } from '../../main/api/area.ts'
import { createRestoreHandlers } from '../../main/api/restore.ts'
import { isKeptNeeded } from '../../main/cleanup/needed.ts'
import { readPrices } from '../../main/delta/price-list.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Store } from '../../main/state/store.ts'
import { createFakeHost } from '../fakes/host.ts'
import { contentOf, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'
import type { Version } from '../fakes/s3/types.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const CALLER = { transport: 'direct' } as const
const HOUR = 3_600_000
const DAY = 24 * HOUR
const { signal } = new AbortController()
/** The store goes by the real clock; what follows it is moved by hand. */
const START = Date.now()

let place: string
let store: S3Fixture
let bench: Service

/** The calls of a running service over a real state and the strict store. Started again, it knows what the state knows. */
class Service {
  readonly clock = new VirtualClock(START)
  readonly host = createFakeHost({ clock: this.clock })
  readonly folder: FolderSettings = {
    id: 'f1',
    name: 'Papers',
    path: join(place, 'Papers'),
    target: `s3://${store.bucket}`,
    mode: 'backup',
    paused: false,
    ignore: [],
  }
  folders: readonly FolderSettings[] = [this.folder]
  handlers!: Area<'restore' | 'versions' | 'thaw'>
  isAway = false
  #state: Store | undefined
  #ends: (() => Promise<void>)[] = []

  async start(): Promise<void> {
    const { store: state } = await openStore({ directory: join(place, 'state'), clock: this.clock, log: this.host.log })
    state.folders.set('f1' as never, { compared: true })
    this.#state = state
    this.handlers = createRestoreHandlers({
      host: this.host,
      store: state,
      settings: { get: () => ({ ...DEFAULT_SETTINGS, folders: [...this.folders] }), update: () => Promise.resolve() },
      openTarget: async () => {
        if (this.isAway) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
        return { ...store.provider, ...methods(), close: async () => undefined }
      },
      openDelta: () => undefined,
      pricesOf: () => readPrices('/nowhere'),
      onStop: (end) => void this.#ends.push(end),
      engine: {},
    })
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end()
    this.#state?.close()
    this.#state = undefined
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Moves time on until something is so: real requests take real turns of the event loop. */
  async until(isSo: () => boolean | Promise<boolean>, stepMs: number): Promise<void> {
    for (let turn = 0, endMs = performance.now() + 60_000; performance.now() < endMs; turn++) {
      if (await isSo()) return
      if (turn % 20 === 19) await this.clock.advance(stepMs)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error('it never became so')
  }

  /** Moves time on, and lets what falls due ask the store: until no request came for a while. */
  async advance(durationMs: number): Promise<void> {
    await this.clock.advance(durationMs)
    for (let quiet = 0, seen = -1; quiet < 10; quiet++) {
      const { length } = store.server.requests
      if (length !== seen) quiet = 0
      seen = length
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  get state(): Store {
    return this.#state!
  }

  async planned(
    to: RestoreRequest['to'],
    paths: readonly string[] = [''],
    when: Pick<RestoreRequest, 'atMs' | 'token'> = {},
  ): Promise<ThawPlanView> {
    let timeline = await this.handlers['restore.open']({ folderId: 'f1' }, CALLER)
    await this.until(async () => {
      timeline = await this.handlers['restore.timeline']({ id: timeline.id }, CALLER)
      return timeline.state === 'ready'
    }, 1)
    let run = await this.handlers['restore.plan']({ id: timeline.id, paths, to, ...when }, CALLER)
    await this.until(async () => {
      run = await this.handlers['restore.run']({ id: run.id }, CALLER)
      return run.state === 'done'
    }, 1)
    let plan = await this.handlers['thaw.plan']({ id: run.id }, CALLER)
    await this.until(async () => {
      plan = await this.handlers['thaw.planned']({ id: plan.id }, CALLER)
      return plan.state !== 'looking'
    }, 1)
    return plan
  }

  async thaw(): Promise<ThawView> {
    const { thaws } = await this.handlers['thaw.list']({ folderId: 'f1' }, CALLER)
    return thaws[0]!
  }
}

function methods() {
  const { provider } = store
  return {
    list: (...given: Parameters<typeof provider.list>) => provider.list(...given),
    stat: (...given: Parameters<typeof provider.stat>) => provider.stat(...given),
    read: (...given: Parameters<typeof provider.read>) => provider.read(...given),
    put: (...given: Parameters<typeof provider.put>) => provider.put(...given),
    remove: (...given: Parameters<typeof provider.remove>) => provider.remove(...given),
  }
}

async function put(path: string, content: string, storageClass: string): Promise<void> {
  const provider = await store.open({ options: { storageClass } })
  const options = { metadata: { mtimeNs: 1n }, expect: { kind: 'any' }, signal } as const
  await provider.put(path as RelPath, contentOf(content), options)
}

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-thaw-'))
  mkdirSync(join(place, 'Papers'))
  store = await startS3Fixture()
  store.server.buckets.get(store.bucket)!.thawing = 'when-told'
  await put('warm.txt', 'warm', 'STANDARD')
  await put('tax/2009.pdf', 'two thousand nine', 'DEEP_ARCHIVE')
  await put('tax/2010.pdf', 'two thousand ten', 'GLACIER')
  bench = new Service()
  await bench.start()
})
afterEach(async () => {
  await bench.stop()
  await store.close()
  rmSync(place, { recursive: true, force: true })
})

const requests = (): number => store.server.count('RestoreObject')
const bucket = () => store.server.buckets.get(store.bucket)!

describe('a thaw as a job of the service', () => {
  it('shows price and hours before anything is asked for, and only speeds that every file can be had at', async () => {
    const plan = await bench.planned({ kind: 'in-place' })
    expect(plan).toMatchObject({ state: 'ready', frozen: { files: 2 }, underWay: { files: 0 }, ready: { files: 0 } })
    expect(plan.tiers.map(({ speed, longestMs }) => [speed, longestMs])).toEqual([
      ['standard', 12 * HOUR],
      ['bulk', 48 * HOUR],
    ])
    expect(plan.tiers[0]!.dollars).toBeCloseTo(0.00005 + 0.0001, 6)
    const glacier = await bench.planned({ kind: 'in-place' }, ['tax/2010.pdf'])
    expect(glacier.tiers.map(({ speed }) => speed)).toEqual(['expedited', 'standard', 'bulk'])
    expect(requests()).toBe(0)
  })

  it('asks once, looks rarely, survives restarts, restores when everything is there, and tells so', async () => {
    const directory = join(place, 'back')
    const { id } = await bench.planned({ kind: 'directory', path: directory })
    const asked = await bench.handlers['thaw.request']({ id, speed: 'standard', days: 7 }, CALLER)
    expect(asked).toMatchObject({ state: 'asking', files: 2, readyByMs: bench.clock.now() + 12 * HOUR })
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 1)
    expect(requests()).toBe(2)

    await bench.restart()
    store.server.forget()
    for (let hour = 0; hour < 11; hour++) {
      await bench.advance(HOUR)
      if (hour === 5) await bench.restart()
    }
    expect(await bench.thaw()).toMatchObject({ state: 'waiting', readyFiles: 0 })
    expect(requests()).toBe(0)
    const looks = store.server.count('HeadObject')
    expect(looks).toBeGreaterThan(4)
    expect(looks).toBeLessThanOrEqual(2 * 11)

    bucket().thawAll(Date.now())
    await bench.until(async () => (await bench.thaw()).state === 'done', HOUR)
    expect(await bench.thaw()).toMatchObject({
      restoredFiles: 3,
      failed: 0,
      readyUntilMs: expect.any(Number) as number,
    })
    expect(readFileSync(join(directory, 'tax/2009.pdf'), 'utf8')).toBe('two thousand nine')
    expect(readFileSync(join(directory, 'tax/2010.pdf'), 'utf8')).toBe('two thousand ten')
    expect(requests()).toBe(0)
    expect(bench.host.notices.map(({ title }) => title)).toEqual([
      'Archived files can be read',
      'Archived files restored',
    ])
    expect(new Set(bench.host.notices.map(({ id: notice }) => notice)).size).toBe(1)

    await bench.handlers['thaw.forget']({ id: asked.id }, CALLER)
    expect(await bench.thaw()).toBeUndefined()
  })

  it('thaws an archived earlier version as one of its own, which nobody lets go of meanwhile', async () => {
    bucket().versioning = 'enabled'
    for (const content of ['second', 'third']) await put('tax/2009.pdf', content, 'DEEP_ARCHIVE')
    const versions = bucket().versions('tax/2009.pdf') as (Version & { lastModifiedMs: number })[]
    for (const [at, version] of versions.entries()) version.lastModifiedMs = START - (4 - at) * DAY
    const [first, second, third] = versions
    const directory = join(place, 'back')
    const when = { atMs: START - 2.5 * DAY }
    const { id, frozen, tiers } = await bench.planned({ kind: 'directory', path: directory }, ['tax/2009.pdf'], when)
    expect(frozen).toEqual({ files: 1, bytes: 'second'.length })
    expect(tiers.map(({ speed, longestMs }) => [speed, longestMs])).toEqual([
      ['standard', 12 * HOUR],
      ['bulk', 48 * HOUR],
    ])
    expect(tiers[0]!.dollars).toBeGreaterThan(0)

    await bench.handlers['thaw.request']({ id, speed: 'standard', days: 7 }, CALLER)
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 1)
    expect([first, second, third].map((version) => version!.thawingDays)).toEqual([undefined, 7, undefined])
    const isNeeded = () => isKeptNeeded(bench.state, 'f1' as FolderId, 'tax/2009.pdf' as RelPath)
    expect(isNeeded()).toBe(true)
    await bench.restart()
    bucket().thawAll(Date.now())
    await bench.until(async () => (await bench.thaw()).state === 'done', HOUR)
    expect(await bench.thaw()).toMatchObject({ restoredFiles: 1, failed: 0 })
    expect(readFileSync(join(directory, 'tax/2009.pdf'), 'utf8')).toBe('second')
    expect(isNeeded()).toBe(false)
    expect(requests()).toBe(1)
  })

  it('goes on asking where a restart cut it off, and asks for nothing twice', async () => {
    const { id } = await bench.planned({ kind: 'in-place' })
    bench.isAway = true
    await bench.handlers['thaw.request']({ id, speed: 'bulk', days: 3 }, CALLER)
    await bench.until(async () => (await bench.thaw()).trouble !== undefined, 1)
    expect(requests()).toBe(0)
    await bench.restart()
    bench.isAway = false
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 10 * 60_000)
    expect(requests()).toBe(2)
    expect((await bench.thaw()).trouble).toBeUndefined()
  })

  it('takes for nothing what others asked for already, and pays only for the rest', async () => {
    await store.provider.features.thaw!('tax/2009.pdf' as RelPath, { speed: 'bulk', days: 7, signal })
    store.server.forget()
    const plan = await bench.planned({ kind: 'in-place' })
    expect(plan).toMatchObject({ frozen: { files: 1 }, underWay: { files: 1 } })
    await bench.handlers['thaw.request']({ id: plan.id, speed: 'standard', days: 7 }, CALLER)
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 1)
    expect(requests()).toBe(1)
  })

  it('does not thaw what is here already', async () => {
    const first = await bench.planned({ kind: 'in-place' }, ['tax/2010.pdf'])
    await bench.handlers['thaw.request']({ id: first.id, speed: 'expedited', days: 1 }, CALLER)
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 1)
    bucket().thawAll(Date.now())
    await bench.until(async () => (await bench.thaw()).state === 'done', HOUR)
    const second = await bench.planned({ kind: 'in-place' })
    expect(second).toMatchObject({ frozen: { files: 1 }, ready: { files: 0 } })
  })

  it('stops when it is told to, and restores nothing then', async () => {
    const { id } = await bench.planned({ kind: 'in-place' })
    const { id: thaw } = await bench.handlers['thaw.request']({ id, speed: 'standard', days: 7 }, CALLER)
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 1)
    await expect(bench.handlers['thaw.forget']({ id: thaw }, CALLER)).rejects.toMatchObject({ code: 'locked' })
    expect(await bench.handlers['thaw.cancel']({ id: thaw }, CALLER)).toMatchObject({ state: 'cancelled' })
    bucket().thawAll(Date.now())
    store.server.forget()
    await bench.advance(2 * DAY)
    expect(store.server.requests).toHaveLength(0)
    expect(readdirSync(bench.folder.path)).toEqual([])
  })

  it('says what was refused and restores the rest', async () => {
    const { id } = await bench.planned({ kind: 'in-place' })
    await store.provider.remove('tax/2010.pdf' as RelPath, { expect: { kind: 'any' }, signal })
    await bench.handlers['thaw.request']({ id, speed: 'standard', days: 7 }, CALLER)
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 1)
    bucket().thawAll(Date.now())
    await bench.until(async () => (await bench.thaw()).state === 'done', HOUR)
    expect(await bench.thaw()).toMatchObject({ refusedFiles: 1, failed: 1, failures: [{ path: 'tax/2010.pdf' }] })
    expect(readFileSync(join(bench.folder.path, 'tax/2009.pdf'), 'utf8')).toBe('two thousand nine')
  })

  it('never asks anew by itself for copies that ended before they were restored', async () => {
    const { id } = await bench.planned({ kind: 'in-place' })
    await bench.handlers['thaw.request']({ id, speed: 'standard', days: 1 }, CALLER)
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 1)
    bucket().thawAll(Date.now() - 3 * DAY)
    store.server.forget()
    await bench.until(async () => (await bench.thaw()).state === 'failed', HOUR)
    expect(requests()).toBe(0)
    expect((await bench.thaw()).failures[0]?.message).toMatch(/ended before it was restored/)
    expect(bench.host.notices.at(-1)?.title).toBe('Archived files were not restored')
  })

  it('asks for nothing where the place refuses, and ends where the folder is no longer kept there', async () => {
    const refused = bench.planned({ kind: 'directory', path: join(bench.host.paths.state, 'x') })
    await expect(refused).rejects.toMatchObject({ code: 'invalid' })
    const { id } = await bench.planned({ kind: 'in-place' })
    rmSync(bench.folder.path, { recursive: true })
    await expect(bench.handlers['thaw.request']({ id, speed: 'standard', days: 1 }, CALLER)).rejects.toMatchObject({
      code: 'not-found',
    })
    expect(requests()).toBe(0)
    mkdirSync(bench.folder.path)
    await bench.handlers['thaw.request']({ id, speed: 'standard', days: 1 }, CALLER)
    await bench.until(async () => (await bench.thaw()).state === 'waiting', 1)
    bench.folders = [{ ...bench.folder, target: 's3://elsewhere' }]
    await bench.until(async () => (await bench.thaw()).state === 'failed', HOUR)
    expect((await bench.thaw()).error?.message).toMatch(/another target/)
  })
})
