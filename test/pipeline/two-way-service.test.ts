import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { startEngine, type Harness, type HarnessOptions } from '../fakes/engine-harness.ts'

let harness: Harness | undefined
afterEach(async () => {
  await harness?.remove()
  harness = undefined
})

async function start(options: HarnessOptions = {}): Promise<Harness> {
  harness = await startEngine({ ...options, folder: { mode: 'two-way', ...options.folder } })
  await harness.until('protected')
  return harness
}

const read = (side: string, path: string): string => readFileSync(join(side, path), 'utf8')
const methods = ({ activity }: Harness): readonly string[] => activity.map(({ method, path }) => `${method} ${path}`)

const WITH_A: HarnessOptions = { prepare: (source) => writeFileSync(join(source, 'a'), 'first') }

describe('a two-way folder of the service', () => {
  it('brings what changed at the target, and takes its own write for no change', async () => {
    const { source, target, engine, activity, watcher, store } = await start(WITH_A)
    writeFileSync(join(target, 'a'), 'edited there')
    writeFileSync(join(target, 'new'), 'new there')
    await engine.syncNow()
    expect([read(source, 'a'), read(source, 'new')]).toEqual(['edited there', 'new there'])
    expect(
      methods(harness!)
        .filter((each) => each.startsWith('download'))
        .toSorted(),
    ).toEqual(['download a', 'download new'])
    const before = activity.length
    const acknowledged = watcher.acknowledged
    watcher.hint(['a', 'new'])
    await expect.poll(() => watcher.acknowledged).toBe(acknowledged + 1)
    await harness!.until('protected')
    expect(activity.length).toBe(before)
    expect(store.queue.counts(harness!.folderId)).toMatchObject({ queued: 0, running: 0, waiting: 0, dead: 0 })
  })

  it('never puts a download over what was edited while it was fetched', async () => {
    let onRead: () => void = () => undefined
    const { source, target, engine, store, folderId } = await start({
      ...WITH_A,
      wrap: (inner) =>
        intercept(inner, {
          read: async function* (path, options) {
            for await (const piece of inner.read(path, options)) {
              onRead()
              yield piece
            }
          },
        }),
    })
    writeFileSync(join(target, 'a'), 'edited there, and longer')
    onRead = () => {
      onRead = () => undefined
      writeFileSync(join(source, 'a'), 'edited here meanwhile')
    }
    await engine.syncNow()
    expect(read(source, 'a')).toBe('edited here meanwhile')
    expect(read(target, 'a')).toBe('edited there, and longer')
    expect(store.conflicts.at(folderId, 'a' as never)).toMatchObject({ kind: 'edit-edit', state: 'open' })
    expect(existsSync(join(source, '.tidekeep/kept'))).toBe(false)
  })

  it('never removes what was edited after it was found gone at the target', async () => {
    let onStat: () => void = () => undefined
    const { source, target, engine } = await start({
      ...WITH_A,
      prepare: (at) => {
        for (const name of ['a', 'b']) writeFileSync(join(at, name), 'first')
      },
      wrap: (inner) =>
        intercept(inner, {
          stat: async (path, options) => {
            if (path === 'a') onStat()
            return inner.stat(path, options)
          },
        }),
    })
    rmSync(join(target, 'a'))
    onStat = () => {
      onStat = () => undefined
      writeFileSync(join(source, 'a'), 'edited here meanwhile')
    }
    await engine.syncNow()
    await engine.syncNow()
    expect([read(source, 'a'), read(target, 'a')]).toEqual(['edited here meanwhile', 'edited here meanwhile'])
  })

  it('sends an edit here at once, and settles it where the target changed as well', async () => {
    const { source, target, watcher, store, folderId } = await start({
      ...WITH_A,
      settings: { settleMs: 0 },
    })
    writeFileSync(join(target, 'a'), 'edited there')
    writeFileSync(join(source, 'a'), 'edited here')
    watcher.hint(['a'])
    await expect.poll(() => store.conflicts.count(folderId)).toBe(1)
    expect([read(source, 'a'), read(target, 'a')]).toEqual(['edited here', 'edited there'])
    expect(readdirSync(target).toSorted()).toEqual(['.tidekeep', 'a'])
  })

  it('waits for a source disk that is away, and goes on where it was', async () => {
    const { source, target, engine, place } = await start(WITH_A)
    renameSync(source, join(place, 'away'))
    mkdirSync(source)
    rmSync(join(target, 'a'))
    writeFileSync(join(target, 'b'), 'new there')
    void engine.syncNow().catch(() => undefined)
    await harness!.until('offline')
    expect(readdirSync(source)).toEqual([])
    rmSync(source, { recursive: true })
    renameSync(join(place, 'away'), source)
    await engine.syncNow()
    expect(read(source, 'b')).toBe('new there')
  })
})
