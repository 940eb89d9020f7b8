import { comparePaths, isWithin, ROOT_PATH } from '../../../common/paths.ts'
import type { Entry, RelPath } from '../../../common/model.ts'
import type { TargetChange, TargetProvider } from '../provider.ts'
import {
  aborted,
  ANY,
  at,
  list,
  must,
  mustFail,
  pattern,
  store,
  type Again,
  type Check,
  type CheckContext,
} from './check.ts'

/** More than a page holds of the test servers that have small ones. */
const MANY = 120

/** What a reader knows who listed everything once, and was told the rest. */
class Reader {
  readonly #context: CheckContext
  readonly #provider: TargetProvider
  #known = new Map<RelPath, Entry>()

  constructor(context: CheckContext, provider: TargetProvider = context.provider) {
    this.#context = context
    this.#provider = provider
  }

  async list(): Promise<void> {
    const { area, signal } = this.#context
    this.#known = new Map()
    for await (const page of this.#provider.list(ROOT_PATH, { signal, follow: true }))
      for (const entry of page) if (isBelow(entry.path, area)) this.#known.set(entry.path, entry)
  }

  /** What the target tells, of the area of this check. */
  async hear(): Promise<readonly TargetChange[]> {
    const { area, signal } = this.#context
    const told = await this.#provider.features.changes!({ signal })
    must(told !== 'unknown', 'It does not tell what changed although it was listed to the end before.')
    const changes = told.filter(({ path }) => isBelow(path, area))
    must(new Set(changes.map(({ path }) => path)).size === changes.length, 'It tells of one path twice.')
    for (const { path, entry } of changes) {
      if (entry === undefined) this.#known.delete(path)
      else this.#known.set(path, entry)
    }
    return changes
  }

  /** What is known by now has to be what a listing of nothing but the area finds. */
  async mustKnowAll(): Promise<void> {
    const found = (await list(this.#context)).map(line)
    const known = [...this.#known.values()].toSorted((a, b) => comparePaths(a.path, b.path)).map(line)
    const missing = found.filter((each) => !known.includes(each))
    const extra = known.filter((each) => !found.includes(each))
    must(missing.length === 0, `It did not tell of ${missing.join(', ')}.`)
    must(extra.length === 0, `It did not tell that these are gone: ${extra.join(', ')}.`)
  }
}

/** As a listing of the area tells: what is in it, and not itself. */
function isBelow(path: RelPath, area: RelPath): boolean {
  return path !== area && isWithin(path, area)
}

function line({ path, kind, size, etag }: Entry): string {
  return [path, kind, size, etag ?? ''].join(' ')
}

/** Lists, changes something, hears, and compares. */
function heard(setUp: Step, change: Step): Check['run'] {
  return async (context) => {
    await setUp(context)
    const reader = new Reader(context)
    await reader.list()
    await change(context)
    await reader.hear()
    await reader.mustKnowAll()
  }
}

type Step = (context: CheckContext) => Promise<unknown>

const FOLDER = ['docs/one', 'docs/deep/two', 'docs/deep/deeper/three', 'beside'] as const

async function makeFolder(context: CheckContext): Promise<void> {
  for (const name of FOLDER) await store(context, name, pattern(20))
}

async function move(context: CheckContext, from: string, to: string): Promise<void> {
  const { provider, signal } = context
  await provider.features.move!(at(context, from), at(context, to), { expect: ANY, signal })
}

/** With everything below it, deepest first. */
async function removeFolder(context: CheckContext, name: string): Promise<void> {
  const { provider, signal } = context
  const below = await list(context, name)
  for (const { path } of below.toReversed()) await provider.remove(path, { expect: ANY, signal })
  await provider.remove(at(context, name), { expect: ANY, signal })
}

function again({ again: given }: CheckContext): Again {
  must(given !== undefined, 'The check was not told how to open the target again.')
  return given
}

/** What a target that tells of its changes has to do: whoever listed it once and listens from then on knows what a listing would tell. */
export const CHANGE_CHECKS: readonly Check[] = [
  {
    name: 'tells nothing where nothing changed',
    needs: ['changes'],
    run: async (context) => {
      await makeFolder(context)
      const reader = new Reader(context)
      await reader.list()
      await reader.hear()
      const changes = await reader.hear()
      must(changes.length === 0, `It tells of ${changes.map(({ path }) => path).join(', ')}.`)
    },
  },
  {
    name: 'tells of files that were put, replaced and removed',
    needs: ['changes'],
    run: heard(makeFolder, async (context) => {
      await store(context, 'docs/new', pattern(5))
      await store(context, 'docs/one', pattern(40, 7), { expect: ANY })
      await context.provider.remove(at(context, 'docs/deep/two'), { expect: ANY, signal: context.signal })
    }),
  },
  {
    name: 'tells the last word on a file that changed twice',
    needs: ['changes'],
    run: heard(makeFolder, async (context) => {
      const { provider, signal } = context
      await store(context, 'beside', pattern(30, 2), { expect: ANY })
      await store(context, 'beside', pattern(31, 3), { expect: ANY })
      await store(context, 'passing', pattern(5))
      await provider.remove(at(context, 'passing'), { expect: ANY, signal })
      await provider.remove(at(context, 'docs/one'), { expect: ANY, signal })
      await store(context, 'docs/one', pattern(9, 4))
    }),
  },
  {
    name: 'tells of a file that moved, where it was and where it is',
    needs: ['changes', 'move'],
    run: heard(makeFolder, (context) => move(context, 'docs/one', 'elsewhere/first')),
  },
  {
    name: 'tells of everything in a folder that moved',
    needs: ['changes', 'move', 'makeDirectory'],
    run: heard(makeFolder, (context) => move(context, 'docs', 'papers')),
  },
  {
    name: 'tells of everything that went with a folder',
    needs: ['changes'],
    run: heard(makeFolder, (context) => removeFolder(context, 'docs')),
  },
  {
    name: 'tells of more changes than a page holds',
    needs: ['changes'],
    run: heard(makeFolder, async (context) => {
      for (let start = 0; start < MANY; start += 24) {
        const names = Array.from({ length: 24 }, (_, number) => `many/${start + number}`)
        await Promise.all(names.map((name) => store(context, name, pattern(3))))
      }
    }),
  },
  {
    name: 'tells again what a look that failed did not tell',
    needs: ['changes'],
    run: async (context) => {
      await makeFolder(context)
      const reader = new Reader(context)
      await reader.list()
      await store(context, 'docs/new', pattern(5))
      const failing = context.provider.features.changes!({ signal: aborted() })
      await mustFail(failing, ['cancelled'], 'A look that was cancelled before it began')
      await reader.hear()
      await reader.mustKnowAll()
    },
  },
  {
    name: 'does not claim to know what changed before it was listed',
    needs: ['changes', 'again'],
    run: async (context) => {
      await makeFolder(context)
      const told = await again(context).restarted().features.changes!({ signal: context.signal })
      must(told === 'unknown', 'It tells of changes although it was never listed.')
    },
  },
  {
    name: 'tells of what others did',
    needs: ['changes', 'again'],
    run: heard(makeFolder, async (context) => {
      const { area, signal } = context
      const others: CheckContext = { provider: again(context).elsewhere(), area, signal }
      await store(others, 'docs/theirs', pattern(8))
      await store(others, 'beside', pattern(41, 5), { expect: ANY })
      await removeFolder(others, 'docs/deep')
    }),
  },
  {
    name: 'goes on after a restart where it was',
    needs: ['changes', 'again'],
    run: async (context) => {
      await makeFolder(context)
      await new Reader(context).list()
      await store(context, 'docs/while it was closed', pattern(6))
      await removeFolder(context, 'docs/deep')
      const reader = new Reader(context, again(context).restarted())
      await reader.list()
      await reader.mustKnowAll()
      await store(context, 'docs/afterwards', pattern(7))
      await reader.hear()
      await reader.mustKnowAll()
    },
  },
  {
    name: 'lists everything anew once its place among the changes is lost',
    needs: ['changes', 'again'],
    run: async (context) => {
      await makeFolder(context)
      const reader = new Reader(context)
      await reader.list()
      await store(context, 'docs/unheard of', pattern(6))
      await removeFolder(context, 'docs/deep')
      again(context).losePlace()
      const told = await context.provider.features.changes!({ signal: context.signal })
      must(told === 'unknown', 'It tells of changes although its place among them is lost.')
      await reader.list()
      await reader.mustKnowAll()
      await store(context, 'docs/afterwards', pattern(7))
      await reader.hear()
      await reader.mustKnowAll()
    },
  },
]
