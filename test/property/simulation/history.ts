import * as fc from 'fast-check'
import { seededRandom } from '../../fakes/host.ts'
import { stepOf, WORDS } from './steps.ts'

/** A history: what happens, as numbers that `stepOf` reads, and the seed of everything that is left to chance in it. */
export interface History {
  readonly seed: number
  readonly words: readonly number[]
}

/** Which of the two simulations a history belongs to. */
export type Simulation = 'planner' | 'engine'

/** Lives a history through; rejects where a promise did not hold. */
export type Live = (history: History) => Promise<void>

/** Evenly drawn histories of up to `maxSteps` steps, which shrink step by step. */
export function histories(maxSteps: number): fc.Arbitrary<History> {
  const words = fc.array(fc.nat({ max: WORDS - 1 }), { maxLength: maxSteps, size: 'max' })
  return fc.noBias(fc.record({ seed: fc.nat(), words }))
}

/** The history with a number, without fast-check: for runs of millions. */
export function historyOf(seed: number, maxSteps: number): History {
  const random = seededRandom(seed ^ 0x5eed)
  const count = Math.floor(random.next() * (maxSteps + 1))
  return { seed, words: Array.from({ length: count }, () => Math.floor(random.next() * WORDS)) }
}

/** Reads what {@link replayCommand} gives after `--replay`. */
export function parseHistory(text: string): History {
  const [seed = '', words = ''] = text.split(':')
  return { seed: Number(seed), words: words === '' ? [] : words.split('.').map((word) => Number.parseInt(word, 36)) }
}

/** One line that lives one history again. */
export function replayCommand(simulation: Simulation, { seed, words }: History): string {
  return `node scripts/simulate.ts ${simulation} --replay ${seed}:${words.map((word) => word.toString(36)).join('.')}`
}

/** What happens in a history, a line for each step. */
export function describeHistory({ words }: History): string {
  return words.map((word, index) => `  ${index + 1}. ${JSON.stringify(stepOf(word, index))}`).join('\n')
}

/** Leaves steps out as long as the history still fails the same way; at most `budget` tries. */
export async function shrink(
  history: History,
  live: Live,
  budget = 2_000,
): Promise<{ readonly history: History; readonly error: unknown }> {
  let error = await failureOf(history, live)
  const kind = kindOf(error)
  let shrunk = history
  let tries = 0
  for (let size = Math.ceil(history.words.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < shrunk.words.length && tries < budget; tries++) {
      const shorter = { seed: shrunk.seed, words: shrunk.words.toSpliced(start, size) }
      const found = await failureOf(shorter, live)
      if (found !== undefined && kindOf(found) === kind) {
        shrunk = shorter
        error = found
      } else start += size
    }
  }
  return { history: shrunk, error }
}

/** How the history fails; undefined where it does not. */
export async function failureOf(history: History, live: Live): Promise<unknown> {
  try {
    await live(history)
    return undefined
  } catch (error) {
    return error ?? new Error('nothing was thrown')
  }
}

/** What a failing history is told as. */
export function failureText(simulation: Simulation, history: History, error: unknown): string {
  const why =
    error instanceof Error && error.name === 'Violation' ? error.message : String((error as Error).stack ?? error)
  return `${why}\n${describeHistory(history)}\n  again: ${replayCommand(simulation, history)}`
}

function kindOf(error: unknown): string {
  const { name, message, invariant } = error as { name?: string; message?: string; invariant?: string }
  return invariant ?? `${name} ${message?.replaceAll(/[^ ]*[/0-9][^ ]*/g, '')}`
}
