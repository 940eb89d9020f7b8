import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FolderId } from '../../common/model.ts'
import type { Decision, DecidedItem } from '../../common/protocol.ts'
import { ConflictBench } from '../fakes/conflict-bench.ts'

const CALLER = { transport: 'direct' } as const
const TEXT = 'one\ntwo\nthree\nfour\nfive\n'

let bench: ConflictBench

beforeEach(async () => {
  bench = await ConflictBench.open()
})

afterEach(() => bench.close())

/** Decides one conflict as it is shown right now. */
async function decide(path: string, decision: Decision): Promise<DecidedItem> {
  const conflict = bench.store.conflicts.at(bench.folder.id as FolderId, path as never)!
  const request = { decision, conflicts: [bench.shown(conflict)], dryRun: false }
  const { items } = await bench.handlers['conflicts.resolve'](request, CALLER)
  return items[0]!
}

async function undo(...ids: number[]): Promise<readonly DecidedItem[]> {
  return (await bench.handlers['conflicts.undo']({ ids }, CALLER)).items
}

describe('deciding a conflict', () => {
  it.each([
    ['keep-local', 'mine', 'mine'],
    ['keep-remote', 'theirs', 'theirs'],
  ] as const)('by %s leaves one version on both sides, and keeps the other', async (kind, here, there) => {
    const { id } = await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    expect(await decide('a.txt', { kind })).toMatchObject({ outcome: 'decided' })
    expect(bench.store.conflicts.get(id)?.state).toBe('resolving')
    expect(bench.told).toBe(1)
    await bench.carryOut()
    expect([bench.read('source', 'a.txt'), bench.read('target', 'a.txt')]).toEqual([here, there])
    expect([...bench.contents('source'), ...bench.contents('target')]).toEqual(
      expect.arrayContaining(['mine', 'theirs']),
    )
    expect(bench.store.conflicts.get(id)).toMatchObject({ state: 'resolved', resolution: { kind } })
  })

  it('by keep-both gives the local version a name of its own', async () => {
    await bench.conflict('docs/a.txt', { local: 'mine', remote: 'theirs' })
    const item = await decide('docs/a.txt', { kind: 'keep-both' })
    expect(item.renamedTo).toMatch(/^docs\/a \(ADA-LAPTOP \d{4}-\d\d-\d\d\)\.txt$/)
    await bench.carryOut()
    expect(bench.read('source', 'docs/a.txt')).toBe('theirs')
    expect(bench.read('source', item.renamedTo!)).toBe('mine')
  })

  it('never takes a name that is there on one of the sides, and refuses one that a person gave', async () => {
    const { id } = await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    const { copyName } = await bench.handlers['conflicts.show']({ id }, CALLER)
    bench.write('target', copyName, 'in the way')
    expect(await decide('a.txt', { kind: 'keep-both', as: copyName })).toMatchObject({
      outcome: 'refused',
      failure: { code: 'invalid', message: expect.stringContaining('already something') as string },
    })
    for (const as of ['../b.txt', 'a.txt', 'x\u0000y', '..', 'n'.repeat(300)])
      expect(await decide('a.txt', { kind: 'keep-both', as })).toMatchObject({ outcome: 'refused' })
    expect(await decide('a.txt', { kind: 'keep-both' })).toMatchObject({
      outcome: 'decided',
      renamedTo: copyName.replace(').txt', ' 2).txt'),
    })
  })

  it('merges texts whose changes are in different places, and keeps both versions', async () => {
    const local = TEXT.replace('one', 'ONE')
    const remote = TEXT.replace('five', 'FIVE')
    const { id } = await bench.conflict('a.txt', { base: TEXT, local, remote })
    const { merge, choices, advice, evidence } = await bench.handlers['conflicts.show']({ id }, CALLER)
    expect(merge).toMatchObject({ isPossible: true, changes: { onlyLocal: 1, onlyRemote: 1 } })
    expect(choices).toContain('merge')
    expect(advice?.resolution).toBe('merge')
    expect(evidence).toMatchObject({ kind: 'text', onlyLocal: 2, onlyRemote: 2 })
    const digest = merge.isPossible ? merge.digest : ''
    expect(await decide('a.txt', { kind: 'merge', digest })).toMatchObject({ outcome: 'decided' })
    await bench.carryOut()
    const merged = 'ONE\ntwo\nthree\nfour\nFIVE\n'
    expect([bench.read('source', 'a.txt'), bench.read('target', 'a.txt')]).toEqual([merged, merged])
    expect(bench.contents('source')).toContain(local)
    expect(bench.contents('target')).toContain(remote)
    expect(bench.store.conflicts.get(id)?.resolution?.displaced?.map(({ side }) => side)).toEqual(['local', 'remote'])
  })

  it.each([
    [
      'the same line',
      { base: TEXT, local: TEXT.replace('two', 'TWO'), remote: TEXT.replace('two', '2') },
      /same lines/,
    ],
    ['what was never agreed on', { local: 'mine\n', remote: 'theirs\n' }, /Both are new/],
    ['bytes', { base: 'a\0b', local: 'a\0c', remote: 'a\0d' }, /Only texts/],
  ])('does not merge %s', async (_, versions, why) => {
    const { id } = await bench.conflict('a.txt', versions)
    const { merge, choices } = await bench.handlers['conflicts.show']({ id }, CALLER)
    expect(merge).toEqual({ isPossible: false, why: expect.stringMatching(why) as string })
    expect(choices).not.toContain('merge')
    expect(await decide('a.txt', { kind: 'merge' })).toMatchObject({
      outcome: 'refused',
      failure: { code: 'unsupported' },
    })
    expect(bench.read('source', 'a.txt')).toBe(versions.local)
    expect(bench.queued()).toEqual([])
  })

  it('refuses a merge that is not the one that was shown', async () => {
    await bench.conflict('a.txt', { base: TEXT, local: TEXT.replace('one', '1'), remote: TEXT.replace('five', '5') })
    expect(await decide('a.txt', { kind: 'merge', digest: 'ab'.repeat(32) })).toMatchObject({ outcome: 'moved' })
    expect(bench.read('source', 'a.txt')).toBe(TEXT.replace('one', '1'))
  })

  it.each(['source', 'target'] as const)('decides nothing where the %s changed since it was shown', async (side) => {
    const { id } = await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    bench.write(side, 'a.txt', 'newer still')
    const item = await decide('a.txt', { kind: 'keep-local' })
    expect(item).toMatchObject({ outcome: 'moved', failure: { code: 'precondition-failed' }, conflict: { id } })
    expect(item.conflict![side === 'source' ? 'local' : 'remote'].size).toBe(11)
    expect(bench.queued()).toEqual([])
    // What is shown then can be decided.
    expect(await decide('a.txt', { kind: 'keep-local' })).toMatchObject({ outcome: 'decided' })
  })

  it('decides nothing by versions that were shown before', async () => {
    const conflict = await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    const old = bench.shown(conflict)
    bench.write('target', 'a.txt', 'newer still')
    await bench.handlers['conflicts.show']({ id: conflict.id }, CALLER)
    const request = { decision: { kind: 'keep-local' }, conflicts: [old], dryRun: false } as const
    const { items, decided } = await bench.handlers['conflicts.resolve'](request, CALLER)
    expect(decided).toBe(0)
    expect(items[0]).toMatchObject({ outcome: 'moved', conflict: { remote: { size: 11 } } })
  })

  it('says so where one side has nothing any more, and leaves it to the next pass', async () => {
    await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    rmSync(join(bench.folder.target, 'a.txt'))
    expect(await decide('a.txt', { kind: 'keep-local' })).toMatchObject({ outcome: 'moved' })
    expect(bench.queued()).toEqual([])
  })

  it('offers the file, the folder or both where the target has a folder by now', async () => {
    const { id } = await bench.conflict('a', { local: 'mine', remote: 'x' })
    rmSync(join(bench.folder.target, 'a'))
    mkdirSync(join(bench.folder.target, 'a'))
    const { choices, conflict } = await bench.handlers['conflicts.show']({ id }, CALLER)
    expect(choices).toEqual(['keep-local', 'keep-remote', 'keep-both'])
    expect(conflict.remote.kind).toBe('directory')
    expect(await decide('a', { kind: 'merge' })).toMatchObject({ outcome: 'refused' })
  })
})

