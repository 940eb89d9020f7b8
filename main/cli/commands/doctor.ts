import { checkText } from '../../../common/check-text.ts'
import type { Command, Context } from '../context.ts'
import type { Diagnosis } from '../../../common/protocol.ts'
import { readPrices } from '../../delta/price-list.ts'
import { isPriced } from '../../delta/prices.ts'
import { examine, type Examined } from '../../diagnosis/examine.ts'
import type { Host } from '../../host.ts'
import { proofsPerMonth } from '../../restore/proof-price.ts'
import { EXIT } from '../exit-codes.ts'
import { printable } from '../printable.ts'

const MARK = { ok: '✓', warning: '!', failed: '✗' } as const
const STYLE = { ok: 'green', warning: 'yellow', failed: 'red' } as const

/** `tidekeep doctor`. */
export const doctor: Command = async (context) => {
  const { output } = context
  const checks: Diagnosis[] = []
  for await (const check of examine(examinedBy(context))) {
    checks.push(check)
    output.event({ type: 'check', ...check })
    output.line(
      `${output.style(STYLE[check.state], MARK[check.state])} ${printable(checkText(check.name))}: ${printable(check.message)}`,
    )
    if (check.fix !== undefined) output.line(`    ${check.fix}`)
  }
  const isFine = checks.every(({ state }) => state !== 'failed')
  const exitCode = isFine ? EXIT.ok : EXIT.findings
  output.result({ type: 'doctor', ok: isFine, exitCode, checks })
  return exitCode
}

/** The installation as the command line reaches it, with or without a service. */
function examinedBy(context: Context): Examined {
  const { ports, paths, io } = context
  const host = (): Promise<Host> => context.host()
  return {
    paths,
    nowMs: async () => (await host()).clock.now(),
    settings: async () => (await ports.config(paths, io.env)).values,
    describeSecrets: async () => ports.describeSecrets(await host(), io.env),
    isServiceRunning: async () => {
      const connection = await ports.connect(paths)
      await connection?.close()
      return connection !== undefined
    },
    proofsPerMonth: ({ target, s3 }, maxBytes) => {
      const prices = isPriced(target, s3, io.env) ? readPrices(paths.config) : undefined
      return proofsPerMonth(prices, maxBytes, s3?.storageClass || undefined)
    },
    openTarget: async (folder) => {
      const known = await ports.openRecords(await host(), folder.target)
      known.close()
      const isUsed = known.trees > 0
      const opened = await ports.openTarget(await host(), folder.target, { s3: folder.s3 ?? {}, used: isUsed })
      return { list: (path, options) => opened.target.list(path, options), isUsed, close: () => opened.close() }
    },
  }
}
