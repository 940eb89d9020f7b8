import { randomBytes } from 'node:crypto'
import { appendFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../main/host.ts'
import type { PutOptions, TargetProvider } from '../../main/providers/provider.ts'
import { closesAfterEach } from '../fakes/closing.ts'
import { loopClock } from '../fakes/loop-clock.ts'
import {
  collectBytes,
  collectEntries,
  contentOf,
  fileContent,
  hastyClock,
  memorySessions,
  never,
  rel,
  SMALL_TUNING,
  startS3Fixture,
  withFile,
  type FixtureOptions,
  type S3Fixture,
} from '../fakes/s3/harness.ts'
import type { FaultAction } from '../fakes/s3/server.ts'

/** Thirty times as fast: a deadline of 30 seconds is over in one. Retries do not wait. */
const fastClock: Clock = { ...loopClock({ speed: 30 }), sleep: async () => {} }

/** Only what hangs needs deadlines to pass quickly; elsewhere a slow machine must not look like silence. */
function clockFor(fault: FaultAction): FixtureOptions {
  return { clock: fault.kind.startsWith('hang') ? fastClock : hastyClock }
}

const absent: PutOptions = { signal: never, metadata: { mtimeNs: 1_000_000_000n }, expect: { kind: 'absent' } }
const path = rel('file.bin')

const closing = closesAfterEach()

/** Abilities are known and the log is empty: what is counted afterwards is the operation alone. */
async function prepared(options: FixtureOptions = {}): Promise<S3Fixture> {
  const fixture = closing(
    await startS3Fixture({
      clock: hastyClock,
      tuning: SMALL_TUNING,
      ...options,
      quirks: { minPartBytes: 1, ...options.quirks },
    }),
  )
  const { provider } = fixture
  await provider.put(rel('prepare'), contentOf(randomBytes(3000)), absent)
  await provider.features.move!(rel('prepare'), rel('prepared'), { signal: never, expect: { kind: 'any' } })
  await provider.remove(rel('prepared'), { signal: never, expect: { kind: 'any' } })
  fixture.server.forget()
  fixture.sessions.bodies.clear()
  return fixture
}

/** One part after the other: which ones arrived before a failure is then certain. */
const IN_TURN: FixtureOptions = { tuning: { ...SMALL_TUNING, partsInFlight: 1 } }

/** `ok`, or the code of the error. */
async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'ok'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

interface Row {
  readonly fault: FaultAction
  readonly outcome: string
  /** Requests by operation. */
  readonly requests: Readonly<Record<string, number>>
  /** What the store holds afterwards, where it is not what the outcome says. */
  readonly stored?: boolean
  /** An upload whose id was never heard of: it may be at the store, and that is not forgotten. */
  readonly leavesIntent?: true
}

function countOperations(fixture: S3Fixture): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { operation } of fixture.server.requests) counts[operation] = (counts[operation] ?? 0) + 1
  return counts
}

const nameOf = ({ fault }: Row): string =>
  fault.kind === 'status'
    ? `${fault.status} ${fault.code ?? ''}${fault.after === true ? ' after the work' : ''}`
    : fault.kind + (fault.kind === 'error-in-200' && fault.after === true ? ' after the work' : '')

describe('the storage class of a folder', () => {
  it("is for the user's files; what Tidekeep keeps for itself stays readable at once", async () => {
    const fixture = await prepared({ options: { storageClass: 'GLACIER' } })
    for (const [name, sizeBytes] of [
      ['small', 10],
      ['large', 5000],
    ] as const) {
      await fixture.provider.put(rel(name), contentOf(randomBytes(sizeBytes)), absent)
      await fixture.provider.put(rel(`.tidekeep/${name}`), contentOf(randomBytes(sizeBytes)), absent)
      const bucket = fixture.server.buckets.get(fixture.bucket)!
      expect(bucket.current(name)!.storageClass).toBe('GLACIER')
      expect(bucket.current(`.tidekeep/${name}`)!.storageClass).toBe('STANDARD')
    }
  })
})

