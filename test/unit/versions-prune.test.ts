import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import type { KeptVersion, TargetProvider } from '../../main/providers/provider.ts'
import { CommandLineWorld, jsonLines } from '../fakes/command-line.ts'

const GIB = 1024 ** 3
const DAY_MS = 86_400_000
const TARGET = 's3://bucket/prefix'

/** A target that keeps versions of one file, so many days old each, and says which were removed. */
function worldOf(days: readonly number[], needed: readonly string[] = []) {
  const world = Object.assign(new CommandLineWorld(), { removed: [] as string[] })
  const versions = (nowMs: number): readonly KeptVersion[] =>
    days.map((each) => ({
      path: 'a.txt' as RelPath,
      why: 'replaced',
      keptAtMs: nowMs - each * DAY_MS,
      storedAtMs: 0,
      sizeBytes: 10 * GIB,
      token: `v${each}`,
      keptBy: 'tidekeep',
    }))
  world.ports.openRecords = async () => ({
    records: {} as never,
    trees: 0,
    s3: {},
    isNeeded: (path) => needed.includes(path),
    markChanges: () => () => [],
    close: () => undefined,
  })
  world.ports.openTarget = async (host, location) => {
    const features = {
      keptVersions: async function* () {
        for (const version of versions(host.clock.now())) if (!world.removed.includes(version.token)) yield version
      },
      removeKept: async ({ token }: KeptVersion) => void world.removed.push(token),
    }
    const stat = async () => ({ path: 'a.txt', kind: 'file', size: 1, mtimeNs: 0n })
    const target = { location, features, stat } as unknown as TargetProvider
    return { target, requests: () => ({}), close: async () => {} }
  }
  return world
}

describe('versions prune', () => {
  it('says of each version that is due why, and what letting it go frees', async () => {
    const world = worldOf([1, 40, 41])
    const ran = await world.run('versions', 'prune', TARGET)
    expect(ran.exitCode).toBe(0)
    expect(world.removed).toEqual(['v41', 'v40'])
    expect(ran.stdout).toMatch(/a\.txt +until .* 10\u00a0GiB +gone: old enough/)
    expect(ran.stdout).toContain('2 earlier versions (20\u00a0GiB, $0.46 a month)')
    expect(ran.stdout).toContain('All versions for 30 days; the last one of what is gone always.')
  })

  it('tells of one version as of one', async () => {
    const ran = await worldOf([1]).run('versions', 'prune', TARGET)
    expect(ran.stdout).toMatch(/1 earlier version \(10\u00a0GiB.*\) is kept at .*; "tidekeep undo" brings it back\./)
  })

  it('removes nothing in a dry run', async () => {
    const world = worldOf([40])
    const ran = await world.run('versions', 'prune', TARGET, '--dry-run')
    expect(ran.stdout).toContain('would go: old enough')
    expect(world.removed).toEqual([])
  })

  it('takes a week of what is due, and all of it with --all', async () => {
    const world = worldOf([40, 100])
    await world.run('versions', 'prune', TARGET)
    expect(world.removed).toEqual(['v100'])
    const all = worldOf([40, 100])
    await all.run('versions', 'prune', TARGET, '--all')
    expect(all.removed).toEqual(['v100', 'v40'])
  })

  it('goes by the settings, and by what something living needs', async () => {
    const world = worldOf([40, 100])
    world.settings = { ...DEFAULT_SETTINGS, keepMonthlyMonths: 'forever' }
    await world.run('versions', 'prune', TARGET, '--all')
    expect(world.removed).toEqual([])
    const needed = worldOf([40, 100], ['a.txt'])
    expect((await needed.run('versions', 'prune', TARGET, '--all')).exitCode).toBe(0)
    expect(needed.removed).toEqual([])
  })

  it('gives programs every version, what became of it, and the sums', async () => {
    const ran = await worldOf([1, 40]).run('versions', 'prune', TARGET, '--jsonl')
    const lines = jsonLines(ran.stdout)
    const told = lines.filter(({ type }) => type === 'version').map(({ token, what, why }) => [token, what, why])
    expect(told).toEqual([
      ['v1', 'kept', 'young'],
      ['v40', 'removed', 'expired'],
    ])
    expect(lines.at(-1)).toMatchObject({
      type: 'versions-prune',
      ok: true,
      dryRun: false,
      targets: [{ target: TARGET, report: { removed: { count: 1, bytes: 10 * GIB }, kept: { count: 1 } } }],
    })
  })

  it('says so where a target keeps its versions itself', async () => {
    const world = worldOf([])
    world.ports.openTarget = async () => ({
      target: { location: TARGET, features: {} } as unknown as TargetProvider,
      requests: () => ({}),
      close: async () => {},
    })
    const ran = await world.run('versions', 'prune', TARGET)
    expect([ran.exitCode, ran.stdout]).toEqual([0, expect.stringContaining('keeps no earlier versions')])
  })
})

describe('versions of one file', () => {
  const none = {
    keptVersions: { keptVersions: async function* () {}, statKept: () => {}, readKept: () => {} },
    fileVersions: { fileVersions: async () => undefined, statKept: () => {}, readKept: () => {} },
  }
  it.each([
    ['keptVersions', false],
    ['fileVersions', true],
  ] as const)('that is not there says where to look, of a target with %s', async (ability, inBin) => {
    const world = worldOf([])
    const stat = async () => Promise.reject(new TidekeepError({ code: 'not-found', message: 'It is not there.' }))
    world.ports.openTarget = async () => ({
      target: { location: TARGET, features: none[ability], stat } as unknown as TargetProvider,
      requests: () => ({}),
      close: async () => {},
    })
    const ran = await world.run('versions', TARGET, 'gone.txt')
    expect(ran.exitCode).not.toBe(0)
    expect(ran.stderr).toContain('holds no version of gone.txt')
    expect(ran.stderr.includes('recycle bin')).toBe(inBin)
  })

  it.each([[{ user: 'Bob', device: 'laptop' }], [undefined]])(
    'says who made each where that is told: %j',
    async (by) => {
      const version = { path: 'a.txt', why: 'replaced', keptAtMs: 2000, storedAtMs: 1000, sizeBytes: 3, token: 'v1' }
      const changedBy = by === undefined ? {} : { changedBy: by }
      const told = { sizeBytes: 5, presentSinceMs: 2000, kept: [{ ...version, keptBy: 'store', ...changedBy }] }
      const features = { ...none.fileVersions, fileVersions: async () => told }
      const world = worldOf([])
      world.ports.openTarget = async () => ({
        target: { location: TARGET, features } as unknown as TargetProvider,
        requests: () => ({}),
        close: async () => {},
      })
      const { stdout } = await world.run('versions', TARGET, 'a.txt')
      expect(stdout).toContain(
        by === undefined ? 'kept by the store itself  v1' : 'kept by the store itself  by Bob on laptop  v1',
      )
      const listed = JSON.parse((await world.run('versions', TARGET, 'a.txt', '--json')).stdout) as {
        versions: object[]
      }
      expect(listed.versions[1]).toEqual({
        token: 'v1',
        sizeBytes: 3,
        keptBy: 'store',
        state: 'replaced',
        storedAt: '1970-01-01T00:00:01.000Z',
        endedAt: '1970-01-01T00:00:02.000Z',
        ...changedBy,
      })
    },
  )
})
