import { describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { keptPath, parseKeptPath } from '../../common/kept-area.ts'
import { letGoOfKept } from '../../main/cleanup/kept-retention.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { KeptVersion, TargetProvider } from '../../main/providers/provider.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 21)
const unstopped = new AbortController().signal

class KeepingTarget {
  readonly removed: string[] = []
  readonly live = new Set<string>()
  readonly #versions: KeptVersion[]

  constructor(...versions: readonly (Partial<KeptVersion> & { readonly days: number })[]) {
    this.#versions = versions.map(({ days, ...version }, index) => {
      const path = version.path ?? (`f${index}` as RelPath)
      this.live.add(path)
      const keptAtMs = NOW_MS - days * DAY_MS
      return {
        path,
        why: 'replaced',
        keptAtMs,
        sizeBytes: 10,
        token: `${path}@${days}`,
        keptBy: 'tidekeep',
        ...version,
      }
    })
  }

  get port(): Pick<TargetProvider, 'features' | 'stat'> {
    const versions = this.#versions
    const memory = createMemoryProvider({ name: '' })
    return {
      stat: async (path, options) =>
        this.live.has(path) ? { path, kind: 'file', size: 1, mtimeNs: 0n } : memory.stat(path, options),
      features: {
        ...memory.features,
        keptVersions: async function* (path) {
          yield* versions.filter((each) => path === '' || each.path === path)
        },
        removeKept: async ({ token }) => void this.removed.push(token),
      },
    }
  }
}

const letGo = (target: KeepingTarget, options: { keepDays?: number; dryRun?: boolean; nowMs?: number } = {}) =>
  letGoOfKept(target.port, { keepDays: 30, dryRun: false, nowMs: NOW_MS, signal: unstopped, ...options })

describe('letting go of kept versions', () => {
  it('removes what is older than it has to be, and nothing else', async () => {
    const target = new KeepingTarget({ days: 31 }, { days: 29 }, { days: 33 })
    expect(await letGo(target)).toMatchObject({ removed: { count: 2, bytes: 20 }, kept: { count: 1 } })
    expect(target.removed).toEqual(['f2@33', 'f0@31'])
  })

  it('removes nothing in a dry run and says what it would', async () => {
    const target = new KeepingTarget({ days: 31 })
    expect(await letGo(target, { dryRun: true })).toMatchObject({ removed: { count: 1 } })
    expect(target.removed).toEqual([])
  })

  it('loses at most a week of versions to a clock that jumps ahead by a year', async () => {
    const target = new KeepingTarget(...Array.from({ length: 30 }, (_, days) => ({ days })))
    const report = await letGo(target, { nowMs: NOW_MS + 365 * DAY_MS })
    expect(report).toMatchObject({ removed: { count: 8 }, later: { count: 22 } })
    expect(target.removed.at(-1)).toBe('f22@22')
  })

  it('goes by the younger of two ages where the target has a clock of its own', async () => {
    const target = new KeepingTarget({ days: 400, ageMs: 3 * DAY_MS }, { days: 31, ageMs: 31 * DAY_MS })
    expect(await letGo(target)).toMatchObject({ removed: { count: 1 }, kept: { count: 1 } })
    expect(target.removed).toEqual(['f1@31'])
  })

  it('leaves the only copy of a file that is no longer at its path', async () => {
    const target = new KeepingTarget(
      { days: 31 },
      { days: 32, path: 'g' as RelPath },
      { days: 1, path: 'g' as RelPath, why: 'deleted' },
    )
    target.live.clear()
    expect(await letGo(target)).toMatchObject({ removed: { count: 1 }, onlyCopies: { count: 1 } })
    expect(target.removed).toEqual(['g@32'])
  })

  it('keeps for 30 days what was kept before nothing is kept any more', async () => {
    const target = new KeepingTarget({ days: 5 }, { days: 31 })
    expect(await letGo(target, { keepDays: 0 })).toMatchObject({
      retentionDays: 30,
      removed: { count: 1 },
      kept: { count: 1 },
    })
  })

  it('leaves to a versioned bucket what the bucket keeps', async () => {
    const target = new KeepingTarget({ days: 300, keptBy: 'store' })
    expect(await letGo(target)).toMatchObject({ removed: { count: 0 }, ofStore: { count: 1 } })
    expect(target.removed).toEqual([])
  })
})

describe('the name of a kept version', () => {
  it.each(['replaced', 'deleted', 'foreign'] as const)('tells path, time and why: %s', (why) => {
    const place = { path: 'a b/ü:x.txt' as RelPath, why, keptAtMs: Date.UTC(2026, 10, 21, 10, 42, 5, 7) }
    expect(keptPath(place)).toBe(`.tidekeep/kept/2026-11-21T10-42-05.007-${why}/a b/ü:x.txt`)
    expect(parseKeptPath(keptPath(place))).toEqual(place)
  })

  it.each([
    '.tidekeep/kept/x/a',
    '.tidekeep/kept/2026-11-21T10-42-05.007-replaced',
    '.tidekeep/kept/2026-11-21T10-42-05.007-replaced/../a',
    'a',
  ])('is not %s', (text) => expect(parseKeptPath(text)).toBeUndefined())
})
