import { toTidekeepError } from '../../../common/errors.ts'
import { formatBytes, formatCents, formatDuration } from '../../../common/format.ts'
import type { S3Options } from '../../../common/settings.ts'
import {
  cleanUp,
  type CleanUpItem,
  type CleanUpOutcome,
  type CleanUpReport,
  type CleanUpTotal,
} from '../../cleanup/clean-up.ts'
import type { Retention } from '../../cleanup/kept-retention.ts'
import { readPrices, type PriceList } from '../../delta/price-list.ts'
import { isPriced, storagePerMonth } from '../../delta/prices.ts'
import type { Host } from '../../host.ts'
import type { ResolvedConfig } from '../../state/config-resolution.ts'
import { createPastLock } from '../../state/past-lock.ts'
import { withClient } from '../client.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { describeError, notConfigured, type ErrorObject } from '../failure.ts'
import type { OpenRecords } from '../ports.ts'
import { storeOptions, targetLocation } from '../operands.ts'
import { printable } from '../printable.ts'
import { reachable, requireReachable } from '../reachable.ts'
import { retentionRules } from '../../../common/retention.ts'
import { keptSentences } from '../kept-sentences.ts'
import { table } from '../table.ts'
import { runTexts } from '../run-texts.ts'

/** One target of the result: its report, or why there is none. */
type TargetResult = { readonly target: string } & (
  | (CleanUpReport & { readonly prices?: Pick<PriceList, 'asOf' | 'region' | 'checkAgainst'> })
  | { readonly error: ErrorObject }
)

/** `tidekeep cleanup [PLACE]`. */
export const cleanup: Command = async (context, input) => {
  const named = input.args[0] as string | undefined
  const targets = await chosenTargets(context, named)
  const results: TargetResult[] = []
  for (const target of targets) {
    if (context.interrupts.signal() !== undefined) break
    try {
      results.push(await cleanUpTarget(context, input, target))
    } catch (error) {
      if (targets.length === 1) throw error
      context.output.warn(`${target}: ${toTidekeepError(error).message}`)
      results.push({ target, error: describeError(error) })
    }
  }
  const hasFailed = results.some((result) => 'error' in result || result.totals.failed.count > 0)
  const isStopped = context.interrupts.signal() !== undefined
  const exitCode = isStopped ? EXIT.interrupted : hasFailed ? EXIT.someFailed : EXIT.ok
  const dryRun = input.options['dryRun'] === true
  context.output.result({ type: 'cleanup', ok: exitCode === EXIT.ok, exitCode, dryRun, targets: results })
  return exitCode
}

/** What was named: a folder by id, name or path, else a target. Nothing: the targets of all folders. */
export async function chosenTargets(context: Context, named: string | undefined): Promise<readonly string[]> {
  if (named?.includes('://') === true) return [targetLocation(context, named)]
  const folders = await withClient(context, 'look', (client) => client.call('folders.list', {}))
  if (named === undefined) {
    if (folders.length === 0)
      throw notConfigured(runTexts.cleanup.noFolderIsKeptSafe, runTexts.cleanup.noFolderIsKeptSafeFix)
    return [...new Set(folders.map(({ target }) => target))]
  }
  const meant = folders.filter(
    ({ id, name, path }) => id === named || name === named || path === context.absolute(named),
  )
  return meant.length > 0 ? [...new Set(meant.map(({ target }) => target))] : [targetLocation(context, named)]
}

