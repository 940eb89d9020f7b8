import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import { ChunkRows } from '../../workers/delta/chunk-rows.ts'
import { encodeUnbound, seal } from '../../workers/delta/format.ts'
import { MAX_MADE_BYTES, MAX_READ_BYTES, ROW_BYTES, shapeFor } from '../../workers/delta/shape.ts'
import { SignatureBuilder } from '../../workers/delta/signature-builder.ts'
import { bindSignature, readSignature, signatureBinding } from '../../workers/delta/signature.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { SignatureShape } from '../../workers/tasks.ts'
import { noise, oldContent, sign } from '../property/delta-support.ts'

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'hssig')
const CHUNKS: SignatureShape = { kind: 'chunks', averageBytes: 1024 }
const BLOCKS: SignatureShape = { kind: 'fixed', blockBytes: 4096 }
const GIB = 1024 ** 3

/** 100,000 bytes: noise, then text, then zeros. */
const SAMPLE = Buffer.concat([
  noise(40_000, 1),
  oldContent({ texture: 'text', sizeBytes: 30_000, seed: 2, edits: [] }),
  Buffer.alloc(30_000),
])

/** Files whose every byte is settled by docs/formats/hssig.md. `UPDATE_FIXTURES=1` writes those that are missing. */
const GOLDEN: Readonly<Record<string, () => Uint8Array>> = {
  'chunks.hssig': () => sign(SAMPLE, CHUNKS),
  'chunks-bound.hssig': () =>
    bindSignature(sign(SAMPLE, CHUNKS), { etag: '"9b2cf535f27731c974343645a3985328-7"', versionId: 'v1' }),
  'chunks-empty.hssig': () => sign(Buffer.alloc(0), CHUNKS),
  'fixed.hssig': () => sign(SAMPLE, BLOCKS),
  'fixed-bound.hssig': () => bindSignature(sign(SAMPLE, BLOCKS), { etag: '"9b2cf535f27731c974343645a3985328"' }),
}

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'none'
  } catch (error) {
    return isTidekeepError(error) ? error.code : `not a TidekeepError: ${String(error)}`
  }
}

/** The signature with some bytes replaced, under a checksum that fits. */
function forged(signature: Uint8Array, change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = Uint8Array.from(signature)
  change(new DataView(bytes.buffer), bytes)
  seal(bytes)
  return bytes
}

describe('signatures in the documented format', () => {
  it.each(Object.entries(GOLDEN))('are byte for byte what %s says', (name, make) => {
    const path = join(FIXTURES, name)
    if (process.env['UPDATE_FIXTURES'] === '1' && !existsSync(path)) {
      mkdirSync(FIXTURES, { recursive: true })
      writeFileSync(path, make())
    }
    expect(Buffer.from(make()).toString('hex')).toBe(readFileSync(path).toString('hex'))
  })

  it('say what they were made of', () => {
    const chunks = readSignature(sign(SAMPLE, CHUNKS))
    const blocks = readSignature(sign(SAMPLE, BLOCKS))
    expect(chunks).toMatchObject({
      kind: 'chunks',
      averageBytes: 1024,
      sizeBytes: 100_000,
      contentHash: blake3Hex(SAMPLE),
    })
    expect(blocks).toMatchObject({
      kind: 'fixed',
      blockBytes: 4096,
      sizeBytes: 100_000,
      contentHash: blake3Hex(SAMPLE),
    })
  })

  it('come out the same however the content came in', () => {
    const content = Buffer.concat([noise(1_700_000, 3), Buffer.alloc(300_000), SAMPLE])
    for (const shape of [CHUNKS, { kind: 'chunks', averageBytes: 8192 } as const, BLOCKS]) {
      const inOne = sign(content, shape)
      const inMany = new SignatureBuilder(shape)
      for (let at = 0, step = 1; at < content.length; at += step, step = (step * 7) % 5000) {
        inMany.update(content.subarray(at, at + step))
      }
      expect(Buffer.compare(inMany.finish().signature, inOne)).toBe(0)
      const inPlace = new SignatureBuilder(shape)
      for (let at = 0; at < content.length; at += 77_777) {
        const bytes = content.copy(inPlace.buffer, 0, at, at + 77_777)
        inPlace.update(inPlace.buffer.subarray(0, bytes))
      }
      expect(Buffer.compare(inPlace.finish().signature, inOne)).toBe(0)
    }
  })

  it('are read from any place in a buffer', () => {
    for (let offset = 0; offset < 4; offset++) {
      const bytes = sign(SAMPLE, CHUNKS)
      const moved = new Uint8Array(bytes.length + offset)
      moved.set(bytes, offset)
      expect(readSignature(moved.subarray(offset))).toEqual(readSignature(bytes))
    }
  })
})

