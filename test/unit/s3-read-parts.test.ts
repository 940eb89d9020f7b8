import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { crc32 } from 'node:zlib'
import { createPool } from '../../main/pool.ts'
import type { PutOptions } from '../../main/providers/provider.ts'
import { keptFrom, type PlannedPart } from '../../main/providers/s3/part-plan.ts'
import { openLocalReader, planSlots, type PartReader, type ReadPart } from '../../main/providers/s3/part-reader.ts'
import { openWorkerReader, type WorkerReading } from '../../main/providers/s3/worker-reader.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { SignatureShape } from '../../workers/tasks.ts'
import { compose, contentOfFile, onto, storeBase } from '../fakes/s3/assembly.ts'
import { contentOf, hastyClock, never, rel, SMALL_TUNING, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'

const SHAPE: SignatureShape = { kind: 'chunks', averageBytes: 8192 }
const BOUNDS = { bufferBytes: 600_000, partsInFlight: 3 }
const pool = createPool({ threads: 1 })
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})
afterAll(() => pool.close())

function fileOf(bytes: Uint8Array): ReturnType<typeof contentOfFile> {
  const source = contentOfFile(bytes)
  cleanups.push(() => source.remove())
  return source
}

/** Literals, copies, segments and a literal too large to keep, covering so many bytes. */
function planOf(sizeBytes: number): readonly PlannedPart[] {
  const lengths = [100_000, 1, 250_000, 700_000, 199_999, 50_000]
  const parts: PlannedPart[] = []
  for (let start = 0, index = 0; start < sizeBytes; index++) {
    const range = { start, end: Math.min(sizeBytes, start + lengths[index % lengths.length]!) }
    const number = index + 1
    const source = { key: 'k', etag: '"e"' }
    if (index % 3 === 0) parts.push({ kind: 'literal', number, range })
    else if (index % 3 === 1) parts.push({ kind: 'copy', number, range, source })
    else parts.push({ kind: 'segment', number, range, source, literalStart: Math.floor((start + range.end) / 2) })
    start = range.end
  }
  return parts
}

interface Read {
  readonly number: number
  readonly copiedCrc: number
  readonly sentCrc: number
  readonly kept: string | undefined
  readonly sha256: string | undefined
}

/** Everything a reader gives; buffers are given back one part late, as if they were on their way. */
async function drain(reader: PartReader): Promise<{ parts: readonly Read[]; blake3: string; signature?: Uint8Array }> {
  const parts: Read[] = []
  let last: ReadPart | undefined
  try {
    for (let read = await reader.next(); read !== undefined; read = await reader.next()) {
      const { part, copiedCrc, sentCrc, bytes, sha256 } = read
      parts.push({ number: part.number, copiedCrc, sentCrc, kept: bytes && blake3Hex(Uint8Array.from(bytes)), sha256 })
      last?.release()
      last = read
    }
    last?.release()
    return { parts, ...(await reader.finish()) }
  } finally {
    await reader.close()
  }
}

function inWorker(
  source: ReturnType<typeof contentOfFile>,
  plan: readonly PlannedPart[],
  more: Partial<WorkerReading> = {},
): PartReader {
  const slots = planSlots(plan, BOUNDS)
  return openWorkerReader(pool, plan, source.content.file!, { slots, signal: never, withSha256: false, ...more })
}

/** What the parts of a plan have to be read as. */
function wanted(bytes: Buffer, plan: readonly PlannedPart[], withSha256: boolean): readonly Read[] {
  return plan.map((part) => {
    const { start, end } = part.range
    const sent = bytes.subarray(keptFrom(part), end)
    const isKept = sent.length > 0 && sent.length <= planSlots(plan, BOUNDS).sizeBytes
    return {
      number: part.number,
      copiedCrc: crc32(bytes.subarray(start, keptFrom(part))),
      sentCrc: crc32(sent),
      kept: isKept ? blake3Hex(sent) : undefined,
      sha256: isKept && withSha256 ? createHash('sha256').update(sent).digest('hex') : undefined,
    }
  })
}

