import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Action, Entry, Failure, FolderId, Hold, Job, JobId, RelPath } from '../../common/model.ts'
import { FOLDER, baselineEntry, deletion, localEntry, openBench, planned, rel, upload } from './state-support.ts'

const FAILURE: Failure = { code: 'timeout', message: 'It took too long.', fix: 'Wait.' }
const HOLD: Hold = { reason: 'mass-delete', message: '60 files are gone.', count: 60, bytes: 600 }
const OTHER = 'other' as FolderId
/** What is counted where there are none. */
const NO_JOBS = { queued: 0, running: 0, waiting: 0, held: 0, dead: 0, refused: 0, skipped: 0, bytes: 0 }

function paths(jobs: readonly Job[]): string[] {
  return jobs.map((job) => job.action.path)
}

describe('enqueuing', () => {
  it('gives back every kind of action exactly as it was planned, after a restart', async () => {
    const bench = await openBench()
    const base = baselineEntry('k/base')
    const remote = {
      ...localEntry('k/remote'),
      etag: '"r"',
      checksums: [{ algorithm: 'sha256' as const, value: 'cd' }],
    }
    const actions: Action[] = [
      {
        kind: 'make-directory',
        path: rel('k'),
        expect: { kind: 'any' },
        local: { ...localEntry('k'), kind: 'directory', size: 0 },
      },
      {
        kind: 'move',
        path: rel('k/to'),
        from: rel('k/base'),
        expect: { kind: 'absent' },
        local: localEntry('k/to'),
        base,
      },
      {
        kind: 'adopt',
        path: rel('k/adopt'),
        expect: { kind: 'etag', etag: '"r"' },
        local: localEntry('k/adopt'),
        remote,
      },
      { kind: 'metadata', path: rel('k/meta'), expect: { kind: 'any' }, local: localEntry('k/meta'), base },
      { kind: 'upload', path: rel('k/new'), expect: { kind: 'absent' }, local: localEntry('k/new') },
      {
        kind: 'upload',
        path: rel('k/up'),
        expect: { kind: 'etag', etag: '"e1"' },
        local: localEntry('k/up'),
        base: baselineEntry('k/up'),
      },
      {
        kind: 'delete',
        path: rel('k/x/gone'),
        expect: { kind: 'etag', etag: '"e1"' },
        base: baselineEntry('k/x/gone'),
      },
      { kind: 'forget', path: rel('k/forget'), expect: { kind: 'any' }, base: baselineEntry('k/forget') },
    ]
    bench.store.queue.enqueue(
      FOLDER,
      actions.map((action) => planned(action)),
    )
    const { store } = await bench.reopen()
    const jobs = store.queue.claim(FOLDER, 'small', 20)
    expect(new Set(jobs.map((job) => job.action))).toEqual(new Set(actions))
    expect(jobs[0]).toMatchObject({ folderId: FOLDER, lane: 'small', state: 'running', attempts: 0 })
    store.close()
  })

  it('changes nothing for the same observation: a back-off keeps running, a dead letter stays dead', async () => {
    const { store, host } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a')), planned(upload('b')), planned(upload('c'))])
    const [a, b] = queue.claim(FOLDER, 'small', 2)
    queue.postpone(a!.id, FAILURE, host.clock.now() + 60_000)
    queue.bury(b!.id, FAILURE)
    const before = queue.list({ limit: 10 })
    queue.enqueue(FOLDER, [planned(upload('a')), planned(upload('b')), planned(upload('c'))])
    expect(queue.list({ limit: 10 })).toEqual(before)
    expect(queue.counts(FOLDER)).toEqual({
      queued: 1,
      running: 0,
      waiting: 1,
      held: 0,
      dead: 1,
      refused: 0,
      skipped: 0,
      bytes: 200,
    })
    store.close()
  })

  it('replaces a job by a newer observation, fresh: no attempts, no back-off, no failure', async () => {
    const { store, host } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a')), planned(upload('b'))])
    const [a, b] = queue.claim(FOLDER, 'small', 2)
    queue.postpone(a!.id, FAILURE, host.clock.now() + 60_000)
    queue.bury(b!.id, FAILURE)
    queue.enqueue(FOLDER, [planned(upload('a', 2, 5), { lane: 'large' }), planned(deletion('b'))])
    const jobs = [...queue.list({ limit: 10 })].sort((left, right) => left.id - right.id)
    expect(jobs).toEqual([
      expect.objectContaining({ lane: 'large', state: 'queued', attempts: 0, action: upload('a', 2, 5) }),
      expect.objectContaining({ lane: 'small', state: 'queued', attempts: 0, action: deletion('b') }),
    ])
    expect(jobs.every((job) => job.failure === undefined)).toBe(true)
    expect(queue.counts(FOLDER).bytes).toBe(5)
    store.close()
  })

  it('takes a difference in any one part of what was seen for a newer observation', async () => {
    const { store } = await openBench()
    const { queue } = store
    const local = localEntry('a')
    const seen: Action = { kind: 'upload', path: rel('a'), expect: { kind: 'etag', etag: '"1"' }, local }
    const changes: readonly Partial<typeof seen>[] = [
      { expect: { kind: 'etag', etag: '"2"' } },
      { expect: { kind: 'any' } },
      { local: { ...local, size: local.size + 1 } },
      { local: { ...local, mtimeNs: local.mtimeNs + 1n } },
      { local: { ...local, mode: 0o600 } },
      { local: { ...local, identity: { ...local.identity!, ctimeNs: 1n } } },
      { local: { ...local, identity: { ...local.identity!, inode: '9:9' } } },
    ]
    for (const change of changes) {
      queue.enqueue(FOLDER, [planned(seen)])
      const [job] = queue.claim(FOLDER, 'small', 1)
      queue.bury(job!.id, FAILURE)
      queue.enqueue(FOLDER, [planned(seen)])
      expect(queue.counts(FOLDER).dead).toBe(1)
      queue.enqueue(FOLDER, [planned({ ...seen, ...change })])
      expect(queue.counts(FOLDER).dead, JSON.stringify(Object.keys(change))).toBe(0)
      queue.clear(FOLDER)
    }
    store.close()
  })

  it('lets a newer observation wait behind the running job, and keeps only the newest', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a', 1))])
    const [running] = queue.claim(FOLDER, 'small', 5)
    queue.enqueue(FOLDER, [planned(upload('a', 2))])
    queue.enqueue(FOLDER, [planned(upload('a', 3))])
    expect(queue.claim(FOLDER, 'small', 5)).toEqual([])
    expect(queue.nextDueMs(FOLDER, 'small')).toBeUndefined()
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 1, running: 1 })
    queue.complete([running!.id])
    expect(queue.claim(FOLDER, 'small', 5).map((job) => job.action)).toEqual([upload('a', 3)])
    store.close()
  })

  it('forgets what waits behind when the newest observation is what runs already', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a', 1))])
    const [running] = queue.claim(FOLDER, 'small', 5)
    queue.enqueue(FOLDER, [planned(deletion('a'))])
    queue.enqueue(FOLDER, [planned(upload('a', 1))])
    queue.complete([running!.id])
    expect(queue.counts(FOLDER)).toEqual(NO_JOBS)
    store.close()
  })

  it('lets the newer observation take over when the running job fails or is released', async () => {
    const { store } = await openBench()
    const { queue } = store
    for (const [index, end] of [
      (id: JobId) => queue.postpone(id, FAILURE, Number.MAX_SAFE_INTEGER),
      (id: JobId) => queue.bury(id, FAILURE),
      (id: JobId) => queue.release(id),
    ].entries()) {
      const path = `file${index}`
      queue.enqueue(FOLDER, [planned(upload(path, 1))])
      const [job] = queue.claim(FOLDER, 'small', 1)
      queue.enqueue(FOLDER, [planned(upload(path, 2))])
      end(job!.id)
      const [next] = queue.claim(FOLDER, 'small', 1)
      expect(next).toMatchObject({ attempts: 0, action: upload(path, 2) })
      queue.complete([next!.id])
    }
    expect(queue.list({ limit: 5 })).toEqual([])
    store.close()
  })
})

