import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { HoldReason, Job } from '../../common/model.ts'
import type { Answer, FolderView, Handlers, PlanView, StatusView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings, type Settings } from '../../common/settings.ts'
import { parseMounts, usefulMounts } from '../../main/api/drives.ts'
import { createAccounts } from '../../main/accounts/accounts.ts'
import { placeBy } from '../../main/accounts/place.ts'
import { createHandlers } from '../../main/api/handlers.ts'
import { isLoop } from '../../main/api/routes-between.ts'
import type { Engine } from '../../main/engine/engine.ts'
import { createLocalScanner } from '../../main/engine/scan/local-scanner.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { judgeSpeed, type SpeedFacts } from '../../main/speed/verdict.ts'
import type { Store } from '../../main/state/store.ts'
import { explainIgnored, surveyFolder } from '../../main/workbench.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import { thawsInMemory } from '../fakes/thaws-in-memory.ts'

const CALLER = { transport: 'direct' } as const
const pool = createPool({ threads: 1 })
afterAll(() => pool.close())

/** What the handlers did to the parts behind them. */
interface Bench {
  readonly handlers: Handlers
  readonly host: FakeHost
  readonly root: string
  readonly applied: Settings[]
  readonly log: string[]
  readonly secrets: Map<string, string>
  settings: Settings
  jobs: readonly Job[]
  compared: boolean
  provider: ((location: string) => TargetProvider) | undefined
  speedFacts: () => SpeedFacts
}

let bench: Bench

beforeEach(() => {
  bench = openBench()
})

function openBench({ stateInHome = false } = {}): Bench {
  // What is looked at for a while only is looked at to the end, however slow the computer is.
  const fake = createFakeHost({ clock: new VirtualClock(Date.now()) })
  const root = mkdtempSync(join(tmpdir(), 'tidekeep-api-'))
  const state = join(root, 'home', '.local', 'state', 'tidekeep')
  const host = stateInHome ? { ...fake, paths: { ...fake.paths, state } } : fake
  const parts: Omit<Bench, 'handlers'> = {
    host,
    root,
    applied: [],
    log: [],
    secrets: new Map(),
    settings: DEFAULT_SETTINGS,
    jobs: [],
    compared: false,
    provider: undefined,
    speedFacts: () => ({
      settings: self.settings,
      situation: { power: 'battery', batteryPercent: 10, network: 'unknown' },
      nowMs: 0,
      lifted: new Set(),
      waits: [],
    }),
  }
  const self = parts as Bench
  const handlers = createHandlers({
    host,
    engine: fakeEngine(self),
    store: fakeStore(self),
    settings: {
      get: () => self.settings,
      update: async (change) => void (self.settings = change(self.settings)),
    },
    language: () => ({ tag: 'en-XA', by: 'environment' }),
    accounts: createAccounts(host, {
      get: async (name) => self.secrets.get(name),
      set: async (name, value) => void self.secrets.set(name, value),
      remove: async (name) => void self.secrets.delete(name),
      describe: () => 'memory',
    }),
    speed: {
      now: () => judgeSpeed(self.speedFacts()),
      lift: (kind, lifted) => void self.log.push(`lift ${kind} ${lifted}`),
    },
    heartbeat: { test: async (which) => void self.log.push(`beat ${which}`) },
    updates: {
      view: () => ({ installed: '1.0.0', lastCheckMs: null, state: { kind: 'off', why: 'elsewhere' } }),
      check: () => Promise.reject(new Error('not asked')),
      install: () => Promise.reject(new Error('not asked')),
    },
    signInPlace: (tenant) => placeBy(self.settings, tenant),
    openTarget: async (location) =>
      self.provider?.(location) ?? createLocalProvider({ root: location, deps: { host, pool } }),
    describeSecrets: () => 'memory',
    openScanner: createLocalScanner(pool),
    ignoreRules: {
      survey: (folder, lines, control) => surveyFolder({ host, pool }, folder, lines, control),
      explain: (folder, lines) => explainIgnored(host, folder, lines),
    },
    openDelta: () => undefined,
    compareIn: () => Promise.reject(new Error('nothing is compared here')),
    pricesOf: () => undefined,
    onStop: () => undefined,
    personHome: join(root, 'home'),
  })
  mkdirSync(join(root, 'home', 'Documents'), { recursive: true })
  mkdirSync(join(root, 'backup'))
  return Object.assign(self, { handlers })
}

