import { isTidekeepError, type ErrorCode } from '../../../common/errors.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { TargetProvider } from '../../providers/provider.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { storeOptions, targetLocation } from '../operands.ts'
import type { CheckOutcome } from '../ports.ts'
import { reachable } from '../reachable.ts'
import { cliTexts } from '../cli-texts.ts'

const MARK = { passed: '✓', failed: '✗', skipped: '-' } as const
const STYLE = { passed: 'green', failed: 'red', skipped: 'dim' } as const

/** `tidekeep provider check URI`. */
export const providerCheck: Command = async (context, input) => {
  const { output, ports } = context
  const location = targetLocation(context, input.args[0] as string)
  const host = await context.host()
  const known = await ports.openRecords(host, location)
  known.close()
  const s3 = { ...known.s3, ...(await storeOptions(context, input)) }
  // A disk that was used and is not there now must not be written to by a check.
  const opened = await ports.openTarget(host, location, { s3, used: known.trees > 0 })
  const checks: CheckOutcome[] = []
  try {
    await requireAnswer(location, opened.target, context.interrupts.stop)
    const { leftBehind } = await ports.checkProvider(opened.target, {
      signal: context.interrupts.stop,
      onCheck: (check) => {
        checks.push(check)
        output.event({ type: 'check', ...check })
        const why = check.message === undefined ? '' : `: ${check.message}`
        output.line(`${output.style(STYLE[check.outcome], MARK[check.outcome])} ${check.name}${why}`)
      },
    })
    if (leftBehind !== undefined) output.warn(cliTexts.provider.inCouldNotBeRemoved({ leftBehind, location }))
  } finally {
    await opened.close()
  }
  const failed = checks.filter(({ outcome }) => outcome === 'failed').length
  const exitCode = failed > 0 ? EXIT.findings : EXIT.ok
  output.line(failed === 0 ? cliTexts.provider.passed({ location }) : cliTexts.provider.failed({ n: failed }))
  output.result({ type: 'provider-check', ok: failed === 0, exitCode, target: location, checks })
  return exitCode
}

/** What no check could get past. */
const NO_ANSWER: readonly ErrorCode[] = ['not-found', 'unauthenticated', 'unavailable', 'timeout', 'throttled']

/** One sentence where nobody is there, or nobody is let in: fifty checks would each say it again. Throws that error. */
async function requireAnswer(location: string, target: TargetProvider, signal: AbortSignal): Promise<void> {
  await reachable(location, async () => {
    try {
      for await (const _batch of target.list(ROOT_PATH, { signal })) return
    } catch (error) {
      if (isTidekeepError(error) && NO_ANSWER.includes(error.code)) throw error
    }
  })
}
