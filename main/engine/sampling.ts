import { join } from 'node:path'
import { isTidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { SAMPLE_BYTES, sampleOf } from '../../workers/content-sample.ts'
import type { ContentSample, Pool } from '../../workers/tasks.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { localFile } from './execute/local-content.ts'

/** Looks into files of one side; in the order of the paths, undefined where that cannot be done. */
export type Sampler = (
  paths: readonly RelPath[],
  signal: AbortSignal,
) => Promise<readonly (ContentSample | undefined)[]>

/** BLAKE3 of a scanned file of this computer, hex; undefined where it cannot be read as it was scanned. */
export type Digester = (local: Entry, signal: AbortSignal) => Promise<string | undefined>

/** Files that one task looks into: a stop never waits for more. */
const FILES_A_TASK = 64
/** Questions to a target at a time. */
const AT_ONCE = 8
/** What concerns the target as a whole: nothing is known of its files then, and nothing may be concluded. */
const ENDS_ALL: ReadonlySet<ErrorCode> = new Set([
  'cancelled',
  'unavailable',
  'unauthenticated',
  'timeout',
  'throttled',
])

/** Samples of files of this computer are taken in the pool's threads. */
export function createSampler(pool: Pick<Pool, 'run'>, root: string): Sampler {
  return async (paths, signal) => {
    const samples: (ContentSample | undefined)[] = []
    for (let start = 0; start < paths.length && !signal.aborted; start += FILES_A_TASK) {
      const some = paths.slice(start, start + FILES_A_TASK).map((path) => join(root, path))
      samples.push(...(await pool.run('sampleFiles', { paths: some }, {})))
    }
    return samples
  }
}

/** Digests are computed in the pool's threads, too. */
export function createDigester(pool: Pick<Pool, 'run'>, root: string): Digester {
  return (local, signal) => pool.run('hashFile', localFile(root, local), { signal }).catch(() => undefined)
}

/** Samples of files of a target: the first 64 KiB of each are fetched. Throws where the target as a whole does not answer. */
export function createTargetSampler(target: Pick<SourceProvider, 'stat' | 'read'>): Sampler {
  return async (paths, signal) => {
    const samples: (ContentSample | undefined)[] = []
    for (let start = 0; start < paths.length; start += AT_ONCE) {
      signal.throwIfAborted()
      const some = paths.slice(start, start + AT_ONCE)
      samples.push(...(await Promise.all(some.map((path) => sampleAt(target, path, signal)))))
    }
    return samples
  }
}

async function sampleAt(
  target: Pick<SourceProvider, 'stat' | 'read'>,
  path: RelPath,
  signal: AbortSignal,
): Promise<ContentSample | undefined> {
  try {
    const { kind, size } = await target.stat(path, { signal })
    if (kind !== 'file') return undefined
    const pieces: Uint8Array[] = []
    const range = { start: 0, end: Math.min(size, SAMPLE_BYTES) }
    if (range.end > 0) for await (const piece of target.read(path, { signal, range })) pieces.push(piece)
    return sampleOf(Buffer.concat(pieces))
  } catch (error) {
    if (!isTidekeepError(error) || ENDS_ALL.has(error.code)) throw error
    return undefined
  }
}

/** At most `count` of them, evenly over the whole: what comes first may be of one folder. */
export function spread<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)]!)
}