describe('claiming', () => {
  it('gives each job its own action after however many were rolled back', async () => {
    const { store } = await openBench()
    const lost = Array.from({ length: 20_000 }, (_, number) => planned(upload(`lost/${number}`)))
    expect(() =>
      store.transaction(() => {
        store.queue.enqueue(FOLDER, lost)
        throw new Error('undone')
      }),
    ).toThrow('undone')
    store.queue.enqueue(FOLDER, [planned(upload('kept', 2))])
    expect(store.queue.claim(FOLDER, 'small', 9).map(({ action }) => action)).toEqual([upload('kept', 2)])
    store.close()
  })

  it('does not part the files of one directory where a large claim can end before them', async () => {
    const { store } = await openBench()
    const files = (folder: string, count: number): ReturnType<typeof planned>[] =>
      Array.from({ length: count }, (_, number) => planned(upload(`${folder}/${String(number).padStart(3, '0')}`)))
    store.queue.enqueue(FOLDER, [...files('a', 90), ...files('b', 90), ...files('c', 200)])
    expect(store.queue.claim(FOLDER, 'small', 150)).toHaveLength(90)
    expect(store.queue.claim(FOLDER, 'small', 10)).toHaveLength(10)
    // Ending before `c` would leave less than half of what was asked for.
    expect(store.queue.claim(FOLDER, 'small', 170)).toHaveLength(170)
    expect(store.queue.claim(FOLDER, 'small', 500)).toHaveLength(110)
    store.close()
  })

  it('takes the content of a path that was put first before all that is below it, until something newer is seen there', async () => {
    const { store } = await openBench()
    const { queue } = store
    const local: Entry = { ...localEntry('a/b'), kind: 'directory', size: 0 }
    const below: Action = { kind: 'make-directory', path: rel('a/b'), expect: { kind: 'any' }, local }
    const order = (): string[] => {
      const jobs = queue.claim(FOLDER, 'small', 9)
      for (const { id } of jobs) queue.release(id)
      return paths(jobs)
    }
    queue.enqueue(FOLDER, [planned(below), planned(deletion('c')), planned(upload('a'))])
    expect(order()).toEqual(['a/b', 'a', 'c'])
    for (const path of ['a', 'a/b', 'c', 'nothing']) queue.putFirst(FOLDER, rel(path))
    expect(order()).toEqual(['a', 'a/b', 'c'])
    queue.enqueue(FOLDER, [planned(upload('a', 2))])
    expect(order()).toEqual(['a/b', 'a', 'c'])
    store.close()
  })

  it('knows which paths have nothing done about them before somebody decides', async () => {
    const { store, host } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('refused'), { hold: HOLD })])
    queue.decide(FOLDER, 'keep')
    queue.enqueue(FOLDER, [
      planned(upload('held'), { hold: HOLD }),
      planned(upload('dead')),
      planned(upload('waiting')),
    ])
    const [dead, waiting] = queue.claim(FOLDER, 'small', 2)
    queue.bury(dead!.id, FAILURE)
    queue.postpone(waiting!.id, FAILURE, host.clock.now() + 60_000)
    for (const path of ['running', 'skipped', 'queued']) queue.enqueue(FOLDER, [planned(upload(path))])
    queue.claim(FOLDER, 'small', 1)
    queue.skip(queue.list({ state: 'queued', limit: 1 })[0]!.id)
    const all = ['held', 'dead', 'refused', 'skipped', 'queued', 'waiting', 'running', 'nothing']
    expect(all.map((path) => queue.waitsForPerson(FOLDER, rel(path)))).toEqual([
      ...Array.from({ length: 4 }, () => true),
      ...Array.from({ length: 4 }, () => false),
    ])
    expect(queue.counts(FOLDER)).toMatchObject({
      held: 1,
      dead: 1,
      refused: 1,
      skipped: 1,
      queued: 1,
      waiting: 1,
      running: 1,
    })
    store.close()
  })

  it('takes directories from the top, then moves, then content, then deletions from the leaves', async () => {
    const { store } = await openBench()
    const { queue } = store
    const directory = (path: string): Action => ({
      kind: 'make-directory',
      path: rel(path),
      expect: { kind: 'any' },
      local: { ...localEntry(path), kind: 'directory', size: 0 },
    })
    const move: Action = {
      kind: 'move',
      path: rel('m'),
      from: rel('n'),
      expect: { kind: 'absent' },
      local: localEntry('m'),
      base: baselineEntry('n'),
    }
    queue.enqueue(
      FOLDER,
      [
        deletion('x'),
        deletion('x/y/z'),
        upload('u2'),
        deletion('x/y'),
        move,
        upload('u1'),
        directory('d/e'),
        directory('d'),
      ].map((action) => planned(action)),
    )
    expect(paths(queue.claim(FOLDER, 'small', 3))).toEqual(['d', 'd/e', 'm'])
    expect(paths(queue.claim(FOLDER, 'small', 9))).toEqual(['u2', 'u1', 'x/y/z', 'x/y', 'x'])
    store.close()
  })

  it('keeps lanes and folders apart', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('big'), { lane: 'large' }), planned(upload('small'))])
    queue.enqueue(OTHER, [planned(upload('elsewhere'))])
    expect(paths(queue.claim(FOLDER, 'large', 9))).toEqual(['big'])
    expect(paths(queue.claim(FOLDER, 'small', 9))).toEqual(['small'])
    expect(queue.claim(FOLDER, 'small', 9)).toEqual([])
    expect(queue.claim('unknown' as FolderId, 'small', 9)).toEqual([])
    expect(queue.counts(OTHER)).toMatchObject({ queued: 1, running: 0 })
    store.close()
  })

  it('gives a postponed job back when it is due, with its attempts and its failure', async () => {
    const { store, host } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a'))])
    const dueMs = host.clock.now() + 1_000
    queue.postpone(queue.claim(FOLDER, 'small', 1)[0]!.id, FAILURE, dueMs)
    expect(queue.nextDueMs(FOLDER, 'small')).toBe(dueMs)
    expect(queue.nextDueMs(FOLDER, 'large')).toBeUndefined()
    expect(queue.claim(FOLDER, 'small', 1)).toEqual([])
    await host.clock.advance(1_000)
    const [again] = queue.claim(FOLDER, 'small', 1)
    expect(again).toMatchObject({ attempts: 1, failure: FAILURE, state: 'running' })
    queue.release(again!.id)
    expect(queue.nextDueMs(FOLDER, 'small')).toBeLessThanOrEqual(host.clock.now())
    expect(queue.claim(FOLDER, 'small', 1)[0]).toMatchObject({ attempts: 1 })
    store.close()
  })

  it('buries a record that cannot be read instead of failing, and a new observation heals it', async () => {
    const bench = await openBench()
    bench.store.queue.enqueue(FOLDER, [planned(upload('a', 1, 7)), planned(upload('b')), planned(upload('c'))])
    bench.store.close()
    const file = new DatabaseSync(join(bench.host.paths.state, 'state.db'))
    file.exec(
      `UPDATE jobs SET action = substr(action, 1, 20) WHERE path = 'a'; UPDATE jobs SET path = '../b' WHERE path = 'b'`,
    )
    file.close()
    const { store } = await bench.reopen()
    expect(paths(store.queue.claim(FOLDER, 'small', 9))).toEqual(['c'])
    const dead = store.queue.list({ state: 'dead', limit: 9 })
    expect(dead.map((job) => [job.action.path, job.failure?.code])).toEqual([
      ['a', 'corrupt'],
      ['../b', 'corrupt'],
    ])
    store.queue.retry()
    expect(store.queue.claim(FOLDER, 'small', 9)).toEqual([])
    store.queue.enqueue(FOLDER, [planned(upload('a', 1, 7))])
    expect(paths(store.queue.claim(FOLDER, 'small', 9))).toEqual(['a'])
    expect(store.queue.drop(dead[1]!.id)).toBe(1)
    store.close()
  })
})

