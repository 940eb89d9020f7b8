import type { FolderId } from '../../../common/model.ts'
import { seededRandom } from '../../fakes/host.ts'
import { StateInMemory, StateOnDisk } from '../../fakes/simulated-state.ts'
import { Violation } from './cells.ts'
import type { History } from './history.ts'
import { PATHS, stepOf, type Step } from './steps.ts'
import { TwoWayWorld, type TwoWayVariant } from './two-way-world.ts'

const ID = 'f1' as FolderId
const PASSES_TO_REST = 12
const MINUTE_MS = 60_000

/** What a run of many histories adds up to. */
export class TwoWayTally {
  histories = 0
  operations = 0
  events = 0
  crashes = 0
  faults = 0
  agreed = 0
  fetched = 0
  removedHere = 0
  movedHere = 0
  conflicts = 0
}

/** A step of the history, and the side that a person does it on. */
type SidedStep = Step & { readonly isThere: boolean }

/** The step that a number stands for: half of what is edited is edited at the target. */
export function sidedStepOf(word: number, index: number): SidedStep {
  const step = stepOf(word, index)
  const isThere = (Math.floor(word / 7) ^ index) % 2 === 0
  if (step.kind !== 'meddle') return { ...step, isThere }
  const { path, what } = step.meddling
  const content = `m${String(index).padStart(3, '0')}`
  const edit = what === 'remove' ? ({ kind: 'remove', path } as const) : ({ kind: 'write', path, content } as const)
  return { kind: 'edit', edit, underWay: step.underWay, isThere: true }
}

/** Lives one history through and to its rest; answers a number that every event went into. Throws a Violation. */
export async function liveTwoWayHistory(
  { seed, words }: History,
  tally: TwoWayTally,
  options: { readonly variant?: TwoWayVariant; readonly keepsTrace?: boolean } = {},
): Promise<{ readonly traceHash: number; readonly lines: readonly string[] | undefined }> {
  const random = seededRandom(seed)
  const draw = (count: number): number => Math.floor(random.next() * count)
  const steps = words.map((word, index) => sidedStepOf(word, index))
  const world = new TwoWayWorld({
    state: steps.some(({ kind }) => kind === 'power-cut') ? new StateOnDisk() : new StateInMemory(),
    random,
    settings: {
      ...(seed % 2 === 0 ? { guardFiles: 2, guardPercent: 10 } : { guardFiles: 1_000_000, guardPercent: 100 }),
      concurrency: [0, 1, 2, 4][draw(4)]!,
      remotePollMs: [300_000, 3_600_000, 3_600_000, 3_600_000][draw(4)]!,
    },
    abilities: { directories: true, metadata: draw(3) > 0, batches: draw(2) > 0, checksums: draw(2) > 0 },
    ...options,
  })
  const weather = draw(3) === 0 ? 0 : random.next() * 0.25
  const { oracle } = world
  try {
    world.target.faultRate = weather
    await world.start()
    await settleIn(world, draw)
    for (const step of steps) {
      tally.operations++
      await apply(world, step, draw)
      world.check()
      await world.pass(waitMs(step, draw))
    }
    await rest(world, seed % 5 > 0)
    tally.conflicts += world.process.store.conflicts.count(ID)
    return { traceHash: oracle.traceHash, lines: oracle.lines }
  } catch (error) {
    if (oracle.lines !== undefined && error instanceof Error) error.message += `\n${oracle.lines.join('\n')}`
    throw error
  } finally {
    tally.histories++
    tally.events += world.time.steps
    tally.crashes += world.crashes
    for (const each of Object.keys(oracle.tally) as (keyof typeof oracle.tally)[]) tally[each] += oracle.tally[each]
    for (const count of world.target.faults.values()) tally.faults += count
    world.close()
  }
}

/** Most histories begin with some files that both sides have already. */
async function settleIn(world: TwoWayWorld, draw: (count: number) => number): Promise<void> {
  if (draw(3) === 0) return
  for (let file = draw(8); file > 0; file--) {
    const path = PATHS[draw(PATHS.length)]!
    const edit = { kind: 'write', path, content: `p${String(file).padStart(3, '0')}` } as const
    if (draw(3) === 0) await world.editThere(edit)
    else world.edit(edit)
  }
  world.source.sync()
  await world.pass(20_000)
}

function waitMs(step: Step, draw: (count: number) => number): number {
  if (step.kind === 'wait') return draw(130 * MINUTE_MS)
  if (step.kind === 'edit' && step.underWay) return draw(3)
  const pace = draw(10)
  return pace < 5 ? draw(60) : pace < 9 ? draw(3_000) : draw(10 * MINUTE_MS)
}

async function apply(world: TwoWayWorld, step: SidedStep, draw: (count: number) => number): Promise<void> {
  const { source, target } = world
  switch (step.kind) {
    case 'edit':
      return step.isThere ? world.editThere(step.edit) : world.edit(step.edit)
    case 'look':
      if (step.at === 'everything') void world.process.engine.syncNow()
      else source.sync()
      return
    case 'lock':
      return void source.locked.add(step.path)
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
    case 'unmount':
      return world.mount(source.mount !== 'mounted' ? 'mounted' : draw(2) === 0 ? 'missing' : 'empty')
    case 'outage':
      target.isOut = !target.isOut
      return
    case 'decide':
      return world.decide(step.approve)
    case 'wait':
      return world.options.state.keepCopy()
    case 'swap-root':
    case 'meddle':
      return
  }
}

/** I7: everything works again; a few passes later there is nothing left to do. */
async function rest(world: TwoWayWorld, approves: boolean): Promise<void> {
  const { source, target, oracle } = world
  source.locked.clear()
  source.isBroken = false
  world.mount('mounted')
  target.isOut = false
  target.faultRate = target.brokenListings = 0
  await world.pass(3 * MINUTE_MS)
  for (let pass = 0; ; pass++) {
    const { store } = world.process
    const { queued, running, waiting, held, dead } = store.queue.counts(ID)
    if (pass > PASSES_TO_REST) {
      const left = store.queue
        .list({ folderId: ID, limit: 5 })
        .map(({ action, state, failure }) => `${state} ${action.kind} ${action.path} ${failure?.message}`)
      throw new Violation('I7', `it does not come to rest within ${PASSES_TO_REST} passes: ${left.join('; ')}`)
    }
    if (pass > 0 && world.compared > 0 && world.planned === 0 && queued + running + waiting + held + dead === 0) break
    // Every other time: what failed for good is looked at as such in between.
    if (pass % 2 === 0) store.queue.retry()
    world.decide(approves)
    world.planned = world.compared = 0
    await world.syncNow()
    await world.pass(MINUTE_MS)
    if (world.planned > 0) await world.pass(20 * MINUTE_MS)
  }
  const { store } = world.process
  const open = store.conflicts.list({ folderId: ID, state: 'unresolved', limit: 1_000 })
  await oracle.atRest(world.known(), open, { keptHere: world.writer.kept.values(), refused: world.refused() })
  world.check()
}
