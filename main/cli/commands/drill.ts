import { tmpdir } from 'node:os'
import { parseLocation } from '../../../common/location.ts'
import type { Command, Context, Input } from '../context.ts'
import { openDrillPlace, type DrillPlace } from '../drill/drill-place.ts'
import type { DrillWork } from '../drill/drill-steps.ts'
import { ransomwareDrill, type RansomwareDrill } from '../drill/ransomware-drill.ts'
import { restoreDrill, type RestoreDrill } from '../drill/restore-drill.ts'
import { EXIT } from '../exit-codes.ts'
import { usageError } from '../failure.ts'
import { sourceFolder } from '../operands.ts'
import { runTexts } from '../run-texts.ts'

type Drill = RestoreDrill | RansomwareDrill

const DRILLS: Readonly<Record<Drill['kind'], (place: DrillPlace, work: DrillWork) => Promise<Drill>>> = {
  restore: restoreDrill,
  ransomware: ransomwareDrill,
}

/** `tidekeep drill [KIND]`: on files of its own, in a place of its own. */
export const drill: Command = async (context, input) => {
  const kinds = input.args[0] === undefined ? (['restore', 'ransomware'] as const) : [input.args[0] as Drill['kind']]
  const host = await context.host()
  const parent = parentOf(context, (input.options['in'] as string | undefined) ?? tmpdir())
  const seed = (input.options['seed'] as string | undefined) ?? host.random.hex(4)
  const drills: Drill[] = []
  for (const kind of kinds) {
    const place = openDrillPlace(parent, host)
    try {
      drills.push(await DRILLS[kind](place, workOf(context, input, seed)))
    } finally {
      if (input.options['keep'] === true) context.output.note(runTexts.drill.whatTheDrillLeftIs({ root: place.root }))
      else place.remove()
    }
  }
  return finish(context, drills, seed)
}

/**
 * A drill has an installation of its own, which is signed in nowhere and has no keys, and destroys and deletes as it likes: at a OneDrive that
 * fills a recycle bin no program can empty, and what it deletes could not be brought back.
 */
function parentOf(context: Context, text: string): string {
  const location = parseLocation(text, (path) => context.absolute(path))
  if (location.scheme === 'file') return sourceFolder(context, text)
  throw usageError(
    runTexts.drill.worksOnADiskOnly({ text: JSON.stringify(text) }),
    runTexts.drill.worksOnADiskOnlyFix({ text }),
  )
}

function workOf(context: Context, { options }: Input, seed: string): DrillWork {
  const { ports, io, output, interrupts } = context
  return {
    ports,
    env: io.env,
    files: options['files'] as number,
    seed,
    signal: AbortSignal.any([interrupts.stop, interrupts.kill]),
    tell: (sentence) => output.note(sentence),
  }
}

function finish({ output }: Context, drills: readonly Drill[], seed: string): number {
  const ok = drills.every((each) => each.ok)
  const exitCode = ok ? EXIT.ok : EXIT.findings
  for (const each of drills)
    for (const line of each.kind === 'restore' ? restoreLines(each) : ransomwareLines(each)) output.line(line)
  output.line(runTexts.drill.seedNoFileOfYours({ seed }))
  output.result({ type: 'drill', ok, exitCode, seed, drills })
  return exitCode
}

function restoreLines({
  files,
  bytes,
  lost,
  lostAsOf,
  backupMs,
  restoreMs,
  restoreAsOfMs,
}: RestoreDrill): readonly string[] {
  return [
    runTexts.drill.restoreDrillBackedUpIn({ files, bytes, backupMs }),
    runTexts.drill.asTheyWereLastBrought({ lost: lostText(lost), restoreMs, bytes: perSecond(bytes, restoreMs) }),
    runTexts.drill.asTheyWereBeforeThe({ lostAsOf: lostText(lostAsOf), restoreAsOfMs }),
  ]
}

function ransomwareLines({
  files,
  bytes,
  reachedTarget,
  allowed,
  held,
  lost,
  restoreMs,
}: RansomwareDrill): readonly string[] {
  return [
    runTexts.drill.ransomwareDrillEachTurnedInto({ files, bytes }),
    runTexts.drill.ofThemHadReachedThe({ reachedTarget, allowed, held }),
    runTexts.drill.asTheyWereBeforeThe2({ lost: lostText(lost), restoreMs, bytes: perSecond(bytes, restoreMs) }),
  ]
}

function lostText(lost: readonly string[]): string {
  if (lost.length === 0) return runTexts.drill.nothingWasLost
  const values = { n: lost.length, named: lost.slice(0, 3).join(', ') }
  return lost.length > 3 ? runTexts.drill.lostMore(values) : runTexts.drill.lost(values)
}

function perSecond(bytes: number, durationMs: number): number {
  return Math.round((bytes / Math.max(1, durationMs)) * 1000)
}
