import type { Command } from '../context.ts'
import { examine, type Diagnosis } from '../diagnoses.ts'
import { EXIT } from '../exit-codes.ts'
import { printable } from '../printable.ts'

const MARK = { ok: '✓', warning: '!', failed: '✗' } as const
const STYLE = { ok: 'green', warning: 'yellow', failed: 'red' } as const

/** `tidekeep doctor`. */
export const doctor: Command = async (context) => {
  const { output } = context
  const checks: Diagnosis[] = []
  for await (const check of examine(context)) {
    checks.push(check)
    output.event({ type: 'check', ...check })
    output.line(`${output.style(STYLE[check.state], MARK[check.state])} ${check.name}: ${printable(check.message)}`)
    if (check.fix !== undefined) output.line(`    ${check.fix}`)
  }
  const isFine = checks.every(({ state }) => state !== 'failed')
  const exitCode = isFine ? EXIT.ok : EXIT.findings
  output.result({ type: 'doctor', ok: isFine, exitCode, checks })
  return exitCode
}