describe('a small put', () => {
  const rows: readonly Row[] = [
    { fault: { kind: 'reset-before' }, outcome: 'unavailable', requests: { PutObject: 1 } },
    { fault: { kind: 'reset-mid' }, outcome: 'unavailable', requests: { PutObject: 1 } },
    { fault: { kind: 'reset-after' }, outcome: 'unavailable', requests: { PutObject: 1 }, stored: true },
    { fault: { kind: 'hang' }, outcome: 'timeout', requests: { PutObject: 1 } },
    { fault: { kind: 'hang-after' }, outcome: 'timeout', requests: { PutObject: 1 }, stored: true },
    { fault: { kind: 'delay', delayMs: 20 }, outcome: 'ok', requests: { PutObject: 1 } },
    { fault: { kind: 'corrupt' }, outcome: 'corrupt', requests: { PutObject: 1 } },
    { fault: { kind: 'status', status: 500 }, outcome: 'unavailable', requests: { PutObject: 1 } },
    {
      fault: { kind: 'status', status: 500, after: true },
      outcome: 'unavailable',
      requests: { PutObject: 1 },
      stored: true,
    },
    { fault: { kind: 'status', status: 503, code: 'SlowDown' }, outcome: 'throttled', requests: { PutObject: 1 } },
    {
      fault: { kind: 'status', status: 429, code: 'TooManyRequests' },
      outcome: 'throttled',
      requests: { PutObject: 1 },
    },
    {
      fault: { kind: 'status', status: 409, code: 'ConditionalRequestConflict' },
      outcome: 'unavailable',
      requests: { PutObject: 1 },
    },
    {
      fault: { kind: 'status', status: 412, code: 'PreconditionFailed' },
      outcome: 'precondition-failed',
      requests: { PutObject: 1 },
    },
    { fault: { kind: 'status', status: 403, code: 'AccessDenied' }, outcome: 'forbidden', requests: { PutObject: 1 } },
    {
      fault: { kind: 'status', status: 403, code: 'QuotaExceeded' },
      outcome: 'quota-exceeded',
      requests: { PutObject: 1 },
    },
    {
      fault: { kind: 'status', status: 400, code: 'EntityTooLarge' },
      outcome: 'unsupported',
      requests: { PutObject: 1 },
    },
    { fault: { kind: 'status', status: 404, code: 'NoSuchBucket' }, outcome: 'not-found', requests: { PutObject: 1 } },
    // One refusal about the token or the clock is answered by signing anew.
    { fault: { kind: 'status', status: 400, code: 'ExpiredToken' }, outcome: 'ok', requests: { PutObject: 2 } },
    { fault: { kind: 'status', status: 403, code: 'RequestTimeTooSkewed' }, outcome: 'ok', requests: { PutObject: 2 } },
  ]
  it.each(rows.map((row) => ({ ...row, title: nameOf(row) })))(
    '$title: $outcome',
    async ({ fault, outcome, requests, stored }) => {
      const fixture = await prepared(clockFor(fault))
      fixture.server.faults.add({ operation: 'PutObject', action: fault })
      expect(await outcomeOf(fixture.provider.put(path, contentOf('content'), absent))).toBe(outcome)
      expect(countOperations(fixture)).toEqual(requests)
      expect(fixture.server.bytes(fixture.bucket, path)?.toString()).toBe(
        outcome === 'ok' || stored === true ? 'content' : undefined,
      )
      // Whatever happened, the next attempt ends well, and never as a conflict with ourselves.
      if (outcome !== 'ok') expect(await outcomeOf(fixture.provider.put(path, contentOf('content'), absent))).toBe('ok')
    },
  )

  it.each(['reset-after', 'hang-after'] as const)(
    'whose answer is lost (%s) is recognised without sending twice',
    async (kind) => {
      const fixture = await prepared(clockFor({ kind }))
      fixture.server.faults.add({ operation: 'PutObject', action: { kind } })
      await outcomeOf(fixture.provider.put(path, contentOf('content'), absent))
      fixture.server.forget()
      const again = await fixture.provider.put(path, contentOf('content'), absent)
      expect(again.verifiedBy).toBe('checksum')
      expect(countOperations(fixture)).toEqual({ PutObject: 1, HeadObject: 1 })
    },
  )

  it("that lost its answer is a conflict all the same when somebody else's content is there", async () => {
    const fixture = await prepared()
    fixture.server.faults.add({ operation: 'PutObject', action: { kind: 'reset-before' } })
    await outcomeOf(fixture.provider.put(path, contentOf('ours'), absent))
    const other = await fixture.open()
    await other.put(path, contentOf('theirs'), absent)
    expect(await outcomeOf(fixture.provider.put(path, contentOf('ours'), absent))).toBe('precondition-failed')
    expect(fixture.server.bytes(fixture.bucket, path)?.toString()).toBe('theirs')
  })

  it('equal to what somebody else stored is still a conflict when no attempt of ours was lost', async () => {
    const fixture = await prepared()
    await (await fixture.open()).put(path, contentOf('same'), absent)
    expect(await outcomeOf(fixture.provider.put(path, contentOf('same'), absent))).toBe('precondition-failed')
  })

  it('that a store without checksums damages is sent again, then taken away and reported', async () => {
    const fixture = await prepared({ quirks: { noChecksums: true } })
    fixture.server.faults.add({ operation: 'PutObject', action: { kind: 'corrupt' } })
    expect(await fixture.provider.put(path, contentOf('content'), absent)).toMatchObject({ verifiedBy: 'read-back' })
    expect(countOperations(fixture)).toEqual({ PutObject: 2, GetObject: 2 })
    fixture.server.faults.add({ operation: 'PutObject', times: 2, action: { kind: 'corrupt' } })
    expect(await outcomeOf(fixture.provider.put(rel('other'), contentOf('content'), absent))).toBe('corrupt')
    expect(fixture.server.bytes(fixture.bucket, 'other')).toBeUndefined()
  })

  it('on a store without conditions knows its own lost write', async () => {
    const fixture = await prepared({ quirks: { noConditions: true } })
    fixture.server.faults.add({ operation: 'PutObject', action: { kind: 'reset-after' } })
    expect(await outcomeOf(fixture.provider.put(path, contentOf('content'), absent))).toBe('unavailable')
    expect(await outcomeOf(fixture.provider.put(path, contentOf('content'), absent))).toBe('ok')
  })

  it('cancelled before it starts sends nothing', async () => {
    const fixture = await prepared()
    const signal = AbortSignal.abort()
    expect(await outcomeOf(fixture.provider.put(path, contentOf('x'), { ...absent, signal }))).not.toBe('ok')
    expect(fixture.server.requests).toEqual([])
  })
})

