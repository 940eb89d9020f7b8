import type { Kept, RelPath } from '../../../common/model.ts'
import type { KeptVersion } from '../provider.ts'
import {
  ANY,
  at,
  isSameTime,
  isThere,
  list,
  MTIME_NS,
  must,
  mustFail,
  mustHold,
  pattern,
  stat,
  store,
  storeBatch,
  type Check,
  type CheckContext,
} from './check.ts'

/** A second that no other check keeps anything in. */
const KEEP = { atMs: Date.UTC(2026, 0, 2, 3, 4, 5) }

/** What a provider keeps of what is replaced or removed, and what can be done with it. */
export const KEEPING_CHECKS: readonly Check[] = [
  {
    name: 'keeps what a put replaces, byte for byte',
    needs: ['keptVersions', 'readKept', 'statKept'],
    run: async (context) => {
      const { kept } = await replaced(context, 'a/file', [pattern(70_000, 1), pattern(50, 2)])
      must(kept?.path === at(context, 'a/file') && kept.why === 'replaced', 'It is not told what a put replaced.')
      must(kept.sizeBytes === 70_000, `What was replaced is said to have ${kept.sizeBytes} bytes.`)
      await mustHold(context, 'a/file', pattern(50, 2))
      await mustHaveKept(context, kept, pattern(70_000, 1))
      const entry = await context.provider.features.statKept!(kept, context)
      must(
        entry.path === kept.path && entry.size === 70_000 && isSameTime(context.provider, entry.mtimeNs, MTIME_NS),
        'A kept version is not the entry it was.',
      )
    },
  },
  {
    name: 'keeps what is removed, byte for byte',
    needs: ['keptVersions', 'readKept'],
    run: async (context) => {
      const { entry } = await store(context, 'gone', pattern(900))
      const expect = entry.etag === undefined ? ANY : ({ kind: 'etag', etag: entry.etag } as const)
      const kept = await context.provider.remove(at(context, 'gone'), { signal: context.signal, expect, keep: KEEP })
      must(!(await isThere(context, 'gone')), 'What was removed and kept is still in its place.')
      must(kept?.path === at(context, 'gone') && kept.why === 'deleted', 'It is not told what was removed.')
      await mustHaveKept(context, kept, pattern(900))
    },
  },
  {
    name: 'keeps each of several versions of one moment',
    needs: ['keptVersions', 'readKept'],
    run: async (context) => {
      const contents = [1, 2, 3, 4].map((seed) => pattern(100 + seed, seed))
      const found: Kept[] = []
      for (const [turn, bytes] of contents.entries()) {
        const { kept } = await store(context, 'often', bytes, { expect: ANY, keep: KEEP })
        must((kept === undefined) === (turn === 0), 'It is not told which puts replaced something.')
        if (kept !== undefined) found.push(kept)
      }
      for (const [turn, kept] of found.entries()) await mustHaveKept(context, kept, contents[turn]!)
      must((await versions(context, 'often')).length === 3, 'Not every version of one moment is listed.')
    },
  },
  {
    name: 'keeps what a batch replaces',
    needs: ['putBatch', 'keptVersions', 'readKept'],
    run: async (context) => {
      const names = Array.from({ length: 12 }, (_, number) => `batch/${number % 3}/file-${number}`)
      const put = (seed: number) => {
        const files = names.map((name, number) => [name, pattern(100 + number, seed + number)] as const)
        return storeBatch(context, files, { expect: ANY, keep: KEEP })
      }
      await put(1)
      const results = await put(100)
      for (const [number, result] of results.entries()) {
        must(result.ok && result.result.kept !== undefined, 'A batch does not tell what it replaced.')
        await mustHaveKept(context, result.result.kept, pattern(100 + number, 1 + number))
        await mustHold(context, names[number]!, pattern(100 + number, 100 + number))
      }
    },
  },
  {
    name: 'tells when what it keeps began, where that was told, and nothing where it was not',
    needs: ['keptVersions', 'readKept', 'putBatch'],
    run: async (context) => {
      const storedAtMs = KEEP.atMs - 86_400_000
      const options = { signal: context.signal, expect: ANY, keep: { ...KEEP, storedAtMs } }
      await store(context, 'since/put', pattern(40, 1))
      const putting = await store(context, 'since/put', pattern(50, 2), options)
      await store(context, 'since/removed', pattern(41, 1))
      const removed = await context.provider.remove(at(context, 'since/removed'), options)
      await store(context, 'since/batch', pattern(42, 1))
      const [batched] = await storeBatch(context, [['since/batch', pattern(43, 2)]], {
        expect: ANY,
        keep: options.keep,
      })
      await store(context, 'since/untold', pattern(44, 1))
      const untold = await store(context, 'since/untold', pattern(45, 2), { expect: ANY, keep: KEEP })
      const told = [putting.kept, removed, batched?.ok === true ? batched.result.kept : undefined]
      const listed = await versions(context, 'since')
      // What a store keeps by itself tells when it began by the store's own clock.
      if (listed.every(({ keptBy }) => keptBy === 'store')) return
      for (const kept of told) {
        const version = listed.find(({ token }) => token === kept?.token)
        must(version?.storedAtMs === storedAtMs, 'A kept version does not tell when it began, as it was told.')
        must(version.keptAtMs >= KEEP.atMs, 'A kept version that tells when it began does not tell when it ended.')
        await mustHaveKept(context, kept!, pattern(kept!.sizeBytes, 1))
      }
      const other = listed.find(({ token }) => token === untold.kept?.token)
      must(other !== undefined && other.storedAtMs === undefined, 'A kept version tells a beginning nobody told.')
    },
  },
  {
    name: 'replaces and removes nothing where something else is there than expected, and keeps nothing then',
    needs: ['keptVersions'],
    run: async (context) => {
      await store(context, 'other', pattern(10))
      const stale = { kind: 'etag', etag: '"00000000000000000000000000000000"' } as const
      const putting = store(context, 'other', pattern(11), { expect: stale, keep: KEEP })
      await mustFail(putting, ['precondition-failed'], 'A put on another version than the one that is there')
      const options = { signal: context.signal, expect: stale, keep: KEEP }
      const removing = context.provider.remove(at(context, 'other'), options)
      await mustFail(removing, ['precondition-failed'], 'A removal of another version than the one that is there')
      await mustHold(context, 'other', pattern(10))
      must((await versions(context, 'other')).length === 0, 'Something was kept although nothing was replaced.')
    },
  },
  {
    name: 'shows kept versions of a path only when they are asked for',
    needs: ['keptVersions'],
    run: async (context) => {
      await replaced(context, 'in/file', [pattern(10, 1), pattern(10, 2)])
      await replaced(context, 'input', [pattern(10, 3), pattern(10, 4)])
      must((await versions(context, 'in')).length === 1, 'The kept versions of a folder are not those below it.')
      must((await versions(context, 'in/file')).length === 1, 'The kept versions of a file are not listed.')
      const entries = await list(context)
      must(entries.filter(({ kind }) => kind === 'file').length === 2, 'Kept versions are among the files.')
    },
  },
  {
    name: 'puts a kept version back where nothing is',
    needs: ['putBackKept', 'keptVersions'],
    run: async (context) => {
      await store(context, 'b/back', pattern(333))
      const kept = await context.provider.remove(at(context, 'b/back'), {
        signal: context.signal,
        expect: ANY,
        keep: KEEP,
      })
      must(kept !== undefined, 'It is not told what was removed.')
      const entry = await context.provider.features.putBackKept!(kept, { signal: context.signal })
      await mustHold(context, 'b/back', pattern(333))
      const now = await stat(context, 'b/back')
      must(entry.path === kept.path && entry.etag === now.etag, 'What was put back is told of as something else.')
      must(isSameTime(context.provider, now.mtimeNs, MTIME_NS), 'What was put back lost its time.')
    },
  },
  {
    name: 'never puts a kept version over something',
    needs: ['putBackKept', 'keptVersions', 'readKept'],
    run: async (context) => {
      const { kept } = await replaced(context, 'taken', [pattern(20, 1), pattern(30, 2)])
      const back = context.provider.features.putBackKept!(kept!, { signal: context.signal })
      await mustFail(back, ['precondition-failed', 'already-exists'], 'Putting a version back over another')
      await mustHold(context, 'taken', pattern(30, 2))
      await mustHaveKept(context, kept!, pattern(20, 1))
    },
  },
  {
    name: 'lets go of a kept version, and of that alone',
    needs: ['removeKept', 'keptVersions', 'readKept'],
    run: async (context) => {
      const first = (await replaced(context, 'old', [pattern(20, 1), pattern(30, 2)])).kept!
      const second = (await store(context, 'old', pattern(40, 3), { expect: ANY, keep: KEEP })).kept!
      const listed = (await versions(context, 'old')).find(({ token }) => token === first.token)
      // What a store keeps by itself goes by its own rules.
      if (listed?.keptBy === 'store') return
      await context.provider.features.removeKept!(first, { signal: context.signal })
      await context.provider.features.removeKept!(first, { signal: context.signal })
      const left = await versions(context, 'old')
      must(left.length === 1 && left[0]!.token === second.token, 'Another kept version went than the one named.')
      await mustHaveKept(context, second, pattern(30, 2))
      await mustHold(context, 'old', pattern(40, 3))
    },
  },
]

