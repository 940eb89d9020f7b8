import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { BaselineEntry, Entry, RelPath } from '../../common/model.ts'
import type { ListRow } from '../../common/protocol.ts'
import { letGoOfKept } from '../../main/cleanup/kept-retention.ts'
import type { Random } from '../../main/host.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { asOf } from '../../main/restore/as-of.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { restore, type RestoreResult } from '../../main/restore/restore.ts'
import { NO_RECORDS, type Records } from '../../main/restore/records.ts'
import { browse } from '../../main/restore/timeline/browse.ts'
import { versionsIn } from '../../main/restore/timeline/find.ts'
import { readTimeline } from '../../main/restore/timeline/read-timeline.ts'
import { coveringVersion, NOW, type Timeline } from '../../main/restore/timeline/timeline.ts'
import { versionsOf } from '../../main/restore/versions.ts'
import { findKept, keptReading } from '../../main/restore/kept-source.ts'
import { seededRandom } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { contentOf } from '../fakes/s3/harness.ts'
import { below, VERSION_WORLDS, type VersionWorld } from '../fixtures/version-worlds.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_118)
const HISTORIES = Number(process.env['TIDEKEEP_HISTORIES'] ?? 2)
const STEPS = 30
const PATHS = ['a', 'a.txt', 'b/c', 'b/d/e', 'b-2', 'ü/ø', 'z z'] as RelPath[]
const signal = new AbortController().signal

type State = ReadonlyMap<RelPath, string>
/** What is at a path now, and when it was put there. */
interface Held {
  readonly entry: Entry
  readonly atMs: number
}
interface Moment {
  readonly atMs: number
  readonly state: State
}

const worlds: VersionWorld[] = []
const places: string[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

/** What a pass does to a target when files are made, edited and deleted, each at its own time. */
async function live(world: VersionWorld, random: Random, { untold = 0 } = {}): Promise<readonly Moment[]> {
  const state = new Map<RelPath, string>()
  const held = new Map<RelPath, Held>()
  const moments: Moment[] = [{ atMs: world.tick(), state: new Map() }]
  for (let step = 0; step < STEPS; step++) {
    const path = PATHS[below(random, PATHS.length)]!
    const content = contentAt(step, random)
    await change(world, path, { state, held, content, remove: below(random, 3) === 0, tells: random.next() >= untold })
    moments.push({ atMs: world.tick(), state: new Map(state) })
  }
  return moments
}

/** Often of one size, so that the size alone never tells versions apart. */
function contentAt(step: number, random: Random): string {
  return `version ${step}`.padEnd(below(random, 2) === 0 ? 20 : 20 + below(random, 3000), '.')
}

async function change(
  world: VersionWorld,
  path: RelPath,
  step: {
    readonly state: Map<RelPath, string>
    readonly held: Map<RelPath, Held>
    readonly content: string
    readonly remove: boolean
    /** When what gives way began is known for certain. */
    readonly tells: boolean
  },
): Promise<void> {
  const { state, held, content, remove, tells } = step
  const { target } = world
  const atMs = world.tick()
  const before = held.get(path)?.entry
  const expect =
    before?.etag === undefined ? ({ kind: 'absent' } as const) : { kind: 'etag' as const, etag: before.etag }
  const versionId = before?.versionId === undefined ? {} : { versionId: before.versionId }
  const began = tells && before !== undefined ? { storedAtMs: held.get(path)!.atMs } : {}
  const keep = { atMs, ...began, ...(before === undefined ? {} : { sizeBytes: before.size, ...versionId }) }
  if (!remove) {
    const metadata = { mtimeNs: BigInt(atMs) * 1_000_000n, mode: 0o644 }
    const { entry } = await target.put(path, contentOf(content), { metadata, expect, keep, signal })
    held.set(path, { entry, atMs })
    state.set(path, content)
  } else if (before !== undefined) {
    await target.remove(path, { expect, keep, signal })
    held.delete(path)
    state.delete(path)
  }
}

async function restored(world: VersionWorld, atMs: number): Promise<{ result: RestoreResult; found: State }> {
  const directory = mkdtempSync(join(tmpdir(), 'tidekeep-as-of-'))
  places.push(directory)
  const destination = openLocalDestination(directory)
  const result = await restore({
    provider: world.target,
    destination,
    path: '' as RelPath,
    selected: () => asOf({ provider: world.target, path: '' as RelPath, atMs, signal, maxHeld: 3 }),
    dryRun: false,
    overwrite: false,
    clock: realClock,
    stop: signal,
    kill: signal,
    onEvent: () => undefined,
  })
  await destination.close()
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(directory, path)).isFile())
    .map((path) => [path as RelPath, readFileSync(join(directory, path), 'utf8')] as const)
  return { result, found: new Map(files) }
}