describe('a batch', () => {
  const items = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      path: rel(`b/${index}`),
      content: contentOf(`content ${index}`),
      metadata: { mtimeNs: 1n },
      expect: { kind: 'absent' as const },
    }))

  it('that is told to slow down does, and loses nothing', async () => {
    const fixture = await prepared()
    fixture.server.faults.add({
      operation: 'PutObject',
      nth: 5,
      times: 10,
      action: { kind: 'status', status: 503, code: 'SlowDown' },
    })
    const results = await fixture.provider.features.putBatch!(items(200), { signal: never })
    expect(results.every((result) => result.ok)).toBe(true)
    expect(fixture.server.count('PutObject')).toBe(210)
  })

  it('gives up on a store that never stops saying so, with a bounded number of requests', async () => {
    const fixture = await prepared()
    fixture.server.faults.add({
      operation: 'PutObject',
      times: 10_000,
      action: { kind: 'status', status: 503, code: 'SlowDown' },
    })
    const results = await fixture.provider.features.putBatch!(items(20), { signal: never })
    expect(results.map((result) => (result.ok ? 'ok' : (result.error as { code?: string }).code))).toEqual(
      Array.from({ length: 20 }, () => 'throttled'),
    )
    expect(fixture.server.count('PutObject')).toBeLessThanOrEqual(100)
  })

  it('reports each failure at its own place', async () => {
    const fixture = await prepared()
    fixture.server.faults.add({
      operation: 'PutObject',
      nth: 3,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    })
    const results = await fixture.provider.features.putBatch!(items(50), { signal: never })
    expect(results.filter((result) => !result.ok)).toHaveLength(1)
    expect(results).toHaveLength(50)
  })

  it('with files that changed, vanished or stayed tells them apart', async () => {
    const fixture = await prepared()
    await withFile(Buffer.from('stays'), async (stays) => {
      await withFile(Buffer.from('changes'), async (changes, changingPath) => {
        await withFile(Buffer.from('vanishes'), async (vanishes, vanishingPath) => {
          appendFileSync(changingPath, '!')
          const { rmSync } = await import('node:fs')
          rmSync(vanishingPath)
          const batch = [stays, changes, vanishes].map((content, index) => ({
            path: rel(`f/${index}`),
            content,
            metadata: { mtimeNs: 1n },
            expect: { kind: 'absent' as const },
          }))
          const results = await fixture.provider.features.putBatch!(batch, { signal: never })
          expect(results.map((result) => (result.ok ? 'ok' : (result.error as { code?: string }).code))).toEqual([
            'ok',
            'changed',
            'vanished',
          ])
        })
      })
    })
  })

  it('that is cancelled starts nothing more', async () => {
    const fixture = await prepared()
    const stop = new AbortController()
    fixture.server.faults.add({ operation: 'PutObject', nth: 10, action: { kind: 'run', run: () => stop.abort() } })
    const results = await fixture.provider.features.putBatch!(items(2000), { signal: stop.signal })
    expect(
      results.filter((result) => !result.ok && (result.error as { code?: string }).code === 'cancelled').length,
    ).toBeGreaterThan(1000)
    expect(fixture.server.count('PutObject')).toBeLessThan(200)
  })
})

