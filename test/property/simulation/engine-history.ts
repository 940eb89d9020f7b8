import type { FolderId, SyncMode } from '../../../common/model.ts'
import { seededRandom } from '../../fakes/host.ts'
import { StateInMemory, StateOnDisk } from '../../fakes/simulated-state.ts'
import { Violation } from './cells.ts'
import { EngineWorld, type EngineVariant } from './engine-world.ts'
import type { History } from './history.ts'
import { drawSpelling, PLAIN_SPELLING, respelled, type Spelling } from './spellings.ts'
import { PATHS, stepOf, type Step } from './steps.ts'

const ID = 'f1' as FolderId
const PASSES_TO_REST = 10
const MINUTE_MS = 60_000

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
export interface EngineHistoryOptions {
  readonly variant?: EngineVariant
  readonly keepsTrace?: boolean
  /** The target takes several names for one, and the histories have such names. */
  readonly folds?: true
}

/** Lives one history through and to its rest; answers a number that every event went into. Throws a Violation. */
export async function liveEngineHistory(
  { seed, words }: History,
  tally: EngineTally,
  options: EngineHistoryOptions = {},
): Promise<{ readonly traceHash: number; readonly lines: readonly string[] | undefined }> {
  const random = seededRandom(seed)
  const draw = (count: number): number => Math.floor(random.next() * count)
  const spelling = options.folds === true ? drawSpelling(draw) : PLAIN_SPELLING
  const steps = words.map((word, index) => respelled(stepOf(word, index), spelling))
  const world = new EngineWorld({
    state: steps.some(({ kind }) => kind === 'power-cut') ? new StateOnDisk() : new StateInMemory(),
    mode: modeOf(seed),
    random,
    settings: {
      ...(seed % 2 === 0 ? { guardFiles: 2, guardPercent: 10 } : { guardFiles: 1_000_000, guardPercent: 100 }),
      concurrency: [0, 1, 2, 4][draw(4)]!,
    },
    abilities: { directories: true, metadata: draw(3) > 0, batches: draw(2) > 0, checksums: draw(2) > 0 },
    nameFolding: spelling.folding,
    ...options,
  })
  const weather = draw(3) === 0 ? 0 : random.next() * 0.25
  const { oracle } = world
  try {
    world.target.faultRate = weather
    await world.start()
    await settleIn(world, draw, spelling)
    for (const step of steps) {
      tally.operations++
      await apply(world, step, draw)
      world.check()
      await world.pass(waitMs(step, draw))
      world.checkStatus()
    }
    await rest(world, seed % 5 > 0)
    return { traceHash: oracle.traceHash, lines: oracle.lines }
  } catch (error) {
    if (oracle.lines !== undefined && error instanceof Error) error.message += `\n${oracle.lines.join('\n')}`
    throw error
  } finally {
    tally.histories++
    tally.events += world.time.steps
    tally.crashes += world.crashes
    tally.acknowledged += oracle.acknowledged
    for (const [fault, count] of world.target.faults) tally.faults.set(fault, (tally.faults.get(fault) ?? 0) + count)
    world.close()
  }
}

/** Most histories begin with some files that are safe already. */
async function settleIn(world: EngineWorld, draw: (count: number) => number, spelling: Spelling): Promise<void> {
  if (draw(3) === 0) return
  for (let file = draw(8); file > 0; file--)
    world.edit({
      kind: 'write',
      path: spelling.spell(PATHS[draw(PATHS.length)]!),
      content: `p${String(file).padStart(3, '0')}`,
    })
  world.source.sync()
  await world.pass(20_000)
}

/** Most things follow on each other's heels. */
function waitMs(step: Step, draw: (count: number) => number): number {
  if (step.kind === 'wait') return draw(130 * MINUTE_MS)
  if (step.kind === 'edit' && step.underWay) return draw(3)
  const pace = draw(10)
  return pace < 5 ? draw(60) : pace < 9 ? draw(3_000) : draw(MINUTE_MS)
}

async function apply(world: EngineWorld, step: Step, draw: (count: number) => number): Promise<void> {
  const { source, target } = world
  switch (step.kind) {
    case 'edit':
      return world.edit(step.edit)
    case 'meddle':
      return world.meddle(step.meddling)
    case 'look':
      if (step.at === 'everything') world.askForSync()
      else source.sync()
      return
    case 'lock':
      return world.lock(step.path)
    case 'unlock':
      return source.locked.clear()
    case 'break-listing':
      if (step.of === 'source') source.isBroken = true
      else target.breakListing()
      return
    case 'crash':
      return draw(3) === 0 ? world.restart(draw(2) === 0) : world.crash('kill')
    case 'power-cut':
    case 'lose-state':
    case 'restore-state':
      return world.crash(step.kind)
    case 'swap-root':
      source.rootInode++
      return
    case 'unmount':
      return world.mount(source.mount !== 'mounted' ? 'mounted' : draw(2) === 0 ? 'missing' : 'empty')
    case 'outage':
      target.isOut = !target.isOut
      return
    case 'decide':
      return world.decide(step.approve)
    case 'wait':
      return world.keepCopyOfState()
  }
}

/** I7, I22: everything works again; a few passes later there is nothing left to do, and the folder says so. */
async function rest(world: EngineWorld, approves: boolean): Promise<void> {
  const { source, target, oracle } = world
  source.locked.clear()
  source.isBroken = false
  world.mount('mounted')
  target.isOut = false
  target.faultRate = target.brokenListings = 0
  // What a dead process sent may arrive until now.
  await world.pass(3 * MINUTE_MS)
  for (let pass = 0; ; pass++) {
    if (pass > PASSES_TO_REST) throw new Violation('I7', `it does not come to rest within ${PASSES_TO_REST} passes`)
    const { store } = world.process
    store.queue.retry()
    world.decide(approves)
    world.planned = world.reconciles = 0
    await world.syncNow()
    await world.pass(MINUTE_MS)
    const { queued, running, waiting, held, dead } = store.queue.counts(ID)
    if (world.reconciles > 0 && world.planned === 0 && queued + running + waiting + held + dead === 0) break
    await world.pass(20 * MINUTE_MS)
  }
  const { store } = world.process
  const known = new Map(world.known().map((entry) => [entry.path, entry]))
  const losers = oracle.atRest(target, known, store.folders.problems(ID, 1_000), new Set(world.refused()))
  await oracle.keptVersions(target)
  world.check()
  const { state, sentence } = world.folder()
  if (state !== (losers > 0 ? 'attention' : 'protected'))
    throw new Violation('I22', `at rest, but the folder is ${state}: ${sentence}`)
  world.checkStatus()
}
