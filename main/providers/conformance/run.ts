import { randomBytes } from 'node:crypto'
import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import { ROOT_PATH, toRelPath } from '../../../common/paths.ts'
import type { RelPath } from '../../../common/model.ts'
import type { KeptVersion, TargetProvider } from '../provider.ts'
import { ANY, areaOf, ConformanceFailure, type Check, type CheckContext, type Need } from './check.ts'
import { CHECKS } from './checks.ts'

/** What came of one check. */
export interface CheckResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'not-applicable'
  /** What was wrong, or which ability is missing; one sentence. */
  readonly reason?: string
}

/** Hears of each check as it ends. */
export interface Report {
  readonly location: string
  readonly results: readonly CheckResult[]
  readonly passed: number
  readonly failed: number
  readonly notApplicable: number
  /** Set when the scratch area could not be removed again: where it is. */
  readonly leftBehind?: string
}

/** Options of {@link runConformance}. */
export interface ConformanceOptions {
  readonly signal: AbortSignal
  /** Hears of each check as it ends. */
  readonly onResult?: (result: CheckResult) => void
  /** Only these, by name. */
  readonly only?: readonly string[]
  readonly localContent?: CheckContext['localContent']
}

/**
 * Runs the checks one after another against a real target, below a scratch folder of its own, and
 * removes that again. A failed check does not end the run; cancellation does (`cancelled`).
 */
export async function runConformance(
  open: () => Promise<TargetProvider>,
  options: ConformanceOptions,
): Promise<Report> {
  const provider = await open()
  const scratch = toRelPath(`tidekeep-check-${randomBytes(6).toString('hex')}`)
  const results: CheckResult[] = []
  let leftBehind: string | undefined
  try {
    for (const [number, check] of chosen(options.only).entries()) {
      if (options.signal.aborted) throw new TidekeepError({ code: 'cancelled', message: 'Cancelled.' })
      const result = await runCheck(check, contextFor(provider, areaOf(scratch, number), options))
      results.push(result)
      options.onResult?.(result)
    }
  } finally {
    leftBehind = await clear(provider, scratch)
    await provider.close()
  }
  const count = (outcome: CheckResult['outcome']): number => results.filter((each) => each.outcome === outcome).length
  return {
    location: provider.location,
    results,
    passed: count('passed'),
    failed: count('failed'),
    notApplicable: count('not-applicable'),
    ...(leftBehind === undefined ? {} : { leftBehind }),
  }
}

/** Runs one check in the area of its context. Never throws. */
export async function runCheck(check: Check, context: CheckContext): Promise<CheckResult> {
  const missing = check.needs?.find((need) => !isMet(need, context))
  if (missing !== undefined) return { name: check.name, outcome: 'not-applicable', reason: `It has no "${missing}".` }
  try {
    await check.run(context)
    return { name: check.name, outcome: 'passed' }
  } catch (error) {
    return { name: check.name, outcome: 'failed', reason: describe(error) }
  }
}

function contextFor(provider: TargetProvider, area: RelPath, options: ConformanceOptions): CheckContext {
  const { signal, localContent } = options
  return { provider, area, signal, ...(localContent === undefined ? {} : { localContent }) }
}

function chosen(only: readonly string[] | undefined): readonly Check[] {
  return only === undefined ? CHECKS : CHECKS.filter(({ name }) => only.includes(name))
}

function isMet(need: Need, { provider, localContent, again }: CheckContext): boolean {
  if (need === 'again') return again !== undefined
  if (need === 'local-files') return localContent !== undefined
  const { nameFolding, nameRules } = provider.features.limits
  if (need === 'case') return nameFolding.case === 'distinct'
  if (need === 'one-case') return nameFolding.case !== 'distinct'
  if (need === 'form') return !nameFolding.normalization
  if (need === 'one-form') return nameFolding.normalization
  if (need === 'any-name') return nameRules === 'posix'
  return provider.features[need] !== undefined
}

function describe(error: unknown): string {
  if (error instanceof ConformanceFailure) return error.message
  if (isTidekeepError(error)) return `A call that has to work failed with "${error.code}": ${error.message}`
  return `A call that has to work failed: ${String(error)}`
}

/** Removes everything below `scratch`, deepest first, whether or not the run was cancelled. Gives the place when something stays. */
async function clear(provider: TargetProvider, scratch: RelPath): Promise<string | undefined> {
  const { signal } = new AbortController()
  try {
    const paths: RelPath[] = []
    for await (const page of provider.list(scratch, { signal })) paths.push(...page.map(({ path }) => path))
    for (const path of paths.toReversed()) await provider.remove(path, { signal, expect: ANY })
    await clearKept(provider, scratch)
    if (scratch !== ROOT_PATH) await provider.remove(scratch, { signal, expect: ANY })
    return undefined
  } catch {
    return scratch
  }
}

/** What the checks had kept. Versions that a store keeps by itself go by its own rules. */
async function clearKept({ features }: TargetProvider, scratch: RelPath): Promise<void> {
  const { signal } = new AbortController()
  const found: KeptVersion[] = []
  for await (const kept of features.keptVersions?.(scratch, { signal }) ?? [])
    if (kept.keptBy === 'tidekeep') found.push(kept)
  for (const kept of found) await features.removeKept?.(kept, { signal })
}
