import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { Action, Entry, Hold, Job, Lane, RelPath } from '../../common/model.ts'
import { MAX_ATTEMPTS } from '../../main/engine/queue/retry-policy.ts'
import { Transfers, type TransferDeps } from '../../main/engine/transfers.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { BatchItem, Features, TargetProvider } from '../../main/providers/provider.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Store } from '../../main/state/store.ts'
import { createFakeHost, RecordingLog } from '../fakes/host.ts'
import {
  createTransferBench,
  expecting,
  FOLDER_ID,
  uploadOf,
  without,
  type TransferBench,
} from '../fakes/transfer-bench.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const HOLD: Hold = { reason: 'mass-overwrite', message: 'Many changed.', count: 1, bytes: 1 }

/** Half of the range, always: back-off times are then known. */
const MIDDLE = { next: () => 0.5, hex: () => '00' }

let clock: VirtualClock
let bench: TransferBench
let store: Store
let gate: Gate
let failures: { path: string; code: ErrorCode; dead: boolean }[]
let stale: string[]
let ended: string[]
let running: { stop: AbortController; kill: AbortController; over: Promise<void> } | undefined

beforeEach(async () => {
  clock = new VirtualClock()
  gate = new Gate()
  bench = createTransferBench(clock, (target) => gate.around(target))
  store = (await openStore({ directory: join(bench.place, 'state'), clock, log: new RecordingLog() })).store
  failures = []
  stale = []
  ended = []
})
afterEach(async () => {
  gate.openAll()
  running?.stop.abort()
  running?.kill.abort()
  await running?.over
  running = undefined
  store.close()
  await bench.close()
})

/** Stands before the target: counts, holds and fails calls as a test wants. */
class Gate {
  readonly begun: string[] = []
  readonly batches: (readonly string[])[] = []
  underWay = 0
  most = 0
  fail: (path: string) => ErrorCode | undefined = () => undefined
  readonly #held = new Map<string, { readonly promise: Promise<void>; readonly open: () => void }>()

  hold(...paths: readonly string[]): void {
    for (const path of paths) {
      let open: () => void = () => undefined
      const promise = new Promise<void>((resolve) => (open = resolve))
      this.#held.set(path, { promise, open })
    }
  }

  open(path: string): void {
    this.#held.get(path)?.open()
    this.#held.delete(path)
  }

  openAll(): void {
    for (const path of this.#held.keys()) this.open(path)
  }

  around(target: TargetProvider): TargetProvider {
    const put: TargetProvider['put'] = (path, content, options) =>
      this.#pass(path, options.signal, () => target.put(path, content, options))
    const features = {
      ...target.features,
      makeDirectory: ((path, metadata, options) =>
        this.#pass(path, options.signal, () =>
          target.features.makeDirectory!(path, metadata, options),
        )) satisfies NonNullable<TargetProvider['features']['makeDirectory']>,
      putBatch: async (items: readonly BatchItem[], options: { readonly signal: AbortSignal }) => {
        this.batches.push(items.map(({ path }) => path))
        return Promise.all(
          items.map(({ path, content, ...rest }) =>
            put(path, content, { ...rest, ...options }).then(
              (result) => ({ ok: true as const, result }),
              (error: Error) => ({ ok: false as const, error }),
            ),
          ),
        )
      },
    }
    return new Proxy(target, {
      get: (real, name) => {
        if (name === 'put') return put
        if (name === 'features') return features
        const member: unknown = Reflect.get(real, name)
        return typeof member === 'function' ? member.bind(real) : member
      },
    })
  }