describe('a multipart upload', () => {
  const PARTS = 5
  const bytes = randomBytes(PARTS * 1024 - 10)
  const upload = (provider: TargetProvider): Promise<string> => outcomeOf(provider.put(path, contentOf(bytes), absent))
  const whole = { CreateMultipartUpload: 1, UploadPart: PARTS, CompleteMultipartUpload: 1 }

  const cases: readonly (Row & { readonly operation: string })[] = [
    {
      operation: 'UploadPart',
      fault: { kind: 'reset-before' },
      outcome: 'ok',
      requests: { ...whole, UploadPart: PARTS + 1 },
    },
    {
      operation: 'UploadPart',
      fault: { kind: 'reset-mid' },
      outcome: 'ok',
      requests: { ...whole, UploadPart: PARTS + 1 },
    },
    {
      operation: 'UploadPart',
      fault: { kind: 'reset-after' },
      outcome: 'ok',
      requests: { ...whole, UploadPart: PARTS + 1 },
    },
    { operation: 'UploadPart', fault: { kind: 'hang' }, outcome: 'ok', requests: { ...whole, UploadPart: PARTS + 1 } },
    {
      operation: 'UploadPart',
      fault: { kind: 'corrupt' },
      outcome: 'ok',
      requests: { ...whole, UploadPart: PARTS + 1 },
    },
    {
      operation: 'UploadPart',
      fault: { kind: 'status', status: 500 },
      outcome: 'ok',
      requests: { ...whole, UploadPart: PARTS + 1 },
    },
    {
      operation: 'UploadPart',
      fault: { kind: 'status', status: 503, code: 'SlowDown' },
      outcome: 'ok',
      requests: { ...whole, UploadPart: PARTS + 1 },
    },
    {
      operation: 'CreateMultipartUpload',
      fault: { kind: 'reset-before' },
      outcome: 'unavailable',
      requests: { CreateMultipartUpload: 1 },
      leavesIntent: true,
    },
    {
      operation: 'CreateMultipartUpload',
      fault: { kind: 'status', status: 403, code: 'AccessDenied' },
      outcome: 'forbidden',
      requests: { CreateMultipartUpload: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'reset-before' },
      outcome: 'ok',
      requests: { ...whole, CompleteMultipartUpload: 2, HeadObject: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'reset-after' },
      outcome: 'ok',
      requests: { ...whole, HeadObject: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'hang-after' },
      outcome: 'ok',
      requests: { ...whole, HeadObject: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'status', status: 500, after: true },
      outcome: 'ok',
      requests: { ...whole, HeadObject: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'error-in-200' },
      outcome: 'ok',
      requests: { ...whole, CompleteMultipartUpload: 2, HeadObject: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'error-in-200', after: true },
      outcome: 'ok',
      requests: { ...whole, HeadObject: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'status', status: 412, code: 'PreconditionFailed' },
      outcome: 'precondition-failed',
      requests: { ...whole, AbortMultipartUpload: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'status', status: 409, code: 'ConditionalRequestConflict' },
      outcome: 'unavailable',
      requests: { ...whole, HeadObject: 1, AbortMultipartUpload: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'status', status: 404, code: 'NoSuchUpload' },
      outcome: 'unavailable',
      requests: { ...whole, HeadObject: 1, AbortMultipartUpload: 1 },
    },
    {
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'status', status: 400, code: 'BadDigest' },
      outcome: 'corrupt',
      requests: { ...whole, AbortMultipartUpload: 1 },
    },
  ]
  it.each(cases.map((row) => ({ ...row, title: `${row.operation}, ${nameOf(row)}` })))(
    '$title: $outcome',
    async ({ operation, fault, outcome, requests, leavesIntent }) => {
      const fixture = await prepared(clockFor(fault))
      fixture.server.faults.add({ operation, nth: operation === 'UploadPart' ? 2 : 1, action: fault })
      expect(await upload(fixture.provider)).toBe(outcome)
      expect(countOperations(fixture)).toEqual(requests)
      if (outcome !== 'ok') expect(await upload(fixture.provider)).toBe('ok')
      expect(fixture.server.bytes(fixture.bucket, path)?.equals(bytes)).toBe(true)
      expect(fixture.server.buckets.get(fixture.bucket)!.uploads.size).toBe(0)
      expect(fixture.sessions.bodies.size).toBe(leavesIntent === true ? 1 : 0)
    },
  )

  it('whose part fails four times stops, tidies up a stream it cannot go on with, and sends no part after', async () => {
    const fixture = await prepared()
    fixture.server.faults.add({ operation: 'UploadPart', times: 1000, action: { kind: 'status', status: 500 } })
    expect(await upload(fixture.provider)).toBe('unavailable')
    expect(fixture.server.count('UploadPart')).toBeLessThanOrEqual(4 * 4)
    expect(fixture.server.count('AbortMultipartUpload')).toBe(1)
  })

  it('of a file goes on after a restart: only what is missing is sent', async () => {
    const fixture = await prepared(IN_TURN)
    await withFile(bytes, async (content) => {
      fixture.server.faults.add({
        operation: 'UploadPart',
        nth: 4,
        times: 1000,
        action: { kind: 'status', status: 500 },
      })
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('unavailable')
      const kept = [...fixture.server.buckets.get(fixture.bucket)!.uploads.values()][0]!
      expect(kept.parts.size).toBe(3)
      fixture.server.faults.clear()
      fixture.server.forget()
      const restarted = await fixture.open()
      const put = await restarted.put(path, content, absent)
      expect(countOperations(fixture)).toEqual({ ListParts: 1, UploadPart: 2, CompleteMultipartUpload: 1 })
      expect(put.bytesSent).toBe(bytes.length - 3 * 1024)
      expect(fixture.server.bytes(fixture.bucket, path)?.equals(bytes)).toBe(true)
      expect(fixture.sessions.bodies.size).toBe(0)
    })
  })

  it('of a file that is another by now starts over and removes the old one', async () => {
    const fixture = await prepared(IN_TURN)
    await withFile(bytes, async (content, absolutePath) => {
      fixture.server.faults.add({
        operation: 'UploadPart',
        nth: 4,
        times: 1000,
        action: { kind: 'status', status: 500 },
      })
      await outcomeOf(fixture.provider.put(path, content, absent))
      fixture.server.faults.clear()
      fixture.server.forget()
      const newer = randomBytes(bytes.length)
      writeFileSync(absolutePath, newer)
      expect(await outcomeOf((await fixture.open()).put(path, fileContent(absolutePath), absent))).toBe('ok')
      expect(countOperations(fixture)).toEqual({ AbortMultipartUpload: 1, ...whole })
      expect(fixture.server.bytes(fixture.bucket, path)?.equals(newer)).toBe(true)
    })
  })

  it('whose kept parts the store lost or damaged sends those again', async () => {
    const fixture = await prepared(IN_TURN)
    await withFile(bytes, async (content) => {
      fixture.server.faults.add({
        operation: 'UploadPart',
        nth: 5,
        times: 1000,
        action: { kind: 'status', status: 500 },
      })
      await outcomeOf(fixture.provider.put(path, content, absent))
      fixture.server.faults.clear()
      const kept = [...fixture.server.buckets.get(fixture.bucket)!.uploads.values()][0]!
      kept.parts.delete(2)
      kept.parts.set(3, { ...kept.parts.get(3)!, checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } })
      fixture.server.forget()
      expect(await outcomeOf((await fixture.open()).put(path, content, absent))).toBe('ok')
      expect(fixture.server.count('UploadPart')).toBe(3)
      expect(fixture.server.bytes(fixture.bucket, path)?.equals(bytes)).toBe(true)
    })
  })

  it('that expired at the store starts over', async () => {
    const fixture = await prepared(IN_TURN)
    await withFile(bytes, async (content) => {
      fixture.server.faults.add({
        operation: 'UploadPart',
        nth: 3,
        times: 1000,
        action: { kind: 'status', status: 500 },
      })
      await outcomeOf(fixture.provider.put(path, content, absent))
      fixture.server.faults.clear()
      fixture.server.buckets.get(fixture.bucket)!.uploads.clear()
      expect(await outcomeOf((await fixture.open()).put(path, content, absent))).toBe('ok')
    })
  })

  it('with a session record that is garbage starts over', async () => {
    const fixture = await prepared({ sessions: { ...memorySessions(), get: () => '{"version":1,"uploadId":7' } })
    await withFile(bytes, async (content) =>
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('ok'),
    )
  })

  it.each([
    ['grows', (file: string) => appendFileSync(file, 'more')],
    [
      'is rewritten in place with its mtime put back',
      (file: string) => {
        const { atime, mtime } = statSync(file)
        writeFileSync(file, randomBytes(bytes.length))
        utimesSync(file, atime, mtime)
      },
    ],
  ])('of a file that %s meanwhile commits nothing', async (_how, change) => {
    const fixture = await prepared()
    await withFile(bytes, async (content, absolutePath) => {
      fixture.server.faults.add({
        operation: 'UploadPart',
        nth: 2,
        action: { kind: 'run', run: () => change(absolutePath) },
      })
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('changed')
      expect(fixture.server.count('CompleteMultipartUpload')).toBe(0)
      expect(fixture.server.buckets.get(fixture.bucket)!.uploads.size).toBe(0)
    })
  })

  it('of content that does not have the hash it was said to have commits nothing', async () => {
    const fixture = await prepared()
    expect(await outcomeOf(fixture.provider.put(path, contentOf(bytes), { ...absent, contentHash: '00' }))).toBe(
      'changed',
    )
    expect(fixture.server.count('CompleteMultipartUpload')).toBe(0)
  })

  it('cancelled halfway keeps its session for the next start', async () => {
    const fixture = await prepared(IN_TURN)
    await withFile(bytes, async (content) => {
      const stop = new AbortController()
      fixture.server.faults.add({ operation: 'UploadPart', nth: 3, action: { kind: 'run', run: () => stop.abort() } })
      expect(await outcomeOf(fixture.provider.put(path, content, { ...absent, signal: stop.signal }))).toBe('cancelled')
      expect(fixture.sessions.bodies.size).toBe(1)
      expect(fixture.server.count('CompleteMultipartUpload')).toBe(0)
      expect(await outcomeOf(fixture.provider.put(path, content, absent))).toBe('ok')
      expect(fixture.server.count('CreateMultipartUpload')).toBe(1)
    })
  })

  it('with parts too large to keep in memory streams them, and sends a failed one again', async () => {
    const fixture = await prepared({ tuning: { ...SMALL_TUNING, bufferBytes: 512 } })
    await withFile(bytes, async (content) => {
      fixture.server.faults.add({ operation: 'UploadPart', nth: 2, action: { kind: 'reset-mid' } })
      const put = await fixture.provider.put(path, content, absent)
      expect(put.verifiedBy).toBe('checksum')
      expect(fixture.server.bytes(fixture.bucket, path)?.equals(bytes)).toBe(true)
      expect(fixture.server.count('UploadPart')).toBe(PARTS + 1)
    })
  })

  it('that a store without checksums damages is never taken for stored', async () => {
    const fixture = await prepared({ quirks: { noChecksums: true } })
    fixture.server.faults.add({ operation: 'UploadPart', nth: 2, times: 9, action: { kind: 'corrupt' } })
    expect(await upload(fixture.provider)).toBe('corrupt')
    expect(countOperations(fixture)).toMatchObject({ CompleteMultipartUpload: 1, GetObject: 1 })
    fixture.server.faults.clear()
    expect(await outcomeOf(fixture.provider.put(path, contentOf(bytes), { ...absent, expect: { kind: 'any' } }))).toBe(
      'ok',
    )
    expect(fixture.server.bytes(fixture.bucket, path)?.equals(bytes)).toBe(true)
  })

  it('does not overwrite what somebody else put there while it ran', async () => {
    const fixture = await prepared()
    const other = await fixture.open()
    fixture.server.faults.add({
      operation: 'UploadPart',
      nth: 3,
      action: { kind: 'run', run: async () => void (await other.put(path, contentOf('theirs'), absent)) },
    })
    expect(await upload(fixture.provider)).toBe('precondition-failed')
    expect(fixture.server.bytes(fixture.bucket, path)?.toString()).toBe('theirs')
  })
})

