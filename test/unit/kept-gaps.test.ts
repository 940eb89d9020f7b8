import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { KeptVersion, TargetProvider } from '../../main/providers/provider.ts'
import { asOf, type PathAtMoment } from '../../main/restore/as-of.ts'
import { NO_RECORDS } from '../../main/restore/records.ts'
import { changesOf } from '../../main/restore/timeline/changes.ts'
import { readTimeline } from '../../main/restore/timeline/read-timeline.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { restore, type RestoreResult } from '../../main/restore/restore.ts'
import { versionsOf } from '../../main/restore/versions.ts'
import { realClock } from '../fakes/real-clock.ts'
import { contentOf } from '../fakes/s3/harness.ts'

const DAY_MS = 86_400_000
const T0 = Date.UTC(2026, 5, 1)
const PATH = 'notes.txt' as RelPath
const signal = new AbortController().signal
let target: TargetProvider
let directory = ''

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidekeep-gaps-'))
  target = createMemoryProvider({ name: '' })
  for (const day of [0, 1, 2, 3]) {
    const keep = { atMs: T0 + day * DAY_MS, ...(day === 0 ? {} : { storedAtMs: T0 + (day - 1) * DAY_MS }) }
    // As old files are that were moved into the folder: their own time says nothing.
    const options = { metadata: { mtimeNs: 1n }, expect: { kind: 'any' }, keep, signal } as const
    await target.put(PATH, contentOf(`of day ${day}`), options)
  }
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** From the day on which the version began that goes. */
async function letGo(day: number): Promise<void> {
  for await (const version of target.features.keptVersions!(PATH, { signal }))
    if (version.storedAtMs === T0 + day * DAY_MS) await target.features.removeKept!(version, { signal })
}

async function at(atMs: number): Promise<PathAtMoment> {
  for await (const found of asOf({ provider: target, path: PATH, atMs, signal })) return found
  throw new Error('Nothing is told of it.')
}

async function restored(atMs: number): Promise<RestoreResult> {
  const destination = openLocalDestination(directory)
  const options = { provider: target, path: '' as RelPath, signal }
  const result = await restore({
    provider: target,
    destination,
    path: '' as RelPath,
    selected: () => asOf({ ...options, atMs }),
    dryRun: false,
    overwrite: false,
    clock: realClock,
    stop: signal,
    kill: signal,
    onEvent: () => undefined,
  })
  await destination.close()
  return result
}

describe('a moment whose version was let go of', () => {
  it('is told with the nearest ones, and nothing is put in its place', async () => {
    await letGo(1)
    expect(await at(T0 + 1.5 * DAY_MS)).toEqual({
      kind: 'not-kept',
      path: PATH,
      nearest: { untilMs: T0 + DAY_MS, fromMs: T0 + 2 * DAY_MS },
    })
    const { failures } = await restored(T0 + 1.5 * DAY_MS)
    expect(failures).toEqual([
      expect.objectContaining({
        path: PATH,
        message: expect.stringMatching(/until 2026-06-02T00:00:00\.000Z and the one from 2026-06-03T00:00:00\.000Z/),
      }),
    ])
    expect(readdirSync(directory)).toEqual([])
  })

  it('ends where the next one begins, and began where the one before it ended', async () => {
    await letGo(1)
    const contents: string[] = []
    for (const days of [1 - 1 / DAY_MS, 2, 2.9, 3]) {
      const found = await at(T0 + days * DAY_MS)
      contents.push(found.kind === 'there' ? await contentOfKept(found.kept) : found.kind)
      expect(found).toMatchObject({ kind: 'there', isCertain: true })
    }
    expect(contents).toEqual(['of day 0', 'of day 2', 'of day 2', 'now'])
    const told = (await versionsOf(target, PATH, { signal })).map(({ storedAtMs, endedAtMs }) => [
      storedAtMs,
      endedAtMs,
    ])
    const days = [
      [3, undefined],
      [2, 3],
      [0, 1],
    ] as const
    expect(told).toEqual(days.map((day) => day.map((each) => (each === undefined ? undefined : T0 + each * DAY_MS))))
  })

  it('is one of the changes that can be gone to, where it begins and where it ends', async () => {
    await letGo(1)
    const timeline = await readTimeline({
      provider: target,
      records: NO_RECORDS,
      signal,
      onProgress: () => undefined,
      pause: () => Promise.resolve(),
    })
    const moments = changesOf(timeline).moments.map(({ fromMs, added, replaced }) => [fromMs - T0, added, replaced])
    expect(moments).toEqual([0, 1, 2, 3].map((day) => [day * DAY_MS, day === 0 ? 1 : 0, day === 0 ? 0 : 1]))
  })

  it('is told as well before what a versioned bucket holds now, whatever time the file has of its own', async () => {
    const original = target
    const features: TargetProvider['features'] = {
      ...original.features,
      keptVersions: async function* (...given) {
        for await (const version of original.features.keptVersions!(...given)) yield { ...version, keptBy: 'store' }
      },
    }
    await letGo(2)
    const fromMs = T0 + 3 * DAY_MS
    const stat = async () => ({ ...(await original.stat(PATH, { signal })), storedAtMs: fromMs })
    const list = async function* () {
      yield [await stat()]
    }
    target = { ...original, features, stat, list, location: 'a bucket' }
    const nearest = { untilMs: T0 + 2 * DAY_MS, fromMs }
    expect(await at(T0 + 2.5 * DAY_MS)).toEqual({ kind: 'not-kept', path: PATH, nearest })
  })

  it('is not made up before the oldest of all: that one is younger', async () => {
    await letGo(0)
    expect(await at(T0 + DAY_MS / 2)).toEqual({ kind: 'younger', path: PATH })
  })
})

async function contentOfKept(kept: KeptVersion | undefined): Promise<string> {
  if (kept === undefined) return 'now'
  let text = ''
  for await (const piece of target.features.readKept!(kept, { signal })) text += Buffer.from(piece).toString()
  return text
}
