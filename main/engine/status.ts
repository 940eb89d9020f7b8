import type { FolderId, Problem, RestoreProof } from '../../common/model.ts'
import type {
  AttentionView,
  FolderState,
  FolderView,
  Headline,
  ReasonView,
  StatusView,
  TransferView,
} from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { FolderState as StoredState } from '../state/store.ts'
import type { Verdict } from '../speed/verdict.ts'
import { inUseOf } from './files-in-use.ts'
import type { PipelineState } from './pipeline-ports.ts'
import type { Protection } from './protection-clock.ts'
import { AT_RISK, protectionRows, protectionView } from './protection-rows.ts'
import { skippedOf } from './skipped-files.ts'
import { slowerReason } from './slower.ts'
import { progressOf } from './status-progress.ts'
import type { FolderStatusInput, StatusInput } from './status-input.ts'
import { folderSentence, sentenceOf, waitingText } from './status-sentences.ts'
import { statusTexts as texts } from './status-texts.ts'
import { targetFullOf } from './target-full.ts'

/** How much older than its interval the last reconcile may be before nothing is called protected. */
const OVERDUE_FACTOR = 1.5

/** More than a window shows at a time. */
const SHOWN_TRANSFERS = 20

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
    transfers: liveOf(input).take(SHOWN_TRANSFERS).toArray(),
    progress: progressOf(input),
    reasons: reasonsOf(input),
    attention,
    ...inUseOf(input.store, folders),
    ...skippedOf(input.store, folders),
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
    skipped: counts.skipped,
    dead: counts.dead,
    ...targetFullOf(store, id, counts.waiting),
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
  return {
    ...base,
    state: folderState,
    sentence: folderSentence(folderState, folder, { ...base, atRisk, overdue, stopped }),
  }
}

function writtenDown({ safeUpToMs, unsafeAwakeMs = 0 }: StoredState): Protection {
  return { safeUpToMs, unsafeAwakeMs }
}

/** Links and special files are not carried by design; unreadable and unnameable ones are files at risk. */
export function isAtRisk({ reason }: Problem): boolean {
  return AT_RISK.includes(reason)
}

interface StateFacts extends Pick<FolderView, 'targetFull'> {
  readonly held: number
  readonly dead: number
  readonly conflicts: number
  readonly pendingFiles: number
  readonly skipped: number
  readonly overdue: boolean
  readonly atRisk: number
  readonly paused: boolean
  readonly proof?: RestoreProof
  readonly overdueMs?: number
}

function stateOf(folder: FolderStatusInput, facts: StateFacts): FolderState {
  const { state } = folder
  if (folder.isOpening === true) return facts.paused ? 'paused' : 'scanning'
  if (state === undefined || isSourceError(state)) return 'attention'
  if (state.targetError !== undefined || state.passError !== undefined) return 'offline'
  if (needsSomebody(facts)) return state.phase === 'transferring' ? 'syncing' : 'attention'
  if (facts.paused && state.phase !== 'transferring') return 'paused'
  if (state.phase === 'transferring') return 'syncing'
  if (facts.proof !== undefined && facts.proof.failedFiles > 0) return 'attention'
  if (!state.reconciled || state.phase === 'scanning') return facts.pendingFiles > 0 ? 'syncing' : 'scanning'
  if (facts.overdueMs !== undefined) return 'attention'
  if (facts.pendingFiles > 0 || facts.overdue || facts.skipped > 0) return 'waiting'
  return 'protected'
}

function needsSomebody({ held, dead, conflicts, atRisk, targetFull }: StateFacts): boolean {
  return held > 0 || dead > 0 || conflicts > 0 || atRisk > 0 || targetFull !== undefined
}

/** The source cannot be looked at; what the target refuses is the target's trouble. */
function isSourceError(state: PipelineState): boolean {
  return state.passError !== undefined && state.passErrorAt === 'source'
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
      message: texts.attention.held({ name: view.name, waiting: waitingText(view) }),
      fix: texts.attention.heldFix,
    })
  if (view.conflicts > 0)
    add({
      kind: 'conflict',
      count: view.conflicts,
      message: texts.attention.conflicts({ name: view.name, n: view.conflicts }),
      fix: texts.attention.conflictsFix,
    })
  const error = state?.targetError ?? state?.passError
  if (state !== undefined && error !== undefined) {
    const kind =
      error.code === 'unauthenticated' ? 'signed-out' : isSourceError(state) ? 'source-missing' : 'target-unreachable'
    add({ kind, count: 1, message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) })
  }
  if (view.targetFull !== undefined) {
    const { message, ...way } = view.targetFull
    add({ kind: 'target-full', count: 1, message: texts.attention.full({ name: view.name, message }), ...way })
  }
  if (view.dead > 0)
    add({
      kind: 'dead',
      count: view.dead,
      message: texts.attention.dead({ name: view.name, n: view.dead }),
      fix: texts.attention.deadFix,
    })
  for (const row of protectionRows(view)) add(row)
  if (view.coverage.kind === 'degraded') {
    const { reason, fix } = view.coverage
    add({
      kind: 'coverage',
      count: 1,
      message: texts.attention.coverage({ name: view.name, reason: reason ?? texts.attention.coverageUnknown }),
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
  if (has('scanning')) return 'checking'
  if (has('waiting')) return 'waiting'
  if (has('paused')) return 'paused'
  return 'protected'
}

function reasonsOf(input: StatusInput): readonly ReasonView[] {
  const scanning = input.folders.filter(({ state }) => state?.phase === 'scanning').length
  const text = texts.lookingIn({ n: scanning })
  const stated = [...(input.speed?.reasons ?? []), ...(scanning === 0 ? [] : [{ kind: 'scanning', text } as const])]
  if (input.hasSlowed !== true) return stated
  const { uploadLimit = 0, downloadLimit = 0 } = input.speed ?? {}
  const { bytesPerSecond } = input
  return [...stated, ...slowerReason(liveOf(input).toArray(), stated, { bytesPerSecond, uploadLimit, downloadLimit })]
}

/** What is under way in all folders, made one by one. */
function* liveOf({ folders }: StatusInput): Generator<TransferView, undefined, undefined> {
  for (const { state } of folders) if (state !== undefined) yield* state.live
}
