import type { RelPath } from '../../common/model.ts'
import type { ActivityView, FolderView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import type { Area } from '../../main/api/area.ts'
import { createRestoreHandlers } from '../../main/api/restore.ts'
import type { Clock } from '../../main/host.ts'
import { readPrices } from '../../main/delta/price-list.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import type { BaselineStore, HistoryFilter, Store } from '../../main/state/store.ts'
import { archiveTarget } from './archive-target.ts'
import { createFakeHost } from './host.ts'
import { contentOf } from './s3/harness.ts'
import { thawsInMemory } from './thaws-in-memory.ts'

const DAY_MS = 86_400_000
const signal = new AbortController().signal
/** A picture of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** What happened to one path: when, and what it was then; undefined: it was deleted. */
type Life = readonly (readonly [agoMs: number, content: string | Buffer | undefined])[]

const LIVES: Readonly<Record<string, Life>> = {
  'budget.csv': [
    [30 * DAY_MS, 'month,spent\n1,100\n2,200\n'],
    [20 * DAY_MS, 'month,spent\n1,100\n2,210\n3,50\n'],
    [2 * DAY_MS, 'month,spent\n1,100\n2,210\n3,55\n4,1\n'],
  ],
  'letters/to the bank.txt': [[30 * DAY_MS, 'Dear bank,\n\nplease.\n']],
  'letters/thanks.txt': [
    [12 * DAY_MS, 'Thank you!\n'],
    [3 * DAY_MS, undefined],
  ],
  'holiday plan.txt': [
    [25 * DAY_MS, 'Go north.\n'],
    [5 * DAY_MS, undefined],
  ],
  'photos/sea.png': [[9 * DAY_MS, PIXEL]],
  'evil\u202egpj.exe': [[8 * DAY_MS, '<img src=x onerror=alert(1)>']],
  '<img src=x onerror=alert(1)>.txt': [[8 * DAY_MS, '<script>alert(1)</script>']],
}

/** In an archive class, where a test wants some. */
const COLD: Readonly<Record<string, Life>> = {
  'archive/taxes 2009.pdf': [[28 * DAY_MS, 'taxes of 2009, some pages\n']],
  'archive/taxes 2010.pdf': [[28 * DAY_MS, 'taxes of 2010, more pages\n']],
}

async function lived(clock: Clock, lives: Readonly<Record<string, Life>>): Promise<TargetProvider> {
  const nowMs = clock.now()
  let atMs = 0
  const begun = new Map<string, number>()
  const target = createMemoryProvider({ name: '', now: () => atMs })
  const events = Object.entries(lives).flatMap(([path, life]) =>
    life.map(([agoMs, content]) => ({ path: path as RelPath, atMs: nowMs - agoMs, content })),
  )
  for (const { path, content, ...event } of events.sort((a, b) => a.atMs - b.atMs)) {
    atMs = event.atMs
    const storedAtMs = begun.get(path)
    const keep = { atMs, ...(storedAtMs === undefined ? {} : { storedAtMs }) }
    const options = { expect: { kind: 'any' }, keep, signal } as const
    begun.set(path, atMs)
    // Files are written a moment before they are stored.
    const metadata = { mtimeNs: BigInt(atMs - 500) * 1_000_000n }
    if (content === undefined) await target.remove(path, options)
    else await target.put(path, contentOf(content), { ...options, metadata })
  }
  return target
}

/** The real calls over a target in memory, with a month of history in every folder. */
export function createFakeRestores({
  clock,
  folders,
  archive = false,
  openTarget,
  history = [],
}: {
  readonly clock: Clock
  readonly folders: () => readonly FolderView[]
  /** Some files lie in an archive class. */
  readonly archive?: boolean
  /** Another target than the one with a month of history. */
  readonly openTarget?: () => Promise<TargetProvider>
  /** What this computer remembers to have done, newest first. */
  readonly history?: readonly ActivityView[]
}): Area<'restore' | 'versions' | 'thaw'> {
  const copies = new Map()
  const baseline = { get: () => undefined, page: () => [] } as unknown as BaselineStore
  const settings = (): typeof DEFAULT_SETTINGS => ({
    ...DEFAULT_SETTINGS,
    folders: folders().map(({ id, name, path, target, mode, paused }) => ({
      id,
      name,
      path,
      target,
      mode,
      paused,
      ignore: [],
    })),
  })
  return createRestoreHandlers({
    host: createFakeHost({ clock }),
    store: {
      baseline,
      folders: { get: () => ({ compared: true }) },
      history: {
        list: ({ before = Infinity, limit }: HistoryFilter) => history.filter(({ id }) => id < before).slice(0, limit),
      },
      queue: { list: () => [], has: () => false },
      conflicts: { at: () => undefined },
      thaws: thawsInMemory(),
    } as unknown as Store,
    settings: { get: settings, update: () => Promise.resolve() },
    openTarget: async () =>
      openTarget !== undefined
        ? openTarget()
        : archive
          ? archiveTarget(await lived(clock, { ...LIVES, ...COLD }), { folder: 'archive', clock, copies })
          : lived(clock, LIVES),
    pricesOf: () => readPrices('/nowhere'),
    openDelta: () => undefined,
    onStop: () => undefined,
    engine: {},
  })
}
