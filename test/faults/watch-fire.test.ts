import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { FolderView } from '../../common/protocol.ts'
import { DirectoryWatcher, type WatchDirectory } from '../../main/engine/watch/directory-watcher.ts'
import { createOpenWatcher } from '../../main/engine/watch/open-watcher.ts'
import type { OpenWatcher } from '../../main/engine/watch/watcher.ts'
import { startEngine, type Harness, type HarnessOptions } from '../fakes/engine-harness.ts'
import { RecordingLog } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { roomInMemory } from '../fixtures/loop-disk.ts'
import { mountDisk, notRun } from '../fixtures/rough-place.ts'

const SETTINGS = { settleMs: 40, settleMaxMs: 400, guardFiles: 100_000, guardPercent: 100 }
const places: string[] = []
const running: Harness[] = []
afterEach(async () => {
  for (const harness of running.splice(0)) await harness.remove()
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

async function started(options: HarnessOptions & { readonly openWatcher: OpenWatcher }): Promise<Harness> {
  const harness = await startEngine({ settings: SETTINGS, ...options })
  running.push(harness)
  return harness
}

/** Real watches on real directories, in real time. */
const live = (): OpenWatcher =>
  createOpenWatcher({ clock: realClock, log: new RecordingLog(), networkKind: () => Promise.resolve(undefined) })

/** Files below a root, Tidekeep's own left out, with their content. */
function filesOf(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const gather = (directory: string): void => {
    for (const item of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = join(directory, item.name)
      if (item.isFile()) found.set(path, readFileSync(join(root, path), 'base64'))
      else if (item.isDirectory() && path !== '.tidekeep') gather(path)
    }
  }
  gather('')
  return found
}

/** Files whose present content the target does not hold. */
function undetected({ source, target }: Harness): readonly string[] {
  const kept = filesOf(target)
  return [...filesOf(source)].filter(([path, content]) => kept.get(path) !== content).map(([path]) => path)
}

const detected = (harness: Harness): Promise<void> =>
  expect.poll(() => undetected(harness), { interval: 20 }).toEqual([])

/** One way a program saves `file` (which holds "before") in its own directory. */
type Save = (file: string, directory: string) => void

const SAVES: Readonly<Record<string, Save>> = {
  'truncate and write': (file) => writeFileSync(file, 'after'),
  'write in place, same size': (file) => writeFileSync(file, 'BEFORE'),
  'write in place, time restored': (file) => {
    const { atime, mtime } = statSync(file)
    writeFileSync(file, 'BEFORE')
    utimesSync(file, atime, mtime)
  },
  'append, as logs do': (file) => appendFileSync(file, ' and after'),
  'append in many small pieces': (file) => {
    for (let piece = 0; piece < 30; piece++) appendFileSync(file, `${piece} `)
  },
  'cut short': (file) => truncateSync(file, 2),
  emptied: (file) => truncateSync(file, 0),
  'write beside and rename over (atomic)': (file, directory) => {
    writeFileSync(join(directory, '.new.tmp'), 'after')
    renameSync(join(directory, '.new.tmp'), file)
  },
  'the same with sync (VS Code, gedit)': (file, directory) => {
    const fd = openSync(join(directory, `.goutputstream-${process.pid}`), 'w')
    writeSync(fd, 'after')
    fsyncSync(fd)
    closeSync(fd)
    renameSync(join(directory, `.goutputstream-${process.pid}`), file)
  },
  'the same in another directory of the folder': (file, directory) => {
    mkdirSync(join(directory, 'tmp'))
    writeFileSync(join(directory, 'tmp/x'), 'after')
    renameSync(join(directory, 'tmp/x'), file)
    rmSync(join(directory, 'tmp'), { recursive: true })
  },
  'vim: backup by renaming': (file, directory) => {
    writeFileSync(join(directory, '.file.swp'), 'swap')
    renameSync(file, `${file}~`)
    writeFileSync(file, 'after')
    unlinkSync(`${file}~`)
    unlinkSync(join(directory, '.file.swp'))
  },
  'vim: backup by copying, and its 4913 probe': (file, directory) => {
    writeFileSync(join(directory, '4913'), '')
    unlinkSync(join(directory, '4913'))
    copyFileSync(file, `${file}~`)
    writeFileSync(file, 'after')
    unlinkSync(`${file}~`)
  },
  'emacs: lock, backup kept, auto-save': (file, directory) => {
    writeFileSync(join(directory, '#file#'), 'auto')
    renameSync(file, `${file}~`)
    writeFileSync(file, 'after')
    unlinkSync(join(directory, '#file#'))
  },
  'LibreOffice: lock file, temporary, rename': (file, directory) => {
    writeFileSync(join(directory, '.~lock.file#'), 'me')
    writeFileSync(join(directory, 'lu1234.tmp'), 'after')
    unlinkSync(file)
    renameSync(join(directory, 'lu1234.tmp'), file)
    unlinkSync(join(directory, '.~lock.file#'))
  },
  'Word: old to temporary, new in, old away': (file, directory) => {
    writeFileSync(join(directory, '~$file'), 'me')
    writeFileSync(join(directory, '~WRD0001.tmp'), 'after')
    renameSync(file, join(directory, '~WRL0002.tmp'))
    renameSync(join(directory, '~WRD0001.tmp'), file)
    unlinkSync(join(directory, '~WRL0002.tmp'))
    unlinkSync(join(directory, '~$file'))
  },
  'remove, then make again': (file) => {
    unlinkSync(file)
    writeFileSync(file, 'after')
  },
  'link a new file into place': (file, directory) => {
    writeFileSync(join(directory, 'fresh'), 'after')
    unlinkSync(file)
    linkSync(join(directory, 'fresh'), file)
    unlinkSync(join(directory, 'fresh'))
  },
  'rsync: hidden temporary with an old time': (file, directory) => {
    const temporary = join(directory, '.file.Xa1b2C')
    writeFileSync(temporary, 'after')
    utimesSync(temporary, 1_000_000_000, 1_000_000_000)
    renameSync(temporary, file)
  },
  'cp -p of an older file over it': (file, directory) => {
    writeFileSync(file, 'older!')
    utimesSync(file, 1_000_000_000, 1_000_000_000)
    void directory
  },
  'a browser download': (_file, directory) => {
    writeFileSync(join(directory, 'film.mp4.crdownload'), 'part')
    appendFileSync(join(directory, 'film.mp4.crdownload'), ' and part')
    renameSync(join(directory, 'film.mp4.crdownload'), join(directory, 'film.mp4'))
  },
  'a database with its journal': (file, directory) => {
    writeFileSync(join(directory, 'file-journal'), 'before')
    writeFileSync(file, 'row two')
    unlinkSync(join(directory, 'file-journal'))
  },
  'git: index.lock over index': (_file, directory) => {
    writeFileSync(join(directory, 'index.lock'), 'after')
    renameSync(join(directory, 'index.lock'), join(directory, 'index'))
  },
  renamed: (file, directory) => renameSync(file, join(directory, 'other name')),
  'swapped with another': (file, directory) => {
    writeFileSync(join(directory, 'second'), 'second')
    renameSync(file, join(directory, 'third'))
    renameSync(join(directory, 'second'), file)
    renameSync(join(directory, 'third'), join(directory, 'second'))
  },
  'a folder in the place of the file': (file) => {
    unlinkSync(file)
    mkdirSync(file)
    writeFileSync(join(file, 'inside'), 'after')
  },
  'its folder renamed and filled further': (_file, directory) => {
    renameSync(directory, `${directory} (moved)`)
    writeFileSync(join(`${directory} (moved)`, 'new'), 'after')
  },
  'its folder removed and made again': (file, directory) => {
    rmSync(directory, { recursive: true })
    mkdirSync(directory)
    writeFileSync(file, 'after')
  },
  'folders in folders, made at once': (_file, directory) => {
    mkdirSync(join(directory, 'a/b/c/d/e'), { recursive: true })
    for (const at of ['a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/b/c/d/e']) writeFileSync(join(directory, at, 'deep'), at)
  },
  'moved in from elsewhere, with all that is below': (_file, directory) => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'tidekeep-elsewhere-'))
    mkdirSync(join(elsewhere, 'x/y'), { recursive: true })
    writeFileSync(join(elsewhere, 'x/y/z'), 'moved in')
    renameSync(elsewhere, join(directory, 'moved in'))
  },
}

