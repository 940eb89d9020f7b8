import { randomBytes } from 'node:crypto'
import { TidekeepError } from '../../common/errors.ts'
import { count, formatBytes } from '../../common/format.ts'
import type { ActionKind, RelPath } from '../../common/model.ts'
import type {
  AccountView,
  ActivityView,
  AttentionView,
  Caller,
  FolderView,
  Handlers,
  Headline,
  JobView,
  ProblemView,
  ReasonView,
  StatusView,
  TopicName,
  Topics,
  TransferView,
} from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../common/settings.ts'
import type { Application } from '../../main/application.ts'
import { NO_COUNTS } from '../../main/restore/tally.ts'
import type { Clock } from '../../main/host.ts'
import { fakeAccountHandlers, fakeAccounts, settingsOf, spreadOverAccounts } from './application-accounts.ts'
import { FakeConflicts } from './fake-conflicts.ts'
import { realClock } from './real-clock.ts'
import { createFakeRestores } from './restore-calls.ts'
import { fakeDiagnosticHandlers } from './application-diagnostics.ts'
import { fakeRuleHandlers } from './application-rules.ts'

/**
 * `empty`: nothing configured yet, for the wizard. `protected`: all is well. `busy`: transfers run.
 * `attention`: held deletions, dead jobs, problems, a target that is away. `offline`: every target is.
 * `accounts`: all is well, at one target of each kind. `conflicts`: files that changed on both sides.
 */
export type Scenario = 'empty' | 'protected' | 'busy' | 'attention' | 'offline' | 'accounts' | 'conflicts'

export interface FakeApplicationOptions {
  readonly scenario?: Scenario
  /** Defaults to the real one. Transfers advance every `tickMs` of it, once started. */
  readonly clock?: Clock
  readonly tickMs?: number
  /** Rows of activity and of the queue to begin with; large numbers try out virtual lists. */
  readonly activityRows?: number
  readonly queueRows?: number
  /** Conflicts, where the scenario has some. */
  readonly conflictRows?: number
  /** Some files at the targets lie in an archive class. */
  readonly archive?: boolean
  /** Answer some calls in its place. */
  readonly handlers?: Partial<Handlers>
}

export interface RecordedCall {
  readonly name: string
  readonly params: unknown
  readonly caller: Caller
}

/** An application that does nothing and shows everything. */
export interface FakeApplication extends Application {
  /** What was called, in order, secrets included: for assertions. */
  readonly calls: readonly RecordedCall[]
  setScenario(scenario: Scenario): void
  /** The target's version of a conflict becomes another one, behind the back of whoever looks at it. */
  touchConflict(id: number): void
  /** One step of every transfer. */
  tick(): void
  /** Makes the next call of this name throw. */
  failNext(name: keyof Handlers, error: Error): void
  /** Changes the shown status in whatever way a test wants. */
  patchStatus(patch: Partial<StatusView>): void
  publishActivity(rows: readonly ActivityView[]): void
}

interface State {
  settings: Settings
  folders: FolderView[]
  accounts: AccountView[]
  transfers: TransferView[]
  jobs: JobView[]
  conflicts: FakeConflicts
  activity: ActivityView[]
  patch: Partial<StatusView>
  nextId: number
  paused: number | 'forever'
  isLifted: boolean
  isReady: boolean
}