describe('a file that is read part by part', () => {
  const bytes = randomBytes(3_000_001)
  const plan = planOf(bytes.length)

  it('has parts of every kind', () => {
    const { sizeBytes } = planSlots(plan, BOUNDS)
    expect(new Set(plan.map(({ kind }) => kind)).size).toBe(3)
    expect(plan.some((part) => part.range.end - keptFrom(part) > sizeBytes)).toBe(true)
  })

  it.each([
    ['this thread', false],
    ['a worker', false],
    ['a worker, with SHA-256', true],
  ])('is digested alike in %s', async (where, withSha256) => {
    const source = fileOf(bytes)
    const slots = planSlots(plan, BOUNDS)
    const reader =
      where === 'this thread'
        ? openLocalReader(plan, source.content, { slots, signal: never })
        : inWorker(source, plan, { withSha256 })
    const read = await drain(reader)
    expect(read.parts).toEqual(wanted(bytes, plan, withSha256))
    expect(read.blake3).toBe(blake3Hex(bytes))
    expect(read.signature).toBeUndefined()
  })

  it.each([SHAPE, { kind: 'fixed', blockBytes: 65_536 } as const])(
    'gives the same signature as signing it alone: $kind',
    async (shape) => {
      const source = fileOf(bytes)
      const read = await drain(inWorker(source, plan, { shape }))
      const alone = await pool.run('signFile', { file: source.content.file!, shape }, { signal: never })
      expect(read.blake3).toBe(alone.contentHash)
      expect(Buffer.from(read.signature!).equals(alone.signature)).toBe(true)
      expect(read.parts).toEqual(wanted(bytes, plan, false))
    },
  )

  it('is given up when nobody takes it any more, and the thread serves the next', async () => {
    const source = fileOf(bytes)
    const stop = new AbortController()
    const reader = inWorker(source, plan, { signal: stop.signal })
    await reader.next()
    stop.abort()
    await expect(reader.next()).rejects.toMatchObject({ code: 'cancelled' })
    await reader.close()
    expect((await drain(inWorker(source, plan))).blake3).toBe(blake3Hex(bytes))
  })

  it('is not even begun when that was cancelled before', async () => {
    const reader = inWorker(fileOf(bytes), plan, { signal: AbortSignal.abort() })
    await expect(reader.next()).rejects.toMatchObject({ code: 'cancelled' })
    await reader.close()
  })

  it('is refused when it is not what was scanned, or gone', async () => {
    const changed = fileOf(bytes)
    changed.change()
    await expect(drain(inWorker(changed, plan))).rejects.toMatchObject({ code: 'changed' })
    const gone = fileOf(bytes)
    rmSync(gone.content.file!.absolutePath)
    await expect(drain(inWorker(gone, plan))).rejects.toMatchObject({ code: 'vanished' })
  })

  it('is refused when it changed by the time it was read', async () => {
    const source = fileOf(bytes)
    const reader = inWorker(source, plan)
    const first = await reader.next()
    source.change()
    const rest = (async () => {
      first!.release()
      for (let read = await reader.next(); read !== undefined; read = await reader.next()) read.release()
      await reader.finish()
    })()
    await expect(rest).rejects.toMatchObject({ code: 'changed' })
    await reader.close()
  })
})

