import { TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { DEFAULT_SETTINGS } from '../../../common/settings.ts'
import { asOf } from '../../restore/as-of.ts'
import { openLocalDestination } from '../../restore/local-destination.ts'
import { restore } from '../../restore/restore.ts'
import type { Environment, Ports } from '../ports.ts'
import type { DrillPlace } from './drill-place.ts'
import { runTexts } from '../run-texts.ts'

/** What every drill is given. */
export interface DrillWork {
  readonly ports: Pick<Ports, 'runOnce' | 'openTarget' | 'compose'>
  readonly env: Environment
  readonly files: number
  readonly seed: string
  readonly signal: AbortSignal
  /** What goes on, for whoever watches. */
  readonly tell: (sentence: string) => void
}

/** One pass of the program over the place, as `tidekeep sync` makes it. Answers how long it took. */
export async function syncOnce(place: DrillPlace, { ports, signal, tell }: DrillWork): Promise<number> {
  const { clock } = place.host
  const startMs = clock.monotonic()
  tell(runTexts.drillSteps.backingUp)
  const { guardPercent, deltaThreshold, blockSize, keepDays } = DEFAULT_SETTINGS
  const summary = await ports.runOnce(place.host, {
    source: place.source,
    target: place.target,
    mode: 'mirror',
    dryRun: false,
    concurrency: 0,
    ignore: [],
    include: [],
    bandwidthLimit: 0,
    // The drill changes more at once than a person would.
    guardFiles: Number.MAX_SAFE_INTEGER,
    guardPercent,
    deltaThreshold,
    blockSize,
    keepDays,
    s3: {},
    stop: signal,
    kill: signal,
    onEvent: () => undefined,
  })
  if (!summary.ok) throw failed(runTexts.drillSteps.theBackupOfTheDrill, summary.failures[0]?.message)
  return Math.round(clock.monotonic() - startMs)
}

/** Brings everything back as another computer would: by what the target says alone. Answers how long it took. */
export async function restoreInto(
  place: DrillPlace,
  directory: string,
  { ports, signal, tell, atMs }: DrillWork & { readonly atMs?: number },
): Promise<number> {
  const { host } = place
  tell(atMs === undefined ? runTexts.drillSteps.restoring : runTexts.drillSteps.restoringAsItWasBefore)
  const opened = await ports.openTarget(host, place.target, { s3: {}, used: false })
  const destination = openLocalDestination(directory)
  const startMs = host.clock.monotonic()
  const path = '' as RelPath
  try {
    await restore({
      provider: opened.target,
      destination,
      path,
      ...(atMs === undefined ? {} : { selected: () => asOf({ provider: opened.target, path, atMs, signal }) }),
      dryRun: false,
      overwrite: false,
      clock: host.clock,
      stop: signal,
      kill: signal,
      onEvent: () => undefined,
    })
    signal.throwIfAborted()
    return Math.round(host.clock.monotonic() - startMs)
  } finally {
    await destination.close()
    await opened.close()
  }
}

/** The drill itself could not be carried out. */
export function failed(what: string, why: string | undefined): TidekeepError {
  return new TidekeepError({
    code: 'internal',
    message:
      why === undefined
        ? runTexts.drillSteps.failed({ what })
        : runTexts.drillSteps.failedWhy({ what, why: why.replace(/\.$/, '') }),
    fix: runTexts.drillSteps.failedFix,
  })
}
