import type { SyncMode } from '../../../common/model.ts'
import { seededRandom } from '../../fakes/host.ts'
import { Violation } from './cells.ts'
import { EngineWorld, type EngineVariant } from './engine-world.ts'
import type { History } from './history.ts'
import { drawSpelling, PLAIN_SPELLING, respelled } from './spellings.ts'
import { stepOf, type Step } from './steps.ts'
import {
  abilitiesDrawn,
  apply,
  calm,
  MINUTE_MS,
  settingsDrawn,
  settleIn,
  stateFor,
  traced,
  waitMs,
  type Draw,
  type HistoryOptions,
  type Lived,
} from './world-history.ts'
import { FOLDER_ID } from './world.ts'

const PASSES_TO_REST = 10

/** A third of all seeds are for backup mode. */
export function modeOf(seed: number): SyncMode {
  return seed % 3 === 0 ? 'backup' : 'mirror'
}

/** A seed for the mode, made of any other. */
export function seedFor(mode: SyncMode, seed: number): number {
  const base = Math.floor(seed / 4) * 3
  return mode === 'backup' ? base : base + 1 + (seed % 2)
}

/** What a run of many histories adds up to. */
export class EngineTally {
  histories = 0
  operations = 0
  events = 0
  crashes = 0
  acknowledged = 0
  readonly faults = new Map<string, number>()

  get faultCount(): number {
    return [...this.faults.values()].reduce((sum, count) => sum + count, 0)
  }
}

/** Options of {@link liveEngineHistory}. */
export interface EngineHistoryOptions extends HistoryOptions {
  readonly variant?: EngineVariant
}

/** Lives one history through and to its rest; answers a number that every event went into. Throws a Violation. */
export async function liveEngineHistory(
  { seed, words }: History,
  tally: EngineTally,
  options: EngineHistoryOptions = {},
): Promise<Lived> {
  const random = seededRandom(seed)
  const draw: Draw = (count) => Math.floor(random.next() * count)
  const spelling = options.folds === true ? drawSpelling(draw) : PLAIN_SPELLING
  const steps = words.map((word, index) => respelled(stepOf(word, index), spelling))
  const world = new EngineWorld({
    state: stateFor(steps),
    mode: modeOf(seed),
    random,
    settings: settingsDrawn(seed, draw),
    abilities: abilitiesDrawn(draw),
    nameFolding: spelling.folding,
    ...options,
  })
  const weather = draw(3) === 0 ? 0 : random.next() * 0.25
  const { oracle } = world
  try {
    return await traced(oracle, async () => {
      world.target.faultRate = weather
      await world.start()
      await settleIn(world, draw, (edit) => world.edit(edit), spelling.spell)
      for (const step of steps) {
        tally.operations++
        await applyEngine(world, step, draw)
        world.check()
        await world.pass(waitMs(step, draw, MINUTE_MS))
        world.checkStatus()
      }
      await rest(world, seed % 5 > 0)
    })
  } finally {
    tally.histories++
    tally.events += world.time.steps
    tally.crashes += world.crashes
    tally.acknowledged += oracle.acknowledged
    for (const [fault, count] of world.target.faults) tally.faults.set(fault, (tally.faults.get(fault) ?? 0) + count)
    world.close()
  }
}

async function applyEngine(world: EngineWorld, step: Step, draw: Draw): Promise<void> {
  switch (step.kind) {
    case 'edit':
      return world.edit(step.edit)
    case 'meddle':
      return world.meddle(step.meddling)
    case 'swap-root':
      return world.swapRoot()
    default:
      return apply(world, step, draw)
  }
}

/** I7, I22: everything works again; a few passes later there is nothing left to do, and the folder says so. */
async function rest(world: EngineWorld, approves: boolean): Promise<void> {
  const { target, oracle } = world
  await calm(world)
  for (let pass = 0; ; pass++) {
    if (pass > PASSES_TO_REST) throw new Violation('I7', `it does not come to rest within ${PASSES_TO_REST} passes`)
    const { store } = world.process
    // Every other time: what failed for good is looked at as such in between.
    if (pass % 2 === 0) store.queue.retry()
    world.decide(approves)
    world.planned = world.reconciles = 0
    await world.syncNow()
    await world.pass(MINUTE_MS)
    const { queued, running, waiting, held, dead } = store.queue.counts(FOLDER_ID)
    if (world.reconciles > 0 && world.planned === 0 && queued + running + waiting + held + dead === 0) break
    await world.pass(20 * MINUTE_MS)
  }
  const { store } = world.process
  const known = new Map(world.known().map((entry) => [entry.path, entry]))
  const losers = oracle.atRest(target, known, store.folders.problems(FOLDER_ID, 1_000), world.refused())
  await oracle.keptVersions(target)
  world.check()
  const { state, sentence } = world.folder()
  if (state !== (losers > 0 ? 'attention' : 'protected'))
    throw new Violation('I22', `at rest, but the folder is ${state}: ${sentence}`)
  world.checkStatus()
}
