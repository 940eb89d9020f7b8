import type { BaselineEntry, Brand, Entry, FolderId, Kept, RelPath } from './model.ts'

/** Grows; unique in one state file. */
export type ConflictId = Brand<number, 'ConflictId'>

/**
 * Why two versions of one path cannot both be it. `edit-edit`: both sides changed since they agreed. `create-create`:
 * both have it and they never agreed. `type`: a file on one side, a folder on the other, both of them new.
 * `rolled-back`: the target holds something older than what was agreed on, as after a restore of it.
 * `edit-delete` is never one: what was edited is kept.
 */
export type ConflictKind = 'edit-edit' | 'create-create' | 'type' | 'rolled-back'

/** One of the two versions, as it was when last seen. Its etag, version id or identity says whether it is still that. */
export interface ConflictSide {
  readonly entry: Entry
  /** BLAKE3 hex of its content, where that was computed. */
  readonly contentHash?: string
}

/** What *execute* found: both sides differ and neither may take the place of the other. */
export interface FoundConflict {
  readonly path: RelPath
  readonly kind: ConflictKind
  readonly local: ConflictSide
  readonly remote: ConflictSide
  /** What both sides agreed on last, if ever. */
  readonly base?: BaselineEntry
  /** Both versions were looked at, and may hold the same: the next pass compares them. */
  readonly isUncompared?: true
}

/** The kind that a known conflict is of, now that either side may be something else than when it was found. */
export function kindOf({ kind, local, remote, base }: Omit<FoundConflict, 'path'>): ConflictKind {
  if (local.entry.kind !== remote.entry.kind) return 'type'
  if (kind !== 'type') return kind
  return base?.kind === 'file' ? 'edit-edit' : 'create-create'
}

/**
 * How a conflict ends. `keep-both`: the local version gets another name, the target's takes the place; of a file against a folder,
 * the file gets it. `merge`: a text with the changes of both. The version that does not stay is kept, and can be brought back.
 */
export type ResolutionKind = 'keep-local' | 'keep-remote' | 'keep-both' | 'merge'

/** `settled`: both sides became equal, or one went back, without anybody's decision. */
export interface Resolution {
  readonly kind: ResolutionKind | 'settled'
  /** By a person, or by a rule of the folder (its pattern). */
  readonly rule?: string
  readonly atMs: number
  /** The name that the local version got, or the file of a file against a folder; `keep-both` only. */
  readonly renamedTo?: RelPath
  /** What did not stay: `merge` displaces both versions, the others one. Absent where nothing was. */
  readonly displaced?: readonly Displaced[]
}

/** A version that gave way, and the side that keeps it. */
export interface Displaced {
  readonly side: 'local' | 'remote'
  readonly kept: Kept
}

/**
 * Two versions of one path. `open`: neither is touched. `resolving`: a decision is on its way through the queue.
 * `resolved`: see `resolution`; can be undone while what was displaced is kept.
 */
export interface Conflict extends FoundConflict {
  readonly id: ConflictId
  readonly folderId: FolderId
  readonly state: 'open' | 'resolving' | 'resolved'
  readonly detectedAtMs: number
  readonly resolution?: Resolution
}

/** The side that has the file of a file against a folder; undefined for anything else. */
export function sideOfFile({ local, remote }: Pick<Conflict, 'local' | 'remote'>): 'local' | 'remote' | undefined {
  const [here, there] = [local.entry.kind, remote.entry.kind]
  if (here === 'file' && there === 'directory') return 'local'
  return here === 'directory' && there === 'file' ? 'remote' : undefined
}

/** The side whose file or folder makes way for the other's, where a file is against a folder and is settled this way. */
export function sideThatMakesWay(
  conflict: Pick<Conflict, 'local' | 'remote'>,
  kind: ResolutionKind,
): 'local' | 'remote' | undefined {
  const file = sideOfFile(conflict)
  if (file === undefined || kind === 'merge') return undefined
  if (kind === 'keep-both') return file
  return kind === 'keep-local' ? 'remote' : 'local'
}

/** A standing decision of a folder: the first rule whose pattern takes the path decides. */
export interface ConflictRule {
  /** Gitignore syntax, relative to the folder. */
  readonly pattern: string
  /** `newest`: the version with the later mtime stays; equal ones wait for a person. */
  readonly resolution: 'keep-local' | 'keep-remote' | 'keep-both' | 'newest'
}

/** What an action carries that comes from a decision about a conflict. */
export interface Resolves {
  readonly conflictId: ConflictId
  readonly kind: ResolutionKind
  readonly rule?: string
  /** What the decision displaced before the action: *record* adds what the action does. */
  readonly displaced?: readonly Displaced[]
}
