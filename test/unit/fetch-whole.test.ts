import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { ByteRange, Entry, Precondition } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import { wholeAtTarget } from '../../main/engine/execute/fetch-whole.ts'
import type { Run } from '../../main/engine/execute/run.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { quickXorHex } from '../../workers/hash/quick-xor.ts'

const MIB = 1024 * 1024
const CONTENT = Buffer.concat(Array.from({ length: 41 }, (_, number) => Buffer.alloc(MIB, number)))
const ENTRY: Entry = { path: toRelPath('film.mov'), kind: 'file', size: CONTENT.length, mtimeNs: 1n, etag: '"e"' }
const PROOF = { algorithm: 'blake3', value: blake3Hex(CONTENT) } as const

/** A target that holds the file, and how it was read. */
class Target {
  readonly asked: { readonly range: ByteRange | undefined; readonly expect: Precondition | undefined }[] = []
  underWay = 0
  most = 0
  failFrom = Number.POSITIVE_INFINITY

  run(signal = new AbortController().signal): Run {
    const read = (_path: string, { range, expect }: (typeof this.asked)[number]) => this.#read(range, expect)
    return { context: { target: { read } }, signal } as unknown as Run
  }

  async *#read(range: ByteRange | undefined, expect: Precondition | undefined): AsyncGenerator<Uint8Array> {
    this.asked.push({ range, expect })
    const { start, end } = range ?? { start: 0, end: CONTENT.length }
    this.most = Math.max(this.most, ++this.underWay)
    try {
      for (let at = start; at < end; at += MIB) {
        await Promise.resolve()
        if (at >= this.failFrom) throw new TidekeepError({ code: 'precondition-failed', message: 'It changed.' })
        yield CONTENT.subarray(at, Math.min(end, at + MIB))
      }
    } finally {
      this.underWay--
    }
  }
}

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a large file that comes from the target', () => {
  it.each([
    ['BLAKE3', PROOF],
    ['QuickXorHash', { algorithm: 'quickxor', value: quickXorHex(CONTENT) }],
  ] as const)(
    'comes in parts that are on their way at once, pinned to its version and proved by %s',
    async (_, proof) => {
      const target = new Target()
      expect(CONTENT.equals(await bytesOf(wholeAtTarget(target.run(), { ...ENTRY, checksums: [proof] })))).toBe(true)
      expect(target.most).toBe(4)
      expect(target.asked).toHaveLength(6)
      expect(target.asked.every(({ expect: pinned }) => pinned?.kind === 'etag' && pinned.etag === '"e"')).toBe(true)
    },
  )

  it('is refused before its last bytes where the parts do not make what the target tells of it', async () => {
    const proof = { ...PROOF, value: blake3Hex(CONTENT.subarray(1)) }
    let sizeBytes = 0
    const reading = (async () => {
      for await (const piece of wholeAtTarget(new Target().run(), { ...ENTRY, checksums: [proof] }))
        sizeBytes += piece.length
    })()
    await expect(reading).rejects.toMatchObject({ code: 'corrupt' })
    expect(sizeBytes).toBeLessThan(CONTENT.length)
  })

  it('is given up with the part that fails, and nothing of it is under way then', async () => {
    const target = new Target()
    target.failFrom = 17 * MIB
    const reading = bytesOf(wholeAtTarget(target.run(), { ...ENTRY, checksums: [PROOF] }))
    await expect(reading).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(target.underWay).toBe(0)
  })

  it('comes in one piece after the other where nothing proves the whole, or a part is all that is wanted', async () => {
    const target = new Target()
    expect(CONTENT.equals(await bytesOf(wholeAtTarget(target.run(), ENTRY)))).toBe(true)
    const { etag: _etag, ...untold } = { ...ENTRY, checksums: [PROOF] }
    await bytesOf(wholeAtTarget(target.run(), untold))
    await bytesOf(wholeAtTarget(target.run(), { ...ENTRY, checksums: [PROOF] }, { start: 3, end: 9 }))
    expect(target.asked.map(({ range }) => range)).toEqual([undefined, undefined, { start: 3, end: 9 }])
    expect(target.most).toBe(1)
  })
})
