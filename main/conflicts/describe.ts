import type { Conflict, ConflictSide } from '../../common/conflict.ts'
import type { Entry } from '../../common/model.ts'
import { nameOf } from '../../common/paths.ts'
import type { ConflictDetail, MergeView } from '../../common/protocol.ts'
import { choicesOf } from './choices.ts'
import { freeCopyPath } from './free-copy-path.ts'
import { adviceFor } from './advice.ts'
import { evidenceOf, type Seen } from './evidence.ts'
import { evidenceTexts } from './evidence-texts.ts'
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
  const now = await lookAt(sides, known)
  const conflict = isOpen && !isStill(now, known) ? refresh(sides, known, now) : known
  const isThere = isStill(now, conflict)
  const seen = isThere ? await read(sides, withEtags(conflict, now)) : notThere(isOpen)
  const merge = isThere && isOpen ? await mergeOf(sides, conflict, seen.texts) : noMerge(isOpen)
  const choices = isOpen ? choicesOf(conflict, sides).filter((kind) => kind !== 'merge' || merge.isPossible) : []
  const advice = isOpen ? adviceFor(conflict, { evidence: seen.evidence, canMerge: merge.isPossible }) : undefined
  return {
    conflict: conflictView(isThere ? withAuthors(conflict, now) : conflict),
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
    return { evidence: { kind: 'none', why: error instanceof Error ? error.message : evidenceTexts.unreadable } }
  }
}

function withEtags(conflict: Conflict, { local, remote }: Awaited<ReturnType<typeof lookAt>>): Conflict {
  return {
    ...conflict,
    local: { ...conflict.local, entry: local ?? conflict.local.entry },
    remote: { ...conflict.remote, entry: remote ?? conflict.remote.entry },
  }
}

/** A listing may not say who changed a version; a look at it does. Both versions stay the ones that a decision names. */
function withAuthors(conflict: Conflict, { local, remote }: Awaited<ReturnType<typeof lookAt>>): Conflict {
  const told = ({ entry, ...rest }: ConflictSide, now: Entry | undefined): ConflictSide =>
    now?.changedBy === undefined ? { entry, ...rest } : { ...rest, entry: { ...entry, changedBy: now.changedBy } }
  return { ...conflict, local: told(conflict.local, local), remote: told(conflict.remote, remote) }
}

function notThere(isOpen: boolean): Seen {
  return { evidence: { kind: 'none', why: isOpen ? evidenceTexts.notThere : evidenceTexts.settled } }
}

function noMerge(isOpen: boolean): Merge {
  const { notThere: gone, settled } = evidenceTexts.noMerge
  return { isPossible: false, why: isOpen ? gone : settled }
}

function mergeView(merge: Merge, local: string | undefined): MergeView {
  if (!merge.isPossible) return merge
  const changes = local === undefined ? undefined : compareTexts(local, merge.text)
  const { digest, text } = merge
  if (changes === undefined) return { isPossible: false, why: evidenceTexts.noMerge.tooMany }
  return { isPossible: true, digest, size: Buffer.byteLength(text), changes }
}
