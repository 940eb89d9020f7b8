import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { FolderId } from '../../common/model.ts'
import type { UndoRequest, UndoView } from '../../common/protocol.ts'
import { createActivityHandlers } from '../../main/api/activity.ts'
import { openTarget } from '../../main/providers/registry.ts'
import { startEngine, type Harness, type HarnessOptions } from '../fakes/engine-harness.ts'

const running: Harness[] = []
afterEach(async () => {
  for (const harness of running.splice(0)) await harness.remove()
})

async function start(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await startEngine({
    prepare: (source) => {
      mkdirSync(join(source, 'd'), { recursive: true })
      writeFileSync(join(source, 'a.txt'), 'first')
      writeFileSync(join(source, 'd/b.txt'), 'bee')
    },
    ...options,
  })
  running.push(harness)
  await harness.until('protected')
  return harness
}

/** As a window or the command line asks. */
async function undo(harness: Harness, request: Partial<UndoRequest>): Promise<UndoView> {
  const { host, pool, store, engine } = harness
  const settings = { get: () => harness.settings, update: async () => undefined }
  const secrets = { get: async () => undefined } as never
  const handlers = createActivityHandlers({
    store,
    settings,
    host,
    engine,
    openTarget: (location) => openTarget(location, {}, { host, pool, secrets }),
  })
  return handlers['activity.undo']({ dryRun: false, beside: false, ...request }, { transport: 'direct' })
}

const read = (harness: Harness, path: string): string => readFileSync(join(harness.source, path), 'utf8')
const stored = (harness: Harness, path: string): string => readFileSync(join(harness.target, path), 'utf8')

async function change(harness: Harness, path: string, content: string): Promise<void> {
  writeFileSync(join(harness.source, path), content)
  harness.watcher.hint([path])
  await harness.engine.syncNow()
  await harness.until('protected')
}

describe('undoing what was replaced', () => {
  it('brings the earlier version back, and the undo can be undone', async () => {
    const harness = await start()
    await change(harness, 'a.txt', 'second one')
    expect(await undo(harness, { last: 1 })).toMatchObject({ items: [{ path: 'a.txt', outcome: 'undone' }] })
    expect(read(harness, 'a.txt')).toBe('first')
    expect(readdirSync(harness.source).toSorted()).toEqual(['a.txt', 'd'])
    await harness.engine.syncNow()
    expect(stored(harness, 'a.txt')).toBe('first')
    expect(await undo(harness, { last: 1 })).toMatchObject({ items: [{ path: 'a.txt', outcome: 'undone' }] })
    expect(read(harness, 'a.txt')).toBe('second one')
  })

  it('writes each undo down as a row of its own, and offers it once', async () => {
    const harness = await start()
    await change(harness, 'a.txt', 'second one')
    const [row] = harness.store.history.list({ undoable: true, limit: 5 })
    await undo(harness, { ids: [row!.id] })
    expect(harness.activity.at(-1)).toMatchObject({ kind: 'undo', method: 'undo', path: 'a.txt', size: 5 })
    expect(harness.store.history.get([row!.id])).toMatchObject([{ undone: true }])
    expect(await undo(harness, { ids: [row!.id] })).toMatchObject({ items: [] })
  })

  it('leaves a file alone that was changed since, and writes beside it when asked to', async () => {
    const harness = await start()
    await change(harness, 'a.txt', 'second one')
    appendFileSync(join(harness.source, 'a.txt'), ' and more')
    const refused = await undo(harness, { folderId: 'f1', paths: ['a.txt'] })
    expect(refused.items).toMatchObject([{ outcome: 'refused', failure: { code: 'changed' } }])
    expect(read(harness, 'a.txt')).toBe('second one and more')
    const { items } = await undo(harness, { folderId: 'f1', paths: ['a.txt'], beside: true })
    expect(items).toMatchObject([{ outcome: 'beside' }])
    expect(items[0]!.writtenTo).toMatch(/^a \(earlier version .*\)\.txt$/)
    expect(read(harness, items[0]!.writtenTo!)).toBe('first')
    expect(read(harness, 'a.txt')).toBe('second one and more')
  })

  it('does nothing in a dry run and says what it would do', async () => {
    const harness = await start()
    await change(harness, 'a.txt', 'second one')
    expect(await undo(harness, { last: 1, dryRun: true })).toMatchObject({
      dryRun: true,
      items: [{ outcome: 'undone' }],
    })
    expect(read(harness, 'a.txt')).toBe('second one')
    expect(await undo(harness, { last: 1 })).toMatchObject({ items: [{ outcome: 'undone' }] })
  })

  it('takes each path to what it was before the first of several changes', async () => {
    const harness = await start()
    const sinceMs = harness.host.clock.now()
    await change(harness, 'a.txt', 'second one')
    await change(harness, 'a.txt', 'and a third')
    const { items } = await undo(harness, { folderId: 'f1', sinceMs })
    expect(items).toMatchObject([{ path: 'a.txt', outcome: 'undone' }])
    expect(read(harness, 'a.txt')).toBe('first')
  })

  it('refuses a version that is not what was kept, and changes nothing', async () => {
    const harness = await start()
    await change(harness, 'a.txt', 'second one')
    const [row] = harness.store.history.list({ undoable: true, limit: 1 })
    writeFileSync(join(harness.target, row!.kept!.token), 'other')
    expect(await undo(harness, { last: 1 })).toMatchObject({
      items: [{ outcome: 'failed', failure: { code: 'corrupt' } }],
    })
    expect(read(harness, 'a.txt')).toBe('second one')
    expect(readdirSync(harness.source).toSorted()).toEqual(['a.txt', 'd'])
  })

  it('finds what is kept at the target when the history is gone', async () => {
    const harness = await start()
    await change(harness, 'a.txt', 'second one')
    const { place } = harness
    await harness.stop()
    rmSync(join(place, 'state'), { recursive: true })
    running.pop()
    const again = await startEngine({ place })
    running.push(again)
    await again.until('protected')
    expect(await undo(again, { folderId: 'f1', paths: [''] })).toMatchObject({ items: [{ outcome: 'undone' }] })
    expect(read(again, 'a.txt')).toBe('first')
  })

  it('keeps nothing when keepDays is 0', async () => {
    const harness = await start({ settings: { keepDays: 0 } })
    await change(harness, 'a.txt', 'second one')
    expect(existsSync(join(harness.target, '.tidekeep/kept'))).toBe(false)
    expect(await undo(harness, { last: 1 })).toMatchObject({ items: [] })
  })
})

