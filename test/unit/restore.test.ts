import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { FolderId, RelPath } from '../../common/model.ts'
import type { Destination, StagedFile } from '../../main/restore/destination.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { createRecords } from '../../main/restore/records.ts'
import { restore, type RestoreOptions, type RestoreResult } from '../../main/restore/restore.ts'
import type { RunEvent } from '../../main/run-once.ts'
import { ListedTarget } from '../fakes/listed-target.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

let place = ''
let directory = ''
let target: ListedTarget
let events: RunEvent[]
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-restore-'))
  directory = join(place, 'deep', 'restored')
  target = new ListedTarget()
  events = []
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** A clock whose waits are over at once. */
const hastyClock = Object.assign(new VirtualClock(new Date(2026, 10, 21, 10, 42, 5).getTime()), {
  sleep: () => Promise.resolve(),
})

async function run(options: Partial<RestoreOptions> = {}): Promise<RestoreResult> {
  const destination = openLocalDestination(directory)
  try {
    return await restore({
      provider: target,
      destination,
      path: '' as RelPath,
      dryRun: false,
      overwrite: false,
      clock: hastyClock,
      stop: new AbortController().signal,
      kill: new AbortController().signal,
      onEvent: (event) => void events.push(event),
      ...options,
    })
  } finally {
    await destination.close()
  }
}

/** The name that the content of a file of the restored folder has before it is whole. */
function readTemporaryName(path: string): string {
  return `.tidekeep-restore-${blake3Hex(Buffer.from(path)).slice(0, 16)}.part`
}

/** Every file below a directory with its content. */
function tree(root: string): Record<string, string> {
  if (!existsSync(root)) return {}
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((item) => !item.isDirectory())
  return Object.fromEntries(
    files.map((item) => {
      const path = join(item.parentPath, item.name)
      return [path.slice(root.length + 1), item.isFile() ? readFileSync(path, 'utf8') : '(not a file)']
    }),
  )
}

describe('restore', () => {
  it('brings back every byte, mtime and mode, directories included', async () => {
    const big = Buffer.alloc(3_000_000, 'tide')
    target.putDirectory('a', 1_650_000_000_123_456_000n, 0o750)
    target.putDirectory('a/empty')
    target.put('a/b.txt', 'hello', { mtimeNs: 1_700_000_000_987_654_321n, mode: 0o640 })
    target.put('big.bin', big, { mode: 0o755 })
    target.put('zero', '')
    const result = await run()
    expect(result.failures).toEqual([])
    expect(result.counts).toMatchObject({ scanned: 3, downloaded: 3, skipped: 0, failed: 0 })
    expect(result.bytes.received).toBe(big.byteLength + 5)
    expect(readFileSync(join(directory, 'big.bin')).equals(big)).toBe(true)
    expect(readFileSync(join(directory, 'zero'), 'utf8')).toBe('')
    const file = statSync(join(directory, 'a/b.txt'), { bigint: true })
    expect(file.mtimeNs / 1000n).toBe(1_700_000_000_987_654n)
    expect(Number(file.mode) & 0o777).toBe(0o640)
    const folder = statSync(join(directory, 'a'), { bigint: true })
    expect(folder.mtimeNs / 1000n).toBe(1_650_000_000_123_456n)
    expect(Number(folder.mode) & 0o777).toBe(0o750)
    expect(statSync(join(directory, 'a/empty')).isDirectory()).toBe(true)
  })

  it('asks the object itself for what the listing leaves out', async () => {
    target.put('a', 'x', { mtimeNs: 1_234_567_890_000_000_000n, mode: 0o600, terse: true })
    const result = await run()
    expect(result.unverified).toBe(0)
    expect(statSync(join(directory, 'a')).mtimeMs).toBe(1_234_567_890_000)
  })

  it('asks nothing where this computer remembers exactly that version', async () => {
    target.put('a', 'x', { mtimeNs: 1_234_567_890_000_000_000n, terse: true })
    const records = createRecords([{ baseline: target.baseline(), folderId: 'f' as FolderId }])
    target.stat = async () => expect.unreachable()
    expect((await run({ records })).failures).toEqual([])
    expect(statSync(join(directory, 'a')).mtimeMs).toBe(1_234_567_890_000)
  })

  it('skips what is there and equal, and goes on where it was cut off', async () => {
    for (let index = 0; index < 20; index++) target.put(`file-${index}`, `content ${index}`)
    const stop = new AbortController()
    await run({ stop: stop.signal, onEvent: (event) => void (event.type === 'action' && stop.abort()) })
    const first = Object.keys(tree(directory)).length
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(20)
    const second = await run()
    expect(second.counts).toMatchObject({ downloaded: 20 - first, skipped: first, failed: 0 })
    expect((await run()).counts).toMatchObject({ downloaded: 0, skipped: 20 })
    expect((await run()).bytes.received).toBe(0)
  })

  it('refuses to replace a file that differs, and restores the rest', async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'a'), 'mine!')
    target.put('a', 'other')
    target.put('b', 'b')
    const result = await run()
    expect(result.failures).toMatchObject([{ path: 'a', code: 'already-exists' }])
    expect(tree(directory)).toEqual({ a: 'mine!', b: 'b' })
  })

  it('keeps the replaced file beside the new one with --overwrite, as often as it happens', async () => {
    mkdirSync(directory, { recursive: true })
    for (const mine of ['one', 'two']) {
      writeFileSync(join(directory, 'a'), mine)
      target.put('a', `other than ${mine}`)
      await run({ overwrite: true })
    }
    expect(tree(directory)).toEqual({
      a: 'other than two',
      'a (replaced 2026-11-21 10-42-05)': 'one',
      'a (replaced 2026-11-21 10-42-05 2)': 'two',
    })
  })

  it('never lets a folder or a file take the place of the other', async () => {
    mkdirSync(join(directory, 'a'), { recursive: true })
    writeFileSync(join(directory, 'b'), 'mine')
    target.put('a', 'x')
    target.put('b/c', 'x')
    const result = await run({ overwrite: true })
    expect(result.failures.map(({ path, code }) => [path, code])).toEqual([
      ['a', 'already-exists'],
      ['b/c', 'already-exists'],
    ])
    expect(tree(directory)).toEqual({ b: 'mine' })
  })

  it('writes nothing with -n, not even the directory, and says what it would do', async () => {
    target.put('a', 'x')
    target.put('d/b', 'x')
    const result = await run({ dryRun: true })
    expect(result.actions.map(({ path }) => path).toSorted()).toEqual(['a', 'd/b'])
    expect(readdirSync(place)).toEqual([])
  })

  it('brings back one folder, or one file, in its place', async () => {
    target.put('a/b/c.txt', 'c')
    target.put('a/bc.txt', 'no')
    target.put('other', 'no')
    await run({ path: 'a/b' as RelPath })
    expect(tree(directory)).toEqual({ 'a/b/c.txt': 'c' })
    await run({ path: 'other' as RelPath })
    expect(tree(directory)).toEqual({ 'a/b/c.txt': 'c', other: 'no' })
    expect((await run({ path: 'missing' as RelPath })).isEmpty).toBe(true)
  })

  it('says that a file without any checksum was compared by size only', async () => {
    target.put('a', 'x', { checksums: [] })
    expect(await run()).toMatchObject({ unverified: 1, failures: [] })
    // Nothing is recorded, so equality is decided by the content itself.
    expect((await run()).counts).toMatchObject({ skipped: 1, downloaded: 0 })
  })

  it('refuses before the first byte when the disk has no room', async () => {
    target.put('a', 'x'.repeat(1000))
    const destination = Object.assign(openLocalDestination(directory), { freeBytes: async () => 999 })
    await expect(run({ destination })).rejects.toMatchObject({ code: 'quota-exceeded' })
    expect(readdirSync(place)).toEqual([])
  })
})

