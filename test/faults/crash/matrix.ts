import { join } from 'node:path'
import type { Failpoint, Step } from '../../../workers/failpoint.ts'
import { crashOnce, renew, type CaseResult, type Crash } from './crash-case.ts'
import { loggedFailpoints } from './program.ts'
import { REACHED_BY } from './reached-by.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { localSide, storeSide, type Side } from './sides.ts'
import { World } from './world.ts'

/** A scenario at one kind of target, and the crashes it is to go through. */
export interface Stage {
  readonly scenario: Scenario
  readonly side: Side['kind']
}

/** Every scenario at every target it has. */
export const STAGES: readonly Stage[] = SCENARIOS.flatMap((scenario) =>
  scenario.sides.map((side) => ({ scenario, side })),
)

/** A fresh world; close it. */
export async function openWorld(side: Side['kind'], seed: number): Promise<World> {
  const store = side === 's3' ? await storeSide() : undefined
  return new World((base) => store ?? localSide(join(base, 'target')), seed)
}

/** How often each failpoint is passed in a scenario when nothing is killed. */
export async function passedFailpoints(world: World, scenario: Scenario): Promise<ReadonlyMap<Failpoint, number>> {
  await begin(world, scenario)
  const counts = new Map<Failpoint, number>()
  for (const command of scenario.commands(world)) {
    const ran = await world.run(command, { failpoint: 'log' })
    for (const name of loggedFailpoints(ran) as readonly Failpoint[]) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  world.forget()
  return counts
}

/** Up to where a scenario begins to be run. */
export async function begin(world: World, scenario: Scenario): Promise<void> {
  if (scenario.world === 'new') world.reset()
  else await renew(world)
  await scenario.prepare(world)
}

/** A kill at one failpoint. */
export function crashAt(name: Failpoint, nth = 1): Crash {
  return { name: `${name}:${nth}`, kills: [{ failpoint: `${name}:${nth}` }] }
}

/** The first, the middle and the last time of each. */
export function crashesAt(passed: ReadonlyMap<Failpoint, number>): readonly Crash[] {
  return [...passed].flatMap(([name, times]) =>
    [...new Set([1, Math.ceil(times / 2), times])].map((nth) => crashAt(name, nth)),
  )
}

/** The steps that the table says are reached here. */
export function stepsOf({ scenario, side }: Stage): readonly Step[] {
  return (Object.keys(REACHED_BY) as Step[]).filter((step) => {
    const reach = REACHED_BY[step]
    return 'scenario' in reach && reach.scenario === scenario.name && reach.side === side
  })
}

/** Crashes one after the other in one world, and what came of each. */
export async function crashAll(
  { scenario, side }: Stage,
  seed: number,
  crashes: (world: World) => readonly Crash[] | Promise<readonly Crash[]>,
): Promise<readonly CaseResult[]> {
  const world = await openWorld(side, seed)
  const results: CaseResult[] = []
  try {
    for (const crash of await crashes(world)) results.push(await crashOnce(world, scenario, crash))
    return results
  } finally {
    await world.close()
  }
}

/** Runs pieces of work two at a time: as many as there are cores. */
export async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const waiting = [...items.entries()]
  const results: R[] = []
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await work(next[1])
  }
  await Promise.all([lane(), lane()])
  return results
}

/** One line for a person: how many, how bad, how long. */
export function summaryOf(name: string, seed: number, results: readonly CaseResult[]): string {
  const times = results.map(({ recoveryMs }) => recoveryMs).toSorted((a, b) => a - b)
  const at = (share: number): string => ((times[Math.floor(times.length * share)] ?? 0) / 1000).toFixed(2)
  const kills = results.reduce((sum, result) => sum + result.kills, 0)
  const violations = results.filter((result) => result.violations.length > 0).length
  const parts = Math.max(0, ...results.map(({ partsAgain }) => partsAgain))
  const passes = Math.max(0, ...results.map((result) => result.passes))
  return `${name} (seed ${seed}): ${results.length} cases, ${kills} kills, ${violations} violations, at most ${parts} parts sent again and ${passes} passes, recovery p50 ${at(0.5)} s p95 ${at(0.95)} s`
}

/** What failed, for an assertion that shows it. */
export function failuresOf(results: readonly CaseResult[]): readonly string[] {
  return results.flatMap(({ name, violations }) => violations.map((violation) => `${name}: ${violation}`))
}
