import { TidekeepError } from '../../common/errors.ts'
import type { Conflict } from '../../common/conflict.ts'
import type { Entry, Kept } from '../../common/model.ts'
import type { Content } from '../providers/provider.ts'
import { evidenceOf } from './evidence.ts'
import { mergeOf } from './merge.ts'
import type { ConflictSides } from './sides.ts'
import { conflictFailureTexts } from './conflict-failure-texts.ts'

/** The merged text as it is in the folder now, and what it took the place of. */
export interface PutMerged {
  readonly entry: Entry
  readonly kept?: Kept
}

/**
 * Merges once more and writes the result over the local version, which is kept. The sides of `conflict` are as the providers
 * just gave them, etags included: what is read and what is replaced are these versions. Throws `precondition-failed` where the
 * result is not the one with `digest` or the local version changed meanwhile, `unsupported` where there is no merge.
 */
export async function putMerged(
  sides: ConflictSides,
  conflict: Conflict,
  { digest }: { readonly digest: string | undefined },
): Promise<PutMerged> {
  const { path, local } = conflict
  const { texts } = await evidenceOf(sides, conflict)
  const merge = await mergeOf(sides, conflict, texts)
  if (!merge.isPossible) {
    throw new TidekeepError({
      code: 'unsupported',
      message: conflictFailureTexts.putMerged.wasNotMerged({ path, why: merge.why }),
      path,
      fix: conflictFailureTexts.putMerged.wasNotMergedFix,
    })
  }
  if (digest !== undefined && digest !== merge.digest) {
    throw new TidekeepError({
      code: 'precondition-failed',
      message: conflictFailureTexts.putMerged.wasNotMergedTheResult({ path }),
      path,
      fix: conflictFailureTexts.putMerged.wasNotMergedTheResultFix,
    })
  }
  const { source, signal, clock } = sides
  const bytes = Buffer.from(merge.text)
  const { mode, etag } = local.entry
  const put = await source.put(path, contentOf(bytes), {
    signal,
    expect: etag === undefined ? { kind: 'any' } : { kind: 'etag', etag },
    metadata: { mtimeNs: BigInt(clock.now()) * 1_000_000n, ...(mode === undefined ? {} : { mode }) },
    keep: { atMs: clock.now() },
    contentHash: merge.digest,
  })
  return { entry: put.entry, ...(put.kept === undefined ? {} : { kept: put.kept }) }
}

function contentOf(bytes: Uint8Array): Content {
  return {
    size: bytes.byteLength,
    async *open(range = { start: 0, end: bytes.byteLength }) {
      yield bytes.subarray(range.start, range.end)
    },
  }
}