describe(`${Object.keys(SAVES).length} ways of saving`, () => {
  const ROUNDS = Number(process.env['TIDEKEEP_SAVES'] ?? 3)

  it(`are all seen, ${ROUNDS} times each, before any reconcile`, async () => {
    const directoryOf = (source: string, round: number, index: number): string => join(source, `r${round}/s${index}`)
    const saves = Object.values(SAVES)
    const harness = await started({
      openWatcher: live(),
      prepare: (source) => {
        for (let round = 0; round < ROUNDS; round++)
          for (const index of saves.keys()) {
            mkdirSync(directoryOf(source, round, index), { recursive: true })
            writeFileSync(join(directoryOf(source, round, index), 'file'), 'before')
          }
      },
    })
    await harness.until('protected')
    await expect.poll(() => harness.folder().coverage.kind).toBe('live')
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, save] of saves.entries()) {
        const directory = directoryOf(harness.source, round, index)
        save(join(directory, 'file'), directory)
      }
      await detected(harness)
    }
    await harness.until('protected')
    const sent = harness.activity.filter(({ kind, method }) => kind === 'upload' && method === 'whole').length
    console.log(`${ROUNDS * saves.length} saves, ${sent - ROUNDS * saves.length} contents sent for them, 0 undetected`)
  })
})

