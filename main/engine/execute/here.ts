import { TidekeepError } from '../../../common/errors.ts'
import type { Entry, Kept, Outcome, Precondition, RelPath } from '../../../common/model.ts'
import type { Keep, TargetProvider } from '../../providers/provider.ts'
import { failedWith, keepFor, type Run } from './run.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** Turns in which something in the way of a file may go by itself, as the contents of a folder do. */
const PATIENT_ATTEMPTS = 4

/** The source as somewhere to write. Throws `internal` in a mode that never writes there. */
export function sourceOf({ context }: Run): TargetProvider {
  if (context.source !== undefined) return context.source
  throw new TidekeepError({ code: 'internal', message: engineFailureTexts.here.thisFolderIsNotOne, path: context.root })
}

/** What is at the source now, ignore rules aside. */
export async function hereNow(run: Run, path: RelPath): Promise<Entry | undefined> {
  try {
    return await sourceOf(run).stat(path, { signal: run.signal })
  } catch (error) {
    if (failedWith(error, 'not-found')) return undefined
    throw error
  }
}

/** Whether the source still has what a scan saw: the very file and version, or any folder for a folder. */
export function isAsSeen(here: Entry, seen: Entry): boolean {
  if (here.kind !== seen.kind) return false
  if (here.kind === 'directory') return true
  return here.size === seen.size && here.mtimeNs === seen.mtimeNs && isSameIdentity(here, seen)
}

/** Of a provider that cannot tell, size and time are all there is. */
function isSameIdentity({ identity: here }: Entry, { identity: seen }: Entry): boolean {
  if (here === undefined || seen === undefined) return true
  return here.inode === seen.inode && here.ctimeNs === seen.ctimeNs
}

/** What must still be there when it is replaced or removed. */
export function expectOf(entry: Entry | undefined): Precondition {
  if (entry === undefined) return { kind: 'absent' }
  return entry.etag === undefined ? { kind: 'any' } : { kind: 'etag', etag: entry.etag }
}

/** What is to be kept of what gives way at the source. */
export function keepHere(run: Run): { readonly keep?: Keep } {
  const { context } = run
  const keep = keepFor({ keepDays: context.keepDays, clock: context.clock, target: sourceOf(run) }, { base: undefined })
  return keep === undefined ? {} : { keep }
}

/** How an outcome says what the source keeps. */
export function keptHere(kept: Kept | undefined, contentHash?: string): Pick<Outcome, 'kept' | 'keptAt'> {
  if (kept === undefined) return {}
  return { kept: contentHash === undefined ? kept : { ...kept, contentHash }, keptAt: 'source' }
}

/** What may be in the way of a path. */
type InTheWay = keyof typeof engineFailureTexts.here.isInTheWayOf

/** Later, it may be free: throws `locked`, until that was waited for long enough. */
export function waitForWay({ options }: Run, path: RelPath, what: InTheWay): void {
  if ((options.attempts ?? 0) >= PATIENT_ATTEMPTS) return
  throw new TidekeepError({ code: 'locked', message: engineFailureTexts.here.isInTheWayOf[what]({ path }), path })
}

/** A file where the path needs a folder is settled by itself, or is a conflict of its own. Throws `locked` meanwhile, then `vanished`. */
export function belowFile(run: Run, path: RelPath): TidekeepError {
  waitForWay(run, path, 'file')
  return lookAgain(path)
}

/** Removes a folder that has nothing in it, or nothing any more; false where it has. */
export async function removedIfEmpty(run: Run, side: TargetProvider, path: RelPath): Promise<boolean> {
  try {
    await side.remove(path, { expect: { kind: 'directory' }, signal: run.signal })
    return true
  } catch (error) {
    if (failedWith(error, 'precondition-failed')) return false
    throw error
  }
}

/** The path is not what the action says any more: the next look decides. */
export function lookAgain(path: RelPath): TidekeepError {
  return new TidekeepError({ code: 'vanished', message: engineFailureTexts.here.isNotWhatItWas({ path }), path })
}

/** A side changed while both were compared: once more, and the path is looked at again. */
export function changedMeanwhile(path: RelPath, cause: unknown): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: engineFailureTexts.here.changedWhileBothSidesWere({ path }),
    path,
    cause,
  })
}
