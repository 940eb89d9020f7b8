/**
 * Looking at the past of a large folder: reading what a target lists, and then browsing, searching and
 * stepping through it. The target answers at once, so the times are those of this program alone.
 * `node bench/timeline.bench.ts 100000` for a quick look.
 */
import { setImmediate } from 'node:timers/promises'
import type { Entry, RelPath } from '../common/model.ts'
import { keptPath } from '../common/kept-area.ts'
import { NO_RECORDS } from '../main/restore/records.ts'
import type { KeptVersion, SourceProvider } from '../main/providers/provider.ts'
import { browse } from '../main/restore/timeline/browse.ts'
import { changesOf, momentsBetween } from '../main/restore/timeline/changes.ts'
import { search, versionsIn } from '../main/restore/timeline/find.ts'
import { readTimeline } from '../main/restore/timeline/read-timeline.ts'
import { NOW } from '../main/restore/timeline/timeline.ts'
import { seededRandom } from '../test/fakes/host.ts'
import { median, report } from './support.ts'

const PATHS = Number(process.argv[2] ?? 1_000_000)
/** Of ten paths, two were changed once, and one is gone. */
const START_MS = Date.UTC(2026, 0, 1)
const YEAR_MS = 365 * 86_400_000
const PAGE = 1000
const ROUNDS = 9

const random = seededRandom(11)
const momentOf = (): number => START_MS + Math.floor(random.next() * YEAR_MS)

/** Sorted by bytes: 20 areas, folders of 100 files. */
function pathOf(index: number): RelPath {
  const folder = Math.floor(index / 100)
  const area = String(Math.floor(folder / (PATHS / 100 / 20))).padStart(2, '0')
  return `area-${area}/folder-${String(folder).padStart(6, '0')}/document ${String(index).padStart(7, '0')}.txt` as RelPath
}

const isGone = (index: number): boolean => index % 10 === 9
const isChanged = (index: number): boolean => index % 10 < 2

function* entries(): Generator<readonly Entry[]> {
  let page: Entry[] = []
  for (let index = 0; index < PATHS; index++) {
    if (isGone(index)) continue
    const storedAtMs = momentOf()
    const mtimeNs = BigInt(storedAtMs - 5000) * 1_000_000n
    page.push({
      path: pathOf(index),
      kind: 'file',
      size: 1000 + (index % 5000),
      mtimeNs,
      etag: `"${index}"`,
      storedAtMs,
    })
    if (page.length < PAGE) continue
    yield page
    page = []
  }
  yield page
}

function* keptVersions(): Generator<KeptVersion> {
  for (let index = 0; index < PATHS; index++) {
    if (!isGone(index) && !isChanged(index)) continue
    const keptAtMs = momentOf()
    const why = isGone(index) ? 'deleted' : 'replaced'
    const place = { path: pathOf(index), why, keptAtMs } as const
    const token = keptPath(place)
    yield { ...place, token, sizeBytes: 900, storedAtMs: keptAtMs - 1e9, mtimeMs: keptAtMs - 2e9, keptBy: 'tidekeep' }
  }
}

const provider = {
  location: 'bench',
  features: {
    keptVersions: async function* () {
      yield* keptVersions()
    },
  },
  list: async function* () {
    yield* entries()
  },
} as unknown as SourceProvider

async function timed(work: () => unknown): Promise<number> {
  const spent: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now()
    await work()
    spent.push(performance.now() - startMs)
  }
  return Math.round(median(spent) * 10) / 10
}

const rssMiB = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20)
const heapMiB = (): number => Math.round(process.memoryUsage().heapUsed / 2 ** 20)

const before = heapMiB()
let longestMs = 0
let lastMs = performance.now()
const startMs = performance.now()
const timeline = await readTimeline({
  provider,
  records: NO_RECORDS,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  pause: async () => {
    longestMs = Math.max(longestMs, performance.now() - lastMs)
    await setImmediate()
    lastMs = performance.now()
  },
})
const readMs = Math.round(performance.now() - startMs)
const changesStartMs = performance.now()
const changes = changesOf(timeline)
const changesMs = Math.round(performance.now() - changesStartMs)
const list = (path: string, atMs: number) => () => browse(timeline, { path, atMs, gone: false }).rows(0, 200)
report('timeline', {
  paths: timeline.paths.length,
  versions: timeline.kept.length,
  readMs,
  longestWorkWithoutPauseMs: Math.round(longestMs),
  changesMs,
  heapMiB: heapMiB() - before,
  rssMiB: rssMiB(),
  medianMs: {
    rootNow: await timed(list('', NOW)),
    rootAtRandomMoment: await timed(() => list('', momentOf())()),
    areaAtRandomMoment: await timed(() => list('area-07', momentOf())()),
    folderAtRandomMoment: await timed(() =>
      list(
        pathOf(PATHS / 2)
          .split('/')
          .slice(0, 2)
          .join('/'),
        momentOf(),
      )(),
    ),
    versionsOfOneFile: await timed(() => versionsIn(timeline, pathOf(PATHS / 2))),
    searchWithoutHit: await timed(() =>
      search(timeline, { text: 'nowhere', after: 0, limit: 200, pause: () => Promise.resolve() }),
    ),
    moments: await timed(() =>
      momentsBetween(changes, { fromMs: START_MS, toMs: START_MS + YEAR_MS, bars: 120, limit: 1000 }),
    ),
  },
})