async function cleanUpTarget(context: Context, input: Input, target: string): Promise<TargetResult> {
  const { ports, output } = context
  requireReachable(target)
  const host = await context.host()
  const known = await ports.openRecords(host, target)
  const s3 = { ...known.s3, ...(await storeOptions(context, input)) }
  const prices = pricesFor(context, host, { target, s3 })
  const opened = await ports.openRememberingTarget(host, target, s3).catch((error: unknown) => {
    known.close()
    throw error
  })
  try {
    const nowMs = host.clock.now()
    const config = await ports.config(context.paths, context.io.env)
    const report = await reachable(target, () =>
      cleanUp(opened.target, {
        olderThanMs: input.options['olderThan'] as number,
        dryRun: input.options['dryRun'] === true,
        nowMs,
        signal: context.interrupts.stop,
        retention: { ...retentionOf(config.values, known), pastLock: createPastLock(host) },
        ...(prices === undefined ? {} : { storagePerMonth: (bytes) => storagePerMonth(prices, bytes) }),
      }),
    )
    for (const item of report.items) output.event({ type: 'leftover', target, ...item })
    if (!output.flags.quiet) for (const line of sentences(target, report, nowMs)) output.line(line)
    if (prices !== undefined && report.items.length > 0)
      output.detail(
        runTexts.cleanup.pricesAsOfCheckThem({
          asOf: prices.asOf,
          region: prices.region,
          checkAgainst: prices.checkAgainst[0] ?? '',
        }),
      )
    if (prices === undefined) return { target, ...report }
    const { asOf, region, checkAgainst } = prices
    return { target, ...report, prices: { asOf, region, checkAgainst } }
  } finally {
    await opened.close()
    known.close()
  }
}

/** By the settings, and by what this computer remembers of the target. */
export function retentionOf(
  values: ResolvedConfig['values'],
  { isNeeded, isKnownAsPresent }: Pick<OpenRecords, 'isNeeded' | 'isKnownAsPresent'>,
): Retention {
  return {
    rules: retentionRules(values),
    isNeeded,
    ...(isKnownAsPresent === undefined ? {} : { isKnownAsPresent }),
    ofStore: values.pruneBucketVersions,
  }
}

/** A list that cannot be read costs the dollars, not the command. */
export function pricesFor(
  { output }: Context,
  { paths }: Host,
  { target, s3 }: { readonly target: string; readonly s3: S3Options },
): PriceList | undefined {
  if (!isPriced(target, s3)) return undefined
  try {
    return readPrices(paths.config)
  } catch (error) {
    const { message, fix } = toTidekeepError(error)
    output.warn(`${message} ${fix ?? ''}`.trim())
    return undefined
  }
}

const WHAT: Readonly<Record<CleanUpOutcome, string>> = runTexts.cleanup.outcomes

function sentences(target: string, report: CleanUpReport, nowMs: number): readonly string[] {
  const { isSupported, dryRun, items, totals } = report
  const place = printable(target)
  const kept = report.kept === undefined ? [] : keptSentences(place, report.kept, dryRun)
  if (!isSupported) return [runTexts.cleanup.interruptedUploadsLeaveNothingAt({ place }), ...kept]
  if (items.length === 0) return [runTexts.cleanup.noUnfinishedUploadIsLeft({ place }), ...kept]
  const { removed, failed } = totals
  const lines = [
    ...table(
      items.map((item) => rowOf(item, report.dryRun, nowMs)),
      [2, 3, 4],
    ),
  ]
  lines.push(runTexts.cleanup.removedAt({ dryRun, amount: amount(removed), place }))
  if (totals['not-ours'].count > 0)
    lines.push(runTexts.cleanup.ofOtherProgramsStayEnd({ totals: amount(totals['not-ours']) }))
  if (failed.count > 0) lines.push(runTexts.cleanup.couldNotBeRemovedSee({ failed: amount(failed) }))
  return [...lines, ...kept]
}

function rowOf(item: CleanUpItem, dryRun: boolean, nowMs: number): readonly string[] {
  const { kind, path, bytes, startedAtMs, outcome, dollarsPerMonth, failure } = item
  const what = dryRun && outcome === 'removed' ? runTexts.cleanup.wouldBeRemoved : WHAT[outcome]
  return [
    kind === 'upload' ? runTexts.cleanup.kinds.upload : runTexts.cleanup.kinds.temporary,
    printable(path),
    formatBytes(bytes),
    dollarsPerMonth === undefined ? '' : runTexts.cleanup.perMonth({ price: formatCents(dollarsPerMonth) }),
    formatDuration(Math.max(0, nowMs - startedAtMs)),
    failure === undefined ? what : `${what}: ${printable(failure.message)}`,
  ]
}

function amount({ count: n, bytes, dollarsPerMonth }: CleanUpTotal): string {
  if (dollarsPerMonth === undefined) return runTexts.cleanup.amount({ n, bytes })
  return runTexts.cleanup.amountPriced({ n, bytes, price: formatCents(dollarsPerMonth) })
}
