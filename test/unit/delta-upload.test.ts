import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { Precondition, RelPath } from '../../common/model.ts'
import { sidecarPath } from '../../main/delta/signatures.ts'
import { localFile } from '../../main/engine/execute/local-content.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { openSignatureCache } from '../../main/state/signature-cache.ts'
import { OFFSETS, seal } from '../../workers/delta/format.ts'
import { SignatureBuilder } from '../../workers/delta/signature-builder.ts'
import { bindSignature, signatureBinding } from '../../workers/delta/signature.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { assembling, SMALL_LIMITS, type AssembleCall, type AssemblingOptions } from '../fakes/assembling-target.ts'
import { DeltaBench, edited, noise, THRESHOLD_BYTES } from '../fakes/delta-bench.ts'
import { expecting, unstopped, uploadOf } from '../fakes/transfer-bench.ts'

const OLD = noise(2 * 1024 ** 2, 1)
const NEW = edited(OLD, { at: 700_000, with: noise(4000, 2) }, { at: 1_500_000, with: noise(4000, 3) })

let bench: DeltaBench
let calls: AssembleCall[]
/** What a test adds to the target; taken up when it is called. */
let hooks: { -readonly [K in keyof AssemblingOptions]: AssemblingOptions[K] }
let events: string[]

beforeEach(() => {
  calls = []
  hooks = {}
  events = []
  bench = new DeltaBench((memory) =>
    assembling(noting(memory), {
      get limits() {
        return 'limits' in hooks ? hooks.limits : SMALL_LIMITS
      },
      onAssemble: async (call) => {
        calls.push(call)
        await hooks.onAssemble?.(call)
      },
    }),
  )
})
afterEach(() => bench.close())

/** Notes what changes the target, in order. */
function noting(inner: TargetProvider): TargetProvider {
  return intercept(inner, {
    put: async (path, content, options) => {
      const result = await inner.put(path, content, options)
      events.push(`put ${path}`)
      return result
    },
    remove: async (path, options) => {
      await inner.remove(path, options)
      events.push(`remove ${path}`)
    },
  })
}

function signatureOf(content: Uint8Array): Uint8Array {
  const builder = new SignatureBuilder({ kind: 'chunks', averageBytes: 8192 })
  builder.update(content)
  return builder.finish().signature
}

/** A sound signature of `content` that claims to be one of other content. */
function lie(content: Uint8Array, claimed: Uint8Array, etag: string): Uint8Array {
  const forged = Buffer.from(bindSignature(signatureOf(content), { etag }))
  forged.set(Buffer.from(blake3Hex(claimed), 'hex'), OFFSETS.contentHash)
  seal(forged)
  return forged
}

async function cache(bytes: Uint8Array, content: Uint8Array): Promise<void> {
  const directory = join(bench.transfers.place, 'signatures', bench.cacheName)
  await openSignatureCache({ directory, clock: bench.clock }).save(blake3Hex(content), bytes)
}

const failing = (code: ErrorCode) => () => {
  throw new TidekeepError({ code, message: `It is ${code}.`, retry: { kind: 'never' } })
}