describe.each(Object.entries(VERSION_WORLDS))('a history on %s', (_name, open) => {
  async function history(
    number: number,
    options?: { readonly untold: number },
  ): Promise<{ world: VersionWorld; moments: readonly Moment[] }> {
    const random = seededRandom(SEED + number)
    const world = await open(random)
    worlds.push(world)
    return { world, moments: await live(world, random, options) }
  }

  it(`is restored byte for byte at each of its moments (seed ${SEED})`, async () => {
    for (let number = 0; number < HISTORIES; number++) {
      const { world, moments } = await history(number)
      for (const { atMs, state } of moments) {
        const { result, found } = await restored(world, atMs)
        expect(Object.fromEntries(found), `history ${number} at ${atMs}`).toEqual(Object.fromEntries(state))
        expect(result.failures).toEqual([])
        expect(result.uncertain).toBe(0)
      }
      await worlds.pop()!.close()
    }
  })

  it(`is browsed as it was at each of its moments, by what was read of the target once (seed ${SEED})`, async () => {
    const { world, moments } = await history(HISTORIES + 1)
    const timeline = await readTimeline({
      provider: world.target,
      records: await rememberedOf(world),
      signal,
      onProgress: () => undefined,
      pause: () => Promise.resolve(),
    })
    for (const { atMs, state } of [...moments, { atMs: NOW, state: moments.at(-1)!.state }]) {
      const rows = filesIn(timeline, '', atMs)
      const sure = rows.filter(({ standing }) => standing === 'there')
      const unsure = rows.filter(({ standing }) => standing === 'unsure')
      expect(unsure).toEqual([])
      expect(rows.filter(({ standing }) => standing === 'lost')).toEqual([])
      for (const [path, content] of state) {
        expect([...sure, ...unsure].map((row) => row.path)).toContain(path)
        const at = timeline.paths.indexOf(path)
        const token = timeline.kept[coveringVersion(timeline, at, atMs)]?.token ?? 'current'
        expect(await contentOfVersion(world, path, token)).toBe(content)
      }
      for (const { path } of sure) expect([...state.keys()], `${path} at ${atMs}`).toContain(path)
      const root = browse(timeline, { path: '', atMs, gone: false })
      expect(root.files).toBe(sure.length + unsure.length)
    }
  })

  // The second is a history that a fault was found with.
  it.each([
    [HISTORIES + 2, 0],
    [11 - SEED, 0.4],
  ])(
    `is never restored with other content than it had, after versions were let go of (seed ${SEED} + %i, untold: %f)`,
    async (number, untold) => {
      const { world, moments } = await history(number, { untold })
      const report = await letGoOfKept(spreadOut(world.target, moments), {
        rules: { allDays: 10, dailyDays: 15, weeklyWeeks: 3, monthlyMonths: 0 },
        dryRun: false,
        nowMs: moments.at(-1)!.atMs,
        signal,
        ofStore: true,
        takesAll: true,
      })
      expect(report!.removed.count + report!.kept.count).toBeGreaterThan(0)
      let complete = 0
      for (const { atMs, state } of moments.filter((_, at) => at % 2 === 0)) {
        const { result, found } = await restored(world, atMs)
        for (const [path, content] of found) expect(content, `${path} at ${atMs}`).toBe(state.get(path))
        // What is not brought back is told.
        expect(found.size + result.failures.length + result.younger).toBeGreaterThanOrEqual(state.size)
        if (found.size === state.size) complete++
      }
      expect(complete).toBeGreaterThan(0)
    },
  )

  it(`lists every version of a file, newest first, and each can be read (seed ${SEED})`, async () => {
    const { world, moments } = await history(HISTORIES)
    const provider = world.target
    const timeline = await readTimeline({
      provider,
      records: NO_RECORDS,
      signal,
      onProgress: () => undefined,
      pause: () => Promise.resolve(),
    })
    for (const path of PATHS) {
      const lived = moments.map(({ state }) => state.get(path))
      const expected = lived.filter((content, at) => content !== undefined && content !== lived[at - 1]).toReversed()
      const found = await versionsOf(world.target, path, { signal })
      expect(versionsIn(timeline, path).versions.map(({ token }) => token)).toEqual(found.map(({ token }) => token))
      const contents: string[] = []
      for (const { token } of found) contents.push(await contentOfVersion(world, path, token))
      expect(contents).toEqual(expected)
      const ends = found.map(({ endedAtMs = Infinity }) => endedAtMs)
      expect(ends).toEqual(ends.toSorted((a, b) => b - a))
    }
  })
})

/** As if the history had taken sixty days, for letting go only. */
function spreadOut(target: TargetProvider, moments: readonly Moment[]): Pick<TargetProvider, 'features' | 'stat'> {
  const { features } = target
  const [firstMs, lastMs] = [moments[0]!.atMs, moments.at(-1)!.atMs]
  const spread = (atMs: number): number => lastMs - ((lastMs - atMs) * 60 * 86_400_000) / (lastMs - firstMs)
  const keptVersions: TargetProvider['features']['keptVersions'] = async function* (...given) {
    for await (const { ageMs: _age, storedAtMs, keptAtMs, ...version } of features.keptVersions!(...given))
      yield {
        ...version,
        keptAtMs: spread(keptAtMs),
        ...(storedAtMs === undefined ? {} : { storedAtMs: spread(storedAtMs) }),
      }
  }
  return { stat: (...given) => target.stat(...given), features: { ...features, keptVersions } }
}

async function contentOfVersion({ target }: VersionWorld, path: RelPath, token: string): Promise<string> {
  const pieces: Uint8Array[] = []
  const bytes =
    token === 'current'
      ? target.read(path, { signal })
      : keptReading(target).readKept(await findKept(target, path, { token, signal }), { signal })
  for await (const piece of bytes) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces).toString()
}

/** What this computer would remember of what the target holds now. */
async function rememberedOf({ target }: VersionWorld): Promise<Records> {
  const entries: BaselineEntry[] = []
  for await (const page of target.list('' as RelPath, { signal }))
    for (const { path, kind, etag } of page) {
      if (kind !== 'file') continue
      const { size, mtimeNs } = await target.stat(path, { signal })
      entries.push({
        path,
        kind,
        size,
        mtimeNs,
        remote: { size, ...(etag === undefined ? {} : { etag }) },
      } as BaselineEntry)
    }
  return { get: () => [], trees: () => [entries] }
}

/** Every file below a folder, by opening one folder after the other. */
function filesIn(timeline: Timeline, path: string, atMs: number): readonly ListRow[] {
  const listing = browse(timeline, { path, atMs, gone: false })
  return listing.rows(0, 1000).flatMap((row) => (row.kind === 'file' ? [row] : filesIn(timeline, row.path, atMs)))
}
