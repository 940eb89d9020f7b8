import { describe, expect, it } from 'vitest'
import { TidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { Precondition, RelPath } from '../../common/model.ts'
import { CircuitBreaker } from '../../main/providers/decorators/breaker.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { ByteLimiter, LineLimiter } from '../../main/providers/decorators/limiter.ts'
import { logged } from '../../main/providers/decorators/logged.ts'
import { metered, RequestMeter } from '../../main/providers/decorators/metered.ts'
import { readOnly } from '../../main/providers/decorators/read-only.ts'
import { retrying } from '../../main/providers/decorators/retrying.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import { throttled } from '../../main/providers/decorators/throttled.ts'
import { createMemoryProvider, type MemoryFault } from '../../main/providers/memory/index.ts'
import type { BatchItem, Content, Features, TargetProvider } from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { createFakeHost } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const rel = (path: string): RelPath => path as RelPath
const never = { signal: new AbortController().signal }
const ANY: Precondition = { kind: 'any' }
const ABSENT: Precondition = { kind: 'absent' }
const metadata = { mtimeNs: 1_000_000_000n, mode: 0o644 }

function content(text: string | Uint8Array): Content {
  const bytes = Buffer.from(text)
  return {
    size: bytes.length,
    open: async function* ({ start, end } = { start: 0, end: bytes.length }) {
      yield bytes.subarray(start, end)
    },
  }
}

function put(
  provider: TargetProvider,
  path: string,
  text: string | Uint8Array,
  expect = ANY,
): ReturnType<TargetProvider['put']> {
  return provider.put(rel(path), content(text), { ...never, metadata, expect })
}

async function read(provider: TargetProvider, path: string, options: { expect?: Precondition } = {}): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of provider.read(rel(path), { ...never, ...options })) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces).toString()
}

function fails(code: ErrorCode, more: { ambiguous?: boolean; afterMs?: number } = {}): TidekeepError {
  const { ambiguous = false, afterMs } = more
  return new TidekeepError({
    code,
    message: `made to fail with ${code}`,
    ambiguous,
    ...(afterMs === undefined ? {} : { retry: { kind: 'after', delayMs: afterMs } }),
  })
}

/** A memory provider that fails as scripted, behind the retry layer, on a virtual clock. */
function retried(faults: readonly MemoryFault[]): {
  inner: TargetProvider
  provider: TargetProvider
  clock: VirtualClock
  settle: <T>(promise: Promise<T>) => Promise<T>
} {
  const host = createFakeHost()
  const inner = createMemoryProvider({ name: '', faults })
  const provider = retrying(inner, host)
  /** Lets time pass until the call has ended. */
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    const state = { ended: false }
    const watched = promise.finally(() => (state.ended = true))
    watched.catch(() => undefined)
    for (let step = 0; step < 2000 && !state.ended; step++) await host.clock.advance(1000)
    return watched
  }
  return { inner, provider, clock: host.clock, settle }
}

const WRAPPERS: readonly { readonly name: string; readonly wrap: (inner: TargetProvider) => TargetProvider }[] = [
  { name: 'retrying', wrap: (inner) => retrying(inner, createFakeHost()) },
  { name: 'throttled', wrap: (inner) => throttled(inner, new ByteLimiter(new VirtualClock(), 0)) },
  { name: 'metered', wrap: (inner) => metered(inner, new RequestMeter()) },
  { name: 'logged', wrap: (inner) => logged(inner, createFakeHost().log, new VirtualClock()) },
  { name: 'readOnly', wrap: (inner) => readOnly(inner) },
  {
    name: 'the whole stack',
    wrap: (inner) =>
      decorate(inner, {
        ...createFakeHost(),
        limiter: new ByteLimiter(new VirtualClock(), 0),
        meter: new RequestMeter(),
      }),
  },
]

