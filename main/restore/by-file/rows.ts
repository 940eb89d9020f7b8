import type { Entry, RelPath } from '../../../common/model.ts'
import type { ListRow, Standing } from '../../../common/protocol.ts'
import { comparePaths } from '../../../common/paths.ts'
import type { FolderChild } from '../../providers/provider.ts'
import { toldAt } from '../as-of-by-file.ts'
import { NOW } from '../timeline/timeline.ts'
import type { WasThere } from './known-changes.ts'
import type { Asked } from './version-asks.ts'

/** What may be a row of a folder. `gone`: by the history, not in the listing. */
export type Candidate =
  | { readonly kind: 'directory'; readonly name: string; readonly path: RelPath }
  | { readonly kind: 'gone-directory'; readonly name: string; readonly path: RelPath; readonly files: number }
  | { readonly kind: 'file'; readonly name: string; readonly path: RelPath; readonly entry: Entry }
  | { readonly kind: 'gone'; readonly name: string; readonly path: RelPath; readonly was: WasThere }

/** A folder as it was listed, and what the history knows of it. */
export interface Known {
  readonly path: RelPath
  readonly atMs: number
  readonly children: readonly FolderChild[]
  /** Files below the folder, by the history. */
  readonly wereThere: Iterable<readonly [RelPath, WasThere]>
}

/** More names than this are in the order of their paths: putting them in a person's order would be felt. */
const MAX_COLLATED = 20_000
const byName = new Intl.Collator(undefined, { numeric: true })

/**
 * What a folder held at a moment or, as far as nobody knows yet, may have held: folders first, by name. What came to be after it
 * is left out where the target tells that. Folders are those that are there now, whenever they came: a file that was moved is under the name it has now.
 */
export function candidatesOf({ path, atMs, children, wereThere }: Known): readonly Candidate[] {
  const directories = new Map<string, Candidate>()
  const files: Candidate[] = []
  const listed = new Set<string>()
  for (const { entry, createdMs } of children) {
    const name = nameOf(entry.path)
    listed.add(entry.path)
    if (entry.kind === 'directory') directories.set(entry.path, { kind: 'directory', name, path: entry.path })
    if (entry.kind !== 'file') continue
    const isYounger = createdMs !== undefined && createdMs > atMs && changedSince(entry, atMs)
    if (!isYounger) files.push({ kind: 'file', name, path: entry.path, entry })
  }
  const prefix = path === '' ? '' : `${path}/`
  for (const [gone, was] of wereThere) {
    if (listed.has(gone)) continue
    const cut = gone.indexOf('/', prefix.length)
    if (cut < 0) {
      files.push({ kind: 'gone', name: nameOf(gone), path: gone, was })
      continue
    }
    const above = gone.slice(0, cut) as RelPath
    const known = directories.get(above)
    if (known?.kind === 'directory') continue
    const before = known?.kind === 'gone-directory' ? known.files : 0
    directories.set(above, { kind: 'gone-directory', name: nameOf(above), path: above, files: before + 1 })
  }
  // A file may have taken the name of a folder that is gone, and the other way round.
  const all = files.filter((each) => each.kind !== 'gone' || !directories.has(each.path))
  return [...inOrder([...directories.values()]), ...inOrder(all)]
}

/** True for a file that only the target can tell of what it was then. */
export function mustBeAsked(candidate: Candidate, atMs: number): boolean {
  return candidate.kind === 'file' && atMs !== NOW && changedSince(candidate.entry, atMs)
}

function changedSince({ storedAtMs }: Entry, atMs: number): boolean {
  return storedAtMs === undefined || storedAtMs > atMs
}

/** `asked`: of what must be. */
export function rowOf(candidate: Candidate, atMs: number, asked: Asked | undefined): ListRow {
  const { name, path } = candidate
  const row = { name, path, archived: 0 }
  switch (candidate.kind) {
    case 'directory':
      return { ...row, kind: 'directory', standing: 'there', sizeBytes: 0, isGoneNow: false }
    case 'gone-directory': {
      const standing = { standing: goneStanding(atMs), isGoneNow: true }
      return { ...row, kind: 'directory', sizeBytes: 0, count: candidate.files, ...standing }
    }
    case 'gone': {
      const { sizeBytes, sinceMs } = candidate.was
      const since = sinceMs === undefined ? {} : { sinceMs }
      return { ...row, kind: 'file', standing: goneStanding(atMs), sizeBytes, ...since, isGoneNow: true }
    }
    case 'file':
      return { ...row, kind: 'file', isGoneNow: asked?.kind === 'gone', ...fileAt(candidate.entry, atMs, asked) }
  }
}

type FileAt = Pick<ListRow, 'standing' | 'sizeBytes' | 'sinceMs' | 'count'>

function fileAt({ size: sizeBytes, storedAtMs }: Entry, atMs: number, asked: Asked | undefined): FileAt {
  const present = {
    standing: 'there',
    sizeBytes,
    ...(storedAtMs === undefined ? {} : { sinceMs: storedAtMs }),
  } as const
  if (asked === undefined) return present
  switch (asked.kind) {
    case 'asking':
      return { standing: 'asking', sizeBytes: 0 }
    case 'failed':
      return { standing: 'untold', sizeBytes: 0 }
    case 'gone':
      return { standing: 'deleted', sizeBytes: 0 }
    case 'told': {
      const { versions } = asked
      const count = versions.kept.length + 1
      const was = toldAt(versions, atMs)
      if (was.kind === 'present') return { ...present, sinceMs: versions.presentSinceMs, count }
      if (was.kind !== 'earlier') return { standing: was.kind === 'younger' ? 'younger' : 'lost', sizeBytes: 0, count }
      const { sizeBytes: itsBytes, storedAtMs: sinceMs } = was.version
      return { standing: 'there', sizeBytes: itsBytes, count, ...(sinceMs === undefined ? {} : { sinceMs }) }
    }
  }
}

/** Of the present, what is gone is simply that. */
function goneStanding(atMs: number): Standing {
  return atMs === NOW ? 'gone' : 'deleted'
}

function inOrder(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.length > MAX_COLLATED
    ? candidates.toSorted((a, b) => comparePaths(a.path, b.path))
    : candidates.toSorted((a, b) => byName.compare(a.name, b.name))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