describe('a read', () => {
  const bytes = randomBytes(200_000)
  const rows: readonly Row[] = [
    { fault: { kind: 'reset-before' }, outcome: 'unavailable', requests: { GetObject: 1 } },
    { fault: { kind: 'reset-mid' }, outcome: 'corrupt', requests: { GetObject: 1 } },
    { fault: { kind: 'truncate' }, outcome: 'corrupt', requests: { GetObject: 1 } },
    { fault: { kind: 'short-chunked' }, outcome: 'corrupt', requests: { GetObject: 1, HeadObject: 1 } },
    { fault: { kind: 'overlong' }, outcome: 'corrupt', requests: { GetObject: 1, HeadObject: 1 } },
    { fault: { kind: 'corrupt' }, outcome: 'corrupt', requests: { GetObject: 1 } },
    { fault: { kind: 'hang' }, outcome: 'timeout', requests: { GetObject: 1 } },
    { fault: { kind: 'hang-mid' }, outcome: 'timeout', requests: { GetObject: 1 } },
    { fault: { kind: 'status', status: 500 }, outcome: 'unavailable', requests: { GetObject: 1 } },
    { fault: { kind: 'status', status: 503, code: 'SlowDown' }, outcome: 'throttled', requests: { GetObject: 1 } },
    { fault: { kind: 'status', status: 404, code: 'NoSuchKey' }, outcome: 'not-found', requests: { GetObject: 1 } },
    {
      fault: { kind: 'status', status: 403, code: 'InvalidObjectState' },
      outcome: 'unsupported',
      requests: { GetObject: 1 },
    },
    {
      fault: { kind: 'status', status: 301, code: 'PermanentRedirect' },
      outcome: 'invalid',
      requests: { GetObject: 1 },
    },
  ]
  it.each(rows.map((row) => ({ ...row, title: nameOf(row) })))(
    '$title: $outcome',
    async ({ fault, outcome, requests }) => {
      const fixture = await prepared(clockFor(fault))
      await fixture.provider.put(path, contentOf(bytes), absent)
      fixture.server.forget()
      fixture.server.faults.add({ operation: 'GetObject', action: fault })
      expect(await outcomeOf(collectBytes(fixture.provider.read(path, { signal: never })))).toBe(outcome)
      expect(countOperations(fixture)).toEqual(requests)
      expect((await collectBytes(fixture.provider.read(path, { signal: never }))).equals(bytes)).toBe(true)
    },
  )

  it('of a range that ends early is never taken for all of it', async () => {
    const fixture = await prepared()
    await fixture.provider.put(path, contentOf(bytes), absent)
    const range = { start: 1_000, end: 150_000 }
    for (const kind of ['short-chunked', 'truncate', 'reset-mid'] as const) {
      fixture.server.faults.add({ operation: 'GetObject', action: { kind } })
      expect(await outcomeOf(collectBytes(fixture.provider.read(path, { signal: never, range })))).toBe('corrupt')
      fixture.server.faults.clear()
    }
    const whole = await collectBytes(fixture.provider.read(path, { signal: never, range }))
    expect(whole.equals(bytes.subarray(range.start, range.end))).toBe(true)
  })

  it('that is abandoned early releases its connection', async () => {
    const fixture = await prepared()
    await fixture.provider.put(path, contentOf(bytes), absent)
    for (let round = 0; round < 300; round++) {
      for await (const piece of fixture.provider.read(path, { signal: never })) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
    }
    expect((await collectBytes(fixture.provider.read(path, { signal: never }))).equals(bytes)).toBe(true)
  })
})

