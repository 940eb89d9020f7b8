import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import type { ListView, RestoreRequest, RestoreRunView, TimelineView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings } from '../../common/settings.ts'
import type { Area } from '../../main/api/area.ts'
import { createRestoreHandlers } from '../../main/api/restore.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import { PastUse } from '../../main/restore/past-use.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import type { BaselineStore, Store } from '../../main/state/store.ts'
import { textsBelow } from '../fakes/files-below.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { contentOf } from '../fakes/s3/harness.ts'
import { thawsInMemory } from '../fakes/thaws-in-memory.ts'

const CALLER = { transport: 'direct' } as const
const signal = new AbortController().signal
const T0 = Date.UTC(2026, 10, 1, 12)
const HOUR = 3_600_000
const PIXEL = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const places: string[] = []
afterAll(() => {
  for (const place of places) rmSync(place, { recursive: true, force: true })
})

/** A folder with a history at a target in memory. */
class Bench {
  readonly root = mkdtempSync(join(tmpdir(), 'tidekeep-restore-calls-'))
  readonly source = join(this.root, 'source')
  readonly target: TargetProvider
  readonly ends: (() => Promise<void>)[] = []
  readonly pastUse = new PastUse()
  readonly handlers: Area<'restore' | 'versions'>
  opened = 0
  /** What passes did to the target, oldest first. */
  readonly recorded: { readonly id: number; readonly path: string }[] = []
  #atMs = T0
  readonly #begun = new Map<string, number>()