describe('binding a signature', () => {
  const unbound = sign(SAMPLE, CHUNKS)
  const contentHash = blake3Hex(SAMPLE)

  it('names the object and leaves the rest as it is', () => {
    const bound = bindSignature(unbound, { etag: '"é"', versionId: 'null' })
    expect(signatureBinding(bound)).toEqual({ contentHash, etag: '"é"', versionId: 'null' })
    expect(readSignature(bound)).toEqual(readSignature(unbound))
    expect(signatureBinding(unbound)).toEqual({ contentHash })
  })

  it('replaces another binding', () => {
    const first = bindSignature(unbound, { etag: '"long etag"', versionId: 'long version' })
    expect(Buffer.compare(bindSignature(first, { etag: '"b"' }), bindSignature(unbound, { etag: '"b"' }))).toBe(0)
  })

  it('refuses texts that no store has', () => {
    expect(codeOf(() => bindSignature(unbound, { etag: '' }))).toBe('invalid')
    expect(codeOf(() => bindSignature(unbound, { etag: 'x'.repeat(1025) }))).toBe('invalid')
    expect(codeOf(() => bindSignature(unbound, { etag: 'x', versionId: 'x'.repeat(1025) }))).toBe('invalid')
  })
})

describe('a signature from elsewhere', () => {
  const chunks = sign(SAMPLE, CHUNKS)
  const blocks = sign(SAMPLE, BLOCKS)
  const LIES: readonly (readonly [string, () => Uint8Array])[] = [
    ['is empty', () => new Uint8Array(0)],
    ['lost its last byte', () => chunks.subarray(0, -1)],
    ['has a byte too many', () => Buffer.concat([chunks, Buffer.alloc(1)])],
    ['has one bit flipped', () => chunks.map((byte, at) => (at === 777 ? byte ^ 1 : byte))],
    ['is longer than the cap', () => new Uint8Array(MAX_READ_BYTES + 1)],
    ['begins otherwise', () => forged(chunks, (_, bytes) => (bytes[0] = 0))],
    ['is of another version', () => forged(chunks, (view) => view.setUint16(8, 2, true))],
    ['is of another kind', () => forged(chunks, (view) => view.setUint8(10, 3))],
    ['uses a reserved byte', () => forged(chunks, (view) => view.setUint8(11, 1))],
    ['has chunks of no size', () => forged(chunks, (view) => view.setUint32(12, 0, true))],
    ['has chunks of 4 GiB', () => forged(chunks, (view) => view.setUint32(12, 0xffff_ffff, true))],
    ['is of a file of 2^63 bytes', () => forged(chunks, (view) => view.setBigUint64(16, 2n ** 63n, true))],
    ['is of a file a byte longer', () => forged(chunks, (view) => view.setBigUint64(16, 100_001n, true))],
    ['counts 2^32 - 1 chunks', () => forged(chunks, (view) => view.setUint32(24, 0xffff_ffff, true))],
    ['counts one chunk as a group', () => forged(chunks, (view) => moveCount(view, 1))],
    ['counts one group as a chunk', () => forged(chunks, (view) => moveCount(view, -1))],
    ['has a chunk of no bytes', () => forged(chunks, (view) => addTo(view, 64, -view.getUint32(64, true)))],
    ['has a chunk of 4 GiB', () => forged(chunks, (view) => view.setUint32(64, 0xffff_ffff, true))],
    ['moves a byte past the end', () => forged(chunks, (view) => addTo(view, 64, 1))],
    ['has a group of no chunks', () => forged(chunks, (view) => view.setUint32(groupsAt(view), 0, true))],
    [
      'has a group of 2^32 - 1 chunks',
      () => forged(chunks, (view) => view.setUint32(groupsAt(view), 0xffff_ffff, true)),
    ],
    ['has blocks that do not fit the size', () => forged(blocks, (view) => view.setUint32(12, 8192, true))],
    ['has groups of blocks', () => forged(blocks, (view) => moveCount(view, 1))],
    ['is bound to a version of nothing', () => forged(chunks, (view) => view.setUint16(view.byteLength - 34, 1, true))],
    ['is bound to more than is there', () => forged(chunks, (view) => view.setUint16(view.byteLength - 36, 900, true))],
  ]

  it.each(LIES)('is refused when it %s', (_, make) => {
    const bytes = make()
    expect(codeOf(() => readSignature(bytes))).toBe('corrupt')
  })

  it('is refused when its one chunk is longer than what is ever held of a file', () => {
    const row = Buffer.alloc(ROW_BYTES)
    const group = Buffer.alloc(ROW_BYTES, Uint8Array.of(1, 0, 0, 0, ...Buffer.alloc(16)))
    const header = {
      kind: 'chunks',
      unitBytes: 1024,
      rowCount: 1,
      groupCount: 1,
      contentHash: '00'.repeat(32),
    } as const
    const ofOneChunk = (sizeBytes: number): Uint8Array => {
      row.writeUInt32LE(sizeBytes)
      return encodeUnbound({ ...header, sizeBytes }, [row, group])
    }
    expect(readSignature(ofOneChunk(1024 ** 2)).sizeBytes).toBe(1024 ** 2)
    expect(codeOf(() => readSignature(ofOneChunk(1024 ** 2 + 1)))).toBe('corrupt')
  })

  it('can have a file of none, one and many rows', () => {
    for (const size of [0, 1, 4095, 4096, 4097]) {
      for (const shape of [CHUNKS, BLOCKS]) {
        expect(readSignature(sign(SAMPLE.subarray(0, size), shape)).sizeBytes).toBe(size)
      }
    }
  })
})

