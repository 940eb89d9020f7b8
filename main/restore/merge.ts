import { comparePaths } from '../../common/paths.ts'

/** Everything known of one path by several sequences; undefined where a sequence has nothing there. */
export interface Merged<T> {
  readonly path: string
  readonly items: readonly (T | undefined)[]
}

interface Placed {
  readonly path: string
}

/**
 * Walks sequences that are each sorted by `comparePaths` side by side. Memory does not grow with
 * their length. Ends the sequences it did not finish.
 */
export async function* mergeByPath<T extends Placed>(
  sequences: readonly (AsyncIterable<T> | Iterable<T>)[],
): AsyncGenerator<Merged<T>> {
  const iterators = sequences.map((sequence) => toIterator(sequence))
  const heads: (T | undefined)[] = []
  try {
    for (const iterator of iterators) heads.push(await nextOf(iterator))
    for (let path = least(heads); path !== undefined; path = least(heads)) {
      const at = path
      yield { path: at, items: heads.map((head) => (head?.path === at ? head : undefined)) }
      for (const [index, head] of heads.entries()) {
        if (head?.path === at) heads[index] = await nextOf(iterators[index]!)
      }
    }
  } finally {
    for (const iterator of iterators) await iterator.return(undefined)
  }
}

/** One item after the other, out of batches. */
export async function* flatten<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch
}

async function* toIterator<T>(sequence: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  yield* sequence
}

async function nextOf<T>(iterator: AsyncIterator<T>): Promise<T | undefined> {
  const step = await iterator.next()
  return step.done === true ? undefined : step.value
}

function least(heads: readonly (Placed | undefined)[]): string | undefined {
  let path: string | undefined
  for (const head of heads) {
    if (head !== undefined && (path === undefined || comparePaths(head.path, path) < 0)) path = head.path
  }
  return path
}