describe('a large file', () => {
  it('goes whole at first, with its signature beside it', async () => {
    const base = await bench.keep('big', OLD)
    expect(await bench.holds('big', OLD)).toBe(true)
    const sidecar = await bench.held(sidecarPath('big' as RelPath))
    expect(signatureBinding(sidecar)).toEqual({ contentHash: base.contentHash, etag: base.remote.etag })
    expect(calls).toEqual([])
  })

  it('is signed before it counts as kept, and after the target proved it', async () => {
    await bench.keep('big', OLD)
    expect(events).toEqual(['put big', `put ${sidecarPath('big' as RelPath)}`])
  })

  it('goes as differences when it changed', async () => {
    const base = await bench.keep('big', OLD)
    const outcome = await bench.change(base, NEW)
    expect(await bench.holds('big', NEW)).toBe(true)
    expect(['delta', 'segments']).toContain(outcome.method)
    expect(outcome.bytesSent).toBeLessThan(100_000)
    expect(outcome.bytesReused).toBeGreaterThan(1_900_000)
    expect(outcome.baseline).toMatchObject({ contentHash: blake3Hex(NEW), size: NEW.length })
    expect(calls[0]?.options).toMatchObject({ from: { etag: base.remote.etag }, expect: { etag: base.remote.etag } })
  })

  it('goes as differences again and again, each time from the version before', async () => {
    let base = await bench.keep('big', OLD)
    let content = OLD
    for (let turn = 1; turn <= 4; turn++) {
      content = Buffer.concat([content.subarray(0, turn * 300_000), noise(777, turn), content.subarray(turn * 300_000)])
      const outcome = await bench.change(base, content)
      expect(outcome.bytesSent).toBeLessThan(100_000)
      expect(await bench.holds('big', content)).toBe(true)
      base = outcome.baseline!
    }
    expect(calls).toHaveLength(4)
  })

  it('goes as differences from a computer that never sent it, by the signature at the target', async () => {
    const base = await bench.keep('big', OLD)
    bench.cacheName = 'elsewhere'
    expect((await bench.change(base, NEW)).bytesSent).toBeLessThan(100_000)
    expect(await bench.holds('big', NEW)).toBe(true)
  })

  it.each([0, 64 * 1024])('sends what was predicted (blocks of %i)', async (blockBytes) => {
    bench.blockBytes = blockBytes
    const base = await bench.keep('big', OLD)
    const local = bench.transfers.write('big', NEW)
    const action = { ...uploadOf(local, expecting(base)), base }
    const file = { absolutePath: join(bench.transfers.source, 'big'), ...local, ...local.identity! }
    const predicted = bench.delta().costOf((await bench.delta().prepare(action, file, unstopped))!)
    const outcome = await bench.run(action)
    expect(Math.abs(outcome.bytesSent - predicted.bytesSent) / outcome.bytesSent).toBeLessThan(0.05)
    expect(outcome.bytesReused).toBe(predicted.bytesReused)
  })

  it('sends nothing when its content is the same, and reads it once to know', async () => {
    const base = await bench.keep('big', OLD)
    bench.tasks.length = 0
    const outcome = await bench.change(base, Buffer.from(OLD))
    expect(outcome).toMatchObject({ method: 'metadata', bytesSent: 0, bytesReused: OLD.length })
    expect(bench.tasks).toEqual(['matchFile'])
  })

  it('goes whole when there is nothing to reuse', async () => {
    const base = await bench.keep('big', OLD)
    const other = noise(OLD.length, 9)
    expect(await bench.change(base, other)).toMatchObject({ method: 'whole', bytesReused: 0 })
    expect(await bench.holds('big', other)).toBe(true)
    expect(calls).toEqual([])
  })

  it('loses its signature when it becomes small', async () => {
    const base = await bench.keep('big', OLD)
    await bench.change(base, Buffer.from('small'))
    expect(await bench.sidecar('big')).toBeUndefined()
  })

  it('takes its signature along when it moves', async () => {
    const base = await bench.keep('old', OLD)
    bench.transfers.removeLocal('old')
    const local = bench.transfers.write('new', OLD)
    const action = { kind: 'move', path: local.path, from: base.path, local, base, expect: expecting(base) } as const
    const outcome = await bench.run(action)
    expect(outcome.method).toBe('move')
    expect(await bench.sidecar('old')).toBeUndefined()
    bench.cacheName = 'elsewhere'
    expect((await bench.change(outcome.baseline!, NEW)).bytesSent).toBeLessThan(100_000)
  })

  it('keeps a usable signature when only its times change', async () => {
    const base = await bench.keep('big', OLD)
    const touched = (await bench.change(base, Buffer.from(OLD))).baseline!
    expect(touched.remote.etag).not.toBe(base.remote.etag)
    bench.cacheName = 'elsewhere'
    expect((await bench.change(touched, NEW)).bytesSent).toBeLessThan(100_000)
  })

  it('takes its signature with it when it is deleted', async () => {
    const base = await bench.keep('big', OLD)
    bench.transfers.removeLocal('big')
    await bench.run({ kind: 'delete', path: base.path, base, expect: expecting(base) })
    expect(await bench.transfers.remote()).toEqual({})
  })

  it('may be called *.hssig: that is a file like any other', async () => {
    const base = await bench.keep('mine.hssig', OLD)
    expect((await bench.change(base, NEW)).bytesSent).toBeLessThan(100_000)
    const listed: string[] = []
    for await (const page of bench.target.list('' as RelPath, { signal: unstopped })) {
      listed.push(...page.map(({ path }) => path))
    }
    expect(listed).toEqual(['mine.hssig'])
  })

  it('is not signed below the threshold, nor where the target cannot assemble', async () => {
    await bench.keep('small', OLD.subarray(0, THRESHOLD_BYTES - 1))
    hooks.limits = undefined
    await bench.keep('big', OLD)
    expect(Object.keys(await bench.transfers.remote()).toSorted()).toEqual(['big', 'small'])
    expect(bench.tasks).toEqual([])
  })

  it('is kept although its signature cannot be', async () => {
    const put = bench.target.put.bind(bench.target)
    bench.transfers.target = intercept(bench.target, {
      put: (path, content, options) =>
        path.endsWith('.hssig') ? Promise.reject(new Error('disk full')) : put(path, content, options),
    })
    expect((await bench.keep('big', OLD)).contentHash).toBe(blake3Hex(OLD))
    expect(bench.log.lines.map(({ event }) => event)).toContain('signature-not-saved')
  })

  it('is read once where the target signs along', async () => {
    const { target } = bench
    bench.transfers.target = intercept(target, {
      put: async (path, content, options) => {
        const result = await target.put(path, content, options)
        return options.sign === undefined ? result : { ...result, signature: signatureOf(OLD) }
      },
    })
    await bench.keep('big', OLD)
    expect(bench.tasks).toEqual([])
    expect(await bench.sidecar('big')).toBeDefined()
  })
})

