import { toTidekeepError } from '../../../common/errors.ts'
import { formatBytes, formatCents } from '../../../common/format.ts'
import { retentionStrings } from '../../../common/retention-text.ts'
import { letGoOfKept, type Became, type KeptReport } from '../../cleanup/kept-retention.ts'
import { storagePerMonth } from '../../delta/prices.ts'
import type { KeptVersion } from '../../providers/provider.ts'
import { createPastLock } from '../../state/past-lock.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { describeError, type ErrorObject } from '../failure.ts'
import { keptSentences } from '../kept-sentences.ts'
import { storeOptions } from '../operands.ts'
import { printable } from '../printable.ts'
import { reachable, requireReachable } from '../reachable.ts'
import { table } from '../table.ts'
import { chosenTargets, pricesFor, retentionOf } from './cleanup.ts'
import { runTexts } from '../run-texts.ts'

/** One target of the result: its report, or why there is none. */
type TargetResult = { readonly target: string } & (
  | { readonly report: KeptReport | null; readonly freedDollarsPerMonth?: number }
  | { readonly error: ErrorObject }
)

/** Versions that are listed one by one; the rest is counted. */
const MAX_LISTED = 1_000

/** `tidekeep versions prune [PLACE]`. */
export const versionsPrune: Command = async (context, input) => {
  const targets = await chosenTargets(context, input.args[0] as string | undefined)
  const results: TargetResult[] = []
  for (const target of targets) {
    if (context.interrupts.signal() !== undefined) break
    try {
      results.push(await pruneTarget(context, input, target))
    } catch (error) {
      if (targets.length === 1) throw error
      context.output.warn(`${target}: ${toTidekeepError(error).message}`)
      results.push({ target, error: describeError(error) })
    }
  }
  const hasFailed = results.some((result) => 'error' in result || (result.report?.failed.count ?? 0) > 0)
  const isStopped = context.interrupts.signal() !== undefined
  const exitCode = isStopped ? EXIT.interrupted : hasFailed ? EXIT.someFailed : EXIT.ok
  const dryRun = input.options['dryRun'] === true
  context.output.result({ type: 'versions-prune', ok: exitCode === EXIT.ok, exitCode, dryRun, targets: results })
  return exitCode
}

async function pruneTarget(context: Context, input: Input, target: string): Promise<TargetResult> {
  const { ports, output } = context
  requireReachable(target)
  const host = await context.host()
  const known = await ports.openRecords(host, target)
  try {
    const s3 = { ...known.s3, ...(await storeOptions(context, input)) }
    const prices = pricesFor(context, host, { target, s3 })
    const dollarsFor = (bytes: number): number | undefined =>
      prices === undefined ? undefined : storagePerMonth(prices, bytes)
    const opened = await ports.openTarget(host, target, { s3, used: false })
    const listing = new Listing(context, target)
    const dryRun = input.options['dryRun'] === true
    try {
      const config = await ports.config(context.paths, context.io.env)
      const report = await reachable(target, () =>
        letGoOfKept(opened.target, {
          ...retentionOf(config.values, known),
          pastLock: createPastLock(host),
          dryRun,
          nowMs: host.clock.now(),
          signal: context.interrupts.stop,
          takesAll: input.options['all'] === true,
          onVersion: (version, became) => listing.add(version, became),
        }),
      )
      const costOf = (bytes: number): string => {
        const dollars = dollarsFor(bytes)
        return dollars === undefined ? '' : runTexts.versionsPrune.aMonth({ price: formatCents(dollars) })
      }
      if (!output.flags.quiet)
        for (const line of [...listing.lines(dryRun), ...sentencesOf(target, report, { dryRun, costOf })])
          output.line(line)
      const freed = report === undefined ? undefined : dollarsFor(report.removed.bytes)
      return { target, report: report ?? null, ...(freed === undefined ? {} : { freedDollarsPerMonth: freed }) }
    } finally {
      await opened.close()
    }
  } finally {
    known.close()
  }
}

function sentencesOf(
  target: string,
  report: KeptReport | undefined,
  { dryRun, costOf }: { readonly dryRun: boolean; readonly costOf: (bytes: number) => string },
): readonly string[] {
  const place = printable(target)
  if (report === undefined) return [runTexts.versionsPrune.tidekeepKeepsNoEarlierVersions({ place })]
  const lines = keptSentences(place, report, dryRun, costOf)
  return lines.length === 0 ? [runTexts.versionsPrune.noEarlierVersionsAreKept({ place })] : lines
}

/** What becomes of versions that are due, as it is decided. */
class Listing {
  readonly #context: Context
  readonly #target: string
  readonly #rows: (readonly [KeptVersion, Became])[] = []
  #more = 0

  constructor(context: Context, target: string) {
    this.#context = context
    this.#target = target
  }

  add(version: KeptVersion, became: Became): void {
    const { path, token, sizeBytes, keptAtMs } = version
    const keptAt = new Date(keptAtMs).toISOString()
    const named = { type: 'version', target: this.#target, path, token, sizeBytes, keptAt }
    this.#context.output.event({ ...named, ...became })
    if (became.what === 'later' || became.what === 'ofStore' || became.what === 'kept') return
    if (this.#rows.length < MAX_LISTED) this.#rows.push([version, became])
    else this.#more++
  }

  lines(dryRun: boolean): readonly string[] {
    const rows = this.#rows.map(([{ path, sizeBytes, keptAtMs }, became]) => [
      printable(path),
      `until ${new Date(keptAtMs).toISOString()}`,
      formatBytes(sizeBytes),
      wordsFor(became, dryRun),
    ])
    return [...table(rows, [2]), ...(this.#more === 0 ? [] : [`… and ${this.#more} more`])]
  }
}

function wordsFor(became: Became, dryRun: boolean): string {
  const why = 'why' in became ? retentionStrings.reasons[became.why] : ''
  switch (became.what) {
    case 'removed':
      return dryRun ? runTexts.versionsPrune.wouldGo({ why }) : runTexts.versionsPrune.gone({ why })
    case 'notOurs':
      return runTexts.versionsPrune.staysNotWrittenByTidekeep
    case 'locked':
      return runTexts.versionsPrune.staysLocked
    case 'refused':
      return runTexts.versionsPrune.staysTheStoreDoesNot
    default:
      return runTexts.versionsPrune.couldNotBeRemoved
  }
}
