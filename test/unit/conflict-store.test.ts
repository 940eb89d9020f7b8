import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ConflictId, FoundConflict } from '../../common/conflict.ts'
import type { FolderId, Kept } from '../../common/model.ts'
import { FOLDER, baselineEntry, localEntry, openBench, rel } from './state-support.ts'

const OTHER = 'pictures' as FolderId

function conflict(path: string, version = 1, more: Partial<FoundConflict> = {}): FoundConflict {
  return {
    path: rel(path),
    kind: 'edit-edit',
    local: { entry: localEntry(path, version), contentHash: 'ab'.repeat(32) },
    remote: {
      entry: {
        path: rel(path),
        kind: 'file',
        size: 7,
        mtimeNs: 1_700_000_000_000_000_009n,
        etag: `"r${version}"`,
        versionId: `v${version}`,
      },
    },
    base: baselineEntry(path),
    ...more,
  }
}

const KEPT: Kept = { path: rel('a'), why: 'replaced', sizeBytes: 7, token: 'kept/1', contentHash: 'cd'.repeat(32) }

describe('the store of conflicts', () => {
  it('gives back what was found, after it was closed and opened again', async () => {
    const bench = await openBench()
    const found = bench.store.conflicts.found(FOLDER, conflict('a/b.txt'), 5_000)
    expect(found).toEqual({
      ...conflict('a/b.txt'),
      id: found.id,
      folderId: FOLDER,
      state: 'open',
      detectedAtMs: 5_000,
    })
    const { store } = await bench.reopen()
    expect(store.conflicts.get(found.id)).toEqual(found)
    expect(store.conflicts.at(FOLDER, rel('a/b.txt'))).toEqual(found)
    expect(store.conflicts.at(OTHER, rel('a/b.txt'))).toBeUndefined()
    store.close()
  })

  it('holds one unresolved conflict a path: found again, it gets the new versions and is open', async () => {
    const { store } = await openBench()
    const first = store.conflicts.found(FOLDER, conflict('a'), 1_000)
    store.conflicts.resolving(first.id)
    const again = store.conflicts.found(FOLDER, conflict('a', 2, { kind: 'rolled-back' }), 9_000)
    expect(again).toMatchObject({ id: first.id, state: 'open', kind: 'rolled-back', detectedAtMs: 1_000 })
    expect(again.remote.entry.etag).toBe('"r2"')
    expect(store.conflicts.count()).toBe(1)
    store.close()
  })

  it('opens a new one where the last at the path was resolved', async () => {
    const { store } = await openBench()
    const first = store.conflicts.found(FOLDER, conflict('a'), 1_000)
    store.conflicts.resolved(first.id, { kind: 'settled', atMs: 2_000 })
    const second = store.conflicts.found(FOLDER, conflict('a', 2), 3_000)
    expect(second.id).toBeGreaterThan(first.id)
    expect(store.conflicts.at(FOLDER, rel('a'))?.id).toBe(second.id)
    expect(store.conflicts.get(first.id)?.state).toBe('resolved')
    store.close()
  })

  it('keeps how one ended, and does not let it end twice', async () => {
    const bench = await openBench()
    const { id } = bench.store.conflicts.found(FOLDER, conflict('a'), 1_000)
    bench.store.conflicts.resolving(id)
    expect(bench.store.conflicts.get(id)?.state).toBe('resolving')
    const resolution = {
      kind: 'keep-both',
      rule: '*.txt',
      atMs: 2_000,
      renamedTo: rel('a (HOST 2026-11-21)'),
      displaced: [
        { side: 'local', kept: KEPT },
        { side: 'remote', kept: KEPT },
      ],
    } as const
    bench.store.conflicts.resolved(id, resolution)
    const { store } = await bench.reopen()
    store.conflicts.resolved(id, { kind: 'settled', atMs: 3_000 })
    store.conflicts.resolving(id)
    expect(store.conflicts.get(id)).toMatchObject({ state: 'resolved', resolution })
    expect(store.conflicts.count(FOLDER)).toBe(0)
    store.close()
  })

  it('opens a resolved one again with the versions of now, in the place of any other at its path', async () => {
    const { store } = await openBench()
    const first = store.conflicts.found(FOLDER, conflict('a'), 1_000)
    store.conflicts.resolved(first.id, { kind: 'keep-local', atMs: 2_000, displaced: [{ side: 'remote', kept: KEPT }] })
    const second = store.conflicts.found(FOLDER, conflict('a', 2), 3_000)
    const { local, remote } = conflict('a', 3)
    store.conflicts.reopen(first.id, { local, remote })
    const open = store.conflicts.get(first.id)
    expect(open).toMatchObject({ state: 'open', local, remote, detectedAtMs: 1_000 })
    expect(open).not.toHaveProperty('resolution')
    expect(store.conflicts.get(second.id)).toBeUndefined()
    expect(store.conflicts.count()).toBe(1)
    const folder = { entry: { ...remote.entry, kind: 'directory' } } as const
    store.conflicts.reopen(first.id, { local, remote: folder })
    expect(store.conflicts.get(first.id)).toMatchObject({ kind: 'type', remote: folder })
    store.conflicts.reopen(first.id, { local, remote })
    expect(store.conflicts.get(first.id)).toMatchObject({ kind: 'edit-edit' })
    expect(() => store.conflicts.reopen(999 as ConflictId, { local, remote })).toThrow(/no conflict 999/)
    store.close()
  })
})