describe('a large file at a target on this computer', () => {
  it('shares what stayed in its place', async () => {
    bench.isLocal = true
    const base = await bench.keep('big', OLD)
    expect((await bench.change(base, NEW)).bytesSent).toBeLessThan(100_000)
    expect(await bench.holds('big', NEW)).toBe(true)
  })

  it('is not said to share what moved', async () => {
    bench.isLocal = true
    const base = await bench.keep('big', OLD)
    const moved = Buffer.concat([Buffer.from('in front'), OLD])
    const outcome = await bench.change(base, moved)
    expect(outcome).toMatchObject({ method: 'whole', bytesReused: 0 })
    expect(calls).toEqual([])
  })

  it('goes whole through a bandwidth limit, without being compared', async () => {
    Object.assign(bench, { isLocal: true, isPaced: true })
    const base = await bench.keep('big', OLD)
    bench.tasks.length = 0
    expect(await bench.change(base, NEW)).toMatchObject({ method: 'whole' })
    expect(bench.tasks).toEqual(['hashFile'])
  })
})

describe('whether there is a bandwidth limit', () => {
  it('is not asked to tell large files from small ones, which is done for each file', async () => {
    bench.isLocal = true
    const delta = bench.delta()
    const small = bench.transfers.write('small', Buffer.from('a little'))
    expect(delta.concerns({ local: small })).toBe(false)
    expect(delta.concerns({ local: bench.transfers.write('big', OLD) })).toBe(true)
    expect(bench.limitAsked).toBe(0)
    await bench.change(await bench.keep('big', OLD), NEW)
    expect(bench.limitAsked).toBeGreaterThan(0)
  })
})

describe('differences are never made with what somebody else put there', () => {
  it('when it was replaced before', async () => {
    const base = await bench.keep('big', OLD)
    await bench.transfers.foreign('big', 'theirs')
    const outcome = await bench.change(base, NEW)
    expect(outcome.method).toBe('whole')
    expect(await bench.holds('big', NEW)).toBe(true)
    expect((await bench.held(outcome.keptAside!)).toString()).toBe('theirs')
  })

  it('when it is replaced in the last moment', async () => {
    const base = await bench.keep('big', OLD)
    hooks.onAssemble = async () => void (await bench.transfers.foreign('big', 'theirs'))
    const outcome = await bench.change(base, NEW)
    expect(await bench.holds('big', NEW)).toBe(true)
    expect((await bench.held(outcome.keptAside!)).toString()).toBe('theirs')
    expect(calls).toHaveLength(1)
  })

  it('when it was deleted', async () => {
    const base = await bench.keep('big', OLD)
    await bench.target.remove('big' as RelPath, { expect: { kind: 'any' }, signal: unstopped })
    expect((await bench.change(base, NEW)).method).toBe('whole')
    expect(await bench.holds('big', NEW)).toBe(true)
  })

  it('when the signature there is of another version', async () => {
    const base = await bench.keep('big', OLD)
    bench.cacheName = 'elsewhere'
    const stale = bindSignature(signatureOf(noise(OLD.length, 5)), { etag: '"stale"' })
    await bench.transfers.foreign(sidecarPath('big' as RelPath), '')
    await bench.target.put(
      sidecarPath('big' as RelPath),
      {
        size: stale.length,
        async *open() {
          yield stale
        },
      },
      { metadata: { mtimeNs: 0n }, expect: { kind: 'any' }, signal: unstopped },
    )
    expect(await bench.change(base, NEW)).toMatchObject({ method: 'whole' })
    expect(calls).toEqual([])
    expect(await bench.holds('big', NEW)).toBe(true)
  })
})

