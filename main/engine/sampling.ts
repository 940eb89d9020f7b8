import { join } from 'node:path'
import type { RelPath } from '../../common/model.ts'
import type { ContentSample, Pool } from '../../workers/tasks.ts'

/** Looks into files of one folder; in the order of the paths, undefined where that cannot be done. */
export type Sampler = (
  paths: readonly RelPath[],
  signal: AbortSignal,
) => Promise<readonly (ContentSample | undefined)[]>

/** Files that one task looks into: a stop never waits for more. */
const FILES_A_TASK = 64

/** Samples are taken in the pool's threads. */
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