function fakeEngine(self: Bench): Engine {
  return {
    applySettings: async () => void self.applied.push(self.settings),
    syncNow: async (id: string | undefined) => void self.log.push(`sync ${id ?? 'all'}`),
    skip: async (id: number) => {
      self.log.push(`skip ${id}`)
      return id === 3
    },
    decide: async (id: string, answer: Answer, reason?: HoldReason) =>
      void self.log.push(`decide ${id} ${answer} ${reason ?? 'all'}`),
    preview: async (folder: FolderSettings, signal: AbortSignal) => {
      self.log.push(`preview ${folder.id} ${folder.path} ${signal.aborted}`)
      return { files: 3 } as PlanView
    },
    status: () => ({ headline: 'protected', folders: self.settings.folders.map(asView) }) as unknown as StatusView,
  } as unknown as Engine
}

function asView({ id, name, path, target, mode, paused }: FolderSettings): FolderView {
  return { id, name, path, target, mode, paused } as FolderView
}

function fakeStore(self: Bench): Store {
  return {
    queue: {
      list: (filter: unknown) => {
        self.log.push(`list ${JSON.stringify(filter)}`)
        return self.jobs
      },
      retry: (id?: number) => (self.log.push(`retry ${id ?? 'all'}`), 2),
      drop: (id: number) => (self.log.push(`drop ${id}`), 0),
    },
    history: { list: (filter: unknown) => (self.log.push(`history ${JSON.stringify(filter)}`), []) },
    folders: {
      get: () => ({ compared: self.compared }),
      problems: (_id: string, limit: number) =>
        [{ path: 'a', reason: 'symlink', message: 'A link.', extra: 'CANARY' }].slice(0, limit),
    },
    thaws: thawsInMemory(),
  } as unknown as Store
}

const documents = (): string => join(bench.root, 'home', 'Documents')
const backup = (name = ''): string => join(bench.root, 'backup', name)
const add = (path: string, target: string): Promise<FolderView> =>
  bench.handlers['folders.add']({ path, target }, CALLER)