describe.each(WRAPPERS)('$name', ({ wrap }) => {
  const full = createMemoryProvider({ name: '' })
  const bare: TargetProvider = {
    ...intercept(full, {}),
    features: { limits: full.features.limits, preconditions: 'checked' },
  }

  it('forwards every ability, and none that is not there', () => {
    expect(Object.keys(wrap(full).features).sort()).toEqual(Object.keys(full.features).sort())
    expect(Object.keys(wrap(bare).features).sort()).toEqual(['limits', 'preconditions'])
  })

  it('shows limits and preconditions that are learned later', () => {
    let preconditions: Features['preconditions'] = 'checked'
    const learning = {
      ...intercept(full, {}),
      features: {
        ...full.features,
        get preconditions() {
          return preconditions
        },
      },
    }
    const wrapped = wrap(learning)
    expect(wrapped.features.preconditions).toBe('checked')
    preconditions = 'enforced'
    expect(wrapped.features.preconditions).toBe('enforced')
  })
})

describe('retrying', () => {
  it('rides out a moment, with growing random delays', async () => {
    const { provider, settle, clock } = retried([
      { call: 'put', nth: 1, error: fails('unavailable') },
      { call: 'put', nth: 2, error: fails('timeout') },
      { call: 'put', nth: 3, error: fails('throttled') },
    ])
    const startedMs = clock.now()
    await settle(put(provider, 'a', 'content'))
    expect(await read(provider, 'a')).toBe('content')
    expect(clock.now() - startedMs).toBeLessThan(10_000)
  })

  it('gives up after four attempts with the last error', async () => {
    const meter = new RequestMeter()
    const host = createFakeHost()
    const inner = intercept(createMemoryProvider({ name: '' }), {
      stat: async () => {
        meter.count('stat')
        throw fails('throttled')
      },
    })
    const call = retrying(inner, host).stat(rel('a'), never)
    call.catch(() => undefined)
    await host.clock.advance(120_000)
    await expect(call).rejects.toMatchObject({ code: 'throttled' })
    expect(meter.snapshot().requests).toEqual({ stat: 4 })
  })

  it.each([
    'precondition-failed',
    'forbidden',
    'unauthenticated',
    'not-found',
    'quota-exceeded',
    'invalid',
    'unsupported',
    'vanished',
    'changed',
    'cancelled',
  ] as const)('never repeats what failed with "%s"', async (code) => {
    const { provider } = retried([{ call: 'put', nth: 1, error: fails(code) }])
    await expect(put(provider, 'a', 'x')).rejects.toMatchObject({ code })
  })

  it('waits exactly as long as the target asks', async () => {
    const { provider, clock } = retried([{ call: 'stat', nth: 1, error: fails('throttled', { afterMs: 7000 }) }])
    const call = provider.stat(rel('a'), never)
    call.catch(() => undefined)
    await clock.advance(6999)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    await expect(call).rejects.toMatchObject({ code: 'not-found' })
  })

  it('passes a wish for more than a moment on, so that everything waits and not this call alone', async () => {
    const { provider } = retried([{ call: 'stat', nth: 1, error: fails('throttled', { afterMs: 60_000 }) }])
    await expect(provider.stat(rel('a'), never)).rejects.toMatchObject({ retry: { kind: 'after', delayMs: 60_000 } })
  })

  it('stops waiting when it is cancelled', async () => {
    const { provider, clock } = retried([{ call: 'put', nth: 1, error: fails('throttled', { afterMs: 15_000 }) }])
    const controller = new AbortController()
    const call = provider.put(rel('a'), content('x'), { signal: controller.signal, metadata, expect: ANY })
    call.catch(() => undefined)
    await clock.advance(10)
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: 'cancelled' })
    expect(clock.pending).toBe(0)
  })

  const lost = fails('timeout', { ambiguous: true })

  it('recognises its own put whose answer was lost', async () => {
    const { provider, settle } = retried([{ call: 'put', nth: 1, error: lost, after: true }])
    const result = await settle(put(provider, 'a', 'content', ABSENT))
    expect(result).toMatchObject({ verifiedBy: 'checksum', entry: { path: 'a', etag: '"1"' } })
  })

  it('recognises its own put by reading it back where the target has no digest', async () => {
    const host = createFakeHost()
    const memory = createMemoryProvider({ name: '', faults: [{ call: 'put', nth: 1, error: lost, after: true }] })
    const features = { limits: memory.features.limits, preconditions: memory.features.preconditions }
    const provider = retrying({ ...intercept(memory, {}), features }, host)
    expect(await put(provider, 'a', 'content', ABSENT)).toMatchObject({ verifiedBy: 'read-back' })
  })

  it('puts again what was lost before it was stored', async () => {
    const { provider, settle } = retried([{ call: 'put', nth: 1, error: lost }])
    await settle(put(provider, 'a', 'content', ABSENT))
    expect(await read(provider, 'a')).toBe('content')
  })

  it('leaves the file of someone else alone after a lost answer', async () => {
    const { inner, provider, settle } = retried([{ call: 'put', nth: 2, error: lost }])
    await put(inner, 'a', 'theirs!')
    await expect(settle(put(provider, 'a', 'content', ABSENT))).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(await read(inner, 'a')).toBe('theirs!')
  })

  it('takes a refusal after a lost answer for the echo of its own work', async () => {
    const { provider, settle } = retried([
      { call: 'put', nth: 1, error: lost, after: true },
      { call: 'stat', nth: 1, error: fails('unavailable') },
    ])
    const result = await settle(put(provider, 'a', 'content', ABSENT))
    expect(result.entry.etag).toBe('"1"')
  })

  it('takes a removal whose answer was lost for done when nothing is there', async () => {
    const { inner, provider } = retried([{ call: 'remove', nth: 1, error: lost, after: true }])
    const { entry } = await put(inner, 'a', 'x')
    await provider.remove(rel('a'), { ...never, expect: { kind: 'etag', etag: entry.etag! } })
    await expect(inner.stat(rel('a'), never)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('takes a move whose answer was lost for done when the file is at its new place', async () => {
    const { inner, provider } = retried([{ call: 'move', nth: 1, error: lost, after: true }])
    const { entry } = await put(inner, 'from', 'content')
    const moved = await provider.features.move!(rel('from'), rel('to'), {
      ...never,
      expect: { kind: 'etag', etag: entry.etag! },
    })
    expect(moved.path).toBe('to')
  })

  it('completes a move that copied but did not remove', async () => {
    const { inner, provider } = retried([{ call: 'move', nth: 1, error: lost }])
    const { entry } = await put(inner, 'from', 'content')
    await put(inner, 'to', 'content')
    await provider.features.move!(rel('from'), rel('to'), { ...never, expect: { kind: 'etag', etag: entry.etag! } })
    await expect(inner.stat(rel('from'), never)).rejects.toMatchObject({ code: 'not-found' })
    expect(await read(inner, 'to')).toBe('content')
  })

  it('never takes another file at the new place for its own move', async () => {
    const { inner, provider, settle } = retried([{ call: 'move', nth: 1, error: lost }])
    await put(inner, 'from', 'content')
    await put(inner, 'to', 'theirs!')
    const move = provider.features.move!(rel('from'), rel('to'), { ...never, expect: ANY })
    await expect(settle(move)).rejects.toMatchObject({ code: 'precondition-failed' })
    expect([await read(inner, 'from'), await read(inner, 'to')]).toEqual(['content', 'theirs!'])
  })

  it('nor where the old place is empty: by then, both may be the doing of others', async () => {
    const { inner, provider, settle } = retried([{ call: 'move', nth: 1, error: lost }])
    await put(inner, 'to', 'theirs!')
    const contentHash = blake3Hex(Buffer.from('content'))
    const move = provider.features.move!(rel('from'), rel('to'), { ...never, expect: ANY, contentHash })
    await expect(settle(move)).rejects.toMatchObject({ code: 'not-found' })
    expect(await read(inner, 'to')).toBe('theirs!')
  })

  it('takes what has the content that was moved for its own move', async () => {
    const { inner, provider } = retried([{ call: 'move', nth: 1, error: lost, after: true }])
    const { entry } = await put(inner, 'from', 'content')
    const contentHash = blake3Hex(Buffer.from('content'))
    const agreed = { kind: 'etag', etag: entry.etag! } as const
    const moved = await provider.features.move!(rel('from'), rel('to'), { ...never, expect: agreed, contentHash })
    expect(moved.path).toBe('to')
  })

  it('recognises its own change of metadata', async () => {
    const { inner, provider } = retried([{ call: 'setMetadata', nth: 1, error: lost, after: true }])
    const { entry } = await put(inner, 'a', 'x')
    const options = { ...never, expect: { kind: 'etag', etag: entry.etag! } } as const
    expect(await provider.features.setMetadata!(rel('a'), { mtimeNs: 5n, mode: 0o600 }, options)).toMatchObject({
      mtimeNs: 5n,
      mode: 0o600,
    })
  })

  it('tries the items of a batch again that failed for a moment, and only those', async () => {
    const host = createFakeHost()
    const memory = createMemoryProvider({ name: '' })
    const meter = new RequestMeter()
    const inner = intercept(metered(memory, meter), {
      abilities: {
        putBatch: async (items) => {
          const [first, ...rest] = items
          const results = await memory.features.putBatch!(rest, never)
          expect(first!.path).toBe('a')
          return [{ ok: false, error: fails('throttled') }, ...results]
        },
      },
    })
    const items = ['a', 'b', 'c'].map((name) => ({ path: rel(name), content: content(name), metadata, expect: ABSENT }))
    const call = retrying(inner, host).features.putBatch!(items, never)
    await host.clock.advance(60_000)
    expect((await call).map(({ ok }) => ok)).toEqual([true, true, true])
    expect(meter.snapshot().requests).toEqual({ put: 1 })
    expect(await read(memory, 'a')).toBe('a')
  })

  it('finds what a batch stored before it failed as a whole', async () => {
    const { provider, settle } = retried([{ call: 'putBatch', nth: 1, error: lost, after: true }])
    const items = ['a', 'b'].map((name) => ({ path: rel(name), content: content(name), metadata, expect: ABSENT }))
    const results = await settle(provider.features.putBatch!(items, never))
    expect(results).toMatchObject([
      { ok: true, result: { entry: { etag: '"1"' } } },
      { ok: true, result: { entry: { etag: '"2"' } } },
    ])
  })

  it('goes on with a listing that broke off, without gap or repetition', async () => {
    const { inner, provider, settle } = retried([])
    const items: BatchItem[] = Array.from({ length: 2500 }, (_, number) => ({
      path: rel(`f${number}`),
      content: content('x'),
      metadata,
      expect: ABSENT,
    }))
    await inner.features.putBatch!(items, never)
    let broken = 0
    const breaking = intercept(inner, {
      list: async function* (path, options) {
        let pages = 0
        for await (const page of inner.list(path, options)) {
          if (pages++ === 1 && broken++ < 2) throw fails('unavailable')
          yield page
        }
      },
    })
    const host = createFakeHost()
    const paths: string[] = []
    const listing = (async () => {
      for await (const page of retrying(breaking, host).list(rel(''), never))
        paths.push(...page.map(({ path }) => path))
    })()
    await host.clock.advance(60_000)
    await listing
    expect(paths.length).toBe(2500)
    expect(new Set(paths).size).toBe(2500)
    void [provider, settle]
  })

  it('goes on reading a pinned version where it broke off, and never joins two versions', async () => {
    const memory = createMemoryProvider({ name: '' })
    const text = 'tide'.repeat(50_000)
    const { entry } = await put(memory, 'a', text)
    const breaking = (): TargetProvider => {
      let reads = 0
      return intercept(memory, {
        read: async function* (path, options) {
          const isFirst = reads++ === 0
          for await (const piece of memory.read(path, options)) {
            yield piece
            if (isFirst) throw fails('unavailable')
          }
        },
      })
    }
    const host = createFakeHost()
    const pinned = read(retrying(breaking(), host), 'a', { expect: { kind: 'etag', etag: entry.etag! } })
    await host.clock.advance(60_000)
    expect((await pinned) === text).toBe(true)
    const loose = read(retrying(breaking(), host), 'a')
    loose.catch(() => undefined)
    await host.clock.advance(60_000)
    await expect(loose).rejects.toMatchObject({ code: 'corrupt' })
  })

  it('asks a target that is down no more than it must, and notices when it is back', async () => {
    const host = createFakeHost()
    const memory = createMemoryProvider({ name: '' })
    await put(memory, 'a', 'x')
    let isDown = true
    let requests = 0
    const inner = intercept(memory, {
      stat: async (path, options) => {
        requests++
        if (isDown) throw fails('unavailable')
        return memory.stat(path, options)
      },
    })
    const provider = retrying(inner, host)
    for (let second = 0; second < 600; second++) {
      provider.stat(rel('a'), never).catch(() => undefined)
      await host.clock.advance(1000)
    }
    expect(requests).toBeLessThan(30)
    isDown = false
    await host.clock.advance(31_000)
    await expect(provider.stat(rel('a'), never)).resolves.toMatchObject({ path: 'a' })
  })
})

describe('a circuit breaker', () => {
  it('lets one call through after half a minute, and its outcome decides', async () => {
    const clock = new VirtualClock()
    const breaker = new CircuitBreaker('memory:x', clock)
    for (let failure = 0; failure < 5; failure++) {
      breaker.enter()
      breaker.failed('unavailable')
    }
    expect(() => breaker.enter()).toThrowError(/does not answer/)
    await clock.advance(30_000)
    breaker.enter()
    expect(() => breaker.enter()).toThrowError(/does not answer/)
    breaker.failed('timeout')
    expect(() => breaker.enter()).toThrowError(/does not answer/)
    await clock.advance(30_000)
    breaker.enter()
    breaker.failed('not-found')
    breaker.enter()
  })

  it('repeats why the target cannot be used', () => {
    const breaker = new CircuitBreaker('/mnt/disk', new VirtualClock())
    const said = { message: 'Another disk is there.', fix: 'Mount it.', reason: 'other-target' } as const
    const reason = new TidekeepError({ code: 'unavailable', ...said })
    for (let failure = 0; failure < 5; failure++) breaker.failed('unavailable', reason)
    expect(() => breaker.enter()).toThrowError(expect.objectContaining(said))
  })
})

describe('a byte limiter', () => {
  /** Most bytes that went in any window of one second. */
  function busiestSecond(grants: readonly { atMs: number; bytes: number }[]): number {
    return Math.max(
      ...grants.map(({ atMs }) =>
        grants
          .filter((each) => each.atMs >= atMs && each.atMs < atMs + 1000)
          .reduce((sum, { bytes }) => sum + bytes, 0),
      ),
    )
  }

  it('never lets more than a tenth over the limit go in any second, whoever asks', async () => {
    const clock = new VirtualClock()
    const limiter = new ByteLimiter(clock, 100_000)
    const grants: { atMs: number; bytes: number }[] = []
    await clock.advance(5000)
    const streams = Array.from({ length: 5 }, async (_, stream) => {
      for await (const piece of limiter.pace(content(new Uint8Array(60_000 + stream)).open(), never.signal))
        grants.push({ atMs: clock.now(), bytes: piece.length })
    })
    for (let step = 0; step < 600; step++) await clock.advance(10)
    await Promise.all(streams)
    expect(busiestSecond(grants)).toBeLessThanOrEqual(110_000)
    const spanMs = grants.at(-1)!.atMs - grants[0]!.atMs
    expect(grants.reduce((sum, { bytes }) => sum + bytes, 0) / (spanMs / 1000)).toBeGreaterThan(95_000)
  })

  it('takes a new limit at once, also for those who wait', async () => {
    const clock = new VirtualClock()
    const limiter = new ByteLimiter(clock, 1)
    let isDone = false
    const taken = limiter.take(10_000, never.signal).then(() => (isDone = true))
    await clock.advance(1100)
    expect(isDone).toBe(false)
    limiter.setLimit(1_000_000)
    await clock.advance(30)
    expect(isDone).toBe(true)
    limiter.setLimit(0)
    await limiter.take(1e12, never.signal)
    await taken
  })

  it('lets go of those who are cancelled, and of nobody else', async () => {
    const clock = new VirtualClock()
    const limiter = new ByteLimiter(clock, 1000)
    const controller = new AbortController()
    const first = limiter.take(100_000, controller.signal)
    const second = limiter.take(10, never.signal)
    first.catch(() => undefined)
    await clock.advance(100)
    controller.abort()
    await expect(first).rejects.toMatchObject({ code: 'cancelled' })
    await clock.advance(1000)
    await second
  })
})

describe('throttled', () => {
  it('paces what is received by a bucket of its own, so that a slow upload does not slow a restore', async () => {
    const clock = new VirtualClock()
    const limiter = new LineLimiter(clock, 1, 1_000_000)
    const memory = createMemoryProvider({ name: '' })
    const path = 'a' as RelPath
    const metadata = { mtimeNs: 0n }
    await memory.put(path, content(new Uint8Array(500_000)), {
      signal: never.signal,
      metadata,
      expect: { kind: 'any' },
    })
    let received = 0
    const read = (async () => {
      for await (const piece of throttled(memory, limiter).read(path, { signal: never.signal }))
        received += piece.length
    })()
    await clock.advance(250)
    expect(received).toBeGreaterThan(200_000)
    expect(received).toBeLessThan(350_000)
    limiter.setLimits({ uploadLimit: 1, downloadLimit: 0 })
    await read
    expect(received).toBe(500_000)
  })

  it('paces batches by splitting them, and hands a large file over as a paced stream', async () => {
    const clock = new VirtualClock()
    const limiter = new ByteLimiter(clock, 100_000)
    const memory = createMemoryProvider({ name: '' })
    const batches: number[] = []
    const sent: { atMs: number; bytes: number }[] = []
    const inner = intercept(memory, {
      abilities: {
        putBatch: (items, options) => {
          batches.push(items.length)
          for (const { content: each } of items) {
            if (each.size > 5000) expect(each.file).toBeUndefined()
            else sent.push({ atMs: clock.now(), bytes: each.size })
          }
          return memory.features.putBatch!(items, options)
        },
      },
    })
    const items = Array.from({ length: 200 }, (_, number) => ({
      path: rel(`f${number}`),
      content: content(new Uint8Array(number === 50 ? 30_000 : 1000)),
      metadata,
      expect: ABSENT,
    }))
    const call = throttled(inner, limiter).features.putBatch!(items, never)
    for (let step = 0; step < 400; step++) await clock.advance(10)
    expect((await call).every(({ ok }) => ok)).toBe(true)
    expect(batches.length).toBeGreaterThan(30)
    for (const { atMs } of sent) {
      const window = sent.filter((each) => each.atMs >= atMs && each.atMs < atMs + 1000)
      expect(window.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(110_000)
    }
  })

  it('leaves batches and files as they are without a limit', async () => {
    const memory = createMemoryProvider({ name: '' })
    const seen: Content[] = []
    const inner = intercept(memory, {
      put: (path, each, options) => {
        seen.push(each)
        return memory.put(path, each, options)
      },
    })
    const own = content('x')
    await throttled(inner, new ByteLimiter(new VirtualClock())).put(rel('a'), own, { ...never, metadata, expect: ANY })
    expect(seen).toEqual([own])
  })

  it('paces reading, too', async () => {
    const clock = new VirtualClock()
    const memory = createMemoryProvider({ name: '' })
    await put(memory, 'a', new Uint8Array(50_000))
    const startedMs = clock.now()
    let endedMs = 0
    const reading = read(throttled(memory, new ByteLimiter(clock, 10_000)), 'a').then(() => (endedMs = clock.now()))
    for (let step = 0; step < 700; step++) await clock.advance(10)
    await reading
    expect(endedMs - startedMs).toBeGreaterThan(4500)
  })

  it('leaves a provider alone that paces itself', () => {
    const memory = createMemoryProvider({ name: '' })
    const own = { ...intercept(memory, {}), features: { ...memory.features, pacesItself: true } } as const
    expect(throttled(own, new ByteLimiter(new VirtualClock(), 1))).toBe(own)
  })
})

describe('metered', () => {
  it('counts calls by name and bytes both ways', async () => {
    const meter = new RequestMeter()
    const provider = metered(createMemoryProvider({ name: '' }), meter)
    await put(provider, 'a', 'four')
    await provider.features.putBatch!([{ path: rel('b'), content: content('six___'), metadata, expect: ABSENT }], never)
    await read(provider, 'a')
    await expect(provider.stat(rel('missing'), never)).rejects.toMatchObject({ code: 'not-found' })
    for await (const _ of provider.list(rel(''), never)) expect(_).toHaveLength(2)
    expect(meter.snapshot()).toEqual({
      requests: { put: 2, putBatch: 1, read: 1, stat: 1, list: 1 },
      bytesSent: 10,
      bytesReceived: 4,
    })
  })
})

describe('logged', () => {
  it('writes one line a call with its code and no path', async () => {
    const { log, clock } = createFakeHost()
    const provider = logged(createMemoryProvider({ name: '' }), log, clock)
    await put(provider, 'secret-name', 'x')
    await expect(provider.stat(rel('missing'), never)).rejects.toMatchObject({ code: 'not-found' })
    await read(provider, 'secret-name')
    expect(log.lines.map(({ event, fields }) => [event, fields['call'], fields['code']])).toEqual([
      ['target_call_ended', 'put', undefined],
      ['target_call_failed', 'stat', 'not-found'],
      ['target_call_ended', 'read', undefined],
    ])
    expect(JSON.stringify(log.lines)).not.toContain('secret-name')
  })
})

describe('read-only', () => {
  it('throws on every mutation before it reaches the provider, and still reads', async () => {
    const memory = createMemoryProvider({ name: '' })
    await put(memory, 'a', 'x')
    const meter = new RequestMeter()
    const provider = readOnly(metered(memory, meter))
    const { features } = provider
    const options = { ...never, expect: ANY }
    const mutations = [
      put(provider, 'a', 'y'),
      provider.remove(rel('a'), options),
      features.putBatch!([], never),
      features.move!(rel('a'), rel('b'), options),
      features.setMetadata!(rel('a'), metadata, options),
      features.makeDirectory!(rel('d'), metadata, never),
    ]
    for (const mutation of mutations) await expect(mutation).rejects.toMatchObject({ code: 'forbidden' })
    expect(await read(provider, 'a')).toBe('x')
    expect(meter.snapshot().requests).toEqual({ read: 1 })
  })
})

describe('the stack', () => {
  it('counts every attempt, logs every call once, and refuses in a dry run', async () => {
    const host = createFakeHost()
    const meter = new RequestMeter()
    const limiter = new ByteLimiter(host.clock, 0)
    const memory = createMemoryProvider({ name: '', faults: [{ call: 'put', nth: 1, error: fails('throttled') }] })
    const provider = decorate(memory, { ...host, limiter, meter })
    const call = put(provider, 'a', 'x')
    await host.clock.advance(60_000)
    await call
    expect(meter.snapshot().requests).toEqual({ put: 2 })
    expect(host.log.lines.filter(({ event }) => event === 'target_call_ended')).toHaveLength(1)
    const dry = decorate(memory, { ...host, limiter, readOnly: true })
    await expect(put(dry, 'b', 'x')).rejects.toMatchObject({ code: 'forbidden' })
  })
})
