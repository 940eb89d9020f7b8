import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { ListView } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { readOnly } from '../../main/providers/decorators/read-only.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import type { FileVersions, SourceProvider, TargetProvider } from '../../main/providers/provider.ts'
import { asOfByFile } from '../../main/restore/as-of-by-file.ts'
import { openPastByFile } from '../../main/restore/by-file/past-by-file.ts'
import type { FolderPast } from '../../main/restore/folder-past.ts'
import { NO_RECORDS, type KnownChange, type Records } from '../../main/restore/records.ts'
import { Timelines } from '../../main/restore/timelines.ts'
import { Cloud } from '../fakes/graph/cloud.ts'
import { startGraphFixture, type GraphFixture, type GraphFixtureOptions } from '../fakes/graph/harness.ts'
import { seededRandom } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { hastyClock, never, rel } from '../fakes/s3/harness.ts'
import { openBench } from './state-support.ts'

const HOUR_MS = 3_600_000
const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const pause = async (): Promise<void> => undefined

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

interface World extends GraphFixture {
  readonly cloud: Cloud
  /** A moment of the drive's clock, after which an hour passes. */
  pass(): number
  past(history?: readonly KnownChange[], records?: Partial<Records>): Promise<FolderPast>
}

async function start(options: GraphFixtureOptions = {}): Promise<World> {
  const fixture = await startGraphFixture({ clock: hastyClock, ...options })
  cleanUps.push(() => fixture.close())
  let skewMs = 0
  const pass = (): number => {
    const nowMs = realClock.now() + skewMs + HOUR_MS / 2
    fixture.server.advance(HOUR_MS)
    skewMs += HOUR_MS
    return nowMs
  }
  const past = (history: readonly KnownChange[] = [], more: Partial<Records> = {}): Promise<FolderPast> => {
    const end = new AbortController()
    cleanUps.push(() => end.abort(new Error('over')))
    const records = { ...NO_RECORDS, changes: async () => history.toReversed(), ...more }
    return openPastByFile({ provider: fixture.open(), records, signal: end.signal, pause })
  }
  return { ...fixture, cloud: new Cloud(fixture.drive, options.folder ?? ''), pass, past }
}

/** Asks as a window does, until everything is told or nothing more will be. */
async function settled(past: FolderPast, path: string, atMs?: number, again = false): Promise<ListView> {
  const request = { path, offset: 0, limit: 200, ...(atMs === undefined ? {} : { atMs }) }
  let view = await past.list({ ...request, ...(again ? { again } : {}) }, never)
  while (view.byFile!.asking > 0) {
    await sleep(1)
    view = await past.list(request, never)
  }
  return view
}

const shown = ({ rows }: ListView): readonly string[] =>
  rows.map(({ name, standing, sizeBytes }) => `${name} ${standing} ${sizeBytes}`)

describe.each([
  { kind: 'personal' },
  { kind: 'business', folder: 'Backups' },
  { kind: 'documentLibrary', folder: 'A b' },
] as const)('the past of a folder at a $kind drive', (options) => {
  it('costs a listing for the folder that is opened, and a request for each of its files that changed since', async () => {
    const world = await start(options)
    world.cloud.write('still.txt', 'unchanged')
    world.cloud.write('deep/below.txt', 'one')
    world.cloud.write('letter.txt', 'one')
    const first = world.pass()
    world.cloud.write('letter.txt', 'the second')
    world.cloud.write('deep/below.txt', 'second')
    world.cloud.write('young.txt', 'later')
    const second = world.pass()
    const past = await world.past()
    world.server.forget()

    expect(shown(await settled(past, ''))).toEqual([
      'deep there 0',
      'letter.txt there 10',
      'still.txt there 9',
      'young.txt there 5',
    ])
    expect(world.server.requests.length).toBe(0)
    const then = await settled(past, '', first)
    expect(shown(then)).toEqual(['deep there 0', 'letter.txt there 3', 'still.txt there 9'])
    expect([then.files, then.bytes]).toEqual([2, 12])
    expect(world.server.requests.map(({ operation }) => operation)).toEqual(['Versions'])

    world.server.forget()
    expect(shown(await settled(past, 'deep', first))).toEqual(['below.txt there 3'])
    expect(world.server.requests.map(({ operation }) => operation)).toEqual(['GetItem', 'ListChildren', 'Versions'])
    world.server.forget()
    // Moments and folders that were looked at before cost nothing, nor does whatever changes without a look at it.
    await settled(past, '', first)
    await settled(past, '', second)
    await settled(past, 'deep', first + 1)
    past.moments({ fromMs: 0, toMs: second, bars: 10, limit: 10 })
    await past.search({ text: 'letter', after: 0, limit: 10, pause })
    expect(world.server.requests.length).toBe(0)
  })
})