describe('adding a folder', () => {
  it('keeps it in the settings under a new id and its own name, and applies them', async () => {
    const view = await add(documents(), backup('docs'))
    expect(view).toMatchObject({ name: 'Documents', path: documents(), target: backup('docs'), mode: 'backup' })
    expect(view.id).toMatch(/^[0-9a-f]{8}$/)
    expect(bench.applied.at(-1)?.folders).toEqual(bench.settings.folders)
  })

  it('takes a name, a mode, ignore rules and store options along', async () => {
    const s3 = { endpoint: 'http://127.0.0.1:9000' }
    const raw = {
      path: documents(),
      target: 's3://bucket/docs',
      name: ' Papers ',
      mode: 'mirror',
      ignore: ['*.tmp'],
      s3,
    } as const
    await bench.handlers['folders.add'](raw, CALLER)
    expect(bench.settings.folders[0]).toMatchObject({ name: 'Papers', mode: 'mirror', ignore: ['*.tmp'], s3 })
  })

  it('brings a folder back as it was: paused, with its rules, its alarm and how it was adopted', async () => {
    const kept = {
      paused: true,
      conflictRules: [{ pattern: '*.log', resolution: 'newest' }],
      alarmAfterMs: 3_600_000,
      adopt: { comparePercent: 5 },
    } as const
    await bench.handlers['folders.add']({ path: documents(), target: backup('docs'), ...kept }, CALLER)
    expect(bench.settings.folders[0]).toMatchObject(kept)
  })

  it.each([
    ['a source that is not there', () => [join(bench.root, 'missing'), backup()], 'not-found', /There is no folder/],
    ['a source that is a file', () => [fileAt('plain.txt'), backup()], 'invalid', /is not a folder/],
    ['a relative source', () => ['home/Documents', backup()], 'invalid', /full path/],
    ['a relative target', () => [documents(), 'backup'], 'invalid', /full path/],
    ['a target of an unknown kind', () => [documents(), 'gopher://x'], 'invalid', /no target of kind/],
    ['itself as target', () => [documents(), documents()], 'invalid', /cannot be its own target/],
    ['itself under another name', () => [documents(), linkTo(documents())], 'invalid', /cannot be its own target/],
    ['a target inside the source', () => [documents(), join(documents(), 'new', 'backup')], 'invalid', /inside/],
    ['a target inside through a link', () => [documents(), join(linkTo(documents()), 'backup')], 'invalid', /inside/],
    ['a source inside the target', () => [documents(), join(bench.root, 'home')], 'invalid', /overwrite the original/],
    ['our own state as source', () => [ownDirectory(), backup()], 'invalid', /belongs to Tidekeep/],
    ['a folder that holds our own state', () => [ownHome(), backup()], 'invalid', /holds Tidekeep's own files/],
    ['our own state as target', () => [documents(), join(ownDirectory(), 'x')], 'invalid', /belongs to Tidekeep/],
  ] as const)('refuses %s in one sentence', async (_name, paths, code, message) => {
    const [path, target] = paths() as [string, string]
    await expect(add(path, target)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
    expect(bench.settings.folders).toEqual([])
    expect(bench.applied).toEqual([])
  })

  it('takes a home directory: our own files in it are left out', async () => {
    bench = openBench({ stateInHome: true })
    mkdirSync(bench.host.paths.state, { recursive: true })
    await add(join(bench.root, 'home'), backup())
    expect(bench.settings.folders).toHaveLength(1)
    await expect(add(join(bench.root, 'home', '.local'), backup('x'))).rejects.toMatchObject({
      fix: expect.stringContaining('TIDEKEEP_HOME'),
    })
  })

  it('refuses the same pair twice, however it is written', async () => {
    await add(documents(), backup('docs'))
    await expect(add(`${documents()}/`, `${backup('x')}/../docs`)).rejects.toMatchObject({ code: 'already-exists' })
  })

  it('refuses two folders in one place, and one inside the other', async () => {
    mkdirSync(join(bench.root, 'home', 'Pictures'))
    const pictures = join(bench.root, 'home', 'Pictures')
    await add(documents(), backup('all'))
    for (const target of [backup('all'), backup('all/pictures'), backup()]) {
      await expect(add(pictures, target)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringMatching(/overlaps/) as string,
      })
    }
    await expect(add(pictures, backup('all-pictures'))).resolves.toMatchObject({ name: 'Pictures' })
  })

  it('sees that s3 prefixes overlap by segment, not by letter', async () => {
    mkdirSync(join(bench.root, 'home', 'Pictures'))
    const pictures = join(bench.root, 'home', 'Pictures')
    await add(documents(), 's3://bucket/docs')
    await expect(add(pictures, 's3://bucket/docs/old')).rejects.toMatchObject({ code: 'invalid' })
    await expect(add(pictures, 's3://bucket')).rejects.toMatchObject({ code: 'invalid' })
    await expect(add(pictures, 's3://bucket/docs2')).resolves.toMatchObject({ target: 's3://bucket/docs2' })
  })

  it('refuses a circle over several folders, but allows a copy of a copy', async () => {
    await add(documents(), backup('docs'))
    mkdirSync(backup('docs'))
    await add(backup('docs'), join(bench.root, 'second', 'docs'))
    mkdirSync(join(bench.root, 'second', 'docs'), { recursive: true })
    await expect(add(join(bench.root, 'second'), join(documents(), '..', 'elsewhere'))).resolves.toBeDefined()
    bench.settings = { ...bench.settings, folders: bench.settings.folders.slice(0, 2) }
    await expect(add(join(bench.root, 'second'), join(documents(), 'again'))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/circle/) as string,
    })
  })

  it('checks two that come at once one after the other', async () => {
    const both = await Promise.allSettled([add(documents(), backup('docs')), add(documents(), backup('docs'))])
    expect(both.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(bench.settings.folders).toHaveLength(1)
  })

  it('tells what a folder may not be read for', async () => {
    if (process.getuid?.() === 0) {
      console.log('not run: a folder without permission (root may read everything)')
      return
    }
    const locked = join(bench.root, 'locked')
    mkdirSync(join(locked, 'inner'), { recursive: true })
    chmodSync(locked, 0)
    await expect(add(join(locked, 'inner'), backup())).rejects.toMatchObject({ code: 'forbidden' })
    chmodSync(locked, 0o700)
  })
})

