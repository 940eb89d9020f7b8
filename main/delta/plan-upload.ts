import { TidekeepError } from '../../common/errors.ts'
import type { AssemblyPart } from '../providers/provider.ts'
import { chooseMethod, costOfParts, costOfWhole } from './cost.ts'
import { layParts } from './lay-parts.ts'
import type { Run, UploadCost, UploadMethod, UploadPlan, UploadSituation } from './upload-plan.ts'
import { deltaFailureTexts } from './delta-failure-texts.ts'

/**
 * How a changed file is sent: a pure function, so that what is shown before is what is done. Parts
 * keep to the limits, cover the file without gaps, and send the fewest bytes the limits allow.
 * Throws `internal` for runs that are not what `UploadSituation` promises: parts made from those
 * would be refused by the store at best.
 */
export function planUpload(situation: UploadSituation): UploadPlan {
  assertRuns(situation)
  const { bytesPerSecond } = situation
  const ways = waysToAssemble(situation)
  const costs = { whole: costOfWhole(situation), ...mapCosts(ways, situation) }
  const method = chooseMethod(costs, bytesPerSecond)
  return { method, parts: ways[method] ?? [], cost: costs[method] ?? costs.whole, alternatives: costs }
}

type Ways = Readonly<Partial<Record<UploadMethod, readonly AssemblyPart[]>>>

/** Ways that reuse nothing, and tail segments where there would be none, are not offered. */
function waysToAssemble({ sizeBytes, oldSizeBytes, limits, runs }: UploadSituation): Ways {
  if (limits === undefined || sizeBytes === 0 || oldSizeBytes < limits.minSourceBytes) return {}
  const lay = (segments: boolean): readonly AssemblyPart[] | undefined =>
    layParts(runs, { sizeBytes, limits, segments })
  const stitched = lay(false)
  const segmented = limits.segments ? lay(true) : undefined
  return {
    ...(stitched?.some(({ kind }) => kind === 'copy') === true ? { delta: stitched } : {}),
    ...(segmented?.some(({ kind }) => kind === 'segment') === true ? { segments: segmented } : {}),
  }
}

function mapCosts(ways: Ways, situation: UploadSituation): Partial<Record<UploadMethod, UploadCost>> {
  const entries = Object.entries(ways) as [UploadMethod, readonly AssemblyPart[]][]
  return Object.fromEntries(entries.map(([method, parts]) => [method, costOfParts(parts, situation)]))
}

function assertRuns({ runs, sizeBytes, oldSizeBytes }: UploadSituation): void {
  let covered = 0
  for (const run of runs) {
    if (run.start !== covered || !isSize(run.length))
      throw brokenRuns(deltaFailureTexts.plan.begins({ start: run.start, covered }))
    if (!isInside(run, oldSizeBytes)) throw brokenRuns(deltaFailureTexts.plan.outside({ start: run.start }))
    covered += run.length
  }
  if (covered !== sizeBytes) throw brokenRuns(deltaFailureTexts.plan.cover({ covered, size: sizeBytes }))
}

function isInside({ oldStart, length }: Run, oldSizeBytes: number): boolean {
  return oldStart === undefined || (isSize(oldStart) && oldStart + length <= oldSizeBytes)
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function brokenRuns(what: string): TidekeepError {
  return new TidekeepError({
    code: 'internal',
    message: deltaFailureTexts.plan.broken({ what }),
  })
}
