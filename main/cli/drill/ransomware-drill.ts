import { readdirSync } from 'node:fs'
import type { RelPath } from '../../../common/model.ts'
import type { FolderView } from '../../../common/protocol.ts'
import { DEFAULT_SETTINGS } from '../../../common/settings.ts'
import type { Application } from '../../application.ts'
import { bytesOf, inventoryOf, lostOf, makeDataSet, overwrite, type Inventory } from './data-set.ts'
import type { DrillPlace } from './drill-place.ts'
import { failed, restoreInto, type DrillWork } from './drill-steps.ts'
import { runTexts } from '../run-texts.ts'

/** How a ransomware drill ended. */
export interface RansomwareDrill {
  readonly kind: 'ransomware'
  readonly ok: boolean
  readonly files: number
  readonly bytes: number
  /** Files whose place at the target the attack had reached when it was held. */
  readonly reachedTarget: number
  /** The most that may. */
  readonly allowed: number
  /** Changes that wait for a person's answer. */
  readonly held: number
  /** Of the moment before the attack, what could not be brought back. */
  readonly lost: readonly string[]
  readonly restoreMs: number
}

const BURST_FILES = 125
const BURST_MS = 1_000
const SECOND_MS = 1_100
const SUFFIX = '.locked'
const LOOK_MS = 250
/** A folder that says the same for so long is done: longer than what changes steadily waits to be looked at. */
const STEADY_MS = 8_000
const LONGEST_MS = 10 * 60_000

/**
 * Lets the running program watch a folder, turns file after file of it into noise and renames it, as
 * fast as an attack would, and looks how much of that reached the target. Then brings back everything
 * as it was at the moment before.
 */
export async function ransomwareDrill(place: DrillPlace, work: DrillWork): Promise<RansomwareDrill> {
  const { clock } = place.host
  const before = await makeDataSet(place.source, work)
  const application = await work.ports.compose(place.host, work.env)
  let held = 0
  let atMs = 0
  try {
    await application.start()
    const added = await application.handlers['folders.add'](
      { path: place.source, target: place.target, mode: 'mirror' },
      { transport: 'direct' },
    )
    work.tell(runTexts.ransomwareDrill.waitingForTheFirstBackup)
    await steady(
      { application, place, work },
      added.id,
      (folder) => folder.state === 'protected' && folder.files === before.size,
      0,
    )
    await clock.sleep(SECOND_MS, work.signal)
    atMs = clock.now()
    await clock.sleep(SECOND_MS, work.signal)
    await attack(place, before, work)
    const after = await steady(
      { application, place, work },
      added.id,
      ({ pendingFiles }) => pendingFiles === 0,
      STEADY_MS,
    )
    held = after.held
  } finally {
    await application.stop({ now: true })
  }
  const reachedTarget = await reached(place, before)
  const directory = place.restored(runTexts.ransomwareDrill.asItWasBeforeThe)
  const restoreMs = await restoreInto(place, directory, { ...work, atMs })
  const lost = lostOf(before, await inventoryOf(directory, before.keys()))
  const { guardFiles, guardPercent } = DEFAULT_SETTINGS
  const allowed = Math.max(guardFiles, Math.ceil((before.size * guardPercent) / 100))
  return {
    kind: 'ransomware',
    // An attack that left no trace was not seen, and proves nothing.
    ok: lost.length === 0 && reachedTarget <= allowed && held + reachedTarget > 0,
    files: before.size,
    bytes: bytesOf(before),
    reachedTarget,
    allowed,
    held,
    lost,
    restoreMs,
  }
}

async function attack(place: DrillPlace, before: Inventory, work: DrillWork): Promise<void> {
  work.tell(runTexts.ransomwareDrill.turningFilesIntoNoise({ size: before.size }))
  const paths = [...before.keys()]
  for (let start = 0; start < paths.length; start += BURST_FILES) {
    const burst = paths.slice(start, start + BURST_FILES)
    overwrite(place.source, burst, { seed: `${work.seed} attack ${start}`, suffix: SUFFIX })
    await place.host.clock.sleep(BURST_MS, work.signal)
  }
}

/** Waits until the folder is as wanted, and stays so. Throws where that does not come about. */
async function steady(
  {
    application,
    place,
    work,
  }: { readonly application: Application; readonly place: DrillPlace; readonly work: DrillWork },
  id: string,
  isWanted: (folder: FolderView) => boolean,
  steadyMs: number,
): Promise<FolderView> {
  const { clock } = place.host
  const startMs = clock.monotonic()
  let sinceMs = startMs
  let said = ''
  for (;;) {
    const folders = await application.handlers['folders.list']({}, { transport: 'direct' })
    const folder = folders.find((each) => each.id === id)
    if (folder === undefined) throw failed(runTexts.ransomwareDrill.theFolderOfTheDrill, undefined)
    const says = JSON.stringify([folder.state, folder.files, folder.pendingFiles, folder.held])
    if (says !== said) [said, sinceMs] = [says, clock.monotonic()]
    if (isWanted(folder) && clock.monotonic() - sinceMs >= steadyMs) return folder
    if (clock.monotonic() - startMs > LONGEST_MS)
      throw failed(runTexts.ransomwareDrill.theDrillDidNotCome, folder.sentence)
    await clock.sleep(LOOK_MS, work.signal)
  }
}

/** Places at the target that the attack got to: a version that is no longer there, or a name of its own. */
async function reached(place: DrillPlace, before: Inventory): Promise<number> {
  const replaced = lostOf(before, await inventoryOf(place.target, before.keys()))
  const names = readdirSync(place.target, { recursive: true, encoding: 'utf8' })
  const named = names.filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.tidekeep'))
  const places = new Set<string>([...replaced, ...named.map((name) => name.slice(0, -SUFFIX.length) as RelPath)])
  return places.size
}