describe('content that is not what was backed up', () => {
  it('is never given its name, is retried, and leaves no temporary', async () => {
    target.put('a', 'some content')
    target.put('b', 'fine')
    target.flipBit('a', 13)
    const result = await run()
    expect(result.failures).toMatchObject([{ path: 'a', code: 'corrupt' }])
    expect(target.readPaths.filter((path) => path === 'a')).toHaveLength(3)
    expect(tree(directory)).toEqual({ b: 'fine' })
  })

  it('is found by what this computer remembers even where the target records nothing', async () => {
    target.put('a', 'some content', { checksums: [] })
    const records = createRecords([{ baseline: target.baseline(), folderId: 'f' as FolderId }])
    target.flipBit('a', 13)
    expect((await run({ records })).failures).toMatchObject([{ path: 'a', code: 'corrupt' }])
  })

  it('is brought back by a later attempt when the damage was on the way', async () => {
    target.put('a', 'some content')
    let reads = 0
    target.beforeRead = () => {
      if (reads++ === 0) throw new TidekeepError({ code: 'unavailable', message: 'The line broke.' })
    }
    expect((await run()).failures).toEqual([])
    expect(tree(directory)).toEqual({ a: 'some content' })
  })

  it('goes on where a crash cut a file off between two names: no temporary stays, nothing is kept twice', async () => {
    target.put('a', 'new')
    target.put('b', 'here')
    await run()
    const temporary = '.tidekeep-restore-0123456789abcdef.part'
    const ours = readTemporaryName('b')
    linkSync(join(directory, 'b'), join(directory, ours))
    linkSync(join(directory, 'b'), join(directory, temporary))
    writeFileSync(join(directory, 'a'), 'old')
    linkSync(join(directory, 'a'), join(directory, 'a (replaced 2026-11-20 01-02-03)'))
    expect((await run({ overwrite: true })).failures).toEqual([])
    expect(tree(directory)).toEqual({
      a: 'new',
      'a (replaced 2026-11-20 01-02-03)': 'old',
      b: 'here',
      // Of another file, which is not restored now.
      [temporary]: 'here',
    })
  })

  it('leaves the replaced file in its place when the new one cannot come', async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'a'), 'mine')
    target.put('a', 'other content')
    target.flipBit('a', 3)
    await run({ overwrite: true })
    expect(tree(directory)).toEqual({ a: 'mine' })
  })
})

