import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { Action } from '../../common/model.ts'
import type { Clock } from '../../main/host.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { decorate } from '../../main/providers/decorators/stack.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import type { Verdict } from '../../main/speed/verdict.ts'
import { startEngine, type Harness, type HarnessOptions } from '../fakes/engine-harness.ts'

let harness: Harness | undefined
afterEach(async () => {
  await harness?.remove()
  harness = undefined
})

async function begin(options: HarnessOptions = {}): Promise<Harness> {
  harness = await startEngine(options)
  return harness
}

describe('a folder that cannot be opened', () => {
  it('says why, and is opened at the next occasion', async () => {
    let isPlugged = false
    const engine = await begin({
      prepare: (source) => writeFileSync(join(source, 'a'), 'a'),
      wrap: (target) => {
        if (isPlugged) return target
        throw new TidekeepError({ code: 'unavailable', message: 'The disk is not connected.', fix: 'Connect it.' })
      },
    })
    expect(engine.folder()).toMatchObject({ state: 'attention', sentence: 'The disk is not connected.' })
    isPlugged = true
    engine.engine.wake()
    await engine.until('protected')
    expect(existsSync(join(engine.target, 'a'))).toBe(true)
  })
})

describe('a start', () => {
  it('says that it checks from the first moment, and how far a folder is safe together with that it is', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const engine = await begin({
      prepare: (source) => writeFileSync(join(source, 'a'), 'a'),
      wrap: (target) =>
        intercept(target, {
          list: async function* (path, options) {
            await gate
            yield* target.list(path, options)
          },
        }),
    })
    const seen: string[] = [engine.engine.status().headline]
    open()
    while (engine.folder().state !== 'protected') {
      seen.push(engine.engine.status().headline)
      await realClock.sleep(1)
    }
    expect(engine.folder().safeUpToMs).toBeDefined()
    expect([...new Set(seen)].filter((headline) => headline !== 'syncing')).toEqual(['checking'])
  })
})

describe('a file that a person leaves out', () => {
  it('stays behind over a restart and a look at everything, is said so, and goes once it changed', async () => {
    let begun = 0
    const first = await begin({
      prepare: (source) => {
        for (const name of ['small', 'too']) writeFileSync(join(source, name), name)
      },
      wrap: (target) =>
        intercept(target, {
          // What comes alone is held; what is there at first goes together.
          put: async (path, content, options) => {
            begun++
            await new Promise((resolve) => options.signal.addEventListener('abort', resolve))
            return target.put(path, content, options)
          },
        }),
    })
    await first.until('protected')
    writeFileSync(join(first.source, 'big'), Buffer.alloc(300 * 1024, 1))
    first.watcher.hint(['big'])
    await expect.poll(() => begun).toBe(1)
    const id = first.store.queue.list({ limit: 9 }).find(({ action }) => action.path === 'big')!.id
    expect(await first.engine.skip(id)).toBe(true)
    expect(await first.until('waiting')).toMatchObject({ sentence: '2 files safe; 1 file skipped by you', skipped: 1 })
    await first.stop()
    harness = await startEngine({ place: first.place })
    await harness.engine.syncNow()
    expect(await harness.until('waiting')).toMatchObject({ skipped: 1, pendingFiles: 0 })
    expect(existsSync(join(harness.target, 'big'))).toBe(false)
    writeFileSync(join(harness.source, 'big'), 'smaller now')
    harness.watcher.hint(['big'])
    await harness.until('protected')
    expect(readFileSync(join(harness.target, 'big'), 'utf8')).toBe('smaller now')
  })
})

describe('what the machine runs on', () => {
  it('stops work while it lasts, keeps what changed meanwhile, and lets one pass through that a person asks for', async () => {
    let stop: Verdict['stop']
    const speed = (): Verdict => ({
      uploadLimit: 0,
      downloadLimit: 0,
      reasons: [],
      applying: new Set(),
      ...(stop === undefined ? {} : { stop }),
    })
    const engine = await begin({
      prepare: (source) => writeFileSync(join(source, 'a'), 'a'),
      listeners: { speed },
    })
    await engine.until('protected')
    stop = { scope: 'everything', text: 'Paused on battery' }
    await engine.engine.applySettings()
    expect(await engine.until('paused')).toMatchObject({ sentence: 'Paused on battery' })
    writeFileSync(join(engine.source, 'b'), 'b')
    await engine.engine.syncNow()
    expect(existsSync(join(engine.target, 'b'))).toBe(true)
    expect(engine.engine.status()).toMatchObject({ headline: 'paused', pausedUntil: 0 })
    writeFileSync(join(engine.source, 'c'), 'c')
    stop = undefined
    await engine.engine.applySettings()
    engine.watcher.hint(['c'])
    await expect.poll(() => existsSync(join(engine.target, 'c'))).toBe(true)
    // A metered network is no concern of a disk.
    stop = { scope: 'network', text: 'Paused on a metered network' }
    await engine.engine.applySettings()
    await engine.until('protected')
  })
})

