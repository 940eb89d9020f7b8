import type { Conflict, ResolutionKind } from '../../common/conflict.ts'
import type { Entry, Precondition } from '../../common/model.ts'
import type { Evidence } from '../../common/protocol.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { isArchived } from '../restore/compare-content.ts'
import type { ConflictSides } from './sides.ts'
import { compareTexts, MAX_TEXT_BYTES, textOf } from './text.ts'

const MAX_IMAGE_BYTES = 4 * 1024 * 1024
/** Of each version, where it is neither text nor an image. */
const MAX_COMPARED_BYTES = 16 * 1024 * 1024
const BLOCK_BYTES = 4096

/** What the content of both versions says, and both texts where they are texts: nothing is read twice. */
export interface Seen {
  readonly evidence: Evidence
  readonly texts?: { readonly local: string; readonly remote: string }
}

/** Reads both versions, as much of them as helps. Throws `precondition-failed` where a version is no longer that. */
export async function evidenceOf(sides: ConflictSides, { local, remote }: Conflict): Promise<Seen> {
  const [mine, theirs] = [local.entry, remote.entry]
  if (mine.kind !== 'file' || theirs.kind !== 'file') return none('One of them is a folder.')
  if (isArchived(theirs)) return none('The target keeps its version in an archive, which must be thawed first.')
  const largest = Math.max(mine.size, theirs.size)
  if (largest > MAX_IMAGE_BYTES) return { evidence: await compareBlocks(sides, mine, theirs) }
  const [ofLocal, ofRemote] = await Promise.all([
    readWhole(sides.source, mine, sides.signal),
    readWhole(sides.target, theirs, sides.signal),
  ])
  const [here, there] = [imageOf(ofLocal), imageOf(ofRemote)]
  if (here !== undefined && there !== undefined) return { evidence: { kind: 'image', local: here, remote: there } }
  const texts = largest > MAX_TEXT_BYTES ? {} : { local: textOf(ofLocal), remote: textOf(ofRemote) }
  if (texts.local === undefined || texts.remote === undefined)
    return { evidence: blocksOf([ofLocal], [ofRemote], { mine, theirs }) }
  const both = { local: texts.local, remote: texts.remote }
  const evidence = compareTexts(both.local, both.remote)
  return evidence === undefined
    ? { ...none('They differ in too many places to be shown.'), texts: both }
    : { evidence, texts: both }
}

/** The whole content of a version that is known to be small. Throws `precondition-failed`, `not-found`. */
export async function readWhole(side: SourceProvider, entry: Entry, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of side.read(entry.path, { signal, ...expectOf(entry) })) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** What speaks for one resolution, in words. Nothing where nothing does. */
export function adviceFor(
  conflict: Conflict,
  { evidence, canMerge }: { readonly evidence: Evidence; readonly canMerge: boolean },
): { readonly resolution: ResolutionKind; readonly reason: string } | undefined {
  if (conflict.kind === 'rolled-back')
    return { resolution: 'keep-local', reason: 'The target’s version is older than what both sides agreed on last.' }
  if (evidence.kind === 'text' && evidence.onlyLocal === 0 && evidence.onlyRemote > 0)
    return { resolution: 'keep-remote', reason: contains('The target’s version', evidence.onlyRemote) }
  if (evidence.kind === 'text' && evidence.onlyRemote === 0 && evidence.onlyLocal > 0)
    return { resolution: 'keep-local', reason: contains('This computer’s version', evidence.onlyLocal) }
  if (canMerge) return { resolution: 'merge', reason: 'The changes of both are in different places.' }
  return undefined
}

function contains(which: string, more: number): string {
  return `${which} has every line of the other, and ${more} more.`
}

function none(why: string): Seen {
  return { evidence: { kind: 'none', why } }
}

function expectOf({ etag }: Entry): { readonly expect?: Precondition } {
  return etag === undefined ? {} : { expect: { kind: 'etag', etag } }
}

const IMAGES: readonly (readonly [type: string, begins: (head: Buffer) => boolean])[] = [
  ['image/png', (head) => head.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))],
  ['image/jpeg', (head) => head.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))],
  ['image/gif', (head) => /^GIF8[79]a/.test(head.toString('latin1'))],
  ['image/webp', (head) => /^RIFF....WEBP/s.test(head.toString('latin1'))],
]

/** A `data:` address of what begins like a picture that every browser shows, and can hold no script. */
function imageOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16))
  const type = IMAGES.find(([, begins]) => begins(head))?.[0]
  return type && `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}

/** Reads both side by side; stops after {@link MAX_COMPARED_BYTES} of each. */
async function compareBlocks({ source, target, signal }: ConflictSides, mine: Entry, theirs: Entry): Promise<Evidence> {
  const end = Math.min(mine.size, theirs.size, MAX_COMPARED_BYTES)
  const read = async (side: SourceProvider, entry: Entry): Promise<readonly Uint8Array[]> => {
    const pieces: Uint8Array[] = []
    const range = { start: 0, end }
    if (end > 0)
      for await (const piece of side.read(entry.path, { signal, range, ...expectOf(entry) })) pieces.push(piece)
    return pieces
  }
  const [here, there] = await Promise.all([read(source, mine), read(target, theirs)])
  return blocksOf(here, there, { mine, theirs })
}

function blocksOf(
  here: readonly Uint8Array[],
  there: readonly Uint8Array[],
  { mine, theirs }: { readonly mine: Entry; readonly theirs: Entry },
): Evidence {
  const [a, b] = [Buffer.concat(here), Buffer.concat(there)]
  const comparedBytes = Math.min(a.length, b.length)
  let [blocks, differing] = [0, 0]
  let firstDifferenceAt: number | undefined
  for (let start = 0; start < comparedBytes; start += BLOCK_BYTES) {
    blocks++
    const end = Math.min(start + BLOCK_BYTES, comparedBytes)
    if (a.compare(b, start, end, start, end) === 0) continue
    differing++
    firstDifferenceAt ??= firstDifference(a, b, start)
  }
  return {
    kind: 'binary',
    comparedBytes,
    differingPercent: blocks === 0 ? 0 : Math.round((differing / blocks) * 1000) / 10,
    ...(firstDifferenceAt === undefined ? {} : { firstDifferenceAt }),
    isCut: comparedBytes < Math.max(mine.size, theirs.size),
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array, start: number): number {
  let at = start
  while (a[at] === b[at]) at++
  return at
}
