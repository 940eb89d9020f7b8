import type { DownloadAction, Entry, Outcome } from '../../../common/model.ts'
import { conflict } from './conflict.ts'
import { fetchOver, followMetadata, isOlder } from './fetch.ts'
import { belowFile, hereNow, isAsSeen, lookAgain } from './here.ts'
import { failedWith, type Run } from './run.ts'
import { hashAtTarget } from './same-content.ts'
import { settle } from './settle-both.ts'
import { isSpelledBack } from './spelling.ts'

/** Content up to this size that may be what is here already is compared before it replaces anything, bytes. */
const COMPARED_BYTES = 8 * 1024 * 1024

/**
 * Fetches what the target has into the source. What it takes the place of must still be what was
 * looked at, and is kept; where either side changed, both are compared instead (I5).
 */
export async function download(run: Run, action: DownloadAction): Promise<Outcome> {
  const { path, resolves } = action
  const remote = await run.remoteNow(path)
  if (remote?.kind !== 'file' || (await isSpelledBack(run, path))) throw lookAgain(path)
  const here = await hereNow(run, path)
  if (isUnforeseen(action, here)) return settle(run, undecided(action))
  if (resolves !== undefined && remote.etag !== action.remote.etag) return settle(run, undecided(action))
  try {
    return await bring(run, action, { remote, here })
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'already-exists')) throw error
    if ((await hereNow(run, path)) === undefined && (await run.remoteNow(path)) !== undefined)
      throw belowFile(run, path)
    return settle(run, undecided(action))
  }
}

/** Something is here that nobody looked at when this was planned. What went away since makes room. */
function isUnforeseen({ local }: DownloadAction, here: Entry | undefined): boolean {
  if (here === undefined) return false
  return local === undefined || here.kind !== 'file' || !isAsSeen(here, local)
}

async function bring(
  run: Run,
  action: DownloadAction,
  { remote, here }: { readonly remote: Entry; readonly here: Entry | undefined },
): Promise<Outcome> {
  const { base, resolves } = action
  const agreed = base?.contentHash
  if (here === undefined || base === undefined || agreed === undefined || resolves !== undefined)
    return fetchOver(run, action, { remote, here })
  if ((await knownHash(run, remote, base.size)) === agreed)
    return followMetadata(run, action, { remote, here, hash: agreed })
  if (isOlder(run, remote, base))
    return conflict(run, action, { kind: 'rolled-back', local: here, remote, base, localHash: agreed })
  return fetchOver(run, action, { remote, here, hereHash: agreed })
}

/** Undefined where finding out would take as long as fetching it. */
async function knownHash(run: Run, remote: Entry, sizeBytes: number): Promise<string | undefined> {
  const { target } = run.context
  if (remote.size !== sizeBytes) return undefined
  if (remote.size > COMPARED_BYTES && target.features.checksum === undefined) return undefined
  return hashAtTarget(target, remote, run.signal)
}

function undecided({ resolves: _resolves, ...action }: DownloadAction): DownloadAction {
  return action
}
