import { formatCents } from '../../../common/format.ts'
import type { RelPath } from '../../../common/model.ts'
import type { S3Options } from '../../../common/settings.ts'
import { readPrices } from '../../delta/price-list.ts'
import { isPriced } from '../../delta/prices.ts'
import type { TargetProvider, ThawSpeed } from '../../providers/provider.ts'
import {
  bytesOf,
  requestThaw,
  surveyThaw,
  thawEstimate,
  type ThawRequest,
  type ThawSurvey,
} from '../../restore/thaw.ts'
import { selectedBy } from '../../restore/selected.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { usageError } from '../failure.ts'
import { momentMs } from '../moments.ts'
import { storeOptions, targetLocation, typedPath } from '../operands.ts'
import { reachable, requireReachable } from '../reachable.ts'
import { runTexts } from '../run-texts.ts'
import { whichVersion } from './restore.ts'

/** So often is looked whether everything is there, with --wait. */
const LOOK_MS = 10 * 60_000
const NOTHING_ASKED: ThawRequest = { requested: 0, failures: [] }

/** `tidekeep thaw TARGET`. Asks for nothing without --yes: it costs money. */
export const thaw: Command = async (context, input) => {
  const target = targetLocation(context, input.args[0] as string)
  const path = typedPath((input.options['path'] as string | undefined) ?? '')
  const { at, token } = whichVersion(input, path)
  requireReachable(target)
  const host = await context.host()
  const known = await context.ports.openRecords(host, target)
  const s3 = { ...known.s3, ...(await storeOptions(context, input)) }
  known.close()
  const opened = await context.ports.openTarget(host, target, { s3, used: false })
  try {
    if (opened.target.features.thaw === undefined)
      throw usageError(runTexts.thaw.hasNothingThatMustBe({ target }), runTexts.thaw.hasNothingThatMustBeFix)
    const atMs = at === undefined ? undefined : momentMs(at, host.clock.now())
    return await reachable(target, () =>
      run(context, input, { provider: opened.target, path, target, s3, token, atMs }),
    )
  } finally {
    await opened.close()
  }
}

interface Thawing {
  readonly provider: TargetProvider
  readonly path: RelPath
  readonly target: string
  readonly s3: S3Options
  /** Which version of the path, or what a restore as of which moment needs; neither: what the target holds now. */
  readonly token: string | undefined
  readonly atMs: number | undefined
}

async function surveyed({ provider, path, token, atMs }: Thawing, signal: AbortSignal): Promise<ThawSurvey> {
  const selected = await selectedBy({ provider, paths: [path], token, atMs, signal })
  return surveyThaw(provider, selected(), signal)
}

async function run(context: Context, { options }: Input, thawing: Thawing): Promise<number> {
  const { output, interrupts } = context
  const { provider } = thawing
  const speed = options['speed'] as ThawSpeed
  const days = options['days'] as number
  const signal = AbortSignal.any([interrupts.stop, interrupts.kill])
  let survey = await surveyed(thawing, signal)
  output.line(surveyText(survey))
  const prices = await pricesFor(context, thawing)
  const estimate = thawEstimate(survey.toThaw, speed, prices)
  let asked = NOTHING_ASKED
  if (survey.toThaw.length > 0) {
    for (const line of estimateLines(survey, { ...estimate, speed, days })) output.line(line)
    if (options['yes'] === true) asked = await requestThaw(provider, survey.toThaw, { speed, days, signal })
    else output.line(runTexts.thaw.nothingWasAskedForYet)
  }
  for (const { path: failed, message } of asked.failures) output.warn(`${failed}: ${message}`)
  if (asked.requested > 0) output.line(runTexts.thaw.askedForTheSameCommand({ requested: asked.requested }))
  if (options['wait'] === true) survey = await waitFor(context, thawing, signal)
  const exitCode = asked.failures.length > 0 ? EXIT.someFailed : EXIT.ok
  output.result({
    type: 'thaw',
    ok: exitCode === EXIT.ok,
    exitCode,
    speed,
    days,
    toThaw: sumOf(survey.toThaw),
    underWay: sumOf(survey.underWay),
    ready: sumOf(survey.ready),
    requested: asked.requested,
    failures: asked.failures,
    dollars: estimate.dollars ?? null,
    longestMs: estimate.longestMs,
  })
  return exitCode
}

/** Until nothing is under way any more. What was never asked for is not waited for. */
async function waitFor(context: Context, thawing: Thawing, signal: AbortSignal): Promise<ThawSurvey> {
  const { clock } = await context.host()
  for (;;) {
    const survey = await surveyed(thawing, signal)
    if (survey.underWay.length === 0) {
      context.output.line(surveyText(survey))
      return survey
    }
    context.output.note(surveyText(survey))
    await clock.sleep(LOOK_MS, signal)
  }
}

async function pricesFor(
  context: Context,
  { target, s3 }: Thawing,
): Promise<ReturnType<typeof readPrices> | undefined> {
  return isPriced(target, s3, context.io.env) ? readPrices(context.paths.config) : undefined
}

function surveyText(survey: ThawSurvey): string {
  const { toThaw, underWay, ready } = survey
  const archived = [...toThaw, ...underWay, ...ready]
  if (archived.length === 0) return runTexts.thaw.nothingThereIsInAn
  return runTexts.thaw.inAnArchiveClass({
    archived: archived.length,
    bytes: bytesOf(archived),
    ready: ready.length,
    underWay: underWay.length,
    toThaw: toThaw.length,
  })
}

function estimateLines(
  { toThaw }: ThawSurvey,
  {
    dollars,
    longestMs,
    speed,
    days,
  }: {
    readonly dollars: number | undefined
    readonly longestMs: number
    readonly speed: ThawSpeed
    readonly days: number
  },
): readonly string[] {
  const price =
    dollars === undefined
      ? runTexts.thaw.whatThatCostsAtThis
      : runTexts.thaw.aboutToAskForIt({ price: formatCents(dollars) })
  return [
    runTexts.thaw.thawingAtTheSpeedTakes({ toThaw: toThaw.length, speed, longestMs, price }),
    runTexts.thaw.theCopiesStayForAnd({ days }),
  ]
}

function sumOf(files: ThawSurvey['toThaw']): { readonly files: number; readonly bytes: number } {
  return { files: files.length, bytes: bytesOf(files) }
}