describe('a listing', () => {
  const rows: readonly Row[] = [
    { fault: { kind: 'reset-before' }, outcome: 'unavailable', requests: { ListObjectsV2: 2 } },
    { fault: { kind: 'truncate' }, outcome: 'unavailable', requests: { ListObjectsV2: 2 } },
    { fault: { kind: 'short-chunked' }, outcome: 'corrupt', requests: { ListObjectsV2: 2 } },
    { fault: { kind: 'hang' }, outcome: 'timeout', requests: { ListObjectsV2: 2 } },
    { fault: { kind: 'status', status: 500 }, outcome: 'unavailable', requests: { ListObjectsV2: 2 } },
    { fault: { kind: 'error-in-200' }, outcome: 'unavailable', requests: { ListObjectsV2: 2 } },
    {
      fault: { kind: 'status', status: 404, code: 'NoSuchBucket' },
      outcome: 'not-found',
      requests: { ListObjectsV2: 2 },
    },
  ]
  it.each(rows.map((row) => ({ ...row, title: nameOf(row) })))(
    'never ends normally on its second page: $title: $outcome',
    async ({ fault, outcome, requests }) => {
      const fixture = await prepared({ ...clockFor(fault), quirks: { maxKeys: 2 } })
      for (const name of ['a', 'b', 'c', 'd', 'e']) await fixture.provider.put(rel(name), contentOf(name), absent)
      fixture.server.forget()
      fixture.server.faults.add({ operation: 'ListObjectsV2', nth: 2, action: fault })
      expect(await outcomeOf(collectEntries(fixture.provider.list(rel(''), { signal: never })))).toBe(outcome)
      expect(countOperations(fixture)).toEqual(requests)
      expect(await collectEntries(fixture.provider.list(rel(''), { signal: never }))).toHaveLength(5)
    },
  )
})

