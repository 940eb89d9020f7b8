import type { Author, BaselineEntry, Checksum, Entry, FileIdentity, RelPath } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import { asBigInt, asInteger, asObject, asOneOf, asString, compact, optional, unreadable } from './stored-json.ts'

/**
 * Entries as stored inside jobs and observations: short keys, and no path where it is the one of
 * the row. A key once used keeps its meaning; files of earlier versions are read by this code.
 */
const KINDS = ['file', 'directory', 'symlink', 'special'] as const
const BASELINE_KINDS = ['file', 'directory'] as const
const PROOFS = ['checksum', 'read-back', 'altered', 'recorded', 'none'] as const
const ALGORITHMS = ['blake3', 'sha256', 'crc32', 'crc64nvme', 'md5', 'quickxor'] as const

/** `path` is the one of the row. */
export function encodeEntry(entry: Entry, path: RelPath): object {
  return {
    p: entry.path === path ? undefined : entry.path,
    k: entry.kind,
    s: entry.size,
    m: String(entry.mtimeNs),
    o: entry.mode,
    ...encodeIdentity(entry.identity),
    e: entry.etag,
    v: entry.versionId,
    h: entry.checksums?.map(({ algorithm, value }) => [algorithm, value]),
    t: entry.storageClass,
    w: encodeAuthor(entry.changedBy),
  }
}

/** Throws `corrupt` where anything is not as {@link encodeEntry} writes it. */
export function decodeEntry(raw: unknown, path: RelPath): Entry {
  const stored = asObject(raw)
  const entry: Writable<Entry> = {
    path: decodePath(stored['p'], path),
    kind: asOneOf(stored['k'], KINDS),
    size: asInteger(stored['s']),
    mtimeNs: asBigInt(stored['m']),
  }
  if (stored['o'] !== undefined) entry.mode = asInteger(stored['o'])
  if (stored['i'] !== undefined) entry.identity = decodeIdentity(stored['i'], stored['c'])
  if (stored['e'] !== undefined) entry.etag = asString(stored['e'])
  if (stored['v'] !== undefined) entry.versionId = asString(stored['v'])
  if (stored['h'] !== undefined) entry.checksums = decodeChecksums(stored['h'])
  if (stored['t'] !== undefined) entry.storageClass = asString(stored['t'])
  if (stored['w'] !== undefined) entry.changedBy = decodeAuthor(stored['w'])
  return entry
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** One-letter members: there is one of these for each file. `path` is where it is stored, and left out where it is the same. */
export function encodeBaseline(entry: BaselineEntry, path: RelPath): object {
  return {
    p: entry.path === path ? undefined : entry.path,
    k: entry.kind,
    s: entry.size,
    m: String(entry.mtimeNs),
    o: entry.mode,
    ...encodeIdentity(entry.identity),
    b: entry.contentHash,
    e: entry.remote.etag,
    v: entry.remote.versionId,
    r: entry.remote.size,
    y: entry.remote.verifiedBy,
    a: entry.recordedAtMs,
    n: entry.remote.storedAtMs,
  }
}

/** Throws `corrupt` where anything is not as {@link encodeBaseline} writes it. */
export function decodeBaseline(raw: unknown, path: RelPath): BaselineEntry {
  const stored = asObject(raw)
  const { i: inode, c: ctimeNs } = stored
  return compact<BaselineEntry>({
    path: decodePath(stored['p'], path),
    kind: asOneOf(stored['k'], BASELINE_KINDS),
    size: asInteger(stored['s']),
    mtimeNs: asBigInt(stored['m']),
    mode: optional(stored['o'], asInteger),
    identity: optional(inode, () => decodeIdentity(inode, ctimeNs)),
    contentHash: optional(stored['b'], asString),
    remote: compact<BaselineEntry['remote']>({
      etag: optional(stored['e'], asString),
      versionId: optional(stored['v'], asString),
      size: asInteger(stored['r']),
      verifiedBy: asOneOf(stored['y'], PROOFS),
      storedAtMs: optional(stored['n'], asInteger),
    }),
    recordedAtMs: asInteger(stored['a']),
  })
}

/** A stored path is checked again: nothing read from a file may name a place outside the root. */
export function decodePath(raw: unknown, otherwise: RelPath): RelPath {
  if (raw === undefined) return otherwise
  try {
    return toRelPath(asString(raw))
  } catch (error) {
    throw unreadable('a path in it is not valid', error)
  }
}

function encodeIdentity(identity: FileIdentity | undefined): object | undefined {
  return identity === undefined ? undefined : { i: identity.inode, c: String(identity.ctimeNs) }
}

function decodeIdentity(inode: unknown, ctimeNs: unknown): FileIdentity {
  return { inode: asString(inode), ctimeNs: asBigInt(ctimeNs) }
}

function encodeAuthor(author: Author | undefined): object | undefined {
  return author === undefined ? undefined : { u: author.user, d: author.device, p: author.program, o: author.owner }
}

function decodeAuthor(raw: unknown): Author {
  const { u: user, d: device, p: program, o: owner } = asObject(raw)
  return compact<Author>({
    user: optional(user, asString),
    device: optional(device, asString),
    program: optional(program, asString),
    owner: optional(owner, asString),
  })
}

function decodeChecksums(raw: unknown): readonly Checksum[] {
  if (!Array.isArray(raw)) throw unreadable('a checksum is missing')
  return raw.map((pair: unknown) => {
    if (!Array.isArray(pair)) throw unreadable('a checksum is missing')
    return { algorithm: asOneOf(pair[0], ALGORITHMS), value: asString(pair[1]) }
  })
}
