import type { Precondition } from '../../../common/model.ts'
import {
  ANY,
  at,
  isThere,
  must,
  mustFail,
  mustHold,
  pattern,
  stat,
  store,
  storeBatch,
  MTIME_NS,
  type Check,
  type CheckContext,
} from './check.ts'

const REFUSED = ['precondition-failed'] as const

function etagOf({ etag }: { readonly etag?: string }): Precondition {
  must(etag !== undefined, 'A stored file has no etag.')
  return { kind: 'etag', etag }
}

/** Stores a file twice; gives the conditions on the first version and on the second. */
async function twoVersions(
  context: CheckContext,
  name: string,
): Promise<{ stale: Precondition; current: Precondition }> {
  const first = await store(context, name, pattern(1000, 1))
  const second = await store(context, name, pattern(1000, 2), { expect: ANY })
  return { stale: etagOf(first.entry), current: etagOf(second.entry) }
}

/** Nothing is overwritten, moved or removed that is not what the caller believes it is (I3). */
export const PRECONDITION_CHECKS: readonly Check[] = [
  {
    name: 'never overwrites what was to be absent',
    run: async (context) => {
      await store(context, 'taken', pattern(1000, 1))
      await mustFail(store(context, 'taken', pattern(1000, 2)), REFUSED, 'A put that expects nothing there')
      await mustHold(context, 'taken', pattern(1000, 1))
    },
  },
  {
    name: 'never overwrites another version than the expected one',
    run: async (context) => {
      const { stale } = await twoVersions(context, 'versions')
      await mustFail(
        store(context, 'versions', pattern(9, 3), { expect: stale }),
        REFUSED,
        'A put that expects an older version',
      )
      await mustHold(context, 'versions', pattern(1000, 2))
    },
  },
  {
    name: 'refuses a put that expects a version where nothing is',
    run: async (context) => {
      const expect: Precondition = { kind: 'etag', etag: '"no-such-version"' }
      await mustFail(
        store(context, 'nothing', pattern(10), { expect }),
        [...REFUSED, 'not-found'],
        'A put that expects a missing version',
      )
      must(!(await isThere(context, 'nothing')), 'A put that expects a version stored a file where none was.')
    },
  },
  {
    name: 'overwrites the expected version',
    run: async (context) => {
      const { current } = await twoVersions(context, 'expected')
      await store(context, 'expected', pattern(77, 3), { expect: current })
      await mustHold(context, 'expected', pattern(77, 3))
    },
  },
  {
    name: 'lets exactly one of two puts win that both expect nothing there',
    run: async (context) => {
      for (let round = 0; round < 10; round++) {
        const name = `race-${round}`
        const versions = [pattern(3000, 1), pattern(3000, 2)]
        const outcomes = await Promise.allSettled(versions.map((bytes) => store(context, name, bytes)))
        const winners = versions.filter((_, index) => outcomes[index]!.status === 'fulfilled')
        must(winners.length === 1, `${winners.length} of two puts won that both expected nothing there.`)
        await mustHold(context, name, winners[0]!)
      }
    },
  },
  {
    name: 'gives other content another etag',
    run: async (context) => {
      const { stale, current } = await twoVersions(context, 'etags')
      must(JSON.stringify(stale) !== JSON.stringify(current), 'Two versions of one size and time have the same etag.')
    },
  },
  {
    name: 'tells one etag in put and stat',
    run: async (context) => {
      const { entry } = await store(context, 'etag', pattern(100))
      const found = await stat(context, 'etag')
      must(
        found.etag === entry.etag && found.etag !== undefined,
        `put told the etag ${entry.etag}, stat ${found.etag}.`,
      )
    },
  },
  {
    name: 'never removes another version than the expected one',
    run: async (context) => {
      const { stale } = await twoVersions(context, 'guarded')
      const removal = context.provider.remove(at(context, 'guarded'), { signal: context.signal, expect: stale })
      await mustFail(removal, REFUSED, 'A removal that expects an older version')
      await mustHold(context, 'guarded', pattern(1000, 2))
    },
  },
  {
    name: 'removes the expected version',
    run: async (context) => {
      const { current } = await twoVersions(context, 'done')
      await context.provider.remove(at(context, 'done'), { signal: context.signal, expect: current })
      must(!(await isThere(context, 'done')), 'A removal told of success, but the file is still there.')
    },
  },
  {
    name: 'never removes a file where a folder is expected',
    run: async (context) => {
      const bytes = pattern(1000, 1)
      await store(context, 'was-a-folder', bytes)
      const options = { signal: context.signal, expect: { kind: 'directory' } } as const
      const removal = context.provider.remove(at(context, 'was-a-folder'), options)
      await mustFail(removal, REFUSED, 'A removal that expects a folder')
      await mustHold(context, 'was-a-folder', bytes)
      await context.provider.remove(at(context, 'no-folder'), options)
    },
  },
  {
    name: 'is content when what it is to remove is missing',
    run: async (context) => {
      await context.provider.remove(at(context, 'never-was'), { signal: context.signal, expect: ANY })
      await context.provider.remove(at(context, 'never/was'), { signal: context.signal, expect: ANY })
    },
  },
  {
    name: 'moves a file with its content and attributes',
    needs: ['move'],
    run: async (context) => {
      const { entry } = await store(context, 'old', pattern(5000))
      const options = { signal: context.signal, expect: etagOf(entry) }
      const moved = await context.provider.features.move!(at(context, 'old'), at(context, 'new/place'), options)
      must(!(await isThere(context, 'old')), 'A moved file is still at its old place.')
      await mustHold(context, 'new/place', pattern(5000))
      must(
        moved.size === 5000 && moved.path === at(context, 'new/place'),
        'move told of another entry than the one it made.',
      )
      must(moved.mtimeNs === entry.mtimeNs, 'A moved file has another time than before.')
      must((await stat(context, 'new/place')).etag === moved.etag, 'move told another etag than stat.')
    },
  },
  {
    name: 'never moves over a file',
    needs: ['move'],
    run: async (context) => {
      await store(context, 'a', pattern(100, 1))
      await store(context, 'b', pattern(100, 2))
      const move = context.provider.features.move!(at(context, 'a'), at(context, 'b'), {
        signal: context.signal,
        expect: ANY,
      })
      await mustFail(move, [...REFUSED, 'already-exists'], 'A move onto a file')
      await mustHold(context, 'a', pattern(100, 1))
      await mustHold(context, 'b', pattern(100, 2))
    },
  },
  {
    name: 'never moves another version than the expected one',
    needs: ['move'],
    run: async (context) => {
      const { stale } = await twoVersions(context, 'mover')
      const options = { signal: context.signal, expect: stale }
      const move = context.provider.features.move!(at(context, 'mover'), at(context, 'moved'), options)
      await mustFail(move, REFUSED, 'A move that expects an older version')
      await mustHold(context, 'mover', pattern(1000, 2))
      must(!(await isThere(context, 'moved')), 'A refused move made a file.')
    },
  },
  {
    name: 'says when what it is to move is missing',
    needs: ['move'],
    run: async (context) => {
      const options = { signal: context.signal, expect: ANY }
      const move = context.provider.features.move!(at(context, 'no-file'), at(context, 'no-place'), options)
      await mustFail(move, ['not-found'], 'A move of a missing file')
    },
  },
  {
    name: 'changes time and mode without touching content',
    needs: ['setMetadata'],
    run: async (context) => {
      const { entry } = await store(context, 'dated', pattern(3000))
      const mtimeNs = 1_500_000_000_000_000_000n
      const options = { signal: context.signal, expect: etagOf(entry) }
      const changed = await context.provider.features.setMetadata!(
        at(context, 'dated'),
        { mtimeNs, mode: 0o600 },
        options,
      )
      const found = await stat(context, 'dated')
      must(found.mtimeNs === mtimeNs && changed.mtimeNs === mtimeNs, 'setMetadata did not set the time.')
      must(found.mode === undefined || found.mode === 0o600, 'setMetadata did not set the mode.')
      must(found.etag === changed.etag, 'setMetadata told another etag than stat.')
      await mustHold(context, 'dated', pattern(3000))
    },
  },
  {
    name: 'never changes the metadata of another version than the expected one',
    needs: ['setMetadata'],
    run: async (context) => {
      const { stale } = await twoVersions(context, 'undated')
      const before = await stat(context, 'undated')
      const options = { signal: context.signal, expect: stale }
      const change = context.provider.features.setMetadata!(at(context, 'undated'), { mtimeNs: MTIME_NS * 2n }, options)
      await mustFail(change, REFUSED, 'A change of metadata that expects an older version')
      must((await stat(context, 'undated')).mtimeNs === before.mtimeNs, 'A refused change of metadata was made.')
    },
  },
  {
    name: 'says when what it is to date is missing',
    needs: ['setMetadata'],
    run: async (context) => {
      const options = { signal: context.signal, expect: ANY }
      const change = context.provider.features.setMetadata!(at(context, 'no-file'), { mtimeNs: MTIME_NS }, options)
      await mustFail(change, ['not-found'], 'A change of metadata of a missing file')
    },
  },
  {
    name: 'reads only the expected version',
    run: async (context) => {
      const { stale } = await twoVersions(context, 'reread')
      const read = async (): Promise<void> => {
        for await (const _ of context.provider.read(at(context, 'reread'), { signal: context.signal, expect: stale })) {
          must(false, 'Bytes of another version than the expected one were read.')
        }
      }
      await mustFail(read(), REFUSED, 'A read that expects an older version')
    },
  },
  {
    name: 'refuses a batch item whose condition does not hold',
    needs: ['putBatch'],
    run: async (context) => {
      await store(context, 'there', pattern(10, 1))
      const [result] = await storeBatch(context, [['there', pattern(10, 2)]])
      must(result?.ok === false, 'A batch overwrote what was to be absent.')
      await mustFail(Promise.reject(result.error), REFUSED, 'A batch item that expects nothing there')
      await mustHold(context, 'there', pattern(10, 1))
    },
  },
]
