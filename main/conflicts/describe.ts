import type { Conflict } from '../../common/conflict.ts'
import { nameOf } from '../../common/paths.ts'
import type { ConflictDetail, MergeView } from '../../common/protocol.ts'
import { choicesOf } from './decide.ts'
import { freeCopyPath } from './free-copy-path.ts'
import { adviceFor, evidenceOf, type Seen } from './evidence.ts'
import { mergeOf, type Merge } from './merge.ts'
import { isStill, lookAt, refresh, type ConflictSides } from './sides.ts'
import { compareTexts } from './text.ts'
import { conflictView } from './views.ts'

/**
 * A conflict with all that helps to decide it. Where a side moved on, it is shown as it is now; what cannot be read is said
 * instead of shown. Nothing is changed but what the state remembers of the two versions.
 */
export async function describe(sides: ConflictSides, known: Conflict): Promise<ConflictDetail> {
  const isOpen = known.state !== 'resolved'
  const now = await lookAt(sides, known.path)
  const conflict = isOpen && !isStill(now, known) ? refresh(sides, known, now) : known
  const isThere = isStill(now, conflict)
  const seen = isThere ? await read(sides, withEtags(conflict, now)) : notThere(isOpen)
  const merge = isThere && isOpen ? await mergeOf(sides, conflict, seen.texts) : noMerge(isOpen)
  const choices = isOpen ? choicesOf(conflict).filter((kind) => kind !== 'merge' || merge.isPossible) : []
  const advice = isOpen ? adviceFor(conflict, { evidence: seen.evidence, canMerge: merge.isPossible }) : undefined
  return {
    conflict: conflictView(conflict),
    names: { local: sides.hostName, remote: sides.folder.target },
    evidence: seen.evidence,
    merge: mergeView(merge, seen.texts?.local),
    copyName: isOpen ? nameOf(await freeCopyPath(sides, conflict.path)) : '',
    choices,
    ...(advice === undefined ? {} : { advice }),
  }
}

/** A version that cannot be read is no reason not to show the rest. */
async function read(sides: ConflictSides, conflict: Conflict): Promise<Seen> {
  try {
    return await evidenceOf(sides, conflict)
  } catch (error) {
    sides.signal.throwIfAborted()
    return { evidence: { kind: 'none', why: error instanceof Error ? error.message : 'It could not be read.' } }
  }
}

function withEtags(conflict: Conflict, { local, remote }: Awaited<ReturnType<typeof lookAt>>): Conflict {
  return {
    ...conflict,
    local: { ...conflict.local, entry: local ?? conflict.local.entry },
    remote: { ...conflict.remote, entry: remote ?? conflict.remote.entry },
  }
}

function notThere(isOpen: boolean): Seen {
  const why = isOpen ? 'One of the two is not there any more. The next full pass settles this.' : 'It is settled.'
  return { evidence: { kind: 'none', why } }
}

function noMerge(isOpen: boolean): Merge {
  return { isPossible: false, why: isOpen ? 'One of the two is not there any more.' : 'It is settled.' }
}

function mergeView(merge: Merge, local: string | undefined): MergeView {
  if (!merge.isPossible) return merge
  const changes = local === undefined ? undefined : compareTexts(local, merge.text)
  const { digest, text } = merge
  if (changes === undefined) return { isPossible: false, why: 'The result differs in too many places to be shown.' }
  return { isPossible: true, digest, size: Buffer.byteLength(text), changes }
}
