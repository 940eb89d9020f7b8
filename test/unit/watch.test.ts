import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Coverage } from '../../common/model.ts'
import { createIgnoreCheck } from '../../main/engine/scan/ignore-check.ts'
import { createOpenWatcher, type WatchBackend } from '../../main/engine/watch/open-watcher.ts'
import type { HintBatch, Watcher } from '../../main/engine/watch/watcher.ts'
import { RecordingLog } from '../fakes/host.ts'
import { loopClock } from '../fakes/loop-clock.ts'
import { realClock } from '../fakes/real-clock.ts'

const DEADLINE_MS = 60_000
const open: Watched[] = []
afterEach(async () => {
  for (const watched of open.splice(0)) await watched.end()
})

/** A real folder under a real watcher. */
class Watched {
  readonly root: string
  readonly watcher: Watcher
  readonly batches: HintBatch[] = []
  readonly coverages: Coverage[] = []
  readonly #stop = new AbortController()
  readonly #reading: Promise<void>

  constructor(root: string, watcher: Watcher) {
    this.root = root
    this.watcher = watcher
    watcher.onCoverageChange((coverage) => this.coverages.push(coverage))
    this.#reading = this.#read()
    open.push(this)
  }

  async #read(): Promise<void> {
    for await (const batch of this.watcher.batches(this.#stop.signal)) {
      this.batches.push(batch)
      batch.acknowledge()
    }
  }

  get hints(): readonly string[] {
    return this.batches.flatMap(({ hints }) => hints.map(({ path, recursive }) => (recursive ? `${path}/**` : path)))
  }

  async until(what: string, isTrue: () => boolean): Promise<void> {
    const endMs = performance.now() + DEADLINE_MS
    while (!isTrue()) {
      if (performance.now() > endMs) throw new Error(`never: ${what}; hints ${JSON.stringify(this.hints)}`)
      await realClock.sleep(5)
    }
  }

  /** Whether a hint covers the path. */
  async hinted(path: string): Promise<void> {
    await this.until(`a hint of ${path}`, () => this.covers(path))
  }

  covers(path: string): boolean {
    const hints = this.batches.flatMap((batch) => batch.hints)
    return hints.some(
      (hint) => hint.path === path || (hint.recursive && (hint.path === '' || path.startsWith(`${hint.path}/`))),
    )
  }

  /** Resolves once everything done so far was told: a marker written now is. */
  async settled(): Promise<void> {
    const marker = `marker-${this.batches.length}-${Math.round(performance.now())}`
    writeFileSync(join(this.root, marker), '')
    await this.hinted(marker)
  }

  write(path: string, content = 'x'): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), content)
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.#reading
    rmSync(this.root, { recursive: true, force: true })
  }
}

async function watched(
  backend: WatchBackend,
  before: (root: string) => void = () => undefined,
  ignoreLines: readonly string[] = [],
): Promise<Watched> {
  const root = mkdtempSync(join(tmpdir(), 'tidekeep-watch-'))
  before(root)
  const openWatcher = createOpenWatcher({
    // A process that is kept waiting may have missed events, and says overflow: what this computer does is no part of these tests.
    clock: loopClock({ mostMs: 1_000 }),
    log: new RecordingLog(),
    backend,
    networkKind: () => Promise.resolve(undefined),
  })
  const { isIgnored } = createIgnoreCheck({ root, globalLines: [], folderLines: ignoreLines })
  const folder = new Watched(root, openWatcher({ root, isIgnored, settleMs: 60, settleMaxMs: 1_000 }))
  await folder.until('live', () => folder.watcher.coverage.kind === 'live')
  return folder
}

const file = (root: string, path: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), 'before')
}

