import type { Conflict } from '../../common/conflict.ts'
import type { Entry, Precondition } from '../../common/model.ts'
import type { Evidence } from '../../common/protocol.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { isArchived } from '../restore/compare-content.ts'
import { evidenceTexts } from './evidence-texts.ts'
import { folderEvidence } from './folder-evidence.ts'
import { imageOf } from './image.ts'
import { likenessOf } from './likeness.ts'
import type { ConflictSides } from './sides.ts'
import { compareTexts, MAX_TEXT_BYTES } from './text.ts'
import { formsOf, plainText, readText, type WrittenText } from './text-form.ts'
import { comparePackages } from './zip-parts.ts'

/** Larger contents are not read as a whole. */
const MAX_WHOLE_BYTES = 4 * 1024 * 1024

/** What the content of both versions says, and both texts where they are texts that can be merged: nothing is read twice. */
export interface Seen {
  readonly evidence: Evidence
  readonly texts?: { readonly local: string; readonly remote: string }
}

/** Reads both versions, as much of them as helps. Throws `precondition-failed` where a version is no longer that. */
export async function evidenceOf(sides: ConflictSides, { local, remote }: Conflict): Promise<Seen> {
  const [mine, theirs] = [local.entry, remote.entry]
  if (mine.kind === 'directory' || theirs.kind === 'directory')
    return { evidence: await folderEvidence(sides, mine, theirs) }
  if (mine.kind !== 'file' || theirs.kind !== 'file') return none(evidenceTexts.link)
  if (isArchived(theirs)) return none(evidenceTexts.archived)
  const { contentHash } = remote
  if (Math.max(mine.size, theirs.size) > MAX_WHOLE_BYTES)
    return { evidence: await likenessOf(sides, { mine, theirs, contentHash }) }
  const [ofLocal, ofRemote] = await Promise.all([
    readWhole(sides.source, mine, sides.signal),
    readWhole(sides.target, theirs, sides.signal),
  ])
  const seen = shownWhole(ofLocal, ofRemote)
  return seen ?? { evidence: await likenessOf(sides, { mine, theirs, contentHash, theirBytes: ofRemote }) }
}

/** The whole content of a version that is known to be small. Throws `precondition-failed`, `not-found`. */
export async function readWhole(side: SourceProvider, entry: Entry, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of side.read(entry.path, { signal, ...expectOf(entry) })) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Pictures, texts and packages; undefined for anything else. */
function shownWhole(local: Uint8Array, remote: Uint8Array): Seen | undefined {
  const [here, there] = [imageOf(local), imageOf(remote)]
  if (here !== undefined && there !== undefined) return { evidence: { kind: 'image', local: here, remote: there } }
  const isSmall = Math.max(local.length, remote.length) <= MAX_TEXT_BYTES
  const [mine, theirs] = isSmall ? [readText(local), readText(remote)] : []
  if (mine !== undefined && theirs !== undefined) return textEvidence(mine, theirs)
  const packages = comparePackages(local, remote)
  return packages === undefined ? undefined : { evidence: packages }
}

/** Texts are compared as texts: that all lines end differently is one thing to tell, and not a thousand. */
function textEvidence(local: WrittenText, remote: WrittenText): Seen {
  const forms = formsOf(local, remote)
  const isWrittenAlike = forms.encodings === undefined && forms.lineEnds === undefined
  const [mine, theirs] = isWrittenAlike ? [local.text, remote.text] : [plainText(local), plainText(remote)]
  // A merge is written as UTF-8, without a mark that one of them lacks.
  const canMerge = forms.encodings === undefined && local.encoding.startsWith('utf-8')
  const texts = canMerge ? { texts: { local: local.text, remote: remote.text } } : {}
  if (!isWrittenAlike && mine === theirs) return { evidence: { kind: 'same-text', ...forms } }
  const evidence = compareTexts(mine, theirs)
  return { evidence: evidence === undefined ? tooMany() : { ...evidence, ...forms }, ...texts }
}

function tooMany(): Evidence {
  return { kind: 'none', why: evidenceTexts.tooMany }
}

function none(why: string): Seen {
  return { evidence: { kind: 'none', why } }
}

function expectOf({ etag }: Entry): { readonly expect?: Precondition } {
  return etag === undefined ? {} : { expect: { kind: 'etag', etag } }
}
