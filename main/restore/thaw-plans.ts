import { toWireError } from '../../common/client.ts'
import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { FileSum, ThawPlanView, ThawTierView } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { PriceList } from '../delta/price-list.ts'
import type { Clock, Random } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { PlannedRestore } from './runs.ts'
import { THAW_SPEEDS, bytesOf, hasSpeed, keepingPerDay, surveyArchived, thawEstimate, type ThawSurvey } from './thaw.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What plans are made by. */
export interface ThawPlanDeps {
  readonly clock: Clock
  readonly random: Random
  readonly openTarget: (folder: FolderSettings) => Promise<TargetProvider>
  /** Undefined where nothing is known of what the folder's target takes. */
  readonly pricesOf: (folder: FolderSettings) => PriceList | undefined
}

/** What was looked at, and can be asked for. */
export interface ReadyThawPlan extends Omit<PlannedRestore, 'archived'> {
  readonly survey: ThawSurvey
}

const REMEMBERED_MS = 60 * 60_000
const MAX_PLANS = 4
const NOTHING: ThawSurvey = { toThaw: [], underWay: [], ready: [] }

/** Looks at the archived files of planned restores. Plans are remembered for an hour, four at most. */
export class ThawPlans {
  readonly #deps: ThawPlanDeps
  readonly #plans = new Map<string, Plan>()

  constructor(deps: ThawPlanDeps) {
    this.#deps = deps
  }

  start(planned: PlannedRestore): ThawPlanView {
    const plan = new Plan(this.#deps, planned)
    this.#plans.set(plan.id, plan)
    for (const older of this.#plans.values()) if (this.#plans.size > MAX_PLANS) this.#letGo(older)
    this.#deps.clock.after(REMEMBERED_MS, () => this.#letGo(plan))
    return plan.view()
  }

  /** Throws `not-found`. */
  view(id: string): ThawPlanView {
    return this.#find(id).view()
  }

  /** Throws `not-found`, `unavailable` while it looks, and what made it fail. */
  ready(id: string): ReadyThawPlan {
    return this.#find(id).ready()
  }

  async closeAll(): Promise<void> {
    const plans = [...this.#plans.values()]
    for (const plan of plans) this.#letGo(plan)
    await Promise.all(plans.map((plan) => plan.ended))
  }

  #letGo(plan: Plan): void {
    this.#plans.delete(plan.id)
    plan.end()
  }

  #find(id: string): Plan {
    const plan = this.#plans.get(id)
    if (plan !== undefined) return plan
    throw new TidekeepError({
      code: 'not-found',
      message: restoreFailureTexts.thawPlans.whatWasLookedAtWas,
      fix: restoreFailureTexts.thawPlans.whatWasLookedAtWasFix,
    })
  }
}

class Plan {
  readonly id: string
  /** Resolves when nothing of it runs any more; never rejects. */
  readonly ended: Promise<void>
  readonly #deps: ThawPlanDeps
  readonly #planned: PlannedRestore
  readonly #abort = new AbortController()
  #survey = NOTHING
  #isReady = false
  #error: TidekeepError | undefined

  constructor(deps: ThawPlanDeps, planned: PlannedRestore) {
    this.#deps = deps
    this.#planned = planned
    this.id = deps.random.hex(8)
    this.ended = this.#look()
  }

  end(): void {
    this.#abort.abort(
      new TidekeepError({ code: 'cancelled', message: restoreFailureTexts.thawPlans.lookingAtArchivedFilesWas }),
    )
  }

  ready(): ReadyThawPlan {
    if (this.#error !== undefined) throw this.#error
    const { folder, request } = this.#planned
    if (this.#isReady) return { folder, request, survey: this.#survey }
    throw new TidekeepError({ code: 'unavailable', message: restoreFailureTexts.thawPlans.theArchivedFilesAreStill })
  }

  view(): ThawPlanView {
    const { toThaw, underWay, ready } = this.#survey
    return {
      id: this.id,
      state: this.#error !== undefined ? 'failed' : this.#isReady ? 'ready' : 'looking',
      frozen: sumOf(toThaw),
      underWay: sumOf(underWay),
      ready: sumOf(ready),
      tiers: this.#isReady ? tiersOf(toThaw, this.#deps.pricesOf(this.#planned.folder)) : [],
      ...(this.#error === undefined ? {} : { error: toWireError(this.#error) }),
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.#abort
    const { folder, archived } = this.#planned
    let target: TargetProvider | undefined
    try {
      target = await this.#deps.openTarget(folder)
      if (target.features.thaw === undefined) throw nothingToThaw(target.location)
      await surveyArchived(target, archived, {
        signal,
        onProgress: (soFar) => (this.#survey = soFar),
      })
      this.#isReady = true
    } catch (error) {
      this.#error = toTidekeepError(error, folder.target)
    } finally {
      await target?.close().catch(() => undefined)
    }
  }
}

function tiersOf(frozen: ThawSurvey['toThaw'], prices: PriceList | undefined): readonly ThawTierView[] {
  const keeping = keepingPerDay(frozen, prices)
  return THAW_SPEEDS.filter((speed) => hasSpeed(frozen, speed)).map((speed) => {
    const { longestMs, dollars } = thawEstimate(frozen, speed, prices)
    return {
      speed,
      longestMs,
      ...(dollars === undefined ? {} : { dollars }),
      ...(keeping === undefined ? {} : { dollarsPerDay: keeping }),
    }
  })
}

function sumOf(files: ThawSurvey['toThaw']): FileSum {
  return { files: files.length, bytes: bytesOf(files) }
}

function nothingToThaw(location: string): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: restoreFailureTexts.thawPlans.hasNothingThatMustBe({ location }),
  })
}
