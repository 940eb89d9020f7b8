import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action, FolderId, Hold, Job, JobId, JobState, Lane, RelPath } from '../../common/model.ts'
import type { QueueStore } from '../../main/state/store.ts'
import { deletion, openBench, planned, upload } from '../unit/state-support.ts'

/** The queue as its documentation tells it, in the plainest form: a list. */
interface ModelJob {
  path: string
  lane: Lane
  /** Kind and version: what makes an observation. */
  seen: string
  action: Action
  state: JobState
  behind: boolean
  approved: boolean
  attempts: number
  notBeforeMs: number
  age: number
  /** As the queue gave it away. */
  id?: JobId
}

const FOLDERS = ['one', 'two'] as FolderId[]
const HOLD: Hold = { reason: 'mass-delete', message: 'many', count: 2, bytes: 2 }
const FAILURE = { code: 'timeout', message: 'late' } as const

class Model {
  readonly jobs = new Map<FolderId, ModelJob[]>(FOLDERS.map((folder) => [folder, []]))
  #age = 0

  of(folder: FolderId): ModelJob[] {
    return this.jobs.get(folder)!
  }

  deletionsOf(folder: FolderId): readonly RelPath[] {
    return this.of(folder).flatMap(({ action }) => (action.kind === 'delete' ? [action.path] : []))
  }

  enqueue(folder: FolderId, action: Action, seen: string, { lane, isHeld }: { lane: Lane; isHeld: boolean }): void {
    const list = this.of(folder)
    const fresh = (behind: boolean, age: number): ModelJob => ({
      path: action.path,
      lane,
      seen,
      action,
      state: isHeld ? 'held' : 'queued',
      behind,
      approved: false,
      attempts: 0,
      notBeforeMs: 0,
      age,
    })
    const own = list.find((job) => job.path === action.path && !job.behind)
    const behind = list.find((job) => job.path === action.path && job.behind)
    if (own === undefined) return void list.push(fresh(false, this.#age++))
    const target = own.state === 'running' ? behind : own
    if (own.state === 'running' && own.seen === seen) return this.#remove(list, behind)
    if (target === undefined) return void list.push(fresh(true, this.#age++))
    if (target.seen !== seen) Object.assign(target, fresh(target.behind, target.age))
    else if (isHeld && !target.approved && ['queued', 'waiting', 'skipped'].includes(target.state))
      target.state = 'held'
  }

  claim(folder: FolderId, lane: Lane, limit: number, nowMs: number): ModelJob[] {
    for (const job of this.of(folder)) {
      if (job.lane === lane && job.state === 'waiting' && job.notBeforeMs <= nowMs) job.state = 'queued'
    }
    const rank = (job: ModelJob): number[] => {
      const isDelete = job.action.kind === 'delete'
      return [isDelete ? 3 : 2, isDelete ? -job.path.split('/').length : 0, job.age]
    }
    const due = this.of(folder)
      .filter((job) => job.lane === lane && job.state === 'queued' && !job.behind)
      .sort((a, b) => compare(rank(a), rank(b)))
      .slice(0, limit)
    for (const job of due) job.state = 'running'
    return due
  }

  /** Ends a run; `change` says what becomes of the job when nothing newer waits. */
  end(folder: FolderId, path: string, change: ((job: ModelJob) => void) | 'remove'): void {
    const list = this.of(folder)
    const own = list.find((job) => job.path === path && job.state === 'running')
    if (own === undefined) return
    const behind = list.find((job) => job.path === path && job.behind)
    if (behind !== undefined) behind.behind = false
    if (behind !== undefined || change === 'remove') this.#remove(list, own)
    else change(own)
  }

  /** What runs is stopped, and what waits behind it is what is left out. */
  skip(folder: FolderId, path: string): void {
    this.end(folder, path, (own) => void (own.state = 'queued'))
    const own = this.of(folder).find((job) => job.path === path)
    if (own?.action.kind !== 'upload' || (own.state !== 'queued' && own.state !== 'waiting')) return
    Object.assign(own, { state: 'skipped', attempts: 0, notBeforeMs: 0 })
  }

  recover(): void {
    for (const folder of FOLDERS) {
      for (const job of this.of(folder).slice())
        if (job.state === 'running') this.end(folder, job.path, (own) => void (own.state = 'queued'))
    }
  }

  #remove(list: ModelJob[], job: ModelJob | undefined): void {
    if (job !== undefined) list.splice(list.indexOf(job), 1)
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) if (value !== b[index]) return value - b[index]!
  return 0
}

const folders = fc.constantFrom(...FOLDERS)
const filePaths = fc.constantFrom('a', 'b', 'd/a', 'd/e/f')
const lanes = fc.constantFrom<Lane>('small', 'large')
const laneOf = (path: string): Lane => (path === 'b' ? 'large' : 'small')

const steps = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      folder: folders,
      path: filePaths,
      version: fc.integer({ min: 0, max: 3 }),
      isHeld: fc.boolean(),
      isFoundAgain: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      folder: folders,
      lane: lanes,
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('complete' as const, 'release' as const, 'postpone' as const, 'bury' as const),
      folder: folders,
      path: filePaths,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('recover' as const, 'retry' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('approve' as const, 'refuse' as const, 'hold' as const, 'list' as const),
      folder: folders,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('roll back' as const), folder: folders, isFoundAgain: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('skip' as const), folder: folders, path: filePaths }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('persist' as const), folder: folders }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 12_000 }) }) },
)
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never

