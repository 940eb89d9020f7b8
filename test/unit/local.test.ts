import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryInstance } from '../../workers/prepare-target.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { inodeOf } from '../../workers/fs/stable-read.ts'
import type { Pool } from '../../workers/tasks.ts'
import type { Entry } from '../../common/model.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { createFakeHost } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { ABSENT, ANY, hookedPool, listAll, LocalBench, never, rel } from './local-support.ts'

let bench: LocalBench
beforeEach(() => void (bench = new LocalBench()))
afterEach(() => bench.close())

describe('a target that is not there', () => {
  it('is made with its marker by the first put, and only then', async () => {
    const provider = bench.open()
    expect(await listAll(provider)).toEqual([])
    await provider.remove(rel('nothing'), { ...never, expect: ANY })
    await expect(provider.stat(rel('nothing'), never)).rejects.toMatchObject({ code: 'not-found' })
    expect(await provider.features.freeBytes!(never)).toBeGreaterThan(0)
    expect(existsSync(bench.root)).toBe(false)
    await bench.put(provider, 'a', 'content')
    expect(readdirSync(bench.root).sort()).toEqual(['.tidekeep', 'a'])
    expect(JSON.parse(readFileSync(join(bench.root, '.tidekeep/target.json'), 'utf8'))).toMatchObject({ format: 1 })
  })

  it('keeps what makes it a target: nothing is moved away from there or removed', async () => {
    const provider = bench.open()
    await bench.put(provider, 'a', 'content')
    const marker = join(bench.root, '.tidekeep/target.json')
    const before = readFileSync(marker, 'utf8')
    for (const place of ['.tidekeep', '.tidekeep/target.json', '.tidekeep/tmp']) {
      const refused = { code: 'invalid', fix: expect.any(String) }
      const anything = { ...never, expect: { kind: 'any' } } as const
      await expect(provider.remove(rel(place), anything)).rejects.toMatchObject(refused)
      await expect(provider.features.move!(rel(place), rel('b'), anything)).rejects.toMatchObject(refused)
    }
    expect(readFileSync(marker, 'utf8')).toBe(before)
  })

  it('finishes a move that was cut off between its two steps, of the expected file alone', async () => {
    const provider = bench.open()
    const { entry } = await bench.put(provider, 'old', 'content')
    linkSync(join(bench.root, 'old'), join(bench.root, 'new'))
    const expected = { ...never, expect: { kind: 'etag', etag: entry.etag! } } as const
    expect(await provider.features.move!(rel('old'), rel('new'), expected)).toMatchObject({ path: 'new', size: 7 })
    expect(readdirSync(bench.root).toSorted()).toEqual(['.tidekeep', 'new'])
    // Written to since, under either name: it is no longer what was expected.
    linkSync(join(bench.root, 'new'), join(bench.root, 'old'))
    writeFileSync(join(bench.root, 'old'), 'another content')
    await expect(provider.features.move!(rel('old'), rel('new'), expected)).rejects.toMatchObject({
      code: 'precondition-failed',
    })
    expect(readdirSync(bench.root).toSorted()).toEqual(['.tidekeep', 'new', 'old'])
  })

  it('is never made where its parent is missing, too', async () => {
    const root = join(bench.base, 'mnt/disk/backup')
    const provider = bench.open({ root })
    await expect(bench.put(provider, 'a', 'content')).rejects.toMatchObject({
      code: 'unavailable',
      fix: expect.stringContaining('Connect the disk'),
    })
    await expect(listAll(provider)).rejects.toMatchObject({ code: 'unavailable' })
    expect(existsSync(join(bench.base, 'mnt'))).toBe(false)
  })

  it('is a disk that is not connected when it was used before', async () => {
    const provider = bench.open({ mustExist: true })
    const lost = { code: 'unavailable', fix: expect.stringContaining('Connect the disk') }
    await expect(bench.put(provider, 'a', 'content')).rejects.toMatchObject(lost)
    await expect(listAll(provider)).rejects.toMatchObject(lost)
    await expect(provider.remove(rel('a'), { ...never, expect: ANY })).rejects.toMatchObject(lost)
    await expect(provider.features.makeDirectory!(rel('d'), { mtimeNs: 1n }, never)).rejects.toMatchObject(lost)
    expect(existsSync(bench.root)).toBe(false)
  })

  it('is an empty mount point when its marker is gone', async () => {
    mkdirSync(bench.root)
    const provider = bench.open({ mustExist: true })
    const other = { code: 'unavailable', reason: 'other-target' }
    await expect(bench.put(provider, 'a', 'content')).rejects.toMatchObject(other)
    await expect(listAll(provider)).rejects.toMatchObject(other)
    expect(readdirSync(bench.root)).toEqual([])
  })

  it('is noticed when it goes away between two calls', async () => {
    const provider = bench.open()
    await bench.put(provider, 'a', 'content')
    renameSync(bench.root, join(bench.base, 'unplugged'))
    mkdirSync(bench.root)
    const batch = await provider.features.putBatch!([bench.item('b', 'x')], never).catch((error: unknown) => error)
    expect(batch).toMatchObject({ code: 'unavailable' })
    await expect(listAll(provider)).rejects.toMatchObject({ code: 'unavailable' })
    expect(readdirSync(bench.root)).toEqual([])
  })

  it('is noticed when it goes away in the middle of a listing', async () => {
    await bench.put(bench.open(), 'a', 'content')
    const pool = hookedPool(bench.pool, (name) => {
      if (name !== 'listTarget') return
      renameSync(bench.root, join(bench.base, 'unplugged'))
      mkdirSync(bench.root)
    })
    await expect(listAll(bench.open({ pool }))).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is noticed when another disk takes its place in the middle of a put', async () => {
    const provider = bench.open()
    await bench.put(provider, 'a', 'content')
    const pool = hookedPool(bench.pool, (name) => {
      if (name !== 'publishBatch' || existsSync(join(bench.base, 'unplugged'))) return
      renameSync(bench.root, join(bench.base, 'unplugged'))
      mkdirSync(bench.root)
    })
    const put = bench.put(bench.open({ pool }), 'b', 'content')
    await expect(put).rejects.toMatchObject({ code: 'unavailable' })
    expect(readdirSync(bench.root)).toEqual([])
  })

  it('is refused when it is a file', async () => {
    writeFileSync(bench.root, '')
    await expect(bench.put(bench.open(), 'a', 'x')).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('a put', () => {
  it('never overwrites a file that appears in the last moment', async () => {
    await bench.put(bench.open(), 'first', 'x')
    const pool = hookedPool(bench.pool, (name) => {
      if (name === 'publishBatch' && !existsSync(join(bench.root, 'mine')))
        writeFileSync(join(bench.root, 'mine'), 'precious')
    })
    const put = bench.put(bench.open({ pool }), 'mine', 'ours', ABSENT)
    await expect(put).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(readFileSync(join(bench.root, 'mine'), 'utf8')).toBe('precious')
    expect(bench.temporaries()).toEqual([])
  })

  it('never replaces a version that was edited in the last moment', async () => {
    const { entry } = await bench.put(bench.open(), 'mine', 'first')
    const pool = hookedPool(bench.pool, (name) => {
      if (name === 'publishBatch') writeFileSync(join(bench.root, 'mine'), 'edits')
    })
    const put = bench.put(bench.open({ pool }), 'mine', 'second', { kind: 'etag', etag: entry.etag! })
    await expect(put).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(readFileSync(join(bench.root, 'mine'), 'utf8')).toBe('edits')
  })

  it('notices an edit that kept size and time', async () => {
    const provider = bench.open()
    const { path, content } = bench.item('mine', 'first')
    const mtimeNs = 1_600_000_000_000_000_000n
    const { entry } = await provider.put(path, content, { ...never, metadata: { mtimeNs }, expect: ABSENT })
    writeFileSync(join(bench.root, 'mine'), 'fIRST')
    utimesSync(join(bench.root, 'mine'), 1_600_000_000, 1_600_000_000)
    const edited = await provider.stat(path, never)
    expect(edited).toMatchObject({ size: entry.size, mtimeNs: entry.mtimeNs })
    expect(edited.etag).not.toBe(entry.etag)
  })

  it('leaves other names of a replaced file alone', async () => {
    const provider = bench.open()
    await bench.put(provider, 'a', 'first')
    linkSync(join(bench.root, 'a'), join(bench.base, 'other-name'))
    await bench.put(provider, 'a', 'second')
    expect(readFileSync(join(bench.base, 'other-name'), 'utf8')).toBe('first')
  })

  it('tells the progress of a large file and keeps it whole', async () => {
    const bytes = Buffer.alloc(9_000_001, 'tide')
    const item = bench.item('large', bytes)
    const told: number[] = []
    const provider = bench.open()
    const result = await provider.put(item.path, item.content, {
      ...never,
      metadata: { mtimeNs: 1_000n, mode: 0o600 },
      expect: ABSENT,
      onProgress: (bytesDone) => void told.push(bytesDone),
    })
    expect(result).toMatchObject({ verifiedBy: 'read-back', bytesSent: bytes.length, contentHash: blake3Hex(bytes) })
    expect(told.at(-1)).toBe(bytes.length)
    expect(readFileSync(join(bench.root, 'large')).equals(bytes)).toBe(true)
  })

  it('ends soon when it is cancelled in the middle of a large local file, and leaves nothing', async () => {
    const item = bench.item('huge', Buffer.alloc(160 * 1024 * 1024))
    const controller = new AbortController()
    const pool = hookedPool(bench.pool, (name) => {
      if (name === 'copyBatch') setTimeout(() => controller.abort(), 20)
      // A busy computer may have copied everything before that.
      if (name === 'publishBatch') controller.abort()
    })
    const put = bench.open({ pool }).put(item.path, item.content, {
      signal: controller.signal,
      metadata: item.metadata,
      expect: ABSENT,
    })
    await expect(put).rejects.toMatchObject({ code: 'cancelled' })
    expect(existsSync(join(bench.root, 'huge'))).toBe(false)
    expect(bench.temporaries()).toEqual([])
  })

  it("refuses Tidekeep's own places and the root", async () => {
    const provider = bench.open()
    for (const path of ['', '.tidekeep', '.tidekeep/tmp/x']) {
      const put = provider.put(
        rel(path),
        { size: 0, open: () => nothing() },
        { ...never, metadata: { mtimeNs: 0n }, expect: ANY },
      )
      await expect(put).rejects.toMatchObject({ code: 'invalid' })
    }
  })

  it('refuses content that is not what its digest says', async () => {
    const item = bench.item('a', 'content')
    const options = { ...never, metadata: item.metadata, expect: ABSENT, contentHash: '0'.repeat(64) }
    await expect(bench.open().put(item.path, item.content, options)).rejects.toMatchObject({ code: 'changed' })
    expect(existsSync(join(bench.root, 'a'))).toBe(false)
  })

  it('never writes through a link at the target', async () => {
    const provider = bench.open()
    await bench.put(provider, 'x', '')
    mkdirSync(join(bench.base, 'elsewhere'))
    symlinkSync(join(bench.base, 'elsewhere'), join(bench.root, 'link'))
    await expect(bench.put(provider, 'link/file', 'content')).rejects.toMatchObject({ code: 'forbidden' })
    const results = await provider.features.putBatch!(
      Array.from({ length: 50 }, (_, number) => bench.item(`link/${number}`, 'content')),
      never,
    )
    expect(results.every(({ ok }) => !ok)).toBe(true)
    await expect(listAll(provider, 'link')).resolves.toEqual([])
    expect(readdirSync(join(bench.base, 'elsewhere'))).toEqual([])
  })
})

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array()
}

describe('a file of this computer that is at the target under a second name', () => {
  const own = (path: string): string => inodeOf(lstatSync(path, { bigint: true }))

  async function linked(): Promise<{
    readonly provider: TargetProvider
    readonly inode: string
    readonly found: Entry
    readonly listed: Entry
  }> {
    const provider = bench.open()
    await bench.put(provider, 'other', 'content')
    linkSync(join(bench.source, 'other'), join(bench.root, 'name'))
    const listed = (await listAll(provider)).find(({ path }) => path === 'name')!
    return { provider, inode: own(join(bench.source, 'other')), found: await provider.stat(rel('name'), never), listed }
  }

  it('is told from a copy, however it was found', async () => {
    const { provider, inode, found, listed } = await linked()
    const isLink = (entry: Entry): Promise<boolean> => provider.features.isLinkTo!(entry, { ...never, inode })
    expect(await isLink(found)).toBe(true)
    expect(await isLink(listed)).toBe(true)
    expect(await isLink(await provider.stat(rel('other'), never))).toBe(false)
    // What it was found to be may be so no longer.
    rmSync(join(bench.root, 'name'))
    expect(await isLink(listed)).toBe(false)
    writeFileSync(join(bench.root, 'name'), 'content')
    expect(await isLink(listed)).toBe(false)
  })

  it('is told from one of the same number on another disk', async () => {
    const { provider, inode, listed } = await linked()
    const elsewhere = `1${inode}`
    expect(await provider.features.isLinkTo!(listed, { ...never, inode: elsewhere })).toBe(false)
  })

  it('is looked for only where what was found may be that', async () => {
    let calls = 0
    const { inode, found, listed } = await linked()
    const counting = hookedPool(bench.pool, (name) => void (name === 'callTarget' && calls++))
    const { features } = bench.open({ pool: counting })
    const other = `${inode}0`
    for (const entry of [found, listed]) expect(await features.isLinkTo!(entry, { ...never, inode: other })).toBe(false)
    expect(calls).toBe(0)
    expect(await features.isLinkTo!(listed, { ...never, inode })).toBe(true)
    expect(calls).toBe(1)
  })

  it('is none with a single name: then both are one place', async () => {
    const { provider, inode, listed } = await linked()
    rmSync(join(bench.source, 'other'))
    expect(await provider.features.isLinkTo!(listed, { ...never, inode })).toBe(false)
  })

  it('has no digest of its own', async () => {
    const { provider, inode, found } = await linked()
    const item = { path: rel('name'), etag: found.etag!, size: found.size }
    const [apart, any] = await Promise.all([
      provider.features.checksums!([{ ...item, apartFrom: inode }], never),
      provider.features.checksums!([{ ...item, apartFrom: `${inode}0` }], never),
    ])
    expect(apart).toEqual([undefined])
    expect(any).toEqual([{ algorithm: 'blake3', value: blake3Hex(Buffer.from('content')) }])
  })
})

describe('a read', () => {
  it('of a version fails when that is edited before the last byte', async () => {
    const provider = bench.open()
    const { entry } = await bench.put(provider, 'a', 'x'.repeat(3_000_000))
    const read = async (): Promise<void> => {
      let isFirst = true
      for await (const _piece of provider.read(rel('a'), { ...never, expect: { kind: 'etag', etag: entry.etag! } })) {
        // In place, the size as it was.
        if (isFirst) writeFileSync(join(bench.root, 'a'), 'y'.repeat(3_000_000), { flag: 'r+' })
        isFirst = false
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'precondition-failed' })
  })
})

describe('a batch', () => {
  const many = (count: number, folder = 'folder'): ReturnType<LocalBench['item']>[] =>
    Array.from({ length: count }, (_, number) => bench.item(`${folder}/file-${number}`, `content ${number}`))

  it('stores files with content, time and mode, whether their folder is new, empty or filled', async () => {
    const provider = bench.open()
    await provider.features.makeDirectory!(rel('empty'), { mtimeNs: 1_500_000_000_000_000_000n, mode: 0o750 }, never)
    await bench.put(provider, 'filled/before', 'x')
    const items = ['new/deep', 'empty', 'filled'].flatMap((folder) => many(40, folder))
    const results = await provider.features.putBatch!(items, never)
    for (const [at, item] of items.entries()) {
      const result = results[at]!
      if (!result.ok) throw result.error
      const stat = lstatSync(join(bench.root, item.path), { bigint: true })
      expect(readFileSync(join(bench.root, item.path))).toEqual(readFileSync(item.content.file!.absolutePath))
      expect(stat.mtimeNs / 1000n).toBe(item.metadata.mtimeNs / 1000n)
      expect(Number(stat.mode) & 0o777).toBe(0o644)
      expect(await provider.stat(item.path, never)).toMatchObject(result.result.entry)
    }
    expect(lstatSync(join(bench.root, 'empty')).mode & 0o777).toBe(0o750)
    expect(readFileSync(join(bench.root, 'filled/before'), 'utf8')).toBe('x')
    expect(bench.temporaries()).toEqual([])
  })

  it('never loses a file that someone else puts into the same new folder', async () => {
    await bench.put(bench.open(), 'x', '')
    const pool = hookedPool(bench.pool, (name) => {
      if (name !== 'publishBatch' || existsSync(join(bench.root, 'folder'))) return
      mkdirSync(join(bench.root, 'folder'))
      writeFileSync(join(bench.root, 'folder/file-3'), 'precious')
      writeFileSync(join(bench.root, 'folder/own'), 'own')
    })
    const results = await bench.open({ pool }).features.putBatch!(many(10), never)
    expect(results.flatMap(({ ok }, at) => (ok ? [] : [at]))).toEqual([3])
    expect(results[3]).toMatchObject({ error: { code: 'precondition-failed' } })
    expect(readFileSync(join(bench.root, 'folder/file-3'), 'utf8')).toBe('precious')
    expect(readFileSync(join(bench.root, 'folder/file-9'), 'utf8')).toBe('content 9')
    expect(readdirSync(join(bench.root, 'folder'))).toHaveLength(11)
    expect(bench.temporaries()).toEqual([])
  })

  it('takes one path twice as one success and one refusal', async () => {
    const items = many(5)
    const results = await bench.open().features.putBatch!([...items, items[2]!], never)
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true, true, false])
    expect(results.at(-1)).toMatchObject({ error: { code: 'precondition-failed' } })
  })

  it('refuses bad names one by one and stores the others', async () => {
    const [good] = many(1)
    const items = ['.tidekeep/tmp/x', 'n'.repeat(300), 'folder/file-0'].map((path) => ({ ...good!, path: rel(path) }))
    const results = await bench.open().features.putBatch!(items, never)
    expect(results).toMatchObject([{ error: { code: 'invalid' } }, { error: { code: 'unsupported' } }, { ok: true }])
  })

  it('makes folders asked for at once in one step, durable with one sync, and refuses each by itself', async () => {
    await bench.put(bench.open(), 'x/file', 'in the way')
    const log = join(bench.base, 'folders.log')
    const bin = fakeSync(`echo sync >> ${log}`)
    const pool = hookedPool(bench.pool, (name) => writeFileSync(log, `${name}\n`, { flag: 'a' }))
    await withPath(bin, async () => {
      const provider = bench.open({ pool })
      await provider.features.makeDirectory!(rel(''), { mtimeNs: 1n }, never)
      rmSync(log)
      const wanted = ['a', 'a/b', 'a/b/c', 'd', 'x/file/e', 'f'].map((path) => rel(path))
      const mtimeNs = 1_500_000_000_000_000_000n
      const made = await Promise.allSettled(
        wanted.map((path) => provider.features.makeDirectory!(path, { mtimeNs, mode: 0o750 }, never)),
      )
      expect(made.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, true, false, true])
      expect(made[4]).toMatchObject({ reason: { code: 'already-exists' } })
      const { changedBy: _owner, ...there } = await provider.stat(rel('d'), never)
      expect(made[3]).toMatchObject({ value: there })
      expect(lstatSync(join(bench.root, 'a/b/c'), { bigint: true }).mtimeNs).toBe(mtimeNs)
      await provider.close()
    })
    // The first sync of a provider finds out whether there is one.
    expect(readFileSync(log, 'utf8').split('\n').slice(0, 3)).toEqual(['sync', 'makeDirectories', 'sync'])
  })

  it('says that a folder is made before it is durable, and nothing of one that could not be', async () => {
    await bench.put(bench.open(), 'x/file', 'in the way')
    const durable = join(bench.base, 'durable')
    const bin = fakeSync(`test $2 = /proc || while test ! -e ${durable}; do sleep 0.02; done`)
    await withPath(bin, async () => {
      const provider = bench.open()
      const made: string[] = []
      const done: string[] = []
      const all = ['a', 'b', 'x/file/c', 'd', 'e'].map((name) => {
        const options = { ...never, onMade: () => void made.push(name) }
        return provider.features.makeDirectory!(rel(name), { mtimeNs: 1n }, options).then(() => done.push(name))
      })
      const settled = Promise.allSettled(all)
      while (made.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
      expect([made, done]).toEqual([['a', 'b', 'd', 'e'], []])
      writeFileSync(durable, '')
      expect((await settled)[2]).toMatchObject({ reason: { code: 'already-exists' } })
      expect(done).toEqual(['a', 'b', 'd', 'e'])
      await provider.close()
    })
  })

  it('finds out whether there is a sync without writing out what others left to be written', async () => {
    const log = join(bench.base, 'asked.log')
    const bin = fakeSync(`echo $2 >> ${log}`)
    await withPath(bin, async () => {
      const provider = bench.open()
      await provider.features.putBatch!(many(20), never)
      await provider.close()
    })
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual(['/proc', bench.root, bench.root])
  })

  it('makes each file durable by itself where the file system turns out not to take one sync for all', async () => {
    const bin = fakeSync('test $2 = /proc')
    await withPath(bin, async () => {
      const provider = bench.open()
      const [first] = await provider.features.putBatch!(many(20), never)
      expect(first).toMatchObject({ ok: false, error: { code: 'unavailable' } })
      const results = await provider.features.putBatch!(many(20), never)
      expect(results.every(({ ok }) => ok)).toBe(true)
      await provider.close()
    })
    expect(readdirSync(join(bench.root, 'folder'))).toHaveLength(20)
  })

  it('makes content durable before names, and names before it answers', async () => {
    const log = join(bench.base, 'order.log')
    const bin = fakeSync(`echo sync >> ${log}`)
    const pool = hookedPool(bench.pool, (name) => writeFileSync(log, `${name}\n`, { flag: 'a' }))
    await withPath(bin, async () => {
      const provider = bench.open({ pool })
      await provider.features.putBatch!(many(20), never)
      await provider.close()
    })
    // The very first sync finds out whether there is one.
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([
      'prepareTarget',
      'sync',
      'copyBatch',
      'sync',
      'publishBatch',
      'sync',
    ])
  })

  it('makes the names of one batch and the content of the next durable by one sync', async () => {
    const log = join(bench.base, 'shared.log')
    const bin = fakeSync(`echo sync >> ${log}`)
    const named = Promise.withResolvers<void>()
    let copies = 0
    const pool: Pool = {
      run: async (name, params, options) => {
        // The second is copied for as long as it takes to name the first.
        if (name === 'copyBatch' && ++copies === 2) await named.promise
        const result = await bench.pool.run(name, params, options)
        writeFileSync(log, `${name}\n`, { flag: 'a' })
        if (name === 'publishBatch') named.resolve()
        return result
      },
      close: () => bench.pool.close(),
    }
    await withPath(bin, async () => {
      const provider = bench.open({ pool })
      const put = async (folder: string): Promise<void> => {
        const results = await provider.features.putBatch!(many(20, folder), never)
        expect(results.every(({ ok }) => ok)).toBe(true)
      }
      await Promise.all([put('first'), put('second')])
      await provider.close()
    })
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([
      'prepareTarget',
      'sync',
      'copyBatch',
      'sync',
      'publishBatch',
      'copyBatch',
      'sync',
      'publishBatch',
      'sync',
    ])
  })

  it('publishes nothing when the disk cannot keep the content', async () => {
    const failing = join(bench.base, 'failing')
    const bin = fakeSync(`test ! -e ${failing}`)
    await withPath(bin, async () => {
      const provider = bench.open()
      await provider.features.putBatch!(many(10, 'first'), never)
      writeFileSync(failing, '')
      const results = await provider.features.putBatch!(many(10, 'second'), never)
      for (const result of results) expect(result).toMatchObject({ ok: false, error: { code: 'unavailable' } })
      await provider.close()
    })
    expect(existsSync(join(bench.root, 'second'))).toBe(false)
    expect(bench.temporaries()).toEqual([])
  })

  it('works where there is no sync program', async () => {
    await withPath(join(bench.base, 'no-programs'), async () => {
      const provider = bench.open()
      const results = await provider.features.putBatch!(many(20), never)
      expect(results.every(({ ok }) => ok)).toBe(true)
      await provider.close()
    })
    expect(readdirSync(join(bench.root, 'folder'))).toHaveLength(20)
  })

  it('shares one sync among batches that wait for it', async () => {
    const log = join(bench.base, 'count.log')
    const met = join(bench.base, 'met')
    // The first only finds out whether there is one. The next is over when all batches have met.
    const wait = `while test ! -e ${met}; do sleep 0.02; done`
    const bin = fakeSync(`echo . >> ${log}; test $(wc -l < ${log}) -eq 1 || { ${wait}; sleep 0.05; }`)
    let copied = 0
    const pool: Pool = {
      run: async (name, params, options) => {
        const result = await bench.pool.run(name, params, options)
        if (name === 'copyBatch' && ++copied === 12) writeFileSync(met, '')
        return result
      },
      close: () => bench.pool.close(),
    }
    await withPath(bin, async () => {
      const provider = bench.open({ pool })
      await Promise.all(Array.from({ length: 12 }, (_, at) => provider.features.putBatch!(many(8, `f${at}`), never)))
      await provider.close()
    })
    expect(readFileSync(log, 'utf8').trim().split('\n').length).toBeLessThan(20)
  })

  /** A `sync` program of our own that does not sync. */
  function fakeSync(script: string): string {
    const bin = join(bench.base, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'sync'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, 'sync'), 0o755)
    return bin
  }

  async function withPath(directory: string, run: () => Promise<void>): Promise<void> {
    const before = process.env['PATH']
    process.env['PATH'] = directory.endsWith('no-programs') ? directory : `${directory}:${before}`
    try {
      await run()
    } finally {
      process.env['PATH'] = before
    }
  }
})

