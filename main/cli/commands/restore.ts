import { resolve } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import type { Summary } from '../../../common/protocol.ts'
import { toRelPath } from '../../../common/paths.ts'
import { openLocalDestination } from '../../restore/local-destination.ts'
import { restore, type RestoreResult } from '../../restore/restore.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { usageError } from '../failure.ts'
import { liesInside, storeOptions, targetLocation } from '../operands.ts'
import { createRunReport } from '../run-report.ts'
import { printSummary } from '../summary.ts'
import { count } from '../../../common/format.ts'
import { parseLocation } from '../../../common/location.ts'
import { reachable, requireReachable } from '../reachable.ts'

/** `tidekeep restore TARGET DIRECTORY`. */
export const restoreCommand: Command = async (context, input) => {
  const target = targetLocation(context, input.args[0] as string)
  const directory = directoryOf(context, input.args[1] as string, target)
  const path = pathOf(input)
  requireReachable(target)
  const host = await context.host()
  const startedMs = host.clock.monotonic()
  const known = await context.ports.openRecords(host, target)
  const destination = openLocalDestination(directory)
  const opened = await context.ports.openTarget(host, target, {
    s3: { ...known.s3, ...(await storeOptions(context, input)) },
    used: false,
  })
  const report = createRunReport(context.output, host.clock)
  const dryRun = input.options['dryRun'] === true
  try {
    const result = await reachable(target, () =>
      restore({
        provider: opened.target,
        destination,
        records: known.records,
        path,
        dryRun,
        overwrite: input.options['overwrite'] === true,
        ...(opened.delta === undefined ? {} : { delta: opened.delta }),
        clock: host.clock,
        stop: context.interrupts.stop,
        kill: context.interrupts.kill,
        onEvent: report.onEvent,
      }),
    )
    report.end()
    if (result.isEmpty) throw nothingAt(target, path)
    if (result.unverified > 0) warnUnverified(context, result)
    const requests = opened.requests()
    const durationMs = Math.round(host.clock.monotonic() - startedMs)
    return finish(context, { ...partsOf(result), dryRun, durationMs, requests })
  } finally {
    report.end()
    await destination.close()
    await opened.close()
    known.close()
  }
}

type Parts = Pick<Summary, 'counts' | 'bytes' | 'actions' | 'failures' | 'dryRun' | 'durationMs' | 'requests'>

function partsOf({ counts, bytes, actions, failures }: RestoreResult): Pick<Parts, keyof RestoreResult & keyof Parts> {
  return { counts, bytes, actions, failures }
}

function finish(context: Context, parts: Parts): number {
  const failed = parts.failures.length > 0 ? EXIT.someFailed : EXIT.ok
  const exitCode = context.interrupts.signal() === undefined ? failed : EXIT.interrupted
  const summary: Summary = { type: 'summary', command: 'restore', ok: exitCode === EXIT.ok, exitCode, ...parts }
  printSummary(context.output, summary, { listActions: parts.dryRun })
  return exitCode
}

function warnUnverified(context: Context, { unverified }: RestoreResult): void {
  context.output.warn(
    `${count(unverified, 'file')} had no recorded checksum; only the size could be compared. Compare with the source by "tidekeep verify --source".`,
  )
}

/** Restoring into the target itself would mix copies with what they are restored from. */
function directoryOf(context: Context, text: string, target: string): string {
  const location = parseLocation(text, (path) => context.absolute(path))
  if (location.scheme !== 'file')
    throw usageError(`${JSON.stringify(text)} is not a folder of this computer.`, 'Name a folder.')
  const from = parseLocation(target, (path) => path)
  if (from.scheme === 'file' && liesInside(location.path, from.path)) {
    throw usageError('The directory lies inside the target it is restored from.', 'Choose another directory.')
  }
  return resolve(location.path)
}

function pathOf(input: Input): ReturnType<typeof toRelPath> {
  const text = (input.options['path'] as string | undefined) ?? ''
  return toRelPath(text.replace(/^\/+|\/+$/g, ''))
}

function nothingAt(target: string, path: string): TidekeepError {
  const fix = path === '' ? 'Check the address and the prefix of the target.' : 'The path is relative to the target.'
  const message = path === '' ? `There is nothing in ${target}.` : `There is nothing at ${path} in ${target}.`
  return new TidekeepError({ code: 'not-found', message, path, fix })
}
