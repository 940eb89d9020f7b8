import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { BaselineEntry, Outcome, RelPath } from '../../common/model.ts'
import { DeltaDownloads } from '../../main/delta/delta-download.ts'
import { Signatures, sidecarPath } from '../../main/delta/signatures.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import type { Leftover, TargetProvider } from '../../main/providers/provider.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { restore, type RestoreResult } from '../../main/restore/restore.ts'
import { openSignatureCache } from '../../main/state/signature-cache.ts'
import { OFFSETS, seal } from '../../workers/delta/format.ts'
import { SignatureBuilder } from '../../workers/delta/signature-builder.ts'
import { bindSignature } from '../../workers/delta/signature.ts'
import { DeltaBench, edited, noise } from '../fakes/delta-bench.ts'
import { RecordingLog, seededRandom } from '../fakes/host.ts'
import { contentOf, hastyClock, SMALL_TUNING, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'
import { expecting, unstopped, uploadOf } from '../fakes/transfer-bench.ts'
import { randomContent, randomEdit } from '../fixtures/random-edits.ts'

const MOST_BYTES = 400_000
/** What is sent is cut into parts of so many, where the store allows it: several for a change, and not hundreds for a file. */
const PART_BYTES = 4096
const HISTORIES = 12
const EDITS = 5
const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)

let bench: DeltaBench
let s3: S3Fixture

beforeEach(() => open(1024))

/** A store whose parts have at least so many bytes, and a source before it. */
async function open(minPartBytes: number): Promise<void> {
  s3 = await startS3Fixture({
    clock: hastyClock,
    tuning: {
      ...SMALL_TUNING,
      minPartBytes,
      partBytes: Math.max(minPartBytes, PART_BYTES),
      maxPartBytes: 8 * 1024 ** 2,
    },
    quirks: { minPartBytes, maxPartBytes: 8 * 1024 ** 2 },
  })
  bench = new DeltaBench()
  bench.thresholdBytes = 64 * 1024
  bench.transfers.target = decorated(s3.provider)
}
async function close(): Promise<void> {
  await bench.close()
  await s3.close()
}
afterEach(close)

function decorated(provider: TargetProvider): TargetProvider {
  const log = new RecordingLog()
  return decorate(provider, { clock: hastyClock, random: seededRandom(1), log, limiter: new ByteLimiter(hastyClock) })
}

const stored = (path: string): Buffer | undefined => s3.server.bytes(s3.bucket, path)
const bucket = () => s3.server.buckets.get(s3.bucket)!

/** Writes by another program, straight into the store. */
async function foreign(path: string, content: Uint8Array): Promise<void> {
  const options = { metadata: { mtimeNs: 5n }, expect: { kind: 'any' }, signal: unstopped } as const
  await (await s3.open({ withoutSessions: true })).put(path as RelPath, contentOf(content), options)
}

const temporaryKeys = (): string[] =>
  bucket()
    .keys()
    .filter((key) => key.includes('.tidekeep/segments/'))

/** What is left of unfinished transfers, as a clean-up finds it. */
async function leftBehind(): Promise<readonly Leftover[]> {
  const left: Leftover[] = []
  for await (const leftover of bench.target.features.leftovers!({ signal: unstopped })) left.push(leftover)
  return left
}

/** Brings the newest version back over an older one. */
async function restored(base: BaselineEntry, here: Uint8Array): Promise<{ result: RestoreResult; bytes: Buffer }> {
  const directory = join(bench.transfers.place, 'restored')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, base.path), here)
  const cache = openSignatureCache({ directory: join(bench.transfers.place, 'none'), clock: hastyClock })
  const { pool, target } = bench.transfers
  const signatures = new Signatures({ target, cache, clock: hastyClock, log: bench.log })
  const destination = openLocalDestination(directory)
  try {
    const result = await restore({
      provider: target,
      destination,
      records: { get: () => [base], trees: () => [] },
      path: base.path,
      dryRun: false,
      overwrite: true,
      delta: new DeltaDownloads({ pool, signatures, log: bench.log, thresholdBytes: bench.thresholdBytes }),
      clock: hastyClock,
      stop: unstopped,
      kill: unstopped,
      onEvent: () => undefined,
    })
    return { result, bytes: readFileSync(join(directory, base.path)) }
  } finally {
    await destination.close()
  }
}

