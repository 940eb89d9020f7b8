import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { comparePaths } from '../../common/paths.ts'
import type { PutOptions, TargetProvider } from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { collectBytes, collectEntries, contentOf, never, rel, withFile } from '../fakes/s3/harness.ts'

/** From where on a store, and the provider on it, take other ways. */
export interface S3Sizes {
  /** So many objects are listed at once, at most. */
  readonly pageKeys: number
  /** Goes out in two parts, of which the first is a copy range, too. */
  readonly largeBytes: number
}

/** Those of real stores. */
export const REAL_SIZES: S3Sizes = { pageKeys: 1_000, largeBytes: 17 * 1024 ** 2 + 3 }

/** One behaviour every S3 store must give through the provider. `area` is a fresh directory of the target. */
export interface S3Check {
  readonly name: string
  readonly run: (provider: TargetProvider, area: string, sizes: S3Sizes) => Promise<void>
}

const MTIME_NS = 1_700_000_000_123_456_789n
const absent: PutOptions = { signal: never, metadata: { mtimeNs: MTIME_NS, mode: 0o640 }, expect: { kind: 'absent' } }
const any: PutOptions = { ...absent, expect: { kind: 'any' } }

/** Names that break URL, XML, signing or header code that is less than careful. */
export const ODD_NAMES = [
  'space in name.txt',
  'plus+percent%20.txt',
  'quotes\'"and&<angle>.txt',
  'ünïcödé-日本語-😀.txt',
  'semi;colon,comma=equals.txt',
  'hash#question?.txt',
  'tilde~star*(parens)!@$.txt',
  ' leading and trailing ',
  'dots...',
  '[brackets]{braces}^`|.txt',
]