describe('circles of folders', () => {
  const local = (from: string, to: string): { from: string; to: string; isLocal: boolean } => ({
    from,
    to,
    isLocal: true,
  })

  it('are found through any number of steps', () => {
    expect(isLoop(local('/c', '/a/x'), [local('/a', '/b'), local('/b/deep', '/c/deep')])).toBe(true)
    expect(isLoop(local('/c', '/d'), [local('/a', '/b'), local('/b', '/c')])).toBe(false)
    expect(isLoop({ from: '/a', to: 's3://a', isLocal: false }, [local('/s3:/a', '/a')])).toBe(false)
  })

  it('that were there before do not keep the search from ending', () => {
    expect(isLoop(local('/x', '/a'), [local('/a', '/b'), local('/b', '/a')])).toBe(false)
  })
})

describe('a folder there is', () => {
  let id: string
  beforeEach(async () => {
    id = (await add(documents(), backup('docs'))).id
    writeFileSync(join(bench.root, 'backup', 'kept.txt'), 'kept')
  })

  it('is paused and resumed for itself', async () => {
    expect(await bench.handlers['folders.pause']({ id }, CALLER)).toMatchObject({ paused: true })
    expect(bench.applied.at(-1)?.folders[0]?.paused).toBe(true)
    expect(await bench.handlers['folders.resume']({ id }, CALLER)).toMatchObject({ paused: false })
  })

  it('is removed from the settings only; the target keeps everything', async () => {
    await bench.handlers['folders.remove']({ id }, CALLER)
    expect(bench.settings.folders).toEqual([])
    expect(readFileSync(backup('kept.txt'), 'utf8')).toBe('kept')
  })

  it('is synced, decided on and asked for problems by id', async () => {
    await bench.handlers['folders.sync']({ id }, CALLER)
    await bench.handlers['folders.sync']({}, CALLER)
    await bench.handlers['folders.decide']({ id, answer: 'keep' }, CALLER)
    await bench.handlers['folders.decide']({ id, answer: 'restore', reason: 'suspect' }, CALLER)
    expect(bench.log).toEqual([`sync ${id}`, 'sync all', `decide ${id} keep all`, `decide ${id} restore suspect`])
    expect(await bench.handlers['folders.problems']({ id, limit: 5 }, CALLER)).toEqual([
      { path: 'a', reason: 'symlink', message: 'A link.' },
    ])
  })

  it('is not found under another id', async () => {
    const other = { id: 'ffffffff' }
    const { handlers } = bench
    await expect(handlers['folders.pause'](other, CALLER)).rejects.toMatchObject({ code: 'not-found' })
    await expect(handlers['folders.remove'](other, CALLER)).rejects.toMatchObject({ code: 'not-found' })
    await expect(handlers['folders.sync'](other, CALLER)).rejects.toMatchObject({ code: 'not-found' })
    await expect(handlers['folders.decide']({ ...other, answer: 'approve' }, CALLER)).rejects.toMatchObject({
      code: 'not-found',
    })
    await expect(handlers['folders.problems']({ ...other, limit: 1 }, CALLER)).rejects.toMatchObject({
      code: 'not-found',
    })
    expect(bench.log).toEqual([])
  })

  it('is previewed as itself, so that what is safe already is not counted again', async () => {
    await bench.handlers['plan.preview']({ path: documents(), target: backup('docs') }, CALLER)
    expect(bench.log).toEqual([`preview ${id} ${documents()} false`])
    expect(bench.settings.folders).toHaveLength(1)
  })
})

