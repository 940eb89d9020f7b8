import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureText, histories } from './history.ts'
import { livePlannerHistory, PlannerTally } from './planner-history.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const HISTORIES = Number(process.env['TIDEKEEP_PLANNER_HISTORIES'] ?? 200_000)
const MAX_STEPS = 60

describe(`simulated planning (seed ${SEED})`, () => {
  const tally = new PlannerTally()

  it(`${HISTORIES} random histories keep every promise and come to rest`, { timeout: 600_000 }, async () => {
    const property = fc.asyncProperty(histories(MAX_STEPS), (history) => livePlannerHistory(history, tally))
    const run = await fc.check(property, { seed: SEED, numRuns: HISTORIES })
    if (run.failed) throw new Error(failureText('planner', run.counterexample![0], run.errorInstance))
    console.log(
      `${tally.histories} histories, ${tally.operations} operations, ${tally.crashes} crashes, ${tally.passes} passes, ${tally.planned} actions, ${tally.cells.hit} of 27 state cells, 0 violations`,
    )
  })

  it('every situation of local tree, baseline and target was met', () => {
    expect(tally.cells.missed).toEqual([])
  })
})
