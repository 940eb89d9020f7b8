import { linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { callTarget } from '../../workers/call-target.ts'
import { removeKept } from '../../workers/fs/keep.ts'
import { SafeRoot } from '../../workers/fs/safe-root.ts'
import { inodeOf } from '../../workers/fs/stable-read.ts'
import { etagOf, toTargetStat } from '../../workers/fs/target-stat.ts'
import { publishBatch } from '../../workers/publish-batch.ts'
import type { PublishResult, TargetPlace } from '../../workers/tasks.ts'

const AT_MS = Date.UTC(2026, 10, 21, 10, 42, 5)
const KEPT = '.tidekeep/kept/2026-11-21T10-42-05.000-replaced'
let root: string
let place: TargetPlace

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidekeep-keep-'))
  mkdirSync(join(root, '.tidekeep/tmp/s'), { recursive: true })
  mkdirSync(join(root, 'd'))
  writeFileSync(join(root, 'd/a'), 'old')
  place = { root, rootInode: inodeOf(lstatSync(root, { bigint: true })), etagBy: 'inode' }
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(root, { recursive: true })
})

const stat = (path: string) => toTargetStat(lstatSync(join(root, path), { bigint: true }))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const etag = (path: string): string => etagOf(stat(path), 'inode')!
const systemError = (code: string): Error => Object.assign(new Error(code), { code })

/** Puts `content` in the place of `d/a`, as the second half of a put. */
function replace(content: string, expected = etag('d/a'), began: { readonly storedAtMs?: number } = {}): PublishResult {
  const at = '.tidekeep/tmp/s/0'
  mkdirSync(join(root, '.tidekeep/tmp/s'), { recursive: true })
  writeFileSync(join(root, at), content)
  const item = { path: 'd/a', staged: { at, stat: stat(at) }, expect: { kind: 'etag', etag: expected } as const }
  return publishBatch({
    place,
    stages: ['s'],
    directories: [],
    items: [{ ...item, ...began, keepAtMs: AT_MS }],
    fsync: true,
  }).items[0]!
}

function kept(): readonly string[] {
  const area = join(root, '.tidekeep/kept')
  return readdirSync(area, { recursive: true, encoding: 'utf8' })
    .filter((path) => lstatSync(join(area, path)).isFile())
    .map((path) => `${path}: ${read(`.tidekeep/kept/${path}`)}`)
    .toSorted()
}

describe('replacing a file of a local target', () => {
  it('keeps the very file, without copying it', () => {
    const before = stat('d/a')
    expect(replace('new')).toMatchObject({ ok: true, kept: { at: `${KEPT}/d/a`, sizeBytes: 3 } })
    expect(read('d/a')).toBe('new')
    expect(stat(`${KEPT}/d/a`)).toMatchObject({ inode: before.inode, mtimeNs: before.mtimeNs })
  })

  it('never takes the name away before the new file has it', () => {
    const names: string[] = []
    const replaced = vi.spyOn(SafeRoot.prototype, 'replace').mockImplementation(() => {
      names.push(read('d/a'), read(`${KEPT}/d/a`))
      throw systemError('EIO')
    })
    expect(replace('new')).toMatchObject({ ok: false })
    expect(replaced).toHaveBeenCalledTimes(1)
    expect(names).toEqual(['old', 'old'])
    expect(read('d/a')).toBe('old')
    expect(kept()).toEqual([])
  })

  it('replaces nothing where it cannot be kept', () => {
    vi.spyOn(SafeRoot.prototype, 'linkFile').mockImplementation(() => {
      throw systemError('ENOSPC')
    })
    expect(replace('new')).toMatchObject({ ok: false, failure: { code: 'quota-exceeded' } })
    expect(read('d/a')).toBe('old')
  })

  it('renames it aside where the file system has no links, and back when the new one gets no name', () => {
    vi.spyOn(SafeRoot.prototype, 'linkFile').mockImplementation(() => {
      throw systemError('EPERM')
    })
    expect(replace('new')).toMatchObject({ ok: true, kept: { at: `${KEPT}/d/a` } })
    expect([read('d/a'), read(`${KEPT}/d/a`)]).toEqual(['new', 'old'])
    const rename = vi.spyOn(SafeRoot.prototype, 'renameFileIfAbsent').mockImplementationOnce(() => {
      throw systemError('EIO')
    })
    expect(replace('newer')).toMatchObject({ ok: false })
    expect(rename).toHaveBeenCalledTimes(2)
    expect(read('d/a')).toBe('new')
  })

  it('keeps it under a name that does not tell when it began where that would be too long', () => {
    const link = vi.spyOn(SafeRoot.prototype, 'linkFile').mockImplementationOnce(() => {
      throw systemError('ENAMETOOLONG')
    })
    const storedAtMs = AT_MS - 86_400_000
    expect(replace('new', etag('d/a'), { storedAtMs })).toMatchObject({ ok: true, kept: { at: `${KEPT}/d/a` } })
    expect(link.mock.calls[0]![1]).toBe(`${KEPT}-since-2026-11-20T10-42-05.000/d/a`)
    expect([read('d/a'), read(`${KEPT}/d/a`)]).toEqual(['new', 'old'])
  })

  it('loses nothing when the process ended between keeping and replacing', () => {
    const expected = etag('d/a')
    mkdirSync(join(root, KEPT, 'd'), { recursive: true })
    linkSync(join(root, 'd/a'), join(root, KEPT, 'd/a'))
    // The second name changed the file's ctime: it is looked at again instead of replaced.
    expect(replace('new', expected)).toMatchObject({ ok: false, failure: { code: 'precondition-failed' } })
    expect(replace('new')).toMatchObject({ ok: true })
    expect(read('d/a')).toBe('new')
    expect(kept().every((line) => line.endsWith(': old'))).toBe(true)
  })

  it('refuses a file that somebody put in its place in this very moment, and leaves it there', () => {
    vi.spyOn(SafeRoot.prototype, 'linkFile').mockImplementationOnce((from, to) => {
      rmSync(join(root, 'd/a'))
      writeFileSync(join(root, 'd/a'), 'theirs')
      linkSync(join(root, from), join(root, to))
    })
    expect(replace('new')).toMatchObject({ ok: false, failure: { code: 'precondition-failed' } })
    expect(read('d/a')).toBe('theirs')
    expect(kept()).toEqual([])
  })
})

describe('deleting a file of a local target', () => {
  it('renames it to where it is kept, in one step', () => {
    const call = {
      kind: 'keep-deleted',
      path: 'd/a',
      atMs: AT_MS,
      expect: { kind: 'etag', etag: etag('d/a') },
    } as const
    const { kept: where } = callTarget({ place, call })
    expect(where).toEqual({ at: '.tidekeep/kept/2026-11-21T10-42-05.000-deleted/d/a', sizeBytes: 3 })
    expect(readdirSync(join(root, 'd'))).toEqual([])
    expect(kept()).toEqual(['2026-11-21T10-42-05.000-deleted/d/a: old'])
  })
})

describe('letting go of a kept file', () => {
  it('takes the folders with it that held nothing else, and nothing that is not kept', () => {
    replace('new')
    const safe = SafeRoot.open(root)
    expect(() => removeKept(safe, 'd/a' as RelPath)).toThrow('no kept version')
    removeKept(safe, `${KEPT}/d/a` as RelPath)
    safe.close()
    expect(readdirSync(join(root, '.tidekeep/kept'))).toEqual([])
    expect(read('d/a')).toBe('new')
  })
})
