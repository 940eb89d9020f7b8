import { describe, expect, it } from 'vitest'
import { FAILPOINTS, type Failpoint, type Step } from '../../workers/failpoint.ts'
import { seededRandom } from '../fakes/host.ts'
import type { CaseResult } from './crash/crash-case.ts'
import {
  crashAll,
  crashAt,
  crashesAt,
  failuresOf,
  inLanes,
  passedFailpoints,
  STAGES,
  stepsOf,
  summaryOf,
  type Stage,
} from './crash/matrix.ts'
import { crashJob, JOBS } from './crash/own-files.ts'
import { REACHED_BY } from './crash/reached-by.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
/** `all`: every failpoint of every scenario, the first, the middle and the last time. Else how many of them. */
const POINTS = process.env['TIDEKEEP_CRASH_POINTS'] ?? '14'
const IS_ALL = POINTS === 'all'
const LONG = { timeout: 6 * 3_600_000 }

/** The failpoints of a sample, by where they are reached. */
function sample(count: number): ReadonlySet<Failpoint> {
  const random = seededRandom(SEED)
  const order = FAILPOINTS.map((name) => ({ name, turn: random.next() })).toSorted((a, b) => a.turn - b.turn)
  return new Set(order.slice(0, count).map(({ name }) => name))
}

const chosen = IS_ALL ? new Set(FAILPOINTS) : sample(Number(POINTS))
const pointsOf = (steps: readonly Step[]): readonly Failpoint[] =>
  steps.flatMap((step) => [`${step}.before`, `${step}.after`] as const).filter((name) => chosen.has(name))

function stageResults(stage: Stage): Promise<readonly CaseResult[]> {
  if (!IS_ALL) return crashAll(stage, SEED, () => pointsOf(stepsOf(stage)).map((name) => crashAt(name)))
  return crashAll(stage, SEED, async (world) => crashesAt(await passedFailpoints(world, stage.scenario)))
}

describe(`the built program, killed at its failpoints (seed ${SEED})`, () => {
  it('has a scenario for every step that is there', () => {
    const places = STAGES.flatMap(stepsOf)
    const others = Object.values(REACHED_BY).filter((reach) => 'job' in reach || 'pair' in reach)
    expect(places.length + others.length).toBe(Object.keys(REACHED_BY).length)
    expect(new Set(places).size).toBe(places.length)
  })

  it('loses nothing, converges, sends again no more than was on its way and leaves nothing behind', LONG, async () => {
    const stages = STAGES.filter((stage) => IS_ALL || pointsOf(stepsOf(stage)).length > 0)
    const results = (await inLanes(stages, stageResults)).flat()
    console.log(summaryOf('killed at failpoints', SEED, results))
    expect(failuresOf(results)).toEqual([])
    // A crash that did not happen proves nothing. The last time of a failpoint may be one fewer in another run.
    const missed = results.filter(({ kills, name }) => kills === 0 && name.endsWith(':1'))
    expect(missed.map(({ name }) => name)).toEqual([])
    expect(results.length).toBeGreaterThan(IS_ALL ? 500 : 3)
  })

  it('keeps its own files old or new, never half, and damaged ones as they were', LONG, async () => {
    const steps = Object.entries(REACHED_BY) as [Step, (typeof REACHED_BY)[Step]][]
    for (const job of JOBS) {
      for (const name of pointsOf(
        steps.filter(([, reach]) => 'job' in reach && reach.job === job.name).map(([step]) => step),
      )) {
        const { wasKilled, violations } = await crashJob(job, { failpoint: name })
        expect({ name, wasKilled, violations }).toEqual({ name, wasKilled: true, violations: [] })
      }
    }
  })
})
