import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutStacks } from '../../fakes/without-stacks.ts'
import { Violation } from './cells.ts'
import { failureOf, histories, historyOf, parseHistory, type History } from './history.ts'
import { liveTwoWayHistory, sidedStepOf, TwoWayTally, type TwoWayHistoryOptions } from './two-way-history.ts'
import type { TwoWayVariant } from './two-way-world.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const MAX_STEPS = 30
const TWICE = 30
/** Histories in which a fault that was built in must be noticed. */
const TRIES = 2_000

/** What one file lives through. */
export interface TwoWaySuite {
  /** What is special about these histories, as a title goes on. */
  readonly what: string
  /** Added to the seed of the run, so that no two files draw the same histories. */
  readonly seedOffset: number
  readonly count: number
  readonly options: TwoWayHistoryOptions
  /** Histories that ended badly once. */
  readonly replays: readonly (readonly [what: string, history: string])[]
  /** A fault of the engine or of what it stands on, the promises it may break first, and the seed to begin with. */
  readonly faults: readonly (readonly [what: string, variant: TwoWayVariant, promises: RegExp, from: number])[]
}

/** Lives random histories of both sides through, lives some twice, and sees that faults would be noticed. */
export function simulateTwoWay({ what, seedOffset, count, options, replays, faults }: TwoWaySuite): void {
  const seed = SEED + seedOffset
  const wanted = Number(process.env['TIDEKEEP_TWO_WAY_HISTORIES'] ?? count)

  describe(`the simulated engine in two-way mode, ${what} (seed ${seed})`, () => {
    it(
      `keeps every promise in ${wanted} random histories of both sides and comes to rest`,
      { timeout: 1_800_000 },
      async () => {
        const tally = new TwoWayTally()
        const live = async (history: History): Promise<void> => void (await liveTwoWayHistory(history, tally, options))
        const property = fc.asyncProperty(histories(MAX_STEPS), live)
        const run = await withoutStacks(() => fc.check(property, { seed, numRuns: wanted }))
        if (run.failed) {
          const [history] = run.counterexample!
          throw new Error(told(history, (await failureOf(history, live)) ?? run.errorInstance))
        }
        console.log(
          `two-way, ${what} (seed ${seed}): ${tally.histories} histories, ${tally.operations} operations, ${tally.events} events, ${tally.crashes} crashes, ${tally.faults} faults, ${tally.agreed} versions agreed on, ${tally.fetched} replaced, ${tally.removedHere} removed and ${tally.movedHere} renamed here, ${tally.answered} answers (${tally.ways} about a file against a folder), ${tally.conflicts} conflicts left, 0 violations`,
        )
        expect(tally.fetched).toBeGreaterThan(wanted / 20)
        expect(tally.removedHere).toBeGreaterThan(wanted / 20)
        expect(tally.conflicts).toBeGreaterThan(wanted / 20)
        if (options.isRough === true) expect(tally.ways).toBeGreaterThan(wanted / 200)
        if (options.isRough === true) expect(tally.answered).toBeGreaterThan(wanted / 20)
      },
    )

    it('does the same in the same order when a history is lived again', { timeout: 120_000 }, async () => {
      for (const history of fc.sample(histories(MAX_STEPS), { seed, numRuns: TWICE })) {
        const [first, second] = [await traceOf(history, options), await traceOf(history, options)]
        expect(second, `seed ${history.seed}`).toBe(first)
      }
    })

    for (const [name, text] of replays)
      it(name, { timeout: 60_000 }, async () => {
        await liveTwoWayHistory(parseHistory(text), new TwoWayTally(), options)
      })

    it.each(faults)('would be noticed if %s', { timeout: 600_000 }, async (_what, variant, promises, from) => {
      const found = await firstViolation({ ...options, variant }, from)
      expect(found, `nothing was noticed in ${TRIES} histories`).toBeInstanceOf(Violation)
      expect((found as Violation).message).toMatch(promises)
    })
  })
}

async function firstViolation(options: TwoWayHistoryOptions, from: number): Promise<unknown> {
  for (let seed = from; seed < from + TRIES; seed++) {
    try {
      await liveTwoWayHistory(historyOf(seed, MAX_STEPS), new TwoWayTally(), options)
    } catch (error) {
      return error
    }
  }
  return undefined
}

async function traceOf(history: History, options: TwoWayHistoryOptions): Promise<number> {
  return (await liveTwoWayHistory(history, new TwoWayTally(), options)).traceHash
}

function told({ seed, words }: History, error: unknown): string {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const steps = words.map((word, index) => `  ${index + 1}. ${JSON.stringify(sidedStepOf(word, index))}`).join('\n')
  return `${why}\n${steps}\n  again: '${seed}:${words.map((word) => word.toString(36)).join('.')}'`
}
