import type { ConflictSide, Displaced, FoundConflict, Resolution } from '../../common/conflict.ts'
import type { BaselineEntry, Kept, RelPath } from '../../common/model.ts'
import { decodeBaseline, decodeEntry, decodePath, encodeBaseline, encodeEntry } from './entry-json.ts'
import { asInteger, asObject, asOneOf, asString, compact, optional, parseStored, unreadable } from './stored-json.ts'

/** Words of the file; a word once used keeps its meaning. */
const RESOLUTIONS = ['keep-local', 'keep-remote', 'keep-both', 'merge', 'settled'] as const
const SIDES = ['local', 'remote'] as const
const KEPT_WHYS = ['replaced', 'deleted', 'foreign'] as const

/** What a conflict is about, without its path and kind: those are columns. */
export interface StoredVersions {
  readonly local: ConflictSide
  readonly remote: ConflictSide
  readonly base?: BaselineEntry
  readonly isUncompared?: true
}

/** JSON of both versions and of what they come from. */
export function encodeVersions({ path, local, remote, base, isUncompared }: Omit<FoundConflict, 'kind'>): string {
  return JSON.stringify({
    l: encodeEntry(local.entry, path),
    lh: local.contentHash,
    r: encodeEntry(remote.entry, path),
    rh: remote.contentHash,
    b: base && encodeBaseline(base, path),
    u: isUncompared,
  })
}

/** Reads {@link encodeVersions} back, trusting nothing. Throws `corrupt`. */
export function decodeVersions(text: string, path: RelPath): StoredVersions {
  const stored = parseStored(text)
  return compact<StoredVersions>({
    local: side(stored['l'], stored['lh'], path),
    remote: side(stored['r'], stored['rh'], path),
    base: optional(stored['b'], (raw) => decodeBaseline(raw, path)),
    ...(stored['u'] === true ? { isUncompared: true } : {}),
  })
}

function side(entry: unknown, hash: unknown, path: RelPath): ConflictSide {
  return compact<ConflictSide>({ entry: decodeEntry(entry, path), contentHash: optional(hash, asString) })
}

/** JSON of how a conflict ended. */
export function encodeResolution({ kind, rule, atMs, renamedTo, displaced }: Resolution): string {
  return JSON.stringify({ k: kind, u: rule, a: atMs, n: renamedTo, v: displaced && encodeDisplaced(displaced) })
}

/** Reads {@link encodeResolution} back. Throws `corrupt`. */
export function decodeResolution(text: string): Resolution {
  const stored = parseStored(text)
  return compact<Resolution>({
    kind: asOneOf(stored['k'], RESOLUTIONS),
    rule: optional(stored['u'], asString),
    atMs: asInteger(stored['a']),
    renamedTo: optional(stored['n'], (raw) => decodePath(raw, '' as RelPath)),
    displaced: optional(stored['v'], decodeDisplaced),
  })
}

/** What gave way, as plain values. */
export function encodeDisplaced(displaced: readonly Displaced[]): object {
  return displaced.map(({ side, kept }) => ({ s: side, k: kept }))
}

/** Reads {@link encodeDisplaced} back. Throws `corrupt`. */
export function decodeDisplaced(raw: unknown): readonly Displaced[] {
  if (!Array.isArray(raw)) throw unreadable('a list is missing')
  return raw.map((each: unknown) => {
    const stored = asObject(each)
    return { side: asOneOf(stored['s'], SIDES), kept: readKept(stored['k']) }
  })
}

function readKept(raw: unknown): Kept {
  const { path, why, sizeBytes, token, contentHash } = asObject(raw)
  return compact<Kept>({
    path: decodePath(asString(path), '' as RelPath),
    why: asOneOf(why, KEPT_WHYS),
    sizeBytes: asInteger(sizeBytes),
    token: asString(token),
    contentHash: optional(contentHash, asString),
  })
}
