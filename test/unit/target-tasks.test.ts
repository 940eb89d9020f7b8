import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { copyBatch } from '../../workers/copy-batch.ts'
import type { Entry } from '../../common/model.ts'
import { copyColumns } from '../../workers/copy-columns.ts'
import { entriesOfColumns } from '../../workers/entry-columns.ts'

import { inodeOf } from '../../workers/fs/stable-read.ts'
import { etagOf, toTargetStat } from '../../workers/fs/target-stat.ts'
import { listTarget } from '../../workers/list-target.ts'
import { publishBatch } from '../../workers/publish-batch.ts'
import type { CopyResults, ListPage, TargetPlace } from '../../workers/tasks.ts'
import { asScanned } from '../conformance/local-content.ts'

/** What the disk does wrong. */
const { disk } = vi.hoisted(() => ({
  disk: { flips: false, cuts: false, refusing: '', afterLink: (_to: string): void => undefined },
}))

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  return {
    ...fs,
    writeSync: (...[fd, bytes, offset, length, position]: [number, Uint8Array, number, number, number]) => {
      if (disk.cuts) return fs.writeSync(fd, bytes, offset, length - 1, position) + 1
      const kept = Buffer.from(bytes.subarray(offset, offset + length))
      if (disk.flips) kept[kept.length >> 1]! ^= 1
      return fs.writeSync(fd, kept, 0, length, position)
    },
    linkSync: (from: string, to: string) => {
      fs.linkSync(from, to)
      disk.afterLink(to)
    },
    readdirSync: (path: string, options: never) => {
      if (disk.refusing !== '' && path.endsWith(disk.refusing))
        throw Object.assign(new Error('refused'), { code: 'EACCES' })
      return fs.readdirSync(path, options)
    },
  }
})

let base = ''
let place: TargetPlace
beforeEach(() => {
  Object.assign(disk, { flips: false, cuts: false, refusing: '', afterLink: () => undefined })
  base = realpathSync(mkdtempSync(join(tmpdir(), 'tidekeep-tasks-')))
  const root = join(base, 'target')
  mkdirSync(root)
  place = { root, rootInode: inodeOf(statSync(root, { bigint: true })), etagBy: 'inode' }
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

function copy(sizeBytes: number, stage: string): CopyResults {
  writeFileSync(join(base, 'source'), Buffer.alloc(sizeBytes, 'content'))
  const source = asScanned(join(base, 'source'))
  const files = copyColumns([{ source, path: 'a', mtimeNs: 1_000_000_000n, expect: { kind: 'any' } }])
  return copyBatch({ place, stage, files, fsync: false })
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  )
}

describe('a file copied to a target', () => {
  // In one piece, in several, and at the edge between the two.
  it.each([5, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])(
    'of %d bytes is found out when the disk keeps another bit or a byte less',
    (sizeBytes) => {
      expect(copy(sizeBytes, 'sound')).toMatchObject({ failures: new Map(), singles: [{}] })
      for (const fault of ['flips', 'cuts'] as const) {
        disk[fault] = true
        expect(copy(sizeBytes, fault).failures.get(0)).toMatchObject({ code: 'corrupt' })
        expect(filesBelow(join(place.root, '.tidekeep/tmp', fault))).toEqual([])
        disk[fault] = false
      }
    },
  )
})

describe('a file given its name', () => {
  it('is not taken for stored when another took its place at that very moment', () => {
    const { singles } = copy(7, 's')
    const absent = { kind: 'absent' } as const
    const publish = (path: string): unknown =>
      publishBatch({
        place,
        stages: [],
        directories: [],
        items: [{ path, staged: singles[0]!, expect: absent }],
        fsync: false,
      }).items[0]
    disk.afterLink = (to) => {
      unlinkSync(to)
      writeFileSync(to, 'another')
    }
    expect(publish('a')).toMatchObject({ ok: false, failure: { code: 'changed' } })
  })
})

const entriesIn = (page: ListPage): readonly Entry[] => page.stretches.flatMap((columns) => entriesOfColumns(columns))

describe('a listing of a target', () => {
  it('fails where a folder cannot be read: it is not empty', () => {
    mkdirSync(join(place.root, 'a/locked'), { recursive: true })
    writeFileSync(join(place.root, 'a/locked/file'), 'content')
    const request = { root: place.root, path: '', etagBy: 'inode', limit: 100 } as const
    expect(listTarget(request).stretches[0]?.kinds).toHaveLength(3)
    disk.refusing = 'a/locked'
    expect(() => listTarget(request)).toThrow(expect.objectContaining({ code: 'forbidden' }))
  })

  it.each(['inode', 'times'] as const)('tells the etags by which a file is known, by %s', (etagBy) => {
    mkdirSync(join(place.root, 'a'), { recursive: true })
    for (const name of ['a/one', 'two']) writeFileSync(join(place.root, name), name)
    const listed = entriesIn(listTarget({ root: place.root, path: '', etagBy, limit: 100 }))
    const known = listed.map(({ path }) =>
      etagOf(toTargetStat(lstatSync(join(place.root, path), { bigint: true })), etagBy),
    )
    expect(listed.map(({ etag }) => etag)).toEqual(known)
    expect(known.filter((etag) => etag !== undefined)).toHaveLength(2)
  })

  it('is the same in pages of any length', () => {
    mkdirSync(join(place.root, 'a/b'), { recursive: true })
    for (const name of ['a-b', 'a/b/1', 'a/b/2', 'a/c', 'z']) writeFileSync(join(place.root, name), name)
    symlinkSync('a', join(place.root, 'link'))
    const request = { root: place.root, path: '', etagBy: 'inode' } as const
    const whole = entriesIn(listTarget({ ...request, limit: 100 }))
    expect(whole.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'directory a',
      'file a-b',
      'directory a/b',
      'file a/b/1',
      'file a/b/2',
      'file a/c',
      'symlink link',
      'file z',
    ])
    expect(whole.map(({ etag }) => etag !== undefined)).toEqual(whole.map(({ kind }) => kind === 'file'))
    for (const limit of [1, 2, 3, 7, 8]) {
      const entries: Entry[] = []
      for (let after: string | undefined = ''; after !== undefined;) {
        const page = listTarget({ ...request, limit, ...(after === '' ? {} : { after }) })
        expect(page.stretches[0]?.sizes.buffer.byteLength).toBe(page.stretches[0]!.kinds.length * 8)
        entries.push(...entriesIn(page))
        after = page.more
      }
      expect(entries).toEqual(whole)
    }
  })
})
