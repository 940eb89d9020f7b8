import { describe, expect, it } from 'vitest'
import type { Failpoint, Step } from '../../workers/failpoint.ts'
import { seededRandom } from '../fakes/host.ts'
import { inLanes } from './crash/matrix.ts'
import { REACHED_BY } from './crash/reached-by.ts'
import { TwoWayPlace } from './crash/two-way-place.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
/**
 * `all`: every failpoint that a run passes, the first, the middle and the last time. A range of these in their order, counted
 * from 1, for a matrix that is run in pieces: `117-150`. Else how many of them, drawn by the seed.
 */
const POINTS = process.env['TIDEKEEP_TWO_WAY_POINTS'] ?? '6'
const LONG = { timeout: 3 * 3_600_000 }
/** Runs that bring both sides to rest, at most. */
const RUNS_TO_REST = 4

/** Steps that nothing else gets to: killed at each time. */
const ONLY_HERE = Object.entries(REACHED_BY).flatMap(([step, reach]) => ('pair' in reach ? [step as Step] : []))
const isOnlyHere = ({ failpoint }: Kill): boolean => ONLY_HERE.some((step) => failpoint.startsWith(`${step}.`))

/** Where one case is killed: in which of the commands, and where in it. */
interface Kill {
  readonly command: number
  readonly failpoint: string
}

function killsOf(passed: readonly ReadonlyMap<Failpoint, number>[]): readonly Kill[] {
  const all = passed.flatMap((counts, command) =>
    [...counts].flatMap(([name, times]) =>
      [...new Set([1, Math.ceil(times / 2), times])].map((nth): Kill => ({ command, failpoint: `${name}:${nth}` })),
    ),
  )
  if (POINTS === 'all') return all
  const range = /^(\d+)-(\d+)$/.exec(POINTS)
  if (range !== null) return all.slice(Number(range[1]) - 1, Number(range[2]))
  const random = seededRandom(SEED)
  const order = all.map((kill) => ({ kill, turn: random.next() })).toSorted((a, b) => a.turn - b.turn)
  const drawn = order.map(({ kill }) => kill).filter((kill) => !isOnlyHere(kill))
  return [...all.filter(isOnlyHere), ...drawn.slice(0, Number(POINTS))]
}

async function violationsOf({ command, failpoint }: Kill): Promise<readonly string[]> {
  const place = await TwoWayPlace.edited()
  try {
    const [sync, resolve] = place.commands as [readonly string[], readonly string[]]
    if (command === 1) await place.run(sync)
    const killed = await place.run(command === 0 ? sync : resolve, failpoint)
    const lost = place.losses()
    for (let run = 0; run < RUNS_TO_REST; run++) {
      await place.run(resolve)
      if (run > 0 && place.flaws().length === 0) break
    }
    const found = [
      ...(killed.wasKilled || !failpoint.endsWith(':1') ? [] : ['was not killed']),
      ...lost.map((loss) => `right after: ${loss}`),
      ...place.losses(),
      ...place.flaws(),
    ]
    return found.map((violation) => `command ${command + 1} at ${failpoint}: ${violation}`)
  } finally {
    place.remove()
  }
}

describe(`the built program in two-way mode, killed at its failpoints (seed ${SEED})`, () => {
  it('loses no version of either side, and ends with both the same and nothing left behind', LONG, async () => {
    const place = await TwoWayPlace.edited()
    let kills: readonly Kill[]
    try {
      kills = killsOf(await place.passed())
      expect([...place.losses(), ...place.flaws()]).toEqual([])
    } finally {
      place.remove()
    }
    const violations = (await inLanes(kills, violationsOf)).flat()
    for (const step of ONLY_HERE)
      expect(kills.filter(({ failpoint }) => failpoint.startsWith(`${step}.`))).not.toEqual([])
    console.log(`killed in two-way mode (seed ${SEED}): ${kills.length} kills, ${violations.length} violations`)
    expect(violations).toEqual([])
    expect(kills.length).toBeGreaterThanOrEqual(POINTS === 'all' ? 60 : 1)
  })
})
