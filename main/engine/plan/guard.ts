import type { Action, Hold, RelPath } from '../../../common/model.ts'
import type { ContentSample } from '../../../workers/tasks.ts'
import { isScrambled, strangeExtension } from './content-signs.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** What a pass would take from the target, with what passes took a short while ago. */
export interface ChangeTotals {
  readonly deletions: number
  readonly deletedBytes: number
  /** Files the baseline knew before the pass. */
  readonly baselineFiles: number
  /** Files the scan found. */
  readonly localFiles: number
  /** A folder of which nothing is left; see {@link WHOLE_SUBTREE_FILES}. */
  readonly goneSubtree?: { readonly path: RelPath; readonly files: number }
}

/** Limits of the guard; see `Settings`. */
export interface GuardLimits {
  readonly guardFiles: number
  readonly guardPercent: number
  /** A person set the limits for this very pass: they alone count, also where everything is gone. */
  readonly isAgreed?: true
}

/** A folder of so many files that vanishes as a whole is asked about, whatever share of everything it is (I13). */
export const WHOLE_SUBTREE_FILES = 20
/** A share of a large folder is never taken to mean more than this (I13). */
const LARGEST_SHARE_FILES = 1000

/** How many changes of one pass need no second look: max(files, percent of what is known). */
export function allowedChanges(baselineFiles: number, limits: GuardLimits): number {
  const { guardFiles, guardPercent, isAgreed } = limits
  if (guardPercent >= 100) return Number.POSITIVE_INFINITY
  const share = Math.floor((baselineFiles * guardPercent) / 100)
  return Math.max(guardFiles, isAgreed === true ? share : Math.min(share, LARGEST_SHARE_FILES))
}

/**
 * Whether the deletions of a pass must wait for a person (I13): more than is allowed, everything, or
 * the whole of a folder. Moves are already paired off, so a renamed folder does not count.
 */
export function judgeDeletions(totals: ChangeTotals, limits: GuardLimits): Hold | undefined {
  const { deletions, deletedBytes, baselineFiles, localFiles, goneSubtree } = totals
  if (deletions === 0) return undefined
  const described = { count: deletions, bytes: deletedBytes }
  if (localFiles === 0 && baselineFiles > 1 && limits.isAgreed !== true) {
    return {
      ...described,
      reason: 'source-emptied',
      message: engineFailureTexts.guard.theSourceIsEmptyBut({ baselineFiles }),
    }
  }
  const allowed = allowedChanges(baselineFiles, limits)
  if (deletions > allowed) {
    return {
      ...described,
      reason: 'mass-delete',
      message: engineFailureTexts.guard.ofEntriesWouldBeDeleted({ deletions, baselineFiles, allowed }),
    }
  }
  if (goneSubtree === undefined || limits.isAgreed === true || allowed === Number.POSITIVE_INFINITY) return undefined
  return {
    ...described,
    reason: 'mass-delete',
    message: engineFailureTexts.guard.theWholeFolderWithFiles({ path: goneSubtree.path, files: goneSubtree.files }),
  }
}

/** What a pass would take from the source. */
export interface RemovalTotals {
  /** Files the baseline knew before the pass. */
  readonly known: number
  /** Files the target has. */
  readonly remoteFiles: number
  /** Removals of this pass and of those a short while ago. */
  readonly recent: number
}

/** Whether removals from the source must wait for a person: more than is allowed, or everything the target had. Pure. */
export function judgeRemovals(
  removals: readonly { readonly action: Action }[],
  { known, remoteFiles, recent }: RemovalTotals,
  limits: GuardLimits,
): Hold | undefined {
  const allowed = allowedChanges(known, limits)
  const isEmptied = remoteFiles === 0 && known > 1 && limits.isAgreed !== true
  if (!isEmptied && recent <= allowed) return undefined
  const bytes = removals.reduce((sum, { action }) => sum + ('local' in action ? (action.local?.size ?? 0) : 0), 0)
  const message = isEmptied
    ? engineFailureTexts.guard.theTargetIsEmptyBut({ known })
    : engineFailureTexts.guard.entriesAreGone({ recent, known, allowed })
  return { reason: 'mass-delete-here', count: removals.length, bytes, message }
}

/** A file whose safe version would be replaced, or that took a strange name. */
export interface Overwrite {
  readonly path: RelPath
  /** The name it had, where it has another now. */
  readonly from?: RelPath
  readonly bytes: number
}

/** An overwrite that was looked into; no sample where that could not be done. */
export interface SampledOverwrite {
  readonly overwrite: Overwrite
  readonly sample: ContentSample | undefined
}

/** Files that are looked into before overwrites are judged. */
export const SAMPLED_FILES = 64
/**
 * Of the files that can be told, so many must be scrambled. Measured over the profiles of
 * test/unit/overwrite-guard.test.ts: honest mass changes stay at 0, ransomware of every kind is above 0.9. A quarter
 * leaves room for an attack in the middle of an honest mass change.
 */
const SCRAMBLED_SHARE = 0.25
const LEAST_SCRAMBLED = 8
const SHIFTED_SHARE = 0.5
const LEAST_SHIFTED = 20

/** What is judged together. */
export interface OverwriteTotals {
  /** The side on which files would be replaced. */
  readonly side: 'target' | 'source'
  readonly overwrites: readonly Overwrite[]
  readonly deletions: number
  readonly baselineFiles: number
}

/**
 * Whether overwrites, more than are allowed, must wait for a person (I13). Their number alone is no
 * reason: a checkout or a find-and-replace has as many. So is, with it, content that became noise
 * where the kind of file does not explain that, or many files that took one and the same strange
 * extension. Pure.
 */
export function judgeOverwrites(totals: OverwriteTotals, samples: readonly SampledOverwrite[]): Hold | undefined {
  const { side, overwrites, deletions, baselineFiles } = totals
  const sign = scrambledSign(samples) ?? shiftedSign(overwrites)
  if (sign === undefined) return undefined
  const count = overwrites.length + deletions
  const bytes = overwrites.reduce((sum, each) => sum + each.bytes, 0)
  return side === 'target'
    ? {
        reason: 'mass-overwrite',
        count,
        bytes,
        message: engineFailureTexts.guard.ofFilesChangedAtOnce({ count, baselineFiles, sign }),
      }
    : {
        reason: 'mass-overwrite-here',
        count,
        bytes,
        message: engineFailureTexts.guard.ofFilesChangedAtOnce2({ count, baselineFiles, sign }),
      }
}

function scrambledSign(samples: readonly SampledOverwrite[]): string | undefined {
  let known = 0
  let scrambled = 0
  for (const { overwrite, sample } of samples) {
    const verdict = sample === undefined ? undefined : isScrambled(overwrite.path, sample)
    if (verdict === undefined) continue
    known++
    if (verdict) scrambled++
  }
  if (scrambled < LEAST_SCRAMBLED || scrambled < known * SCRAMBLED_SHARE) return undefined
  return engineFailureTexts.guard.scrambled({ scrambled, known })
}

function shiftedSign(overwrites: readonly Overwrite[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { path, from } of overwrites) {
    const gained = from === undefined ? undefined : strangeExtension(from, path)
    if (gained !== undefined) counts.set(gained, (counts.get(gained) ?? 0) + 1)
  }
  for (const [extension, count] of counts)
    if (count >= LEAST_SHIFTED && count >= overwrites.length * SHIFTED_SHARE)
      return engineFailureTexts.guard.shifted({ count, extension })
  return undefined
}