async function replaced(
  context: CheckContext,
  name: string,
  [before, after]: readonly [Uint8Array, Uint8Array],
): Promise<{ readonly kept?: Kept }> {
  const { entry } = await store(context, name, before)
  const expect = entry.etag === undefined ? ANY : ({ kind: 'etag', etag: entry.etag } as const)
  return store(context, name, after, { expect, keep: { ...KEEP, sizeBytes: before.length, ...versionOf(entry) } })
}

function versionOf({ versionId }: { readonly versionId?: string }): { readonly versionId?: string } {
  return versionId === undefined ? {} : { versionId }
}

async function versions(context: CheckContext, name: string): Promise<readonly KeptVersion[]> {
  const found: KeptVersion[] = []
  const path: RelPath = at(context, name)
  for await (const kept of context.provider.features.keptVersions!(path, { signal: context.signal })) found.push(kept)
  return found
}

/** Found by a listing, with these bytes. */
async function mustHaveKept(context: CheckContext, kept: Kept, bytes: Uint8Array): Promise<void> {
  const name = kept.path.slice(context.area.length + 1)
  const listed = (await versions(context, name)).find(({ token }) => token === kept.token)
  must(listed !== undefined, `The kept version of ${name} is not listed.`)
  must(
    listed.path === kept.path && listed.why === kept.why && listed.sizeBytes === bytes.length,
    `The kept version of ${name} is listed as something else.`,
  )
  const pieces: Uint8Array[] = []
  for await (const piece of context.provider.features.readKept!(kept, { signal: context.signal }))
    pieces.push(Uint8Array.from(piece))
  must(
    Buffer.compare(Buffer.concat(pieces), bytes) === 0,
    `The kept version of ${name} has other bytes than were replaced.`,
  )
}
