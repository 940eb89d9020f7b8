import type { RelPath, SyncMode } from '../../../common/model.ts'
import { isWithin, RESERVED_DIRECTORY } from '../../../common/paths.ts'
import { seededRandom } from '../../fakes/host.ts'
import { StateCells, Violation } from './cells.ts'
import type { History } from './history.ts'
import { PlannerWorld, type PlannerVariant } from './planner-world.ts'
import { stepOf, type Step } from './steps.ts'

/** What a run of many histories adds up to. */
export class PlannerTally {
  histories = 0
  operations = 0
  crashes = 0
  passes = 0
  planned = 0
  readonly cells = new StateCells()
}

const PASSES_TO_REST = 10

/** Lives one history through and to its rest. Throws a Violation. */
export async function livePlannerHistory(
  { seed, words }: History,
  tally: PlannerTally,
  variant: PlannerVariant = {},
): Promise<void> {
  const random = seededRandom(seed)
  const mode: SyncMode = seed % 3 === 0 ? 'backup' : 'mirror'
  const rules = seed % 2 === 0 ? { guardFiles: 2, guardPercent: 10 } : { guardFiles: 1_000_000, guardPercent: 100 }
  const world = new PlannerWorld({ mode, rules, random, cells: tally.cells, variant })
  const underWay: (() => void)[] = []
  const look = async (at: 'hints' | 'everything'): Promise<number> => {
    tally.passes++
    const planned = await world.look(at, () => {
      for (const change of underWay.splice(0)) change()
    })
    tally.planned += planned
    return planned
  }
  await look('everything')
  for (const [index, word] of words.entries()) {
    const step = stepOf(word, index)
    tally.operations++
    if (isCrash(step)) tally.crashes++
    if (step.kind === 'look') await look(step.at)
    else if (isUnderWay(step)) underWay.push(() => apply(world, step))
    else apply(world, step)
  }
  tally.histories++
  await rest(world, look)
  expectConverged(world, mode)
}

/** The process ends, whatever becomes of its state. */
function isCrash({ kind }: Step): boolean {
  return kind === 'crash' || kind === 'power-cut' || kind === 'lose-state' || kind === 'restore-state'
}

function isUnderWay(step: Step): boolean {
  return (step.kind === 'edit' || step.kind === 'meddle') && step.underWay
}

function apply(world: PlannerWorld, step: Step): void {
  switch (step.kind) {
    case 'edit':
      return world.edit(step.edit)
    case 'meddle':
      return world.meddle(step.meddling)
    case 'lock':
      return void world.scanner.locked.add(step.path)
    case 'unlock':
      return world.scanner.locked.clear()
    case 'break-listing':
      if (step.of === 'source') world.scanner.isBroken = true
      else world.isTargetBroken = true
      return
    case 'crash':
    case 'power-cut':
      return world.crash()
    case 'lose-state':
      return world.loseState()
    case 'restore-state':
      return world.restoreState()
    case 'wait':
      return world.keepCopyOfState()
    case 'swap-root':
      world.scanner.rootInode++
      return
    case 'decide':
      return world.decide(step.approve)
    default:
      return
  }
}

/** I7: everything works again; a few passes later there is nothing left to do. */
async function rest(world: PlannerWorld, look: (at: 'everything') => Promise<number>): Promise<void> {
  world.scanner.locked.clear()
  world.scanner.isBroken = world.isTargetBroken = false
  await look('everything')
  for (let pass = 0; pass < PASSES_TO_REST; pass++) {
    world.decide(true)
    if ((await look('everything')) === 0) return
  }
  throw new Violation('I7', `it does not come to rest within ${PASSES_TO_REST} passes`)
}

function expectConverged({ source, target, store }: PlannerWorld, mode: SyncMode): void {
  const { files } = source
  for (const path of source.paths) {
    const found = target.objects.get(path)
    if (found === undefined || found.content !== files.get(path))
      throw new Violation('I7', `the target holds ${found?.content} and not ${files.get(path)}`, path)
    if (store.entries.get(path)?.contentHash !== files.get(path))
      throw new Violation('I22', 'it is not written down', path)
  }
  if (mode === 'backup') return
  for (const [path, { content, isOurs }] of target.objects) {
    if (content === undefined || !isOurs || isWithin(path, RESERVED_DIRECTORY as RelPath)) continue
    if (!files.has(path) && store.entries.has(path))
      throw new Violation('I7', 'what the source lost is still agreed on', path)
  }
}
