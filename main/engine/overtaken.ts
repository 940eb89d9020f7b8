import type { Conflict, ConflictId } from '../../common/conflict.ts'
import { isTidekeepError } from '../../common/errors.ts'
import type { BaselineEntry, Entry, Job, RelPath } from '../../common/model.ts'
import { Collisions } from './collisions.ts'
import { compareWithBaseline, remoteAgrees } from './diff/compare.ts'
import { hasFolders } from './execute/objects-below.ts'
import { isOfTarget, type OpenConflicts } from './open-conflicts.ts'
import type { PassDeps } from './passes.ts'
import { statIfReadable } from './scan/presence.ts'

/**
 * A file that was changed and changed back leaves a job that can never succeed: it is for a version
 * that is gone, and no later look finds anything to do for the path. So does one that gives way to
 * another name since, which is listed as a problem instead. Only a pass that lists the
 * target, too, can tell: a job may be about what was found there. `unsettled`: jobs that no pass planned anew.
 */
export async function overtakenJobs(
  deps: Pick<PassDeps, 'store' | 'folderId' | 'scanner' | 'target' | 'twins'>,
  unsettled: ReadonlyMap<RelPath, Job>,
  conflicts: OpenConflicts | undefined,
): Promise<readonly Job[]> {
  const { store, folderId, scanner } = deps
  const jobs: Job[] = []
  const collisions = unsettled.size > 0 ? Collisions.open(deps) : undefined
  for (const [path, job] of unsettled) {
    // Whoever decides about the conflict decides about it, too.
    if (conflicts?.isWaiting(path) === true) {
      jobs.push(job)
      continue
    }
    const current = await statIfReadable(scanner, path)
    if (current === 'unknown') continue
    if (current !== undefined && !isOfTarget(job.action) && (await collisions?.givesWay(path)) === true) {
      jobs.push(job)
      continue
    }
    const base = store.baseline.get(folderId, path)
    // Where the target has no folders, nothing is ever planned for one, and so nothing takes the place of what was for a file.
    if (current?.kind === 'directory' && base === undefined && !hasFolders(deps.target) && !isOfTarget(job.action)) {
      jobs.push(job)
      continue
    }
    if (isAgreed(current, base)) jobs.push(job)
  }
  return jobs
}

/** For the path there is nothing to do. What is to be done for a folder, its mode for one, is planned anew by every pass. */
function isAgreed(current: Entry | undefined, base: BaselineEntry | undefined): boolean {
  if (current === undefined || base === undefined) return current === base
  if (current.kind === 'directory' && base.kind === 'directory') return true
  return compareWithBaseline(current, base) === undefined
}

/**
 * Conflicts of which both sides became equal again, lost what they had, or have it under another name that the target takes
 * for the same, without anything to be done: they are none any more. `undecided`: those whose decision got lost, which are for a person to decide again.
 */
export async function endedConflicts(
  deps: Pick<PassDeps, 'store' | 'folderId' | 'scanner' | 'target' | 'twins'>,
  conflicts: OpenConflicts,
  signal: AbortSignal,
): Promise<{ readonly ended: readonly Conflict[]; readonly undecided: readonly Conflict[] }> {
  const undecided = conflicts.undecided()
  const unmet = conflicts.unmet()
  const ended = new Set<ConflictId>()
  const collisions = unmet.length > 0 ? Collisions.open(deps) : undefined
  for (const { id, path } of unmet) {
    // Nothing here has this name any more, and what the target finds under it has another: the conflict is of that one.
    const isOther = collisions !== undefined && (await statIfReadable(deps.scanner, path)) === undefined
    if (isOther || (await collisions?.givesWay(path)) === true) ended.add(id)
  }
  // A listing to its end found nothing that such a file is against any more, or no file.
  for (const { id, path, remote } of unmet)
    if (conflicts.isAgainstObjects(remote.entry) && (await statIfReadable(deps.scanner, path)) !== 'unknown')
      ended.add(id)
  for (const { id, path } of [...unmet, ...undecided])
    if (!ended.has(id) && (await isSettled(deps, path, { conflicts, signal }))) ended.add(id)
  return {
    ended: [...unmet, ...undecided].filter(({ id }) => ended.has(id)),
    undecided: undecided.filter(({ id }) => !ended.has(id)),
  }
}

async function isSettled(
  { store, folderId, scanner, target }: Pick<PassDeps, 'store' | 'folderId' | 'scanner' | 'target'>,
  path: RelPath,
  { conflicts, signal }: { readonly conflicts: OpenConflicts; readonly signal: AbortSignal },
): Promise<boolean> {
  const local = await statIfReadable(scanner, path)
  if (local === 'unknown') return false
  const remote = await target.stat(path, { signal }).catch((error: unknown) => {
    if (isTidekeepError(error) && error.code === 'not-found') return undefined
    throw error
  })
  if (local === undefined && remote === undefined) return true
  // In a folder of which one side has a file now, there is nothing left to choose between.
  if (local === undefined || remote === undefined) return conflicts.isBelow(path)
  const base = store.baseline.get(folderId, path)
  return base !== undefined && remoteAgrees(remote, base) && compareWithBaseline(local, base) === undefined
}