describe('a change of settings', () => {
  it('brings new global ignore rules to folders that run', async () => {
    const engine = await begin({ prepare: (source) => writeFileSync(join(source, 'a'), 'a') })
    await engine.until('protected')
    engine.settings = { ...engine.settings, ignore: ['*.tmp'] }
    await engine.engine.applySettings()
    await engine.until('protected')
    writeFileSync(join(engine.source, 'b.tmp'), 'b')
    writeFileSync(join(engine.source, 'c'), 'c')
    await engine.engine.syncNow()
    expect([existsSync(join(engine.target, 'b.tmp')), existsSync(join(engine.target, 'c'))]).toEqual([false, true])
  })

  it('that stops deletions from being carried over forgets those that did not begin, held ones too', async () => {
    const engine = await begin({
      folder: { mode: 'mirror' },
      settings: { guardFiles: 0, guardPercent: 0 },
      prepare: (source) => {
        for (const name of ['a', 'b', 'stays']) writeFileSync(join(source, name), name)
      },
    })
    await engine.until('protected')
    rmSync(join(engine.source, 'a'))
    rmSync(join(engine.source, 'b'))
    await engine.engine.syncNow()
    expect(engine.folder().held).toBe(2)
    const [folder] = engine.settings.folders
    engine.settings = { ...engine.settings, guardFiles: 50, folders: [{ ...folder!, mode: 'backup' }] }
    await engine.engine.applySettings()
    await engine.until('protected')
    await engine.engine.decide(folder!.id, 'approve')
    await engine.engine.syncNow()
    expect(engine.folder()).toMatchObject({ held: 0, pendingFiles: 0, mode: 'backup' })
    expect(['a', 'b', 'stays'].map((name) => existsSync(join(engine.target, name)))).toEqual([true, true, true])
  })

  it('leaves a folder running that it does not concern', async () => {
    let opened = 0
    const engine = await begin({
      wrap: (target) => {
        opened++
        return target
      },
    })
    await engine.until('protected')
    engine.settings = { ...engine.settings, bandwidthLimit: 5_000_000, theme: 'dark' }
    await engine.engine.applySettings()
    expect(opened).toBe(1)
  })

  it('that fails does not keep the next one from being made', async () => {
    const engine = await begin()
    await engine.until('protected')
    const { settings } = engine
    Object.defineProperty(engine, 'settings', {
      configurable: true,
      get: () => {
        throw new TidekeepError({ code: 'internal', message: 'Not readable just now.' })
      },
    })
    await expect(engine.engine.applySettings()).rejects.toMatchObject({ code: 'internal' })
    Object.defineProperty(engine, 'settings', {
      configurable: true,
      writable: true,
      value: { ...settings, folders: [] },
    })
    await engine.engine.applySettings()
    expect(engine.engine.status().headline).toBe('unconfigured')
  })
})

describe('a full pass that is asked for', () => {
  it('is one that began after it was asked for, also while another is under way', async () => {
    const listings: string[] = []
    let letGo: () => void = () => undefined
    let gate = Promise.resolve()
    const engine = await begin({
      prepare: (source) => writeFileSync(join(source, 'a'), 'a'),
      wrap: (target) =>
        intercept(target, {
          list: async function* (path, options) {
            listings.push(path)
            await gate
            yield* target.list(path, options)
          },
        }),
    })
    await engine.until('protected')
    gate = new Promise((resolve) => (letGo = resolve))
    listings.length = 0
    const first = engine.engine.syncNow()
    while (listings.length === 0) await realClock.sleep(5)
    const second = engine.engine.syncNow()
    letGo()
    await first
    await second
    expect(listings).toHaveLength(2)
  })
})

describe('a look at some paths', () => {
  it('that fails is made again for the same hints, which are acknowledged only then', async () => {
    const engine = await begin({ clock: hurried(), prepare: (source) => writeFileSync(join(source, 'a'), 'first') })
    await engine.until('protected')
    writeFileSync(join(engine.source, 'a'), 'second')
    renameSync(engine.source, `${engine.source}-away`)
    engine.watcher.hint(['a'])
    await engine.until('attention')
    expect(engine.watcher.acknowledged).toBe(0)
    renameSync(`${engine.source}-away`, engine.source)
    await engine.until('protected')
    expect(engine.watcher.acknowledged).toBe(1)
    expect(readFileSync(join(engine.target, 'a'), 'utf8')).toBe('second')
  })
})

describe('a clock that is set back', () => {
  it('puts no look at everything off', async () => {
    let setBackMs = 0
    const now = (): number => realClock.now() - setBackMs
    const engine = await begin({ clock: { ...hurried(), now } })
    await engine.until('protected')
    setBackMs = 10 * 24 * 3_600_000
    // Nobody tells of it: only a look at everything finds it.
    writeFileSync(join(engine.source, 'a'), 'content')
    await expect.poll(() => existsSync(join(engine.target, 'a'))).toBe(true)
  })
})