describe('random edits of large files', () => {
  it.each([
    { blockBytes: 0, minPartBytes: 1024, method: 'delta' },
    { blockBytes: 64 * 1024, minPartBytes: 1024, method: 'delta' },
    { blockBytes: 0, minPartBytes: 32 * 1024, method: 'segments' },
  ])(
    `arrive and come back byte for byte (seed ${SEED}, %o)`,
    async ({ blockBytes, minPartBytes, method }) => {
      await close()
      await open(minPartBytes)
      const random = seededRandom(SEED + blockBytes + minPartBytes)
      bench.blockBytes = blockBytes
      // So slow that every byte saved is worth a request.
      bench.bytesPerSecond = 10
      const methods: Record<string, number> = {}
      for (let history = 0; history < HISTORIES; history++) {
        const path = `f ${history}+%é.bin`
        let content = randomContent(random, MOST_BYTES)
        let base = await bench.keep(path, content)
        for (let turn = 0; turn < EDITS; turn++) {
          const before = content
          const edit = randomEdit(random, content, MOST_BYTES)
          content = edit.content
          const told = `seed ${SEED}, history ${history}, edit ${turn}: ${edit.name}`
          const outcome = await bench.change(base, content)
          base = outcome.baseline!
          methods[outcome.method] = (methods[outcome.method] ?? 0) + 1
          expect(stored(path)?.equals(content), `${told}, ${outcome.method}`).toBe(true)
          expect(outcome.bytesReused, told).toBeLessThanOrEqual(content.length)
          const back = await restored(base, before)
          expect(back.bytes.equals(content), `${told}, restored`).toBe(true)
          expect(back.result.failures).toEqual([])
          const { received, reused } = back.result.bytes
          if (!before.equals(content)) expect(received + reused, told).toBe(content.length)
        }
      }
      console.log(`methods: ${JSON.stringify(methods)}`)
      expect(methods[method] ?? 0).toBeGreaterThan(0)
      expect(bucket().uploads.size).toBe(0)
      expect(temporaryKeys()).toEqual([])
    },
    120_000,
  )
})

const OLD = noise(200_000, 1)
const NEW = edited(OLD, { at: 60_000, with: noise(50, 2) }, { at: 130_000, with: noise(50, 3) })
const THEIRS = noise(150_000, 4)

function signatureOf(content: Uint8Array): Uint8Array {
  const builder = new SignatureBuilder({ kind: 'chunks', averageBytes: 8192 })
  builder.update(content)
  return builder.finish().signature
}

/** What a change does, and the requests it takes. */
async function change(path: string, signal = unstopped): Promise<{ outcome: Outcome; requests: number }> {
  const base = await bench.keep(path, OLD)
  return again(base, signal)
}

async function again(base: BaselineEntry, signal = unstopped): Promise<{ outcome: Outcome; requests: number }> {
  s3.server.forget()
  const local = bench.transfers.write(base.path, NEW)
  const outcome = await bench.run({ ...uploadOf(local, expecting(base)), base }, signal)
  return { outcome, requests: s3.server.requests.length }
}

