import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SyncMode } from '../../../common/model.ts'
import { withoutStacks } from '../../fakes/without-stacks.ts'
import { EngineTally, liveEngineHistory, modeOf, seedFor, type EngineHistoryOptions } from './engine-history.ts'
import { failureOf, failureText, histories, type History } from './history.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const MAX_STEPS = 40
/** So many histories are lived twice. */
const TWICE = 30

/** Lives `count` random histories of the whole engine through, in one mode of syncing. `what`: as the title goes on, where they are special. */
export function simulateEngine(
  mode: SyncMode,
  count: number,
  { what = '', ...options }: EngineHistoryOptions & { readonly what?: string } = {},
): void {
  const wanted = Number(process.env['TIDEKEEP_ENGINE_HISTORIES'] ?? count)
  const drawn = histories(MAX_STEPS).map(({ seed, words }): History => ({ seed: seedFor(mode, seed), words }))

  describe(`the simulated engine in ${mode} mode${what} (seed ${SEED})`, () => {
    it(`keeps every promise in ${wanted} random histories and comes to rest`, { timeout: 900_000 }, async () => {
      const tally = new EngineTally()
      const live = async (history: History): Promise<void> => void (await liveEngineHistory(history, tally, options))
      const property = fc.asyncProperty(drawn, live)
      const run = await withoutStacks(() => fc.check(property, { seed: SEED, numRuns: wanted }))
      if (run.failed) {
        const [history] = run.counterexample!
        throw new Error(failureText('engine', history, (await failureOf(history, live)) ?? run.errorInstance))
      }
      console.log(
        `${mode}${what}: ${tally.histories} histories, ${tally.operations} operations, ${tally.events} events, ${tally.crashes} crashes, ${tally.faultCount} faults, ${tally.acknowledged} versions safe, 0 violations`,
      )
    })

    it('does the same in the same order when a history is lived again', { timeout: 120_000 }, async () => {
      for (const history of fc.sample(drawn, { seed: SEED, numRuns: TWICE })) {
        expect(modeOf(history.seed)).toBe(mode)
        const [first, second] = [await traceOf(history, options), await traceOf(history, options)]
        expect(second, `seed ${history.seed}`).toBe(first)
      }
    })
  })
}

async function traceOf(history: History, options: EngineHistoryOptions): Promise<number> {
  return (await liveEngineHistory(history, new EngineTally(), options)).traceHash
}
