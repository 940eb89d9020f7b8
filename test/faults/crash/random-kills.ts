import { seededRandom } from '../../fakes/host.ts'
import type { Crash } from './crash-case.ts'
import { writtenBytes } from './program.ts'
import type { StoreSide } from './sides.ts'
import type { CommandOptions, World } from './world.ts'

/** At most so many kills in a row: of a run, then of the recoveries of it. */
const MOST_KILLS = 5

/** How far a run has come, by what shows of it from outside. */
type Measure = 'bytes written' | 'requests' | 'bytes received'

/** What a whole run comes to. */
export type Work = Readonly<Partial<Record<Measure, number>>>

/** What a run did of each, when it was left alone. */
export async function measureWork(world: World, command: readonly string[]): Promise<Work> {
  const start = seen(world)
  let written = 0
  await world.mustRun(command, {
    killWhen: (processId) => {
      written = Math.max(written, writtenBytes(processId))
      return false
    },
  })
  const end = seen(world)
  if (world.side.kind === 'local') return { 'bytes written': written }
  return {
    'bytes written': written,
    requests: end.requests - start.requests,
    'bytes received': end.bytes - start.bytes,
  }
}

/** One to five kills in a row, each at a moment of the work that the seed chooses. */
export function randomCrash(world: World, work: Work, seed: number): Crash {
  const random = seededRandom(seed)
  const pick = (most: number): number => Math.floor(random.next() * most)
  // Mostly one: what a crash leaves is looked at best before the next.
  const count = random.next() < 0.7 ? 1 : 2 + pick(MOST_KILLS - 1)
  const measures = Object.entries(work) as [Measure, number][]
  const chosen = Array.from({ length: count }, () => {
    const [measure, whole] = measures[pick(measures.length)]!
    return { measure, amount: pick(whole) + 1 }
  })
  return {
    name: `seed ${seed}: ${chosen.map(({ measure, amount }) => `${amount} ${measure}`).join(', then ')}`,
    kills: chosen.map((each) => killAfter(world, each)),
  }
}

function killAfter(
  world: World,
  { measure, amount }: { readonly measure: Measure; readonly amount: number },
): CommandOptions {
  let start: Seen | undefined
  return {
    killWhen: (processId) => {
      start ??= seen(world)
      if (measure === 'bytes written') return writtenBytes(processId) >= amount
      const now = seen(world)
      return measure === 'requests' ? now.requests - start.requests >= amount : now.bytes - start.bytes >= amount
    },
  }
}

interface Seen {
  readonly requests: number
  readonly bytes: number
}

function seen({ side }: World): Seen {
  if (side.kind === 'local') return { requests: 0, bytes: 0 }
  const { requests } = (side as StoreSide).server
  return { requests: requests.length, bytes: requests.reduce((sum, { bytesIn }) => sum + bytesIn, 0) }
}