  async #pass<T>(path: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    this.begun.push(path)
    this.most = Math.max(this.most, ++this.underWay)
    try {
      const killed = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([this.#held.get(path)?.promise ?? Promise.resolve(), killed])
      const code = this.fail(path)
      if (code !== undefined) throw new TidekeepError({ code, message: `${path}: ${code}.`, path })
      return await run()
    } finally {
      this.underWay--
    }
  }
}

function start(overrides: Partial<TransferDeps> = {}): Transfers {
  const transfers = new Transfers({
    folderId: FOLDER_ID,
    store,
    context: bench.context,
    clock,
    random: MIDDLE,
    log: new RecordingLog(),
    concurrency: () => 0,
    onRecorded: () => undefined,
    onEnded: (action) => void ended.push(action.path),
    onFailed: ({ action }, { code }, dead) => void failures.push({ path: action.path, code, dead }),
    onStale: (path) => void stale.push(path),
    onChange: () => undefined,
    ...overrides,
  })
  const stop = new AbortController()
  const kill = new AbortController()
  running = { stop, kill, over: transfers.run(stop.signal, kill.signal) }
  return transfers
}

function enqueue(lane: Lane, ...actions: readonly Action[]): void {
  store.queue.enqueue(
    FOLDER_ID,
    actions.map((action) => ({ action, lane })),
  )
}

const upload = (path: string, content = path): Action => uploadOf(bench.write(path, content))
const states = (): Readonly<Record<string, Job['state']>> =>
  Object.fromEntries(store.queue.list({ limit: 1000 }).map(({ action, state }) => [action.path, state]))

/** Real I/O of the temporary directory has no virtual time: looks until it is so. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`It never came about that ${what}: ${JSON.stringify(states())}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const idle = (): Promise<void> => until('the queue is empty', () => Object.keys(states()).length === 0)

describe('lanes', () => {
  it('carry small files past a huge one that is still on its way', async () => {
    gate.hold('huge')
    enqueue('large', upload('huge'))
    enqueue('small', ...Array.from({ length: 30 }, (_, index) => upload(`s${index}`)))
    const transfers = start()
    await until('only the huge file is left', () => Object.keys(states()).length === 1)
    expect(states()).toEqual({ huge: 'running' })
    expect(Array.from(transfers.live, ({ path }) => path)).toEqual(['huge'])
    gate.open('huge')
    await idle()
    expect(Object.keys(await bench.remote())).toHaveLength(31)
  })

  it('keep to the concurrency that was asked for', async () => {
    bench.target = without(bench.target, 'putBatch')
    gate.hold('l0', 'l1', 'l2', 'l3')
    enqueue('large', ...['l0', 'l1', 'l2', 'l3'].map((path) => upload(path)))
    start({ concurrency: () => 2, context: bench.context })
    await until('two are under way', () => gate.underWay === 2)
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(gate.most).toBe(2)
    gate.openAll()
    await idle()
    expect(gate.most).toBe(2)
  })

  it('leave the number to the target otherwise', async () => {
    const paths = Array.from({ length: 8 }, (_, index) => `l${index}`)
    gate.hold(...paths)
    enqueue('large', ...paths.map((path) => upload(path)))
    start()
    const { largeConcurrency } = bench.target.features.limits
    await until('as many as it allows are under way', () => gate.underWay === largeConcurrency)
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(gate.most).toBe(largeConcurrency)
  })

  it('record what was done, in history and baseline, and tell how much', async () => {
    const rows: string[] = []
    enqueue('small', upload('a', 'one'), upload('b', 'four'))
    const transfers = start({ onRecorded: (recorded) => rows.push(...recorded.map(({ path }) => path)) })
    await idle()
    expect(rows.sort()).toEqual(['a', 'b'])
    expect(ended.sort()).toEqual(['a', 'b'])
    expect(store.baseline.totals(FOLDER_ID)).toEqual({ files: 2, bytes: 7 })
    expect(transfers.done).toEqual({ files: 2, bytes: 7 })
    expect(store.history.list({ limit: 10 })).toHaveLength(2)
  })

  it('begin nothing in a folder before it is made', async () => {
    const folder = bench.makeDirectory('new')
    gate.hold('new')
    enqueue('small', upload('new/file'), {
      kind: 'make-directory',
      path: folder.path,
      local: folder,
      expect: { kind: 'absent' },
    })
    start()
    await until('the folder is being made', () => gate.begun.includes('new'))
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(gate.begun).toEqual(['new'])
    gate.open('new')
    await idle()
    expect(gate.begun).toEqual(['new', 'new/file'])
  })

  it('begin what lies in a folder once that is made, and record the folder only once it is durable', async () => {
    const folders = ['new', 'new/deep'].map((path) => bench.makeDirectory(path))
    const durable = Promise.withResolvers<void>()
    const { target } = bench.context
    const { features } = target
    const makeDirectory: NonNullable<Features['makeDirectory']> = async (path, metadata, options) => {
      const entry = await features.makeDirectory!(path, metadata, options)
      options.onMade?.()
      await durable.promise
      return entry
    }
    const limits = { ...features.limits, makesDirectoriesTogether: true as const }
    enqueue(
      'small',
      upload('new/deep/file'),
      ...folders.map(
        (local) => ({ kind: 'make-directory', path: local.path, local, expect: { kind: 'absent' } }) as const,
      ),
    )
    start({ context: { ...bench.context, target: withFeatures(target, { ...features, limits, makeDirectory }) } })
    await until('the file is there', () => store.baseline.get(FOLDER_ID, 'new/deep/file' as RelPath) !== undefined)
    expect(gate.begun).toEqual(['new', 'new/deep', 'new/deep/file'])
    expect(store.baseline.get(FOLDER_ID, 'new' as RelPath)).toBeUndefined()
    durable.resolve()
    await idle()
    expect(store.baseline.get(FOLDER_ID, 'new/deep' as RelPath)).toMatchObject({ kind: 'directory' })
  })

  it('make folders before what goes into them, and empty them before they go', async () => {
    const base = await bench.keep('old/file', 'x')
    store.baseline.put(FOLDER_ID, base)
    const old = await bench.target.stat('old' as RelPath, { signal: new AbortController().signal })
    bench.removeLocal('old')
    const folder: Entry = bench.makeDirectory('new')
    enqueue(
      'small',
      { kind: 'delete', path: 'old' as RelPath, base: asBase(old), expect: { kind: 'any' } },
      { kind: 'delete', path: base.path, base, expect: expecting(base) },
      upload('new/file'),
      { kind: 'make-directory', path: folder.path, local: folder, expect: { kind: 'absent' } },
    )
    start()
    await idle()
    expect(failures).toEqual([])
    expect(await bench.remote()).toEqual({ 'new/file': 'new/file' })
  })
})

function withFeatures(target: TargetProvider, features: Features): TargetProvider {
  return new Proxy(target, {
    get: (real, name) => (name === 'features' ? features : Reflect.get(real, name)) as unknown,
  })
}

function asBase(entry: Entry) {
  return {
    path: entry.path,
    kind: 'directory' as const,
    size: 0,
    mtimeNs: entry.mtimeNs,
    remote: { size: 0, verifiedBy: 'checksum' as const },
    recordedAtMs: 0,
  }
}

describe('a pause', () => {
  it('holds everything that has not begun, until it ends', async () => {
    const transfers = start()
    transfers.setPaused(true)
    gate.hold('a')
    enqueue('small', upload('a'))
    transfers.wake()
    await clock.advance(60_000)
    expect([gate.begun, states()]).toEqual([[], { a: 'queued' }])
    gate.openAll()
    transfers.setPaused(false)
    await idle()
  })
})

describe('what was agreed on and is forgotten since, by a word of a person', () => {
  it('is not replaced at the target by an upload from before', async () => {
    const base = await bench.keep('a', 'agreed')
    const local = bench.write('a', 'edited', { mtimeMs: 5_000_000 })
    enqueue('small', { ...uploadOf(local, expecting(base)), base })
    start()
    await idle()
    expect(await bench.remote()).toEqual({ a: 'agreed' })
    expect(stale).toEqual(['a'])
    store.baseline.put(FOLDER_ID, base)
    enqueue('small', { ...uploadOf(local, expecting(base)), base })
    running!.stop.abort()
    await running!.over
    start()
    await idle()
    expect(await bench.remote()).toEqual({ a: 'edited' })
  })
})

describe('stopping', () => {
  it('finishes and records what began, and begins nothing else', async () => {
    gate.hold('first')
    enqueue('large', upload('first'))
    const transfers = start({ concurrency: () => 1 })
    await until('the first is under way', () => gate.underWay === 1)
    enqueue('large', upload('second'))
    running!.stop.abort()
    transfers.wake()
    gate.open('first')
    await running!.over
    expect(states()).toEqual({ second: 'queued' })
    expect(store.baseline.get(FOLDER_ID, 'first' as RelPath)).toBeDefined()
  })

  it('at once gives unfinished jobs back unharmed, without an attempt', async () => {
    gate.hold('a', 'b')
    enqueue('large', upload('a'))
    enqueue('small', upload('b'))
    start()
    await until('both are under way', () => gate.underWay === 2)
    gate.fail = () => 'cancelled'
    running!.stop.abort()
    running!.kill.abort()
    await running!.over
    expect(states()).toEqual({ a: 'queued', b: 'queued' })
    expect(store.queue.list({ limit: 10 }).map(({ attempts }) => attempts)).toEqual([0, 0])
    expect([failures, await bench.remote()]).toEqual([[], {}])
  })

  it('lets those go who wait for the queue to drain', async () => {
    gate.hold('a')
    enqueue('large', upload('a'))
    const transfers = start({ concurrency: () => 1 })
    await until('it is under way', () => gate.underWay === 1)
    enqueue('large', upload('b'))
    const drained = transfers.drained(0)
    running!.stop.abort()
    gate.openAll()
    await running!.over
    await drained
    expect(states()).toEqual({ b: 'queued' })
  })
})

const LARGE = 'x'.repeat(300 * 1024)

describe('skipping', () => {
  it('stops the transfer of one file alone and leaves it out, without an attempt; nothing is there of it', async () => {
    gate.hold('a', 'b')
    enqueue('large', upload('a', LARGE), upload('b', LARGE))
    const transfers = start({ concurrency: () => 2 })
    await until('both are under way', () => gate.underWay === 2)
    const [a] = store.queue.list({ limit: 9 })
    expect(await transfers.skip(a!.id)).toBe(true)
    expect(states()).toEqual({ a: 'skipped', b: 'running' })
    expect(store.queue.list({ state: 'skipped', limit: 1 })).toMatchObject([{ id: a!.id, attempts: 0 }])
    expect([failures, await bench.remote()]).toEqual([[], {}])
    gate.openAll()
    store.queue.retry(a!.id)
    transfers.wake()
    await idle()
    expect(Object.keys(await bench.remote()).toSorted()).toEqual(['a', 'b'])
  })

  it('comes too late for what is through meanwhile, and says so', async () => {
    gate.hold('a')
    enqueue('small', upload('a'))
    const transfers = start()
    await until('it is under way', () => gate.underWay === 1)
    const [a] = store.queue.list({ limit: 9 })
    const skipped = transfers.skip(a!.id)
    gate.openAll()
    expect(await skipped).toBe(false)
    expect(store.baseline.get(FOLDER_ID, 'a' as RelPath)).toBeDefined()
    expect(transfers.skip(a!.id)).toBeUndefined()
  })

  it('is what becomes of a file that fails meanwhile, whatever for, but not of one that is gone', async () => {
    gate.hold('a', 'b')
    enqueue('small', upload('a'))
    enqueue('small', upload('b'))
    const transfers = start({ concurrency: () => 2 })
    await until('both are under way', () => gate.underWay === 2)
    const skips = store.queue.list({ limit: 9 }).map(async ({ id }) => transfers.skip(id))
    gate.fail = (path) => (path === 'a' ? 'forbidden' : 'vanished')
    gate.openAll()
    expect(await Promise.all(skips)).toEqual([true, false])
    expect(states()).toEqual({ a: 'skipped' })
  })

  it('does not make a folder, or what a person decided, a thing to be left out', async () => {
    gate.hold('d')
    const directory = bench.makeDirectory('d')
    enqueue('small', { kind: 'make-directory', path: directory.path, local: directory, expect: { kind: 'absent' } })
    const transfers = start()
    await until('it is under way', () => gate.underWay === 1)
    expect(await transfers.skip(store.queue.list({ limit: 1 })[0]!.id)).toBe(false)
  })
})

describe('many at once', () => {
  it('fail alone: the others are recorded', async () => {
    gate.fail = (path) => (path === 'b' ? 'corrupt' : undefined)
    enqueue('small', upload('a'), upload('b'))
    start()
    await until('the failed one waits alone', () => states()['b'] === 'waiting' && Object.keys(states()).length === 1)
    expect(gate.batches[0]).toEqual(['a', 'b'])
    expect(failures).toEqual([{ path: 'b', code: 'corrupt', dead: false }])
    expect(store.baseline.totals(FOLDER_ID).files).toBe(1)
  })

  it('are compared one by one where the target refuses them', async () => {
    await bench.foreign('same', 'same')
    await bench.foreign('other', 'theirs')
    enqueue('small', upload('same'), upload('other', 'ours'))
    start()
    await idle()
    expect(failures).toEqual([])
    const remote = await bench.remote()
    expect([remote['same'], remote['other']]).toEqual(['same', 'ours'])
    expect(Object.values(remote).sort()).toEqual(['ours', 'same', 'theirs'])
  })
})

describe('a target that is away', () => {
  it('gets every job back unharmed, is tried again with one, and then everything goes on', async () => {
    gate.fail = () => 'unavailable'
    enqueue('small', ...['a', 'b', 'c', 'd', 'e', 'f'].map((path) => upload(path)))
    const transfers = start()
    await until('it is known to be away', () => transfers.down !== undefined && !transfers.busy)
    expect(transfers.down).toMatchObject({ code: 'unavailable' })
    expect(new Set(Object.values(states()))).toEqual(new Set(['queued']))
    const before = gate.begun.length
    await clock.advance(60_000)
    await until('one has tried', () => gate.begun.length > before && !transfers.busy)
    expect(gate.begun.length - before).toBeLessThanOrEqual(6)
    gate.fail = () => undefined
    transfers.tryAgain()
    await idle()
    expect([failures, transfers.down]).toEqual([[], undefined])
    expect(Object.keys(await bench.remote())).toHaveLength(6)
  })

  it('lets those go who wait for the queue to drain', async () => {
    gate.fail = () => 'unauthenticated'
    enqueue('small', upload('a'))
    const transfers = start()
    await until('it is known to be away', () => transfers.down !== undefined)
    await transfers.drained(5_000)
    expect(states()).toEqual({ a: 'queued' })
  })
})

describe('a target that is silent', () => {
  it('harms no job, however long that lasts', async () => {
    gate.fail = () => 'timeout'
    enqueue('small', upload('a'), upload('b'))
    const transfers = start()
    await until('it is known to be silent', () => transfers.down !== undefined && !transfers.busy)
    for (let round = 0; round < 100; round++) {
      const before = gate.begun.length
      await clock.advance(60_000)
      await until('one has tried', () => gate.begun.length > before && !transfers.busy)
    }
    expect(failures).toEqual([])
    expect(store.queue.list({ limit: 10 }).map(({ attempts, state }) => [attempts, state === 'dead'])).toEqual([
      [0, false],
      [0, false],
    ])
    gate.fail = () => undefined
    await clock.advance(60_000)
    await idle()
  })

  it('for one file alone lets the others pass, and that one ends as a dead letter', async () => {
    gate.fail = (path) => (path === 'a' ? 'timeout' : undefined)
    enqueue('large', upload('a'))
    const transfers = start()
    for (let round = 0; states()['a'] !== 'dead' && round < 60; round++) {
      enqueue('small', upload(`other ${round}`))
      transfers.wake()
      await until(`${round} got through`, async () => {
        await clock.advance(10_000)
        return states()[`other ${round}`] === undefined
      })
    }
    expect(failures).toHaveLength(MAX_ATTEMPTS)
    expect(states()).toEqual({ a: 'dead' })
  })
})

describe('a failing job', () => {
  it('is dropped and looked at again when its source is gone', async () => {
    enqueue('large', upload('a'))
    bench.removeLocal('a')
    start()
    await idle()
    expect([stale, failures]).toEqual([['a'], []])
  })

  it('waits and is looked at again when its source changed meanwhile', async () => {
    enqueue('large', upload('a'))
    bench.write('a', 'another content')
    const transfers = start()
    await until('it waits', () => states()['a'] === 'waiting')
    expect(stale).toEqual(['a'])
    enqueue('large', uploadOf(bench.entry('a')))
    transfers.wake()
    await idle()
    expect(await bench.remote()).toEqual({ a: 'another content' })
  })

  it('is a dead letter after its last attempt, never before', async () => {
    gate.fail = () => 'corrupt'
    enqueue('large', upload('a'))
    start()
    await until('it is dead', async () => {
      await clock.advance(60_000)
      return states()['a'] === 'dead'
    })
    expect(failures.map(({ dead }) => dead)).toEqual(
      Array.from({ length: MAX_ATTEMPTS }, (_, index) => index === MAX_ATTEMPTS - 1),
    )
    expect(states()).toEqual({ a: 'dead' })
    expect(gate.begun).toHaveLength(MAX_ATTEMPTS)
    // Of a move, the old path stays out of reach of deletions.
    expect(ended).toEqual([])
  })

  it('is a dead letter at once where trying again cannot help', async () => {
    gate.fail = () => 'forbidden'
    enqueue('large', upload('a'))
    start()
    await until('it is dead', () => states()['a'] === 'dead')
    expect(failures).toEqual([{ path: 'a', code: 'forbidden', dead: true }])
  })

  it('is due again at the time the back-off says, and not before', async () => {
    gate.fail = () => 'corrupt'
    enqueue('large', upload('a'))
    start()
    await until('it failed', () => failures.length === 1)
    gate.fail = () => undefined
    await clock.advance(499)
    expect(gate.begun).toHaveLength(1)
    await clock.advance(2)
    await idle()
  })
})

describe('a file against a folder that an outcome ends', () => {
  it.each([
    ['type', 'everywhere'],
    ['edit-edit', undefined],
  ] as const)('has both sides looked at for what lies below: of the kind %s, %s', async (kind, reach) => {
    const local = bench.write('a', 'x')
    store.conflicts.found(FOLDER_ID, { path: local.path, kind, local: { entry: local }, remote: { entry: local } }, 1)
    enqueue('small', uploadOf(local), upload('b'))
    const reaches: (readonly [string, string | undefined])[] = []
    start({
      context: { ...bench.context, source: bench.target },
      onStale: (...look) => void reaches.push([look[0], look[1]]),
    })
    await idle()
    expect(store.conflicts.count(FOLDER_ID)).toBe(0)
    expect(reaches).toEqual(reach === undefined ? [] : [['a', reach]])
  })
})

describe('what failed below a file against a folder before that was known', () => {
  it('is over once that is a conflict: it waits for it once, and is not tried again', async () => {
    const source = createLocalProvider({ root: bench.source, deps: { host: createFakeHost(), pool: bench.pool } })
    const inside = upload('a/inside')
    const remote = await bench.foreign('a', 'a file')
    gate.fail = (path) => (path === 'a/inside' ? 'locked' : undefined)
    enqueue('small', inside)
    const waits: string[] = []
    const transfers = start({ context: { ...bench.context, source }, onWaits: ({ path }) => void waits.push(path) })
    await until('it failed', () => failures.length === 1)
    expect(states()).toEqual({ 'a/inside': 'waiting' })
    const local = bench.entry('a')
    enqueue('small', { kind: 'settle', path: local.path, local, remote, expect: { kind: 'any' } })
    transfers.wake()
    await until('the conflict is found', () => store.conflicts.count(FOLDER_ID) === 1)
    expect(states()).toEqual({})
    await clock.advance(60_000)
    await until('nothing runs', () => !transfers.busy)
    expect([waits, ended.sort(), gate.begun]).toEqual([['a/inside'], ['a', 'a/inside'], ['a/inside']])
    await source.close()
  })
})

describe('what is to go into a folder whose place a file is to take', () => {
  it('waits for long where that file is for somebody to decide about, and goes on as soon as it is carried out', async () => {
    const there = await bench.foreign('a', 'a file')
    const above: Action = { kind: 'upload', path: there.path, local: bench.write('x', 'x'), expect: { kind: 'any' } }
    store.queue.enqueue(FOLDER_ID, [{ action: above, lane: 'small', hold: HOLD }])
    gate.fail = (path) => (path === 'a/b' ? 'locked' : undefined)
    enqueue('small', { ...uploadOf(bench.write('b', 'b')), path: 'a/b' as RelPath })
    const transfers = start({ context: { ...bench.context, source: bench.target } })
    await until('it failed', () => failures.length === 1)
    await clock.advance(4 * 60_000)
    expect([gate.begun, states()]).toEqual([['a/b'], { a: 'held', 'a/b': 'waiting' }])
    store.queue.decide(FOLDER_ID, 'approve')
    transfers.wake()
    await until('it is tried again', () => failures.length === 2)
    expect(gate.begun).toEqual(['a/b', 'a', 'a/b'])
  })

  it('lets that file go first once it could not be carried out, however late its turn was', async () => {
    const remote = bench.write('there', 'x')
    const above: Action = { kind: 'download', path: 'a' as RelPath, remote, expect: { kind: 'any' } }
    enqueue('small', above)
    const [file] = store.queue.claim(FOLDER_ID, 'small', 1)
    store.queue.postpone(file!.id, { code: 'locked', message: 'A folder is in the way.' }, clock.now() + 30_000)
    gate.fail = () => 'locked'
    enqueue('small', upload('a/b'))
    start({ context: { ...bench.context, source: bench.target } })
    await until('the one in the folder failed', () => failures.length === 1)
    running!.stop.abort()
    await running!.over
    const local = bench.makeDirectory('a/c')
    enqueue('small', { kind: 'make-directory', path: local.path, local, expect: { kind: 'absent' } })
    await clock.advance(60_000)
    const order = store.queue.claim(FOLDER_ID, 'small', 9).map(({ action }) => action.path)
    expect(order).toEqual(['a', 'a/c', 'a/b'])
  })
})

describe('a move that could not be one', () => {
  it('has its old path looked at again', async () => {
    const base = await bench.keep('old', 'content')
    store.baseline.put(FOLDER_ID, base)
    bench.removeLocal('old')
    const local = bench.write('new', 'another')
    enqueue('small', { kind: 'move', path: local.path, from: base.path, local, base, expect: expecting(base) })
    start()
    await idle()
    expect([stale, ended]).toEqual([['old'], ['new']])
    expect(await bench.remote()).toEqual({ old: 'content', new: 'another' })
  })
})

describe('progress', () => {
  it('counts one burst of work as one, and the next from the start', async () => {
    enqueue('large', upload('a', '123'))
    const transfers = start()
    await idle()
    await until('it is at rest', () => !transfers.busy)
    enqueue('large', upload('b', '12'))
    transfers.wake()
    await idle()
    await until('it is at rest', () => !transfers.busy)
    expect(transfers.done).toEqual({ files: 2, bytes: 5 })
    await clock.advance(3_000)
    enqueue('large', upload('c', '1'))
    transfers.wake()
    await idle()
    expect(transfers.done).toEqual({ files: 1, bytes: 1 })
  })
})

describe('state that cannot be written', () => {
  it('stops nothing for good: what was done is done again once it can be', async () => {
    enqueue('large', upload('a'))
    const transaction = store.transaction.bind(store)
    const full = new TidekeepError({ code: 'quota-exceeded', message: 'The disk of the state is full.' })
    let isFull = true
    store.transaction = (work) => {
      if (isFull) throw full
      return transaction(work)
    }
    const transfers = start()
    await until('it is known', () => transfers.down === full)
    await clock.advance(31_000)
    expect(store.baseline.totals(FOLDER_ID).files).toBe(0)
    isFull = false
    await until('it is recorded', async () => {
      await clock.advance(31_000)
      return store.baseline.totals(FOLDER_ID).files === 1
    })
    expect([states(), await bench.remote()]).toEqual([{}, { a: 'a' }])
  })

  it('holds up nobody who ends: a command would stay for half a minute', async () => {
    enqueue('large', upload('a'))
    const full = new TidekeepError({ code: 'quota-exceeded', message: 'The disk of the state is full.' })
    const transaction = store.transaction.bind(store)
    store.transaction = () => {
      throw full
    }
    const transfers = start()
    await until('it is known', () => transfers.down === full)
    running!.stop.abort()
    await running!.over
    expect(clock.pending).toBe(0)
    store.transaction = transaction
  })
})
