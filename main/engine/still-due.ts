import { toTidekeepError, type TidekeepError } from '../../common/errors.ts'
import type { Job } from '../../common/model.ts'
import { lookAgain } from './execute/here.ts'
import type { JobEndsDeps } from './job-ends.ts'
import { standsOn } from './stands-on.ts'

type Deps = Pick<JobEndsDeps, 'store' | 'folderId' | 'context'>
type Fail = (job: Job, error: TidekeepError) => void

/** Of claimed jobs those that may be carried out as they were planned; `fail` is told of the others, which are to be looked at again. */
export async function stillDue(deps: Deps, claimed: readonly Job[], fail: Fail): Promise<readonly Job[]> {
  return alone(deps, standing(deps, claimed, fail), fail)
}

/** Those whose base is agreed on still. Where a person had that forgotten since they were planned, a version is not theirs to replace or remove. */
function standing({ store, folderId }: Deps, jobs: readonly Job[], fail: Fail): readonly Job[] {
  return jobs.filter((job) => {
    const base = standsOn(job.action)
    if (base === undefined || store.baseline.get(folderId, base.path) !== undefined) return true
    fail(job, lookAgain(job.action.path))
    return false
  })
}

/** Those that work on no twin of what another works on, or of what is kept. */
async function alone({ context: { twins } }: Deps, jobs: readonly Job[], fail: Fail): Promise<readonly Job[]> {
  if (twins?.areThere !== true) return jobs
  const those: Job[] = []
  for (const job of jobs) {
    try {
      await twins.claim(job.action)
      those.push(job)
    } catch (error) {
      fail(job, toTidekeepError(error, job.action.path))
    }
  }
  return those
}