describe('deciding many at once', () => {
  it('takes what a query finds, as it was counted', async () => {
    for (const name of ['a.xlsx', 'b/c.xlsx', 'd.txt']) await bench.conflict(name, { local: 'mine', remote: 'theirs!' })
    const query = { pattern: '*.xlsx' }
    const decision = { kind: 'keep-both' } as const
    const dry = await bench.handlers['conflicts.resolve']({ decision, query, dryRun: true }, CALLER)
    expect(dry).toMatchObject({ decided: 0, counts: { conflicts: 2, localNewer: 2, remoteNewer: 0 } })
    expect(bench.queued()).toEqual([])
    const { seen } = dry.counts
    const done = await bench.handlers['conflicts.resolve']({ decision, query, seen, dryRun: false }, CALLER)
    expect(done.decided).toBe(2)
    expect(bench.queued().map(({ kind, path }) => [kind, path])).toEqual([
      ['keep-both', 'a.xlsx'],
      ['keep-both', 'b/c.xlsx'],
    ])
  })

  it('counts files against folders apart, before anything is decided', async () => {
    await bench.conflict('a', { local: 'mine', remote: 'theirs' })
    await bench.conflict('b', { local: 'mine', remote: 'theirs' })
    const { id } = await bench.conflict('c', { local: 'mine', remote: 'theirs' })
    rmSync(join(bench.folder.target, 'c'))
    mkdirSync(join(bench.folder.target, 'c'))
    await bench.handlers['conflicts.show']({ id }, CALLER)
    const request = { decision: { kind: 'keep-local' }, query: {}, dryRun: true } as const
    const { counts } = await bench.handlers['conflicts.resolve'](request, CALLER)
    expect(counts).toMatchObject({ conflicts: 3, againstFolder: 1, localNewer: 2, remoteNewer: 0 })
  })

  it('takes none where one is another by now, or was not counted', async () => {
    await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    const decision = { kind: 'keep-remote' } as const
    const { counts } = await bench.handlers['conflicts.resolve']({ decision, query: {}, dryRun: true }, CALLER)
    await bench.conflict('b.txt', { local: 'mine', remote: 'theirs' })
    const request = { decision, query: {}, seen: counts.seen, dryRun: false }
    await expect(bench.handlers['conflicts.resolve'](request, CALLER)).rejects.toMatchObject({
      code: 'precondition-failed',
    })
    await expect(
      bench.handlers['conflicts.resolve']({ decision, query: {}, dryRun: false }, CALLER),
    ).rejects.toMatchObject({ code: 'invalid' })
    expect(bench.queued()).toEqual([])
  })

  it('gives two copies in one folder names of their own', async () => {
    const names = ['x', 'y'].map((letter) => `${'long name '.repeat(26).slice(0, 240)}${letter}.txt`)
    for (const name of names) await bench.conflict(name, { local: 'mine', remote: 'theirs' })
    const conflicts = bench.store.conflicts.list({ limit: 10 }).map((each) => bench.shown(each))
    const request = { decision: { kind: 'keep-both' }, conflicts, dryRun: false } as const
    const { items } = await bench.handlers['conflicts.resolve'](request, CALLER)
    expect(new Set(items.map(({ renamedTo }) => renamedTo)).size).toBe(2)
    await bench.carryOut()
    expect(bench.contents('source').filter((content) => content === 'mine')).toHaveLength(2)
  })
})

