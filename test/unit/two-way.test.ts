import { describe, expect, it } from 'vitest'
import type { BaselineEntry, Change, Entry, RelPath } from '../../common/model.ts'
import { BothWays } from '../../main/engine/diff/both-ways.ts'
import { judgeRemovals } from '../../main/engine/plan/guard.ts'
import { makePlan, type Policy } from '../../main/engine/plan/plan.ts'
import { assertTwoWay } from '../../main/engine/two-way.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'

const PATH = 'a' as RelPath
const at = (path: string): RelPath => path as RelPath
const never = new AbortController().signal

const local = (version = 1, path = PATH): Entry => ({
  path,
  kind: 'file',
  size: 10,
  mtimeNs: BigInt(version) * 1_000_000_000n,
  mode: 0o644,
  identity: { inode: '1:1', ctimeNs: BigInt(version) },
})
const remote = (version = 1, path = PATH): Entry => ({
  path,
  kind: 'file',
  size: 10,
  mtimeNs: BigInt(version) * 1_000_000_000n,
  etag: `"${version}"`,
})
const base = (path = PATH): BaselineEntry => ({
  path,
  kind: 'file',
  size: 10,
  mtimeNs: 1_000_000_000n,
  mode: 0o644,
  identity: { inode: '1:1', ctimeNs: 1n },
  contentHash: 'h1',
  remote: { etag: '"1"', size: 10, verifiedBy: 'checksum' },
  recordedAtMs: 0,
})
const folder = (path = PATH): Entry => ({ path, kind: 'directory', size: 0, mtimeNs: 0n, mode: 0o755 })

function rules(over: Partial<ConstructorParameters<typeof BothWays>[0]> = {}): BothWays {
  return new BothWays({ isLeftOut: () => false, isInConflict: () => false, mayHaveMoved: true, ...over })
}

const POLICY: Policy = {
  mode: 'two-way',
  deletionsAllowed: true,
  smallFileBytes: 100,
  abilities: {
    directories: true,
    moves: true,
    metadata: true,
    maxObjectBytes: 1000,
    maxPathBytes: 100,
    maxSegmentBytes: 50,
    nameRules: 'posix',
  },
  source: { maxObjectBytes: 1000, maxPathBytes: 100, maxSegmentBytes: 50, nameRules: 'win32' },
}

const changesOf = (both: BothWays, ...found: ReturnType<BothWays['arrived']>[]): readonly Change[] => [
  ...found.filter((change) => typeof change === 'object'),
  ...both.late(),
]

describe('the three trees, compared in both directions', () => {
  it.each([
    ['nothing changed', local(1), remote(1), []],
    ['changed here', local(2), remote(1), ['modified']],
    ['changed there', local(1), remote(2), ['remote-changed']],
    ['gone there', local(1), undefined, ['remote-removed']],
    ['changed on both sides', local(2), remote(2), ['both-changed']],
    ['changed here, gone there', local(2), undefined, ['remote-drifted']],
    ['a folder there now', local(1), folder(), ['remote-changed']],
    ['a folder here now', folder(), remote(1), ['created']],
    ['a folder here now, changed there', folder(), remote(2), ['both-changed']],
  ] as const)('%s', (_what, here, there, kinds) => {
    const both = rules()
    expect(changesOf(both, both.compare(here, base(), there)).map(({ kind }) => kind)).toEqual(kinds)
  })

  it('bring what the source lost and the target changed, and leave the rest of what the source lost to the target', () => {
    const both = rules()
    expect(both.arrived(remote(1), base())).toBeUndefined()
    expect(both.arrived(remote(2), base())).toMatchObject({ kind: 'remote-created', base: base() })
  })

  it('are blind to what the ignore rules leave out', () => {
    expect(rules({ isLeftOut: () => true }).arrived(remote(2), base())).toBe('left-out')
  })

  it('take the same content under another name for a rename, each only once, and never into a conflict', () => {
    const moved = (isInConflict: () => boolean): readonly string[] => {
      const both = rules({ isInConflict })
      const found = [
        both.compare(local(1, at('old')), base(at('old')), undefined),
        both.arrived(remote(1, at('new')), undefined),
        both.arrived(remote(1, at('copy')), undefined),
      ]
      return changesOf(both, ...found).map(({ kind, path }) => `${kind} ${path}`)
    }
    expect(moved(() => false)).toEqual(['remote-moved new', 'remote-created copy'])
    expect(moved(() => true)).toEqual(['remote-created new', 'remote-created copy', 'remote-removed old'])
  })

  it('take nothing for a rename to where a name gives way here', () => {
    const both = rules()
    both.compare(local(1, at('old')), base(at('old')), undefined)
    both.arrived(remote(1, at('Loser/new')), undefined)
    expect([...both.late((path) => !path.startsWith('Loser'))].map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'remote-removed old',
    ])
  })

  it('take another size, another time or an empty file for no rename', () => {
    for (const other of [{ ...remote(1), size: 11 }, remote(3), { ...remote(1), size: 0 }]) {
      const both = rules()
      const found = [
        both.compare(local(1, at('old')), base(at('old')), undefined),
        both.arrived({ ...other, path: at('new') }, undefined),
      ]
      expect(changesOf(both, ...found).map(({ kind }) => kind)).toEqual(['remote-created', 'remote-removed'])
    }
  })
})

