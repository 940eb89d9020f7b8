import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import { createPool } from '../../main/pool.ts'
import { encodeUnbound } from '../../workers/delta/format.ts'
import { matchFile } from '../../workers/delta/match-file.ts'
import { signFile } from '../../workers/delta/sign-file.ts'
import { bindSignature, readSignature } from '../../workers/delta/signature.ts'
import { TaskControl } from '../../workers/fs/control.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { SignatureShape } from '../../workers/tasks.ts'
import { asScanned } from '../conformance/local-content.ts'
import { literalBytes, match, noise, oldContent, reassemble, sign } from '../property/delta-support.ts'

const MIB = 1024 ** 2
const CHUNKS: SignatureShape = { kind: 'chunks', averageBytes: 8192 }
const BLOCKS: SignatureShape = { kind: 'fixed', blockBytes: 65_536 }
const OLD = noise(12 * MIB, 5)

const directory = mkdtempSync(join(tmpdir(), 'tidekeep-match-'))
const path = join(directory, 'file')
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'none'
  } catch (error) {
    return isTidekeepError(error) ? error.code : `not a TidekeepError: ${String(error)}`
  }
}

/** At most this may be sent for a change, beside its own bytes: what is cut with it, on either side. */
const MARGIN_BYTES = { chunks: 64 * 1024, fixed: 2 * 65_536 }

const CHANGES: readonly (readonly [string, Buffer, number])[] = [
  ['nothing changed', OLD, 0],
  ['one byte was put in front', Buffer.concat([noise(1, 1), OLD]), 1],
  ['4 KiB were inserted', Buffer.concat([OLD.subarray(0, 5_000_001), noise(4096, 1), OLD.subarray(5_000_001)]), 4096],
  ['1 MiB was inserted', Buffer.concat([OLD.subarray(0, 5_000_001), noise(MIB, 1), OLD.subarray(5_000_001)]), MIB],
  [
    '100 KB were overwritten',
    Buffer.concat([OLD.subarray(0, MIB), noise(100_000, 1), OLD.subarray(MIB + 100_000)]),
    100_000,
  ],
  ['one byte was taken out', Buffer.concat([OLD.subarray(0, 3_333_333), OLD.subarray(3_333_334)]), 0],
  ['2 MiB were taken out', Buffer.concat([OLD.subarray(0, 3_333_333), OLD.subarray(3_333_333 + 2 * MIB)]), 0],
  ['the first half moved to the end', Buffer.concat([OLD.subarray(6 * MIB + 77), OLD.subarray(0, 6 * MIB + 77)]), 0],
  ['a part was said twice', Buffer.concat([OLD.subarray(0, 8 * MIB), OLD.subarray(2 * MIB + 5)]), 0],
  ['it was cut short', OLD.subarray(0, 7_654_321), 0],
  ['100 bytes were appended', Buffer.concat([OLD, noise(100, 1)]), 100],
]

describe.each([CHUNKS, BLOCKS])('matching a file by $kind', (shape) => {
  const signature = sign(OLD, shape)

  it.each(CHANGES)('sends little more than what is new when %s', (_, content, newBytes) => {
    const matched = match(path, content, { signature, shape })
    expect(Buffer.compare(reassemble(matched, OLD, content), content)).toBe(0)
    expect(literalBytes(matched)).toBeLessThanOrEqual(newBytes + (content === OLD ? 0 : MARGIN_BYTES[shape.kind]))
  })

  it('finds zeros again, wherever they are and however many', () => {
    const zeros = { texture: 'zeros', seed: 1, edits: [] } as const
    const old = oldContent({ ...zeros, sizeBytes: 3 * MIB + 17 })
    const content = Buffer.concat([noise(50_000, 1), oldContent({ ...zeros, sizeBytes: 5 * MIB + 4711 })])
    const matched = match(path, content, { signature: sign(old, shape), shape })
    expect(Buffer.compare(reassemble(matched, old, content), content)).toBe(0)
    expect(literalBytes(matched)).toBeLessThan(50_000 + 2 * 65_536)
  })

  it('makes a file of empty and empty of a file', () => {
    const empty = Buffer.alloc(0)
    expect(literalBytes(match(path, OLD, { signature: sign(empty, shape), shape }))).toBe(OLD.length)
    const emptied = match(path, empty, { signature, shape })
    expect([emptied.runs.length, emptied.contentHash]).toEqual([0, blake3Hex(empty)])
    expect(Buffer.compare(emptied.signature, sign(empty, shape))).toBe(0)
  })

  it('runs in a worker thread, on a bound signature', async () => {
    const content = Buffer.concat([noise(1000, 1), OLD])
    writeFileSync(path, content)
    const pool = createPool({ threads: 1 })
    try {
      const bound = bindSignature(signature, { etag: '"e"' })
      const { signal } = new AbortController()
      const matched = await pool.run('matchFile', { file: asScanned(path), signature: bound, shape }, { signal })
      expect(Buffer.compare(reassemble(matched, OLD, content), content)).toBe(0)
      const signed = await pool.run('signFile', { file: asScanned(path), shape }, { signal })
      expect([signed.contentHash, matched.contentHash]).toEqual([blake3Hex(content), blake3Hex(content)])
      expect(Buffer.compare(signed.signature, sign(content, shape))).toBe(0)
    } finally {
      await pool.close()
    }
  })

  it('refuses a file that is no longer what was scanned', () => {
    writeFileSync(path, OLD)
    const file = asScanned(path)
    appendFileSync(path, 'x')
    expect(codeOf(() => matchFile({ file, signature, shape }))).toBe('changed')
    expect(codeOf(() => signFile({ file, shape }))).toBe('changed')
    rmSync(path)
    expect(codeOf(() => matchFile({ file, signature, shape }))).toBe('vanished')
  })

  it('stops when it is cancelled, and counts what it read', () => {
    writeFileSync(path, OLD)
    const file = asScanned(path)
    const control = new TaskControl()
    matchFile({ file, signature, shape, control: control.memory })
    expect(control.bytesDone).toBe(OLD.length)
    control.cancel()
    expect(codeOf(() => matchFile({ file, signature, shape, control: control.memory }))).toBe('cancelled')
    expect(codeOf(() => signFile({ file, shape, control: control.memory }))).toBe('cancelled')
  })

  it('throws for a damaged signature', () => {
    writeFileSync(path, OLD)
    expect(codeOf(() => matchFile({ file: asScanned(path), signature: signature.subarray(1), shape }))).toBe('corrupt')
  })
})

