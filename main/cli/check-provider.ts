import { runConformance, type CheckResult } from '../providers/conformance/run.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { CheckOutcome, ProviderCheck } from './ports.ts'

const OUTCOMES = { passed: 'passed', failed: 'failed', 'not-applicable': 'skipped' } as const

/** Runs every conformance check in a scratch folder at the target, which it removes again. Closes the target. */
export async function checkProvider(
  target: TargetProvider,
  { signal, onCheck }: ProviderCheck,
): Promise<{ readonly leftBehind: string | undefined }> {
  const onResult = (result: CheckResult): void => onCheck(toOutcome(result))
  const { leftBehind } = await runConformance(async () => target, { signal, onResult })
  return { leftBehind }
}

function toOutcome({ name, outcome, reason }: CheckResult): CheckOutcome {
  return { name, outcome: OUTCOMES[outcome], ...(reason === undefined ? {} : { message: reason }) }
}
