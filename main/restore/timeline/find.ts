import { comparePaths } from '../../../common/paths.ts'
import type { SearchRow, SearchView, VersionView, VersionsView } from '../../../common/protocol.ts'
import type { WantedNames } from '../folder-past.ts'
import { CURRENT_TOKEN, type FileVersion } from '../versions.ts'
import { beginningOf, placeOf, type Timeline } from './timeline.ts'

/** Paths looked at before others get their turn. */
const AT_ONCE = 100_000

/** Files of any time whose name has the text in it, or whose path where the text has a slash. */
export async function search(timeline: Timeline, { text, after, limit, pause }: WantedNames): Promise<SearchView> {
  const wanted = text.toLowerCase()
  const isPath = wanted.includes('/')
  const rows: SearchRow[] = []
  for (let at = after; at < timeline.paths.length; at++) {
    if (at > after && (at - after) % AT_ONCE === 0) await pause()
    const path = timeline.paths[at]!
    const place = isPath ? path : path.slice(path.lastIndexOf('/') + 1)
    if (!place.toLowerCase().includes(wanted)) continue
    rows.push(rowOf(timeline, at))
    if (rows.length === limit) return at + 1 < timeline.paths.length ? { rows, next: at + 1 } : { rows }
  }
  return { rows }
}

function rowOf(timeline: Timeline, at: number): SearchRow {
  const { paths, first, sizeBytes, endedMs } = timeline
  const last = first[at + 1]! - 1
  const sinceMs = beginningOf(timeline, at, last)
  const goneMs = endedMs[last]!
  return {
    path: paths[at]!,
    versions: first[at + 1]! - first[at]!,
    sizeBytes: sizeBytes[last]!,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(goneMs === Infinity ? {} : { goneMs }),
  }
}

/** Every version of one file, newest first; none where it never was. */
export function versionsIn(timeline: Timeline, path: string): VersionsView {
  const at = placeOf(timeline.paths, path, comparePaths)
  if (timeline.paths[at] !== path) return { path, versions: [], isBeginningUnknown: false }
  const versions: VersionView[] = []
  for (let version = timeline.first[at + 1]! - 1; version >= timeline.first[at]!; version--)
    versions.push(versionView(timeline, at, version))
  return { path, versions, isBeginningUnknown: versions.at(-1)?.sinceMs === undefined }
}

/** The same of a file that the target was asked about, newest first. */
export function versionsView(path: string, told: readonly FileVersion[]): VersionsView {
  const versions = told.map(({ token, sizeBytes, storedAtMs, endedAtMs, why, keptBy, changedBy }): VersionView => ({
    token,
    sizeBytes,
    ...(storedAtMs === undefined ? {} : { sinceMs: storedAtMs }),
    ...(endedAtMs === undefined ? {} : { untilMs: endedAtMs }),
    why: why ?? 'current',
    isArchived: false,
    keptBy: keptBy ?? 'target',
    isLastBeforeGap: why === 'deleted',
    ...(changedBy === undefined ? {} : { changedBy }),
  }))
  return { path, versions, isBeginningUnknown: versions.at(-1)?.sinceMs === undefined }
}

function versionView(timeline: Timeline, at: number, version: number): VersionView {
  const kept = timeline.kept[version]
  const sinceMs = beginningOf(timeline, at, version)
  return {
    token: kept?.token ?? CURRENT_TOKEN,
    sizeBytes: timeline.sizeBytes[version]!,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(kept === undefined ? {} : { untilMs: kept.keptAtMs }),
    why: kept?.why ?? 'current',
    isArchived: timeline.isArchived[version]!,
    keptBy: kept?.keptBy ?? 'target',
    isLastBeforeGap: kept?.why === 'deleted',
  }
}
