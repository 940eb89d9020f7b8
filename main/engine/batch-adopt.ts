import type { AdoptAction, Job, Outcome, SettleAction } from '../../common/model.ts'
import type { StableFile } from '../../workers/tasks.ts'
import type { HeldItem, TargetProvider } from '../providers/provider.ts'
import { baselineEntry } from './execute/baseline-entry.ts'
import { localFile } from './execute/local-content.ts'
import type { ExecuteContext } from './execute/run.ts'
import { isSameMetadata } from './execute/same-metadata.ts'
import type { Finished } from './record/record.ts'

/** Larger ones take so long to read that what is done around each does not count. */
const MAX_BYTES = 1024 * 1024
/** Files that one task of a thread reads, so that all threads have some of a group. */
const FILES_A_TASK = 128

/** A job that compares what both sides had before anything was agreed on. */
type Comparing = Job & { readonly action: AdoptAction | SettleAction }

/** How the jobs of one group ended. */
export interface AdoptEnds {
  /** Of the same content: agreed on. */
  readonly finished: readonly Finished[]
  /** Different, or not what was seen, or not to be read: each is looked at alone, which says what it is. */
  readonly others: readonly Job[]
}

/**
 * Small files that look alike on both sides, where the target digests many at once: nothing is left to be done for
 * them where their content is the same, too. What is taken for the same unread is no matter of content.
 */
export function comparable(context: ExecuteContext, jobs: readonly Job[]): readonly Comparing[] {
  if (context.target.features.checksums === undefined || jobs.length < 2) return []
  return jobs.filter((job): job is Comparing => {
    const { action } = job
    if (action.kind !== 'settle' && (action.kind !== 'adopt' || action.trust !== undefined)) return false
    const { local, remote } = action
    if (local.kind !== 'file' || remote.kind !== 'file' || local.identity === undefined) return false
    if (remote.etag === undefined || local.size !== remote.size || local.size > MAX_BYTES) return false
    return isSameMetadata(context, local, remote)
  })
}

/**
 * Reads both sides of each, and agrees on those whose digests are equal (I1): the source's file as it stayed the one that was
 * scanned (I2), the target's as it stayed the version that was listed, and is not the source's own file under a second name. Changes
 * nothing on either side. Never rejects.
 */
export async function adoptTogether(
  context: ExecuteContext,
  jobs: readonly Comparing[],
  signal: AbortSignal,
): Promise<AdoptEnds> {
  const startMs = context.clock.monotonic()
  const tasks = Array.from({ length: Math.ceil(jobs.length / FILES_A_TASK) }, (_, number) =>
    sharedHashes(context, jobs.slice(number * FILES_A_TASK, (number + 1) * FILES_A_TASK), signal),
  )
  const hashes = (await Promise.all(tasks)).flat()
  const durationMs = context.clock.monotonic() - startMs
  const finished: Finished[] = []
  const others: Job[] = []
  for (const [index, job] of jobs.entries()) {
    const hash = hashes[index]
    if (hash === undefined) others.push(job)
    else finished.push({ job, outcome: agreed(context, job, { hash, durationMs }) })
  }
  return { finished, others }
}

/** In the order of the jobs: the BLAKE3 hex that both sides share, undefined where they do not, or nobody can tell. */
async function sharedHashes(
  { root, pool, target }: ExecuteContext,
  jobs: readonly Comparing[],
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  const files = jobs.map(({ action }): StableFile => localFile(root, action.local))
  const items = jobs.map(({ action: { local, remote } }): HeldItem => {
    const apartFrom = local.identity?.inode
    const held = { path: remote.path, etag: remote.etag!, size: remote.size }
    return apartFrom === undefined ? held : { ...held, apartFrom }
  })
  try {
    const [here, there] = await Promise.all([
      pool.run('hashFiles', files, { signal }),
      blake3AtTarget(target, items, signal),
    ])
    return here.map((hash, index) => (hash === there[index] ? hash : undefined))
  } catch {
    // What concerns the target as a whole is said by the first of them that is looked at alone.
    return jobs.map(() => undefined)
  }
}

async function blake3AtTarget(
  { features }: TargetProvider,
  items: readonly HeldItem[],
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  const checksums = await features.checksums!(items, { signal })
  return checksums.map((checksum) => (checksum?.algorithm === 'blake3' ? checksum.value : undefined))
}

function agreed(
  { clock }: ExecuteContext,
  { action }: Comparing,
  { hash, durationMs }: { readonly hash: string; readonly durationMs: number },
): Outcome {
  const { local, remote } = action
  const baseline = baselineEntry(clock, local, { remote, hash, verifiedBy: 'checksum' })
  return { action, method: 'adopt', baseline, bytesSent: 0, bytesReused: local.size, durationMs }
}