  constructor(prepare: (target: TargetProvider) => TargetProvider = (target) => target) {
    places.push(this.root)
    mkdirSync(this.source)
    const inner = createMemoryProvider({ name: '', now: () => this.#atMs })
    this.target = prepare(inner)
    const folder: FolderSettings = {
      id: 'f1',
      name: 'Source',
      path: this.source,
      target: '/somewhere/else',
      mode: 'backup',
      paused: false,
      ignore: [],
    }
    const baseline = { get: () => undefined, page: () => [] } as unknown as BaselineStore
    this.handlers = createRestoreHandlers({
      host: createFakeHost({ clock: realClock }),
      store: {
        baseline,
        folders: { get: () => ({ compared: true }) },
        history: { list: () => this.recorded.toReversed() },
        queue: { list: () => [], has: () => false },
        conflicts: { at: () => undefined },
        thaws: thawsInMemory(),
      } as unknown as Store,
      settings: { get: () => ({ ...DEFAULT_SETTINGS, folders: [folder] }), update: () => Promise.resolve() },
      openTarget: async () => {
        this.opened++
        return { ...this.target, features: this.target.features, ...bound(this.target), close: async () => undefined }
      },
      openDelta: () => undefined,
      pricesOf: () => undefined,
      pastUse: this.pastUse,
      onStop: (end) => void this.ends.push(end),
      engine: {},
    })
  }

  /** `undefined`: it is deleted. */
  async at(atMs: number, path: string, content: string | Buffer | undefined): Promise<void> {
    this.#atMs = atMs
    const storedAtMs = this.#begun.get(path)
    const keep = { atMs, ...(storedAtMs === undefined ? {} : { storedAtMs }) }
    const options = { expect: { kind: 'any' }, keep, signal } as const
    this.#begun.set(path, atMs)
    if (content === undefined) return void (await this.target.remove(path as RelPath, options))
    // Files are written a moment before they are stored.
    const metadata = { mtimeNs: BigInt(atMs - 500) * 1_000_000n }
    await this.target.put(path as RelPath, contentOf(content), { ...options, metadata })
  }

  /** Waits until everything is read. */
  async open(again = false): Promise<TimelineView> {
    let view = await this.handlers['restore.open']({ folderId: 'f1', again }, CALLER)
    while (view.state === 'reading') {
      await sleep(1)
      view = await this.handlers['restore.timeline']({ id: view.id }, CALLER)
    }
    return view
  }

  async list(path: string, atMs?: number, gone?: boolean): Promise<ListView> {
    const { id } = await this.open()
    const moment = atMs === undefined ? {} : { atMs }
    const also = gone === undefined ? {} : { gone }
    return this.handlers['restore.list']({ id, path, ...moment, ...also, offset: 0, limit: 100 }, CALLER)
  }

  /** Waits until it is over. */
  async run(name: 'plan' | 'start', request: Omit<RestoreRequest, 'id'>): Promise<RestoreRunView> {
    const { id } = await this.open()
    let view = await this.handlers[`restore.${name}`]({ id, ...request }, CALLER)
    while (view.state === 'counting' || view.state === 'running') {
      await sleep(1)
      view = await this.handlers['restore.run']({ id: view.id }, CALLER)
    }
    return view
  }

  /** What is in the folder on this computer. */
  here(): Readonly<Record<string, string>> {
    return textsBelow(this.source)
  }
}

function bound(target: TargetProvider): Pick<TargetProvider, 'list' | 'stat' | 'read' | 'put' | 'remove'> {
  return {
    list: (...given) => target.list(...given),
    stat: (...given) => target.stat(...given),
    read: (...given) => target.read(...given),
    put: (...given) => target.put(...given),
    remove: (...given) => target.remove(...given),
  }
}

let bench: Bench
beforeEach(async () => {
  bench = new Bench()
  await bench.at(T0, 'a/letter.txt', 'one')
  await bench.at(T0, 'a/deep/note.md', 'note')
  await bench.at(T0 + HOUR, 'a/letter.txt', 'two!')
  await bench.at(T0 + 2 * HOUR, 'gone.txt', 'soon gone')
  await bench.at(T0 + 3 * HOUR, 'gone.txt', undefined)
  await bench.at(T0 + 4 * HOUR, 'a/letter.txt', 'three')
})

const names = ({ rows }: ListView): readonly string[] => rows.map(({ name }) => name)

describe('looking at what a folder was', () => {
  it('lists a folder as it is, as it was, and with everything there ever was', async () => {
    expect(names(await bench.list(''))).toEqual(['a'])
    expect(names(await bench.list('', T0 + 2.5 * HOUR))).toEqual(['a', 'gone.txt'])
    expect(names(await bench.list('', T0 - HOUR))).toEqual([])
    expect(names(await bench.list('', undefined, true))).toEqual(['a', 'gone.txt'])
    const { rows, files, bytes } = await bench.list('a', T0 + 1.5 * HOUR)
    expect(rows).toMatchObject([
      { kind: 'directory', name: 'deep', standing: 'there', count: 1, sizeBytes: 4, isGoneNow: false },
      { kind: 'file', path: 'a/letter.txt', standing: 'there', count: 3, sizeBytes: 4, sinceMs: T0 + HOUR },
    ])
    expect({ files, bytes }).toEqual({ files: 2, bytes: 8 })
  })

  it('takes a moment at which something was replaced as the one after', async () => {
    const sizes = []
    for (const atMs of [T0 + HOUR - 1, T0 + HOUR]) {
      const { rows } = await bench.list('a', atMs)
      sizes.push(rows.find(({ name }) => name === 'letter.txt')?.sizeBytes)
    }
    expect(sizes).toEqual(['one'.length, 'two!'.length])
  })

  it('marks what was there and is not kept, and never calls it there', async () => {
    await bench.at(T0 + 5 * HOUR, 'lost.txt', 'first')
    await bench.at(T0 + 6 * HOUR, 'lost.txt', 'second')
    await bench.at(T0 + 7 * HOUR, 'lost.txt', 'third')
    const kept = []
    for await (const version of bench.target.features.keptVersions!('lost.txt' as RelPath, { signal }))
      kept.push(version)
    const second = kept.find(({ keptAtMs }) => keptAtMs === T0 + 7 * HOUR)!
    await bench.target.features.removeKept!(second, { signal })
    expect((await bench.list('', T0 + 6.5 * HOUR)).rows.at(-1)).toMatchObject({ name: 'lost.txt', standing: 'lost' })
    expect((await bench.list('', T0 + 6.5 * HOUR)).lost).toBe(1)
  })

  it('pages through a folder in one order', async () => {
    for (const name of ['10.txt', '9.txt', 'B.txt', 'b2.txt']) await bench.at(T0 + 5 * HOUR, name, name)
    const { id } = await bench.open()
    const pages: string[] = []
    for (let offset = 0; offset < 5; offset += 2)
      pages.push(...names(await bench.handlers['restore.list']({ id, path: '', offset, limit: 2 }, CALLER)))
    expect(pages).toEqual(['a', '9.txt', '10.txt', 'B.txt', 'b2.txt'])
  })

  it('finds names of any time, deleted ones with when they went', async () => {
    const { id } = await bench.open()
    const found = await bench.handlers['restore.search']({ id, text: 'GONE', limit: 10 }, CALLER)
    expect(found.rows).toEqual([
      { path: 'gone.txt', versions: 1, sizeBytes: 9, sinceMs: T0 + 2 * HOUR, goneMs: T0 + 3 * HOUR },
    ])
    const first = await bench.handlers['restore.search']({ id, text: 't', limit: 1 }, CALLER)
    const second = await bench.handlers['restore.search']({ id, text: 't', after: first.next!, limit: 10 }, CALLER)
    expect([...first.rows, ...second.rows].map(({ path }) => path)).toEqual([
      'a/deep/note.md',
      'a/letter.txt',
      'gone.txt',
    ])
    expect(second.next).toBeUndefined()
  })

  it('tells when things changed, and how much', async () => {
    const { id, firstMs } = await bench.open()
    expect(firstMs).toBe(T0)
    const part = { id, fromMs: T0 - HOUR, toMs: T0 + 5 * HOUR, bars: 6, limit: 3 }
    const { bars, moments, more } = await bench.handlers['restore.moments'](part, CALLER)
    expect(bars).toEqual([0, 2, 1, 1, 1, 1])
    expect(moments).toMatchObject([
      { fromMs: T0 + 4 * HOUR, replaced: 1 },
      { fromMs: T0 + 3 * HOUR, deleted: 1 },
      { fromMs: T0 + 2 * HOUR, added: 1 },
    ])
    expect(more).toBe(true)
    const late = { ...part, fromMs: T0 + 900, toMs: T0 + HOUR + 100, bars: 2 }
    expect((await bench.handlers['restore.moments'](late, CALLER)).bars).toEqual([2, 1])
  })

  it('lists the versions of a file, newest first, and shows each', async () => {
    const { id } = await bench.open()
    const { versions } = await bench.handlers['versions.list']({ id, path: 'a/letter.txt' }, CALLER)
    expect(versions.map(({ why, sinceMs }) => [why, sinceMs])).toEqual([
      ['current', T0 + 4 * HOUR],
      ['replaced', T0 + HOUR],
      ['replaced', T0],
    ])
    const texts = []
    for (const { token } of versions)
      texts.push(await bench.handlers['versions.preview']({ id, path: 'a/letter.txt', token }, CALLER))
    expect(texts).toMatchObject([
      { kind: 'text', text: 'three', isCut: false },
      { kind: 'text', text: 'two!' },
      { kind: 'text', text: 'one' },
    ])
  })

  it('never shows or gives newer content as the version that was read', async () => {
    const { id } = await bench.open()
    await bench.at(T0 + 5 * HOUR, 'a/letter.txt', 'THREE')
    const look = { id, path: 'a/letter.txt', token: 'current' }
    const request = { id, paths: ['a/letter.txt'], token: 'current', to: { kind: 'in-place' } } as const
    const changed = { code: 'precondition-failed' }
    await expect(bench.handlers['versions.preview'](look, CALLER)).rejects.toMatchObject(changed)
    await expect(bench.handlers['restore.start'](request, CALLER)).rejects.toMatchObject(changed)
    expect(bench.here()).toEqual({})
    const again = await bench.open(true)
    expect(await bench.handlers['versions.preview']({ ...look, id: again.id }, CALLER)).toMatchObject({ text: 'THREE' })
  })

  it('knows an image by its bytes, cuts long text, and refuses what is neither', async () => {
    await bench.at(T0, 'photo.txt', PIXEL)
    await bench.at(T0, 'page.png', '<svg onload=alert(1)>')
    await bench.at(T0, 'long.log', 'ä'.repeat(300_000))
    await bench.at(T0, 'program', Buffer.from([1, 0, 2, 0, 3]))
    await bench.at(T0, 'empty', '')
    await bench.at(T0, 'huge.png', Buffer.concat([PIXEL, Buffer.alloc(5 * 1024 * 1024)]))
    const { id } = await bench.open()
    const look = (path: string) => bench.handlers['versions.preview']({ id, path, token: 'current' }, CALLER)
    expect(await look('photo.txt')).toMatchObject({
      kind: 'image',
      type: 'image/png',
      base64: PIXEL.toString('base64'),
    })
    expect(await look('page.png')).toMatchObject({ kind: 'text', text: '<svg onload=alert(1)>' })
    const long = await look('long.log')
    expect(long).toMatchObject({ kind: 'text', isCut: true, sizeBytes: 600_000 })
    expect(long.kind === 'text' && /^ä{131072}$/.test(long.text)).toBe(true)
    expect(await look('program')).toMatchObject({ kind: 'none', why: 'binary' })
    expect(await look('empty')).toMatchObject({ kind: 'none', why: 'empty' })
    expect(await look('huge.png')).toMatchObject({ kind: 'none', why: 'too-large' })
  })

  it('reads a target once however often it is asked, and anew when asked to', async () => {
    const first = await bench.open()
    await bench.list('a')
    expect((await bench.open()).id).toBe(first.id)
    expect(bench.opened).toBe(1)
    await bench.at(T0 + 8 * HOUR, 'new.txt', 'new')
    expect(names(await bench.list(''))).toEqual(['a'])
    const again = await bench.open(true)
    expect(again.id).not.toBe(first.id)
    expect(names(await bench.list(''))).toEqual(['a', 'new.txt'])
    await expect(bench.handlers['restore.timeline']({ id: first.id }, CALLER)).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('says what would go of the earlier versions by the rules, and removes nothing', async () => {
    const before = await bench.handlers['versions.due']({ folderId: 'f1' }, CALLER)
    for (const [at, text] of ['one', 'two', 'three'].entries())
      await bench.at(Date.now() - (90 - at) * 24 * HOUR, 'old.txt', text)
    const due = await bench.handlers['versions.due']({ folderId: 'f1' }, CALLER)
    expect(due.due!.count - before.due!.count).toBe(2)
    expect(due.due!.bytes - before.due!.bytes).toBe(6)
    expect(await bench.handlers['versions.due']({ folderId: 'f1' }, CALLER)).toEqual(due)
  })

  it('says what went wrong with reading, and tries again when asked again', async () => {
    let isAway = true
    bench = new Bench((target) => ({
      ...target,
      features: target.features,
      ...bound(target),
      list: (path, options) => {
        if (isAway) throw Object.assign(new Error('the disk is away'), { code: 'EIO' })
        return target.list(path, options)
      },
    }))
    expect(await bench.open()).toMatchObject({ state: 'failed', error: { code: 'internal' } })
    isAway = false
    expect(await bench.open()).toMatchObject({ state: 'ready', files: 0 })
  })
})

describe('bringing back', () => {
  it('plans without writing anything, and counts what is there, what is replaced and what is left out', async () => {
    mkdirSync(join(bench.source, 'a'))
    writeFileSync(join(bench.source, 'a/letter.txt'), 'three')
    const plan = await bench.run('plan', { paths: [''], atMs: T0 + 1.5 * HOUR, to: { kind: 'in-place' } })
    expect(plan).toMatchObject({ isPlan: true, state: 'done', restored: 2, restoredBytes: 8, replaced: 1, failed: 0 })
    expect(plan.replacements[0]).toMatchObject({
      path: 'a/letter.txt',
      keptAs: expect.stringMatching(/^a\/letter\.txt \(replaced /) as string,
    })
    expect(bench.here()).toEqual({ 'a/letter.txt': 'three' })
  })

  it('puts a deleted file back in its place', async () => {
    const done = await bench.run('start', { paths: ['gone.txt'], atMs: T0 + 2.5 * HOUR, to: { kind: 'in-place' } })
    expect(done).toMatchObject({ state: 'done', restored: 1, replaced: 0, failed: 0, directory: bench.source })
    expect(bench.here()).toEqual({ 'gone.txt': 'soon gone' })
  })

  it('holds the earlier versions of its folder until it is over, and no longer', async () => {
    const held: boolean[] = []
    const { pastUse } = bench
    const read = bench.target.features.readKept!.bind(bench.target.features)
    Object.assign(bench.target.features, {
      readKept: (...given: Parameters<typeof read>) => {
        held.push(pastUse.isHeld('f1'), pastUse.isHeld('f2'))
        return read(...given)
      },
    })
    await bench.run('start', { paths: ['gone.txt'], atMs: T0 + 2.5 * HOUR, to: { kind: 'in-place' } })
    expect(held).toEqual([true, false])
    await expect.poll(() => pastUse.isHeld('f1')).toBe(false)
  })

  it('brings back the last of what is gone, together with what is there', async () => {
    const done = await bench.run('start', { paths: ['gone.txt', 'a'], last: true, to: { kind: 'in-place' } })
    expect(done).toMatchObject({ state: 'done', restored: 3 })
    expect(bench.here()).toEqual({ 'gone.txt': 'soon gone', 'a/letter.txt': 'three', 'a/deep/note.md': 'note' })
  })

  it('keeps what it replaces, under a name that it tells', async () => {
    mkdirSync(join(bench.source, 'a'))
    writeFileSync(join(bench.source, 'a/letter.txt'), 'mine')
    const done = await bench.run('start', { paths: ['a/letter.txt'], atMs: T0, to: { kind: 'in-place' } })
    const [replacement] = done.replacements
    expect(bench.here()).toEqual({ 'a/letter.txt': 'one', [replacement!.keptAs]: 'mine' })
    const again = await bench.run('start', { paths: ['a/letter.txt'], atMs: T0, to: { kind: 'in-place' } })
    expect(again).toMatchObject({ restored: 0, equal: 1, replaced: 0 })
  })

  it('puts one version beside what is there, and a folder under a name of its own', async () => {
    mkdirSync(join(bench.source, 'a'))
    writeFileSync(join(bench.source, 'a/letter.txt'), 'mine')
    const { id } = await bench.open()
    const { versions } = await bench.handlers['versions.list']({ id, path: 'a/letter.txt' }, CALLER)
    const { token } = versions.at(-1)!
    const beside = await bench.run('start', { paths: ['a/letter.txt'], token, to: { kind: 'beside' } })
    const [name] = beside.renamed
    expect(name).toMatchObject({
      path: 'a/letter.txt',
      to: expect.stringMatching(/^a\/letter \(restored \d{4}-.*\)\.txt$/) as string,
    })
    expect(bench.here()).toEqual({ 'a/letter.txt': 'mine', [name!.to]: 'one' })
    const folder = await bench.run('start', { paths: ['a'], atMs: T0, to: { kind: 'beside' } })
    expect(folder).toMatchObject({ state: 'done', restored: 2 })
    const { to } = folder.renamed[0]!
    expect(to).toMatch(/^a \(as of 2026-11-01 /)
    expect(bench.here()).toMatchObject({ [`${to}/letter.txt`]: 'one', [`${to}/deep/note.md`]: 'note' })
  })

  it('writes below another folder and nowhere else', async () => {
    const directory = join(bench.root, 'elsewhere')
    const done = await bench.run('start', {
      paths: ['a/deep', 'gone.txt'],
      atMs: T0 + 2.5 * HOUR,
      to: { kind: 'directory', path: directory },
    })
    expect(done).toMatchObject({ state: 'done', restored: 2 })
    expect(readFileSync(join(directory, 'a/deep/note.md'), 'utf8')).toBe('note')
    expect(readFileSync(join(directory, 'gone.txt'), 'utf8')).toBe('soon gone')
    expect(existsSync(join(directory, 'a/letter.txt'))).toBe(false)
    expect(bench.here()).toEqual({})
  })

  it.each([
    ['relative/path', 'invalid'],
    ['/tmp/../etc', 'invalid'],
    ['/somewhere/else/inside', 'invalid'],
  ])('refuses to write into %s', async (path, code) => {
    const { id } = await bench.open()
    const request = { id, paths: ['a'], to: { kind: 'directory', path } } as const
    await expect(bench.handlers['restore.start'](request, CALLER)).rejects.toMatchObject({ code })
  })

  it('refuses to restore into a folder that is away, and beside a whole folder', async () => {
    const { id } = await bench.open()
    const whole = { id, paths: [''], to: { kind: 'beside' } } as const
    await expect(bench.handlers['restore.plan'](whole, CALLER)).rejects.toMatchObject({ code: 'invalid' })
    rmSync(bench.source, { recursive: true })
    const request = { id, paths: ['a'], to: { kind: 'in-place' } } as const
    await expect(bench.handlers['restore.start'](request, CALLER)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('says so where there was nothing at that moment', async () => {
    const done = await bench.run('start', { paths: ['a'], atMs: T0 - HOUR, to: { kind: 'in-place' } })
    expect(done).toMatchObject({ restored: 0, younger: 2 })
    expect(bench.here()).toEqual({})
    const never = await bench.run('start', { paths: ['never'], to: { kind: 'in-place' } })
    expect(never).toMatchObject({ state: 'failed', error: { code: 'not-found' } })
  })

  it('takes what the target holds at that time, not what was read of it before', async () => {
    await bench.open()
    await bench.at(T0 + 9 * HOUR, 'a/letter.txt', 'four')
    await bench.run('start', { paths: ['a/letter.txt'], atMs: T0 + 8 * HOUR, to: { kind: 'in-place' } })
    expect(bench.here()).toEqual({ 'a/letter.txt': 'three' })
  })
})

describe('a pass during a restore', () => {
  /** Of the listing that is meant, the first entry is given before the change, the others after it. */
  function racedBench(listing: number, change: (raced: Bench) => Promise<void>): Bench {
    let listings = 0
    const raced: Bench = new Bench((target) => ({
      ...target,
      features: target.features,
      ...bound(target),
      list: async function* (path, options) {
        if (path !== '' || ++listings !== listing) return yield* target.list(path, options)
        for await (const page of target.list(path, options)) yield page.slice(0, 1)
        await change(raced)
        for await (const page of target.list(path, options)) yield page.slice(1)
      },
    }))
    return raced
  }

  it.each([
    ['replaces', 'newer'],
    ['deletes', undefined],
  ])('hides nothing from it that it %s while the target is listed', async (_what, content) => {
    // The timeline, what is there to do, and then the doing.
    const raced = racedBench(3, async (self) => {
      await self.at(T0 + 9 * HOUR, 'b.txt', content)
      self.recorded.push({ id: self.recorded.length + 1, path: 'b.txt' })
    })
    await raced.at(T0, 'a.txt', 'a')
    await raced.at(T0, 'b.txt', 'b')
    await raced.at(T0, 'c.txt', 'c')
    const done = await raced.run('start', { paths: [''], atMs: T0 + HOUR, to: { kind: 'in-place' } })
    expect(done).toMatchObject({ state: 'done', restored: 3, younger: 0, failed: 0, isUnsettled: false })
    expect(raced.here()).toEqual({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
  })

  it('is said where it never stops changing', async () => {
    const raced = new Bench((target) => ({
      ...target,
      features: target.features,
      ...bound(target),
      list: (path, options) => {
        raced.recorded.push({ id: raced.recorded.length + 1, path: 'later.txt' })
        return target.list(path, options)
      },
    }))
    await raced.at(T0 + 2 * HOUR, 'later.txt', 'later')
    const done = await raced.run('start', { paths: [''], atMs: T0 + HOUR, to: { kind: 'in-place' } })
    expect(done).toMatchObject({ state: 'done', younger: 1, leftOut: ['later.txt'], isUnsettled: true })
  })
})

describe('ending a restore', () => {
  /** A target whose reads wait to be let go on. */
  function slowBench(): { slow: Bench; letGo: () => void; reading: Promise<void> } {
    let letGo = (): void => undefined
    let isReading = (): void => undefined
    const reading = new Promise<void>((resolve) => (isReading = resolve))
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const slow = new Bench((target) => ({
      ...target,
      features: target.features,
      ...bound(target),
      read: async function* (path, options) {
        isReading()
        await Promise.race([held, new Promise((_, reject) => options.signal.addEventListener('abort', reject))])
        yield* target.read(path, options)
      },
    }))
    return { slow, letGo, reading }
  }

  it('is at once, leaves nothing behind, and lets the next one begin', async () => {
    const { slow, letGo, reading } = slowBench()
    await slow.at(T0, 'slow.txt', 'slow')
    const { id } = await slow.open()
    const request = { id, paths: ['slow.txt'], to: { kind: 'in-place' } } as const
    const begun = await slow.handlers['restore.start'](request, CALLER)
    await expect(slow.handlers['restore.start'](request, CALLER)).rejects.toMatchObject({ code: 'locked' })
    await reading
    expect(readdirSync(slow.source)).toHaveLength(1)
    await slow.handlers['restore.cancel']({ id: begun.id }, CALLER)
    let view = begun
    while (view.state === 'counting' || view.state === 'running') {
      await sleep(1)
      view = await slow.handlers['restore.run']({ id: begun.id }, CALLER)
    }
    expect(view.state).toBe('cancelled')
    expect(readdirSync(slow.source)).toEqual([])
    letGo()
    expect(await slow.run('start', { paths: ['slow.txt'], to: { kind: 'in-place' } })).toMatchObject({ restored: 1 })
  })

  it('comes with the end of the application', async () => {
    const { slow, reading } = slowBench()
    await slow.at(T0, 'slow.txt', 'slow')
    const { id } = await slow.open()
    const begun = await slow.handlers['restore.start']({ id, paths: [''], to: { kind: 'in-place' } }, CALLER)
    await reading
    for (const end of slow.ends) await end()
    expect(await slow.handlers['restore.run']({ id: begun.id }, CALLER)).toMatchObject({ state: 'cancelled' })
    await expect(slow.handlers['restore.timeline']({ id }, CALLER)).rejects.toMatchObject({ code: 'not-found' })
    expect(readdirSync(slow.source)).toEqual([])
  })
})
