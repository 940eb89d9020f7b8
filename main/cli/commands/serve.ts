import type { Summary } from '../../../common/protocol.ts'
import type { FolderSettings } from '../../../common/settings.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT, exitCodeOfRun } from '../exit-codes.ts'
import { describeError, notConfigured } from '../failure.ts'
import { createRunReport } from '../run-report.ts'
import { printable } from '../printable.ts'
import { summarySentences } from '../summary.ts'
import { cliTexts } from '../cli-texts.ts'

/** `tidekeep serve`. Runs until it gets a signal; the first lets transfers finish. */
export const serve: Command = (context, input) =>
  input.options['once'] === true ? serveOnce(context) : serveUntilStopped(context, input)

async function serveUntilStopped(context: Context, { options }: Input): Promise<number> {
  const { interrupts, output } = context
  const port = options['port'] as number | undefined
  const service = await context.ports.startService(await context.host(), context.io.env, {
    ui: options['ui'] !== false,
    open: options['open'] === true,
    ...(port === undefined ? {} : { port }),
  })
  try {
    announce(context, service.address, service.signInUrl())
    await aborted(interrupts.stop)
    await Promise.race([service.close(), aborted(interrupts.kill)])
    if (interrupts.kill.aborted) await service.close({ now: true })
  } catch (error) {
    await service.close({ now: true })
    throw error
  }
  const exitCode = interrupts.signal() === 'SIGINT' ? EXIT.interrupted : EXIT.ok
  output.result({ type: 'stopped', exitCode })
  return exitCode
}

/** The link signs in, so it is data for whoever started this, once; it never goes to a log. */
function announce({ output }: Context, address: string | undefined, link: string | undefined): void {
  output.event({ type: 'ready', address: address ?? null, signInUrl: link ?? null })
  if (address === undefined) output.note(cliTexts.serve.tidekeepIsRunning)
  else output.note(cliTexts.serve.tidekeepIsRunningAt({ address }))
  if (link !== undefined) output.line(cliTexts.serve.signIn({ link }))
}

/** Every folder that is not paused, one after the other, then the end. */
async function serveOnce(context: Context): Promise<number> {
  const settings = (await context.ports.config(context.paths, context.io.env)).values
  const folders = settings.folders.filter(({ paused }) => !paused)
  if (settings.folders.length === 0) {
    throw notConfigured(cliTexts.serve.noFolderIsKeptSafe, cliTexts.serve.noFolderIsKeptSafeFix)
  }
  const results: { readonly name: string; readonly summary: Summary | ReturnType<typeof describeError> }[] = []
  for (const folder of folders) {
    if (context.interrupts.stop.aborted) break
    const summary = await syncFolder(context, folder)
    results.push({ name: folder.name, summary })
  }
  const worst = results.map(({ summary }) => summary.exitCode).find((code) => code !== EXIT.ok) ?? EXIT.ok
  const exitCode = context.interrupts.signal() === undefined ? worst : EXIT.interrupted
  context.output.result({ type: 'serve-once', ok: exitCode === EXIT.ok, exitCode, folders: results })
  return exitCode
}

/** One folder that cannot be reached must not keep the others from being safe. */
async function syncFolder(
  context: Context,
  folder: FolderSettings,
): Promise<Summary | ReturnType<typeof describeError>> {
  const { ports, output, interrupts, paths, io } = context
  const settings = (await ports.config(paths, io.env)).values
  const host = await context.host()
  const report = createRunReport(output, host.clock)
  try {
    const done = await ports.runOnce(host, {
      source: folder.path,
      target: folder.target,
      mode: folder.mode,
      dryRun: false,
      concurrency: settings.concurrency,
      ignore: [],
      include: [],
      bandwidthLimit: settings.bandwidthLimit,
      guardFiles: settings.guardFiles,
      guardPercent: settings.guardPercent,
      deltaThreshold: settings.deltaThreshold,
      blockSize: settings.blockSize,
      keepDays: settings.keepDays,
      s3: folder.s3 ?? {},
      stop: interrupts.stop,
      kill: interrupts.kill,
      onEvent: report.onEvent,
    })
    report.end()
    const summary = { ...done, exitCode: exitCodeOfRun(done) }
    for (const sentence of summarySentences(summary)) output.line(`${printable(folder.name)}: ${sentence}`)
    return summary
  } catch (error) {
    report.end()
    const failure = describeError(error)
    output.warn(`${printable(folder.name)}: ${failure.message} ${failure.fix ?? ''}`.trimEnd())
    return failure
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