describe('listing conflicts', () => {
  it('goes by folder, state, kind and place, in pages, in either order', async () => {
    const { store } = await openBench()
    const { conflicts } = store
    const paths = ['a/1', 'a/2', 'a-b', 'b/3']
    const ids = paths.map((path) => conflicts.found(FOLDER, conflict(path), 1).id)
    conflicts.found(OTHER, conflict('a/1', 1, { kind: 'create-create' }), 1)
    conflicts.resolving(ids[1]!)
    conflicts.resolved(ids[3]!, { kind: 'settled', atMs: 1 })
    const listed = (filter: Parameters<typeof conflicts.list>[0]) => conflicts.list(filter).map(({ path }) => path)
    expect(listed({ limit: 10 })).toEqual([...paths, 'a/1'])
    expect(listed({ limit: 10, folderId: FOLDER, state: 'unresolved' })).toEqual(['a/1', 'a/2', 'a-b'])
    expect(listed({ limit: 10, folderId: FOLDER, state: 'open' })).toEqual(['a/1', 'a-b'])
    expect(listed({ limit: 10, state: 'resolved' })).toEqual(['b/3'])
    expect(listed({ limit: 10, kind: 'create-create' })).toEqual(['a/1'])
    expect(listed({ limit: 10, folderId: FOLDER, scope: rel('a') })).toEqual(['a/1', 'a/2'])
    expect(listed({ limit: 10, folderId: FOLDER, scope: rel('a/2') })).toEqual(['a/2'])
    expect(listed({ limit: 2, folderId: FOLDER, after: ids[0]! })).toEqual(['a/2', 'a-b'])
    expect(listed({ limit: 2, folderId: FOLDER, order: 'newest-first' })).toEqual(['b/3', 'a-b'])
    expect(listed({ limit: 2, folderId: FOLDER, order: 'newest-first', after: ids[1]! })).toEqual(['a/1'])
    expect(listed({ limit: 10, folderId: 'unknown' as FolderId })).toEqual([])
    expect([conflicts.count(), conflicts.count(FOLDER), conflicts.count(OTHER)]).toEqual([4, 3, 1])
    store.close()
  })

  it('is not stopped by a damaged row, which is written anew when it is found again', async () => {
    const bench = await openBench()
    const first = bench.store.conflicts.found(FOLDER, conflict('a'), 1)
    bench.store.conflicts.found(FOLDER, conflict('b'), 1)
    bench.store.close()
    const database = new DatabaseSync(join(bench.host.paths.state, 'state.db'))
    database.prepare("UPDATE conflicts SET versions = '{}' WHERE id = ?").run(first.id)
    database.close()
    const { store } = await openBench(bench.host)
    expect(store.conflicts.list({ limit: 10 }).map(({ path }) => path)).toEqual(['b'])
    expect(store.conflicts.found(FOLDER, conflict('a', 2), 5)).toMatchObject({ id: first.id, state: 'open' })
    expect(store.conflicts.list({ limit: 10 }).map(({ path }) => path)).toEqual(['a', 'b'])
    store.close()
  })

  it('counts right after a change that was rolled back', async () => {
    const { store } = await openBench()
    store.conflicts.found(FOLDER, conflict('a'), 1)
    const failed = (): unknown =>
      store.transaction(() => {
        store.conflicts.found(FOLDER, conflict('b'), 1)
        expect(store.conflicts.count()).toBe(2)
        throw new Error('no')
      })
    expect(failed).toThrow('no')
    expect(store.conflicts.count()).toBe(1)
    store.close()
  })
})

describe('forgetting conflicts', () => {
  it('takes those that ended long ago, or all of a folder', async () => {
    const { store } = await openBench()
    const { conflicts } = store
    const [old, young] = ['old', 'young'].map((path) => conflicts.found(FOLDER, conflict(path), 1).id)
    conflicts.found(FOLDER, conflict('open'), 1)
    conflicts.found(OTHER, conflict('other'), 1)
    conflicts.resolved(old!, { kind: 'settled', atMs: 1_000 })
    conflicts.resolved(young!, { kind: 'settled', atMs: 2_000 })
    expect(conflicts.prune(2_000)).toBe(1)
    expect(conflicts.list({ limit: 10 }).map(({ path }) => path)).toEqual(['young', 'open', 'other'])
    conflicts.clear(FOLDER)
    expect(conflicts.list({ limit: 10 }).map(({ path }) => path)).toEqual(['other'])
    expect(conflicts.count()).toBe(1)
    store.close()
  })
})
