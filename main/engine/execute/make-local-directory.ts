import type { Action, Entry, Kept, MakeLocalDirectoryAction, Outcome } from '../../../common/model.ts'
import { metadataOf } from './baseline-entry.ts'
import { conflict } from './conflict.ts'
import { belowFile, expectOf, hereNow, isAsSeen, keepHere, keptHere, lookAgain, sourceOf } from './here.ts'
import { failedWith, type Run } from './run.ts'
import { isSpelledBack } from './spelling.ts'

/** Makes a folder at the source. A file in its way that the target gave up is kept; any other is a conflict. */
export async function makeLocalDirectory(run: Run, action: MakeLocalDirectoryAction): Promise<Outcome> {
  const { path, local } = action
  const source = sourceOf(run)
  const remote = await run.remoteNow(path)
  if (remote?.kind !== 'directory') throw lookAgain(path)
  const here = await hereNow(run, path)
  if (await isSpelledBack(run, path)) throw lookAgain(path)
  if (here !== undefined && here.kind !== 'directory' && (local === undefined || !isAsSeen(here, local)))
    return conflict(run, action, { kind: 'type', local: here, remote, base: undefined })
  const kept =
    here === undefined || here.kind === 'directory'
      ? undefined
      : await source.remove(path, { expect: expectOf(here), signal: run.signal, ...keepHere(run) })
  return folderHere(run, action, { remote, kept })
}

/** The target's folder takes its place at the source, where nothing is by now; what gave way to it was `kept`. */
export async function folderHere(
  run: Run,
  action: Action,
  { remote, kept }: { readonly remote: Entry; readonly kept?: Kept | undefined },
): Promise<Outcome> {
  const { path } = action
  const { features } = sourceOf(run)
  if (features.makeDirectory === undefined) throw lookAgain(path)
  const made = await features
    .makeDirectory(path, metadataOf(remote), { signal: run.signal })
    .catch((error: unknown) => {
      throw failedWith(error, 'already-exists', 'precondition-failed') ? belowFile(run, path) : error
    })
  const baseline = run.baselineOf({ ...made, path }, { remote, hash: undefined, verifiedBy: 'checksum' })
  return run.done({ action, method: 'directory', baseline, ...keptHere(kept) })
}
