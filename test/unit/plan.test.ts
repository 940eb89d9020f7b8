import { describe, expect, it } from 'vitest'
import type { Change } from '../../common/model.ts'
import { judgeDeletions } from '../../main/engine/plan/guard.ts'
import { makePlan, type Policy } from '../../main/engine/plan/plan.ts'
import { baseDirectory, baseFile, localDirectory, localFile, rel, remoteFile } from '../fixtures/entries.ts'

const policy: Policy = {
  mode: 'mirror',
  deletionsAllowed: true,
  smallFileBytes: 1000,
  abilities: {
    directories: true,
    moves: true,
    metadata: true,
    maxObjectBytes: 5000,
    maxPathBytes: 40,
    maxSegmentBytes: 20,
    nameRules: 'posix',
  },
}

describe('plan', () => {
  it('lists names that a target with the rules of Windows refuses, a folder once for all in it', () => {
    const windows: Policy = { ...policy, abilities: { ...policy.abilities, nameRules: 'win32' } }
    const paths = ['fine.txt', 'what?', 'CON', 'end.', 'a:b', 'a:b/c', 'a:b/d/e']
    const plan = makePlan(
      paths.map((path) => ({ kind: 'created', path: rel(path), local: localFile(path) })),
      windows,
    )
    expect(plan.planned.map(({ action }) => action.path)).toEqual(['fine.txt'])
    expect(plan.problems.map(({ reason, path }) => `${reason} ${path}`)).toEqual([
      'bad-name what?',
      'bad-name CON',
      'bad-name end.',
      'bad-name a:b',
      'bad-name a:b',
      'bad-name a:b',
    ])
    expect(plan.problems[0]!.message).toBe(
      'The target cannot hold what?: a name in it has a character that Windows does not allow. Rename it.',
    )
  })

  it('sends new files only where the target has nothing, and changed ones only over what was agreed', () => {
    const plan = makePlan(
      [
        { kind: 'created', path: rel('n'), local: localFile('n') },
        { kind: 'modified', path: rel('m'), local: localFile('m'), base: baseFile('m', { etag: '"e1"' }) },
      ],
      policy,
    )
    expect(plan.planned.map(({ action }) => [action.kind, action.expect])).toEqual([
      ['upload', { kind: 'absent' }],
      ['upload', { kind: 'etag', etag: '"e1"' }],
    ])
  })

  it('never deletes at the target in backup mode', () => {
    const plan = makePlan([{ kind: 'removed', path: rel('a'), base: baseFile('a') }], { ...policy, mode: 'backup' })
    expect([...plan.planned, ...plan.deletions]).toEqual([])
  })

  it('deletes in mirror mode only what it knows, and only once source and target were compared', () => {
    const removed = [{ kind: 'removed', path: rel('a'), base: baseFile('a', { etag: '"e"' }) }] as const
    expect(makePlan(removed, policy).deletions.map(({ action }) => action.expect)).toEqual([
      { kind: 'etag', etag: '"e"' },
    ])
    expect(makePlan(removed, { ...policy, deletionsAllowed: false }).deletions).toEqual([])
  })

  it('forgets what the target does not hold either: there is nothing to delete, and nothing to hold back', () => {
    const removed = [{ kind: 'removed', path: rel('a'), base: baseFile('a'), isGone: true }] as const
    const plan = makePlan(removed, policy)
    expect(plan.planned.map(({ action }) => action.kind)).toEqual(['forget'])
    expect(plan.deletions).toEqual([])
    expect(makePlan(removed, { ...policy, deletionsAllowed: false }).planned).toEqual([])
  })

  it('forgets in backup mode what the target has no more: back as it was, it would pass for safe', () => {
    const removed = { kind: 'removed', path: rel('a'), base: baseFile('a') } as const
    const kindsOf = (change: Change): readonly string[] => {
      const { planned, deletions } = makePlan([change], { ...policy, mode: 'backup' })
      return [...planned, ...deletions].map(({ action }) => action.kind)
    }
    expect(kindsOf({ ...removed, isGone: true })).toEqual(['forget'])
    expect(kindsOf({ ...removed, isOther: true })).toEqual(['forget'])
    expect(kindsOf(removed)).toEqual([])
  })

  it('moves where the target can, and uploads where it cannot', () => {
    const moved = [
      { kind: 'moved', path: rel('b'), from: rel('a'), local: localFile('b'), base: baseFile('a') },
    ] as const
    expect(makePlan(moved, policy).planned[0]?.action.kind).toBe('move')
    expect(
      makePlan(moved, { ...policy, abilities: { ...policy.abilities, moves: false } }).planned[0]?.action.kind,
    ).toBe('upload')
  })

  it('compares before it overwrites anything it did not put there', () => {
    const plan = makePlan(
      [
        { kind: 'both-present', path: rel('a'), local: localFile('a'), remote: remoteFile('a', { etag: '"x"' }) },
        {
          kind: 'remote-drifted',
          path: rel('b'),
          local: localFile('b'),
          base: baseFile('b'),
          remote: remoteFile('b', { etag: '"y"' }),
        },
        { kind: 'remote-drifted', path: rel('c'), local: localFile('c'), base: baseFile('c'), remote: undefined },
      ],
      policy,
    )
    expect(plan.planned.map(({ action }) => [action.kind, action.expect])).toEqual([
      ['adopt', { kind: 'etag', etag: '"x"' }],
      ['adopt', { kind: 'etag', etag: '"y"' }],
      ['upload', { kind: 'absent' }],
    ])
  })

  it('leaves directories out where the target has none', () => {
    const changes = [
      { kind: 'created', path: rel('d'), local: localDirectory('d') },
      { kind: 'metadata', path: rel('e'), local: localDirectory('e', 0o700), base: baseDirectory('e') },
    ] as const
    expect(makePlan(changes, policy).planned.map(({ action }) => action.kind)).toEqual(['make-directory', 'metadata'])
    expect(
      makePlan(changes, { ...policy, abilities: { ...policy.abilities, directories: false, metadata: false } }).planned,
    ).toEqual([])
  })

  it('takes the file away that became a folder, where the target has none: nothing else would take its place', () => {
    const change = { kind: 'created', path: rel('d'), local: localDirectory('d'), base: baseFile('d') } as const
    const flat = { ...policy, abilities: { ...policy.abilities, directories: false } }
    expect(makePlan([change], flat)).toMatchObject({
      planned: [],
      deletions: [{ action: { kind: 'delete', path: 'd' } }],
    })
    for (const keeping of [
      { ...flat, mode: 'backup' },
      { ...flat, deletionsAllowed: false },
    ] as const)
      expect(makePlan([change], keeping)).toMatchObject({ planned: [], deletions: [] })
  })

  it('gives small files a lane of their own', () => {
    const plan = makePlan(
      [
        { kind: 'created', path: rel('s'), local: localFile('s', { size: 1000 }) },
        { kind: 'created', path: rel('l'), local: localFile('l', { size: 1001 }) },
      ],
      policy,
    )
    expect(plan.planned.map(({ lane }) => lane)).toEqual(['small', 'large'])
  })

  it('lists what the target cannot hold, with the limit, instead of trying', () => {
    const plan = makePlan(
      [
        { kind: 'created', path: rel('ü'.repeat(11)), local: localFile('ü'.repeat(11)) },
        { kind: 'created', path: rel('a/'.repeat(25) + 'b'), local: localFile('a/'.repeat(25) + 'b') },
        { kind: 'created', path: rel('big'), local: localFile('big', { size: 5001 }) },
        { kind: 'created', path: rel('fits'), local: localFile('fits') },
      ],
      policy,
    )
    expect(plan.planned.map(({ action }) => action.path)).toEqual(['fits'])
    expect(plan.problems.map(({ message }) => message.match(/\d+ bytes/)?.[0])).toEqual([
      '20 bytes',
      '40 bytes',
      '5000 bytes',
    ])
  })

  it('counts UTF-8 bytes as the target does', () => {
    const name = '𝄞é€a'
    const bytes = Buffer.byteLength(name)
    const change = [{ kind: 'created', path: rel(name), local: localFile(name) }] as const
    const fits = (maxSegmentBytes: number): number =>
      makePlan(change, { ...policy, abilities: { ...policy.abilities, maxSegmentBytes } }).planned.length
    expect([fits(bytes), fits(bytes - 1)]).toEqual([1, 0])
  })
})

describe('the guard on deletions', () => {
  const limits = { guardFiles: 50, guardPercent: 10 }
  const totals = { deletions: 0, deletedBytes: 0, baselineFiles: 1000, localFiles: 900 }

  it('lets through up to the larger of the two limits and not one more', () => {
    expect(judgeDeletions({ ...totals, deletions: 100 }, limits)).toBeUndefined()
    expect(judgeDeletions({ ...totals, deletions: 101 }, limits)?.reason).toBe('mass-delete')
    expect(judgeDeletions({ ...totals, deletions: 50, baselineFiles: 60 }, limits)).toBeUndefined()
    expect(judgeDeletions({ ...totals, deletions: 51, baselineFiles: 60 }, limits)?.reason).toBe('mass-delete')
  })

  it('holds everything when the source was emptied, however small it was', () => {
    expect(judgeDeletions({ ...totals, deletions: 3, baselineFiles: 3, localFiles: 0 }, limits)?.reason).toBe(
      'source-emptied',
    )
  })
})