describe('a removal', () => {
  it.each(['reset-after', 'hang-after'] as const)('whose answer is lost (%s) is fine the second time', async (kind) => {
    const fixture = await prepared(clockFor({ kind }))
    const { entry } = await fixture.provider.put(path, contentOf('x'), absent)
    const options = { signal: never, expect: { kind: 'etag' as const, etag: entry.etag! } }
    fixture.server.faults.add({ operation: 'DeleteObject', action: { kind } })
    expect(await outcomeOf(fixture.provider.remove(path, options))).not.toBe('ok')
    expect(await outcomeOf(fixture.provider.remove(path, options))).toBe('ok')
  })

  it('spares what somebody else put there', async () => {
    const fixture = await prepared()
    const { entry } = await fixture.provider.put(path, contentOf('ours'), absent)
    await fixture.provider.put(path, contentOf('theirs'), { ...absent, expect: { kind: 'any' } })
    const removing = fixture.provider.remove(path, { signal: never, expect: { kind: 'etag', etag: entry.etag! } })
    expect(await outcomeOf(removing)).toBe('precondition-failed')
    expect(fixture.server.bytes(fixture.bucket, path)?.toString()).toBe('theirs')
  })

  it('in a versioned bucket only hides', async () => {
    const fixture = await prepared()
    fixture.server.buckets.get(fixture.bucket)!.versioning = 'enabled'
    const { entry } = await fixture.provider.put(path, contentOf('kept'), absent)
    expect(entry.versionId).toMatch(/^v/)
    await fixture.provider.remove(path, { signal: never, expect: { kind: 'etag', etag: entry.etag! } })
    const versions = fixture.server.buckets.get(fixture.bucket)!.versions(path)
    expect(versions.map((version) => version.deleteMarker)).toEqual([false, true])
    expect(await outcomeOf(fixture.provider.put(path, contentOf('again'), absent))).toBe('ok')
  })
})

