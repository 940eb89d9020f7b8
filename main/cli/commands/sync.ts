import { excludeLines } from '../../../workers/ignore/selection.ts'
import { readFileSync } from 'node:fs'
import type { ConflictRule } from '../../../common/conflict.ts'
import type { SyncMode } from '../../../common/model.ts'
import type { Answer, Summary } from '../../../common/protocol.ts'
import type { RunOnceOptions } from '../../run-once.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT, exitCodeOfRun } from '../exit-codes.ts'
import { usageError } from '../failure.ts'
import { refuseOverlap, sourceFolder, storeOptions, writableTarget } from '../operands.ts'
import { reachable } from '../reachable.ts'
import { createRunReport } from '../run-report.ts'
import { printSummary } from '../summary.ts'
import type { MaxDelete } from '../values.ts'
import { runTexts } from '../run-texts.ts'

/** `tidekeep sync SOURCE TARGET`. */
export const sync: Command = (context, input) => onePass(context, input, 'sync')

/** `tidekeep plan SOURCE TARGET`. */
export const plan: Command = (context, input) => onePass(context, input, 'plan')

async function onePass(context: Context, input: Input, command: 'sync' | 'plan'): Promise<number> {
  const dryRun = command === 'plan' || input.options['dryRun'] === true
  const options = await passOptions(context, input, dryRun)
  const host = await context.host()
  const report = createRunReport(context.output, host.clock)
  // The source was there a moment ago, so what is not found is the target.
  const done = await reachable(options.target, () =>
    context.ports.runOnce(host, { ...options, onEvent: report.onEvent }),
  ).finally(() => report.end())
  const exitCode = exitCodeOf(done, context, input)
  const summary: Summary = { ...done, command, exitCode, ok: exitCode === EXIT.ok || exitCode === EXIT.findings }
  printSummary(context.output, summary, { listActions: dryRun })
  return exitCode
}

async function passOptions(context: Context, input: Input, dryRun: boolean): Promise<Omit<RunOnceOptions, 'onEvent'>> {
  const { options } = input
  const settings = (await context.ports.config(context.paths, context.io.env)).values
  const source = sourceFolder(context, input.args[0] as string)
  const target = writableTarget(context, input.args[1] as string)
  await refuseOverlap(source, target)
  if (options['resolve'] !== undefined && modeOf(options) !== 'two-way')
    throw usageError(runTexts.sync.resolveIsAboutConflictsWhich, runTexts.sync.resolveIsAboutConflictsWhichFix)
  const maxDelete = options['maxDelete'] as MaxDelete | undefined
  return {
    source,
    target,
    mode: modeOf(options),
    dryRun,
    concurrency: (options['concurrency'] as number | undefined) ?? settings.concurrency,
    ignore: ignoreLines(context, options),
    include: (options['include'] as readonly string[] | undefined) ?? [],
    bandwidthLimit: (options['bwlimit'] as number | undefined) ?? settings.bandwidthLimit,
    deviceName: settings.deviceName,
    tellDevice: settings.tellDevice,
    guardFiles: maxDelete?.files ?? settings.guardFiles,
    guardPercent: maxDelete?.percent ?? settings.guardPercent,
    ...(maxDelete === undefined ? {} : { allowsDeletions: true }),
    ...(options['held'] === undefined ? {} : { held: options['held'] as Answer }),
    ...(options['resolve'] === undefined ? {} : { resolve: options['resolve'] as ConflictRule['resolution'] }),
    deltaThreshold: (options['deltaThreshold'] as number | undefined) ?? settings.deltaThreshold,
    blockSize: (options['blockSize'] as number | undefined) ?? settings.blockSize,
    keepDays: (options['keepDays'] as number | undefined) ?? settings.keepDays,
    s3: await storeOptions(context, input),
    stop: context.interrupts.stop,
    kill: context.interrupts.kill,
  }
}

function modeOf(options: Input['options']): SyncMode {
  const mode = options['mode'] as SyncMode | undefined
  if (options['delete'] !== true) return mode ?? 'backup'
  if (mode === 'backup' || mode === 'two-way')
    throw usageError(runTexts.sync.deleteContradictsMode({ mode }), runTexts.sync.deleteContradictsModeFix)
  return 'mirror'
}

/** Lines of files first, so that a `--exclude` typed here has the last word. */
function ignoreLines(context: Context, options: Input['options']): readonly string[] {
  const files = (options['excludeFrom'] as readonly string[] | undefined) ?? []
  const typed = (options['exclude'] as readonly string[] | undefined) ?? []
  return [...files.flatMap((file) => linesOf(context.absolute(file))), ...excludeLines(typed)]
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw usageError(runTexts.sync.theFileOfExcludeFrom({ file, code }), runTexts.sync.theFileOfExcludeFromFix)
  }
}

function exitCodeOf(summary: Summary, context: Context, { options }: Input): number {
  if (context.interrupts.signal() !== undefined) return EXIT.interrupted
  if (summary.exitCode !== EXIT.ok) return exitCodeOfRun(summary)
  if (options['failOnConflict'] === true && summary.counts.conflicts > 0) return EXIT.conflicts
  if (options['detailedExitcode'] === true && summary.actions.length > 0) return EXIT.findings
  return EXIT.ok
}
