import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutStacks } from '../../fakes/without-stacks.ts'
import { failureOf, failureText, histories, type History } from './history.ts'
import { livePlannerHistory, PlannerTally } from './planner-history.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const HISTORIES = Number(process.env['TIDEKEEP_PLANNER_HISTORIES'] ?? 200_000)
const MAX_STEPS = 60

describe(`simulated planning (seed ${SEED})`, () => {
  const tally = new PlannerTally()

  it(`${HISTORIES} random histories keep every promise and come to rest`, { timeout: 600_000 }, async () => {
    const live = (history: History): Promise<void> => livePlannerHistory(history, tally)
    const property = fc.asyncProperty(histories(MAX_STEPS), live)
    const run = await withoutStacks(() => fc.check(property, { seed: SEED, numRuns: HISTORIES }))
    if (run.failed) {
      const [history] = run.counterexample!
      throw new Error(failureText('planner', history, (await failureOf(history, live)) ?? run.errorInstance))
    }
    console.log(
      `${tally.histories} histories, ${tally.operations} operations, ${tally.crashes} crashes, ${tally.passes} passes, ${tally.planned} actions, ${tally.cells.hit} of 27 state cells, 0 violations`,
    )
  })

  it('every situation of local tree, baseline and target was met', () => {
    expect(tally.cells.missed).toEqual([])
  })
})
