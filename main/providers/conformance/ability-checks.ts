import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Checksum } from '../../../common/model.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import {
  ANY,
  at,
  isSameTime,
  isThere,
  list,
  MODE,
  MTIME_NS,
  must,
  mustFail,
  mustHold,
  pattern,
  stat,
  store,
  storeBatch,
  type Check,
} from './check.ts'

const DIRECTORY = { kind: 'directory' } as const
const METADATA = { mtimeNs: MTIME_NS, mode: MODE }

/** Digests this program can compute by itself; others are taken as told. */
function digestOf(bytes: Uint8Array, algorithm: Checksum['algorithm']): string | undefined {
  switch (algorithm) {
    case 'blake3':
      return blake3Hex(bytes)
    case 'sha256':
    case 'md5':
      return createHash(algorithm).update(bytes).digest('hex')
    case 'crc32':
      return crc32(bytes).toString(16).padStart(8, '0')
    default:
      return undefined
  }
}

/** What a provider claims to be able to do, it does. */
export const ABILITY_CHECKS: readonly Check[] = [
  {
    name: 'claims limits that can be true',
    run: async ({ provider }) => {
      const { limits, preconditions } = provider.features
      const { maxObjectBytes, maxPathBytes, maxSegmentBytes, smallConcurrency, largeConcurrency } = limits
      const counts = { maxObjectBytes, maxPathBytes, maxSegmentBytes, smallConcurrency, largeConcurrency }
      for (const [name, value] of Object.entries(counts)) must(value >= 1, `The limit ${name} is ${value}.`)
      must(limits.mtimeStepNs >= 1n, `The limit mtimeStepNs is ${limits.mtimeStepNs}.`)
      must(preconditions === 'enforced' || preconditions === 'checked', 'It is not said how conditions are kept.')
      must(provider.location !== '', 'The provider does not say where it is.')
    },
  },
  {
    name: 'stores a batch',
    needs: ['putBatch'],
    run: async (context) => {
      const names = Array.from({ length: 40 }, (_, number) => `batch/${number % 3}/file-${number}`)
      const files = names.map((name, number) => [name, pattern(100 + number, number + 1)] as const)
      const results = await storeBatch(context, files)
      must(results.length === 40 && results.every(({ ok }) => ok), 'A batch of 40 files was not stored.')
      for (const [number, name] of names.entries()) await mustHold(context, name, pattern(100 + number, number + 1))
      must(
        isSameTime(context.provider, (await stat(context, names[7]!)).mtimeNs, MTIME_NS),
        'A batch lost the time of a file.',
      )
    },
  },
  {
    name: 'answers a batch in the order of its items, each alone',
    needs: ['putBatch'],
    run: async (context) => {
      await store(context, 'b', pattern(5, 9))
      const files = ['a', 'b', 'c', 'd'].map((name, number) => [name, pattern(20 + number, number + 1)] as const)
      const results = await storeBatch(context, files)
      must(
        results.map(({ ok }) => ok).join() === 'true,false,true,true',
        'The batch told of other items than those that failed.',
      )
      for (const [number, result] of results.entries()) {
        if (!result.ok) continue
        must(
          result.result.contentHash === blake3Hex(files[number]![1]),
          'The answers of a batch are not in the order of its items.',
        )
        must(
          result.result.entry.path === at(context, files[number]![0]),
          'The answers of a batch name the wrong files.',
        )
      }
      await mustHold(context, 'b', pattern(5, 9))
    },
  },
  {
    name: 'proves every file of a batch',
    needs: ['putBatch'],
    run: async (context) => {
      const files = [1, 2, 3].map((number) => [`proved-${number}`, pattern(number * 1000)] as const)
      for (const result of await storeBatch(context, files, { expect: ANY })) {
        must(result.ok && result.result.verifiedBy !== 'none', 'A batch stored a file without proving it.')
      }
    },
  },
  {
    name: 'takes an empty batch',
    needs: ['putBatch'],
    run: async (context) => {
      const results = await storeBatch(context, [])
      must(results.length === 0, 'An empty batch was answered with results.')
    },
  },
  {
    name: 'stores a batch of files of this computer but not the one that changed',
    needs: ['putBatch', 'local-files'],
    run: async (context) => {
      const sources = await Promise.all(
        Array.from({ length: 10 }, (_, number) => context.localContent!(pattern(500 + number, number + 1))),
      )
      await sources[4]!.change()
      const files = sources.map(({ content }, number) => [`files/file-${number}`, content] as const)
      const results = await storeBatch(context, files)
      const failed = results.flatMap(({ ok }, number) => (ok ? [] : [number]))
      must(
        failed.join() === '4',
        `Of ten files the fifth changed; those that failed are ${failed.join(', ') || 'none'}.`,
      )
      must(!(await isThere(context, 'files/file-4')), 'A file that changed was stored.')
      await mustHold(context, 'files/file-9', pattern(509, 10))
    },
  },
  {
    name: 'makes a directory with its parents',
    needs: ['makeDirectory'],
    run: async (context) => {
      const entry = await context.provider.features.makeDirectory!(at(context, 'deep/er/est'), METADATA, context)
      must(
        entry.kind === 'directory' && entry.path === at(context, 'deep/er/est'),
        'makeDirectory told of something else.',
      )
      const listed = (await list(context)).filter(({ kind }) => kind === 'directory').map(({ path }) => path)
      for (const name of ['deep', 'deep/er', 'deep/er/est'])
        must(listed.includes(at(context, name)), `The directory ${name} is not listed.`)
      must(
        isSameTime(context.provider, (await stat(context, 'deep/er/est')).mtimeNs, MTIME_NS),
        'A directory lost its time.',
      )
    },
  },
  {
    name: 'makes a directory that is there already',
    needs: ['makeDirectory'],
    run: async (context) => {
      await context.provider.features.makeDirectory!(at(context, 'twice'), METADATA, context)
      await store(context, 'twice/file', pattern(10))
      await context.provider.features.makeDirectory!(at(context, 'twice'), METADATA, context)
      await mustHold(context, 'twice/file', pattern(10))
    },
  },
  {
    name: 'makes no directory in place of a file',
    needs: ['makeDirectory'],
    run: async (context) => {
      await store(context, 'file', pattern(10))
      const make = context.provider.features.makeDirectory!(at(context, 'file'), METADATA, context)
      await mustFail(make, ['already-exists', 'precondition-failed'], 'Making a directory where a file is')
      await mustHold(context, 'file', pattern(10))
    },
  },
  {
    name: 'removes an empty directory',
    needs: ['makeDirectory'],
    run: async (context) => {
      for (const expect of [ANY, DIRECTORY]) {
        await context.provider.features.makeDirectory!(at(context, 'empty'), METADATA, context)
        await context.provider.remove(at(context, 'empty'), { signal: context.signal, expect })
        must(!(await isThere(context, 'empty')), 'A removed directory is still there.')
      }
    },
  },
  {
    name: 'never removes a directory with something in it',
    needs: ['makeDirectory'],
    run: async (context) => {
      await context.provider.features.makeDirectory!(at(context, 'full'), METADATA, context)
      await store(context, 'full/file', pattern(10))
      for (const expect of [ANY, DIRECTORY]) {
        const removal = context.provider.remove(at(context, 'full'), { signal: context.signal, expect })
        await mustFail(removal, ['precondition-failed'], 'Removing a directory with a file in it')
      }
      await mustHold(context, 'full/file', pattern(10))
    },
  },
  {
    name: 'never puts a file in place of a directory',
    needs: ['makeDirectory'],
    run: async (context) => {
      await context.provider.features.makeDirectory!(at(context, 'folder'), METADATA, context)
      await store(context, 'folder/file', pattern(10))
      const put = store(context, 'folder', pattern(20), { expect: ANY })
      await mustFail(put, ['already-exists', 'precondition-failed'], 'A put where a directory is')
      await mustHold(context, 'folder/file', pattern(10))
    },
  },
  {
    name: 'computes the digest of what is stored',
    needs: ['checksum'],
    run: async (context) => {
      const bytes = pattern(120_000)
      await store(context, 'sum', bytes)
      const sum = await context.provider.features.checksum!(at(context, 'sum'), { signal: context.signal })
      if (sum === undefined) return
      const own = digestOf(bytes, sum.algorithm) ?? sum.value
      must(sum.value === own, `The target has the ${sum.algorithm} ${sum.value} for a file whose own is ${own}.`)
    },
  },
  {
    name: 'computes the digests of many files, each of the version that was listed',
    needs: ['checksums'],
    run: async (context) => {
      const names = ['one', 'two', 'three', 'four']
      for (const [number, name] of names.entries()) await store(context, name, pattern(1000 + number, number + 1))
      const entries = await Promise.all(names.map((name) => stat(context, name)))
      await store(context, 'two', pattern(1001, 9), { expect: ANY })
      await context.provider.remove(at(context, 'three'), { signal: context.signal, expect: ANY })
      const items = entries.map(({ path, etag = '', size }) => ({ path, etag, size }))
      const sums = await context.provider.features.checksums!(items, { signal: context.signal })
      must(sums.length === items.length, 'The digests of four files were asked for, and other many are told.')
      for (const number of [0, 3]) {
        const sum = sums[number]
        must(sum !== undefined, `Of ${names[number]}, which nobody touched, no digest is told.`)
        const own = digestOf(pattern(1000 + number, number + 1), sum.algorithm) ?? sum.value
        must(sum.value === own, `The target has the ${sum.algorithm} ${sum.value} for a file whose own is ${own}.`)
      }
      must(sums[1] === undefined, 'A digest is told of another version than the one that was listed.')
      must(sums[2] === undefined, 'A digest is told of a file that is not there.')
    },
  },
  {
    name: 'tells how much room is left',
    needs: ['freeBytes'],
    run: async (context) => {
      const free = await context.provider.features.freeBytes!({ signal: context.signal })
      must(Number.isFinite(free) && free >= 0, `The room left is told as ${free}.`)
    },
  },
]
