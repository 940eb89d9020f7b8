import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { Entry, FolderId, RelPath } from '../../common/model.ts'
import { isWithin } from '../../common/paths.ts'
import { MovesUnderWay } from '../../main/engine/moves-under-way.ts'
import { queueSink, runPass } from '../../main/engine/passes.ts'
import { presenceOf } from '../../main/engine/scan/presence.ts'
import type { ScanBatch, Scanner, ScanScope } from '../../main/engine/scan/scanner.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import type { PlannedAction, Store } from '../../main/state/store.ts'
import { MapStore } from '../fakes/map-store.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { openBench, type StoreBench } from './state-support.ts'
import { baseDirectory, baseFile, localDirectory, localFile, rel } from '../fixtures/entries.ts'

const ID = 'f1' as FolderId

/** A folder in which nothing below `locked` can be looked at. */
class PartlyLocked implements Scanner {
  readonly #entries: readonly Entry[]

  constructor(entries: readonly Entry[]) {
    this.#entries = entries
  }

  async *scan(scopes: readonly ScanScope[]): AsyncGenerator<ScanBatch> {
    const entries = this.#entries.filter(({ path }) =>
      scopes.some((scope) => (scope.recursive ? isWithin(path, scope.path) : path === scope.path)),
    )
    const problems = [...new Set(['locked', ...scopes.map(({ path }) => path)])]
      .filter((path) => isWithin(path as RelPath, rel('locked')))
      .map((path) => ({ path: path as RelPath, reason: 'unreadable' as const, message: 'permission denied' }))
    yield { entries, problems, ignored: 0 }
  }

  async stat(path: RelPath): Promise<Entry | undefined> {
    if (path !== 'locked' && isWithin(path, rel('locked')))
      throw new TidekeepError({ code: 'forbidden', message: `${path} cannot be read.`, path })
    return this.#entries.find((entry) => entry.path === path)
  }

  async exists(): Promise<boolean> {
    return true
  }

  async names(): Promise<readonly string[]> {
    return []
  }

  async root(): Promise<{ device: string; inode: string }> {
    return { device: '1', inode: '1' }
  }
}

async function look(scanner: Scanner, store: Store, scopes: readonly ScanScope[] | 'everything'): Promise<string[]> {
  return (await plan(scanner, store, scopes)).map(({ action }) => `${action.kind} ${action.path}`)
}

/** What a look at everything holds back, and why. */
async function held(scanner: Scanner, store: Store): Promise<unknown[]> {
  return (await plan(scanner, store, 'everything')).map(({ action, hold }) => [
    `${action.kind} ${action.path}`,
    hold?.reason,
  ])
}

/** A target that holds one byte at a path; its first etag is "1". */
async function targetWith(path: string): Promise<TargetProvider> {
  const target = createMemoryProvider({ name: '' })
  const open = async function* () {
    yield new Uint8Array(1)
  }
  const options = { metadata: { mtimeNs: 1n }, expect: { kind: 'any' }, signal: new AbortController().signal } as const
  await target.put(rel(path), { size: 1, open }, options)
  return target
}

async function plan(
  scanner: Scanner,
  store: Store,
  scopes: readonly ScanScope[] | 'everything',
  { compareTarget = false, target = createMemoryProvider({ name: '' }) } = {},
): Promise<readonly PlannedAction[]> {
  const planned: PlannedAction[] = []
  const clock = new VirtualClock()
  const rules = { mode: 'mirror', guardFiles: 50, guardPercent: 10 } as const
  const moves = new MovesUnderWay()
  const sink = queueSink({ store, folderId: ID, moves, clock }, () => undefined)
  store.folders.set(ID, { compared: true })
  await runPass(
    { folderId: ID, scanner, target, store, clock, moves, sample: async () => [] },
    { scopes, compareTarget, rules, signal: new AbortController().signal },
    { ...sink, plan: (found) => void planned.push(...found) },
  )
  return planned
}

describe('a pass over a folder with a part that cannot be looked at', () => {
  it('still finds what changed elsewhere when both are hinted', async () => {
    const scanner = new PartlyLocked([localDirectory('locked'), localFile('b')])
    const scopes = ['b', 'locked/a'].map((path) => ({ path: rel(path), recursive: false }))
    expect(await look(scanner, new MapStore().asStore(), scopes)).toEqual(['upload b'])
  })

  it('does not end over a file whose old place lies in there', async () => {
    const store = new MapStore()
    store.entries.set(rel('locked/old'), baseFile('locked/old', { inode: '1:7' }))
    const scanner = new PartlyLocked([localDirectory('locked'), localFile('new', { inode: '1:7' })])
    expect(await look(scanner, store.asStore(), 'everything')).toEqual(['make-directory locked', 'upload new'])
  })

  it('takes what lies in there for present, so that it is not deleted', async () => {
    expect(await presenceOf(new PartlyLocked([localDirectory('locked')]), rel('locked/a'))).toBe('carried')
  })
})

describe('what a look at single paths says of problems', () => {
  it('leaves those of a folder it met and of everything in it: it did not look there', async () => {
    const { store } = await openBench()
    store.baseline.put(ID, baseDirectory('a'))
    const scanner = new PartlyLocked([localDirectory('locked'), localDirectory('a'), localFile('a/b')])
    await look(scanner, store, 'everything')
    expect(store.folders.problems(ID, 9)).toMatchObject([{ path: 'locked' }])
    store.folders.putProblems(ID, rel('a/c'), [
      { path: rel('a/c'), reason: 'unreadable', message: 'permission denied' },
    ])
    await look(scanner, store, [{ path: rel('a'), recursive: false }])
    expect(store.folders.problems(ID, 9)).toMatchObject([{ path: 'a/c' }, { path: 'locked' }])
    store.close()
  })
})