describe('a restart', () => {
  it('queues again what was running; a newer observation behind it takes its place', async () => {
    const bench = await openBench()
    bench.store.queue.enqueue(FOLDER, [planned(upload('a', 1)), planned(upload('b', 1)), planned(upload('c', 1))])
    bench.store.queue.claim(FOLDER, 'small', 2)
    bench.store.queue.enqueue(FOLDER, [planned(upload('a', 2))])
    const { store } = await bench.reopen()
    store.queue.recover()
    expect(store.queue.counts(FOLDER)).toMatchObject({ queued: 3, running: 0 })
    const jobs = store.queue.claim(FOLDER, 'small', 9)
    expect(new Set(jobs.map((job) => job.action))).toEqual(new Set([upload('a', 2), upload('b', 1), upload('c', 1)]))
    store.close()
  })

  it('does not wait for a clock that was set back', async () => {
    const { store, host } = await openBench()
    store.queue.enqueue(FOLDER, [planned(upload('a'))])
    const yearMs = 365 * 86_400_000
    store.queue.postpone(store.queue.claim(FOLDER, 'small', 1)[0]!.id, FAILURE, host.clock.now() + yearMs)
    store.queue.recover()
    expect(paths(store.queue.claim(FOLDER, 'small', 1))).toEqual(['a'])
    store.close()
  })

  it('never uses an id again', async () => {
    const bench = await openBench()
    bench.store.queue.enqueue(FOLDER, [planned(upload('a'))])
    const [first] = bench.store.queue.claim(FOLDER, 'small', 1)
    bench.store.queue.complete([first!.id])
    const { store } = await bench.reopen()
    store.queue.enqueue(FOLDER, [planned(upload('a'))])
    expect(store.queue.list({ limit: 1 })[0]!.id).toBeGreaterThan(first!.id)
    store.close()
  })
})