describe('a move', () => {
  const expectAny = { signal: never, expect: { kind: 'any' as const } }

  it.each([
    ['CopyObject', { kind: 'reset-after' }],
    ['CopyObject', { kind: 'error-in-200', after: true }],
    ['DeleteObject', { kind: 'reset-before' }],
  ] as const)('whose %s fails (%j) ends well at the second attempt or leaves the source', async (operation, fault) => {
    const fixture = await prepared(clockFor(fault))
    await fixture.provider.put(path, contentOf('moving'), absent)
    fixture.server.faults.add({ operation, action: fault })
    expect(await outcomeOf(fixture.provider.features.move!(path, rel('to'), expectAny))).not.toBe('ok')
    expect(fixture.server.bytes(fixture.bucket, path)?.toString()).toBe('moving')
    const second = await outcomeOf(fixture.provider.features.move!(path, rel('to'), expectAny))
    // With the copy already there, only a lost answer makes it ours to go on with.
    expect(second).toBe(operation === 'CopyObject' ? 'ok' : 'precondition-failed')
    expect(fixture.server.bytes(fixture.bucket, 'to')?.toString()).toBe('moving')
  })

  it('of a source that changes between copy and removal takes the copy back', async () => {
    const fixture = await prepared()
    await fixture.provider.put(path, contentOf('old'), absent)
    const other = await fixture.open()
    const overwrite = async (): Promise<void> =>
      void (await other.put(path, contentOf('new'), { ...absent, expect: { kind: 'any' } }))
    fixture.server.faults.add({ operation: 'DeleteObject', action: { kind: 'run', run: overwrite } })
    expect(await outcomeOf(fixture.provider.features.move!(path, rel('to'), expectAny))).toBe('precondition-failed')
    expect(fixture.server.bytes(fixture.bucket, path)?.toString()).toBe('new')
    expect(fixture.server.bytes(fixture.bucket, 'to')).toBeUndefined()
  })

  it('above what one copy takes goes in parts and keeps everything', async () => {
    const MIB = 1024 ** 2
    const fixture = await prepared({
      tuning: { ...SMALL_TUNING, partBytes: 5 * MIB, bufferBytes: 20 * MIB, copyBytes: 5 * MIB },
    })
    const bytes = randomBytes(11 * MIB)
    await fixture.provider.put(path, contentOf(bytes), { ...absent, metadata: { mtimeNs: 77n, mode: 0o600 } })
    fixture.server.forget()
    const moved = await fixture.provider.features.move!(path, rel('big +moved'), expectAny)
    expect(moved).toMatchObject({ size: bytes.length, mtimeNs: 77n, mode: 0o600 })
    expect(fixture.server.count('UploadPartCopy')).toBe(3)
    expect(fixture.server.bytes(fixture.bucket, 'big +moved')?.equals(bytes)).toBe(true)
    expect(fixture.server.buckets.get(fixture.bucket)!.uploads.size).toBe(0)
  })
})
