import { describe, expect, it } from 'vitest'
import type { Action, Failure, FolderId, Hold, Job, JobId } from '../../common/model.ts'
import { openStoreForReading } from '../../main/state/sqlite-store.ts'
import type { PlannedAction } from '../../main/state/store.ts'
import {
  FOLDER,
  baselineEntry,
  deletion,
  localEntry,
  openBench,
  planned,
  rel,
  upload,
  type StoreBench,
} from './state-support.ts'

const OTHER = 'cafecafe' as FolderId
const FAILURE: Failure = { code: 'timeout', message: 'It took too long.' }
const HOLD: Hold = { reason: 'mass-overwrite', message: 'many', count: 1, bytes: 1 }

function directory(path: string): Action {
  const { size: _size, ...entry } = localEntry(path)
  return {
    kind: 'make-directory',
    path: rel(path),
    expect: { kind: 'absent' },
    local: { ...entry, kind: 'directory', size: 0 },
  }
}

function overwrite(path: string): Action {
  return { ...upload(path), base: baselineEntry(path), expect: { kind: 'etag', etag: '"e1"' } } as Action
}

function find({ store }: StoreBench, ...actions: readonly (Action | PlannedAction)[]): void {
  store.queue.enqueue(
    FOLDER,
    actions.map((each) => ('lane' in each ? each : planned(each))),
    { isFoundAgain: true },
  )
}

function paths(jobs: readonly Job[]): string[] {
  return jobs.map((job) => job.action.path)
}

/** What another process would find, were this one killed now. */
async function pathsInFile({ host }: StoreBench): Promise<string[]> {
  const store = await openStoreForReading({ directory: host.paths.state, clock: host.clock, log: host.log })
  const found = paths(store.queue.list({ limit: 99 })).sort()
  store.close()
  return found
}

