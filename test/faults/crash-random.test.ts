import { describe, expect, it } from 'vitest'
import { crashOnce, type CaseResult } from './crash/crash-case.ts'
import { begin, failuresOf, inLanes, openWorld, STAGES, summaryOf, type Stage } from './crash/matrix.ts'
import { measureWork, randomCrash } from './crash/random-kills.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const CRASHES = Number(process.env['TIDEKEEP_CRASHES'] ?? 8)
/** Crashes in a world, before the next scenario has its turn. */
const ROUND = 20
const LONG = { timeout: 6 * 3_600_000 }
const CHOSEN = ['first backup', 'edits', 'deletes and moves', 'edits in segments', 'an upload that was overtaken']

/** The scenarios in turn, each with its share of the crashes. */
function rounds(): readonly { readonly stage: Stage; readonly seed: number; readonly count: number }[] {
  const stages = STAGES.filter(({ scenario }) => CHOSEN.includes(scenario.name)).slice(0, CRASHES)
  const perRound = Math.min(ROUND, Math.ceil(CRASHES / stages.length))
  return Array.from({ length: Math.ceil(CRASHES / perRound) }, (_, number) => ({
    stage: stages[number % stages.length]!,
    seed: SEED + number * ROUND,
    count: perRound,
  }))
}

async function roundResults({ stage, seed, count }: ReturnType<typeof rounds>[number]): Promise<readonly CaseResult[]> {
  const world = await openWorld(stage.side, seed)
  try {
    await begin(world, stage.scenario)
    const work = await measureWork(world, stage.scenario.commands(world)[0]!)
    const results: CaseResult[] = []
    for (let number = 0; number < count; number++)
      results.push(await crashOnce(world, stage.scenario, randomCrash(world, work, seed + number)))
    return results
  } finally {
    await world.close()
  }
}

describe(`the built program, killed at any moment, up to five times in a row (seed ${SEED})`, () => {
  it('loses nothing, converges, sends again no more than was on its way and leaves nothing behind', LONG, async () => {
    const results = (await inLanes(rounds(), roundResults)).flat()
    console.log(summaryOf('killed at random', SEED, results))
    expect(failuresOf(results)).toEqual([])
    expect(results.filter(({ kills }) => kills > 0).length).toBeGreaterThan(results.length / 2)
  })
})
