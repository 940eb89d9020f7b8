import { seededRandom } from '../../fakes/host.ts'
import { Violation } from './cells.ts'
import type { History } from './history.ts'
import { drawSpelling, PLAIN_SPELLING, respelled } from './spellings.ts'
import { stepOf, type Step } from './steps.ts'
import { TwoWayWorld, type TwoWayVariant, type Word } from './two-way-world.ts'
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

const PASSES_TO_REST = 12
const WORDS: readonly Word[] = ['keep-local', 'keep-remote', 'keep-both', 'undo', 'undo']
/** A target far away, or under load. */
const SLOW_MS = 4_000

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
  /** Answers about a file against a folder. */
  ways = 0
  answered = 0
  conflicts = 0
}

/** Options of {@link liveTwoWayHistory}. */
export interface TwoWayHistoryOptions extends HistoryOptions {
  readonly variant?: TwoWayVariant
  /** The target may be slow, files unreadable and folders write-protected for a while; somebody answers conflicts and takes answers back. */
  readonly isRough?: true
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
  options: TwoWayHistoryOptions = {},
): Promise<Lived> {
  const random = seededRandom(seed)
  const draw: Draw = (count) => Math.floor(random.next() * count)
  const isRough = options.isRough === true
  const spelling = options.folds === true && draw(2) === 0 ? drawSpelling(draw) : PLAIN_SPELLING
  const latency = isRough && draw(3) === 0 ? { latencyMs: SLOW_MS } : {}
  const steps = words.map((word, index): SidedStep => {
    const step = sidedStepOf(word, index)
    return { ...respelled(step, spelling), isThere: step.isThere }
  })
  const world = new TwoWayWorld({
    mode: 'two-way',
    state: stateFor(steps),
    random,
    settings: {
      ...settingsDrawn(seed, draw),
      remotePollMs: [300_000, 3_600_000, 3_600_000, 3_600_000][draw(4)]!,
    },
    abilities: abilitiesDrawn(draw),
    nameFolding: spelling.folding,
    ...latency,
    ...options,
  })
  const weather = draw(3) === 0 ? 0 : random.next() * 0.25
  const { oracle } = world
  try {
    return await traced(oracle, async () => {
      world.target.faultRate = weather
      await world.start()
      await settleIn(world, draw, (edit) => (draw(3) === 0 ? world.editThere(edit) : world.edit(edit)), spelling.spell)
      for (const step of steps) {
        tally.operations++
        await (isRough ? applyRoughly : applySided)(world, step, draw)
        world.check()
        await world.pass(waitMs(step, draw, 10 * MINUTE_MS))
        if (isRough && draw(3) === 0 && world.answer(WORDS[draw(WORDS.length)]!)) tally.answered++
      }
      await rest(world, seed % 5 > 0)
      tally.conflicts += world.process.store.conflicts.count(FOLDER_ID)
    })
  } finally {
    tally.histories++
    tally.events += world.time.steps
    tally.crashes += world.crashes
    for (const each of Object.keys(oracle.tally) as (keyof typeof oracle.tally)[]) tally[each] += oracle.tally[each]
    for (const count of world.target.faults.values()) tally.faults += count
    world.close()
  }
}

async function applySided(world: TwoWayWorld, step: SidedStep, draw: Draw): Promise<void> {
  if (step.kind === 'edit') return step.isThere ? world.editThere(step.edit) : world.edit(step.edit)
  if (step.kind !== 'swap-root' && step.kind !== 'meddle') return apply(world, step, draw)
}

/** What is locked may also be one file, or closed for writing only. */
async function applyRoughly(world: TwoWayWorld, step: SidedStep, draw: Draw): Promise<void> {
  if (step.kind !== 'lock') return applySided(world, step, draw)
  const { source } = world
  const kinds = [source.locked, source.unreadable, source.writeProtected]
  kinds[draw(kinds.length)]!.add(step.path)
}

/** I7: everything works again; a few passes later there is nothing left to do. */
async function rest(world: TwoWayWorld, approves: boolean): Promise<void> {
  await calm(world)
  for (let pass = 0; ; pass++) {
    const { store } = world.process
    const { queued, running, waiting, held, dead } = store.queue.counts(FOLDER_ID)
    if (pass > PASSES_TO_REST) {
      const left = store.queue
        .list({ folderId: FOLDER_ID, limit: 5 })
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
  const open = store.conflicts.list({ folderId: FOLDER_ID, state: 'unresolved', limit: 1_000 })
  await world.oracle.atRest(new Map(world.known().map((entry) => [entry.path, entry])), open, {
    keptHere: world.writer.keptContents,
    refused: world.refused(),
    problems: store.folders.problems(FOLDER_ID, 1_000),
  })
  world.check()
}