describe('the queue and the history', () => {
  it('shows jobs with what a person needs and nothing else', async () => {
    bench.jobs = [
      {
        id: 7,
        folderId: 'f',
        action: { kind: 'upload', path: 'a.txt', expect: { kind: 'absent' }, local: { size: 12 } },
        lane: 'small',
        state: 'dead',
        attempts: 8,
        notBeforeMs: 5,
        createdAtMs: 1,
        failure: { code: 'forbidden', message: 'No.' },
      },
      {
        id: 8,
        folderId: 'f',
        action: { kind: 'delete', path: 'b', expect: { kind: 'any' }, base: { size: 3 } },
        lane: 'small',
        state: 'held',
        attempts: 0,
        notBeforeMs: 0,
        createdAtMs: 1,
        hold: { reason: 'mass-delete', message: 'Many.', count: 1, bytes: 3 },
      },
    ] as unknown as readonly Job[]
    expect(await bench.handlers['queue.list']({ limit: 10, state: 'dead' }, CALLER)).toEqual([
      {
        id: 7,
        folderId: 'f',
        kind: 'upload',
        path: 'a.txt',
        size: 12,
        lane: 'small',
        state: 'dead',
        attempts: 8,
        notBeforeMs: 5,
        failure: { code: 'forbidden', message: 'No.' },
      },
      {
        id: 8,
        folderId: 'f',
        kind: 'delete',
        path: 'b',
        size: 3,
        lane: 'small',
        state: 'held',
        attempts: 0,
        notBeforeMs: 0,
        hold: 'Many.',
        holdReason: 'mass-delete',
      },
    ])
    expect(bench.log).toEqual(['list {"limit":10,"state":"dead"}'])
  })

  it('has the engine leave a file out, and says whether it came in time', async () => {
    const skip = (id: number) => bench.handlers['queue.skip']({ id }, CALLER)
    expect([await skip(3), await skip(4)]).toEqual([{ count: 1 }, { count: 0 }])
    expect(bench.log).toEqual(['skip 3', 'skip 4'])
  })

  it('retries and drops, and has the engine look when something changed', async () => {
    expect(await bench.handlers['queue.retry']({}, CALLER)).toEqual({ count: 2 })
    expect(bench.applied).toHaveLength(1)
    expect(await bench.handlers['queue.drop']({ id: 3 }, CALLER)).toEqual({ count: 0 })
    expect(bench.applied).toHaveLength(1)
    expect(bench.log).toEqual(['retry all', 'drop 3'])
  })

  it('lists history page by page', async () => {
    await bench.handlers['activity.list']({ limit: 50, before: 9 }, CALLER)
    expect(bench.log).toEqual(['history {"limit":50,"before":9}'])
  })
})

describe('settings', () => {
  it('tell a page what it is asked to speak', async () => {
    expect(await bench.handlers['language.get']({}, CALLER)).toEqual({ tag: 'en-XA', by: 'environment' })
  })

  it('are set by name, as people write them, and applied', async () => {
    const settings = await bench.handlers['settings.set']({ key: 'bandwidthLimit', value: '5MiB' }, CALLER)
    expect(settings.bandwidthLimit).toBe(5 * 1024 * 1024)
    expect(bench.applied.at(-1)?.bandwidthLimit).toBe(5 * 1024 * 1024)
  })

  it.each(['folders', 'version', 'pausedUntil', '__proto__', 'constructor'])('cannot be set as %s', async (key) => {
    await expect(bench.handlers['settings.set']({ key, value: 1 }, CALLER)).rejects.toMatchObject({ code: 'invalid' })
    expect(bench.settings).toEqual(DEFAULT_SETTINGS)
  })

  it('never let the longest wait be shorter than the shortest', async () => {
    const set = bench.handlers['settings.set']({ key: 'settleMs', value: '10s' }, CALLER)
    await expect(set).rejects.toMatchObject({ code: 'invalid' })
    expect(bench.settings).toEqual(DEFAULT_SETTINGS)
  })

  it('pause until a time or until resumed', async () => {
    const before = bench.host.clock.now()
    await bench.handlers['pause.set']({ durationMs: 60_000 }, CALLER)
    expect(Number(bench.settings.pausedUntil) - before).toBeGreaterThanOrEqual(60_000)
    await bench.handlers['pause.set']({ durationMs: 'forever' }, CALLER)
    expect(bench.applied.at(-1)?.pausedUntil).toBe('forever')
    await bench.handlers['pause.clear']({}, CALLER)
    expect(bench.applied.at(-1)?.pausedUntil).toBe(0)
  })
})

describe('keys of a store', () => {
  it('go into the secret store and appear in no answer, setting or log line', async () => {
    const secretAccessKey = 'CANARY/secret'
    const { id } = await bench.handlers['accounts.save']({ kind: 's3', accessKeyId: 'AKIA1', secretAccessKey }, CALLER)
    expect(JSON.parse(bench.secrets.get(`s3:${id}`)!)).toEqual({ accessKeyId: 'AKIA1', secretAccessKey })
    await bench.handlers['folders.add']({ path: documents(), target: 's3://bucket/a', s3: { accountId: id } }, CALLER)
    const seen = await Promise.all([
      bench.handlers['settings.get']({}, CALLER),
      bench.handlers['status.get']({}, CALLER),
      bench.handlers['folders.list']({}, CALLER),
    ])
    expect(JSON.stringify([id, seen, bench.settings, bench.host.log.lines])).not.toContain('CANARY')
  })
})

