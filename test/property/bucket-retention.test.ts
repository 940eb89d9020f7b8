import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { judgeVersions, type RetentionRules } from '../../common/retention.ts'
import { letGoOfKept } from '../../main/cleanup/kept-retention.ts'
import type { Random } from '../../main/host.ts'
import type { KeptVersion, TargetProvider } from '../../main/providers/provider.ts'
import { seededRandom } from '../fakes/host.ts'
import { contentOf, never, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'
import { below } from '../fixtures/version-worlds.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const HISTORIES = Number(process.env['TIDEKEEP_HISTORIES'] ?? 3)
const STEPS = 40
const PATHS = ['a', 'a.txt', 'a/b', 'ü'] as RelPath[]
const START_MS = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000

/** An earlier version as it was, whatever else was let go of. */
interface Lived {
  readonly versionId: string
  readonly begunMs: number
  readonly endedMs: number
  readonly why: 'replaced' | 'deleted'
}

/** What the target should keep: written down as it happens, by no listing. */
class Model {
  readonly present = new Map<RelPath, { readonly versionId: string; readonly begunMs: number }>()
  readonly earlier = new Map<RelPath, readonly Lived[]>(PATHS.map((path) => [path, []]))

  end(path: RelPath, endedMs: number, why: Lived['why']): void {
    const present = this.present.get(path)
    if (present === undefined) return
    this.earlier.set(path, [...this.earlier.get(path)!, { ...present, endedMs, why }])
    this.present.delete(path)
  }

  prune(rules: RetentionRules, nowMs: number): void {
    for (const path of PATHS) {
      const versions = this.earlier.get(path)!.map((lived) => ({
        lived,
        token: `version:${lived.versionId}:${path}`,
        keptAtMs: lived.endedMs,
        storedAtMs: lived.begunMs,
        why: lived.why,
      }))
      const judged = judgeVersions(versions, rules, { nowMs, isGone: true })
      const isThere = this.present.has(path)
      const stays = judged.filter(
        (each) => each.stays && !(each.why === 'last' && isThere && each.version.lived.why === 'replaced'),
      )
      this.earlier.set(
        path,
        stays.map(({ version }) => version.lived),
      )
    }
  }
}

const opened: S3Fixture[] = []
afterEach(async () => {
  for (const fixture of opened.splice(0)) await fixture.close()
  vi.useRealTimers()
})

async function openBucket(): Promise<S3Fixture> {
  vi.useFakeTimers({ toFake: ['Date'], now: START_MS })
  const fixture = await startS3Fixture({ prefix: 'backup' })
  opened.push(fixture)
  fixture.server.buckets.get(fixture.bucket)!.versioning = 'enabled'
  return fixture
}

function rulesFrom(random: Random): RetentionRules {
  return {
    allDays: 1 + below(random, 20),
    dailyDays: below(random, 30),
    weeklyWeeks: below(random, 10),
    monthlyMonths: below(random, 6),
  }
}

async function change(target: TargetProvider, model: Model, random: Random): Promise<void> {
  const path = PATHS[below(random, PATHS.length)]!
  const nowMs = Math.ceil((Date.now() + 1000 + below(random, 4 * DAY_MS)) / 1000) * 1000
  vi.setSystemTime(nowMs)
  if (below(random, 5) === 0) {
    await target.remove(path, { expect: { kind: 'any' }, signal: never })
    model.end(path, nowMs, 'deleted')
    return
  }
  const metadata = { mtimeNs: BigInt(nowMs) * 1_000_000n }
  const { entry } = await target.put(path, contentOf(`at ${nowMs}`), {
    metadata,
    expect: { kind: 'any' },
    signal: never,
  })
  model.end(path, nowMs, 'replaced')
  model.present.set(path, { versionId: entry.versionId!, begunMs: nowMs })
}

async function listed(target: TargetProvider): Promise<readonly (Lived & { readonly path: RelPath })[]> {
  const all: KeptVersion[] = []
  for await (const version of target.features.keptVersions!('' as RelPath, { signal: never })) all.push(version)
  return all
    .map(({ path, versionId, storedAtMs, keptAtMs, why }) => ({
      path,
      versionId: versionId!,
      begunMs: storedAtMs!,
      endedMs: keptAtMs,
      why: why as Lived['why'],
    }))
    .sort((one, other) => (one.versionId < other.versionId ? -1 : 1))
}

function expected(model: Model): readonly (Lived & { readonly path: RelPath })[] {
  return PATHS.flatMap((path) => model.earlier.get(path)!.map((lived) => ({ path, ...lived }))).sort((one, other) =>
    one.versionId < other.versionId ? -1 : 1,
  )
}

describe(`a versioned bucket whose versions are let go of (seed ${SEED})`, () => {
  it('keeps what the rules say of what there was, and tells of each when it began and ended', async () => {
    for (let number = 0; number < HISTORIES; number++) {
      const random = seededRandom(SEED + number)
      const fixture = await openBucket()
      const model = new Model()
      let thinned = 0
      for (let step = 0; step < STEPS; step++) {
        await change(fixture.provider, model, random)
        if (below(random, 4) > 0) continue
        const [rules, nowMs] = [rulesFrom(random), Date.now() + 1000]
        vi.setSystemTime(nowMs)
        const options = { rules, nowMs, dryRun: false, ofStore: true, takesAll: true, signal: never }
        const report = await letGoOfKept(fixture.provider, options)
        expect(report).toMatchObject({ failed: { count: 0 }, refused: { count: 0 }, notOurs: { count: 0 } })
        model.prune(rules, nowMs)
        thinned += report!.removed.count
        expect(await listed(fixture.provider), `history ${number}, step ${step}`).toEqual(expected(model))
      }
      expect(thinned).toBeGreaterThan(5)
      // Another computer, which knows nothing of it.
      expect(await listed(await fixture.open()), `history ${number}`).toEqual(expected(model))
      for (const [path, { versionId }] of model.present)
        expect((await fixture.provider.stat(path, { signal: never })).versionId).toBe(versionId)
    }
  })
})
