import { resolve } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import type { Summary } from '../../../common/protocol.ts'
import type { RelPath } from '../../../common/model.ts'
import { openLocalDestination } from '../../restore/local-destination.ts'
import { restoreWhilePassesRun } from '../../restore/while-passes-run.ts'
import { restore, type RestoreResult } from '../../restore/restore.ts'
import { selectedBy } from '../../restore/selected.ts'
import { createPastLock, whilePastIsHeld } from '../../state/past-lock.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { usageError } from '../failure.ts'
import { momentMs, type Moment } from '../moments.ts'
import { liesInside, refuseFileInPlaceOf, storeOptions, targetLocation, typedPath } from '../operands.ts'
import { createRunReport } from '../run-report.ts'
import { printSummary } from '../summary.ts'
import { parseLocation } from '../../../common/location.ts'
import { printable } from '../printable.ts'
import { reachable, requireReachable } from '../reachable.ts'
import { runTexts } from '../run-texts.ts'

/** `tidekeep restore TARGET DIRECTORY`. */
export const restoreCommand: Command = async (context, input) => {
  const target = targetLocation(context, input.args[0] as string)
  const directory = directoryOf(context, input.args[1] as string, target)
  const path = typedPath((input.options['path'] as string | undefined) ?? '')
  const { at, token } = whichVersion(input, path)
  requireReachable(target)
  const host = await context.host()
  const startedMs = host.clock.monotonic()
  const known = await context.ports.openRecords(host, target)
  const destination = openLocalDestination(directory)
  const opened = await context.ports.openTarget(host, target, {
    s3: { ...known.s3, ...(await storeOptions(context, input)) },
    used: false,
  })
  const atMs = at === undefined ? undefined : momentMs(at, host.clock.now())
  const report = createRunReport(context.output, host.clock)
  const dryRun = input.options['dryRun'] === true
  const choice = { provider: opened.target, token, atMs, records: known.records, pause: () => host.clock.sleep(0) }
  try {
    const { stop, kill } = context.interrupts
    const { result, isUnsettled } = await reachable(target, () =>
      whilePastIsHeld(createPastLock(host), stop, () =>
        restoreWhilePassesRun({
          paths: [path],
          isOnce: dryRun || token !== undefined,
          markChanges: known.markChanges,
          stop,
          onEvent: report.onEvent,
          restore: async (paths, onEvent) =>
            restore({
              selected: await selectedBy({ ...choice, paths, signal: kill }),
              provider: opened.target,
              destination,
              records: known.records,
              path,
              dryRun,
              overwrite: input.options['overwrite'] === true,
              ...(opened.delta === undefined ? {} : { delta: opened.delta }),
              clock: host.clock,
              stop,
              kill,
              onEvent,
            }),
        }),
      ),
    )
    report.end()
    if (isUnsettled) warnUnsettled(context)
    if (result.isEmpty) throw nothingAt(target, path)
    tell(context, result, { target, path, token, atMs })
    const durationMs = Math.round(host.clock.monotonic() - startedMs)
    const parts = { ...partsOf(result), ...momentOf(atMs, result), dryRun, durationMs, requests: opened.requests() }
    return finish(context, parts, isUnsettled)
  } finally {
    report.end()
    await destination.close()
    await opened.close()
    known.close()
  }
}

interface Wanted {
  readonly target: string
  readonly path: RelPath
  readonly token: string | undefined
  readonly atMs: number | undefined
}

/** What asks for the same files; a moment as it was reckoned, however long ago that was. */
function thawCommand({ target, path, token, atMs }: Wanted): string {
  const words = [
    'tidekeep',
    'thaw',
    target,
    ...(path === '' ? [] : ['--path', path]),
    ...(token === undefined ? [] : ['--token', token]),
    ...(atMs === undefined ? [] : ['--at', new Date(atMs).toISOString()]),
  ]
  return printable(words.map((word) => (/^[\w./:@=+-]+$/.test(word) ? word : JSON.stringify(word))).join(' '))
}

