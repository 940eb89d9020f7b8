import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { UndoRequest, UndoView } from '../../common/protocol.ts'
import { createActivityHandlers } from '../../main/api/activity.ts'
import { openTarget } from '../../main/providers/registry.ts'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'

let harness: Harness

beforeEach(async () => {
  harness = await startEngine({
    folder: { mode: 'two-way' },
    prepare: (source) => {
      mkdirSync(join(source, 'd'))
      writeFileSync(join(source, 'a.txt'), 'first')
      writeFileSync(join(source, 'd/b.txt'), 'bee')
      writeFileSync(join(source, 'c.txt'), 'stays')
    },
  })
  await harness.until('protected')
})
afterEach(() => harness.remove())

/** As a window or the command line asks. */
function undo(request: Partial<UndoRequest>): Promise<UndoView> {
  const { host, pool, store, engine } = harness
  const handlers = createActivityHandlers({
    store,
    settings: { get: () => harness.settings, update: async () => undefined },
    host,
    engine,
    openTarget: (location) =>
      openTarget(location, {}, { host, pool, secrets: { get: async () => undefined } as never }),
  })
  return handlers['activity.undo']({ dryRun: false, beside: false, ...request }, { transport: 'direct' })
}

const read = (side: 'source' | 'target', path: string): string | undefined =>
  existsSync(join(harness[side], path)) ? readFileSync(join(harness[side], path), 'utf8') : undefined

async function sync(): Promise<void> {
  await harness.engine.syncNow()
  await harness.until('protected')
}

describe('what a two-way folder had done to it', () => {
  it('is undone where a file was replaced, and goes to the target as an edit; that can be undone again', async () => {
    writeFileSync(join(harness.target, 'a.txt'), 'edited there')
    await sync()
    expect(read('source', 'a.txt')).toBe('edited there')
    const { items } = await undo({ last: 1 })
    expect(items).toMatchObject([{ path: 'a.txt', why: 'replaced', keptAt: 'source', outcome: 'undone' }])
    expect(read('source', 'a.txt')).toBe('first')
    await sync()
    expect(read('target', 'a.txt')).toBe('first')
    await undo({ paths: ['a.txt'] })
    expect(read('source', 'a.txt')).toBe('edited there')
  })

  it('is undone where a file was deleted, which both sides then have again', async () => {
    rmSync(join(harness.target, 'd/b.txt'))
    await sync()
    expect(read('source', 'd/b.txt')).toBeUndefined()
    const dry = await undo({ last: 1, dryRun: true })
    expect(dry.items).toMatchObject([{ path: 'd/b.txt', why: 'deleted', keptAt: 'source', outcome: 'undone' }])
    expect(read('source', 'd/b.txt')).toBeUndefined()
    await undo({ last: 1 })
    await sync()
    expect([read('source', 'd/b.txt'), read('target', 'd/b.txt')]).toEqual(['bee', 'bee'])
  })

  it('is undone where a file was renamed: it gets its old name back, and the target follows', async () => {
    renameSync(join(harness.target, 'd/b.txt'), join(harness.target, 'new name.txt'))
    await sync()
    expect([read('source', 'd/b.txt'), read('source', 'new name.txt')]).toEqual([undefined, 'bee'])
    const { items } = await undo({ last: 1 })
    expect(items).toMatchObject([{ path: 'd/b.txt', why: 'renamed', keptAt: 'source', outcome: 'undone' }])
    await sync()
    expect([read('source', 'd/b.txt'), read('target', 'd/b.txt')]).toEqual(['bee', 'bee'])
    expect([read('source', 'new name.txt'), read('target', 'new name.txt')]).toEqual([undefined, undefined])
  })

  it('leaves alone what was edited since, on either side', async () => {
    writeFileSync(join(harness.target, 'a.txt'), 'edited there')
    renameSync(join(harness.target, 'c.txt'), join(harness.target, 'other.txt'))
    await sync()
    writeFileSync(join(harness.source, 'a.txt'), 'edited here since')
    writeFileSync(join(harness.source, 'other.txt'), 'and this, too')
    const { items } = await undo({ last: 2 })
    expect(items.map(({ path, outcome }) => `${path} ${outcome}`).toSorted()).toEqual([
      'a.txt refused',
      'c.txt refused',
    ])
    expect(read('source', 'a.txt')).toBe('edited here since')
    expect(read('source', 'other.txt')).toBe('and this, too')
    const beside = await undo({ paths: ['a.txt'], beside: true })
    expect(read('source', beside.items[0]!.writtenTo!)).toBe('first')
  })
})
