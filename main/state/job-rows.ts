import type {
  Action,
  ActionKind,
  Failure,
  FolderId,
  Hold,
  HoldReason,
  Job,
  JobId,
  JobState,
  Lane,
  RelPath,
} from '../../common/model.ts'
import { parentOf } from '../../common/paths.ts'
import { decodeAction } from './action-json.ts'
import type { Row } from './sqlite/connection.ts'
import { asInteger, asOneOf, asString, compact, optional, parseStored } from './stored-json.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

/** Stored numbers of job states; queries and partial indexes name them too. */
export const QUEUED = 0
/** Claimed. In no file: the row is still a queued one, and what runs is known to this process alone. */
export const RUNNING = 1
/** Due again later. */
export const WAITING = 2
/** Until someone decides. */
export const HELD = 3
/** Until someone retries or drops it. */
export const DEAD = 4
/** Until the file changes. */
export const REFUSED = 5
/** Until the file changes, or someone wants it sent. */
export const SKIPPED = 6
/** By their number in the file. */
export const STATES: readonly JobState[] = ['queued', 'running', 'waiting', 'held', 'dead', 'refused', 'skipped']
const LANES: readonly Lane[] = ['small', 'large']
/** As the file has them. */
export const HOLD_REASONS: readonly HoldReason[] = [
  'mass-delete',
  'mass-overwrite',
  'source-emptied',
  'source-replaced',
  'suspect',
  'mass-delete-here',
  'mass-overwrite-here',
]

/** The state of a row of `jobs` with what runs counted in. */
export const STATE = `iif(jobs.id IN temp.running, ${RUNNING}, state)`
/** Columns that {@link readJob} expects, in order. */
export const JOB_COLUMNS = `id, folder, path, lane, ${STATE}, attempts, not_before_ms, created_ms, bytes, action, failure, hold`

/** As the file has it. */
export function laneNumber(lane: Lane): number {
  return LANES.indexOf(lane)
}

/**
 * Directories before what goes into them, and what both sides have before what lies below it: a file on one side ends as a
 * conflict, and nothing below waits for it. Moves before uploads would re-send, deletions last and from the leaves.
 */
const PHASE_BY_KIND: Readonly<Record<ActionKind, number>> = {
  'make-directory': 0,
  'make-local-directory': 0,
  move: 1,
  'move-local': 1,
  upload: 2,
  adopt: 2,
  metadata: 2,
  download: 2,
  settle: 0,
  'keep-both': 2,
  'make-way': 2,
  delete: 3,
  forget: 3,
  'remove-local': 3,
}

/** Where an action stands in the order of claims: phase first, then rank, then age. */
export function orderOf(action: Action): { readonly phase: number; readonly rank: number } {
  const phase = PHASE_BY_KIND[action.kind]
  if (phase !== 0 && phase !== 3) return { phase, rank: 0 }
  const depth = depthOf(action.path)
  return { phase, rank: phase === 0 ? depth : -depth }
}

/** Names in a path; the rank of what stands in the first phase. */
export function depthOf(path: RelPath): number {
  return path.split('/').length
}

/** Content bytes an action will have to move. */
export function bytesOf(action: Action): number {
  if (action.kind === 'upload') return action.local.size
  if (action.kind === 'make-way') return action.side === 'local' ? action.remote.size : action.local.size
  return action.kind === 'download' || action.kind === 'keep-both' ? action.remote.size : 0
}

/** A row as a job; or, where its action cannot be read, the row's id and why. */
export type ReadJob =
  | { readonly job: Job }
  | { readonly unreadable: number; readonly failure: Failure; readonly job: Job }

/** A row of {@link JOB_COLUMNS}. Throws `corrupt` for one that no version wrote. */
export function readJob(row: Row, nameOf: (folder: number) => FolderId): ReadJob {
  try {
    return { job: jobOf(row, nameOf, decodeAction(row[9] as string, row[2] as string)) }
  } catch {
    const job = jobOf(row, nameOf, standIn(row[2] as RelPath, row[8] as number))
    return { job, unreadable: job.id, failure: unreadable() }
  }
}

/** By position and without spreading: a first copy reads a row for each file. */
function jobOf(row: Row, nameOf: (folder: number) => FolderId, action: Action): Job {
  const job: { -readonly [K in keyof Job]: Job[K] } = {
    id: row[0] as JobId,
    folderId: nameOf(row[1] as number),
    action,
    lane: LANES[row[3] as number] ?? 'small',
    state: STATES[row[4] as number] ?? 'dead',
    attempts: row[5] as number,
    notBeforeMs: row[6] as number,
    createdAtMs: row[7] as number,
  }
  const failure = readFailure(row[10] ?? null)
  if (failure !== undefined) job.failure = failure
  const hold = readHold(row[11] ?? null)
  if (hold !== undefined) job.hold = hold
  return job
}

/** Why a job whose record is damaged is dead. */
function unreadable(): Failure {
  const { theRecordOfThisJob: message, theRecordOfThisJobFix: fix } = stateFailureTexts.jobRows
  return { code: 'corrupt', message, fix }
}

/** Shown in place of an action that cannot be read. Never claimed: claiming reads the record again. */
function standIn(path: RelPath, size: number): Action {
  return { kind: 'upload', path, expect: { kind: 'absent' }, local: { path, kind: 'file', size, mtimeNs: 0n } }
}

function readFailure(text: string | number | null): Failure | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const stored = parseStored(text)
    return compact<Failure>({
      code: asString(stored['code']) as Failure['code'],
      message: asString(stored['message']),
      fix: optional(stored['fix'], asString),
    })
  } catch {
    return unreadable()
  }
}

function readHold(text: string | number | null): Hold | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const stored = parseStored(text)
    return compact<Hold>({
      reason: asOneOf(stored['reason'], HOLD_REASONS),
      message: asString(stored['message']),
      count: asInteger(stored['count']),
      bytes: asInteger(stored['bytes']),
      replaces: optional(stored['replaces'], asString) as RelPath | undefined,
    })
  } catch {
    return { reason: 'suspect', message: stateFailureTexts.jobRows.theRecordOfWhyThis, count: 1, bytes: 0 }
  }
}

/** Claims of fewer are no groups that are stored as one. */
const LEAST_GROUP = 100

/** How many of these paths to take: `limit` at most, and no directory cut in two where that leaves more than half. */
export function endOfClaim(paths: readonly RelPath[], limit: number): number {
  const next = paths[limit]
  if (next === undefined || limit < LEAST_GROUP) return Math.min(limit, paths.length)
  const directory = parentOf(next)
  let end = limit
  while (end * 2 > limit && parentOf(paths[end - 1]!) === directory) end--
  return end * 2 > limit ? end : limit
}