describe('a put that is to be signed', () => {
  const path = rel('file.bin')
  const options: PutOptions = { signal: never, metadata: { mtimeNs: 5n }, expect: { kind: 'absent' }, sign: SHAPE }
  const TUNING = {
    ...SMALL_TUNING,
    singlePutBytes: 10_000,
    partBytes: 100_000,
    bufferBytes: 300_000,
    maxPartBytes: 1e6,
  }

  async function start(): Promise<S3Fixture> {
    const fixture = await startS3Fixture({ clock: hastyClock, tuning: TUNING, quirks: { minPartBytes: 1024 } })
    cleanups.push(() => fixture.close())
    return fixture
  }

  it('of a file gives the signature of what was stored', async () => {
    const fixture = await start()
    const bytes = randomBytes(1_234_567)
    const source = fileOf(bytes)
    let progress = 0
    const put = await fixture.provider.put(path, source.content, {
      ...options,
      onProgress: (done) => (progress = done),
    })
    const alone = await pool.run('signFile', { file: source.content.file!, shape: SHAPE }, { signal: never })
    expect(Buffer.from(put.signature!).equals(alone.signature)).toBe(true)
    expect(put).toMatchObject({ contentHash: blake3Hex(bytes), verifiedBy: 'checksum', bytesSent: bytes.length })
    expect(progress).toBe(bytes.length)
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(bytes)).toBe(true)
  })

  it('of anything but a large file is stored all the same', async () => {
    const fixture = await start()
    const stream = await fixture.provider.put(path, contentOf(randomBytes(200_000)), options)
    expect(stream.signature).toBeUndefined()
    const small = await fixture.provider.put(rel('small'), fileOf(randomBytes(100)).content, options)
    expect(small.signature).toBeUndefined()
  })

  it('that is put together gives the signature of the new content', async () => {
    const fixture = await start()
    const base = await storeBase(fixture, path, 400_000)
    const made = compose(base.bytes, [{ copy: 7, length: 250_000 }, { literal: 150_001 }, { copy: 0, length: 99_000 }])
    const source = fileOf(made.bytes)
    const result = await fixture.provider.features.assemble!(
      path,
      source.content,
      made.parts,
      onto(base, { sign: SHAPE }),
    )
    const alone = await pool.run('signFile', { file: source.content.file!, shape: SHAPE }, { signal: never })
    expect(Buffer.from(result.signature!).equals(alone.signature)).toBe(true)
    expect(result.bytesSent).toBe(made.literalBytes)
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(made.bytes)).toBe(true)
  })

  it('of a file that changes meanwhile stores nothing', async () => {
    const fixture = await start()
    const source = fileOf(randomBytes(2_000_000))
    fixture.server.faults.add({ operation: 'UploadPart', action: { kind: 'run', run: () => source.change() } })
    await expect(fixture.provider.put(path, source.content, options)).rejects.toMatchObject({ code: 'changed' })
    expect(fixture.server.bytes(fixture.bucket, path)).toBeUndefined()
    expect(fixture.server.buckets.get(fixture.bucket)!.uploads.size).toBe(0)
  })

  it('whose parts fail ends with their error, and goes on afterwards, signed', async () => {
    const fixture = await start()
    const bytes = randomBytes(2_000_000)
    const source = fileOf(bytes)
    fixture.server.faults.add({ operation: 'UploadPart', nth: 5, times: 40, action: { kind: 'status', status: 500 } })
    await expect(fixture.provider.put(path, source.content, options)).rejects.toMatchObject({ code: 'unavailable' })
    fixture.server.faults.clear()
    fixture.server.forget()
    const put = await fixture.provider.put(path, source.content, options)
    expect(put.signature).toBeDefined()
    expect(put.bytesSent).toBeLessThan(bytes.length)
    expect(fixture.server.count('CreateMultipartUpload')).toBe(0)
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(bytes)).toBe(true)
  })

  it('cancelled halfway ends at once and can be gone on with', async () => {
    const fixture = await start()
    const bytes = randomBytes(2_000_000)
    const source = fileOf(bytes)
    const stop = new AbortController()
    fixture.server.faults.add({ operation: 'UploadPart', nth: 3, action: { kind: 'run', run: () => stop.abort() } })
    const put = fixture.provider.put(path, source.content, { ...options, signal: stop.signal })
    await expect(put).rejects.toMatchObject({ code: 'cancelled' })
    await fixture.provider.put(path, source.content, options)
    expect(fixture.server.count('CreateMultipartUpload')).toBe(2)
    expect(fixture.server.bytes(fixture.bucket, path)!.equals(bytes)).toBe(true)
  })
})