describe('decisions of a person and of the guard', () => {
  it('holds what is queued or waiting at the named paths, nothing that runs and nothing else', async () => {
    const { store, host } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(deletion('run')), planned(deletion('wait'))])
    const [run, wait] = queue.claim(FOLDER, 'small', 2)
    queue.postpone(wait!.id, FAILURE, host.clock.now() + 5)
    queue.enqueue(FOLDER, [planned(deletion('queued')), planned(upload('kept going'))])
    expect(queue.hold(FOLDER, ['run', 'wait', 'queued'] as RelPath[], HOLD)).toBe(2)
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 1, running: 1, waiting: 0, held: 2 })
    expect(queue.list({ state: 'held', limit: 9 })[0]).toMatchObject({ state: 'held', hold: HOLD })
    await host.clock.advance(10)
    expect(paths(queue.claim(FOLDER, 'small', 9))).toEqual(['kept going'])
    queue.complete([run!.id])
    store.close()
  })

  it('runs what was approved, and the guard does not hold the same observation twice', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(deletion('a'), { hold: HOLD }), planned(deletion('b'), { hold: HOLD })])
    expect(queue.claim(FOLDER, 'small', 9)).toEqual([])
    expect(queue.decide(FOLDER, 'approve')).toBe(2)
    queue.enqueue(FOLDER, [planned(deletion('a'), { hold: HOLD })])
    expect(queue.hold(FOLDER, ['a', 'b'] as RelPath[], HOLD)).toBe(0)
    expect(paths(queue.claim(FOLDER, 'small', 9))).toEqual(['a', 'b'])
    store.close()
  })

  it('holds what is queued already when the same observation comes with a hold', async () => {
    const { store } = await openBench()
    store.queue.enqueue(FOLDER, [planned(deletion('a'))])
    store.queue.enqueue(FOLDER, [planned(deletion('a'), { hold: HOLD })])
    expect(store.queue.counts(FOLDER)).toMatchObject({ queued: 0, held: 1 })
    store.queue.enqueue(FOLDER, [planned(deletion('a'))])
    expect(store.queue.counts(FOLDER)).toMatchObject({ queued: 0, held: 1 })
    store.close()
  })

  it('forgets refused deletions and leaves the rest', async () => {
    const { store } = await openBench()
    store.queue.enqueue(FOLDER, [planned(deletion('a'), { hold: HOLD }), planned(upload('b'))])
    expect(store.queue.decide(OTHER, 'keep')).toBe(0)
    expect(store.queue.decide(FOLDER, 'keep')).toBe(1)
    expect(paths(store.queue.list({ limit: 9 }))).toEqual(['b'])
    store.close()
  })

  it('keeps a refused change listed, and lets the next one of the file through', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a'), { hold: HOLD }), planned(upload('b'))])
    expect(queue.decide(FOLDER, 'keep')).toBe(1)
    queue.enqueue(FOLDER, [planned(upload('a'))])
    expect(queue.counts(FOLDER)).toMatchObject({ refused: 1, held: 0, queued: 1 })
    expect(queue.retry()).toBe(0)
    queue.enqueue(FOLDER, [planned(upload('a', 7))])
    expect(queue.counts(FOLDER)).toMatchObject({ refused: 0, held: 0, queued: 2 })
    store.close()
  })

  it('counts what is held by reason, and decides about one reason alone', async () => {
    const { store } = await openBench()
    const { queue } = store
    const suspect: Hold = { ...HOLD, reason: 'suspect' }
    queue.enqueue(FOLDER, [planned(deletion('a'), { hold: HOLD }), planned(deletion('b'), { hold: HOLD })])
    queue.enqueue(FOLDER, [planned(upload('c'), { hold: suspect })])
    expect(queue.holds(FOLDER)).toEqual([
      { reason: 'mass-delete', count: 2 },
      { reason: 'suspect', count: 1 },
    ])
    expect(paths(queue.list({ folderId: FOLDER, state: 'held', reason: 'suspect', limit: 9 }))).toEqual(['c'])
    expect(queue.decide(FOLDER, 'approve', 'mass-delete')).toBe(2)
    expect(queue.holds(FOLDER)).toEqual([{ reason: 'suspect', count: 1 }])
    expect(paths(queue.claim(FOLDER, 'small', 9))).toEqual(['a', 'b'])
    store.close()
  })

  it('does not drop what is held, which the next look would let through, and withdraws what is no longer so', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a'), { hold: HOLD }), planned(upload('b'))])
    const [held] = queue.list({ state: 'held', limit: 1 })
    expect(queue.drop(held!.id)).toBe(0)
    queue.withdraw(queue.list({ limit: 9 }).map(({ id }) => id))
    expect(paths(queue.list({ limit: 9 }))).toEqual(['b'])
    store.close()
  })

  it('leaves out what a person skips until its file changes, over restarts, looks and everything that is retried', async () => {
    const bench = await openBench()
    let { queue } = bench.store
    queue.enqueue(FOLDER, [planned(upload('a')), planned(upload('b')), planned(upload('c'))], { isFoundAgain: true })
    const [a, b] = queue.list({ limit: 9 })
    expect([queue.skip(a!.id), queue.skip(b!.id), queue.skip(b!.id)]).toEqual([1, 1, 0])
    const { store } = await bench.reopen()
    queue = store.queue
    queue.recover()
    queue.enqueue(FOLDER, [planned(upload('a')), planned(upload('b')), planned(upload('c'))])
    expect([queue.retry(), queue.drop(a!.id)]).toEqual([0, 0])
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 1, skipped: 2, bytes: 100 })
    expect(paths(queue.list({ state: 'skipped', limit: 9 }))).toEqual(['a', 'b'])
    expect(queue.retry(a!.id)).toBe(1)
    queue.enqueue(FOLDER, [planned(upload('b', 2))])
    expect(paths(queue.claim(FOLDER, 'small', 9)).toSorted()).toEqual(['a', 'b', 'c'])
    store.close()
  })

  it('leaves out what runs with the newer version behind it, under the same id; nothing but transfers', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a')), planned(deletion('b')), planned(upload('c'))])
    const [a, c, b] = queue.claim(FOLDER, 'small', 9)
    queue.enqueue(FOLDER, [planned(upload('a', 2, 7)), planned(deletion('c'))])
    expect(queue.skip(a!.id)).toBe(1)
    expect(queue.list({ state: 'skipped', limit: 9 })).toEqual([
      expect.objectContaining({ id: a!.id, action: upload('a', 2, 7) }),
    ])
    // What waited behind it is a deletion: it goes on.
    expect(queue.skip(c!.id)).toBe(0)
    queue.release(b!.id)
    expect(queue.skip(b!.id)).toBe(0)
    queue.withdraw([a!.id])
    expect(queue.counts(FOLDER)).toMatchObject({ queued: 2, running: 0, skipped: 0 })
    store.close()
  })

  it('holds what was left out when a look finds that it needs a person', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('a'))])
    queue.skip(queue.list({ limit: 1 })[0]!.id)
    queue.enqueue(FOLDER, [planned(upload('a'), { hold: HOLD })])
    expect(queue.counts(FOLDER)).toMatchObject({ held: 1, skipped: 0 })
    store.close()
  })

  it('retries one dead job or everything that failed, with fresh attempts for the dead', async () => {
    const { store, host } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(upload('dead')), planned(upload('dead too')), planned(upload('waiting'))])
    const [dead, deadToo, waiting] = queue.claim(FOLDER, 'small', 3)
    queue.bury(dead!.id, FAILURE)
    queue.bury(deadToo!.id, FAILURE)
    queue.postpone(waiting!.id, FAILURE, host.clock.now() + 60_000)
    expect(queue.retry(dead!.id)).toBe(1)
    expect(queue.retry(dead!.id)).toBe(0)
    expect(queue.claim(FOLDER, 'small', 9)).toMatchObject([{ id: dead!.id, attempts: 0 }])
    expect(queue.retry()).toBe(2)
    expect(queue.claim(FOLDER, 'small', 9)).toMatchObject([
      { id: deadToo!.id, attempts: 0 },
      { id: waiting!.id, attempts: 1 },
    ])
    store.close()
  })

  it('drops a job by id, but not while it runs', async () => {
    const { store } = await openBench()
    store.queue.enqueue(FOLDER, [planned(upload('a'))])
    const [job] = store.queue.claim(FOLDER, 'small', 1)
    expect(store.queue.drop(job!.id)).toBe(0)
    store.queue.release(job!.id)
    expect(store.queue.drop(job!.id)).toBe(1)
    expect(store.queue.drop(job!.id)).toBe(0)
    store.queue.complete([job!.id])
    expect(store.queue.counts(FOLDER)).toMatchObject({ queued: 0, running: 0 })
    store.close()
  })

  it('runs still when what ended it was not written, and neither runs twice nor is due meanwhile', async () => {
    const { store } = await openBench()
    store.queue.enqueue(FOLDER, [planned(upload('a')), planned(upload('b'))])
    const jobs = store.queue.claim(FOLDER, 'small', 9)
    expect(() =>
      store.transaction(() => {
        store.queue.complete(jobs.map(({ id }) => id))
        throw new Error('the disk is full')
      }),
    ).toThrow('the disk is full')
    expect(store.queue.counts(FOLDER)).toMatchObject({ queued: 0, running: 2 })
    expect(paths(store.queue.list({ state: 'running', limit: 9 }))).toEqual(['a', 'b'])
    expect(store.queue.claim(FOLDER, 'small', 9)).toEqual([])
    expect(store.queue.nextDueMs(FOLDER, 'small')).toBeUndefined()
    store.queue.release(jobs[1]!.id)
    expect(paths(store.queue.claim(FOLDER, 'small', 9))).toEqual(['b'])
    store.close()
  })

  it('is not held, forgotten or dropped while it runs', async () => {
    const { store } = await openBench()
    const { queue } = store
    queue.enqueue(FOLDER, [planned(deletion('a'))])
    const [job] = queue.claim(FOLDER, 'small', 1)
    expect(queue.hold(FOLDER, [rel('a')], HOLD)).toBe(0)
    expect(queue.forgetRemovals(FOLDER, [rel('a')])).toBe(0)
    expect(queue.forget(FOLDER, ['delete'])).toBe(0)
    expect(queue.drop(job!.id)).toBe(0)
    expect(queue.retry()).toBe(0)
    expect(queue.counts(FOLDER)).toMatchObject({ running: 1, queued: 0, held: 0 })
    store.close()
  })

  it('lists what runs, then what needs a person, then what waits; and clears one folder', async () => {
    const { store, host } = await openBench()
    const { queue } = store
    queue.enqueue(
      FOLDER,
      ['r', 'd', 'w', 'q'].map((path) => planned(upload(path))),
    )
    queue.enqueue(FOLDER, [planned(deletion('h'), { hold: HOLD })])
    queue.enqueue(OTHER, [planned(upload('o'))])
    const [, dead, waiting] = queue.claim(FOLDER, 'small', 3)
    queue.bury(dead!.id, FAILURE)
    queue.postpone(waiting!.id, FAILURE, host.clock.now() + 60_000)
    expect(paths(queue.list({ limit: 99 }))).toEqual(['r', 'd', 'h', 'w', 'q', 'o'])
    expect(paths(queue.list({ folderId: FOLDER, limit: 3 }))).toEqual(['r', 'd', 'h'])
    expect(paths(queue.list({ state: 'queued', limit: 99 }))).toEqual(['q', 'o'])
    queue.clear(FOLDER)
    expect(paths(queue.list({ limit: 99 }))).toEqual(['o'])
    expect(queue.counts(FOLDER)).toEqual(NO_JOBS)
    store.close()
  })
})
