import type { RestoreRuns } from '../restore/runs.ts'
import { ThawJobs, type ThawJobDeps } from '../restore/thaw-jobs.ts'
import { ThawPlans, type ThawPlanDeps } from '../restore/thaw-plans.ts'
import type { Area } from './area.ts'

/** What thawing shares with restoring. */
export interface ThawDeps extends ThawPlanDeps, Omit<ThawJobDeps, 'runs'> {
  readonly runs: Pick<RestoreRuns, 'start' | 'ended' | 'cancel' | 'check' | 'planned'>
}

/** Planning thaws and following them; `stop` ends both, and everything goes on at the next start. */
export function createThawHandlers(deps: ThawDeps): {
  readonly handlers: Area<'thaw'>
  readonly stop: () => Promise<void>
} {
  const plans = new ThawPlans(deps)
  const jobs = new ThawJobs(deps)
  jobs.start()
  return {
    handlers: {
      'thaw.plan': async ({ id }) => plans.start(deps.runs.planned(id)),
      'thaw.planned': async ({ id }) => plans.view(id),
      'thaw.request': async ({ id, ...order }) => {
        const plan = plans.ready(id)
        // Before anything is paid for.
        deps.runs.check(plan.folder, plan.request)
        return jobs.request(plan, order)
      },
      'thaw.list': async ({ folderId }) => ({ thaws: jobs.list(folderId) }),
      'thaw.cancel': async ({ id }) => jobs.cancel(id),
      'thaw.forget': async ({ id }) => {
        jobs.forget(id)
        return {}
      },
    },
    stop: async () => {
      await Promise.all([jobs.stop(), plans.closeAll()])
    },
  }
}