describe('a plan for both directions', () => {
  const planOf = (...changes: readonly Change[]) => makePlan(changes, POLICY)

  it('compares what both sides have and never agreed on, and never puts anything aside', () => {
    const { planned } = planOf({ kind: 'both-present', path: PATH, local: local(), remote: remote(2) })
    expect(planned).toMatchObject([{ action: { kind: 'settle', expect: { kind: 'etag', etag: '"2"' } } }])
  })

  it('keeps removals from the source apart, and plans none before both sides were compared', () => {
    const change = { kind: 'remote-removed', path: PATH, local: local(), base: base() } as const
    expect(planOf(change)).toMatchObject({
      planned: [],
      deletions: [],
      removals: [{ action: { kind: 'remove-local' } }],
    })
    expect(makePlan([change], { ...POLICY, deletionsAllowed: false }).removals).toEqual([])
  })

  it('lists what this computer cannot hold, and does not fetch it', () => {
    const { planned, problems } = planOf({ kind: 'remote-created', path: at('con'), remote: remote(2, at('con')) })
    expect(planned).toEqual([])
    expect(problems).toMatchObject([{ path: 'con', reason: 'bad-name' }])
    expect(problems[0]!.message).toMatch(/^This computer cannot hold con/)
  })

  it('sends large downloads in the lane of large files', () => {
    const large = { ...remote(2), size: 101 }
    expect(planOf({ kind: 'remote-created', path: PATH, remote: large }).planned).toMatchObject([{ lane: 'large' }])
  })

  it('takes neither links nor special files', () => {
    const link = { ...remote(2), kind: 'symlink' } as const
    expect(planOf({ kind: 'remote-created', path: PATH, remote: link }).planned).toEqual([])
  })
})

describe('removals from the source', () => {
  const removals = Array.from({ length: 3 }, (_, index) => {
    const path = at(`f${index}`)
    return {
      action: { kind: 'remove-local', path, local: local(1, path), base: base(path), expect: { kind: 'absent' } },
    } as const
  })
  const limits = { guardFiles: 2, guardPercent: 10 }

  it('wait for a person where there are more than are allowed, or where the target is empty', () => {
    expect(judgeRemovals(removals, { known: 10, remoteFiles: 7, recent: 3 }, limits)).toMatchObject({
      reason: 'mass-delete-here',
      count: 3,
      bytes: 30,
    })
    expect(judgeRemovals(removals.slice(2), { known: 10, remoteFiles: 9, recent: 1 }, limits)).toBeUndefined()
    expect(judgeRemovals(removals.slice(2), { known: 2, remoteFiles: 0, recent: 1 }, limits)).toBeDefined()
  })
})

describe('a target of two-way mode', () => {
  const memory = createMemoryProvider({ name: 'm' })
  const without: TargetProvider = {
    location: 's3://bucket',
    features: { limits: memory.features.limits, preconditions: 'checked' },
    list: (path, options) => memory.list(path, options),
    stat: (path, options) => memory.stat(path, options),
    read: (path, options) => memory.read(path, options),
    put: (path, content, options) => memory.put(path, content, options),
    remove: (path, options) => memory.remove(path, options),
    close: () => memory.close(),
  }

  it('enforces preconditions, is on this computer, or keeps every version', async () => {
    await assertTwoWay(memory, 'x', never)
    await assertTwoWay({ ...without, location: '/mnt/disk' }, 'x', never)
    await assertTwoWay({ ...without, location: 'onedrive://me/folder' }, 'x', never)
  })

  it('is tried where that is not known, and refused in one sentence where it does not', async () => {
    await expect(assertTwoWay(without, 'x', never)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/two-way mode is not safe/) as string,
    })
    const left: string[] = []
    for await (const page of memory.list('.tidekeep' as RelPath, { signal: never }))
      left.push(...page.map(({ path }) => path))
    expect(left).toEqual([])
  })
})