const actionOf = (path: string, version: number): Action =>
  version === 0 ? deletion(path) : upload(path, version, version * 10)

/** Runs one step on both and returns the new time. */
function run(step: Step, queue: QueueStore, model: Model, nowMs: number): number {
  switch (step.do) {
    case 'enqueue': {
      const action = actionOf(step.path, step.version)
      const lane = laneOf(step.path)
      const actions = [planned(action, { lane, ...(step.isHeld ? { hold: HOLD } : undefined) })]
      queue.enqueue(step.folder, actions, { isFoundAgain: step.isFoundAgain })
      model.enqueue(step.folder, action, String(step.version), { lane, isHeld: step.isHeld })
      return nowMs
    }
    case 'claim': {
      const jobs = queue.claim(step.folder, step.lane, step.limit)
      const expected = model.claim(step.folder, step.lane, step.limit, nowMs)
      expect(jobs.map((job) => job.action)).toEqual(expected.map((job) => job.action))
      for (const [index, job] of expected.entries()) job.id = jobs[index]!.id
      return nowMs
    }
    case 'complete':
    case 'release':
    case 'postpone':
    case 'bury':
      end(step.do, step.folder, step.path, { queue, model, nowMs })
      return nowMs
    case 'skip': {
      const [job] = queue.list({ folderId: step.folder, limit: 99 }).filter(({ action }) => action.path === step.path)
      queue.skip(job?.id ?? (999_999 as JobId))
      model.skip(step.folder, step.path)
      return nowMs
    }
    case 'recover':
      queue.recover()
      model.recover()
      return nowMs
    case 'retry':
      queue.retry()
      for (const job of [...model.jobs.values()].flat()) {
        if (job.state === 'dead') job.attempts = 0
        if (job.state === 'dead' || job.state === 'waiting') job.state = 'queued'
      }
      return nowMs
    case 'hold': {
      const paths = model.deletionsOf(step.folder)
      queue.hold(step.folder, paths, HOLD)
      for (const job of model.of(step.folder)) {
        // By path: what waits behind a deletion that runs is held as well.
        if (paths.includes(job.action.path) && !job.approved && (job.state === 'queued' || job.state === 'waiting'))
          job.state = 'held'
      }
      return nowMs
    }
    case 'approve':
      queue.decide(step.folder, 'approve')
      for (const job of model.of(step.folder))
        if (job.state === 'held') Object.assign(job, { state: 'queued', approved: true })
      return nowMs
    case 'refuse':
      queue.decide(step.folder, 'keep')
      model.jobs.set(
        step.folder,
        model.of(step.folder).filter((job) => job.state !== 'held' || job.action.kind !== 'delete'),
      )
      for (const job of model.of(step.folder)) if (job.state === 'held') job.state = 'refused'
      return nowMs
    case 'persist':
      queue.persist(step.folder)
      return nowMs
    case 'list':
      agree(queue, model)
      return nowMs
    case 'roll back':
      return nowMs
    case 'wait':
      return nowMs + step.ms
  }
}