describe('sources', () => {
  it('suggests the usual directories that exist', async () => {
    mkdirSync(join(bench.root, 'home', 'Music'))
    const found = await bench.handlers['sources.suggest']({}, CALLER)
    expect(found.map(({ name }) => name)).toEqual(['Documents', 'Music'])
  })

  it('follows the names the desktop uses', async () => {
    const home = join(bench.root, 'home')
    for (const name of ['Dokumente', 'Bilder', '.config']) mkdirSync(join(home, name))
    writeFileSync(
      join(home, '.config', 'user-dirs.dirs'),
      '# comment\nXDG_DOCUMENTS_DIR="$HOME/Dokumente"\nXDG_PICTURES_DIR="$HOME/Bilder"\nXDG_MUSIC_DIR="$HOME/"\nXDG_VIDEOS_DIR="$HOME/Videos"\n',
    )
    const found = await bench.handlers['sources.suggest']({}, CALLER)
    expect(found).toEqual(['Dokumente', 'Bilder'].map((name) => ({ name, path: join(home, name) })))
  })

  it('browses directories only, in the order people expect, hidden ones last', async () => {
    const home = join(bench.root, 'home')
    for (const name of ['b10', 'b2', 'Archive', '.cache']) mkdirSync(join(home, name))
    writeFileSync(join(home, 'file.txt'), '')
    const view = await bench.handlers['sources.browse']({ path: '' }, CALLER)
    expect(view).toMatchObject({ path: home, parent: bench.root })
    expect(view.directories.map(({ name }) => name)).toEqual(['Archive', 'b2', 'b10', 'Documents', '.cache'])
    expect((await bench.handlers['sources.browse']({ path: '/' }, CALLER)).parent).toBeNull()
  })

  it('says what is wrong with a path it cannot browse', async () => {
    const browse = (path: string): Promise<unknown> => bench.handlers['sources.browse']({ path }, CALLER)
    await expect(browse(join(bench.root, 'missing'))).rejects.toMatchObject({ code: 'not-found' })
    await expect(browse(fileAt('plain.txt'))).rejects.toMatchObject({ code: 'invalid' })
    await expect(browse('relative')).rejects.toMatchObject({ code: 'invalid' })
  })

  it('measures with the real scanner, ignore rules applied', async () => {
    writeFileSync(join(documents(), 'a.txt'), 'x'.repeat(100))
    mkdirSync(join(documents(), 'deep'))
    writeFileSync(join(documents(), 'deep', 'b.txt'), 'x'.repeat(23))
    writeFileSync(join(documents(), '.DS_Store'), 'ignored')
    expect(await bench.handlers['sources.measure']({ path: documents() }, CALLER)).toEqual({
      path: documents(),
      files: 2,
      bytes: 123,
      ignored: 1,
      complete: true,
    })
  })

  it('says that a folder to measure is missing', async () => {
    const measure = bench.handlers['sources.measure']({ path: join(bench.root, 'missing') }, CALLER)
    await expect(measure).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('ignore rules that are tried', () => {
  const put = (path: string, bytes: number): void => {
    mkdirSync(join(documents(), path, '..'), { recursive: true })
    writeFileSync(join(documents(), path), 'x'.repeat(bytes))
  }
  const added = async (): Promise<string> =>
    (await bench.handlers['folders.add']({ path: documents(), target: join(bench.root, 'backup') }, CALLER)).id

  it('are counted line by line, below what is left out, too, and nothing is saved', async () => {
    put('keep.txt', 100)
    put('cache/deep/a', 40)
    put('cache/b', 2)
    put('part/x.tmp', 7)
    put('part/.tidekeepignore', 0)
    writeFileSync(join(documents(), 'part', '.tidekeepignore'), 'own/\n')
    put('part/own/y', 5)
    const id = await added()
    const ignore = ['# kept apart', 'cache/', '*.tmp', 'never-there']
    const survey = await bench.handlers['rules.survey']({ id, ignore }, CALLER)
    expect(survey).toEqual({
      kept: { files: 2, bytes: 105 },
      left: { files: 4, bytes: 54 },
      complete: true,
      rules: [
        { source: 'folder', line: 2, pattern: 'cache/', files: 2, bytes: 42, example: 'cache' },
        { source: 'folder', line: 3, pattern: '*.tmp', files: 1, bytes: 7, example: 'part/x.tmp' },
        { source: 'part/.tidekeepignore', line: 1, pattern: 'own/', files: 1, bytes: 5, example: 'part/own' },
      ],
    })
    expect(bench.settings.folders[0]?.ignore).toEqual([])
  })

  it('name the line for one path, relative or absolute, and the folder above that it names', async () => {
    put('cache/deep/a', 1)
    const id = await added()
    const ask = (path: string): Promise<unknown> =>
      bench.handlers['rules.explain']({ id, ignore: ['cache/'], path }, CALLER)
    const line = { ignored: true, source: 'folder', line: 1, pattern: 'cache/' }
    expect(await ask('cache/deep/a')).toEqual({ ...line, through: 'cache' })
    expect(await ask(join(documents(), 'cache'))).toEqual(line)
    // Not there yet: a slash at the end says what it would be.
    expect(await ask('elsewhere/cache/')).toEqual(line)
    expect(await ask('elsewhere/cache')).toEqual({ ignored: false })
    expect(await ask('.DS_Store')).toMatchObject({ source: 'global', line: 1 })
    await expect(ask('../outside')).rejects.toMatchObject({ code: 'invalid' })
    await expect(ask('/etc/passwd')).rejects.toMatchObject({ code: 'invalid' })
  })

  it('are taken over by a change, which leaves everything else as it was', async () => {
    const id = await added()
    const before = bench.settings.folders[0]!
    await bench.handlers['folders.change']({ id, ignore: ['cache/'], mode: 'mirror' }, CALLER)
    expect(bench.settings.folders).toEqual([{ ...before, ignore: ['cache/'], mode: 'mirror' }])
    expect(bench.applied.at(-1)?.folders).toEqual(bench.settings.folders)
    await expect(bench.handlers['folders.change']({ id: 'another', name: 'x' }, CALLER)).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})

describe('drives', () => {
  const MOUNTS = [
    '/dev/sda2 / ext4 rw 0 0',
    '/dev/sda3 /home ext4 rw 0 0',
    'proc /proc proc rw 0 0',
    'tmpfs /run tmpfs rw 0 0',
    '/dev/sda1 /boot/efi vfat rw 0 0',
    '/dev/sdb1 /run/media/ada/My\\040Drive exfat rw,nosuid 0 0',
    '/dev/sdb1 /mnt/again exfat rw 0 0',
    '/dev/sr0 /media/cd udf ro 0 0',
    'nas:/export /mnt/nas nfs4 rw 0 0',
    '/dev/sda2 /var/lib/docker ext4 rw 0 0',
    'overlay /var/lib/docker/overlay2/x overlay rw 0 0',
    '',
  ].join('\n')

  it('are those a copy could go to: real, writable, once each, and not the one the files are on', () => {
    const paths = usefulMounts(parseMounts(MOUNTS), '/home/ada').map((mount) => mount.path)
    expect(paths).toEqual(['/run/media/ada/My Drive', '/mnt/nas'])
  })

  it('are suggested from this machine without failing', async () => {
    for (const drive of await bench.handlers['targets.suggest']({}, CALLER)) {
      expect(drive.path.length).toBeGreaterThan(0)
      expect(drive.freeBytes === null || drive.freeBytes >= 0).toBe(true)
    }
  })
})

describe('what slows or stops work', () => {
  it('is set aside at once, but only where it applies', async () => {
    await bench.handlers['speed.lift']({ kind: 'battery', lifted: true }, CALLER)
    expect(bench.log).toEqual(['lift battery true'])
    expect(bench.applied).toHaveLength(1)
    await expect(bench.handlers['speed.lift']({ kind: 'metered', lifted: true }, CALLER)).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(bench.log).toEqual(['lift battery true'])
  })
})

describe('checking a target', () => {
  const check = (target: string) => bench.handlers['targets.check']({ target }, CALLER)

  it('makes the directory of a local target, tries every permission and leaves nothing behind', async () => {
    const result = await check(backup('new'))
    expect(result).toMatchObject({ ok: true, target: backup('new') })
    expect(result.steps).toEqual(
      ['reach', 'list', 'write', 'read back', 'delete', 'older versions', 'free space'].map((name) => ({
        name,
        ok: true,
      })),
    )
    expect(result.freeBytes).toBeGreaterThan(0)
    const left = readdirSync(backup('new'), { recursive: true }).map(String)
    expect(left.filter((name) => basename(name).startsWith('check-'))).toEqual([])
  })

  it('stops at a parent that is not there, and makes nothing', async () => {
    const result = await check(join(bench.root, 'unplugged', 'backup'))
    expect(result).toMatchObject({ ok: false, steps: [{ name: 'reach', ok: false }] })
    expect(result.steps[0]?.message).toBeTruthy()
    expect(readdirSync(bench.root)).not.toContain('unplugged')
  })

  it('writes nothing where a used drive is not connected', async () => {
    await check(backup('drive'))
    await add(documents(), backup('drive'))
    bench.compared = true
    expect(await check(backup('drive'))).toMatchObject({ ok: true })
    rmSync(backup('drive'), { recursive: true })
    mkdirSync(backup('drive'))
    const result = await check(backup('drive'))
    expect(result).toMatchObject({
      ok: false,
      steps: [{ name: 'reach', ok: false, message: expect.stringMatching(/Connect the drive/) as string }],
    })
    expect(readdirSync(backup('drive'))).toEqual([])
  })

  it('names the permission that is missing, and cleans up what it can', async () => {
    const removed: string[] = []
    bench.provider = (location) =>
      scripted(location, {
        put: () => Promise.reject(new TidekeepError({ code: 'forbidden', message: 'No writing.', fix: 'Ask.' })),
        remove: async (path) => void removed.push(path),
      })
    const result = await check('s3://bucket/x')
    expect(result).toMatchObject({ ok: false })
    expect(result.steps.at(-1)).toEqual({ name: 'write', ok: false, message: 'No writing. Ask.' })
    expect(removed).toEqual([expect.stringMatching(/^\.tidekeep\/check-[0-9a-f]{16}$/)])
  })

  it('accepts keys that may not delete, and says what that means', async () => {
    bench.provider = (location) =>
      scripted(location, {
        remove: () => Promise.reject(new TidekeepError({ code: 'forbidden', message: 'No deleting.' })),
      })
    const result = await check('s3://bucket/x')
    expect(result.ok).toBe(true)
    expect(result.steps.at(-1)).toEqual({
      name: 'delete',
      ok: false,
      message: 'No deleting. Backups still work; only a mirror has to delete.',
    })
  })

  it('does not trust a store that gives back other bytes', async () => {
    bench.provider = (location) => scripted(location, { bytes: new Uint8Array([1, 2, 3]) })
    const result = await check('s3://bucket/x')
    expect(result.ok).toBe(false)
    expect(result.steps).toContainEqual({
      name: 'read back',
      ok: false,
      message: 'The target gave back other bytes than it was sent.',
    })
    expect(result.steps.at(-1)).toEqual({ name: 'delete', ok: true })
  })

  it('refuses what is not a target at all', async () => {
    await expect(check('relative/path')).rejects.toMatchObject({ code: 'invalid' })
    await expect(check('gopher://x')).rejects.toMatchObject({ code: 'invalid' })
  })
})

interface Script {
  readonly put?: (path: string) => Promise<never>
  readonly remove?: (path: string) => Promise<void>
  readonly bytes?: Uint8Array
}

/** A target that does what it is told, for one object. */
function scripted(location: string, script: Script): TargetProvider {
  let stored: Uint8Array = new Uint8Array()
  return {
    location,
    features: {},
    list: async function* () {
      yield []
    },
    put: async (path: string, content: { open(): AsyncIterable<Uint8Array> }) => {
      if (script.put !== undefined) return script.put(path)
      for await (const chunk of content.open()) stored = chunk
      return undefined as never
    },
    read: async function* () {
      yield script.bytes ?? stored
    },
    remove: async (path: string) => script.remove?.(path),
    close: async () => undefined,
  } as unknown as TargetProvider
}

function fileAt(name: string): string {
  const path = join(bench.root, name)
  writeFileSync(path, '')
  return path
}

function linkTo(path: string): string {
  const link = join(bench.root, 'link')
  symlinkSync(path, link)
  return link
}

/** What holds all of Tidekeep's directories, and is nobody's home. */
function ownHome(): string {
  mkdirSync(bench.host.paths.home, { recursive: true })
  return bench.host.paths.home
}

function ownDirectory(): string {
  mkdirSync(bench.host.paths.state, { recursive: true })
  return bench.host.paths.state
}