describe('what crashed runs left', () => {
  const leave = (name: string): string => {
    const path = join(bench.root, '.tidekeep/tmp', name)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, '0'), 'half')
    return path
  }

  it('is swept when its process is gone, and only then', async () => {
    const gone = spawnSync('true').pid
    const dead = leave(`${temporaryInstance(gone, 'abc123')}-4`)
    const assembled = leave(`${temporaryInstance(gone, 'abc123')}-a0`)
    const probed = leave(`${temporaryInstance(gone, 'abc123')}-p0`)
    const alive = leave(`${temporaryInstance(process.ppid, 'abc123')}-4`)
    const elsewhere = leave('tk-otherhost-1-abc123-0')
    const foreign = leave('not-ours')
    await bench.put(bench.open(), 'a', 'x')
    expect([dead, assembled, probed].filter((path) => existsSync(path))).toEqual([])
    expect([alive, elsewhere, foreign].map((path) => existsSync(path))).toEqual([true, true, true])
  })

  it('is swept after a day when nobody can be asked', async () => {
    const elsewhere = leave('tk-otherhost-1-abc123-0')
    const foreign = leave('not-ours')
    const host = createFakeHost({ clock: new VirtualClock(Date.now() + 2 * 86_400_000) })
    await bench.put(createLocalProvider({ root: bench.root, deps: { pool: bench.pool, host } }), 'a', 'x')
    expect(existsSync(elsewhere)).toBe(false)
    expect(existsSync(foreign)).toBe(true)
  })
})

