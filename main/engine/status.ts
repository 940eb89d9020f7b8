import { formatDuration, count } from '../../common/format.ts'
import { HOLD_TEXTS } from '../../common/hold-texts.ts'
import type { FolderId, Problem, RestoreProof } from '../../common/model.ts'
import type {
  AttentionView,
  FolderState,
  FolderView,
  HeldView,
  Headline,
  ProgressView,
  ReasonView,
  StatusView,
} from '../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { FolderState as StoredState, Store } from '../state/store.ts'
import type { Verdict } from '../speed/verdict.ts'
import type { PipelineState } from './pipeline.ts'
import type { Protection } from './protection-clock.ts'
import { AT_RISK, protectionRows, protectionView, unprovenText } from './protection-rows.ts'

/** A folder with what its pipeline says; undefined state: it could not be opened, for that reason. */
export interface FolderStatusInput {
  readonly settings: FolderSettings
  readonly state: PipelineState | undefined
  readonly openError?: { readonly message: string; readonly fix?: string }
}

/** What a status is computed from. */
export interface StatusInput {
  readonly folders: readonly FolderStatusInput[]
  readonly settings: Settings
  readonly store: Store
  readonly clock: Clock
  readonly version: string
  readonly bytesPerSecond: number
  /** How long that has been measured without a standstill; left out: long enough. */
  readonly rateAgeMs?: number
  /** Of the folder with that id; without it, what was last written down. */
  readonly protectionOf?: (id: FolderId) => Protection
  /** How fast work may go at present; left out: as the settings say. */
  readonly speed?: Verdict
}

/** How much older than its interval the last reconcile may be before nothing is called protected. */
const OVERDUE_FACTOR = 1.5

/** Earlier, a rate is a guess, and an end that jumps is worse than none. */
const ETA_AFTER_MS = 5_000

/** A last reconcile further in the future than this was dated by a clock that has been set back since. */
const CLOCK_TOLERANCE_MS = 60_000

/** The one truth every surface shows. */
export function computeStatus(input: StatusInput): StatusView {
  const folders = input.folders.map((folder) => folderView(folder, input))
  const attention = input.folders.flatMap((folder, index) => attentionOf(folder, folders[index]!))
  const pausedUntil = isPaused(input) ? input.settings.pausedUntil : 0
  const headline = headlineOf(folders, pausedUntil)
  return {
    headline,
    sentence: sentenceOf(headline, {
      folders,
      attention,
      clock: input.clock,
      pausedUntil,
      stopped: input.speed?.stop?.text,
    }),
    version: input.version,
    pausedUntil,
    folders,
    transfers: input.folders.flatMap((folder) => folder.state?.live ?? []).slice(0, 20),
    progress: progressOf(input),
    reasons: reasonsOf(input),
    attention,
  }
}

/** True while the user's global pause lasts. */
export function isPaused(input: Pick<StatusInput, 'settings' | 'clock'>): boolean {
  const { pausedUntil } = input.settings
  return pausedUntil === 'forever' || pausedUntil > input.clock.now()
}

/** True where work of this folder may not go on by itself at present. */
export function isStopped({ target }: Pick<FolderSettings, 'target'>, verdict: Verdict | undefined): boolean {
  if (verdict?.stop === undefined) return false
  return verdict.stop.scope === 'everything' || /^(s3|onedrive):/i.test(target)
}

