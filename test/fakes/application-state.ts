import type { ActionKind, RelPath } from '../../common/model.ts'
import type { AccountView, ActivityView, FolderView, JobView, StatusView, TransferView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../common/settings.ts'
import type { Clock } from '../../main/host.ts'
import { fakeAccounts, settingsOf, spreadOverAccounts } from './application-accounts.ts'
import { FakeConflicts } from './fake-conflicts.ts'

/**
 * `empty`: nothing configured yet, for the wizard. `protected`: all is well. `busy`: transfers run.
 * `attention`: held deletions, dead jobs, problems, a target that is away. `offline`: every target is.
 * `accounts`: all is well, at one target of each kind. `conflicts`: files that changed on both sides.
 */
export type Scenario = 'empty' | 'protected' | 'busy' | 'attention' | 'offline' | 'accounts' | 'conflicts'

/** How much of each there is to begin with. */
export interface FakeSizes {
  /** Rows of activity and of the queue; large numbers try out virtual lists. */
  readonly activityRows?: number
  readonly queueRows?: number
  /** Conflicts, where the scenario has some. */
  readonly conflictRows?: number
}

/** Everything a scripted application holds. */
export interface FakeState {
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

/** A folder that is safe, but for what `patch` says. */
export function folderView(
  patch: Partial<FolderView> & Pick<FolderView, 'id' | 'name' | 'path' | 'target'>,
): FolderView {
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
    skipped: 0,
    dead: 0,
    conflicts: 0,
    problems: 0,
    lastReconcileMs: 0,
    lastChangeMs: null,
    coverage: { kind: 'live' },
    ...patch,
  }
}

/** The beginning of a scenario. */
export function stateOf(scenario: Scenario, clock: Clock, sizes: FakeSizes): FakeState {
  const nowMs = clock.now()
  const state: FakeState = {
    settings: DEFAULT_SETTINGS,
    folders: scenario === 'empty' ? [] : threeFolders(nowMs),
    accounts: [],
    transfers: [],
    jobs: [],
    conflicts: new FakeConflicts(scenario === 'conflicts' ? (sizes.conflictRows ?? 24) : 0, nowMs),
    activity: [],
    patch: {},
    nextId: 1_000_000,
    paused: 0,
    isLifted: false,
    isReady: false,
  }
  if (scenario !== 'empty') state.activity = activityRows(sizes.activityRows ?? 120, nowMs)
  if (scenario === 'conflicts')
    state.folders = state.folders.map((each) => ({ ...each, mode: 'two-way', state: 'attention' }))
  if (scenario === 'busy') makeBusy(state, sizes.queueRows ?? 40)
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

function makeBusy(state: FakeState, queueRows: number): void {
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

function makeTroubled(state: FakeState, nowMs: number): void {
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

/** What the folders and the status say of files that were left out follows from the jobs. */
export function countSkipped(state: FakeState): void {
  const skipped = state.jobs.filter((job) => job.state === 'skipped')
  const of = (id: string): number => skipped.filter(({ folderId }) => folderId === id).length
  state.folders = state.folders.map((each) => ({ ...each, skipped: of(each.id) }))
  state.patch = {
    ...state.patch,
    skipped: skipped.map(({ id, folderId, path, size }) => ({ jobId: id, folderId, path, sizeBytes: size })),
  }
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

/** One step of every transfer; what is done makes room for the next job. */
export function advanceTransfers(
  state: FakeState,
  clock: Clock,
  publishActivity: (rows: readonly ActivityView[]) => void,
): void {
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

function finishedRow(state: FakeState, transfer: TransferView, clock: Clock): ActivityView {
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
