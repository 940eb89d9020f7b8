import { randomBytes } from 'node:crypto'
import { TidekeepError } from '../../common/errors.ts'
import type { FolderView, Handlers, JobView, ProblemView } from '../../common/protocol.ts'
import type { Clock } from '../../main/host.ts'
import { settingsOf } from './application-accounts.ts'
import { countSkipped, type FakeState, folderView } from './application-state.ts'

/** What the calls of a scripted application work on. */
export interface FakeParts {
  readonly state: FakeState
  readonly clock: Clock
  readonly publish: () => void
  /** See the application's option. */
  readonly archive?: boolean | undefined
}

/** The calls of one area. */
export type Some<Prefix extends string> = Pick<Handlers, Extract<keyof Handlers, `${Prefix}.${string}`>>

/** Folders that change at once when they are told to; an added one is safe after three seconds. */
export function folderHandlers({ state, clock, publish }: FakeParts): Some<'folders'> {
  const find = (id: string): FolderView => {
    const folder = state.folders.find((each) => each.id === id)
    if (folder === undefined) throw new TidekeepError({ code: 'not-found', message: 'There is no such folder.' })
    return folder
  }
  const change = (id: string, patch: Partial<FolderView>): FolderView => {
    const next = { ...find(id), ...patch }
    state.folders = state.folders.map((each) => (each.id === id ? next : each))
    publish()
    return next
  }
  return {
    'folders.list': async () => state.folders,
    'folders.add': async (added) => {
      if (state.folders.some((each) => each.path === added.path && each.target === added.target)) {
        throw new TidekeepError({
          code: 'already-exists',
          message: `${added.path} is already kept safe at ${added.target}.`,
          path: added.path,
        })
      }
      const folder = folderView({
        id: randomBytes(4).toString('hex'),
        name: added.name ?? added.path.split('/').at(-1) ?? added.path,
        path: added.path,
        target: added.target,
        mode: added.mode ?? 'backup',
        state: 'scanning',
        sentence: 'Looking at every file for the first time.',
        files: 0,
        bytes: 0,
        lastReconcileMs: null,
      })
      state.folders = [...state.folders, folder]
      clock.after(3000, () => {
        if (!state.folders.some((each) => each.id === folder.id)) return
        const sentence = 'Everything is safe.'
        change(folder.id, {
          state: 'protected',
          sentence,
          files: 240,
          bytes: 812_000_000,
          lastReconcileMs: clock.now(),
        })
      })
      publish()
      return folder
    },
    'folders.remove': async ({ id }) => {
      find(id)
      state.folders = state.folders.filter((each) => each.id !== id)
      state.transfers = state.transfers.filter((each) => each.folderId !== id)
      state.jobs = state.jobs.filter((each) => each.folderId !== id)
      publish()
      return {}
    },
    'folders.pause': async ({ id }) => change(id, { paused: true, state: 'paused', sentence: 'Paused.' }),
    'folders.resume': async ({ id }) =>
      change(id, { paused: false, state: 'protected', sentence: 'Everything is safe.' }),
    'folders.sync': async ({ id }) => {
      for (const folder of id === undefined ? state.folders : [find(id)])
        change(folder.id, { lastReconcileMs: clock.now() })
      return {}
    },
    'folders.decide': async ({ id }) => {
      state.jobs = state.jobs.filter((job) => job.folderId !== id || job.state !== 'held')
      return change(id, { held: 0, holds: [], state: 'protected', sentence: 'Everything is safe.' })
    },
    'folders.alarm': async ({ id }) => find(id),
    'folders.prove': async ({ id }) => {
      const atMs = clock.now()
      return change(id, {
        proof: { atMs, files: 40, bytes: 31_000_000, failedFiles: 0, failures: [], provenAtMs: atMs },
      })
    },
    'folders.change': async ({ id, ignore, ...patch }) => {
      const view = change(id, patch)
      const known = state.settings.folders.some((each) => each.id === id)
      const folders = known ? state.settings.folders : settingsOf(state.folders).folders
      state.settings = {
        ...state.settings,
        folders: folders.map((each) => (each.id === id ? { ...each, ...patch, ...(ignore && { ignore }) } : each)),
      }
      return view
    },
    'folders.problems': async ({ id, limit }) =>
      Array.from({ length: Math.min(limit, find(id).problems) }, (_, index): ProblemView => problem(index)),
  }
}

function problem(index: number): ProblemView {
  return index % 2 === 0
    ? { path: `private/key-${index}.pem`, reason: 'unreadable', message: 'Tidekeep may not read this file.' }
    : { path: `links/latest-${index}`, reason: 'symlink', message: 'This is a link; links are not followed.' }
}

function isRetried({ state }: JobView, id: number | undefined): boolean {
  return state === 'dead' || state === 'waiting' || (state === 'skipped' && id !== undefined)
}

/** The queue as it was scripted; a retry makes failed jobs wait for their turn again. */
export function queueHandlers({ state, publish }: FakeParts): Some<'queue'> {
  const countBefore = (): number => state.jobs.length
  return {
    'queue.list': async ({ state: wanted, folderId, reason, limit }) =>
      state.jobs
        .filter(
          (job) =>
            (wanted === undefined || [wanted].flat().includes(job.state)) &&
            (folderId === undefined || job.folderId === folderId) &&
            (reason === undefined || job.holdReason === reason),
        )
        .slice(0, limit),
    'queue.retry': async ({ id }) => {
      let retried = 0
      state.jobs = state.jobs.map((job) => {
        if ((id !== undefined && job.id !== id) || !isRetried(job, id)) return job
        retried++
        const { failure: _failure, ...rest } = job
        return { ...rest, state: 'queued' as const, attempts: 0 }
      })
      countSkipped(state)
      publish()
      return { count: retried }
    },
    'queue.skip': async ({ id }) => {
      const job = state.jobs.find((each) => each.id === id && each.state !== 'dead' && each.state !== 'held')
      if (job === undefined) return { count: 0 }
      state.jobs = state.jobs.map((each) => (each === job ? { ...each, state: 'skipped' } : each))
      state.transfers = state.transfers.filter(({ jobId }) => jobId !== id)
      countSkipped(state)
      publish()
      return { count: 1 }
    },
    'queue.drop': async ({ id }) => {
      const before = countBefore()
      state.jobs = state.jobs.filter((job) => job.id !== id)
      publish()
      return { count: before - state.jobs.length }
    },
  }
}