/** Run against the strict server with each of its quirks, and against independent servers. */
export const S3_CHECKS: readonly S3Check[] = [
  {
    name: 'stores bytes, attributes and digest, and reads them back',
    run: async (provider, area) => {
      const path = rel(`${area}/file.bin`)
      const bytes = randomBytes(20_000)
      const put = await provider.put(path, contentOf(bytes), absent)
      expect(put.contentHash).toBe(blake3Hex(bytes))
      expect(put.verifiedBy).not.toBe('none')
      expect((await collectBytes(provider.read(path, { signal: never }))).equals(bytes)).toBe(true)
      const entry = await provider.stat(path, { signal: never })
      expect(entry).toMatchObject({ kind: 'file', size: 20_000, mtimeNs: MTIME_NS, mode: 0o640, etag: put.entry.etag })
      expect(entry.checksums).toContainEqual({ algorithm: 'blake3', value: put.contentHash })
    },
  },
  {
    name: 'stores an empty file',
    run: async (provider, area) => {
      const path = rel(`${area}/empty`)
      await provider.put(path, contentOf(''), absent)
      expect((await provider.stat(path, { signal: never })).size).toBe(0)
      expect(await collectBytes(provider.read(path, { signal: never }))).toHaveLength(0)
    },
  },
  {
    name: 'keeps odd names exactly, through put, list, stat, read, move and remove',
    run: async (provider, area) => {
      for (const [index, name] of ODD_NAMES.entries())
        await provider.put(rel(`${area}/${name}`), contentOf(`n${index}`), absent)
      const listed = await collectEntries(provider.list(rel(area), { signal: never }))
      expect(listed.map((entry) => entry.path)).toEqual(ODD_NAMES.map((name) => `${area}/${name}`).sort(comparePaths))
      for (const [index, name] of ODD_NAMES.entries()) {
        const from = rel(`${area}/${name}`)
        const to = rel(`${area}/moved/${name}`)
        const { etag } = await provider.stat(from, { signal: never })
        await provider.features.move!(from, to, { signal: never, expect: { kind: 'etag', etag: etag! } })
        expect((await collectBytes(provider.read(to, { signal: never }))).toString()).toBe(`n${index}`)
        await provider.remove(to, { signal: never, expect: { kind: 'any' } })
      }
      expect(await collectEntries(provider.list(rel(area), { signal: never }))).toEqual([])
    },
  },
  {
    name: 'refuses a put where something is, and one over something else',
    run: async (provider, area) => {
      const path = rel(`${area}/guarded`)
      const first = await provider.put(path, contentOf('one'), absent)
      await expect(provider.put(path, contentOf('two'), absent)).rejects.toMatchObject({ code: 'precondition-failed' })
      const second = await provider.put(path, contentOf('two'), {
        ...absent,
        expect: { kind: 'etag', etag: first.entry.etag! },
      })
      const stale: PutOptions = { ...absent, expect: { kind: 'etag', etag: first.entry.etag! } }
      await expect(provider.put(path, contentOf('three'), stale)).rejects.toMatchObject({ code: 'precondition-failed' })
      await expect(provider.remove(path, stale)).rejects.toMatchObject({ code: 'precondition-failed' })
      expect((await collectBytes(provider.read(path, { signal: never }))).toString()).toBe('two')
      await provider.remove(path, { signal: never, expect: { kind: 'etag', etag: second.entry.etag! } })
      await expect(provider.put(path, contentOf('four'), stale)).rejects.toMatchObject({ code: 'precondition-failed' })
      await expect(provider.stat(path, { signal: never })).rejects.toMatchObject({ code: 'not-found' })
    },
  },
  {
    name: 'removes what is not there without complaint',
    run: async (provider, area) => {
      await provider.remove(rel(`${area}/nothing`), { signal: never, expect: { kind: 'any' } })
      await provider.remove(rel(`${area}/nothing`), { signal: never, expect: { kind: 'etag', etag: '"0000"' } })
    },
  },
  {
    name: 'reads ranges, at the edges too, and pins what it reads',
    run: async (provider, area) => {
      const path = rel(`${area}/ranges`)
      const { entry } = await provider.put(path, contentOf('0123456789'), absent)
      const read = async (start: number, end: number): Promise<string> =>
        (await collectBytes(provider.read(path, { signal: never, range: { start, end } }))).toString()
      expect(await read(0, 1)).toBe('0')
      expect(await read(9, 10)).toBe('9')
      expect(await read(3, 7)).toBe('3456')
      expect(await read(5, 5)).toBe('')
      const pinned = provider.read(path, { signal: never, expect: { kind: 'etag', etag: entry.etag! } })
      expect((await collectBytes(pinned)).toString()).toBe('0123456789')
      const stale = provider.read(path, { signal: never, expect: { kind: 'etag', etag: '"0000"' } })
      await expect(collectBytes(stale)).rejects.toMatchObject({ code: 'precondition-failed' })
      await expect(collectBytes(provider.read(rel(`${area}/none`), { signal: never }))).rejects.toMatchObject({
        code: 'not-found',
      })
    },
  },
  {
    name: 'lists more than a page, in order, and only below the path asked for',
    run: async (provider, area, { pageKeys }) => {
      const length = pageKeys + 23
      const paths = Array.from({ length }, (_, index) => `${area}/d${index % 7}/f-${index}`)
      const items = [...paths, `${area}-beside`].map((path) => ({
        path: rel(path),
        content: contentOf(path),
        metadata: { mtimeNs: MTIME_NS },
        expect: { kind: 'absent' as const },
      }))
      const results = await provider.features.putBatch!(items, { signal: never })
      expect(results.filter((result) => !result.ok)).toEqual([])
      const listed = await collectEntries(provider.list(rel(area), { signal: never }))
      expect(listed.map((entry) => entry.path)).toEqual(paths.sort(comparePaths))
      expect(await collectEntries(provider.list(rel(`${area}/missing`), { signal: never }))).toEqual([])
    },
  },
  {
    name: 'sorts names around a slash by their bytes',
    run: async (provider, area) => {
      const names = ['a', 'a-b', 'a.txt', 'a/x', 'a0', 'aa', 'a!/y', '\uE000', '\u{1F600}']
      // A store that keeps files in directories cannot hold both `a` and `a/x`.
      const usable = names.filter((name) => name !== 'a')
      for (const name of usable) await provider.put(rel(`${area}/${name}`), contentOf(name), absent)
      const listed = await collectEntries(provider.list(rel(area), { signal: never }))
      const files = listed.filter((entry) => entry.kind === 'file')
      expect(files.map((entry) => entry.path)).toEqual(usable.map((name) => `${area}/${name}`).sort(comparePaths))
    },
  },
  {
    name: 'stores a large local file in parts, proves it, and reads it back',
    run: async (provider, area, { largeBytes }) => {
      const path = rel(`${area}/large.bin`)
      const bytes = randomBytes(largeBytes)
      await withFile(bytes, async (content) => {
        let progress = 0
        const options = { ...absent, onProgress: (done: number) => (progress = done) }
        const put = await provider.put(path, content, options)
        expect(put).toMatchObject({ contentHash: blake3Hex(bytes), bytesSent: largeBytes })
        expect(put.verifiedBy).not.toBe('none')
        expect(progress).toBe(largeBytes)
        expect(put.entry.etag).toBe((await provider.stat(path, { signal: never })).etag)
        await expect(provider.put(path, content, absent)).rejects.toMatchObject({ code: 'precondition-failed' })
      })
      expect((await collectBytes(provider.read(path, { signal: never }))).equals(bytes)).toBe(true)
      const tail = provider.read(path, { signal: never, range: { start: largeBytes - 5, end: largeBytes } })
      expect((await collectBytes(tail)).equals(bytes.subarray(-5))).toBe(true)
      await provider.remove(path, { signal: never, expect: { kind: 'any' } })
    },
  },
  {
    name: 'puts content together below a name of odd signs, by copying parts of it',
    run: async (provider, area, { largeBytes }) => {
      const path = rel(`${area}/a b+c%20&"ü日😀;=?#~(x)!$[y]{z}'.bin`)
      const old = randomBytes(largeBytes)
      const copied = largeBytes - 100
      const made = Buffer.concat([old.subarray(7, 7 + copied), randomBytes(50)])
      await withFile(old, async (content) => {
        const { entry } = await provider.put(path, content, absent)
        const from = { etag: entry.etag!, sizeBytes: old.length }
        const options = { ...any, expect: { kind: 'etag' as const, etag: entry.etag! }, from }
        await withFile(made, async (changed) => {
          try {
            const result = await provider.features.assemble!(
              path,
              changed,
              [
                { kind: 'copy', range: { start: 0, end: copied }, fromStart: 7 },
                { kind: 'literal', range: { start: copied, end: made.length } },
              ],
              options,
            )
            expect(result).toMatchObject({ verifiedBy: 'checksum', bytesSent: 50, bytesReused: copied })
          } catch (error) {
            expect(error).toMatchObject({ code: 'unsupported' })
            expect(await provider.features.assemblyLimits!({ signal: never })).toBeUndefined()
            return
          }
          expect((await collectBytes(provider.read(path, { signal: never }))).equals(made)).toBe(true)
        })
      })
      await provider.remove(path, { signal: never, expect: { kind: 'any' } })
    },
  },
  {
    name: 'moves an object with its attributes, only onto a free path and only the one that was meant',
    run: async (provider, area) => {
      const [from, to] = [rel(`${area}/from`), rel(`${area}/to`)]
      const { entry, contentHash } = await provider.put(from, contentOf('moving'), absent)
      await provider.put(to, contentOf('in the way'), absent)
      const expect_ = { kind: 'etag' as const, etag: entry.etag! }
      await expect(provider.features.move!(from, to, { signal: never, expect: expect_ })).rejects.toMatchObject({
        code: 'precondition-failed',
      })
      const stale = { kind: 'etag' as const, etag: '"0000"' }
      await expect(
        provider.features.move!(from, rel(`${area}/free`), { signal: never, expect: stale }),
      ).rejects.toMatchObject({
        code: 'precondition-failed',
      })
      const moved = await provider.features.move!(from, rel(`${area}/free`), { signal: never, expect: expect_ })
      expect(moved).toMatchObject({ path: `${area}/free`, size: 6, mtimeNs: MTIME_NS, mode: 0o640 })
      expect(moved.checksums).toContainEqual({ algorithm: 'blake3', value: contentHash })
      await expect(provider.stat(from, { signal: never })).rejects.toMatchObject({ code: 'not-found' })
      expect((await collectBytes(provider.read(to, { signal: never }))).toString()).toBe('in the way')
    },
  },
  {
    name: 'rewrites attributes without touching content',
    run: async (provider, area) => {
      const path = rel(`${area}/attributes`)
      const { entry, contentHash } = await provider.put(path, contentOf('same'), absent)
      const options = { signal: never, expect: { kind: 'etag' as const, etag: entry.etag! } }
      const changed = await provider.features.setMetadata!(path, { mtimeNs: -1_500_000_000n, mode: 0o600 }, options)
      expect(changed).toMatchObject({ mtimeNs: -1_500_000_000n, mode: 0o600, size: 4 })
      const found = await provider.stat(path, { signal: never })
      expect(found).toMatchObject({ mtimeNs: -1_500_000_000n, mode: 0o600, etag: changed.etag })
      expect(found.checksums).toContainEqual({ algorithm: 'blake3', value: contentHash })
      expect((await collectBytes(provider.read(path, { signal: never }))).toString()).toBe('same')
    },
  },
  {
    name: 'puts a batch in which some fail and the rest succeed, in order',
    run: async (provider, area) => {
      await provider.put(rel(`${area}/taken`), contentOf('first'), any)
      const item = (name: string) => ({
        path: rel(`${area}/${name}`),
        content: contentOf(name),
        metadata: { mtimeNs: MTIME_NS },
        expect: { kind: 'absent' as const },
      })
      const results = await provider.features.putBatch!([item('x'), item('taken'), item('y')], { signal: never })
      expect(
        results.map((result) => (result.ok ? result.result.entry.path : (result.error as { code?: string }).code)),
      ).toEqual([`${area}/x`, 'precondition-failed', `${area}/y`])
    },
  },
  {
    name: 'hides what Tidekeep keeps at the target for itself',
    run: async (provider) => {
      await provider.put(rel('.tidekeep/own'), contentOf('own'), any)
      const listed = await collectEntries(provider.list(rel(''), { signal: never }))
      expect(listed.filter((entry) => entry.path.startsWith('.tidekeep'))).toEqual([])
      await provider.remove(rel('.tidekeep/own'), { signal: never, expect: { kind: 'any' } })
    },
  },
  {
    name: 'two writers of one absent path: one wins, the other is told',
    run: async (provider, area) => {
      const path = rel(`${area}/race`)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => provider.put(path, contentOf(`writer ${index}`), absent)),
      )
      if (provider.features.preconditions !== 'enforced') return
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
    },
  },
]