describe('jobs for what a full pass finds again', () => {
  it('are in memory alone while they are fresh: claimed, counted and ended without a row', async () => {
    const bench = await openBench()
    const { queue } = bench.store
    find(bench, directory('d'), upload('d/a', 1, 30), upload('d/b', 2, 12))
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 3, running: 0, bytes: 42 })
    expect([queue.has(FOLDER, rel('d/a')), queue.nextDueMs(FOLDER, 'small')]).toEqual([true, 0])
    const jobs = queue.claim(FOLDER, 'small', 9)
    expect(jobs.map((job) => job.action)).toEqual([directory('d'), upload('d/a', 1, 30), upload('d/b', 2, 12)])
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 0, running: 3 })
    expect(queue.claim(FOLDER, 'small', 9)).toEqual([])
    expect(await pathsInFile(bench)).toEqual([])
    queue.complete(jobs.map(({ id }) => id))
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 0, running: 0, bytes: 0 })
    expect(queue.has(FOLDER, rel('d/a'))).toBe(false)
    bench.store.close()
  })

  it('survive the process once they have waited for ten seconds, whether they run by then or not', async () => {
    const bench = await openBench()
    find(bench, upload('a'), upload('b'), upload('c'))
    expect(paths(bench.store.queue.claim(FOLDER, 'small', 1))).toEqual(['a'])
    await bench.host.clock.advance(10_001)
    expect(await pathsInFile(bench)).toEqual([])
    expect(paths(bench.store.queue.claim(FOLDER, 'small', 1))).toEqual(['b'])
    expect(await pathsInFile(bench)).toEqual(['a', 'b', 'c'])
    expect(bench.store.queue.counts(FOLDER)).toMatchObject({ queued: 1, running: 2 })
    bench.store.close()
  })

  it('survive a clean end', async () => {
    const bench = await openBench()
    find(bench, upload('a'), upload('b'))
    bench.store.queue.claim(FOLDER, 'small', 1)
    const { store } = await bench.reopen()
    store.queue.recover()
    expect(paths(store.queue.claim(FOLDER, 'small', 9))).toEqual(['a', 'b'])
    store.close()
  })

  it('survive the process from when they failed, were given back or put off', async () => {
    const bench = await openBench()
    const { queue } = bench.store
    find(bench, upload('dead'), upload('late'), upload('off'), upload('back'), upload('fresh'))
    const [dead, late, off, back] = queue.claim(FOLDER, 'small', 5)
    queue.bury(dead!.id, FAILURE)
    queue.postpone(late!.id, FAILURE, bench.host.clock.now() + 500)
    queue.defer(off!.id, bench.host.clock.now() + 500)
    queue.release(back!.id)
    expect(await pathsInFile(bench)).toEqual(['back', 'dead', 'late', 'off'])
    expect(queue.counts(FOLDER)).toMatchObject({ dead: 1, waiting: 2, queued: 1, running: 1 })
    expect(queue.list({ state: 'dead', limit: 1 })[0]).toMatchObject({ attempts: 1, failure: FAILURE })
    bench.store.close()
  })

  it('are written at once where they are not new, or wait for a person', async () => {
    const bench = await openBench()
    find(bench, upload('new'), overwrite('changed'), deletion('gone'), planned(upload('held'), { hold: HOLD }))
    expect(await pathsInFile(bench)).toEqual(['changed', 'gone', 'held'])
    bench.store.close()
  })

  it('are claimed in one order with those that are written', async () => {
    const bench = await openBench()
    const { queue } = bench.store
    find(bench, upload('first'))
    queue.enqueue(FOLDER, [planned(upload('second')), planned(deletion('last'))])
    find(bench, upload('third'), directory('a/b'), directory('a'))
    expect(paths(queue.claim(FOLDER, 'small', 4))).toEqual(['a', 'a/b', 'first', 'second'])
    expect(paths(queue.claim(FOLDER, 'small', 4))).toEqual(['third', 'last'])
    expect(await pathsInFile(bench)).toEqual(['last', 'second'])
    bench.store.close()
  })

  it('make way for a newer observation, which waits behind one that runs', async () => {
    const bench = await openBench()
    const { queue } = bench.store
    find(bench, upload('runs', 1), upload('waits', 1))
    const [job] = queue.claim(FOLDER, 'small', 1)
    find(bench, upload('runs', 1), upload('waits', 1))
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 1, running: 1 })
    expect(await pathsInFile(bench)).toEqual([])
    find(bench, upload('runs', 2), upload('waits', 2))
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 2, running: 1 })
    expect(queue.claim(FOLDER, 'small', 9).map((each) => each.action)).toEqual([upload('waits', 2)])
    queue.complete([job!.id])
    expect(queue.claim(FOLDER, 'small', 9).map((each) => each.action)).toEqual([upload('runs', 2)])
    bench.store.close()
  })

  it('have no second one beside a written one of the same path', async () => {
    const bench = await openBench()
    const { queue } = bench.store
    queue.enqueue(FOLDER, [planned(upload('a', 1))])
    find(bench, upload('a', 1), upload('b', 1))
    expect(queue.counts(FOLDER).queued).toBe(2)
    queue.bury(queue.claim(FOLDER, 'small', 1)[0]!.id, FAILURE)
    find(bench, upload('a', 1))
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 1, dead: 1 })
    bench.store.close()
  })

  it('are as they were after a step that was rolled back', async () => {
    const bench = await openBench()
    const { queue } = bench.store
    find(bench, upload('a'), upload('b'))
    const [job] = queue.claim(FOLDER, 'small', 1)
    expect(() =>
      bench.store.transaction(() => {
        queue.complete([job!.id])
        find(bench, upload('c'))
        queue.claim(FOLDER, 'small', 9)
        queue.persist(FOLDER)
        throw new Error('the disk is full')
      }),
    ).toThrow('the disk is full')
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 1, running: 1 })
    expect(await pathsInFile(bench)).toEqual([])
    expect(paths(queue.claim(FOLDER, 'small', 9))).toEqual(['b'])
    queue.complete([job!.id])
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 0, running: 1 })
    bench.store.close()
  })

  it('are listed as if they were written, and are not written for it', async () => {
    const bench = await openBench()
    const { queue } = bench.store
    queue.enqueue(OTHER, [planned(upload('written/before')), planned(deletion('held'), { hold: HOLD })])
    find(bench, directory('d'), planned(upload('large', 1, 9), { lane: 'large' }), upload('d/a'), upload('d/b'))
    queue.enqueue(FOLDER, [planned(overwrite('written')), planned(upload('written/too'))])
    queue.enqueue(OTHER, [planned(upload('o/a')), planned(upload('o/b'))], { isFoundAgain: true })
    find(bench, upload('z'), upload('e'))
    queue.claim(FOLDER, 'large', 1)
    queue.claim(FOLDER, 'small', 2)
    queue.bury(queue.claim(FOLDER, 'small', 1)[0]!.id, FAILURE)
    queue.claim(OTHER, 'small', 2)
    const listings = () =>
      (
        [
          {},
          { state: 'queued' },
          { state: 'running' },
          { state: ['waiting', 'queued'] },
          { state: ['dead', 'running'] },
        ] as const
      ).flatMap((filter) =>
        [1, 3, 99].flatMap((limit) =>
          [{}, { folderId: FOLDER }, { folderId: OTHER }].map((of) => queue.list({ ...filter, ...of, limit })),
        ),
      )
    const listed = listings()
    expect(await pathsInFile(bench)).toEqual(['d/b', 'held', 'written', 'written/before', 'written/too'])
    queue.persist()
    expect(listed).toEqual(listings())
    expect(paths(queue.list({ state: ['waiting', 'queued'], limit: 9 }))).toEqual([
      'written',
      'written/too',
      'o/b',
      'z',
      'e',
    ])
    expect(paths(queue.list({ folderId: FOLDER, state: 'held', reason: 'suspect', limit: 9 }))).toEqual([])
    bench.store.close()
  })

  it('never share an id with a job of the process after one that was killed', async () => {
    const bench = await openBench()
    find(bench, upload('a'), upload('b'))
    const ids = bench.store.queue.claim(FOLDER, 'small', 9).map(({ id }) => id)
    bench.store.queue.complete(ids)
    const { store } = await bench.reopen()
    store.queue.enqueue(FOLDER, [planned(upload('c'))])
    expect(store.queue.list({ limit: 1 })[0]!.id).toBeGreaterThan(Math.max(...(ids as readonly JobId[])))
    store.close()
  })
})