describe('undoing what a mirror deleted', () => {
  it('brings the file back and sends nothing again', async () => {
    const harness = await start({ folder: { mode: 'mirror' } })
    rmSync(join(harness.source, 'd/b.txt'))
    harness.watcher.hint(['d/b.txt'])
    await harness.engine.syncNow()
    await expect.poll(() => harness.activity.at(-1)?.method).toBe('delete')
    expect(existsSync(join(harness.target, 'd/b.txt'))).toBe(false)
    harness.activity.length = 0
    expect(await undo(harness, { last: 1 })).toMatchObject({
      items: [{ path: 'd/b.txt', why: 'deleted', outcome: 'undone' }],
    })
    expect(read(harness, 'd/b.txt')).toBe('bee')
    await harness.engine.syncNow()
    await harness.until('protected')
    expect(stored(harness, 'd/b.txt')).toBe('bee')
    // The look that the undo asks for and the one of the sync may both find it there already.
    expect(harness.activity.map(({ method }) => method)).toEqual(expect.arrayContaining(['undo', 'adopt']))
    expect(harness.activity.filter(({ method, bytesSent }) => bytesSent > 0 || method === 'whole')).toEqual([])
    expect(harness.store.baseline.get('f1' as FolderId, 'd/b.txt' as never)).toBeDefined()
  })
})

describe('undoing what was put out of the way', () => {
  it('brings back what somebody else had put at the target', async () => {
    const harness = await start({
      prepare: (source, target) => {
        writeFileSync(join(source, 'a.txt'), 'ours')
        mkdirSync(join(source, 'd'))
        writeFileSync(join(target, 'a.txt'), 'theirs')
      },
    })
    expect(stored(harness, 'a.txt')).toBe('ours')
    expect(await undo(harness, { last: 1 })).toMatchObject({ items: [{ why: 'foreign', outcome: 'undone' }] })
    expect(read(harness, 'a.txt')).toBe('theirs')
    expect(statSync(join(harness.source, 'a.txt')).isFile()).toBe(true)
  })
})
