import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { startEngine, type Harness, type HarnessOptions } from '../fakes/engine-harness.ts'

const open: Harness[] = []
async function start(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await startEngine(options)
  open.push(harness)
  return harness
}
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.remove()
})

const tree = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.tidekeep'))
    .toSorted()
const seed = (source: string): void => {
  mkdirSync(join(source, 'd/e'), { recursive: true })
  writeFileSync(join(source, 'a.txt'), 'alpha')
  writeFileSync(join(source, 'd/b.txt'), 'beta')
  writeFileSync(join(source, 'd/e/c.bin'), Buffer.alloc(300_000, 7))
}
const methods = (harness: Harness): string[] => harness.activity.map((row) => `${row.method} ${row.path}`).toSorted()

describe('continuous backup of a folder to a local target', () => {
  it('copies everything at the start and says protected only then', async () => {
    const harness = await start({ prepare: seed })
    const view = await harness.until('protected')
    expect(tree(harness.target)).toEqual(['a.txt', 'd', 'd/b.txt', 'd/e', 'd/e/c.bin'])
    expect(readFileSync(join(harness.target, 'd/e/c.bin')).equals(Buffer.alloc(300_000, 7))).toBe(true)
    expect(view).toMatchObject({ files: 3, bytes: 300_009, pendingFiles: 0 })
    expect(harness.engine.status().headline).toBe('protected')
  })

  it('sends a changed file when it is hinted, and acknowledges the hint', async () => {
    const harness = await start({ prepare: seed })
    await harness.until('protected')
    harness.activity.length = 0
    appendFileSync(join(harness.source, 'a.txt'), ' more')
    harness.watcher.hint(['a.txt'])
    await expect.poll(() => methods(harness)).toEqual(['whole a.txt'])
    expect(readFileSync(join(harness.target, 'a.txt'), 'utf8')).toBe('alpha more')
    await expect.poll(() => harness.watcher.acknowledged).toBe(1)
  })

  it('keeps what was deleted in backup mode, and goes on from it when the file comes back', async () => {
    const harness = await start({ prepare: seed })
    await harness.until('protected')
    rmSync(join(harness.source, 'a.txt'))
    harness.watcher.hint(['a.txt'])
    await harness.engine.syncNow()
    expect(existsSync(join(harness.target, 'a.txt'))).toBe(true)
    writeFileSync(join(harness.source, 'a.txt'), 'again')
    harness.watcher.hint(['a.txt'])
    await expect.poll(() => readFileSync(join(harness.target, 'a.txt'), 'utf8')).toBe('again')
    const [kept, ...others] = readdirSync(join(harness.target, '.tidekeep/kept'))
    expect(others).toEqual([])
    expect(kept).toMatch(/-replaced(-since-.+)?$/)
    expect(readFileSync(join(harness.target, '.tidekeep/kept', kept!, 'a.txt'), 'utf8')).toBe('alpha')
  })

  it.each(['a hint', 'a look at both sides'])(
    'takes a version that a crash left with a second name for its own, and not for a conflict: %s',
    async (found) => {
      const harness = await start({ prepare: seed })
      await harness.until('protected')
      // As a crash between keeping the old version and replacing it: a link, which moves the file's ctime.
      const area = join(harness.target, '.tidekeep/kept/2026-01-01T00-00-00.000-replaced')
      mkdirSync(area, { recursive: true })
      linkSync(join(harness.target, 'a.txt'), join(area, 'a.txt'))
      appendFileSync(join(harness.source, 'a.txt'), ' more')
      let looked = harness
      if (found === 'a hint') harness.watcher.hint(['a.txt'])
      else {
        await harness.stop()
        looked = await start({ place: harness.place })
      }
      const stored = (): string => readFileSync(join(looked.target, 'a.txt'), 'utf8')
      await expect.poll(stored).toBe('alpha more')
      await looked.until('protected')
      expect(looked.activity.filter(({ keptAside }) => keptAside !== undefined)).toEqual([])
      const kept = readdirSync(join(looked.target, '.tidekeep/kept'))
      expect(kept.filter((name) => !/-replaced(-since-.+)?$/.test(name))).toEqual([])
    },
  )

  it('copies a file whose time no 64 bits of nanoseconds hold, and finds nothing to do after', async () => {
    const harness = await start({
      prepare: (source) => {
        seed(source)
        for (const name of ['a.txt', 'd/b.txt']) utimesSync(join(source, name), 16_725_225_600, 16_725_225_600)
      },
    })
    await harness.until('protected')
    expect(methods(harness).filter((line) => line.includes('.txt'))).toEqual(['whole a.txt', 'whole d/b.txt'])
    expect(statSync(join(harness.target, 'a.txt')).mtimeMs).toBe(9_223_372_036_000)
    harness.activity.length = 0
    await harness.engine.syncNow()
    expect(methods(harness)).toEqual([])
    // The same length at the same time: only its ctime tells.
    writeFileSync(join(harness.source, 'a.txt'), 'ALPHA')
    utimesSync(join(harness.source, 'a.txt'), 16_725_225_600, 16_725_225_600)
    harness.watcher.hint(['a.txt'])
    await expect.poll(() => readFileSync(join(harness.target, 'a.txt'), 'utf8')).toBe('ALPHA')
  })

  it('asks nobody about a renamed folder whose old name was missed before its new one was seen', async () => {
    const harness = await start({ folder: { mode: 'mirror' }, settings: { guardFiles: 2, guardPercent: 10 } })
    mkdirSync(join(harness.source, 'old'))
    for (let file = 0; file < 6; file++) writeFileSync(join(harness.source, 'old', `f${file}`), `content ${file}`)
    await harness.engine.syncNow()
    writeFileSync(join(harness.source, 'lone'), 'alone')
    await harness.engine.syncNow()
    renameSync(join(harness.source, 'old'), join(harness.place, 'away'))
    rmSync(join(harness.source, 'lone'))
    harness.watcher.hint(['old', 'lone'], { recursive: true })
    await expect.poll(() => harness.folder().held).toBeGreaterThanOrEqual(6)
    renameSync(join(harness.place, 'away'), join(harness.source, 'new'))
    harness.watcher.hint(['new'], { recursive: true })
    await harness.until('protected')
    // What else was held for that is found once more, and is no mass by itself.
    await harness.engine.syncNow()
    expect([harness.folder().held, existsSync(join(harness.target, 'lone'))]).toEqual([0, false])
    expect(tree(harness.target).filter((path) => path.includes('/'))).toEqual(
      [0, 1, 2, 3, 4, 5].map((file) => `new/f${file}`),
    )
  })

  it('waits for the other half of a renamed folder, and moves it without a question or a byte', async () => {
    // Long enough for the second half to be told in time, however slow the computer is.
    const settings = { guardFiles: 2, guardPercent: 10, settleMaxMs: 60_000 }
    const harness = await start({ prepare: seed, folder: { mode: 'mirror' }, settings })
    await harness.until('protected')
    harness.activity.length = 0
    renameSync(join(harness.source, 'd'), join(harness.source, 'moved'))
    harness.watcher.hint(['d'], { recursive: true })
    await expect.poll(() => harness.watcher.acknowledged).toBe(1)
    expect(harness.store.queue.list({ folderId: harness.folderId, limit: 10 })).toEqual([])
    harness.watcher.hint(['moved'], { recursive: true })
    await expect.poll(() => tree(harness.target)).toContain('moved/e/c.bin')
    await harness.until('protected')
    expect(harness.folder().held).toBe(0)
    expect(harness.activity.reduce((sum, row) => sum + row.bytesSent, 0)).toBe(0)
    await harness.engine.syncNow()
    expect(tree(harness.target)).toEqual(['a.txt', 'moved', 'moved/b.txt', 'moved/e', 'moved/e/c.bin'])
  })

  it('moves a renamed folder at the target without sending a byte', async () => {
    const harness = await start({ prepare: seed, folder: { mode: 'mirror' } })
    await harness.until('protected')
    harness.activity.length = 0
    renameSync(join(harness.source, 'd'), join(harness.source, 'moved'))
    harness.watcher.hint(['d', 'moved'], { recursive: true })
    await expect.poll(() => tree(harness.target)).toEqual(['a.txt', 'moved', 'moved/b.txt', 'moved/e', 'moved/e/c.bin'])
    expect(harness.activity.reduce((sum, row) => sum + row.bytesSent, 0)).toBe(0)
  })

  it('plans no deletion for the old half of a rename that is seen later', async () => {
    const harness = await start({ prepare: seed, folder: { mode: 'mirror' } })
    await harness.until('protected')
    harness.activity.length = 0
    renameSync(join(harness.source, 'a.txt'), join(harness.source, 'z.txt'))
    harness.watcher.hint(['z.txt'])
    await expect.poll(() => tree(harness.target)).toContain('z.txt')
    harness.watcher.hint(['a.txt'])
    await expect.poll(() => harness.watcher.acknowledged).toBe(2)
    // What is missing is decided on at once by a look at everything.
    await harness.engine.syncNow()
    expect(methods(harness)).toEqual(['move z.txt'])
  })

  it('sends nothing for a touched or rewritten file with the same content', async () => {
    const harness = await start({ prepare: seed })
    await harness.until('protected')
    harness.activity.length = 0
    utimesSync(join(harness.source, 'a.txt'), 1_000, 1_000)
    writeFileSync(join(harness.source, 'd/b.txt'), 'beta')
    chmodSync(join(harness.source, 'd/e/c.bin'), 0o600)
    await harness.engine.syncNow()
    expect(methods(harness)).toEqual(['metadata a.txt', 'metadata d/b.txt', 'metadata d/e/c.bin'])
    expect(statSync(join(harness.target, 'a.txt')).mtimeMs).toBe(1_000_000)
    expect(statSync(join(harness.target, 'd/e/c.bin')).mode & 0o777).toBe(0o600)
  })

  it('plans nothing in the pass after one that settled', async () => {
    const harness = await start({ prepare: seed, folder: { mode: 'mirror' } })
    await harness.until('protected')
    harness.activity.length = 0
    await harness.engine.syncNow()
    await harness.engine.syncNow()
    expect(harness.activity).toEqual([])
  })

  it('replaces a file by a folder of the same name and the reverse, losing nothing', async () => {
    const harness = await start({ prepare: seed })
    await harness.until('protected')
    rmSync(join(harness.source, 'a.txt'))
    mkdirSync(join(harness.source, 'a.txt'))
    writeFileSync(join(harness.source, 'a.txt/inside'), 'x')
    rmSync(join(harness.source, 'd'), { recursive: true })
    writeFileSync(join(harness.source, 'd'), 'now a file')
    await harness.engine.syncNow()
    await harness.until('protected')
    expect(tree(harness.target)).toEqual(['a.txt', 'a.txt/inside', 'd'])
    const kept = readdirSync(join(harness.target, '.tidekeep/kept'), { recursive: true, encoding: 'utf8' }).filter(
      (path) => /\.(txt|bin)$/.test(path),
    )
    expect(kept.map((path) => path.replace(/^[^/]*\//, '')).toSorted()).toEqual(['a.txt', 'd/b.txt', 'd/e/c.bin'])
  })
})

describe('what the target already holds', () => {
  it('adopts equal files without sending, keeps others aside, and leaves foreign ones alone', async () => {
    const harness = await start({
      prepare: (source, target) => {
        seed(source)
        writeFileSync(join(target, 'a.txt'), 'alpha')
        mkdirSync(join(target, 'd'))
        writeFileSync(join(target, 'd/b.txt'), 'someone else')
        writeFileSync(join(target, 'foreign'), 'not ours')
      },
      folder: { mode: 'mirror' },
    })
    await harness.until('protected')
    const byPath = new Map(harness.activity.map((row) => [row.path, row]))
    expect(byPath.get('a.txt')).toMatchObject({ method: 'adopt', bytesSent: 0 })
    const aside = byPath.get('d/b.txt')?.keptAside
    expect(readFileSync(join(harness.target, aside!), 'utf8')).toBe('someone else')
    expect(readFileSync(join(harness.target, 'd/b.txt'), 'utf8')).toBe('beta')
    expect(readFileSync(join(harness.target, 'foreign'), 'utf8')).toBe('not ours')
  })

  it('heals what was removed or overwritten at the target, and keeps the other version', async () => {
    const harness = await start({ prepare: seed })
    await harness.until('protected')
    rmSync(join(harness.target, 'a.txt'))
    writeFileSync(join(harness.target, 'd/b.txt'), 'tampered')
    await harness.engine.syncNow()
    expect(readFileSync(join(harness.target, 'a.txt'), 'utf8')).toBe('alpha')
    expect(readFileSync(join(harness.target, 'd/b.txt'), 'utf8')).toBe('beta')
    const aside = harness.activity.find((row) => row.keptAside !== undefined)?.keptAside
    expect(readFileSync(join(harness.target, aside!), 'utf8')).toBe('tampered')
  })

  it('never overwrites a target file that changed after it was compared', async () => {
    const harness = await start({ prepare: seed })
    await harness.until('protected')
    writeFileSync(join(harness.target, 'a.txt'), 'edited there')
    writeFileSync(join(harness.source, 'a.txt'), 'edited here')
    harness.watcher.hint(['a.txt'])
    const aside = (): string | undefined => harness.activity.find((row) => row.keptAside !== undefined)?.keptAside
    await expect.poll(aside).toBeDefined()
    expect(readFileSync(join(harness.target, 'a.txt'), 'utf8')).toBe('edited here')
    expect(readFileSync(join(harness.target, aside()!), 'utf8')).toBe('edited there')
  })
})

describe('deletions in mirror mode', () => {
  it('leaves a version at the target that someone edited while the file was deleted here', async () => {
    const harness = await start({ prepare: seed, folder: { mode: 'mirror' } })
    await harness.until('protected')
    writeFileSync(join(harness.target, 'a.txt'), 'edited there')
    rmSync(join(harness.source, 'a.txt'))
    harness.watcher.hint(['a.txt'])
    const told = (): string | undefined => harness.activity.find((row) => row.keptAside !== undefined)?.keptAside
    await expect.poll(told).toBe('a.txt')
    expect(readFileSync(join(harness.target, 'a.txt'), 'utf8')).toBe('edited there')
  })

  const many = (source: string): void => {
    for (let index = 0; index < 80; index++) writeFileSync(join(source, `f${index}`), `${index}`)
  }

  it('follows a few at once', async () => {
    const harness = await start({ prepare: many, folder: { mode: 'mirror' } })
    await harness.until('protected')
    for (let index = 0; index < 5; index++) rmSync(join(harness.source, `f${index}`))
    await harness.engine.syncNow()
    expect(tree(harness.target)).toHaveLength(75)
  })

  it('holds many until someone agrees', async () => {
    const harness = await start({ prepare: many, folder: { mode: 'mirror' } })
    await harness.until('protected')
    for (let index = 0; index < 60; index++) rmSync(join(harness.source, `f${index}`))
    await harness.engine.syncNow()
    expect(harness.folder()).toMatchObject({ state: 'attention', held: 60 })
    expect(tree(harness.target)).toHaveLength(80)
    await harness.engine.decide('f1', 'approve')
    await expect.poll(() => tree(harness.target).length).toBe(20)
  })

  it('keeps them for good when someone declines, and does not ask again', async () => {
    const harness = await start({ prepare: many, folder: { mode: 'mirror' } })
    await harness.until('protected')
    for (let index = 0; index < 60; index++) rmSync(join(harness.source, `f${index}`))
    await harness.engine.syncNow()
    await harness.engine.decide('f1', 'keep')
    await harness.engine.syncNow()
    expect(harness.folder()).toMatchObject({ state: 'protected', held: 0 })
    expect(tree(harness.target)).toHaveLength(80)
  })

  it('does not slip a mass deletion under the guard in small portions', async () => {
    const harness = await start({ prepare: many, folder: { mode: 'mirror' } })
    await harness.until('protected')
    for (let portion = 0; portion < 6; portion++) {
      const paths = Array.from({ length: 10 }, (_, index) => `f${portion * 10 + index}`)
      for (const path of paths) rmSync(join(harness.source, path))
      harness.watcher.hint(paths)
      await expect.poll(() => harness.watcher.acknowledged).toBe(portion + 1)
    }
    // Portions that were missed for long enough together are judged together.
    await expect.poll(() => harness.folder().held + 80 - tree(harness.target).length).toBe(60)
    expect(harness.folder().held).toBeGreaterThanOrEqual(10)
  })

  it('deletes nothing when the source is gone, and says so', async () => {
    const harness = await start({ prepare: many, folder: { mode: 'mirror' } })
    await harness.until('protected')
    renameSync(harness.source, `${harness.source}-unplugged`)
    await harness.engine.syncNow()
    expect(harness.folder().state).toBe('attention')
    expect(tree(harness.target)).toHaveLength(80)
  })

  it('holds deletions when another, emptier folder stands in the place of the source', async () => {
    const harness = await start({ prepare: many, folder: { mode: 'mirror' } })
    await harness.until('protected')
    renameSync(harness.source, `${harness.source}-unplugged`)
    mkdirSync(harness.source)
    writeFileSync(join(harness.source, 'f1'), '1')
    await harness.engine.syncNow()
    expect(harness.folder().held).toBeGreaterThan(0)
    expect(tree(harness.target)).toHaveLength(80)
  })

  it('does not delete the copies of files that an ignore rule now leaves out', async () => {
    const harness = await start({ prepare: many, folder: { mode: 'mirror' } })
    await harness.until('protected')
    writeFileSync(join(harness.source, '.tidekeepignore'), 'f7\n')
    await harness.engine.syncNow()
    expect(existsSync(join(harness.target, 'f7'))).toBe(true)
  })
})

describe('when things go wrong', () => {
  const failing =
    (calls: { failures: number }, code: 'unavailable' | 'forbidden' | 'timeout') => (target: TargetProvider) => ({
      ...target,
      location: target.location,
      list: target.list.bind(target),
      stat: target.stat.bind(target),
      read: target.read.bind(target),
      remove: target.remove.bind(target),
      close: target.close.bind(target),
      features: {
        ...target.features,
        putBatch: undefined as never,
        limits: target.features.limits,
        preconditions: target.features.preconditions,
      },
      put: async (...args: Parameters<TargetProvider['put']>) => {
        if (args[0] === 'a.txt' && calls.failures-- > 0)
          throw new TidekeepError({ code, message: `made to fail: ${code}` })
        return target.put(...args)
      },
    })

  it('lists a file that cannot be stored as a dead letter, and the others go on', async () => {
    const calls = { failures: 1 }
    const harness = await start({ prepare: seed, wrap: failing(calls, 'forbidden') })
    await expect.poll(() => harness.folder().dead).toBe(1)
    await harness.until('attention')
    expect(tree(harness.target)).toContain('d/b.txt')
    const [job] = harness.store.queue.list({ state: 'dead', limit: 10 })
    expect(job).toMatchObject({ action: { path: 'a.txt' }, failure: { code: 'forbidden' } })
    await harness.engine.syncNow()
    expect(harness.folder().dead).toBe(1)
    harness.store.queue.retry()
    await harness.engine.applySettings()
    await harness.until('protected')
  })

  it('waits while the target is away, counts no attempt, and goes on by itself', async () => {
    const calls = { failures: 1 }
    const harness = await start({ prepare: seed, wrap: failing(calls, 'unavailable') })
    await harness.until('offline')
    expect(harness.engine.status().attention[0]?.kind).toBe('target-unreachable')
    await harness.until('protected')
    expect(harness.store.history.list({ limit: 10 }).some((row) => row.path === 'a.txt')).toBe(true)
  })

  it('does not call anything protected while paused with work, and goes on after resuming', async () => {
    const harness = await start({ prepare: seed, settings: { pausedUntil: 'forever' } })
    await expect.poll(() => harness.folder().pendingFiles).toBeGreaterThan(0)
    expect(harness.folder().state).toBe('paused')
    expect(tree(harness.target)).toEqual([])
    harness.settings = { ...harness.settings, pausedUntil: 0 }
    await harness.engine.applySettings()
    await harness.until('protected')
  })

  it('does one pass on request while paused, and stays paused', async () => {
    const harness = await start({ prepare: seed, settings: { pausedUntil: 'forever' } })
    await harness.until('paused')
    await harness.engine.syncNow()
    expect(tree(harness.target)).toContain('a.txt')
    expect(harness.engine.status().headline).toBe('paused')
  })
})

describe('restarts', () => {
  it('goes on with what was queued when it was stopped', async () => {
    const first = await start({ prepare: seed, settings: { pausedUntil: 'forever' } })
    await first.until('paused')
    await first.stop({ now: true })
    open.length = 0
    const second = await start({ place: first.place })
    await second.until('protected')
    expect(tree(second.target)).toHaveLength(5)
  })

  it('compares everything and deletes nothing when its state was lost', async () => {
    const first = await start({ prepare: seed, folder: { mode: 'mirror' } })
    await first.until('protected')
    await first.stop()
    open.length = 0
    rmSync(join(first.place, 'state'), { recursive: true })
    rmSync(join(first.source, 'a.txt'))
    const second = await start({ place: first.place, folder: { mode: 'mirror' } })
    await second.until('protected')
    expect(second.activity.every((row) => row.bytesSent === 0)).toBe(true)
    expect(tree(second.target)).toContain('a.txt')
  })

  it('keeps the version at the target when its state was lost and the two differ', async () => {
    const first = await start({ prepare: seed })
    await first.until('protected')
    await first.stop()
    open.length = 0
    rmSync(join(first.place, 'state'), { recursive: true })
    // Whichever is the newer one: without state nobody can tell.
    writeFileSync(join(first.target, 'a.txt'), 'newer at the target')
    const second = await start({ place: first.place })
    await second.until('protected')
    const kept = second.activity.find((row) => row.keptAside !== undefined)?.keptAside
    expect(readFileSync(join(second.target, kept!), 'utf8')).toBe('newer at the target')
    expect(readFileSync(join(second.target, 'a.txt'), 'utf8')).toBe('alpha')
  })

  it('finds at start what changed while it was not running', async () => {
    const first = await start({ prepare: seed })
    await first.until('protected')
    await first.stop()
    open.length = 0
    writeFileSync(join(first.source, 'a.txt'), 'changed in between')
    const second = await start({ place: first.place })
    await second.until('protected')
    expect(readFileSync(join(second.target, 'a.txt'), 'utf8')).toBe('changed in between')
  })
})
