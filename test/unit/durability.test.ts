import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { GroupCommits } from '../../main/providers/local/group-commit.ts'
import type { GroupSync } from '../../main/providers/local/group-sync.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { copyFileDurably, replaceFileDurably } from '../../main/state/durable-file.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Store } from '../../main/state/store.ts'
import { copyBatch } from '../../workers/copy-batch.ts'
import { copyColumns } from '../../workers/copy-columns.ts'
import { SafeRoot } from '../../workers/fs/safe-root.ts'
import { inodeOf } from '../../workers/fs/stable-read.ts'
import { TEMPORARY_AREA, toTargetStat } from '../../workers/fs/target-stat.ts'
import { TemporaryFile } from '../../workers/fs/temporary-file.ts'
import { publishBatch } from '../../workers/publish-batch.ts'
import type { Pool, PublishBatch, TargetPlace } from '../../workers/tasks.ts'
import { asScanned } from '../conformance/local-content.ts'
import { createFakeHost } from '../fakes/host.ts'
import { deletion, FOLDER, planned } from './state-support.ts'

/** What was asked of the file system, in order: `sync <name>` and `name <name>`. */
const { asked, seeThrough } = vi.hoisted(() => ({
  asked: [] as string[],
  /** The real path behind a directory that is held open (`/proc/self/fd/<n>`). */
  seeThrough: { readlink: (path: string) => path },
}))

/** A power cut keeps what was synced and, of the rest, whatever the disk likes: only the order of these calls says what is safe. */
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  seeThrough.readlink = (path) => fs.readlinkSync(path)
  const opened = new Map<number, string>()
  const plain = (path: string): string =>
    path.replace(/^\/proc\/self\/fd\/\d+(?=\/)/, (anchor) => seeThrough.readlink(anchor)).replace(/\/\.$/, '')
  const name = (path: unknown): string => basename(plain(String(path)))
  const note = (what: string): void => void asked.push(what)
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      const fd = fs.openSync(...args)
      opened.set(fd, name(args[0]))
      return fd
    },
    fsyncSync: (fd: number) => {
      note(`sync ${opened.get(fd)}`)
      fs.fsyncSync(fd)
    },
    fsync: (fd: number, callback: (error: Error | null) => void) => {
      note(`sync ${opened.get(fd)}`)
      fs.fsync(fd, callback)
    },
    renameSync: (from: string, to: string) => {
      note(`name ${name(to)}`)
      fs.renameSync(from, to)
    },
    linkSync: (from: string, to: string) => {
      note(`name ${name(to)}`)
      fs.linkSync(from, to)
    },
  }
})

let place = ''
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'tidekeep-durable-')))
  asked.length = 0
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const METADATA = { mtimeNs: 1_700_000_000_000_000_000n, mode: 0o600 }
const NEVER_REPLACED = { kind: 'absent' } as const
/** Names what was staged in this thread, where it is listened to. */
const publishingHere = {
  run: (_name: string, work: PublishBatch) => Promise.resolve(publishBatch(work)),
  close: () => Promise.resolve(),
} as unknown as Pool
const NO_GROUP_SYNC = {
  available: () => Promise.resolve(false),
  sync: () => Promise.reject(new Error('not for a few')),
} as unknown as GroupSync

function makeTarget(): TargetPlace {
  const root = join(place, 'target')
  mkdirSync(root)
  return { root, rootInode: inodeOf(statSync(root, { bigint: true })), etagBy: 'inode' }
}

