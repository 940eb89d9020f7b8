import { join } from 'node:path'
import type { Entry } from '../../common/model.ts'
import type { Evidence } from '../../common/protocol.ts'
import type { StableFile } from '../../workers/tasks.ts'
import { evidenceTexts } from './evidence-texts.ts'
import type { ConflictSides } from './sides.ts'

/** So many bytes of files of this computer are read without being asked for: some seconds of a disk. */
const UNASKED_BYTES = 512 * 1024 * 1024

/** How much of two contents is not in the other, wherever it lies. */
export interface Likeness {
  /** 0 to 100, of the bytes of both. */
  readonly differingPercent: number
  /** In the local version; absent where neither has anything that the other lacks, in another place. */
  readonly firstDifferenceAt?: number
}

/** Compares large contents, in a worker. All throw as reading does, and when `signal` says so. */
export interface Comparison {
  /** By what the target keeps beside exactly that version; undefined where it keeps nothing. */
  bySignature(here: StableFile, there: Entry, how: ComparedHow): Promise<Likeness | undefined>
  /** Both are files of this computer. */
  byFile(here: StableFile, there: StableFile, how: Pick<ComparedHow, 'signal'>): Promise<Likeness>
  /** With all of its content. */
  byContent(here: StableFile, there: ComparedContent, how: Pick<ComparedHow, 'signal'>): Promise<Likeness>
}

/** `contentHash`: BLAKE3 hex of the target's version, where it is known. */
export interface ComparedHow {
  readonly contentHash?: string | undefined
  readonly signal: AbortSignal
}

/** Content as it comes. */
export interface ComparedContent {
  readonly sizeBytes: number
  readonly pieces: AsyncIterable<Uint8Array>
}

/** Two versions that are neither shown as text nor as pictures. */
export interface BothContents {
  readonly mine: Entry
  readonly theirs: Entry
  readonly contentHash?: string | undefined
  /** All of the target's content, where it was read already. */
  readonly theirBytes?: Uint8Array
}

/** How much of two versions differs: from what is here and what the target keeps beside its own; what takes more is asked for first. */
export async function likenessOf(
  sides: ConflictSides,
  { mine, theirs, contentHash, theirBytes }: BothContents,
): Promise<Evidence> {
  const { comparison, signal, target, folder, mayFetch } = sides
  const here = stableFile(folder.path, mine)
  if (comparison === undefined || here === undefined) return { kind: 'none', why: evidenceTexts.noComparison }
  if (theirBytes !== undefined) {
    const content = { sizeBytes: theirBytes.length, pieces: once(theirBytes) }
    return binary(await comparison.byContent(here, content, { signal }))
  }
  const there = stableFile(target.location, theirs)
  const readBytes = mine.size + (there === undefined ? 0 : theirs.size)
  if (readBytes <= UNASKED_BYTES || mayFetch === true) {
    const signed = await comparison.bySignature(here, theirs, { contentHash, signal })
    if (signed !== undefined) return binary(signed)
    if (there !== undefined) return binary(await comparison.byFile(here, there, { signal }))
  }
  if (mayFetch !== true) return { kind: 'unread', readBytes, fetchBytes: there === undefined ? theirs.size : 0 }
  const { etag } = theirs
  const pieces = target.read(theirs.path, {
    signal,
    ...(etag === undefined ? {} : { expect: { kind: 'etag', etag } }),
  })
  return binary(await comparison.byContent(here, { sizeBytes: theirs.size, pieces }, { signal }))
}

/** Of a file of this computer; undefined for what only a target has. */
function stableFile(root: string, { path, size, mtimeNs, identity }: Entry): StableFile | undefined {
  if (identity === undefined) return undefined
  return { absolutePath: join(root, path), size, mtimeNs, ctimeNs: identity.ctimeNs, inode: identity.inode }
}

/** To a tenth, and never 0 or 100 for what is not quite that. */
function binary({ differingPercent, firstDifferenceAt }: Likeness): Evidence {
  const rounded = Math.round(differingPercent * 10) / 10
  const isBetween = differingPercent > 0 && differingPercent < 100
  return {
    kind: 'binary',
    differingPercent: isBetween ? Math.min(99.9, Math.max(0.1, rounded)) : rounded,
    ...(firstDifferenceAt === undefined ? {} : { firstDifferenceAt }),
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