describe('undoing a decision', () => {
  it.each(['keep-local', 'keep-remote', 'keep-both', 'merge'] as const)(
    'brings both versions of %s back, and the conflict',
    async (kind) => {
      const versions = { base: TEXT, local: TEXT.replace('one', 'ONE'), remote: TEXT.replace('five', 'FIVE') }
      const { id } = await bench.conflict('a.txt', versions)
      const { renamedTo } = await decide('a.txt', { kind })
      await bench.carryOut()
      expect(await undo(id)).toMatchObject([{ outcome: 'reopened', conflict: { id, state: 'open' } }])
      expect(bench.read('source', 'a.txt')).toBe(versions.local)
      expect(bench.read('target', 'a.txt')).toBe(versions.remote)
      if (renamedTo !== undefined) expect(() => bench.read('source', renamedTo)).toThrow(/ENOENT/)
      expect(bench.store.baseline.get(bench.folder.id as FolderId, 'a.txt' as never)).toBeUndefined()
      // It can be decided again.
      expect(await decide('a.txt', { kind: 'keep-remote' })).toMatchObject({ outcome: 'decided' })
      await bench.carryOut()
      expect(bench.read('source', 'a.txt')).toBe(versions.remote)
    },
  )

  it.each(['source', 'target'] as const)('touches nothing where the %s was changed since', async (side) => {
    const { id } = await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    await decide('a.txt', { kind: 'keep-local' })
    await bench.carryOut()
    bench.write(side, 'a.txt', 'newer')
    const other = side === 'source' ? 'target' : 'source'
    expect(await undo(id)).toMatchObject([{ outcome: 'moved', failure: { code: 'precondition-failed' } }])
    expect([bench.read(side, 'a.txt'), bench.read(other, 'a.txt')]).toEqual(['newer', 'mine'])
    expect(bench.store.conflicts.get(id)?.state).toBe('resolved')
  })

  it.each(['keep-local', 'merge'] as const)('takes a %s back that did not begin', async (kind) => {
    const versions = { base: TEXT, local: TEXT.replace('one', 'ONE'), remote: TEXT.replace('five', 'FIVE') }
    const { id } = await bench.conflict('a.txt', versions)
    await decide('a.txt', { kind })
    expect(await undo(id)).toMatchObject([{ outcome: 'reopened', conflict: { id, state: 'open' } }])
    expect(bench.queued()).toEqual([])
    expect([bench.read('source', 'a.txt'), bench.read('target', 'a.txt')]).toEqual([versions.local, versions.remote])
    expect(await decide('a.txt', { kind: 'keep-remote' })).toMatchObject({ outcome: 'decided' })
  })

  it('says so where it is being carried out in this moment', async () => {
    const { id } = await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    await decide('a.txt', { kind: 'keep-local' })
    bench.store.queue.claim(bench.folder.id as FolderId, 'small', 1)
    expect(await undo(id)).toMatchObject([{ outcome: 'failed', failure: { code: 'locked' } }])
    expect(bench.store.conflicts.get(id)?.state).toBe('resolving')
  })

  it('refuses what nobody decided', async () => {
    const { id } = await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    bench.store.conflicts.resolved(id, { kind: 'settled', atMs: 1 })
    expect(await undo(id)).toMatchObject([{ outcome: 'refused' }])
    await expect(undo(999)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('what helps to decide', () => {
  it('shows a picture of either side, and no text that calls itself one', async () => {
    const png = (last: number): Buffer => Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, last])
    const picture = await bench.conflict('a.png', { local: png(1), remote: png(2) })
    const { evidence } = await bench.handlers['conflicts.show']({ id: picture.id }, CALLER)
    expect(evidence).toEqual({
      kind: 'image',
      local: `data:image/png;base64,${png(1).toString('base64')}`,
      remote: `data:image/png;base64,${png(2).toString('base64')}`,
    })
    const svg = await bench.conflict('b.png', { local: '<svg onload="alert(1)"/>', remote: '<svg/>' })
    expect((await bench.handlers['conflicts.show']({ id: svg.id }, CALLER)).evidence.kind).toBe('text')
  })

  it('recommends the side that has all of the other, with the reason', async () => {
    const { id } = await bench.conflict('a.txt', { local: 'a\nb\n', remote: 'a\nb\nc\nd\n' })
    expect((await bench.handlers['conflicts.show']({ id }, CALLER)).advice).toEqual({
      resolution: 'keep-remote',
      reason: 'The target’s version has every line of the other, and 2 more lines.',
    })
    const old = await bench.conflict('b.txt', { base: 'x', local: 'a', remote: 'b', kind: 'rolled-back' })
    expect((await bench.handlers['conflicts.show']({ id: old.id }, CALLER)).advice).toMatchObject({
      resolution: 'keep-local',
    })
  })
})

describe('rules', () => {
  it('are asked in their order, the newest first, and go again', async () => {
    const rules = (name: string, pattern: string) =>
      bench.handlers['conflicts.addRule'](
        { folderId: bench.folder.id, rule: { pattern, resolution: name as 'newest' } },
        CALLER,
      )
    await rules('newest', '*.xlsx')
    await rules('keep-both', 'docs/')
    await rules('keep-local', '*.xlsx')
    const [listed] = await bench.handlers['conflicts.rules']({}, CALLER)
    expect(listed?.rules).toEqual([
      { pattern: '*.xlsx', resolution: 'keep-local' },
      { pattern: 'docs/', resolution: 'keep-both' },
    ])
    const remove = { folderId: bench.folder.id, pattern: '*.xlsx' }
    expect((await bench.handlers['conflicts.removeRule'](remove, CALLER))[0]?.rules).toHaveLength(1)
    await expect(bench.handlers['conflicts.removeRule'](remove, CALLER)).rejects.toMatchObject({ code: 'not-found' })
  })
})