describe('a burst', () => {
  it('of 10,000 files while the event loop stands still loses none', async () => {
    // In memory where there is such a place: this is about events, not about disks.
    const place = mkdtempSync(join(roomInMemory(256 * 1024 ** 2), 'tidekeep-burst-'))
    mkdirSync(join(place, 'target'))
    const harness = await started({ openWatcher: live(), place })
    await harness.until('protected')
    await expect.poll(() => harness.folder().coverage.kind).toBe('live')
    for (let index = 0; index < 10_000; index++) {
      const directory = join(harness.source, `d${index % 100}`)
      if (index < 100) mkdirSync(directory)
      writeFileSync(join(directory, `f${index}`), String(index))
    }
    await expect.poll(() => harness.folder().files, { interval: 500 }).toBe(10_000)
    await harness.until('protected')
    expect(undetected(harness)).toEqual([])
  })
})

/** A watcher on time that the test moves on, with real watches that fail as told. */
class Staged {
  readonly clock = new VirtualClock()
  /** The code that watches beyond `limit` fail with. */
  failure: { readonly code: string; readonly limit: number } | undefined
  network: string | undefined
  #open = 0

  readonly openWatcher: OpenWatcher = (options) =>
    createOpenWatcher({
      clock: this.clock,
      log: new RecordingLog(),
      backend: (raw, listener) => new DirectoryWatcher(raw, listener, this.#watch),
      networkKind: () => Promise.resolve(this.network),
    })(options)

  readonly #watch: WatchDirectory = (path, onEvent) => {
    const { code, limit } = this.failure ?? { code: '', limit: Infinity }
    if (this.#open >= limit) throw Object.assign(new Error(code), { code })
    const handle = watch(path, onEvent)
    this.#open++
    handle.on('close', () => this.#open--)
    return handle
  }

  /** Moves time on in small steps, real work in between, until it is so. */
  async until(what: () => boolean, stepMs = 500): Promise<void> {
    const deadlineMs = performance.now() + 60_000
    for (let step = 0; performance.now() < deadlineMs; step++) {
      if (what()) return
      await this.clock.advance(stepMs)
      // The file system and the threads take their own time, which is longer on a busy computer.
      await new Promise((resolve) => (step < 200 ? setImmediate(resolve) : setTimeout(resolve, 5)))
    }
    throw new Error('it never came to that')
  }
}

const coverageOf = (harness: Harness): FolderView['coverage'] => harness.folder().coverage

describe('the coverage of a folder', () => {
  const filled = (source: string): void => {
    for (let index = 0; index < 8; index++) {
      mkdirSync(join(source, `d${index}`))
      writeFileSync(join(source, `d${index}/file`), 'before')
    }
  }

  it.each([
    ['ENOSPC', 'fs.inotify.max_user_watches', 'sudo sysctl fs.inotify.max_user_watches=524288'],
    ['EMFILE', 'fs.inotify.max_user_instances', 'sudo sysctl fs.inotify.max_user_instances=1024'],
  ])('is degraded at the limit (%s), with the reason and the fix, and live again later', async (code, reason, fix) => {
    const staged = new Staged()
    staged.failure = { code, limit: 5 }
    const harness = await started({ openWatcher: staged.openWatcher, prepare: filled })
    await staged.until(() => coverageOf(harness).kind === 'degraded')
    expect(coverageOf(harness)).toMatchObject({ reason: expect.stringContaining(reason), fix: `Run: ${fix}` })
    const { attention } = harness.engine.status()
    expect(attention).toMatchObject([{ kind: 'coverage', fix: `Run: ${fix}` }])
    expect(attention[0]?.message).toMatch(/^source is not watched live\. [A-Z][^.]*\([a-z_.]+\)\. The folder[^.]*\.$/)
    // Nobody tells of this change; looking through the folder finds it.
    writeFileSync(join(harness.source, 'd7/file'), 'after')
    await staged.until(() => undetected(harness).length === 0)
    expect(coverageOf(harness).kind).toBe('degraded')
    staged.failure = undefined
    await staged.until(() => coverageOf(harness).kind === 'live', 5_000)
    await staged.until(() => harness.engine.status().attention.length === 0)
    writeFileSync(join(harness.source, 'd6/file'), 'after')
    await staged.until(() => undetected(harness).length === 0)
  })

  it('is degraded when a new directory cannot be watched any more, and what is in it is found all the same', async () => {
    const staged = new Staged()
    staged.failure = { code: 'ENOSPC', limit: 9 }
    const harness = await started({ openWatcher: staged.openWatcher, prepare: filled })
    await staged.until(() => coverageOf(harness).kind === 'live')
    mkdirSync(join(harness.source, 'new/deep'), { recursive: true })
    writeFileSync(join(harness.source, 'new/deep/file'), 'x')
    await staged.until(() => coverageOf(harness).kind === 'degraded')
    await staged.until(() => undetected(harness).length === 0)
  })

  it('is polled on a network, says every when, and finds what nobody tells of', async () => {
    const staged = new Staged()
    staged.network = 'NFS'
    const harness = await started({ openWatcher: staged.openWatcher, prepare: filled })
    await staged.until(() => coverageOf(harness).kind === 'polled')
    expect(coverageOf(harness).reason).toMatch(/network file system \(NFS\).*every 5\u00a0min/)
    expect(harness.engine.status().attention).toEqual([])
    writeFileSync(join(harness.source, 'd1/file'), 'after')
    await staged.until(() => undetected(harness).length === 0, 2_000)
  })

  it('is off while the folder is away, loses nothing meanwhile, and is live again with it', async () => {
    const staged = new Staged()
    const harness = await started({ openWatcher: staged.openWatcher, prepare: filled, folder: { mode: 'mirror' } })
    await staged.until(() => coverageOf(harness).kind === 'live')
    await harness.until('protected')
    const before = filesOf(harness.target)
    const away = `${harness.source} (away)`
    renameSync(harness.source, away)
    await staged.until(() => coverageOf(harness).kind === 'off', 5_000)
    expect(coverageOf(harness)).toMatchObject({
      reason: expect.stringContaining('is not there'),
      fix: expect.any(String),
    })
    await harness.engine.syncNow(harness.folderId).catch(() => undefined)
    expect(filesOf(harness.target)).toEqual(before)
    writeFileSync(join(away, 'd3/file'), 'changed elsewhere')
    renameSync(away, harness.source)
    await staged.until(() => coverageOf(harness).kind === 'live', 5_000)
    await staged.until(() => undetected(harness).length === 0)
  })

  it('is live again when another directory took the place of the folder, and its files are seen', async () => {
    const staged = new Staged()
    const harness = await started({ openWatcher: staged.openWatcher, prepare: filled })
    await staged.until(() => coverageOf(harness).kind === 'live')
    await harness.until('protected')
    renameSync(harness.source, `${harness.source} (old)`)
    mkdirSync(join(harness.source, 'other'), { recursive: true })
    writeFileSync(join(harness.source, 'other/file'), 'other')
    await staged.until(() => undetected(harness).length === 0, 5_000)
    expect(coverageOf(harness).kind).toBe('live')
    expect(existsSync(join(harness.target, 'd0/file'))).toBe(true)
  })

  it('is off when the disk of the folder is unmounted, and nothing is taken for deleted', async () => {
    const place = mkdtempSync(join(tmpdir(), 'tidekeep-mount-'))
    places.push(place)
    const disk = mountDisk(join(place, 'source'), '4M')
    if (disk === undefined) return notRun('a folder whose disk goes away (needs mount)')
    const staged = new Staged()
    try {
      filled(join(place, 'source'))
      mkdirSync(join(place, 'target'))
      const harness = await started({ openWatcher: staged.openWatcher, place, folder: { mode: 'mirror' } })
      await staged.until(() => coverageOf(harness).kind === 'live')
      await harness.until('protected')
      const before = filesOf(harness.target)
      disk[Symbol.dispose]()
      // The empty mount point is there: another directory, not an empty folder.
      await staged.until(() => harness.folder().state !== 'protected', 5_000)
      await harness.engine.syncNow(harness.folderId).catch(() => undefined)
      expect(filesOf(harness.target)).toEqual(before)
      expect(harness.folder().state).not.toBe('protected')
    } finally {
      disk[Symbol.dispose]()
    }
  })
})

describe('moves across the border of a folder', () => {
  it('are seen: what comes in is kept, what goes out is gone from a mirror', async () => {
    const harness = await started({ openWatcher: live(), folder: { mode: 'mirror' } })
    places.push(`${harness.place}-elsewhere`)
    const elsewhere = `${harness.place}-elsewhere`
    mkdirSync(join(elsewhere, 'in/deep'), { recursive: true })
    writeFileSync(join(elsewhere, 'in/deep/file'), 'x')
    await harness.until('protected')
    await expect.poll(() => coverageOf(harness).kind).toBe('live')
    renameSync(join(elsewhere, 'in'), join(harness.source, 'in'))
    await detected(harness)
    expect(existsSync(join(harness.target, 'in/deep/file'))).toBe(true)
    renameSync(join(harness.source, 'in'), join(elsewhere, 'out'))
    await expect.poll(() => existsSync(join(harness.target, 'in/deep/file'))).toBe(false)
    // And a watch that left with its directory tells nothing any more.
    writeFileSync(join(elsewhere, 'out/deep/file'), 'changed outside')
    writeFileSync(join(harness.source, 'marker'), 'x')
    await detected(harness)
    expect([...filesOf(harness.target).keys()]).toEqual(['marker'])
  })
})
