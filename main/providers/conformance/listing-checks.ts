import { comparePaths, isReserved, isWithin, ROOT_PATH, toRelPath, nameOf } from '../../../common/paths.ts'
import {
  ANY,
  at,
  contentOf,
  fileNames,
  isSameTime,
  list,
  load,
  MTIME_NS,
  must,
  mustFail,
  pattern,
  stat,
  store,
  type Check,
  type CheckContext,
} from './check.ts'

async function storeAll(context: CheckContext, names: readonly string[]): Promise<void> {
  for (let start = 0; start < names.length; start += 32) {
    await Promise.all(names.slice(start, start + 32).map((name) => store(context, name, pattern(10))))
  }
}

/** Many files, in the cheapest way the provider has. */
async function storeMany(context: CheckContext, names: readonly string[]): Promise<void> {
  if (context.provider.features.putBatch === undefined) return storeAll(context, names)
  const items = names.map((name) => ({
    path: at(context, name),
    content: contentOf(pattern(10)),
    metadata: { mtimeNs: MTIME_NS },
    expect: ANY,
  }))
  for (const result of await context.provider.features.putBatch(items, { signal: context.signal }))
    if (!result.ok) throw result.error
}

/** Listings are complete, in order, and nothing else. */
export const LISTING_CHECKS: readonly Check[] = [
  {
    name: 'lists in path order',
    run: async (context) => {
      await storeAll(context, ['b', 'a/x', 'a-b', 'a/a/1', 'ab', 'a.txt', 'Z', 'é', '\u{1F600}', '\uFF5E', 'a/y'])
      const paths = (await list(context)).map(({ path }) => path)
      const sorted = paths.toSorted(comparePaths)
      must(paths.join('\n') === sorted.join('\n'), `The listing is out of order: ${paths.map(nameOf).join(', ')}.`)
    },
  },
  {
    name: 'lists every file once',
    run: async (context) => {
      const names = ['top', 'one/file', 'one/two/file', 'one/two/three/file', 'other/file']
      await storeAll(context, names)
      const listed = fileNames(context, await list(context))
      must(
        listed.toSorted().join() === names.toSorted().join(),
        `Stored ${names.join(', ')}, listed ${listed.join(', ')}.`,
      )
    },
  },
  {
    name: 'lists more files than one page holds',
    run: async (context) => {
      const length = (context.pageEntries ?? 1000) + 50
      const names = Array.from({ length }, (_, number) => `many/file-${String(number).padStart(4, '0')}`)
      await storeMany(context, names)
      const listed = fileNames(context, await list(context))
      must(listed.length === names.length, `Stored ${names.length} files, listed ${listed.length}.`)
      must(
        listed.every((name, index) => name === names[index]),
        'A long listing is not what was stored, in order.',
      )
    },
  },
  {
    name: 'lists nothing where nothing is',
    run: async (context) => {
      must((await list(context, 'no/such/folder')).length === 0, 'A missing folder has entries.')
    },
  },
  {
    name: 'tells a folder from one whose name begins the same',
    run: async (context) => {
      await storeAll(context, ['a/inside', 'ab/outside', 'a-b/outside', 'a.txt'])
      const listed = fileNames(context, await list(context, 'a'))
      must(listed.join() === 'a/inside', `The folder "a" was listed with ${listed.join(', ')}.`)
    },
  },
  {
    name: 'lists what is below a folder, not the folder',
    run: async (context) => {
      await storeAll(context, ['folder/file'])
      const entries = await list(context, 'folder')
      must(
        entries.every(({ path }) => path !== at(context, 'folder')),
        'A folder is in its own listing.',
      )
      must(
        entries.every(({ path }) => isWithin(path, at(context, 'folder'))),
        'A listing has entries of other folders.',
      )
    },
  },
  {
    name: 'lists nothing below a file',
    run: async (context) => {
      await storeAll(context, ['file'])
      must((await list(context, 'file')).length === 0, 'A file has entries below it.')
    },
  },
  {
    name: 'lists what stat tells',
    run: async (context) => {
      await store(context, 'told', pattern(321))
      const [entry] = (await list(context)).filter(({ kind }) => kind === 'file')
      const found = await stat(context, 'told')
      must(entry !== undefined && entry.size === 321 && found.size === 321, 'The listing or stat tells a wrong size.')
      must(entry.etag === found.etag, `The listing tells the etag ${entry.etag}, stat ${found.etag}.`)
    },
  },
  {
    name: "hides Tidekeep's own area",
    run: async (context) => {
      const hidden = toRelPath(`.tidekeep/${nameOf(context.area)}/hidden`)
      const options = { signal: context.signal, expect: ANY }
      await context.provider.put(hidden, contentOf(pattern(5)), { ...options, metadata: { mtimeNs: MTIME_NS } })
      try {
        const shown = await ownEntries(context)
        must(shown.length === 0, `The listing of the target shows ${shown.join(', ')}.`)
      } finally {
        await context.provider.remove(hidden, options)
        await context.provider.remove(toRelPath(`.tidekeep/${nameOf(context.area)}`), options)
      }
    },
  },
  {
    name: 'reads ranges at every edge',
    run: async (context) => {
      const size = 200_000
      const bytes = pattern(size)
      await store(context, 'ranges', bytes)
      const edges = [0, 1, 65_535, 65_536, 65_537, size - 1, size]
      for (const start of edges) {
        for (const end of edges.filter((edge) => edge > start)) {
          const found = await load(context, 'ranges', { range: { start, end } })
          must(
            Buffer.compare(found, bytes.subarray(start, end)) === 0,
            `Bytes ${start} to ${end} are not those stored.`,
          )
        }
      }
    },
  },
  {
    name: 'reads nothing for an empty range',
    run: async (context) => {
      await store(context, 'none', pattern(100))
      must((await load(context, 'none', { range: { start: 40, end: 40 } })).length === 0, 'An empty range has bytes.')
    },
  },
  {
    name: 'refuses a range beyond the end',
    run: async (context) => {
      await store(context, 'end', pattern(100))
      for (const range of [
        { start: 50, end: 101 },
        { start: 100, end: 120 },
        { start: 500, end: 600 },
      ]) {
        const codes = ['invalid', 'corrupt', 'precondition-failed'] as const
        await mustFail(load(context, 'end', { range }), codes, `A read of bytes ${range.start} to ${range.end} of 100`)
      }
    },
  },
  {
    name: 'says when what it is to read is missing',
    run: async (context) => {
      await mustFail(load(context, 'missing'), ['not-found'], 'A read of a missing file')
    },
  },
  {
    name: 'says when what it is to look at is missing',
    run: async (context) => {
      await mustFail(stat(context, 'missing'), ['not-found'], 'stat of a missing file')
    },
  },
  {
    name: 'keeps the time of a file',
    run: async (context) => {
      const times = [MTIME_NS, 1_000_000_000n, 1_600_000_000_000_001_000n, 4_102_444_800_000_000_000n]
      for (const [number, mtimeNs] of times.entries()) {
        const { entry } = await store(context, `time-${number}`, pattern(10), { metadata: { mtimeNs } })
        const found = await stat(context, `time-${number}`)
        must(isSameTime(context.provider, found.mtimeNs, mtimeNs), `The time ${mtimeNs} was kept as ${found.mtimeNs}.`)
        must(entry.mtimeNs === found.mtimeNs, 'put told another time than stat.')
      }
    },
  },
  {
    name: 'keeps the mode of a file',
    run: async (context) => {
      for (const mode of [0o600, 0o644, 0o755, 0o444]) {
        await store(context, `mode-${mode.toString(8)}`, pattern(10), { metadata: { mtimeNs: MTIME_NS, mode } })
        const found = await stat(context, `mode-${mode.toString(8)}`)
        must(
          found.mode === undefined || found.mode === mode,
          `The mode ${mode.toString(8)} was kept as ${found.mode?.toString(8)}.`,
        )
      }
    },
  },
]

/** What the listing of the whole target shows of the reserved area; stops once that is passed. */
async function ownEntries({ provider, signal }: CheckContext): Promise<readonly string[]> {
  const shown: string[] = []
  for await (const page of provider.list(ROOT_PATH, { signal })) {
    shown.push(...page.map(({ path }) => path).filter(isReserved))
    if (page.some(({ path }) => comparePaths(path, '.tidekeep0') > 0)) break
  }
  return shown
}
