import type { AdoptAction, Entry } from '../../../common/model.ts'
import type { Run } from './run.ts'
import { isSameMetadata } from './same-metadata.ts'

/** What a target records of a file that it held before anything was agreed on. */
export interface Recorded {
  /** As a look at the file itself tells: listings of some stores know neither its own time nor its digests. */
  readonly remote: Entry
  /** Size, time and mode are the source's. */
  readonly agrees: boolean
  /** BLAKE3 hex that is recorded with it. */
  readonly hash: string | undefined
}

/**
 * Looks whether a file that may be trusted was stored from the very version that the source has, by
 * what is recorded with it; no content is read. Undefined where the action trusts nothing, or the
 * target holds something else by now than was listed.
 */
export async function asRecorded(run: Run, action: AdoptAction, listed: Entry): Promise<Recorded | undefined> {
  const { local, path, trust } = action
  if (trust === undefined || local.kind !== 'file' || listed.kind !== 'file') return undefined
  const remote = listed.checksums === undefined ? await run.remoteNow(path) : listed
  if (remote?.kind !== 'file' || remote.etag !== listed.etag) return undefined
  const agrees = remote.size === local.size && isSameMetadata(run.context, local, remote)
  const hash = remote.checksums?.find(({ algorithm }) => algorithm === 'blake3')?.value
  return { remote, agrees, hash }
}
