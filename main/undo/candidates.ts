import { TidekeepError } from '../../common/errors.ts'
import type { FolderId, RelPath, Undoable } from '../../common/model.ts'
import { isWithin, ROOT_PATH, toRelPath } from '../../common/paths.ts'
import type { ActivityView, UndoRequest } from '../../common/protocol.ts'
import type { KeptVersion, SourceProvider } from '../providers/provider.ts'
import type { HistoryStore } from '../state/store.ts'
import { undoFailureTexts } from './undo-failure-texts.ts'

const ALL = Number.MAX_SAFE_INTEGER
/** Rows that tell whether the history knows of anything but what it let go of. */
const LOOKED_AT = 1_000

/** A version that can be brought back, and the row of the history that kept it, if one is known. */
export interface Candidate {
  readonly kept: Undoable
  readonly activityId?: number
}

/** What candidates of one folder are looked for in. */
export interface CandidateSources {
  readonly folderId: FolderId
  readonly history: HistoryStore
  readonly target: SourceProvider
  /** The folder itself, which keeps what gives way in it; two-way mode only. */
  readonly source?: SourceProvider
  readonly signal: AbortSignal
}

/**
 * What a request means in one folder, by the history; where the history knows nothing of it (it was
 * lost, or another computer kept it), by what the target and the folder list. One version for each path.
 */
export async function candidatesOf(sources: CandidateSources, request: UndoRequest): Promise<readonly Candidate[]> {
  const { history, folderId } = sources
  if (request.ids !== undefined) return namedRows(sources, request.ids)
  const rows = history.list({ folderId, undoable: true, limit: ALL }).map(fromRow)
  if (request.paths !== undefined) return latestBelow(sources, rows, request.paths.map(pathIn))
  const isLost = rows.length === 0 && history.list({ folderId, limit: LOOKED_AT }).every(({ kind }) => kind === 'prune')
  const known = isLost ? (await listed(sources, ROOT_PATH)).map(fromListing) : rows
  const { last, sinceMs } = request
  if (last !== undefined) return earliestOfEach(known.slice(0, last))
  if (sinceMs !== undefined) return earliestOfEach(known.filter(({ atMs }) => atMs >= sinceMs))
  throw new TidekeepError({
    code: 'invalid',
    message: undoFailureTexts.candidates.itWasNotSaidWhat,
    fix: undoFailureTexts.candidates.itWasNotSaidWhatFix,
  })
}

interface Dated extends Candidate {
  readonly atMs: number
}

function namedRows({ history, folderId }: CandidateSources, ids: readonly number[]): readonly Candidate[] {
  const rows = history.get(ids)
  return earliestOfEach(
    rows.filter((row) => row.folderId === folderId && row.kept !== undefined && row.undone !== true).map(fromRow),
  )
}

/** Of each path at or below those asked for, what was there last. */
async function latestBelow(
  sources: CandidateSources,
  rows: readonly Dated[],
  paths: readonly RelPath[],
): Promise<readonly Candidate[]> {
  const found = new Map<RelPath, Candidate>()
  for (const path of paths) {
    const ofHistory = rows.filter(({ kept }) => isWithin(kept.path, path))
    const all = ofHistory.length > 0 ? ofHistory : (await listed(sources, path)).map(fromListing)
    for (const candidate of all) if (!found.has(candidate.kept.path)) found.set(candidate.kept.path, candidate)
  }
  return [...found.values()]
}

/** Each path as it was before the first of several changes. */
function earliestOfEach(newestFirst: readonly Dated[]): readonly Candidate[] {
  return [...new Map(newestFirst.map((candidate) => [candidate.kept.path, candidate])).values()]
}

interface Listed extends KeptVersion {
  readonly keptAt?: 'source'
}

/** Newest first. */
async function listed({ target, source, signal }: CandidateSources, path: RelPath): Promise<readonly Listed[]> {
  const versions: Listed[] = []
  for await (const version of target.features.keptVersions?.(path, { signal }) ?? []) versions.push(version)
  for await (const version of source?.features.keptVersions?.(path, { signal }) ?? [])
    versions.push({ ...version, keptAt: 'source' })
  return versions.sort((a, b) => b.keptAtMs - a.keptAtMs)
}

function fromRow({ id, atMs, kept }: ActivityView): Dated {
  return { kept: kept!, activityId: id, atMs }
}

function fromListing({ path, why, sizeBytes, token, keptAtMs, keptAt }: Listed): Dated {
  const kept = { path, why, sizeBytes, token, ...(keptAt === undefined ? {} : { keptAt }) }
  return { kept, atMs: keptAtMs }
}

function pathIn(text: string): RelPath {
  return toRelPath(text.replace(/^\/+|\/+$/g, ''))
}
