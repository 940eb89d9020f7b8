import type { Conflict } from '../../common/conflict.ts'
import type { BaselineEntry, Kept, RelPath } from '../../common/model.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { isTidekeepError } from '../../common/errors.ts'
import type { KeptVersion, SourceProvider } from '../providers/provider.ts'
import { evidenceTexts } from './evidence-texts.ts'
import type { ConflictSides } from './sides.ts'
import { MAX_TEXT_BYTES, mergeTexts, textOf } from './text.ts'

/** Versions that are read to find the one both sides come from. */
const MAX_CANDIDATES = 8

/** Both texts as one, or why there is none. */
export type Merge =
  | { readonly isPossible: true; readonly text: string; readonly digest: string }
  | { readonly isPossible: false; readonly why: string }

/**
 * Puts the changes of both sides into what they come from. Only for texts, only where that version can still be had, and
 * only where no line was changed by both.
 */
export async function mergeOf(
  sides: ConflictSides,
  conflict: Conflict,
  texts: { readonly local: string; readonly remote: string } | undefined,
): Promise<Merge> {
  const words = evidenceTexts.noMerge
  if (texts === undefined) return { isPossible: false, why: words.noText }
  const { base, path } = conflict
  if (base === undefined) return { isPossible: false, why: words.noBase }
  const common = await baseText(sides, path, base)
  if (common === undefined) return { isPossible: false, why: words.baseGone }
  const merged = mergeTexts(texts.local, common, texts.remote)
  if ('why' in merged) return { isPossible: false, why: words[merged.why] }
  return { isPossible: true, text: merged.text, digest: blake3Hex(Buffer.from(merged.text)) }
}

/** What both sides agreed on last, from whichever side still keeps it, Tidekeep or the drive itself. Proved by its digest. */
async function baseText(
  { source, target, signal }: ConflictSides,
  path: RelPath,
  base: BaselineEntry,
): Promise<string | undefined> {
  if (base.contentHash === undefined || base.size > MAX_TEXT_BYTES) return undefined
  for (const side of [target, source]) {
    if (side.features.readKept === undefined) continue
    for (const kept of await candidates(side, path, { base, signal })) {
      const bytes = await readAll(side, kept, signal)
      if (bytes !== undefined && blake3Hex(bytes) === base.contentHash) return textOf(bytes)
    }
  }
  return undefined
}

/** Earlier versions of one file, of which a drive may keep its own. One that cannot be asked for them is no reason not to show the rest. */
async function* versionsAt(side: SourceProvider, path: RelPath, signal: AbortSignal): AsyncGenerator<KeptVersion> {
  const { features } = side
  try {
    if (features.keptVersions !== undefined) yield* features.keptVersions(path, { signal })
    else yield* (await features.fileVersions?.(path, { signal }))?.kept ?? []
  } catch (error) {
    signal.throwIfAborted()
    if (!isTidekeepError(error)) throw error
  }
}

/** Those that may be it, likeliest first: the very version that was recorded, then by when they were kept. */
async function candidates(
  side: SourceProvider,
  path: RelPath,
  { base, signal }: { readonly base: BaselineEntry; readonly signal: AbortSignal },
): Promise<readonly KeptVersion[]> {
  const found: KeptVersion[] = []
  for await (const kept of versionsAt(side, path, signal)) {
    const isOther = kept.contentHash !== undefined && kept.contentHash !== base.contentHash
    if (kept.path === path && kept.sizeBytes === base.remote.size && !isOther) found.push(kept)
  }
  const { versionId } = base.remote
  const isIt = (kept: KeptVersion): number => (versionId !== undefined && kept.versionId === versionId ? 1 : 0)
  return found.toSorted((a, b) => isIt(b) - isIt(a) || b.keptAtMs - a.keptAtMs).slice(0, MAX_CANDIDATES)
}

/** Undefined where it is gone, or larger than it was listed. */
async function readAll(side: SourceProvider, kept: Kept, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = []
  let sizeBytes = 0
  try {
    for await (const piece of side.features.readKept!(kept, { signal })) {
      sizeBytes += piece.byteLength
      if (sizeBytes > MAX_TEXT_BYTES) return undefined
      pieces.push(piece)
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error) return undefined
    throw error
  }
  return Buffer.concat(pieces)
}