describe('the past of a folder, file by file', () => {
  it('asks about the files of the pages that are looked at, and of no others', async () => {
    const world = await start()
    for (let at = 0; at < 30; at++) world.cloud.write(`file ${at}`, 'one')
    const first = world.pass()
    for (let at = 0; at < 30; at++) world.cloud.write(`file ${at}`, 'second')
    const past = await world.past()
    world.server.forget()
    const request = { path: '', atMs: first, limit: 10 }
    while ((await past.list({ ...request, offset: 0 }, never)).byFile!.asking > 0) await sleep(1)
    expect(world.server.count('Versions')).toBe(10)
    while ((await past.list({ ...request, offset: 20 }, never)).byFile!.asking > 0) await sleep(1)
    expect(world.server.count('Versions')).toBe(20)
    const { rows, total } = await past.list({ ...request, offset: 0, limit: 30 }, never)
    expect([total, rows[9]!.standing, rows[10]!.standing, rows[29]!.name]).toEqual([30, 'there', 'asking', 'file 29'])
  })

  it('names what this computer knows to be gone, in the folder it was in', async () => {
    const world = await start()
    world.cloud.write('here.txt', 'one')
    const moment = world.pass()
    const past = await world.past([
      { kind: 'upload', path: 'gone.txt', atMs: moment - 5, size: 40 },
      { kind: 'upload', path: 'old/a/deep.txt', atMs: moment - 4, size: 50 },
      { kind: 'upload', path: 'old/b.txt', atMs: moment - 3, size: 60 },
      { kind: 'upload', path: 'here.txt', atMs: moment - 2, size: 3 },
      { kind: 'upload', path: 'brief.txt', atMs: moment + 1, size: 3 },
      { kind: 'delete', path: 'brief.txt', atMs: moment + 2, size: 3 },
      { kind: 'delete', path: 'gone.txt', atMs: moment + 3, size: 40 },
    ])
    expect(shown(await settled(past, '', moment))).toEqual(['old deleted 0', 'gone.txt deleted 40', 'here.txt there 3'])
    expect(shown(await settled(past, 'old', moment))).toEqual(['a deleted 0', 'b.txt deleted 60'])
    expect(shown(await settled(past, 'old'))).toEqual([])
    const ever = await past.list({ path: '', gone: true, offset: 0, limit: 10 }, never)
    expect(ever.rows.filter(({ isGoneNow }) => isGoneNow).map(({ name, standing }) => [name, standing])).toEqual([
      ['old', 'gone'],
      ['brief.txt', 'gone'],
      ['gone.txt', 'gone'],
    ])
    expect((await past.versions(rel('gone.txt'), never)).versions).toEqual([])
  })

  it('says of what the drive let go of by its own limit that it is not kept', async () => {
    const world = await start({ quirks: { versionsKept: 2 } })
    world.cloud.write('letter.txt', 'one')
    const first = world.pass()
    for (const content of ['second', 'the third', 'fourth']) {
      world.cloud.write('letter.txt', content)
      world.pass()
    }
    const view = await settled(await world.past(), '', first)
    expect([shown(view), view.lost]).toEqual([['letter.txt lost 0'], 1])
  })

  it('says where the drive asks to wait, asks no more by itself, and asks again when a person says so', async () => {
    const world = await start()
    for (let at = 0; at < 12; at++) world.cloud.write(`file ${at}`, 'one')
    const first = world.pass()
    for (let at = 0; at < 12; at++) world.cloud.write(`file ${at}`, 'second')
    const past = await world.past()
    const headers = { 'retry-after': '300' }
    const action = { kind: 'status', status: 429, code: 'activityLimitReached', headers } as const
    world.server.faults.add({ operation: 'Versions', times: 8, action })
    const view = await settled(past, '', first)
    expect(view.byFile).toMatchObject({ asking: 0, untold: 12, error: { code: 'throttled' } })
    expect(new Set(view.rows.map(({ standing }) => standing))).toEqual(new Set(['untold']))
    const before = world.server.requests.length
    for (let look = 0; look < 5; look++) await settled(past, '', first)
    expect(world.server.requests.length).toBe(before)
    const after = await settled(past, '', first, true)
    expect([after.byFile, after.files]).toEqual([{ asking: 0, untold: 0 }, 12])
  })

  it('shows what last changed before, even where the drive says that it came later, as a restore would take it', async () => {
    const world = await start()
    world.cloud.write('moved in.txt', 'one')
    const moment = world.pass()
    const item = world.drive.find(world.drive.root, ['moved in.txt'])!
    item.createdMs = moment + HOUR_MS
    expect(shown(await settled(await world.past(), '', moment))).toEqual(['moved in.txt there 3'])
  })

  it('says how long the drive asks to wait while files are being asked about', async () => {
    const entry = { path: rel('a'), kind: 'file', size: 1, mtimeNs: 0n, storedAtMs: 9000 } as const
    const features = {
      children: async () => [{ entry }],
      fileVersions: () => new Promise(() => undefined),
      askedToWaitMs: () => 7000,
    }
    const provider = { features } as unknown as SourceProvider
    const past = await openPastByFile({ provider, records: NO_RECORDS, signal: never, pause })
    const { byFile } = await past.list({ path: '', atMs: 5000, offset: 0, limit: 9 }, never)
    expect(byFile).toEqual({ asking: 1, untold: 0, waitMs: 7000 })
    expect((await past.list({ path: '', offset: 0, limit: 9 }, never)).byFile).toEqual({ asking: 0, untold: 0 })
  })

  it('says while it is being opened how long the drive asks to wait', async () => {
    const features = { children: () => new Promise(() => undefined), askedToWaitMs: () => 9000 }
    const target = { features, close: async () => undefined } as unknown as TargetProvider
    const timelines = new Timelines({
      clock: realClock,
      random: seededRandom(1),
      folder: (id) => ({ id, target: 'onedrive://ada' }) as FolderSettings,
      openTarget: async () => target,
      recordsOf: () => NO_RECORDS,
    })
    cleanUps.push(() => timelines.closeAll())
    const { id, waitMs } = timelines.open('f1', false)
    expect(waitMs).toBeUndefined()
    await setImmediate()
    expect(timelines.view(id)).toMatchObject({ state: 'reading', waitMs: 9000 })
  })

  it('is asked through all decorators, which ride out a moment', async () => {
    const world = await start()
    world.cloud.write('letter.txt', 'one')
    const first = world.pass()
    world.cloud.write('letter.txt', 'second')
    const { clock, random, log } = { ...world.host, clock: hastyClock }
    const deps = { clock, random, log, limiter: new ByteLimiter(clock, 0) }
    const provider = readOnly(decorate(world.open(), deps))
    for (const operation of ['ListChildren', 'Versions'])
      world.server.faults.add({ operation, action: { kind: 'status', status: 503 } })
    const past = await openPastByFile({ provider, records: NO_RECORDS, signal: never, pause })
    expect(shown(await settled(past, '', first))).toEqual(['letter.txt there 3'])
    expect(provider.features.askedToWaitMs?.()).toBe(0)
  })

  it('lists a folder anew that could not be listed, and says why it could not', async () => {
    const world = await start()
    world.cloud.write('a/letter.txt', 'one')
    const past = await world.past()
    world.server.faults.add({
      operation: 'ListChildren',
      action: { kind: 'status', status: 403, code: 'accessDenied' },
    })
    await expect(settled(past, 'a')).rejects.toMatchObject({ code: 'forbidden' })
    expect(shown(await settled(past, 'a'))).toEqual(['letter.txt there 3'])
  })

  it('lists folders of several pages', async () => {
    const world = await start({ quirks: { pageItems: 3 } })
    for (let at = 0; at < 10; at++) world.cloud.write(`file ${at}`, 'one')
    expect((await settled(await world.past(), '')).total).toBe(10)
    expect(world.server.count('ListChildren')).toBe(4)
  })

  it('marks what this computer did and when listed files last changed, each change once', async () => {
    const world = await start()
    world.cloud.write('ours.txt', 'one')
    world.cloud.write('deep/theirs.txt', 'one')
    const moment = world.pass()
    const past = await world.past([
      { kind: 'upload', path: 'ours.txt', atMs: moment - HOUR_MS / 2, size: 3 },
      { kind: 'upload', path: 'gone.txt', atMs: moment - 50 * HOUR_MS, size: 3 },
    ])
    const part = { fromMs: 0, toMs: moment, bars: 4, limit: 10 }
    const changed = (): readonly (number | undefined)[] => past.moments(part).moments.map((each) => each.changed)
    expect(changed()).toEqual([1, 1])
    expect(past.firstMs()).toBe(moment - 50 * HOUR_MS)
    await settled(past, 'deep')
    expect(changed()).toEqual([2, 1])
  })

  it('finds names that this computer knows, whether or not they are there, and asks nobody', async () => {
    const world = await start()
    world.cloud.write('deep/letter of others.txt', 'one')
    const trees = (): never => [[{ path: 'a/Letter.txt', kind: 'file', size: 5 }]] as never
    const past = await world.past([{ kind: 'delete', path: 'old letter', atMs: 5000, size: 8 }], { trees })
    world.server.forget()
    const found = async (text: string) => (await past.search({ text, after: 0, limit: 10, pause })).rows
    expect(await found('letter')).toEqual([
      { path: 'a/Letter.txt', sizeBytes: 5 },
      { path: 'old letter', sizeBytes: 8, goneMs: 5000 },
    ])
    expect(world.server.requests.length).toBe(0)
    await settled(past, 'deep')
    expect((await found('others')).map(({ path }) => path)).toEqual(['deep/letter of others.txt'])
  })

  it('finds what passes were told last of the drive, and takes nothing of that from them', async () => {
    const { store } = await openBench()
    cleanUps.push(() => store.close())
    const world = await start({ feeds: store.feeds })
    world.cloud.write('deep/letter of others.txt', 'one')
    world.cloud.write('deep/letter of mine.txt', 'one')
    const goneMs = world.pass()
    for await (const _page of world.provider.list(rel(''), { signal: never, follow: true }));
    world.cloud.write('later letter.txt', 'one')
    // What this computer did since, it knows better.
    const past = await world.past([{ kind: 'delete', path: 'deep/letter of mine.txt', atMs: goneMs, size: 3 }])
    world.server.forget()
    const { rows } = await past.search({ text: 'letter of', after: 0, limit: 10, pause })
    expect(rows.map((row) => [row.path, row.goneMs])).toEqual([
      ['deep/letter of mine.txt', goneMs],
      ['deep/letter of others.txt', undefined],
    ])
    expect(world.server.requests.length).toBe(0)
    const told = await world.provider.features.changes!({ signal: never })
    expect(told).toMatchObject([{ path: 'later letter.txt' }])
  })

  it('shows the present version as long as it is the one that was shown', async () => {
    const world = await start()
    world.cloud.write('letter.txt', 'one')
    world.pass()
    const past = await world.past()
    const path = rel('letter.txt')
    await expect(past.checkStillCurrent(path, never)).rejects.toMatchObject({ code: 'precondition-failed' })
    await past.versions(path, never)
    await past.checkStillCurrent(path, never)
    world.cloud.touch('letter.txt')
    await past.checkStillCurrent(path, never)
    world.cloud.write('letter.txt', 'two')
    await expect(past.checkStillCurrent(path, never)).rejects.toMatchObject({ code: 'precondition-failed' })
  })

  it('is never that of another file that has the name by now', async () => {
    const world = await start()
    world.cloud.write('letter.txt', 'one')
    const first = world.pass()
    world.cloud.write('letter.txt', 'second')
    const past = await world.past()
    world.cloud.remove('letter.txt')
    world.cloud.write('letter.txt', 'a foreign one')
    world.pass()
    // What was listed is gone: what has its name came later.
    expect(shown(await settled(past, '', first))).toEqual(['letter.txt younger 0'])
    const empty = await world.past()
    world.cloud.remove('letter.txt')
    expect(shown(await settled(empty, ''))).toEqual(['letter.txt there 13'])
  })

  it(`is at every moment what a restore would take (seed ${SEED})`, async () => {
    const world = await start({ quirks: { versionsKept: 3 } })
    const random = seededRandom(SEED)
    const paths = ['a', 'b', 'c/d', 'c/e', 'f']
    const moments: number[] = []
    for (let step = 0; step < 16; step++) {
      const path = paths[Math.floor(random.next() * paths.length)]!
      const chance = random.next()
      if (chance < 0.15 && world.cloud.tree()[path] !== undefined) world.cloud.remove(path)
      else world.cloud.write(path, `${step}`.padEnd(1 + Math.floor(random.next() * 40), '.'))
      if (chance > 0.85 && world.cloud.tree()[path] !== undefined) world.cloud.touch(path)
      moments.push(world.pass())
    }
    const past = await world.past()
    const provider = world.open()
    const told = new Map<string, FileVersions>()
    for (const atMs of moments) {
      const taken: string[] = []
      const options = { provider, path: rel(''), atMs, records: {}, pause, told, signal: never }
      for await (const was of asOfByFile(options)) {
        if (was.kind === 'there' && was.entry.kind === 'file') taken.push(`${was.entry.path} there ${was.entry.size}`)
        if (was.kind === 'not-kept') taken.push(`${was.path} lost 0`)
      }
      const rows = [...(await settled(past, '', atMs)).rows, ...(await settled(past, 'c', atMs)).rows]
      const looked = rows
        .filter(({ kind, standing }) => kind === 'file' && standing !== 'younger')
        .map(({ path, standing, sizeBytes }) => `${path} ${standing} ${sizeBytes}`)
      expect(looked.toSorted()).toEqual(taken.toSorted())
    }
  })
})
