import { blake3Hex } from '../../../workers/hash/blake3.ts'
import {
  ANY,
  contentOf,
  fileNames,
  isThere,
  list,
  load,
  must,
  mustHold,
  pattern,
  stat,
  store,
  type Check,
  type CheckContext,
} from './check.ts'

async function keepsNames(context: CheckContext, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) await store(context, name, pattern(50 + index, index + 1))
  for (const [index, name] of names.entries()) await mustHold(context, name, pattern(50 + index, index + 1))
  const listed = fileNames(context, await list(context))
  for (const name of names) must(listed.includes(name), `The name ${JSON.stringify(name)} is not in the listing.`)
}

/** What goes in comes out. */
export const CONTENT_CHECKS: readonly Check[] = [
  {
    name: 'keeps a small file byte for byte',
    run: async (context) => {
      await store(context, 'small', pattern(1234))
      await mustHold(context, 'small', pattern(1234))
    },
  },
  {
    name: 'keeps an empty file',
    run: async (context) => {
      await store(context, 'empty', new Uint8Array())
      must((await stat(context, 'empty')).size === 0, 'An empty file has to have the size 0.')
      must((await load(context, 'empty')).length === 0, 'An empty file has to be read as nothing.')
    },
  },
  {
    name: 'keeps files whose size is at the edge of a buffer',
    run: async (context) => {
      for (const middle of [1, 4096, 65_536, 1_048_576]) {
        for (const size of [middle - 1, middle, middle + 1]) {
          await store(context, `edge-${size}`, pattern(size), { expect: ANY })
          await mustHold(context, `edge-${size}`, pattern(size))
        }
      }
    },
  },
  {
    name: 'keeps a file of many pieces',
    run: async (context) => {
      const bytes = pattern(9 * 1024 * 1024 + 7)
      await store(context, 'large', bytes)
      await mustHold(context, 'large', bytes)
    },
  },
  {
    name: 'keeps names with spaces',
    run: (context) => keepsNames(context, ['with space', ' leading', 'two  spaces', 'folder name/file name.txt']),
  },
  {
    name: 'keeps names with percent and plus signs',
    run: (context) => keepsNames(context, ['100%', '%20', '%2F', 'a+b', 'a%2Bb', 'c++/x+y']),
  },
  {
    name: 'keeps names with signs that have a meaning in addresses',
    needs: ['any-name'],
    run: (context) =>
      keepsNames(context, ['hello? sausage', 'a#b', "it's", 'a&b=c', 'semi;colon', '(x)!$,@~[y]', 'a\\b']),
  },
  {
    name: 'keeps names in other scripts',
    run: (context) => keepsNames(context, ['êé/Hello, 世界', 'Ω≈ç√', 'שלום', '😀 pile 💩', 'ａ-wide']),
  },
  {
    name: 'keeps names that begin or end with dots',
    needs: ['any-name'],
    run: (context) => keepsNames(context, ['.hidden', '..twice', '...', 'ends.with.', '.folder/.file']),
  },
  {
    name: 'keeps names apart that differ only by case',
    needs: ['case'],
    run: (context) => keepsNames(context, ['Readme', 'README', 'readme']),
  },
  {
    name: 'keeps names apart that differ only in Unicode form',
    needs: ['form'],
    run: (context) => keepsNames(context, ['caf\u00e9', 'cafe\u0301']),
  },
  {
    name: 'keeps deep paths',
    run: (context) => keepsNames(context, [Array.from({ length: 40 }, (_, depth) => `level-${depth}`).join('/')]),
  },
  {
    name: 'keeps a name of the greatest length it claims',
    run: (context) => {
      const { maxSegmentBytes, maxPathBytes } = context.provider.features.limits
      const room = maxPathBytes - Buffer.byteLength(context.area) - 1
      return keepsNames(context, ['n'.repeat(Math.min(maxSegmentBytes, 255, room))])
    },
  },
  {
    name: 'tells the digest of what went out',
    run: async (context) => {
      const { contentHash } = await store(context, 'digest', pattern(70_000))
      must(contentHash === blake3Hex(pattern(70_000)), 'put told another digest than that of the content.')
    },
  },
  {
    name: 'proves what it stored',
    run: async (context) => {
      const { verifiedBy } = await store(context, 'proof', pattern(1000))
      must(verifiedBy !== 'none', 'put stored a file without proving it.')
    },
  },
  {
    name: 'counts the bytes it sent',
    run: async (context) => {
      const { bytesSent } = await store(context, 'counted', pattern(3000))
      must(bytesSent === 3000, `put sent 3000 bytes and counted ${bytesSent}.`)
    },
  },
  {
    name: 'tells progress that never goes back and never beyond the end',
    run: async (context) => {
      const told: number[] = []
      await store(context, 'progress', pattern(300_000), { onProgress: (bytesDone) => void told.push(bytesDone) })
      const grows = told.every((bytesDone, index) => bytesDone >= (told[index - 1] ?? 0))
      must(grows && (told.at(-1) ?? 0) <= 300_000, `The progress told was ${told.join(', ')} of 300000.`)
    },
  },
  {
    name: 'replaces a file',
    run: async (context) => {
      await store(context, 'replaced', pattern(5000, 1))
      await store(context, 'replaced', pattern(5000, 2), { expect: ANY })
      await mustHold(context, 'replaced', pattern(5000, 2))
    },
  },
  {
    name: 'replaces a longer file by a shorter one',
    run: async (context) => {
      await store(context, 'shorter', pattern(90_000, 1))
      await store(context, 'shorter', pattern(10, 2), { expect: ANY })
      await mustHold(context, 'shorter', pattern(10, 2))
    },
  },
  {
    name: 'shows the old file or the new one while it is replaced',
    run: async (context) => {
      const versions = [pattern(200_000, 1), pattern(150_000, 2)]
      const digests = new Set(versions.map(blake3Hex))
      await store(context, 'atomic', versions[0]!)
      const writing = (async () => {
        for (let round = 1; round <= 6; round++) {
          await store(context, 'atomic', contentOf(versions[round % 2]!, 10_000), { expect: ANY })
        }
      })()
      const writer = { isDone: false }
      const ended = writing.finally(() => (writer.isDone = true))
      const look = async (): Promise<void> => {
        while (!writer.isDone) {
          const seen = blake3Hex(await load(context, 'atomic'))
          must(digests.has(seen), 'A reader saw something that is neither the old file nor the new one.')
        }
      }
      await Promise.all([ended, look()])
    },
  },
  {
    name: 'takes 32 files at once',
    run: async (context) => {
      const names = Array.from({ length: 32 }, (_, number) => `at-once/${number % 4}/file-${number}`)
      await Promise.all(names.map((name, number) => store(context, name, pattern(2000 + number, number))))
      for (const [number, name] of names.entries()) await mustHold(context, name, pattern(2000 + number, number))
    },
  },
  {
    name: 'forgets a file that was removed',
    run: async (context) => {
      await store(context, 'removed', pattern(10))
      await context.provider.remove(`${context.area}/removed` as never, { signal: context.signal, expect: ANY })
      must(!(await isThere(context, 'removed')), 'A removed file is still there.')
      must(
        (await list(context)).every(({ kind }) => kind !== 'file'),
        'A removed file is still listed.',
      )
    },
  },
]