function folderView(folder: FolderStatusInput, input: StatusInput): FolderView {
  const { settings, state } = folder
  const { store, clock } = input
  const id = settings.id as FolderId
  const counts = store.queue.counts(id)
  const totals = store.baseline.totals(id)
  const altered = store.baseline.altered(id)
  const recorded = store.baseline.recorded(id)
  const known = store.folders.get(id)
  const base = {
    id: settings.id,
    name: settings.name,
    path: settings.path,
    target: settings.target,
    mode: settings.mode,
    paused: settings.paused,
    files: totals.files - altered.files,
    bytes: totals.bytes - altered.bytes,
    ...(altered.files === 0 ? {} : { alteredFiles: altered.files }),
    ...(recorded.files === 0 ? {} : { recordedFiles: recorded.files }),
    pendingFiles: counts.queued + counts.running + counts.waiting,
    pendingBytes: counts.bytes,
    held: counts.held,
    holds: store.queue.holds(id),
    refused: counts.refused,
    dead: counts.dead,
    conflicts: store.conflicts.count(id),
    problems: store.folders.problemCount(id),
    lastReconcileMs: known.lastReconcileMs ?? null,
    lastChangeMs: known.lastChangeMs ?? null,
    coverage: state?.coverage ?? { kind: 'off' as const },
    ...protectionView(settings, input.protectionOf?.(id) ?? writtenDown(known), input),
  }
  const ageMs = known.lastReconcileMs === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.lastReconcileMs
  const overdue = ageMs > input.settings.reconcileMs * OVERDUE_FACTOR || ageMs < -CLOCK_TOLERANCE_MS
  const atRisk = store.folders.problemCount(id, AT_RISK)
  const stopped = isStopped(settings, input.speed) ? input.speed?.stop?.text : undefined
  const paused = settings.paused || isPaused(input) || stopped !== undefined
  const folderState = stateOf(folder, { ...base, overdue, atRisk, paused })
  return { ...base, state: folderState, sentence: folderSentence(folderState, folder, { ...base, atRisk, stopped }) }
}

function writtenDown({ safeUpToMs, unsafeAwakeMs = 0 }: StoredState): Protection {
  return { safeUpToMs, unsafeAwakeMs }
}

/** Links and special files are not carried by design; unreadable and unnameable ones are files at risk. */
export function isAtRisk({ reason }: Problem): boolean {
  return AT_RISK.includes(reason)
}

interface StateFacts {
  readonly held: number
  readonly dead: number
  readonly conflicts: number
  readonly pendingFiles: number
  readonly overdue: boolean
  readonly atRisk: number
  readonly paused: boolean
  readonly proof?: RestoreProof
  readonly overdueMs?: number
}

function stateOf(folder: FolderStatusInput, facts: StateFacts): FolderState {
  const { state } = folder
  if (state === undefined || isSourceError(state)) return 'attention'
  if (state.targetError !== undefined || state.passError !== undefined) return 'offline'
  if (facts.held > 0 || facts.dead > 0 || facts.conflicts > 0 || facts.atRisk > 0)
    return state.phase === 'transferring' ? 'syncing' : 'attention'
  if (facts.paused && state.phase !== 'transferring') return 'paused'
  if (state.phase === 'transferring') return 'syncing'
  if (facts.proof !== undefined && facts.proof.failedFiles > 0) return 'attention'
  if (!state.reconciled || state.phase === 'scanning') return facts.pendingFiles > 0 ? 'syncing' : 'scanning'
  if (facts.overdueMs !== undefined) return 'attention'
  if (facts.pendingFiles > 0 || facts.overdue) return 'waiting'
  return 'protected'
}

/** The source cannot be looked at; what the target refuses is the target's trouble. */
function isSourceError(state: PipelineState): boolean {
  return state.passError !== undefined && state.passErrorAt === 'source'
}

function folderSentence(
  state: FolderState,
  folder: FolderStatusInput,
  view: {
    readonly files: number
    readonly alteredFiles?: number
    readonly recordedFiles?: number
    readonly pendingFiles: number
    readonly held: number
    readonly holds: readonly HeldView[]
    readonly refused: number
    readonly dead: number
    readonly conflicts: number
    readonly problems: number
    readonly atRisk: number
    readonly proof?: RestoreProof
    readonly overdueMs?: number
    /** Why it may not go on by itself. */
    readonly stopped: string | undefined
  },
): string {
  const taken = view.recordedFiles === undefined ? '' : `, ${view.recordedFiles} of them by what the target records`
  const files = count(view.files, 'file')
  switch (state) {
    case 'protected':
      return `${files} safe${taken}${rewrittenPart(view.alteredFiles ?? 0)}${view.problems > 0 ? `; ${count(view.problems, 'item')} not carried` : ''}${refusedPart(view.refused)}`
    case 'scanning':
      return `Looking for changes: ${count(folder.state?.scanned ?? 0, 'file')} so far`
    case 'syncing':
      return `${count(view.pendingFiles, 'file')} on the way, ${files} safe`
    case 'waiting':
      return view.pendingFiles > 0 ? `${count(view.pendingFiles, 'file')} waiting` : 'Due to be looked at again'
    case 'paused':
      return `${view.stopped ?? 'Paused'}${view.pendingFiles > 0 ? `, ${count(view.pendingFiles, 'file')} waiting` : ''}`
    case 'offline':
      return folder.state?.targetError?.message ?? folder.state?.passError?.message ?? 'The target cannot be reached.'
    case 'attention':
      return attentionSentence(folder, view)
  }
}