describe('matching by blocks at the ends of a file', () => {
  const blockBytes = 4096
  const shape = { kind: 'fixed', blockBytes } as const

  it.each([1, 4095, 4096, 4097])('finds every block, the last one too, after %i bytes that are new', (newBytes) => {
    const old = noise(10 * blockBytes, 1)
    const content = Buffer.concat([noise(newBytes, 2), old])
    const matched = match(path, content, { signature: sign(old, shape), shape })
    expect([...matched.runs]).toEqual([0, newBytes, -1, newBytes, old.length, 0])
  })

  it.each([1, 100, 4095, 4096])('finds a last block of %i bytes where the one before it changed', (restBytes) => {
    const old = noise(3 * blockBytes + restBytes, 1)
    const content = Buffer.from(old)
    content[2 * blockBytes + 10]! ^= 1
    const matched = match(path, content, { signature: sign(old, shape), shape })
    const [changed, rest] = [2 * blockBytes, 3 * blockBytes]
    expect([...matched.runs]).toEqual([0, changed, 0, changed, blockBytes, -1, rest, restBytes, rest])
  })
})

describe('a signature that asks for much', () => {
  it('of chunks far too long for the file finds nothing, and takes no memory for them', () => {
    writeFileSync(path, OLD)
    const row = Buffer.concat([Buffer.from([0, 0, 0xc0, 0]), Buffer.from(blake3Hex(OLD).slice(0, 32), 'hex')])
    const group = Buffer.from(row).fill(0, 0, 4)
    group.writeUInt32LE(1)
    const header = { kind: 'chunks', unitBytes: 32 * MIB, sizeBytes: OLD.length, rowCount: 1, groupCount: 1 } as const
    const signature = encodeUnbound({ ...header, contentHash: blake3Hex(OLD) }, [row, group])
    expect(readSignature(signature).sizeBytes).toBe(OLD.length)
    const matched = matchFile({ file: asScanned(path), signature, shape: CHUNKS })
    expect(literalBytes(matched)).toBe(OLD.length)
    expect(Buffer.compare(matched.signature, sign(OLD, CHUNKS))).toBe(0)
  })

  it('with one weak hash for all blocks is looked up no more than a few times for each', () => {
    const blockBytes = 4096
    const content = noise(400_000, 9)
    const blocks = Buffer.from(sign(noise(4_000_000, 8), { kind: 'fixed', blockBytes }))
    // Every block claims to look like one place of the file, and then to be something else.
    const like = Buffer.from(sign(content.subarray(100_001, 100_001 + blockBytes), { kind: 'fixed', blockBytes }))
    const rows = blocks.subarray(64, blocks.length - 36)
    for (let at = 0; at < rows.length; at += 20) like.copy(rows, at, 64, 68)
    const header = { kind: 'fixed', unitBytes: blockBytes, sizeBytes: 4_000_000, groupCount: 0 } as const
    const forged = encodeUnbound({ ...header, rowCount: rows.length / 20, contentHash: blake3Hex(content) }, [rows])
    const matched = match(path, content, { signature: forged, shape: { kind: 'fixed', blockBytes } })
    expect(literalBytes(matched)).toBe(content.length)
  })
})
