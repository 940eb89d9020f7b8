import { TidekeepError } from '../../../common/errors.ts'
import { authorText } from '../../../common/conflict-texts.ts'
import { formatBytes } from '../../../common/format.ts'
import type { RelPath } from '../../../common/model.ts'
import { CURRENT_TOKEN, versionsOf, type FileVersion } from '../../restore/versions.ts'
import type { Command } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { storeOptions, targetLocation, typedPath } from '../operands.ts'
import { printable } from '../printable.ts'
import { reachable, requireReachable } from '../reachable.ts'
import { table } from '../table.ts'
import { runTexts } from '../run-texts.ts'

/** `tidekeep versions TARGET PATH`. */
export const versions: Command = async (context, input) => {
  const target = targetLocation(context, input.args[0] as string)
  const path = typedPath(input.args[1] as string)
  requireReachable(target)
  const host = await context.host()
  const known = await context.ports.openRecords(host, target)
  const s3 = { ...known.s3, ...(await storeOptions(context, input)) }
  known.close()
  const opened = await context.ports.openTarget(host, target, { s3, used: false })
  try {
    const signal = context.interrupts.kill
    const found = await reachable(target, () => versionsOf(opened.target, path, { signal }))
    if (found.length === 0) throw nothingOf(path, target, opened.target.features.fileVersions !== undefined)
    for (const line of linesOf(found, path)) context.output.line(line)
    context.output.result({ type: 'versions', target, path, versions: found.map(toJsonVersion) })
    return EXIT.ok
  } finally {
    await opened.close()
  }
}

function linesOf(found: readonly FileVersion[], path: RelPath): readonly string[] {
  const rows = found.map((version) => [
    runTexts.versions.from({ time: version.storedAtMs === undefined ? '?' : shownTime(version.storedAtMs) }),
    version.endedAtMs === undefined
      ? runTexts.versions.untilNow
      : runTexts.versions.until({ time: shownTime(version.endedAtMs) }),
    formatBytes(version.sizeBytes),
    whatBecame(version),
    printable(authorText(version.changedBy)),
    printable(version.token),
  ])
  const kept = found.filter(({ token }) => token !== CURRENT_TOKEN).length
  // Where nobody is told, there is no column for it.
  const isTold = rows.some((row) => row[4] !== '')
  const shown = isTold ? rows : rows.map((row) => row.filter((_, at) => at !== 4))
  return [...table(shown, [2]), runTexts.versions.kept({ n: kept, path: printable(path) })]
}

function whatBecame({ why, keptBy }: FileVersion): string {
  if (why === undefined) return runTexts.versions.current
  return keptBy === 'store' ? runTexts.versions.keptByTheStore({ why }) : why
}

/** What can be typed after `--at`, to the millisecond. */
function shownTime(ms: number): string {
  return new Date(ms).toISOString()
}

function toJsonVersion({ storedAtMs, endedAtMs, why, ...rest }: FileVersion): Readonly<Record<string, unknown>> {
  return {
    ...rest,
    state: why ?? 'current',
    storedAt: storedAtMs === undefined ? null : shownTime(storedAtMs),
    endedAt: endedAtMs === undefined ? null : shownTime(endedAtMs),
  }
}

function nothingOf(path: RelPath, target: string, isByFile: boolean): TidekeepError {
  return new TidekeepError({
    code: 'not-found',
    message: runTexts.versions.holdsNoVersionOf({ target, path }),
    path,
    fix: isByFile ? runTexts.versions.holdsNoVersionOfGoneFix : runTexts.versions.holdsNoVersionOfFix,
  })
}