describe('a listing', () => {
  it('tells links and special files for what they are and follows none', async () => {
    const provider = bench.open()
    await bench.put(provider, 'folder/file', 'x')
    symlinkSync('/etc', join(bench.root, 'link'))
    const hasPipe = spawnSync('mkfifo', [join(bench.root, 'pipe')]).status === 0
    const kinds = Object.fromEntries((await listAll(provider)).map(({ path, kind }) => [path, kind]))
    expect(kinds).toEqual({
      folder: 'directory',
      'folder/file': 'file',
      link: 'symlink',
      ...(hasPipe ? { pipe: 'special' } : {}),
    })
  })

  it('leaves out names that are not Unicode and says so', async () => {
    const provider = bench.open()
    await bench.put(provider, 'good', 'x')
    writeFileSync(Buffer.concat([Buffer.from(`${bench.root}/bad-`), Buffer.from([0xff, 0xfe])]), '')
    expect((await listAll(provider)).map(({ path }) => path)).toEqual(['good'])
    expect(bench.host.log.lines).toContainEqual({ level: 'warn', event: 'names_not_unicode', fields: { count: 1 } })
  })

  it('gives pages of two thousand that join without gap or repetition', async () => {
    const provider = bench.open()
    await bench.put(provider, 'first', 'x')
    for (let number = 0; number < 2500; number++) {
      const folder = join(bench.root, `d${number % 7}`, number % 3 === 0 ? 'deep' : '')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, `f${number}`), '')
    }
    const sizes: number[] = []
    const paths: string[] = []
    for await (const page of provider.list(rel(''), never)) {
      sizes.push(page.length)
      paths.push(...page.map(({ path }) => path))
    }
    expect(sizes).toEqual([2000, 515])
    expect(new Set(paths).size).toBe(2515)
    rmSync(join(bench.root, 'd0'), { recursive: true })
  })
})