describe('a hint that is wrong costs one more transfer', () => {
  it('when a signature lies about what is held', async () => {
    const base = await bench.keep('big', OLD)
    // Claims that the target holds the new content already, all but the end.
    const wrong = edited(NEW, { at: 2_000_000, with: noise(9000, 7) })
    await cache(lie(wrong, OLD, base.remote.etag!), OLD)
    const outcome = await bench.change(base, NEW)
    expect(calls).toHaveLength(1)
    expect(outcome).toMatchObject({ method: 'whole' })
    expect(await bench.holds('big', NEW)).toBe(true)
    expect((await bench.change(outcome.baseline!, OLD)).bytesSent).toBeLessThan(100_000)
  })

  it('when a signature claims that more is held than is', async () => {
    const base = await bench.keep('big', OLD)
    const longer = Buffer.concat([OLD, noise(1_000_000, 8)])
    await cache(lie(longer, OLD, base.remote.etag!), OLD)
    expect(await bench.change(base, longer)).toMatchObject({ method: 'whole' })
    expect(await bench.holds('big', longer)).toBe(true)
  })

  it.each(['corrupt', 'invalid', 'unsupported'] as const)('when assembling fails as %s', async (code) => {
    const base = await bench.keep('big', OLD)
    hooks.onAssemble = failing(code)
    expect(await bench.change(base, NEW)).toMatchObject({ method: 'whole' })
    expect(calls).toHaveLength(1)
    expect(await bench.holds('big', NEW)).toBe(true)
  })
})

describe('an upload of differences that the target cannot prove', () => {
  it.each([
    ['it says nothing of what it stored', { verifiedBy: 'none' as const }],
    ['it says it stored something else', { contentHash: blake3Hex(OLD) }],
  ])('is sent whole: %s', async (_, answered) => {
    const base = await bench.keep('big', OLD)
    const { target } = bench
    bench.transfers.target = intercept(target, {
      abilities: {
        assemble: async (...asked) => ({ ...(await target.features.assemble!(...asked)), ...answered }),
      },
    })
    const outcome = await bench.change(base, NEW)
    expect(outcome.baseline).toMatchObject({ contentHash: blake3Hex(NEW), remote: { verifiedBy: 'checksum' } })
    expect(await bench.holds('big', NEW)).toBe(true)
  })

  it('is not even prepared where the target is expected to hold another version', async () => {
    const base = await bench.keep('big', OLD)
    const local = bench.transfers.write('big', NEW)
    const file = localFile(bench.context().root, local)
    const prepare = (expect: Precondition): Promise<unknown> =>
      bench.delta().prepare({ ...uploadOf(local, expect), base }, file, unstopped)
    expect(await prepare(expecting(base))).toMatchObject({ plan: { method: expect.stringMatching(/delta|segments/) } })
    expect(await prepare({ kind: 'absent' })).toBeUndefined()
    expect(await prepare({ kind: 'etag', etag: '"another"' })).toBeUndefined()
  })
})

describe('an upload of differences whose answer was lost', () => {
  it('is told by what was planned', async () => {
    const base = await bench.keep('big', OLD)
    const { target } = bench
    bench.transfers.target = intercept(target, {
      abilities: {
        assemble: async (...asked) => {
          const { bytesReused: _uncounted, ...found } = await target.features.assemble!(...asked)
          return { ...found, bytesSent: NEW.length }
        },
      },
    })
    const outcome = await bench.change(base, NEW)
    expect(outcome.bytesSent).toBeLessThan(100_000)
    expect(outcome.bytesReused).toBeGreaterThan(1_900_000)
  })
})

describe('an upload of differences fails like any other', () => {
  it.each(['unavailable', 'throttled', 'quota-exceeded', 'unauthenticated'] as const)(
    'when the target is %s',
    async (code) => {
      const base = await bench.keep('big', OLD)
      hooks.onAssemble = failing(code)
      await expect(bench.change(base, NEW)).rejects.toMatchObject({ code })
      expect(await bench.holds('big', OLD)).toBe(true)
    },
  )

  it('when the file changes after it was compared', async () => {
    const base = await bench.keep('big', OLD)
    hooks.onAssemble = () => appendFileSync(join(bench.transfers.source, 'big'), 'more')
    await expect(bench.change(base, NEW)).rejects.toMatchObject({ code: 'changed' })
    expect(await bench.holds('big', OLD)).toBe(true)
  })

  it('when the file changes while it is compared', async () => {
    const base = await bench.keep('big', OLD)
    bench.beforeTask = (name) => {
      if (name === 'matchFile') appendFileSync(join(bench.transfers.source, 'big'), 'more')
    }
    await expect(bench.change(base, NEW)).rejects.toMatchObject({ code: 'changed' })
    expect(await bench.holds('big', OLD)).toBe(true)
  })

  it('when it is cancelled', async () => {
    const base = await bench.keep('big', OLD)
    const stop = new AbortController()
    bench.beforeTask = () => stop.abort(new TidekeepError({ code: 'cancelled', message: 'Cancelled.' }))
    const local = bench.transfers.write('big', NEW)
    const cancelled = bench.run({ ...uploadOf(local, expecting(base)), base }, stop.signal)
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
    expect(await bench.holds('big', OLD)).toBe(true)
  })
})