describe('a large change', () => {
  it('sends what it says', async () => {
    await change('first')
    const { outcome } = await change('big')
    expect(outcome.method).toBe('delta')
    const received = s3.server.requests.reduce((sum, { bytesIn }) => sum + bytesIn, 0)
    expect(outcome.bytesReused).toBeGreaterThan(150_000)
    expect(outcome.bytesSent).toBeLessThan(30_000)
    // Requests have bodies of their own: lists of parts.
    expect(received).toBeLessThan(outcome.bytesSent + 10_000)
  })

  it('is sent whole, after one attempt, when the signature it was compared with lies', async () => {
    await change('first')
    const base = await bench.keep('big', OLD)
    const wrong = edited(NEW, { at: 100_000, with: noise(3000, 7) })
    const forged = Buffer.from(bindSignature(signatureOf(wrong), { etag: base.remote.etag! }))
    forged.set(Buffer.from(base.contentHash!, 'hex'), OFFSETS.contentHash)
    seal(forged)
    bench.cacheName = 'elsewhere'
    await foreign(sidecarPath('big' as RelPath), forged)
    const { outcome } = await again(base)
    expect(outcome).toMatchObject({ method: 'whole', bytesReused: 0 })
    expect(stored('big')?.equals(NEW)).toBe(true)
    expect(s3.server.count('CreateMultipartUpload')).toBe(2)
    expect(bucket().uploads.size).toBe(0)
    expect(temporaryKeys()).toEqual([])
  })

  it('loses nobody else’s version, whichever request it comes before', async () => {
    await change('first')
    const { outcome: sample, requests } = await change('count')
    expect(sample.method).toBe('delta')
    for (let nth = 1; nth <= requests; nth++) {
      const path = `f${nth}`
      const base = await bench.keep(path, OLD)
      let isDone = false
      s3.server.faults.clear()
      s3.server.faults.add({
        operation: '*',
        nth,
        action: {
          kind: 'run',
          run: async () => {
            if (isDone) return
            isDone = true
            s3.server.faults.clear()
            await foreign(path, THEIRS)
          },
        },
      })
      const { outcome } = await again(base)
      s3.server.faults.clear()
      const told = `before request ${nth} of ${requests}`
      const isOurs = stored(path)!.equals(NEW)
      const aside = outcome.keptAside === undefined ? undefined : stored(outcome.keptAside)
      // Too late to be seen: it replaced ours after that was complete and proven.
      const cameAfter = stored(path)!.equals(THEIRS) && outcome.keptAside === undefined
      expect(isDone, told).toBe(true)
      expect((isOurs && aside?.equals(THEIRS) === true) || cameAfter, told).toBe(true)
      if (cameAfter) expect(outcome.baseline!.remote.etag, told).not.toBe(`"${bucket().current(path)!.etag}"`)
    }
  }, 120_000)

  it.each([false, true])(
    'converges when it is cut off at any request (after the store did its work: %s)',
    async (after) => {
      await change('first')
      const { outcome: sample, requests } = await change('count')
      expect(sample.method).toBe('delta')
      let leftBefore = 0
      for (let nth = 1; nth <= requests; nth++) {
        const path = `f${nth}`
        const base = await bench.keep(path, OLD)
        const killed = new AbortController()
        const cut = (): void => killed.abort(new TidekeepError({ code: 'cancelled', message: 'Cancelled.' }))
        s3.server.faults.add({ operation: '*', nth, action: { kind: 'run', run: cut, after } })
        await again(base, killed.signal).catch(() => undefined)
        s3.server.faults.clear()
        // The next start: nothing in memory, the same state on disk.
        bench.transfers.target = decorated(await s3.open())
        const { outcome } = await again(base)
        const told = `cut at request ${nth} of ${requests}`
        expect(stored(path)!.equals(NEW), told).toBe(true)
        expect(outcome.keptAside, told).toBeUndefined()
        expect(temporaryKeys(), told).toEqual([])
        // An upload whose beginning was never answered cannot be gone on with; a clean-up knows it for ours.
        const left = await leftBehind()
        expect(
          left.filter(({ isOurs }) => !isOurs),
          told,
        ).toEqual([])
        expect(left.length, told).toBe(bucket().uploads.size)
        expect(left.length - leftBefore, told).toBeLessThanOrEqual(1)
        leftBefore = left.length
      }
    },
    120_000,
  )
})
