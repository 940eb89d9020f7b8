import { removeScratch } from '../../restore/scratch.ts'
import { bytesOf, inventoryOf, lostOf, makeDataSet, overwrite } from './data-set.ts'
import type { DrillPlace } from './drill-place.ts'
import { syncOnce, restoreInto, type DrillWork } from './drill-steps.ts'
import { runTexts } from '../run-texts.ts'

/** How a restore drill ended. */
export interface RestoreDrill {
  readonly kind: 'restore'
  readonly ok: boolean
  readonly files: number
  readonly bytes: number
  /** Of the newest state, and of the state before the last change, by the moment. */
  readonly lost: readonly string[]
  readonly lostAsOf: readonly string[]
  readonly backupMs: number
  readonly restoreMs: number
  readonly restoreAsOfMs: number
}

/** A target records when a version ended by the second. */
const SECOND_MS = 1_100
/** One file in so many is changed between the two states. */
const CHANGED_EVERY = 7

/** Backs a folder up twice, destroys it, and brings it back as it was last and as it was before. */
export async function restoreDrill(place: DrillPlace, work: DrillWork): Promise<RestoreDrill> {
  const { clock } = place.host
  const before = await makeDataSet(place.source, work)
  const backupMs = await syncOnce(place, work)
  await clock.sleep(SECOND_MS, work.signal)
  const atMs = clock.now()
  await clock.sleep(SECOND_MS, work.signal)
  const changed = [...before.keys()].filter((_, index) => index % CHANGED_EVERY === 0)
  overwrite(place.source, changed, { seed: `${work.seed} changed`, suffix: '' })
  const after = await inventoryOf(place.source, before.keys())
  await syncOnce(place, work)
  removeScratch(place.source)
  const restoreMs = await restoreInto(place, place.restored(runTexts.restoreDrill.asItWasLast), work)
  const restoreAsOfMs = await restoreInto(place, place.restored(runTexts.restoreDrill.asItWasBefore), { ...work, atMs })
  const lost = lostOf(after, await inventoryOf(place.restored(runTexts.restoreDrill.asItWasLast), after.keys()))
  const lostAsOf = lostOf(before, await inventoryOf(place.restored(runTexts.restoreDrill.asItWasBefore), before.keys()))
  return {
    kind: 'restore',
    ok: lost.length + lostAsOf.length === 0,
    files: after.size,
    bytes: bytesOf(after),
    lost,
    lostAsOf,
    backupMs,
    restoreMs,
    restoreAsOfMs,
  }
}