function attentionSentence(
  folder: FolderStatusInput,
  view: Pick<FolderView, 'held' | 'holds' | 'dead' | 'conflicts' | 'proof' | 'overdueMs'> & { readonly atRisk: number },
): string {
  if (folder.openError !== undefined) return folder.openError.message
  if (folder.state?.passError !== undefined) return folder.state.passError.message
  if (view.held > 0) return waitingText(view)
  if (view.conflicts > 0) return `${count(view.conflicts, 'conflict')} for you to decide`
  if (view.dead > 0) return `${count(view.dead, 'file')} could not be backed up`
  if (view.atRisk > 0) return `${count(view.atRisk, 'item')} cannot be read or stored`
  if (view.proof !== undefined && view.proof.failedFiles > 0) return unprovenText(view)
  return `Not brought to the target for ${formatDuration(view.overdueMs ?? 0)} of work`
}

/** What most of the folder waits for; the other reasons are counted. */
function waitingText({ held, holds }: Pick<FolderView, 'held' | 'holds'>): string {
  const [first] = holds
  if (first === undefined) return `${count(held, 'change')} held for your decision`
  const others = held - first.count
  return `${HOLD_TEXTS[first.reason].waiting(first.count)}${others > 0 ? `, and ${count(others, 'other change')}` : ''}`
}

/** Kept, but not what was sent: never counted as safe. */
function rewrittenPart(files: number): string {
  return files > 0 ? `, ${files} stored as the target rewrote them` : ''
}

/** A person decided that the target keeps what it has: not what the folder holds, and not to be called so. */
function refusedPart(refused: number): string {
  return refused > 0 ? `; ${count(refused, 'file')} kept as before, as you decided` : ''
}

function attentionOf(folder: FolderStatusInput, view: FolderView): readonly AttentionView[] {
  const rows: AttentionView[] = []
  const add = (row: Omit<AttentionView, 'folderId'>): void => void rows.push({ ...row, folderId: view.id })
  const { state, openError } = folder
  if (openError !== undefined) add({ kind: 'source-missing', count: 1, ...openError })
  if (view.held > 0)
    add({
      kind: 'held',
      count: view.held,
      message: `${view.name}: ${waitingText(view)}.`,
      fix: 'Look at Folders, or at "tidekeep held".',
    })
  if (view.conflicts > 0)
    add({
      kind: 'conflict',
      count: view.conflicts,
      message: `${view.name}: ${count(view.conflicts, 'file')} changed on both sides. Both versions are safe.`,
      fix: 'Look at Conflicts, or at "tidekeep conflicts".',
    })
  const error = state?.targetError ?? state?.passError
  if (state !== undefined && error !== undefined) {
    const kind =
      error.code === 'unauthenticated' ? 'signed-out' : isSourceError(state) ? 'source-missing' : 'target-unreachable'
    add({ kind, count: 1, message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) })
  }
  if (view.dead > 0)
    add({
      kind: 'dead',
      count: view.dead,
      message: `${view.name}: ${count(view.dead, 'file')} could not be backed up.`,
      fix: 'See the errors for the reason, then retry.',
    })
  for (const row of protectionRows(view)) add(row)
  if (view.coverage.kind === 'degraded') {
    const { reason, fix } = view.coverage
    add({
      kind: 'coverage',
      count: 1,
      message: `${view.name} is not watched live. ${reason ?? 'The reason is not known.'}`,
      ...(fix === undefined ? {} : { fix }),
    })
  }
  return rows
}

