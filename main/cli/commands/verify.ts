import { formatDuration } from '../../../common/format.ts'
import type { Summary } from '../../../common/protocol.ts'
import type { Host } from '../../host.ts'
import { verify, type VerifyOptions } from '../../restore/verify.ts'
import type { ReadDataChoice } from '../../restore/selection.ts'
import type { Finding, VerifyResult } from '../../restore/verify-tally.ts'
import { openVerifyProgress, type VerifyProgress, type VerifyProgressFile } from '../../state/verify-progress.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { notConfigured } from '../failure.ts'
import { sourceFolder, storeOptions, targetLocation } from '../operands.ts'
import type { OpenRecords } from '../ports.ts'
import { printable } from '../printable.ts'
import { reachable, requireReachable } from '../reachable.ts'
import { createRunReport } from '../run-report.ts'
import { runTexts } from '../run-texts.ts'

/** The summary of `verify`: the common one, and what each finding is. */
interface VerifySummary extends Summary {
  readonly findings: readonly Finding[]
  readonly filesRead: number
  readonly unverifiable: number
  readonly archived: number
  /** Draws the same files again, with --seed. */
  readonly seed?: string
  /** Files that an earlier run, which was cut off, had read. */
  readonly filesReadBefore?: number
}

/** `tidekeep verify TARGET`. */
export const verifyCommand: Command = async (context, input) => {
  const target = targetLocation(context, input.args[0] as string)
  const source = input.options['source'] as string | undefined
  const readData = input.options['readData'] as ReadDataChoice | undefined
  requireReachable(target)
  const host = await context.host()
  const startedMs = host.clock.monotonic()
  const known = await context.ports.openRecords(host, target)
  try {
    const isNothingRead = readData === undefined && input.options['kept'] !== true
    if (known.trees === 0 && isNothingRead && source === undefined) throw nothingToCompareWith(target)
    const opened = await context.ports.openTarget(host, target, {
      s3: { ...known.s3, ...(await storeOptions(context, input)) },
      used: known.trees > 0,
    })
    try {
      const progress = readData === undefined ? undefined : progressFile(host, target, readData)
      const from = input.options['restart'] === true ? undefined : usable(progress?.read(), input)
      if (from?.after !== undefined) tellFrom(context, from)
      const result = await run(context, input, { known, provider: opened.target, target, progress, from })
      const durationMs = Math.round(host.clock.monotonic() - startedMs)
      const drawn = readData === undefined ? {} : { seed: result.seed, filesReadBefore: from?.filesRead ?? 0 }
      return finish(context, result, { durationMs, requests: opened.requests(), ...drawn })
    } finally {
      await opened.close()
    }
  } finally {
    known.close()
  }
}

async function run(
  context: Context,
  input: Input,
  {
    known,
    provider,
    target,
    progress,
    from,
  }: {
    known: OpenRecords
    provider: VerifyOptions['provider']
    target: string
    progress: VerifyProgressFile | undefined
    from: VerifyProgress | undefined
  },
): Promise<VerifyResult & { readonly seed: string }> {
  const host = await context.host()
  const readData = input.options['readData'] as ReadDataChoice | undefined
  const named = input.options['source'] as string | undefined
  const source = named === undefined ? undefined : await context.ports.openSource(host, sourceFolder(context, named))
  const report = createRunReport(context.output, host.clock)
  try {
    const result = await reachable(target, () =>
      verify({
        provider,
        records: known.records,
        ...(readData === undefined ? {} : { readData }),
        kept: input.options['kept'] === true,
        ...(source === undefined ? {} : { source: source.tree }),
        ...(input.options['seed'] === undefined ? {} : { seed: input.options['seed'] as string }),
        ...(from === undefined ? {} : { from }),
        ...(progress === undefined ? {} : { onProgress: (done) => progress.write(done) }),
        clock: host.clock,
        random: host.random,
        stop: context.interrupts.stop,
        kill: context.interrupts.kill,
        onEvent: report.onEvent,
      }),
    )
    const comparedNothing = known.trees === 0 && source === undefined && result.filesRead + (from?.filesRead ?? 0) === 0
    if (comparedNothing && context.interrupts.signal() === undefined) throw nothingToCompareWith(target)
    if (context.interrupts.signal() === undefined) progress?.clear()
    return result
  } finally {
    report.end()
    await source?.close()
  }
}

function progressFile(host: Host, target: string, readData: ReadDataChoice): VerifyProgressFile {
  return openVerifyProgress(host.paths.state, target, JSON.stringify(readData))
}

/** A seed that is asked for is another run than the one that was cut off. */
function usable(progress: VerifyProgress | undefined, { options }: Input): VerifyProgress | undefined {
  return options['seed'] === undefined || options['seed'] === progress?.seed ? progress : undefined
}

function tellFrom({ output }: Context, { after, filesRead, bytesRead }: VerifyProgress): void {
  output.note(runTexts.verify.goesOnAfterWhereThe({ after: printable(after ?? ''), filesRead, bytesRead }))
}

function finish(
  context: Context,
  result: VerifyResult,
  rest: Pick<VerifySummary, 'durationMs' | 'requests' | 'seed' | 'filesReadBefore'>,
): number {
  const { counts, bytes, failures, findings, filesRead, unverifiable, archived } = result
  const exitCode = exitCodeOf(context, result)
  const summary: VerifySummary = {
    type: 'summary',
    command: 'verify',
    ok: exitCode === EXIT.ok,
    exitCode,
    dryRun: false,
    ...rest,
    counts,
    bytes,
    actions: [],
    failures,
    findings,
    filesRead,
    unverifiable,
    archived,
  }
  if (!context.output.flags.quiet) for (const line of sentences(summary)) context.output.line(line)
  context.output.result({ ...summary })
  return exitCode
}

function exitCodeOf(context: Context, { findings, failures }: VerifyResult): ExitCode {
  if (context.interrupts.signal() !== undefined) return EXIT.interrupted
  if (findings.length > 0) return EXIT.findings
  return failures.length > 0 ? EXIT.someFailed : EXIT.ok
}

function sentences(summary: VerifySummary): readonly string[] {
  const { findings, counts, bytes, filesRead, unverifiable, archived } = summary
  const duration = formatDuration(summary.durationMs)
  const read = filesRead > 0 ? runTexts.verify.theContentOfWasRead({ filesRead, received: bytes.received }) : ''
  const failed = counts.failed - findings.length
  const verdict =
    findings.length === 0 ? runTexts.verify.nothingIsWrongWithWhat : runTexts.verify.findings({ n: findings.length })
  const lines = [runTexts.verify.lookedAtIn({ scanned: counts.scanned, duration, read, verdict })]
  if (failed > 0) lines.push(runTexts.verify.couldNotBeCheckedSee({ failed }))
  if (unverifiable > 0) lines.push(runTexts.verify.couldNotBeComparedNo({ unverifiable }))
  if (archived > 0) lines.push(runTexts.verify.lieInAnArchiveClass({ archived }))
  if (summary.exitCode === EXIT.interrupted)
    lines.push(summary.seed === undefined ? runTexts.verify.interrupted : runTexts.verify.interruptedGoesOn)
  return lines
}

function nothingToCompareWith(target: string): Error {
  return notConfigured(
    runTexts.verify.nothingOnThisComputerRemembers({ target }),
    runTexts.verify.nothingOnThisComputerRemembersFix,
  )
}