/** What of it a person should know before trusting it. */
function tell(context: Context, result: RestoreResult, wanted: Wanted): void {
  const { frozen } = result
  if (wanted.atMs !== undefined) tellMoment(context, wanted.atMs, result)
  if (frozen > 0) context.output.note(runTexts.restore.mustBeThawed({ frozen, command: thawCommand(wanted) }))
  if (result.unverified > 0) warnUnverified(context, result)
}

type Parts = Pick<Summary, 'counts' | 'bytes' | 'actions' | 'failures' | 'dryRun' | 'durationMs' | 'requests'> & {
  readonly asOf?: { readonly at: string; readonly uncertain: number; readonly younger: number }
}

function partsOf({ counts, bytes, actions, failures }: RestoreResult): Pick<Parts, keyof RestoreResult & keyof Parts> {
  return { counts, bytes, actions, failures }
}

function finish(context: Context, parts: Parts, isUnsettled: boolean): number {
  const failed = parts.failures.length > 0 || isUnsettled ? EXIT.someFailed : EXIT.ok
  const exitCode = context.interrupts.signal() === undefined ? failed : EXIT.interrupted
  const summary: Summary & Parts = { type: 'summary', command: 'restore', ok: exitCode === EXIT.ok, exitCode, ...parts }
  printSummary(context.output, summary, { listActions: parts.dryRun })
  return exitCode
}

function warnUnsettled({ output }: Context): void {
  output.warn(runTexts.restore.unsettled)
}

function warnUnverified(context: Context, { unverified }: RestoreResult): void {
  context.output.warn(runTexts.restore.hadNoRecordedChecksumOnly({ unverified }))
}

/** Restoring into the target itself would mix copies with what they are restored from. */
function directoryOf(context: Context, text: string, target: string): string {
  const location = parseLocation(text, (path) => context.absolute(path))
  if (location.scheme !== 'file')
    throw usageError(
      runTexts.restore.isNotAFolderOf({ text: JSON.stringify(text) }),
      runTexts.restore.isNotAFolderOfFix,
    )
  const from = parseLocation(target, (path) => path)
  if (from.scheme === 'file' && liesInside(location.path, from.path)) {
    throw usageError(runTexts.restore.theDirectoryLiesInsideThe, runTexts.restore.theDirectoryLiesInsideTheFix)
  }
  refuseFileInPlaceOf(location.path)
  return resolve(location.path)
}

/** Which of the versions of a path are meant. */
export interface Which {
  readonly at?: Moment
  readonly token?: string
}

/** What `--at` and `--token` say. Throws a usage error where both do, or a token has no file. */
export function whichVersion({ options }: Input, path: RelPath): Which {
  const at = options['at'] as Moment | undefined
  const token = options['token'] as string | undefined
  if (token !== undefined && at !== undefined)
    throw usageError(runTexts.restore.atAndTokenBothSay, runTexts.restore.atAndTokenBothSayFix)
  if (token !== undefined && path === '')
    throw usageError(runTexts.restore.tokenNamesAVersionOf, runTexts.restore.tokenNamesAVersionOfFix)
  return { ...(at === undefined ? {} : { at }), ...(token === undefined ? {} : { token }) }
}

function momentOf(atMs: number | undefined, { uncertain, younger }: RestoreResult): Pick<Parts, 'asOf'> {
  return atMs === undefined ? {} : { asOf: { at: new Date(atMs).toISOString(), uncertain, younger } }
}

function tellMoment({ output }: Context, atMs: number, { uncertain, younger }: RestoreResult): void {
  output.note(runTexts.restore.asOfByWhatThe({ moment: new Date(atMs).toISOString() }))
  if (younger > 0) output.note(runTexts.restore.leftOutNotThereYet({ younger }))
  if (uncertain > 0) output.note(runTexts.restore.restoredThatMayNotHave({ uncertain }))
}

function nothingAt(target: string, path: string): TidekeepError {
  const fix = path === '' ? runTexts.restore.checkTheAddressAndThe : runTexts.restore.thePathIsRelativeTo
  const message =
    path === '' ? runTexts.restore.thereIsNothingIn({ target }) : runTexts.restore.thereIsNothingAtIn({ path, target })
  return new TidekeepError({ code: 'not-found', message, path, fix })
}
