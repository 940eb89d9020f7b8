import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { crc32 } from 'node:zlib'
import type { ConflictDetail } from '../../common/protocol.ts'
import type { Conflict } from '../../common/conflict.ts'
import { toRelPath } from '../../common/paths.ts'
import { conflictView } from '../../main/conflicts/views.ts'
import { comparePackages } from '../../main/conflicts/zip-parts.ts'
import { likenessOf } from '../../main/conflicts/likeness.ts'
import { ContentComparison } from '../../main/delta/compare-content.ts'
import { Signatures } from '../../main/delta/signatures.ts'
import { createPool } from '../../main/pool.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { StableFile } from '../../workers/tasks.ts'
import { ConflictBench } from '../fakes/conflict-bench.ts'

const CALLER = { transport: 'direct' } as const
let bench: ConflictBench

beforeEach(async () => {
  bench = await ConflictBench.open()
})
afterEach(() => bench.close())

const show = ({ id }: Conflict): Promise<ConflictDetail> => bench.handlers['conflicts.show']({ id }, CALLER)

async function evidenceOf(local: string | Uint8Array, remote: string | Uint8Array, path = 'a.txt') {
  return (await show(await bench.conflict(path, { local, remote }))).evidence
}

/** Bytes without any repetition. */
function noise(sizeBytes: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  let state = seed
  for (let at = 0; at < sizeBytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

describe('how much of two contents differs', () => {
  it('is found wherever it lies: an insertion at the beginning is no difference of everything', async () => {
    const content = noise(400_000)
    const longer = Buffer.concat([Buffer.from('a few bytes more'), content])
    const evidence = await evidenceOf(content, longer, 'a.bin')
    expect(evidence).toMatchObject({ kind: 'binary' })
    const { differingPercent } = evidence as typeof evidence & { kind: 'binary' }
    expect(differingPercent).toBeGreaterThan(0)
    expect(differingPercent).toBeLessThan(5)
  })

  it('is told of both: what only one of them has counts', async () => {
    const content = noise(300_000)
    const half = await evidenceOf(content, content.subarray(0, 150_000), 'a.bin')
    expect((half as { differingPercent: number }).differingPercent).toBeGreaterThan(25)
    expect((half as { differingPercent: number }).differingPercent).toBeLessThan(45)
    const all = await evidenceOf(content, noise(300_000, 77), 'b.bin')
    expect(all).toMatchObject({ kind: 'binary', differingPercent: 100, firstDifferenceAt: 0 })
  })

  it('of large files on this computer is told from the files, in a worker', async () => {
    const content = noise(5 * 1024 * 1024)
    const changed = Buffer.from(content)
    changed.fill(7, 3_000_000, 3_200_000)
    const evidence = await evidenceOf(content, changed, 'large.bin')
    expect(evidence).toMatchObject({ kind: 'binary' })
    const { differingPercent, firstDifferenceAt = 0 } = evidence as typeof evidence & { kind: 'binary' }
    expect(differingPercent).toBeGreaterThan(2)
    expect(differingPercent).toBeLessThan(9)
    expect(Math.abs(firstDifferenceAt - 3_000_000)).toBeLessThan(100_000)
  })
})

describe('what a comparison would fetch', () => {
  const entry = (size: number) => ({ path: toRelPath('v.mov'), kind: 'file' as const, size, mtimeNs: 1n, etag: '"e"' })
  const mine = { ...entry(9), identity: { inode: '1:1', ctimeNs: 1n } }
  const signal = new AbortController().signal
  const likeness = { differingPercent: 12.34, firstDifferenceAt: 5 }
  const sidesWith = (comparison: object, mayFetch?: boolean) =>
    ({
      folder: { path: '/nowhere' },
      target: {
        location: 's3://bucket',
        read: () => {
          throw new Error('fetched')
        },
      },
      signal,
      comparison: {
        bySignature: async () => undefined,
        byContent: async () => likeness,
        byFile: async () => likeness,
        ...comparison,
      },
      ...(mayFetch === undefined ? {} : { mayFetch }),
    }) as unknown as Parameters<typeof likenessOf>[0]

  it('is said, and nothing is fetched, where the target keeps no signature', async () => {
    expect(await likenessOf(sidesWith({}), { mine, theirs: entry(70_000_000) })).toEqual({
      kind: 'unread',
      readBytes: 9,
      fetchBytes: 70_000_000,
    })
    await expect(likenessOf(sidesWith({}, true), { mine, theirs: entry(70_000_000) })).rejects.toThrow('fetched')
  })

  it('is nothing where the target keeps the signature of exactly that version', async () => {
    const asked: unknown[] = []
    const bySignature = async (_here: unknown, there: unknown, how: unknown) => {
      asked.push([there, how])
      return likeness
    }
    const theirs = entry(70_000_000)
    expect(await likenessOf(sidesWith({ bySignature }), { mine, theirs, contentHash: 'ab' })).toEqual({
      kind: 'binary',
      differingPercent: 12.3,
      firstDifferenceAt: 5,
    })
    expect(asked).toEqual([[theirs, { contentHash: 'ab', signal }]])
  })

  it('never rounds a little to nothing, nor nearly everything to all', async () => {
    const percent = async (differingPercent: number) => {
      const bySignature = async () => ({ differingPercent })
      const evidence = await likenessOf(sidesWith({ bySignature }), { mine, theirs: entry(9) })
      return (evidence as { differingPercent: number }).differingPercent
    }
    expect([await percent(0), await percent(0.001), await percent(99.999), await percent(100)]).toEqual([
      0, 0.1, 99.9, 100,
    ])
  })
})

describe('the signature that a target keeps', () => {
  it('is all that is read of the target, and is used for exactly its version', async () => {
    const content = noise(3 * 1024 * 1024)
    const changed = Buffer.from(content)
    changed.fill(3, 1_000_000, 1_100_000)
    const target = createMemoryProvider({ name: '' })
    const pool = createPool({ threads: 1 })
    const cache = { load: async () => undefined, save: async () => undefined, drop: async () => undefined }
    const signatures = new Signatures({ target, cache, clock: bench.host.clock, log: bench.host.log })
    try {
      const signal = new AbortController().signal
      const path = toRelPath('v.bin')
      bench.write('source', 'theirs.bin', changed)
      const { contentHash, signature } = await pool.run(
        'signFile',
        { file: fileOf('theirs.bin'), shape: { kind: 'chunks', averageBytes: 8192 } },
        {},
      )
      const there = { path, kind: 'file' as const, size: changed.length, mtimeNs: 1n, etag: '"7"' }
      await signatures.save({ path, etag: '"7"', contentHash }, signature, signal)
      bench.write('source', 'v.bin', content)
      // The target has nothing but the signature: anything else that is read would fail.
      const comparison = new ContentComparison({ pool, signatures })
      const found = await comparison.bySignature(fileOf('v.bin'), there, { signal })
      expect(found?.differingPercent).toBeGreaterThan(2)
      expect(found?.differingPercent).toBeLessThan(8)
      expect(Math.abs((found?.firstDifferenceAt ?? 0) - 1_000_000)).toBeLessThan(70_000)
      expect(await comparison.bySignature(fileOf('v.bin'), { ...there, etag: '"8"' }, { signal })).toBeUndefined()
    } finally {
      await pool.close()
    }
  })
})

/** A file of the source as a worker reads it. */
function fileOf(path: string): StableFile {
  const { size, mtimeNs, identity } = bench.scanned(path)
  return { absolutePath: join(bench.root, 'source', path), size, mtimeNs, ...identity! }
}

describe('the hash of a version', () => {
  it('is told of each that was read, and of no other', async () => {
    const { local, remote, ...found } = await bench.conflict('a.txt', { local: 'here', remote: 'there' })
    const hash = 'c0'.repeat(32)
    const view = conflictView({ ...found, local: { ...local, contentHash: hash }, remote })
    expect(view.local.contentHash).toBe(hash)
    expect(view.remote).not.toHaveProperty('contentHash')
  })
})

describe('a look that nobody waits for any more', () => {
  it('ends', async () => {
    const content = noise(5 * 1024 * 1024)
    const { id } = await bench.conflict('large.bin', { local: content, remote: noise(5 * 1024 * 1024, 9) })
    const looking = bench.handlers['conflicts.show']({ id, look: 'look-1' }, CALLER)
    const ended = expect(looking).rejects.toMatchObject({ code: 'cancelled' })
    await bench.handlers['conflicts.leave']({ look: 'look-1' }, CALLER)
    await ended
    await bench.handlers['conflicts.leave']({ look: 'look-1' }, CALLER)
  })
})

describe('texts that are written down differently', () => {
  const lines = 'one\ntwo\nthree\n'
  const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le')

  it.each([
    ['lines end differently', lines, lines.replaceAll('\n', '\r\n'), { lineEnds: { local: 'lf', remote: 'crlf' } }],
    ['one has a mark of byte order', lines, `\uFEFF${lines}`, { encodings: { local: 'utf-8', remote: 'utf-8-bom' } }],
    ['one is UTF-16', lines, utf16(lines), { encodings: { local: 'utf-8', remote: 'utf-16le' } }],
    [
      'one is UTF-16, the other way round',
      utf16(lines).swap16(),
      lines,
      { encodings: { local: 'utf-16be', remote: 'utf-8' } },
    ],
  ] as const)('are told to be the same where %s, with one click to end it', async (_name, local, remote, forms) => {
    const detail = await show(await bench.conflict('a.txt', { local, remote }))
    expect(detail.evidence).toEqual({ kind: 'same-text', ...forms })
    expect(detail.advice).toMatchObject({ resolution: 'keep-local' })
    expect(detail.conflict.state).toBe('open')
  })

  it('are compared as texts where they differ besides', async () => {
    const evidence = await evidenceOf(lines, 'one\r\n2\r\nthree\r\n')
    expect(evidence).toMatchObject({
      kind: 'text',
      onlyLocal: 1,
      onlyRemote: 1,
      lineEnds: { local: 'lf', remote: 'crlf' },
    })
    const wide = await evidenceOf(utf16(lines), utf16('one\n2\nthree\n'), 'b.txt')
    expect(wide).toMatchObject({ kind: 'text', onlyLocal: 1, onlyRemote: 1 })
    expect(wide).not.toHaveProperty('encodings')
  })

  it('are never merged: what would be written is for a person to say', async () => {
    const base = 'a\nb\nc\nd\ne\nf\n'
    const wide = { base, local: utf16('A\nb\nc\nd\ne\nf\n'), remote: utf16('a\nb\nc\nd\ne\nF\n') }
    expect((await show(await bench.conflict('w.txt', wide))).choices).not.toContain('merge')
  })
})

describe('packages of parts', () => {
  it('with the same parts are told to be packed differently, and nothing is compared byte by byte', async () => {
    const [one, other] = [zip({ 'a.xml': 'aaa', 'b.xml': 'bbb' }), zip({ 'b.xml': 'bbb', 'a.xml': 'aaa' })]
    expect(one.equals(other)).toBe(false)
    const detail = await show(await bench.conflict('a.docx', { local: one, remote: other }))
    expect(detail.evidence).toEqual({
      kind: 'parts',
      same: 2,
      differing: [],
      onlyLocal: [],
      onlyRemote: [],
      isCut: false,
    })
    expect(detail.advice).toBeDefined()
  })

  it('say which parts differ', async () => {
    const local = zip({ 'same.xml': 's', 'word/document.xml': 'mine', 'media/1.png': '1' })
    const remote = zip({ 'same.xml': 's', 'word/document.xml': 'hers', 'media/2.png': '2' })
    const detail = await show(await bench.conflict('a.docx', { local, remote }))
    expect(detail.evidence).toMatchObject({
      kind: 'parts',
      same: 1,
      differing: ['word/document.xml'],
      onlyLocal: ['media/1.png'],
      onlyRemote: ['media/2.png'],
    })
    expect(detail.advice).toBeUndefined()
  })

  it('are not believed where anything about them is odd', () => {
    const fine = zip({ a: '1' })
    const encrypted = Buffer.from(fine)
    encrypted.writeUInt16LE(1, encrypted.indexOf('PK\u0001\u0002') + 8)
    const odd = [fine.subarray(0, -1), Buffer.concat([fine, Buffer.from('x')]), encrypted, Buffer.from('PK'), zip({})]
    for (const bytes of odd) expect(comparePackages(fine, bytes)).toBeUndefined()
    expect(comparePackages(fine, fine)?.same).toBe(1)
  })
})

describe('a folder in the place of a file', () => {
  it('is told with how much is in it', async () => {
    bench.write('source', 'thing', 'a file')
    bench.write('target', 'thing/inside/one', '12345')
    bench.write('target', 'thing/two', '123')
    const remote = { entry: { ...(await bench.stat('target', 'thing')) } }
    const found = { path: toRelPath('thing'), kind: 'type' as const, local: { entry: bench.scanned('thing') }, remote }
    const detail = await show(bench.store.conflicts.found(bench.folder.id as never, found, 1))
    expect(detail.evidence).toEqual({ kind: 'folder', at: 'remote', files: 2, bytes: 8 })
    expect(detail.choices).toEqual(['keep-local', 'keep-remote', 'keep-both'])
  })

  it('is told from a link', async () => {
    bench.write('source', 'thing', 'a file')
    mkdirSync(join(bench.root, 'target'), { recursive: true })
    symlinkSync('/nowhere', join(bench.root, 'target', 'thing'))
    const remote = { entry: await bench.stat('target', 'thing') }
    const found = { path: toRelPath('thing'), kind: 'type' as const, local: { entry: bench.scanned('thing') }, remote }
    const detail = await show(bench.store.conflicts.found(bench.folder.id as never, found, 1))
    expect(detail.evidence).toMatchObject({ kind: 'none', why: expect.stringContaining('link') })
    expect(detail.choices).toEqual([])
    rmSync(join(bench.root, 'target', 'thing'))
  })
})

/** A ZIP file of stored parts, in their order. */
function zip(parts: Readonly<Record<string, string>>): Buffer {
  const [bodies, entries]: [Buffer[], Buffer[]] = [[], []]
  let at = 0
  for (const [name, text] of Object.entries(parts)) {
    const [bytes, nameBytes] = [Buffer.from(text), Buffer.from(name)]
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04_03_4b_50)
    local.writeUInt16LE(nameBytes.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02_01_4b_50)
    entry.writeUInt32LE(crc32(bytes), 16)
    entry.writeUInt32LE(bytes.length, 20)
    entry.writeUInt32LE(bytes.length, 24)
    entry.writeUInt16LE(nameBytes.length, 28)
    entry.writeUInt32LE(at, 42)
    bodies.push(local, nameBytes, bytes)
    entries.push(entry, nameBytes)
    at += 30 + nameBytes.length + bytes.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06_05_4b_50)
  end.writeUInt16LE(entries.length / 2, 8)
  end.writeUInt16LE(entries.length / 2, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...bodies, directory, end])
}
