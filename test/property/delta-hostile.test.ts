import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import { seal } from '../../workers/delta/format.ts'
import { matchFile } from '../../workers/delta/match-file.ts'
import { bindSignature, readSignature, signatureBinding } from '../../workers/delta/signature.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { MatchedFile, SignatureShape } from '../../workers/tasks.ts'
import { asScanned } from '../conformance/local-content.ts'
import { seededRandom } from '../fakes/host.ts'
import { noise, reassemble, sign } from './delta-support.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const MUTATIONS = 100_000
/** Reading is quick; of those that are read, one in so many is matched by too. */
const MATCHED_EVERY = 10
const SHAPES: readonly SignatureShape[] = [
  { kind: 'chunks', averageBytes: 1024 },
  { kind: 'fixed', blockBytes: 4096 },
]

const random = seededRandom(SEED)
const directory = mkdtempSync(join(tmpdir(), 'tidekeep-hostile-'))
const path = join(directory, 'file')
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function below(limit: number): number {
  return Math.floor(random.next() * limit)
}

const WORDS = [0, 1, 0x7f, 0xff, 0x100, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

/** One change of a kind that files suffer or attackers make. */
function mutate(bytes: Buffer, other: Buffer): Buffer {
  const at = below(bytes.length)
  const changed = Buffer.from(bytes)
  switch (below(7)) {
    case 0:
      changed[at]! ^= 1 << below(8)
      return changed
    case 1:
      return changed.subarray(0, at)
    case 2:
      return Buffer.concat([bytes.subarray(0, at), noise(1 + below(40), below(2 ** 31)), bytes.subarray(at)])
    case 3:
      changed.writeUInt32LE(WORDS[below(WORDS.length)]!, Math.min(below(bytes.length / 4) * 4, bytes.length - 4))
      return changed
    case 4:
      changed.writeUInt32LE(WORDS[below(WORDS.length)]!, 8 + 4 * below(14))
      return changed
    case 5:
      bytes.subarray(at, at + 20 * (1 + below(5))).copy(changed, below(bytes.length))
      return changed
    default:
      other.subarray(at).copy(changed, at)
      return changed
  }
}

/** What reading gives, or undefined when it is refused as damaged. Anything else fails the test. */
function readOrRefuse<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'corrupt') return undefined
    throw error
  }
}

/** Whatever the signature says, the runs cover the file, and point into content of the size it claims. */
function expectUsable({ runs, contentHash }: MatchedFile, content: Buffer, oldBytes: number): void {
  let end = 0
  for (let at = 0; at < runs.length; at += 3) {
    const [start, length, oldStart] = [runs[at]!, runs[at + 1]!, runs[at + 2]!]
    if (start !== end || length <= 0 || (oldStart !== -1 && (oldStart < 0 || oldStart + length > oldBytes))) {
      throw new Error(`run ${at / 3} is ${start}, ${length}, ${oldStart} after ${end}`)
    }
    end += length
  }
  expect([end, contentHash]).toEqual([content.length, blake3Hex(content)])
}

describe(`${MUTATIONS} signatures that were damaged or forged (seed ${SEED})`, () => {
  it('are refused, or match as far as they are true, in little memory', async () => {
    const old = noise(40_000, SEED)
    const content = Buffer.concat([
      old.subarray(0, 9000),
      noise(500, 1),
      old.subarray(9100, 31_000),
      old.subarray(0, 5000),
    ])
    writeFileSync(path, content)
    const file = asScanned(path)
    const originals = SHAPES.flatMap((shape) => {
      const unbound = sign(old, shape)
      return [unbound, bindSignature(unbound, { etag: '"e"', versionId: 'v' })].map((bytes) => Buffer.from(bytes))
    })
    let [refused, read, matched] = [0, 0, 0]
    const rssBefore = process.memoryUsage().rss
    let rssMost = rssBefore
    for (let number = 0; number < MUTATIONS; number++) {
      // As between tasks: native memory is given back only when the thread comes up for air.
      if (number % 100 === 0) await setImmediate()
      const original = originals[number % originals.length]!
      let bytes = mutate(original, originals[below(originals.length)]!)
      if (number % 8 === 0 && bytes.length >= 64) bytes = mutate(bytes, original)
      const isForged = random.next() < 0.6 && bytes.length >= 32
      if (isForged) seal(bytes)
      const signature = readOrRefuse(() => readSignature(bytes))
      if (signature === undefined) {
        refused++
        continue
      }
      // Without its checksum made to fit, only an unchanged one is read.
      if (!isForged) expect(Buffer.compare(bytes, original)).toBe(0)
      expect(signatureBinding(bytes).contentHash).toBe(signature.contentHash)
      if (++read % MATCHED_EVERY !== 0) continue
      matched++
      const shape = SHAPES[below(SHAPES.length)]!
      expectUsable(matchFile({ file, signature: bytes, shape }), content, signature.sizeBytes)
      rssMost = Math.max(rssMost, process.memoryUsage().rss)
    }
    console.log(`refused ${refused}, read ${read}, matched by ${matched}; ${(rssMost - rssBefore) >> 20} MiB more`)
    expect(refused).toBeGreaterThan(MUTATIONS / 2)
    expect(matched).toBeGreaterThan(1000)
    expect(rssMost - rssBefore).toBeLessThan(64 * 1024 ** 2)
  }, 120_000)

  it('cannot make bytes wrong by false hashes: what is not in the old content is sent', () => {
    for (const shape of SHAPES) {
      const old = noise(200_000, SEED)
      const content = Buffer.concat([old.subarray(50_000), noise(10_000, 3), old.subarray(0, 50_000)])
      writeFileSync(path, content)
      const bytes = Buffer.from(sign(old, shape))
      const rowsEnd = bytes.length - 36
      for (let change = 0; change < 200; change++) {
        // Hashes only: lengths and weak hashes stay, so that every row is still looked at.
        const row = below((rowsEnd - 64) / 20)
        bytes[64 + row * 20 + 4 + below(16)]! ^= 1 << below(8)
        seal(bytes)
        const matched = matchFile({ file: asScanned(path), signature: bytes, shape })
        expect(Buffer.compare(reassemble(matched, old, content), content)).toBe(0)
      }
    }
  })
})