function headlineOf(folders: readonly FolderView[], pausedUntil: number | 'forever'): Headline {
  if (folders.length === 0) return 'unconfigured'
  const has = (state: FolderState): boolean => folders.some((folder) => folder.state === state)
  if (has('syncing')) return 'syncing'
  if (has('attention')) return 'attention'
  if (pausedUntil !== 0) return 'paused'
  if (has('offline')) return 'offline'
  if (has('scanning')) return 'syncing'
  if (has('waiting')) return 'waiting'
  if (has('paused')) return 'paused'
  return 'protected'
}

interface SentenceFacts {
  readonly folders: readonly FolderView[]
  readonly attention: readonly AttentionView[]
  readonly clock: Clock
  readonly pausedUntil: number | 'forever'
  /** Why work may not go on by itself. */
  readonly stopped: string | undefined
}

function sentenceOf(headline: Headline, facts: SentenceFacts): string {
  const { folders } = facts
  const sum = (pick: (folder: FolderView) => number): number =>
    folders.reduce((total, folder) => total + pick(folder), 0)
  const files = count(
    sum((folder) => folder.files),
    'file',
  )
  const pending = count(
    sum((folder) => folder.pendingFiles),
    'file',
  )
  switch (headline) {
    case 'unconfigured':
      return 'Choose a folder to keep safe.'
    case 'protected':
      return `${files} safe${rewrittenPart(sum((folder) => folder.alteredFiles ?? 0))}`
    case 'syncing':
      return sum((folder) => folder.pendingFiles) > 0 ? `${pending} on the way, ${files} safe` : 'Looking for changes'
    case 'waiting':
      return sum((folder) => folder.pendingFiles) > 0
        ? `${pending} waiting, ${files} safe`
        : 'Due to be looked at again'
    case 'paused':
      return `${pausedText(facts)}, ${pending} waiting`
    case 'offline':
      return facts.attention[0]?.message ?? 'The target cannot be reached.'
    case 'attention':
      return (
        facts.attention[0]?.message ??
        folders.find((folder) => folder.state === 'attention')?.sentence ??
        'Something needs you.'
      )
  }
}

function pausedText({ pausedUntil, stopped, clock }: SentenceFacts): string {
  if (pausedUntil === 0 && stopped !== undefined) return stopped
  if (pausedUntil === 'forever' || pausedUntil === 0) return 'Paused until you resume'
  return `Paused for ${formatDuration(pausedUntil - clock.now())} more`
}

function progressOf(input: StatusInput): ProgressView | null {
  let filesDone = 0
  let bytesDone = 0
  let filesLeft = 0
  let bytesLeft = 0
  for (const { settings, state } of input.folders) {
    if (state === undefined) continue
    const counts = input.store.queue.counts(settings.id as FolderId)
    filesDone += state.done.files
    bytesDone += state.done.bytes
    filesLeft += counts.queued + counts.running
    // What is in flight is counted with the queue until it is recorded.
    bytesLeft += counts.bytes - state.live.reduce((sum, view) => sum + view.bytesDone, 0)
  }
  if (filesLeft === 0) return null
  const rate = input.bytesPerSecond
  const isHonest = (input.rateAgeMs ?? ETA_AFTER_MS) >= ETA_AFTER_MS
  return {
    filesDone,
    filesTotal: filesDone + filesLeft,
    bytesDone,
    bytesTotal: bytesDone + Math.max(0, bytesLeft),
    bytesPerSecond: rate,
    etaMs: isHonest && rate > 0 && bytesLeft > 0 ? Math.round((bytesLeft / rate) * 1000) : null,
  }
}

function reasonsOf(input: StatusInput): readonly ReasonView[] {
  const scanning = input.folders.filter(({ state }) => state?.phase === 'scanning').length
  const text = scanning === 1 ? 'Looking for changes' : `Looking for changes in ${scanning} folders`
  return [...(input.speed?.reasons ?? []), ...(scanning === 0 ? [] : [{ kind: 'scanning', text } as const])]
}