/** A scripted {@link Application} for the renderer, the transports and their tests. */
export function createFakeApplication(options: FakeApplicationOptions = {}): FakeApplication {
  const clock = options.clock ?? realClock
  const state = stateOf(options.scenario ?? 'busy', clock, options)
  const listeners = {
    status: new Set<(value: StatusView) => void>(),
    activity: new Set<(value: readonly ActivityView[]) => void>(),
  }
  const calls: RecordedCall[] = []
  const failures = new Map<string, Error>()
  let cancelTick = (): void => undefined

  const publish = (): void => {
    const status = statusOf(state)
    for (const listener of listeners.status) listener(status)
  }
  state.conflicts.onChange = publish
  const publishActivity = (rows: readonly ActivityView[]): void => {
    state.activity.unshift(...rows.toReversed())
    for (const listener of listeners.activity) listener(rows)
  }
  const tick = (): void => {
    advanceTransfers(state, clock, publishActivity)
    publish()
  }
  const schedule = (): void => {
    cancelTick = clock.after(options.tickMs ?? 250, () => {
      if (state.transfers.length > 0 && state.paused === 0) tick()
      schedule()
    })
  }
  const handlers = recordCalls(
    { ...fakeHandlers({ state, clock, publish, archive: options.archive }), ...options.handlers },
    calls,
    failures,
  )
  return {
    handlers,
    calls,
    subscribe: <T extends TopicName>(topic: T, listener: (value: Topics[T]) => void) => {
      const set = listeners[topic] as Set<(value: Topics[T]) => void>
      set.add(listener)
      return () => void set.delete(listener)
    },
    start: async () => {
      state.isReady = true
      schedule()
    },
    stop: async () => {
      state.isReady = false
      cancelTick()
    },
    ready: () => state.isReady,
    metrics: async () =>
      '# HELP tidekeep_uploaded_bytes_total Content bytes sent.\n# TYPE tidekeep_uploaded_bytes_total counter\ntidekeep_uploaded_bytes_total 123456\n',
    wake: publish,
    setScenario: (scenario) => {
      Object.assign(state, stateOf(scenario, clock, options), { isReady: state.isReady })
      state.conflicts.onChange = publish
      publish()
    },
    touchConflict: (id) => state.conflicts.touch(id),
    tick,
    failNext: (name, error) => void failures.set(name, error),
    patchStatus: (patch) => {
      state.patch = { ...state.patch, ...patch }
      publish()
    },
    publishActivity,
  }
}

function recordCalls(handlers: Handlers, calls: RecordedCall[], failures: Map<string, Error>): Handlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [
      name,
      async (params: never, caller: Caller) => {
        calls.push({ name, params, caller })
        const failure = failures.get(name)
        failures.delete(name)
        if (failure !== undefined) throw failure
        return handle(params, caller)
      },
    ]),
  ) as unknown as Handlers
}

interface FakeParts {
  readonly state: State
  readonly clock: Clock
  readonly publish: () => void
  readonly archive?: boolean | undefined
}

function fakeHandlers(parts: FakeParts): Handlers {
  const { state, clock, publish } = parts
  const status = async (): Promise<StatusView> => statusOf(state)
  const changed = async (): Promise<StatusView> => {
    publish()
    return status()
  }
  return {
    'status.get': status,
    'pause.set': async ({ durationMs }) => {
      state.paused = durationMs === 'forever' ? 'forever' : clock.now() + durationMs
      return changed()
    },
    'pause.clear': async () => {
      state.paused = 0
      return changed()
    },
    'speed.lift': async ({ lifted }) => {
      state.isLifted = lifted
      return changed()
    },
    'settings.get': async () =>
      state.settings.folders.length > 0
        ? state.settings
        : { ...state.settings, folders: settingsOf(state.folders).folders },
    'updates.get': async () => ({ installed: '1.0.0', lastCheckMs: null, state: { kind: 'unknown' } }),
    'updates.check': async () => ({ installed: '1.0.0', lastCheckMs: clock.now(), state: { kind: 'current' } }),
    'updates.install': async () => ({ installed: '1.0.0', lastCheckMs: null, state: { kind: 'unknown' } }),
    'settings.set': async ({ key, value }) => {
      state.settings = { ...state.settings, [key]: value }
      return state.settings
    },
    'activity.undo': async ({ ids = [], dryRun }) => {
      const rows = state.activity.filter(({ id, kept }) => ids.includes(id) && kept !== undefined)
      const items = rows.map(({ id, folderId, kept }) => {
        const { path, why, sizeBytes } = kept!
        return { activityId: id, folderId, path, why, sizeBytes, outcome: 'undone' as const }
      })
      for (const row of rows) state.activity[state.activity.indexOf(row)] = { ...row, undone: true }
      return { dryRun, items }
    },
    'activity.list': async ({ folderId, before, limit }) =>
      state.activity
        .filter((row) => (folderId === undefined || row.folderId === folderId) && row.id < (before ?? Infinity))
        .slice(0, limit),
    ...fakeRuleHandlers(),
    ...fakeDiagnosticHandlers(clock),
    ...createFakeRestores({ clock, folders: () => state.folders, archive: parts.archive === true }),
    ...fakeAccountHandlers(state, clock),
    ...state.conflicts.handlers(),
    ...folderHandlers(parts),
    ...queueHandlers(parts),
    ...wizardHandlers(parts),
  }
}