function end(
  how: 'complete' | 'release' | 'postpone' | 'bury',
  folder: FolderId,
  path: string,
  { queue, model, nowMs }: { queue: QueueStore; model: Model; nowMs: number },
): void {
  const job = model.of(folder).find((each) => each.path === path && each.state === 'running')
  const id = job?.id ?? (999_999 as JobId)
  const dueMs = nowMs + 1_000
  if (how === 'complete') queue.complete([id])
  if (how === 'release') queue.release(id)
  if (how === 'postpone') queue.postpone(id, FAILURE, dueMs)
  if (how === 'bury') queue.bury(id, FAILURE)
  model.end(
    folder,
    path,
    how === 'complete'
      ? 'remove'
      : (own) => {
          own.state = how === 'release' ? 'queued' : how === 'postpone' ? 'waiting' : 'dead'
          if (how !== 'release') own.attempts++
          if (how === 'postpone') own.notBeforeMs = dueMs
        },
  )
}

function agree(queue: QueueStore, model: Model): void {
  for (const folder of FOLDERS) {
    const expected = model.of(folder)
    const shape = (job: { action: Action; state: JobState; attempts: number; lane: Lane }): string =>
      `${job.action.path} ${job.action.kind} ${job.state} ${job.lane} ${job.attempts} ${'local' in job.action ? job.action.local.size : ''}`
    const actual: readonly Job[] = queue.list({ folderId: folder, limit: 999 })
    expect(actual.map(shape).sort()).toEqual(expected.map(shape).sort())
  }
}

/** What is asked often, and writes nothing. */
function agreeInNumbers(queue: QueueStore, model: Model): void {
  for (const folder of FOLDERS) {
    const expected = model.of(folder)
    for (const path of ['a', 'b', 'd/a', 'd/e/f'] as RelPath[])
      expect(queue.has(folder, path)).toBe(expected.some((job) => job.path === path))
    const number = (state: JobState): number => expected.filter((job) => job.state === state).length
    const bytes = expected
      .filter((job) => job.action.kind === 'upload' && ['queued', 'running', 'waiting'].includes(job.state))
      .reduce((total, job) => total + (job.action.kind === 'upload' ? job.action.local.size : 0), 0)
    expect(queue.counts(folder)).toEqual({
      queued: number('queued'),
      running: number('running'),
      waiting: number('waiting'),
      held: number('held'),
      dead: number('dead'),
      refused: number('refused'),
      skipped: number('skipped'),
      bytes,
    })
  }
}

describe('the queue', () => {
  it(
    'behaves as its plain model over any history, restarts and rolled back transactions included',
    { timeout: 120_000 },
    async () => {
      const bench = await openBench()
      let store = bench.store
      const clock = bench.host.clock
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { maxLength: 60, size: 'max' }), fc.boolean(), async (history, restarts) => {
          const model = new Model()
          for (const folder of FOLDERS) store.queue.clear(folder)
          for (const step of history) {
            if (step.do === 'wait') await clock.advance(step.ms)
            if (step.do === 'roll back') {
              expect(() =>
                store.transaction(() => {
                  const { isFoundAgain } = step
                  const actions = [planned(upload('a', 9, 9)), planned(upload('new', 9, 9))]
                  store.queue.enqueue(step.folder, actions, { isFoundAgain })
                  store.queue.claim(step.folder, 'small', 9)
                  throw new Error('rolled back')
                }),
              ).toThrow('rolled back')
            }
            run(step, store.queue, model, clock.now())
            agreeInNumbers(store.queue, model)
          }
          agree(store.queue, model)
          if (restarts) {
            store.close()
            store = (await bench.reopen()).store
            store.queue.recover()
            model.recover()
            agree(store.queue, model)
          }
        }),
        { seed: 20_261_121, numRuns: 150 },
      )
      store.close()
    },
  )
})