describe('a power cut at any moment', () => {
  it('leaves the old settings or the new: content first, then the name, then the directory', () => {
    const path = join(place, 'settings.json')
    writeFileSync(path, 'old')
    const reader = openSync(path, 'r')
    replaceFileDurably(path, 'new')
    expect(asked).toEqual([`sync settings.json.${process.pid}.new`, 'name settings.json', `sync ${basename(place)}`])
    expect([readFileSync(reader, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['old', 'new'])
  })

  it('leaves a copy of the state whole or none, made before anything is changed', () => {
    writeFileSync(join(place, 'state.db'), 'content')
    copyFileDurably(join(place, 'state.db'), join(place, 'state.db.v1'))
    expect(asked).toEqual([`sync state.db.v1.${process.pid}.new`, 'name state.db.v1', `sync ${basename(place)}`])
  })

  it('leaves no name at a target whose content is not on the disk: a file that came as a stream', async () => {
    const target = makeTarget()
    const root = SafeRoot.open(target.root)
    const at = `${TEMPORARY_AREA}/s/0` as RelPath
    root.makeDirectories(`${TEMPORARY_AREA}/s` as RelPath)
    const file = TemporaryFile.create(root, at)
    await file.write(Buffer.from('content'))
    const { stat } = await file.finish(METADATA)
    root.close()
    const staged = { at, stat: toTargetStat(stat) }
    const items = [{ path: 'sub/a', staged, expect: NEVER_REPLACED }]
    expect(publishBatch({ place: target, stages: ['s'], directories: [], items, fsync: true }).items).toMatchObject([
      { ok: true },
    ])
    expect(asked.slice(0, 2)).toEqual(['sync 0', 'name a'])
    expect(asked.slice(2).sort()).toContain('sync sub')
    expect(asked.slice(2)).toContain('sync target')
  })

  it('leaves no name at a target whose content is not on the disk: a few that were to go with many', async () => {
    const target = makeTarget()
    const root = SafeRoot.open(target.root)
    root.makeDirectories(`${TEMPORARY_AREA}/s` as RelPath)
    const commits = new GroupCommits({ pool: publishingHere, groupSync: NO_GROUP_SYNC })
    const staged = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const at = `${TEMPORARY_AREA}/s/${name}` as RelPath
        const file = TemporaryFile.create(root, at)
        await file.write(Buffer.from('content'))
        return { at, stat: toTargetStat((await file.finish(METADATA, false)).stat) }
      }),
    )
    root.close()
    expect(asked).toEqual([])
    const { signal } = new AbortController()
    await Promise.all(
      staged.map((each) => {
        const item = { path: `sub/${basename(each.at)}`, staged: each, expect: NEVER_REPLACED }
        return commits.commit({ place: target, stage: 's', item, isDurable: false, signal })
      }),
    )
    expect(asked.slice(0, 2).toSorted()).toEqual(['sync a', 'sync b'])
    expect(asked.slice(2, 4)).toEqual(['name a', 'name b'])
    expect(asked.slice(4)).toContain('sync sub')
  })

  it('leaves no name at a target whose content is not on the disk: a file of this computer', () => {
    const target = makeTarget()
    writeFileSync(join(place, 'source'), 'content')
    const source = asScanned(join(place, 'source'))
    const files = copyColumns([{ source, path: 'sub/a', expect: { kind: 'any' }, ...METADATA }])
    const { singles } = copyBatch({ place: target, stage: 's', files, fsync: true })
    const items = [{ path: 'sub/a', staged: singles[0]!, expect: { kind: 'any' } as const }]
    publishBatch({ place: target, stages: ['s'], directories: [], items, fsync: true })
    expect(asked.slice(0, 2)).toEqual([`sync ${basename(singles[0]!.at)}`, 'name a'])
    expect(asked.slice(2)).toContain('sync sub')
  })

  it('leaves no restored file that is not whole', async () => {
    const destination = openLocalDestination(place)
    const staged = await destination.stage('a' as RelPath)
    await staged.write(Buffer.from('content'))
    await staged.commit(METADATA)
    await destination.close()
    expect(asked[0]).toMatch(/^sync \.tidekeep-restore-/)
    expect(asked.slice(1)).toEqual(['name a', `sync ${basename(place)}`])
  })

  it('does not undo what a person decided: it is in the file itself when the call returns', async () => {
    const { clock, log } = createFakeHost()
    const openIn = async (name: string): Promise<Store> =>
      (await openStore({ directory: join(place, name), clock, log })).store
    const asking = await openIn('state')
    const hold = { reason: 'mass-delete', count: 1, bytes: 1, message: 'many' } as const
    asking.queue.enqueue(FOLDER, [planned(deletion('a'), { hold })])
    asking.close()
    const deciding = await openIn('state')
    expect(deciding.queue.decide(FOLDER, 'keep')).toBe(1)
    // The log beside it is what a power cut may take.
    mkdirSync(join(place, 'after'))
    copyFileSync(join(place, 'state/state.db'), join(place, 'after/state.db'))
    deciding.close()
    const after = await openIn('after')
    expect(after.queue.counts(FOLDER)).toMatchObject({ held: 0, queued: 0 })
    after.close()
  })
})