function groupsAt(view: DataView): number {
  return 64 + view.getUint32(24, true) * ROW_BYTES
}

function moveCount(view: DataView, count: number): void {
  addTo(view, 24, -count)
  addTo(view, 28, count)
}

function addTo(view: DataView, at: number, change: number): void {
  view.setUint32(at, view.getUint32(at, true) + change, true)
}

describe('the compiled loops', () => {
  it('are asked for in one sentence where they were not built', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tidekeep-unbuilt-'))
    const root = join(import.meta.dirname, '..', '..')
    const isSource = (path: string): boolean => !path.endsWith('.wasm')
    for (const name of ['package.json', 'common', 'workers'])
      cpSync(join(root, name), join(directory, name), { recursive: true, filter: isSource })
    const script = `import('./workers/delta/kernel/kernel.ts').then(({ takeKernel }) => takeKernel(1))
      .catch(({ code, message, fix }) => console.log(JSON.stringify({ code, message, fix })))`
    const { stdout } = spawnSync(process.execPath, ['-e', script], { cwd: directory, encoding: 'utf8' })
    rmSync(directory, { recursive: true })
    expect(JSON.parse(stdout)).toEqual({
      code: 'internal',
      message: expect.stringMatching(/^The compiled loops of delta transfers are missing: .*kernel\.wasm$/),
      fix: 'Run "npm run build", or install Tidekeep again.',
    })
  })
})

describe('content that is cut far finer than usual', () => {
  it('keeps its signature under 32 MiB, and whole', () => {
    const averageBytes = 1024
    const chunkBytes = 100
    const read = Buffer.alloc(4 * 1024 ** 2)
    const rows = new ChunkRows((from, to) => read.subarray(0, to - from), { averageBytes, mostChunks: 32 })
    const hash = new Uint32Array(4)
    const chunkCount = 3_000_000
    let end = 0
    for (let chunk = 0; chunk < chunkCount; chunk++) {
      hash[0] = chunk
      rows.add((end += chunkBytes), chunkBytes, hash)
    }
    rows.close(end)
    const { chunks, groups } = rows
    const header = {
      kind: 'chunks',
      unitBytes: averageBytes,
      rowCount: chunks.count,
      groupCount: groups.count,
    } as const
    const contentHash = '00'.repeat(32)
    const parts = [...chunks.parts, ...groups.parts]
    const bytes = encodeUnbound({ ...header, sizeBytes: chunkCount * chunkBytes, contentHash }, parts)
    expect(chunks.count).toBeLessThan(chunkCount / 2)
    expect(bytes.length).toBeLessThan(MAX_MADE_BYTES)
    expect(readSignature(bytes).sizeBytes).toBe(chunkCount * chunkBytes)
  })
})

describe('the shape of a signature', () => {
  it('is chunks of 8 KiB by default, and grows with the file', () => {
    expect(shapeFor(GIB, 0)).toEqual({ kind: 'chunks', averageBytes: 8192 })
    expect(shapeFor(10 * GIB, 0)).toEqual({ kind: 'chunks', averageBytes: 32_768 })
  })

  it('is the blocks asked for, as long as they fit', () => {
    expect(shapeFor(10 * GIB, 65_536)).toEqual({ kind: 'fixed', blockBytes: 65_536 })
    expect(shapeFor(1000 * GIB, 65_536)).toEqual({ kind: 'fixed', blockBytes: 1024 ** 2 })
  })

  it('keeps the signature under 32 MiB for any file that a store takes', () => {
    for (let sizeBytes = 1; sizeBytes <= 16 * 1024 * GIB; sizeBytes *= 1.9) {
      const byContent = shapeFor(sizeBytes, 0)
      const inBlocks = shapeFor(sizeBytes, 65_536)
      if (byContent.kind !== 'chunks' || inBlocks.kind !== 'fixed') throw new Error('the kinds were not as asked for')
      // Text is cut twice as fine; groups add a thirtieth.
      expect((sizeBytes / (byContent.averageBytes / 2)) * ROW_BYTES * 1.05).toBeLessThan(MAX_MADE_BYTES)
      expect(Math.ceil(sizeBytes / inBlocks.blockBytes) * ROW_BYTES + 4096).toBeLessThan(MAX_MADE_BYTES)
    }
  })

  it('is refused where nothing can be made of it', () => {
    for (const averageBytes of [0, 1023, 1024.5, 2 ** 30, Number.NaN]) {
      expect(codeOf(() => new SignatureBuilder({ kind: 'chunks', averageBytes }))).toBe('invalid')
    }
    expect(codeOf(() => new SignatureBuilder({ kind: 'fixed', blockBytes: 100 }))).toBe('invalid')
  })
})
