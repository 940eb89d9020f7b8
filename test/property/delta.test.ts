import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readSignature } from '../../workers/delta/signature.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { MatchedFile, SignatureShape } from '../../workers/tasks.ts'
import { literalBytes, match, newContent, noise, oldContent, reassemble, sign, stories } from './delta-support.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const directory = mkdtempSync(join(tmpdir(), 'tidekeep-delta-'))
const path = join(directory, 'file')
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const SHAPES: readonly (readonly [string, SignatureShape, number])[] = [
  ['chunks of 1 KiB', { kind: 'chunks', averageBytes: 1024 }, 300_000],
  ['chunks of 8 KiB', { kind: 'chunks', averageBytes: 8192 }, 3_000_000],
  ['blocks of 4 KiB', { kind: 'fixed', blockBytes: 4096 }, 300_000],
  ['blocks of 64 KiB', { kind: 'fixed', blockBytes: 65_536 }, 3_000_000],
]

function unitOf(shape: SignatureShape): number {
  return shape.kind === 'chunks' ? shape.averageBytes : shape.blockBytes
}

/** Runs are in order, without gaps, within the old content, and none continues the one before. */
function expectSoundRuns({ runs }: MatchedFile, oldBytes: number, newBytes: number): void {
  let end = 0
  for (let at = 0; at < runs.length; at += 3) {
    const [start, length, oldStart] = [runs[at]!, runs[at + 1]!, runs[at + 2]!]
    expect(start).toBe(end)
    expect(length).toBeGreaterThan(0)
    expect(oldStart === -1 || (oldStart >= 0 && oldStart + length <= oldBytes)).toBe(true)
    const [lastLength, lastOld] = [runs[at - 2] ?? 0, runs[at - 1] ?? -2]
    expect(oldStart === -1 ? lastOld === -1 : lastOld !== -1 && lastOld + lastLength === oldStart).toBe(false)
    end += length
  }
  expect(end).toBe(newBytes)
}

/** Every hash in the signature is that of the bytes it stands for. */
function expectTrueSignature(bytes: Uint8Array, content: Buffer): void {
  const signature = readSignature(bytes)
  expect(signature.contentHash).toBe(blake3Hex(content))
  expect(signature.sizeBytes).toBe(content.length)
  if (signature.kind === 'fixed') return
  const hashAt = (rows: Uint32Array, row: number): string =>
    Buffer.from(rows.slice(row * 5 + 1, row * 5 + 5).buffer).toString('hex')
  const expectHash = (rows: Uint32Array, row: number, [start, end]: readonly [number, number]): void =>
    expect(hashAt(rows, row)).toBe(blake3Hex(content.subarray(start, end)).slice(0, 32))
  let start = 0
  for (let chunk = 0; chunk < signature.chunks.length / 5; chunk++) {
    const end = start + signature.chunks[chunk * 5]!
    expectHash(signature.chunks, chunk, [start, end])
    start = end
  }
  for (let group = 0; group < signature.groups.length / 5; group++) {
    expectHash(signature.groups, group, [signature.groupStarts[group]!, signature.groupStarts[group + 1]!])
  }
}

describe(`matching after random edits (seed ${SEED})`, () => {
  it.each(SHAPES)('gives back every byte, and a signature that is true: %s', (_, shape, mostBytes) => {
    fc.assert(
      fc.property(stories(mostBytes, unitOf(shape)), (story) => {
        const old = oldContent(story)
        const content = newContent(story)
        const matched = match(path, content, { signature: sign(old, shape), shape })
        expectSoundRuns(matched, old.length, content.length)
        expect(Buffer.compare(reassemble(matched, old, content), content)).toBe(0)
        expect(matched.contentHash).toBe(blake3Hex(content))
        expectTrueSignature(matched.signature, content)
        if (shape.kind === 'fixed') expect(Buffer.compare(matched.signature, sign(content, shape))).toBe(0)
      }),
      { seed: SEED, numRuns: mostBytes > 1_000_000 ? 60 : 300 },
    )
  })

  it.each(SHAPES)('finds everything again in what it just signed: %s', (_, shape, mostBytes) => {
    fc.assert(
      fc.property(stories(mostBytes, unitOf(shape)), (story) => {
        const content = newContent(story)
        const { signature } = match(path, content, { signature: sign(oldContent(story), shape), shape })
        const again = match(path, content, { signature, shape })
        expect(literalBytes(again)).toBe(0)
        expect(again.runs.length).toBeLessThanOrEqual(3)
        expect(Buffer.compare(again.signature, signature)).toBe(0)
      }),
      { seed: SEED, numRuns: 30 },
    )
  })

  it('signs in another shape when asked to, as if from scratch', () => {
    const shapes = fc.constantFrom(...SHAPES.map(([, shape]) => shape))
    fc.assert(
      fc.property(stories(300_000, 4096), shapes, shapes, (story, oldShape, shape) => {
        fc.pre(oldShape !== shape)
        const old = oldContent(story)
        const content = newContent(story)
        const matched = match(path, content, { signature: sign(old, oldShape), shape })
        expect(Buffer.compare(reassemble(matched, old, content), content)).toBe(0)
        expect(Buffer.compare(matched.signature, sign(content, shape))).toBe(0)
      }),
      { seed: SEED, numRuns: 100 },
    )
  })

  it('matches as well by a signature that went through many changes as by a fresh one', () => {
    const shape = { kind: 'chunks', averageBytes: 1024 } as const
    let content = noise(1_000_000, SEED)
    let signature = sign(content, shape)
    let carried = 0
    let fresh = 0
    for (let change = 0; change < 100; change++) {
      const at = noise(4, change).readUInt32LE() % content.length
      const bytes = noise(1 + change * 7, change + 1000)
      const replaced = change % 2 === 0 ? 0 : bytes.length
      const next = Buffer.concat([content.subarray(0, at), bytes, content.subarray(at + replaced)])
      const matched = match(path, next, { signature, shape })
      carried += literalBytes(matched)
      fresh += literalBytes(match(path, next, { signature: sign(content, shape), shape }))
      content = next
      signature = matched.signature
    }
    expect(carried).toBeLessThan(fresh * 1.1)
    expect(signature.length).toBeLessThan(sign(content, shape).length * 1.2)
  })
})