describe('a restore that cannot give the new file its name', () => {
  it('puts the replaced one back', async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'a'), 'mine')
    target.put('a', 'from the target')
    const destination = openLocalDestination(directory)
    const stage = destination.stage.bind(destination)
    const full = new TidekeepError({ code: 'quota-exceeded', message: 'The disk is full.', retry: { kind: 'never' } })
    destination.stage = async (path) =>
      Object.assign(await stage(path), { commit: () => Promise.reject(full) } satisfies Partial<StagedFile>)
    await run({ destination, overwrite: true }).catch(() => undefined)
    await destination.close()
    expect(tree(directory)).toEqual({ a: 'mine' })
  })
})

describe('an object that is replaced while it is restored', () => {
  it('is not restored as the one that was looked at, also where nothing tells them apart but the version', async () => {
    target.put('a', 'first content', { checksums: [] })
    target.beforeRead = () => target.put('a', 'other content', { checksums: [] })
    expect((await run()).failures).toMatchObject([{ path: 'a', code: 'precondition-failed' }])
    expect(tree(directory)).toEqual({})
  })
})

describe('a person at work beside a restore', () => {
  it('leaves a file alone that appears while another of that name is fetched', async () => {
    target.put('a', 'from the target')
    target.beforeRead = () => {
      mkdirSync(directory, { recursive: true })
      if (!existsSync(join(directory, 'a'))) writeFileSync(join(directory, 'a'), 'made meanwhile')
    }
    const result = await run()
    expect(result.failures).toMatchObject([{ path: 'a', code: 'already-exists' }])
    expect(tree(directory)).toEqual({ a: 'made meanwhile' })
  })
})

describe('a hostile target', () => {
  const names = ['../out', 'a/../../out', '/etc/passwd-x', 'a//b', './a', 'nul\0byte', '.tidekeep/x', 'x/.', '..', '']
  it('cannot write outside of the directory: each such name is refused and listed', async () => {
    for (const name of names) target.put(name, 'evil')
    target.putDirectory('../outside')
    target.put('good', 'good')
    const result = await run()
    expect(result.failures.map(({ path }) => path).toSorted()).toEqual(
      [...names.filter((name) => name !== ''), '../outside'].toSorted(),
    )
    for (const { code } of result.failures) expect(code).toBe('invalid')
    expect(tree(place)).toEqual({ 'deep/restored/good': 'good' })
  })

  it('cannot write through a link that is there', async () => {
    const outside = join(place, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'precious'), 'precious')
    mkdirSync(directory, { recursive: true })
    symlinkSync(outside, join(directory, 'link'))
    symlinkSync(join(outside, 'precious'), join(directory, 'file-link'))
    target.put('link/precious', 'evil')
    target.put('link/new', 'evil')
    target.put('file-link', 'evil')
    const result = await run()
    expect(result.failures.map(({ path, code }) => [path, code])).toEqual([
      ['file-link', 'already-exists'],
      ['link/new', 'forbidden'],
      ['link/precious', 'forbidden'],
    ])
    expect(tree(outside)).toEqual({ precious: 'precious' })
    const replaced = await run({ overwrite: true })
    expect(replaced.counts).toMatchObject({ downloaded: 1, failed: 2 })
    expect(tree(outside)).toEqual({ precious: 'precious' })
    expect(readFileSync(join(directory, 'file-link'), 'utf8')).toBe('evil')
  })

  it('cannot make one name take the place of two', async () => {
    target.put('a', 'file')
    target.put('a/b', 'below')
    const result = await run()
    expect(result.counts).toMatchObject({ downloaded: 1, failed: 1 })
  })
})

describe('a place that cannot be written', () => {
  /** The real destination with a `stage` that may fail. */
  function failing(stage: (path: RelPath, real: Destination) => Promise<StagedFile>): Destination {
    const destination = openLocalDestination(directory)
    const real = destination.stage.bind(destination)
    destination.stage = (path) => stage(path, { ...destination, stage: real })
    return destination
  }

  it('fails that file and goes on', async () => {
    target.put('locked/a', 'x')
    target.put('z', 'x')
    const destination = failing(async (path, real) => {
      if (path === 'z') return real.stage(path)
      throw new TidekeepError({ code: 'forbidden', message: 'Permission denied.' })
    })
    const result = await run({ destination })
    expect(result.failures).toMatchObject([{ path: 'locked/a', code: 'forbidden' }])
    expect(tree(directory)).toEqual({ z: 'x' })
  })

  it('ends the whole when the disk is full, and leaves no temporary', async () => {
    for (let index = 0; index < 30; index++) target.put(`file ${index}`, 'x'.repeat(5000))
    let staged = 0
    const destination = failing(async (path, real) => {
      const file = await real.stage(path)
      if (++staged > 4) {
        file.write = async () => {
          throw new TidekeepError({ code: 'quota-exceeded', message: 'The disk is full.' })
        }
      }
      return file
    })
    await expect(run({ destination })).rejects.toMatchObject({ code: 'quota-exceeded' })
    expect(Object.keys(tree(directory))).toHaveLength(4)
  })
})
