import type { RelPath } from '../../../common/model.ts'
import type { Settings } from '../../../common/settings.ts'
import type { Edit } from '../../fakes/model-source.ts'
import { StateInMemory, StateOnDisk, type SimulatedState } from '../../fakes/simulated-state.ts'
import type { TargetClient } from '../../fakes/simulated-target.ts'
import { PATHS, type Step } from './steps.ts'
import type { SimulatedWorld, WorldOptions } from './world.ts'

export const MINUTE_MS = 60_000

/** A whole number below `count`, drawn from what a history leaves to chance. */
export type Draw = (count: number) => number

type AnyWorld = SimulatedWorld<WorldOptions>

/** Options of every kind of history. */
export interface HistoryOptions {
  readonly keepsTrace?: boolean
  /** The target takes several names for one, and the histories have such names. */
  readonly folds?: true
  /** The target holds objects, as a bucket does. */
  readonly isFlat?: true
}

/** What a history came to. */
export interface Lived {
  /** Every event went into it. */
  readonly traceHash: number
  readonly lines: readonly string[] | undefined
}

/** Lives a history through; what it throws tells the trace as well, where one is kept. */
export async function traced(oracle: Lived, live: () => Promise<void>): Promise<Lived> {
  try {
    await live()
    return { traceHash: oracle.traceHash, lines: oracle.lines }
  } catch (error) {
    if (oracle.lines !== undefined && error instanceof Error) error.message += `\n${oracle.lines.join('\n')}`
    throw error
  }
}

/** Only a history with a power cut needs state that can lose its end. */
export function stateFor(steps: readonly Step[]): SimulatedState {
  return steps.some(({ kind }) => kind === 'power-cut') ? new StateOnDisk() : new StateInMemory()
}

/** Every other history has a guard that minds a few files, and any number of hands. */
export function settingsDrawn(seed: number, draw: Draw): Partial<Settings> {
  return {
    ...(seed % 2 === 0 ? { guardFiles: 2, guardPercent: 10 } : { guardFiles: 1_000_000, guardPercent: 100 }),
    concurrency: [0, 1, 2, 4][draw(4)]!,
  }
}

export function abilitiesDrawn(draw: Draw): TargetClient['abilities'] {
  return { directories: true, metadata: draw(3) > 0, batches: draw(2) > 0, checksums: draw(2) > 0 }
}

/** Most histories begin with some files that are safe already. */
export async function settleIn(
  world: AnyWorld,
  draw: Draw,
  write: (edit: Edit & { readonly kind: 'write' }) => void | Promise<void>,
  spell: (path: RelPath) => RelPath = (path) => path,
): Promise<void> {
  if (draw(3) === 0) return
  for (let file = draw(8); file > 0; file--) {
    const path = spell(PATHS[draw(PATHS.length)]!)
    await write({ kind: 'write', path, content: `p${String(file).padStart(3, '0')}` })
  }
  world.source.sync()
  await world.pass(20_000)
}

/** How long until the next step: most things follow on each other's heels, a few wait up to `longMs`. */
export function waitMs(step: Step, draw: Draw, longMs: number): number {
  if (step.kind === 'wait') return draw(130 * MINUTE_MS)
  if (step.kind === 'edit' && step.underWay) return draw(3)
  const pace = draw(10)
  return pace < 5 ? draw(60) : pace < 9 ? draw(3_000) : draw(longMs)
}

/** Steps that every world has; edits and what others do are for the world itself. */
export async function apply(world: AnyWorld, step: Step, draw: Draw): Promise<void> {
  const { source, target } = world
  switch (step.kind) {
    case 'look':
      if (step.at === 'everything') world.askForSync()
      else source.sync()
      return
    case 'lock':
      return world.lock(step.path)
    case 'unlock':
      return source.unlock()
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
      return world.keepCopyOfState()
    case 'edit':
    case 'meddle':
    case 'swap-root':
      throw new Error(`a ${step.kind} is for the world itself`)
  }
}

/** Everything works again, and what a dead process sent has arrived. */
export async function calm(world: AnyWorld): Promise<void> {
  const { source, target } = world
  source.unlock()
  source.isBroken = false
  world.mount('mounted')
  target.isOut = false
  target.faultRate = target.brokenListings = 0
  await world.pass(3 * MINUTE_MS)
}