describe('stopping', () => {
  it('lets a pass go that was asked for', async () => {
    const engine = await begin({ prepare: (source) => writeFileSync(join(source, 'a'), 'a') })
    await engine.until('protected')
    for (let file = 0; file < 200; file++) writeFileSync(join(engine.source, `f${file}`), 'x'.repeat(1000))
    const synced = engine.engine.syncNow()
    await engine.engine.stop()
    await synced
    expect(engine.store.queue.counts(engine.folderId).running).toBe(0)
  })
})

describe('figures', () => {
  it('are told of each pass and of each job that failed for good', async () => {
    const dead: Action['kind'][] = []
    const passes: number[] = []
    const engine = await begin({
      prepare: (source) => writeFileSync(join(source, 'a'), 'a'),
      listeners: {
        onDead: ({ kind }) => void dead.push(kind),
        onScanned: (durationMs) => void passes.push(durationMs),
      },
      wrap: (target) =>
        new Proxy(target, {
          get: (real, name) => {
            const refuse = () => Promise.reject(new TidekeepError({ code: 'forbidden', message: 'Not allowed.' }))
            if (name === 'put') return refuse
            if (name === 'features') return { ...real.features, putBatch: undefined }
            const member: unknown = Reflect.get(real, name)
            return typeof member === 'function' ? member.bind(real) : member
          },
        }),
    })
    await engine.until('attention')
    expect(dead).toEqual(['upload'])
    expect(passes.length).toBeGreaterThan(0)
    expect(passes.every((durationMs) => durationMs > 0)).toBe(true)
    rmSync(join(engine.source, 'a'))
  })
})

describe('a target that was mended', () => {
  it('is used at once when a full pass is asked for, however long it was to be left alone', async () => {
    let isMended = false
    const host = createFakeHost({ clock: realClock })
    const refuse = (): Promise<never> =>
      Promise.reject(new TidekeepError({ code: 'unavailable', message: 'Read-only.', retry: { kind: 'never' } }))
    const engine = await begin({
      prepare: (source) => {
        for (let file = 0; file < 8; file++) writeFileSync(join(source, `f${file}`), 'a')
      },
      wrap: (target) => {
        const { features } = target
        const disk = intercept(target, {
          put: (path, content, options) => (isMended ? target.put(path, content, options) : refuse()),
          abilities: {
            makeDirectory: (path, metadata, options) =>
              isMended ? features.makeDirectory!(path, metadata, options) : refuse(),
            putBatch: (items, options) => (isMended ? features.putBatch!(items, options) : refuse()),
          },
        })
        return decorate(disk, { ...host, limiter: new ByteLimiter(realClock, 0) })
      },
    })
    await engine.until('offline')
    // Enough refusals in a row for the breaker to open.
    for (let pass = 0; pass < 6; pass++) await engine.engine.syncNow()
    isMended = true
    await engine.engine.syncNow()
    expect(existsSync(join(engine.target, 'f7'))).toBe(true)
  })
})

describe('the end of work', () => {
  it('is told once, some time after the last of it', async () => {
    const ticks = shortTicks()
    const told: true[] = []
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const engine = await begin({
      clock: ticks.clock,
      prepare: (source) => writeFileSync(join(source, 'a'), 'a'),
      wrap: (target) =>
        intercept(target, {
          put: async (path, content, options) => {
            await gate
            return target.put(path, content, options)
          },
        }),
      listeners: { onQuiet: () => void told.push(true) },
    })
    await ticks.pass(80)
    expect(told).toHaveLength(0)
    open()
    await engine.until('protected')
    while (told.length === 0) await ticks.pass(1)
    await ticks.pass(80)
    expect(told).toHaveLength(1)
    engine.watcher.hint(['a'])
    while (told.length === 1) await ticks.pass(1)
  })
})

/** Real time in which nothing is waited for longer than a moment. */
function hurried(): Clock {
  return { ...realClock, after: (delayMs, run) => realClock.after(Math.min(delayMs, 50), run) }
}

/** Real time, short waits in it fifty times as fast, in which the engine's looks at itself are counted. */
function shortTicks(): { readonly clock: Clock; pass(count: number): Promise<void> } {
  const waiting = new Set<() => void>()
  const after: Clock['after'] = (delayMs, run) =>
    realClock.after(delayMs > 60_000 ? delayMs : delayMs / 50, () => {
      if (delayMs === 200) for (const seen of waiting) seen()
      run()
    })
  const pass = (count: number): Promise<void> =>
    new Promise((resolve) => {
      let left = count
      const seen = (): void => {
        if (--left > 0) return
        waiting.delete(seen)
        resolve()
      }
      waiting.add(seen)
    })
  return { clock: { ...realClock, after }, pass }
}