describe('a folder that is replaced while it is looked at', () => {
  it('is not taken for an emptied one: the pass fails, and nothing is deleted', async () => {
    const { store } = await openBench()
    store.baseline.put(ID, baseFile('a'))
    const scanner = new PartlyLocked([])
    let looks = 0
    scanner.root = async () => ({ device: '1', inode: looks++ === 0 ? '1' : '2' })
    await expect(look(scanner, store, 'everything')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(look(scanner, store, [{ path: rel('a'), recursive: false }])).resolves.toEqual(['delete a'])
    store.close()
  })

  it('stays another folder, look after look, while deletions wait for a decision', async () => {
    const { store } = await openBench()
    store.baseline.put(ID, baseFile('a'))
    store.folders.set(ID, { rootDevice: '1', rootInode: '7' })
    const emptied = new PartlyLocked([])
    for (const _look of [1, 2]) expect(await held(emptied, store)).toEqual([['delete a', 'source-replaced']])
    await look(new PartlyLocked([localFile('a')]), store, 'everything')
    expect(store.folders.get(ID).rootInode).toBe('1')
    store.close()
  })
})

describe('a job that failed', () => {
  let bench: StoreBench
  beforeEach(async () => {
    bench = await openBench()
  })
  afterEach(() => bench.store.close())

  /** A job for another version of the file, tried once. */
  function fail(path: string): void {
    const { queue } = bench.store
    const local = localFile(path, { ctimeNs: 2n })
    queue.enqueue(ID, [
      { action: { kind: 'upload', path: rel(path), local, expect: { kind: 'absent' } }, lane: 'small' },
    ])
    const [job] = queue.claim(ID, 'small', 1)
    queue.postpone(
      job!.id,
      { code: 'changed', message: 'It changed while it was read.' },
      bench.host.clock.now() + 60_000,
    )
  }

  /** What is left of the job after a look at everything, the target with it or not. */
  async function left(entries: readonly Entry[], compareTarget: boolean): Promise<number> {
    await plan(new PartlyLocked(entries), bench.store, 'everything', { compareTarget, target: await targetWith('a') })
    return bench.store.queue.counts(ID).waiting
  }

  it('is over when its file is found as both sides agreed on', async () => {
    bench.store.baseline.put(ID, baseFile('a', { etag: '"1"', size: 1 }))
    fail('a')
    expect(await left([localFile('a', { size: 1 })], true)).toBe(0)
  })

  it('is not over when the target was not looked at: the job may be about what was found there', async () => {
    bench.store.baseline.put(ID, baseFile('a', { etag: '"1"', size: 1 }))
    fail('a')
    expect(await left([localFile('a', { size: 1 })], false)).toBe(1)
  })

  it('is not over while the file is another than agreed on, or cannot be looked at', async () => {
    bench.store.baseline.put(ID, baseFile('a', { etag: '"1"', size: 1 }))
    fail('a')
    fail('locked/b')
    expect(await left([localFile('a', { size: 1, ctimeNs: 2n }), localDirectory('locked')], true)).toBe(2)
  })
})

describe('a look that finds a conflict to be none any more', () => {
  it.each([
    ['type', true],
    ['edit-edit', false],
  ] as const)('of the kind %s tells whether more is to be looked at: %s', async (kind, isSomeLeft) => {
    const { store, host } = await openBench()
    const remote: Entry = kind === 'type' ? localDirectory('a') : localFile('a', { size: 2 })
    store.conflicts.found(ID, { path: rel('a'), kind, local: { entry: localFile('a') }, remote: { entry: remote } }, 1)
    const moves = new MovesUnderWay()
    const target = createMemoryProvider({ name: '' })
    const scanner = new PartlyLocked([])
    const { clock } = host
    const look = async (): Promise<boolean> => {
      const rules = { mode: 'two-way', guardFiles: 50, guardPercent: 10 } as const
      const request = {
        scopes: 'everything',
        compareTarget: true,
        rules,
        signal: new AbortController().signal,
      } as const
      const deps = { folderId: ID, scanner, target, store, clock, moves, sample: async () => [] }
      return (
        await runPass(
          deps,
          request,
          queueSink({ store, folderId: ID, moves, clock }, () => undefined),
        )
      ).isSomeLeft
    }
    expect([await look(), store.conflicts.count(ID), await look()]).toEqual([isSomeLeft, 0, false])
    store.close()
  })
})

describe('a first look that breaks off', () => {
  it('has noted which folder it was before anything of it was planned: an empty one in its place is another', async () => {
    class BreaksOff extends PartlyLocked {
      override async *scan(scopes: readonly ScanScope[]): AsyncGenerator<ScanBatch> {
        yield* super.scan(scopes)
        for (let index = 0; index < 1_000; index++)
          yield { entries: [localFile(`f${String(index).padStart(4, '0')}`)], problems: [], ignored: 0 }
        throw new TidekeepError({ code: 'unavailable', message: 'The disk does not answer.' })
      }
    }
    const { store } = await openBench()
    await expect(plan(new BreaksOff([localFile('a')]), store, 'everything')).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(store.folders.get(ID)).toMatchObject({ rootInode: '1', rootDevice: '1' })
  })
})
