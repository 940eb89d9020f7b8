import type { BaselineEntry, Checksum, Entry, FolderId, RelPath } from '../../common/model.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { ActivityView } from '../../common/protocol.ts'
import type { BaselineStore, HistoryFilter, HistoryStore } from '../state/store.ts'
import { strongest } from '../digests.ts'
import { PathsThen } from './paths-then.ts'

/** One remembered tree: a folder of the service, or a pair of `sync`. */
export interface RememberedTree {
  readonly baseline: BaselineStore
  /** Tells what earlier versions hash to; left out: nothing does. */
  readonly history?: HistoryStore
  readonly folderId: FolderId
}

/** What this computer remembers of one target, from every tree that is kept there. */
export interface Records {
  /** What each tree says of a path. */
  get(path: RelPath): readonly BaselineEntry[]
  /** Each tree's files in `comparePaths` order. */
  trees(): readonly Iterable<BaselineEntry>[]
  /** BLAKE3 of an earlier version, by its token, where the history knows it: read once, for the calls that follow. `pause` lets others have their turn. */
  keptHashes?(pause: () => Promise<void>): Promise<(token: string) => string | undefined>
  /** All that the history knows to have been done, newest first; the same as `pathsAt` goes by. */
  changes?(pause: () => Promise<void>): Promise<readonly KnownChange[]>
  /** Files that the target held at a moment, as far as the history knows. */
  pathsAt?(atMs: number, pause: () => Promise<void>): Promise<ReadonlySet<RelPath>>
}

/** One thing that was done, as the history has it. */
export type KnownChange = Pick<ActivityView, 'path' | 'kind' | 'atMs' | 'size'>

const PAGE_ENTRIES = 1000

/** Nothing is remembered: another computer, or lost state. */
export const NO_RECORDS: Records = { get: () => [], trees: () => [] }

/** Reads page by page, so that a service may go on writing meanwhile. */
export function createRecords(remembered: readonly RememberedTree[]): Records {
  return {
    get: (path) => remembered.flatMap(({ baseline, folderId }) => baseline.get(folderId, path) ?? []),
    trees: () => remembered.map((tree) => filesOf(tree)),
    keptHashes: async (pause) => {
      const hashes = new Map<string, string>()
      for (const tree of remembered) await readKeptHashes(tree, hashes, pause)
      return (token) => hashes.get(token)
    },
    changes: async (pause) => {
      const found: KnownChange[] = []
      for (const tree of remembered)
        await eachRow(tree, { filter: {}, pause }, ({ path, kind, atMs, size }) =>
          found.push({ path, kind, atMs, size }),
        )
      return remembered.length > 1 ? found.toSorted((a, b) => b.atMs - a.atMs) : found
    },
    pathsAt: async (atMs, pause) => {
      const then = remembered.map(() => new PathsThen(atMs))
      for (const [at, tree] of remembered.entries())
        await eachRow(tree, { filter: {}, pause }, (row) => then[at]!.add(row))
      return new Set(then.flatMap((each) => [...each.paths()]))
    },
  }
}

async function readKeptHashes(
  tree: RememberedTree,
  into: Map<string, string>,
  pause: () => Promise<void>,
): Promise<void> {
  await eachRow(tree, { filter: { undoable: true }, pause }, ({ kept }) => {
    if (kept?.contentHash !== undefined) into.set(kept.token, kept.contentHash)
  })
}

/** Newest first. The newest 100,000 rows are all there are; others have their turn after each page. */
async function eachRow(
  { history, folderId }: RememberedTree,
  { filter, pause }: { readonly filter: Pick<HistoryFilter, 'undoable'>; readonly pause: () => Promise<void> },
  take: (row: ActivityView) => unknown,
): Promise<void> {
  if (history === undefined) return
  let before: number | undefined
  for (;;) {
    const page = history.list({
      folderId,
      ...filter,
      limit: PAGE_ENTRIES,
      ...(before === undefined ? {} : { before }),
    })
    for (const row of page) take(row)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_ENTRIES) return
    before = last.id
    await pause()
  }
}

/** The tree whose last agreed state is what the target holds now, if any. */
export function recordOf(entry: Entry, entries: readonly BaselineEntry[]): BaselineEntry | undefined {
  return entries.find((candidate) => agrees(entry, candidate))
}

/** Same size, and the same etag where both sides have one. What the target rewrites may look like anything. */
export function agrees(entry: Entry, record: BaselineEntry): boolean {
  if (entry.kind !== 'file' || record.kind !== 'file') return false
  if (record.remote.verifiedBy === 'altered') return true
  if (entry.size !== record.remote.size) return false
  return entry.etag === undefined || record.remote.etag === undefined || entry.etag === record.remote.etag
}

/** What the content of an entry must hash to: by a record that agrees with it, else as stored with it. */
export function expectedChecksum(entry: Entry, record: BaselineEntry | undefined): Checksum | undefined {
  // The target rewrote it: it holds other bytes than were sent, and that is known.
  if (record?.contentHash !== undefined && record.remote.verifiedBy !== 'altered')
    return { algorithm: 'blake3', value: record.contentHash }
  return strongest(entry.checksums ?? [])
}

function* filesOf({ baseline, folderId }: RememberedTree): Generator<BaselineEntry> {
  let after: RelPath | undefined
  for (;;) {
    const page = baseline.page(folderId, ROOT_PATH, after, PAGE_ENTRIES)
    for (const entry of page) if (entry.kind === 'file') yield entry
    const last = page.at(-1)
    if (last === undefined) return
    after = last.path
  }
}