describe.each<WatchBackend>(['directories', 'chokidar'])('watching with %s', (backend) => {
  it('tells of new, changed and removed files at any depth', async () => {
    const folder = await watched(backend, (root) => ['a/b/c/deep', 'top', 'gone'].forEach((path) => file(root, path)))
    appendFileSync(join(folder.root, 'a/b/c/deep'), 'more')
    folder.write('new')
    unlinkSync(join(folder.root, 'gone'))
    for (const path of ['a/b/c/deep', 'new', 'gone']) await folder.hinted(path)
    expect(folder.covers('top')).toBe(false)
  })

  it('tells of a mode and of a time that changed', async () => {
    const folder = await watched(backend, (root) => ['mode', 'time'].forEach((path) => file(root, path)))
    chmodSync(join(folder.root, 'mode'), 0o600)
    utimesSync(join(folder.root, 'time'), 1, 1)
    await folder.hinted('mode')
    await folder.hinted('time')
  })

  it('makes one hint of a save through a temporary file', async () => {
    const folder = await watched(backend, (root) => file(root, 'doc'))
    folder.write('.doc.tmp', 'new content')
    renameSync(join(folder.root, '.doc.tmp'), join(folder.root, 'doc'))
    await folder.hinted('doc')
    await folder.settled()
    expect(folder.hints.filter((hint) => !hint.startsWith('marker'))).toEqual(['doc'])
  })

  it('tells of both names of a renamed file, in one batch', async () => {
    const folder = await watched(backend, (root) => file(root, 'd/old'))
    renameSync(join(folder.root, 'd/old'), join(folder.root, 'd/new'))
    await folder.hinted('d/new')
    expect(folder.batches[0]?.hints.map(({ path }) => path).toSorted()).toEqual(['d/new', 'd/old'])
  })

  it('follows directories that are made, filled at once, and changed later', async () => {
    const folder = await watched(backend)
    folder.write('x/y/z/1')
    await folder.hinted('x/y/z/1')
    await folder.settled()
    folder.batches.length = 0
    folder.write('x/y/z/2')
    await folder.hinted('x/y/z/2')
  })

  it('follows a directory to its new name', async () => {
    const folder = await watched(backend, (root) => file(root, 'old/sub/f'))
    renameSync(join(folder.root, 'old'), join(folder.root, 'new'))
    await folder.hinted('old/sub/f')
    await folder.hinted('new/sub/f')
    await folder.settled()
    folder.batches.length = 0
    appendFileSync(join(folder.root, 'new/sub/f'), 'more')
    await folder.hinted('new/sub/f')
    expect(folder.covers('old/sub/f')).toBe(false)
  })

  it('follows a directory that took the place of another', async () => {
    const folder = await watched(backend, (root) => ['here/f', 'there/g'].forEach((path) => file(root, path)))
    rmSync(join(folder.root, 'here'), { recursive: true })
    renameSync(join(folder.root, 'there'), join(folder.root, 'here'))
    await folder.hinted('here/g')
    await folder.settled()
    folder.batches.length = 0
    appendFileSync(join(folder.root, 'here/g'), 'more')
    await folder.hinted('here/g')
  })

  it('says nothing of what is ignored, and does not follow links', async () => {
    const folder = await watched(
      backend,
      (root) => {
        file(root, 'cache/x')
        symlinkSync('/', join(root, 'link'))
      },
      ['cache/', '*.tmp'],
    )
    folder.write('cache/y')
    folder.write('a.tmp')
    folder.write('later/cache/z')
    await folder.settled()
    expect(['cache/y', 'a.tmp', 'link'].filter((path) => folder.covers(path))).toEqual([])
  })

  it('has a directory looked at again when its rules change, and follows what they now let through', async () => {
    const folder = await watched(backend, (root) => {
      file(root, 'd/cache/x')
      writeFileSync(join(root, 'd/.tidekeepignore'), 'cache/\n')
    })
    folder.write('d/.tidekeepignore', '*.log\n')
    const isToldOfAll = (): boolean => folder.covers('d/cache/x') || folder.batches.some(({ overflow }) => overflow)
    await folder.until('the directory is looked at again', isToldOfAll)
    await folder.until('live', () => folder.watcher.coverage.kind === 'live')
    await folder.settled()
    folder.batches.length = 0
    folder.write('d/cache/y')
    await folder.hinted('d/cache/y')
    folder.write('d/x.log')
    await folder.settled()
    expect(folder.hints).not.toContain('d/x.log')
  })

  it('notices that the root went away, waits, and says overflow when it is back', async () => {
    const folder = await watched(backend, (root) => file(root, 'f'))
    const aside = `${folder.root}-aside`
    renameSync(folder.root, aside)
    rmSync(aside, { recursive: true })
    await folder.until('missing', () => folder.watcher.coverage.kind === 'off')
    expect(folder.watcher.coverage.reason).toContain('is not there')
    folder.batches.length = 0
    mkdirSync(folder.root)
    await folder.until('overflow', () => folder.batches.some(({ overflow }) => overflow))
    await folder.until('live', () => folder.watcher.coverage.kind === 'live')
    folder.write('g')
    await folder.hinted('g')
  })

  it('says overflow after 10,000 changes while the event loop stood still', async () => {
    const folder = await watched(backend, (root) => {
      mkdirSync(join(root, 'many'))
      for (let index = 0; index < 10_000; index++) writeFileSync(join(root, 'many', `f${index}`), '')
    })
    for (let index = 0; index < 10_000; index++) appendFileSync(join(folder.root, 'many', `f${index}`), 'x')
    await folder.until('overflow or every file', () => folder.batches.some(({ overflow }) => overflow))
  })

  it('ends with its signal and turns coverage off', async () => {
    const folder = await watched(backend)
    await folder.end()
    expect(folder.watcher.coverage).toEqual({ kind: 'off' })
    expect(folder.coverages.map(({ kind }) => kind)).toEqual(['live', 'off'])
  })
})