type Some<Prefix extends string> = Pick<Handlers, Extract<keyof Handlers, `${Prefix}.${string}`>>

function folderHandlers({ state, clock, publish }: FakeParts): Some<'folders'> {
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

function queueHandlers({ state, publish }: FakeParts): Some<'queue'> {
  const countBefore = (): number => state.jobs.length
  return {
    'queue.list': async ({ state: wanted, folderId, reason, limit }) =>
      state.jobs
        .filter(
          (job) =>
            (wanted === undefined || job.state === wanted) &&
            (folderId === undefined || job.folderId === folderId) &&
            (reason === undefined || job.holdReason === reason),
        )
        .slice(0, limit),
    'queue.retry': async ({ id }) => {
      let retried = 0
      state.jobs = state.jobs.map((job) => {
        if ((id !== undefined && job.id !== id) || (job.state !== 'dead' && job.state !== 'waiting')) return job
        retried++
        const { failure: _failure, ...rest } = job
        return { ...rest, state: 'queued' as const, attempts: 0 }
      })
      publish()
      return { count: retried }
    },
    'queue.drop': async ({ id }) => {
      const before = countBefore()
      state.jobs = state.jobs.filter((job) => job.id !== id)
      publish()
      return { count: before - state.jobs.length }
    },
  }
}

function wizardHandlers({ clock }: FakeParts): Some<'sources'> & Omit<Some<'targets'>, 'targets.look'> & Some<'plan'> {
  const home = '/home/ada'
  return {
    'sources.suggest': async () =>
      ['Documents', 'Desktop', 'Pictures', 'Videos', 'Music'].map((name) => ({ name, path: `${home}/${name}` })),
    'sources.browse': async ({ path }) => {
      const at = path === '' ? home : path
      if (at.includes('missing')) {
        throw new TidekeepError({ code: 'not-found', message: `${at} does not exist.`, path: at })
      }
      const depth = at.split('/').length
      const names = depth > 6 ? [] : ['Archive', 'Projects', 'Receipts 2025', 'Tax <img src=x onerror=alert(1)>']
      return {
        path: at,
        parent: at === '/' ? null : at.slice(0, at.lastIndexOf('/')) || '/',
        directories: names.map((name) => ({ name, path: `${at === '/' ? '' : at}/${name}` })),
      }
    },
    'sources.measure': async ({ path }) => ({
      path,
      files: 12_431,
      bytes: 48_211_000_123,
      ignored: 312,
      complete: true,
    }),
    'targets.suggest': async () => [
      { name: 'Backup drive', path: '/media/ada/Backup', freeBytes: 812_000_000_000 },
      { name: 'NAS', path: '/mnt/nas', freeBytes: null },
    ],
    'targets.check': async ({ target }) => {
      await clock.sleep(400)
      const isBad = target.includes('denied')
      return {
        ok: !isBad,
        target,
        steps: [
          { name: 'reach', ok: true },
          { name: 'list', ok: true },
          isBad
            ? { name: 'write', ok: false, message: 'The keys may read this bucket but not write to it.' }
            : { name: 'write', ok: true },
          ...(isBad ? [] : ['read back', 'delete'].map((name) => ({ name, ok: true }))),
        ],
        ...(isBad ? {} : { freeBytes: 812_000_000_000 }),
      }
    },
    'plan.preview': async () => ({
      counts: { ...NO_COUNTS, scanned: 12_431, uploaded: 12_000, skipped: 431 },
      bytesToSend: 48_211_000_123,
      files: 12_431,
      problems: 2,
      holds: [],
      actions: Array.from({ length: 200 }, (_, index) => ({
        kind: 'upload' as const,
        path: `2025/photo-${index}.jpg`,
        size: 4_000_000 + index,
      })),
    }),
  }
}

function folderView(patch: Partial<FolderView> & Pick<FolderView, 'id' | 'name' | 'path' | 'target'>): FolderView {
  return {
    mode: 'backup',
    state: 'protected',
    sentence: 'Everything is safe.',
    paused: false,
    files: 12_431,
    bytes: 48_211_000_123,
    pendingFiles: 0,
    pendingBytes: 0,
    held: 0,
    holds: [],
    refused: 0,
    dead: 0,
    conflicts: 0,
    problems: 0,
    lastReconcileMs: 0,
    lastChangeMs: null,
    coverage: { kind: 'live' },
    ...patch,
  }
}

function stateOf(scenario: Scenario, clock: Clock, options: FakeApplicationOptions): State {
  const nowMs = clock.now()
  const state: State = {
    settings: DEFAULT_SETTINGS,
    folders: scenario === 'empty' ? [] : threeFolders(nowMs),
    accounts: [],
    transfers: [],
    jobs: [],
    conflicts: new FakeConflicts(scenario === 'conflicts' ? (options.conflictRows ?? 24) : 0, nowMs),
    activity: [],
    patch: {},
    nextId: 1_000_000,
    paused: 0,
    isLifted: false,
    isReady: false,
  }
  if (scenario !== 'empty') state.activity = activityRows(options.activityRows ?? 120, nowMs)
  if (scenario === 'conflicts')
    state.folders = state.folders.map((each) => ({ ...each, mode: 'two-way', state: 'attention' }))
  if (scenario === 'busy') makeBusy(state, options.queueRows ?? 40)
  if (scenario === 'attention') makeTroubled(state, nowMs)
  if (scenario === 'accounts') {
    state.folders = spreadOverAccounts(state.folders)
    state.settings = settingsOf(state.folders)
    state.accounts = fakeAccounts(clock)
  }
  if (scenario === 'offline') {
    state.folders = state.folders.map((each) => ({
      ...each,
      state: 'offline',
      sentence: `${each.target} cannot be reached; changes are remembered and sent later.`,
    }))
  }
  return state
}

function threeFolders(nowMs: number): FolderView[] {
  const common = { lastReconcileMs: nowMs - 12 * 60_000, lastChangeMs: nowMs - 40_000 }
  return [
    folderView({
      id: 'd0c0d0c0',
      name: 'Documents',
      path: '/home/ada/Documents',
      target: 's3://ada-backup/documents',
      ...common,
    }),
    folderView({
      id: 'f070f070',
      name: 'Pictures',
      path: '/home/ada/Pictures',
      target: '/media/ada/Backup/pictures',
      mode: 'mirror',
      ...common,
    }),
    folderView({
      id: 'c0dec0de',
      name: 'Code',
      path: '/home/ada/Code',
      target: 's3://ada-backup/code',
      coverage: {
        kind: 'polled',
        reason: 'This computer watches at most 8,192 directories.',
        fix: 'sudo sysctl fs.inotify.max_user_watches=524288',
      },
      ...common,
    }),
  ]
}

function makeBusy(state: State, queueRows: number): void {
  state.folders = state.folders.map((each) =>
    each.id === 'f070f070'
      ? { ...each, state: 'syncing', sentence: 'Sending 3 of 43 files.', pendingFiles: 43, pendingBytes: 2_400_000_000 }
      : each,
  )
  state.transfers = [1, 2, 3].map((index) => newTransfer(index))
  state.jobs = Array.from({ length: queueRows }, (_, index) => jobView(index + 1, index < 3 ? 'running' : 'queued'))
}

function newTransfer(jobId: number): TransferView {
  return {
    jobId,
    folderId: 'f070f070',
    path: `2025/summer/IMG_${4000 + jobId}.mov`,
    kind: 'upload',
    bytesDone: 0,
    bytesTotal: 40_000_000 + (jobId % 7) * 25_000_000,
  }
}

function makeTroubled(state: State, nowMs: number): void {
  const [documents, pictures, code] = state.folders
  if (documents === undefined || pictures === undefined || code === undefined) return
  state.folders = [
    {
      ...documents,
      state: 'attention',
      sentence: '412 deletions wait for your decision.',
      held: 412,
      holds: [{ reason: 'mass-delete', count: 412 }],
    },
    {
      ...pictures,
      state: 'offline',
      sentence: '/media/ada/Backup is not connected.',
      pendingFiles: 7,
      pendingBytes: 91_000_000,
    },
    {
      ...code,
      state: 'attention',
      sentence: '2 files could not be kept safe.',
      dead: 2,
      problems: 5,
      held: 3,
      holds: [{ reason: 'suspect', count: 3 }],
    },
  ]
  state.jobs = [
    ...Array.from({ length: 12 }, (_, index) => ({
      ...jobView(index + 1, 'held', 'd0c0d0c0'),
      kind: 'delete' as const,
      hold: 'More than 10 % of the folder would be deleted.',
      holdReason: 'mass-delete' as const,
    })),
    ...['notes/plan.md', 'budget.ods', 'src/main.c'].map((path, index) => ({
      ...jobView(index + 51, 'held', 'c0dec0de'),
      path,
      size: 0,
      hold: `The computer went down unexpectedly, and ${path} is empty since. The target keeps its 12 KiB until you decide.`,
      holdReason: 'suspect' as const,
    })),
    ...Array.from({ length: 2 }, (_, index) => ({
      ...jobView(index + 101, 'dead', 'c0dec0de'),
      attempts: 8,
      failure: {
        code: 'forbidden' as const,
        message: 'The store refused to write this file.',
        fix: 'Check the permissions of the keys.',
      },
    })),
    ...Array.from({ length: 7 }, (_, index) => ({
      ...jobView(index + 201, 'waiting'),
      attempts: 2,
      notBeforeMs: nowMs + 90_000,
      failure: { code: 'unavailable' as const, message: 'The drive is not connected.' },
    })),
  ]
}

function jobView(id: number, state: JobView['state'], folderId = 'f070f070'): JobView {
  const kind: ActionKind = 'upload'
  const size = id % 9 === 0 ? 700_000_000 : 3_000_000 + id
  return {
    id,
    folderId,
    kind,
    path: `2025/summer/IMG_${4000 + id}.mov`,
    size,
    lane: size > 100_000_000 ? 'large' : 'small',
    state,
    attempts: 0,
    notBeforeMs: 0,
  }
}

function activityRows(rows: number, nowMs: number): ActivityView[] {
  const names = ['Rechnung März.pdf', 'draft (2).docx', '👩‍🚀.png', '<b>not bold</b>.txt', 'invoice\u202Efdp.exe']
  const path = (index: number): string => `2025/${names[index % names.length]}`
  return Array.from({ length: rows }, (_, index): ActivityView => ({
    id: rows - index,
    atMs: nowMs - index * 47_000,
    folderId: index % 3 === 0 ? 'd0c0d0c0' : 'f070f070',
    path: path(index),
    kind: index % 11 === 5 ? 'delete' : 'upload',
    method: index % 11 === 5 ? 'delete' : index % 4 === 0 ? 'delta' : 'whole',
    size: 2_500_000 + index * 1000,
    bytesSent: index % 4 === 0 ? 120_000 : 2_500_000 + index * 1000,
    bytesReused: index % 4 === 0 ? 2_380_000 : 0,
    durationMs: 300 + index,
    ...(index % 11 === 5 ? keptOf(path(index), 'deleted') : index % 4 === 0 ? keptOf(path(index), 'replaced') : {}),
    ...(index % 17 === 3 ? { keptAside: '.tidekeep/aside/2025-01-02/draft (2).docx' } : {}),
  }))
}

function keptOf(path: string, why: 'deleted' | 'replaced'): Pick<ActivityView, 'kept'> {
  return { kept: { path: path as RelPath, why, sizeBytes: 2_400_000, token: `.tidekeep/kept/then-${why}/${path}` } }
}

function advanceTransfers(state: State, clock: Clock, publishActivity: (rows: readonly ActivityView[]) => void): void {
  const finished: ActivityView[] = []
  state.transfers = state.transfers.map((transfer) => {
    const bytesDone = Math.min(transfer.bytesTotal, transfer.bytesDone + 6_000_000)
    if (bytesDone < transfer.bytesTotal) return { ...transfer, bytesDone }
    finished.push(finishedRow(state, transfer, clock))
    state.jobs = state.jobs.filter((job) => job.id !== transfer.jobId)
    const next = state.jobs.find((job) => job.state === 'queued')
    return newTransfer(next?.id ?? state.nextId++)
  })
  const running = new Set(state.transfers.map((each) => each.jobId))
  state.jobs = state.jobs.map((job) => (running.has(job.id) ? { ...job, state: 'running' as const } : job))
  if (finished.length > 0) publishActivity(finished)
}

function finishedRow(state: State, transfer: TransferView, clock: Clock): ActivityView {
  return {
    id: state.nextId++,
    atMs: clock.now(),
    folderId: transfer.folderId,
    path: transfer.path,
    kind: transfer.kind,
    method: 'whole',
    size: transfer.bytesTotal,
    bytesSent: transfer.bytesTotal,
    bytesReused: 0,
    durationMs: 2000,
  }
}

function statusOf(state: State): StatusView {
  const attention = attentionOf(state)
  const headline = headlineOf(state, attention)
  return {
    headline,
    sentence: sentenceOf(state, headline),
    version: '0.1.0-fake',
    pausedUntil: state.paused,
    folders: state.folders.map((folder) => ({ ...folder, conflicts: state.conflicts.count(folder.id) })),
    transfers: state.paused === 0 ? state.transfers : [],
    progress: state.transfers.length === 0 || state.paused !== 0 ? null : progressOf(state),
    reasons: state.transfers.length === 0 ? [] : [limitReason(state)],
    attention,
    ...state.patch,
  }
}

function limitReason({ isLifted }: State): ReasonView {
  if (isLifted) return { kind: 'limit', text: 'Full speed for now', lift: 'lifted' }
  return { kind: 'limit', text: 'Limited to 24 MiB/s up', lift: 'possible' }
}

function progressOf(state: State): StatusView['progress'] {
  const bytesDone = state.transfers.reduce((sum, each) => sum + each.bytesDone, 0)
  const waiting = state.jobs.reduce((sum, each) => sum + (each.state === 'queued' ? each.size : 0), 0)
  const bytesTotal = waiting + state.transfers.reduce((sum, each) => sum + each.bytesTotal, 0)
  const bytesPerSecond = 24 * 1024 * 1024
  return {
    filesDone: Math.max(0, 43 - state.jobs.length),
    filesTotal: 43,
    bytesDone,
    bytesTotal,
    bytesPerSecond,
    etaMs: Math.round(((bytesTotal - bytesDone) / bytesPerSecond) * 1000),
  }
}

function attentionOf(state: State): AttentionView[] {
  return state.folders.flatMap((folder): AttentionView[] => [
    ...(state.conflicts.count(folder.id) > 0
      ? [
          {
            kind: 'conflict' as const,
            folderId: folder.id,
            message: `${folder.name}: ${count(state.conflicts.count(folder.id), 'file')} changed on both sides. Both versions are safe.`,
            fix: 'Look at Conflicts, or at "tidekeep conflicts".',
            count: state.conflicts.count(folder.id),
          },
        ]
      : []),
    ...(folder.holds.some(({ reason }) => reason === 'mass-delete')
      ? [
          {
            kind: 'held' as const,
            folderId: folder.id,
            message: `${count(folder.held, 'deletion')} in ${folder.name} wait for your decision.`,
            fix: 'Look at them, then approve or drop them.',
            count: folder.held,
          },
        ]
      : []),
    ...(folder.dead > 0
      ? [
          {
            kind: 'dead' as const,
            folderId: folder.id,
            message: `${count(folder.dead, 'file')} of ${folder.name} could not be kept safe.`,
            fix: 'Check the permissions of the keys, then try again.',
            count: folder.dead,
          },
        ]
      : []),
    ...(folder.state === 'offline'
      ? [
          {
            kind: 'target-unreachable' as const,
            folderId: folder.id,
            message: `${folder.target} cannot be reached.`,
            fix: 'Connect the drive or the network.',
            count: 1,
          },
        ]
      : []),
  ])
}

function headlineOf(state: State, attention: readonly AttentionView[]): Headline {
  if (state.folders.length === 0) return 'unconfigured'
  if (state.paused !== 0) return 'paused'
  if (attention.some((each) => each.kind === 'held' || each.kind === 'dead' || each.kind === 'conflict'))
    return 'attention'
  if (state.folders.every((each) => each.state === 'offline')) return 'offline'
  if (state.transfers.length > 0 || state.folders.some((each) => each.state === 'scanning')) return 'syncing'
  return 'protected'
}

function sentenceOf(state: State, headline: Headline): string {
  const files = state.folders.reduce((sum, each) => sum + each.files, 0)
  const bytes = state.folders.reduce((sum, each) => sum + each.bytes, 0)
  const sentences: Readonly<Record<Headline, string>> = {
    protected: `${count(files, 'file')} (${formatBytes(bytes)}) are safe.`,
    syncing: `Sending ${count(state.jobs.length, 'file')}.`,
    waiting: 'Waiting to try again.',
    paused: 'Paused. Changes are remembered and sent later.',
    attention: 'Something needs your decision.',
    offline: 'No target can be reached. Changes are remembered and sent later.',
    unconfigured: 'No folder is kept safe yet.',
  }
  return sentences[headline]
}
