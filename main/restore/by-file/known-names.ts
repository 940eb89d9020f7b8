import type { BaselineEntry, Entry, RelPath } from '../../../common/model.ts'
import type { SearchView } from '../../../common/protocol.ts'
import type { FolderChild } from '../../providers/provider.ts'
import type { WantedNames } from '../folder-past.ts'
import { search } from '../timeline/find.ts'
import type { Timeline } from '../timeline/timeline.ts'
import type { WasThere } from './known-changes.ts'

/** Whence names are known without asking anybody. */
export interface NameSources {
  /** What this computer and the target last agreed on. */
  readonly trees: readonly Iterable<BaselineEntry>[]
  /** What the history knows to have been there, at any time. */
  readonly ever: Iterable<readonly [RelPath, WasThere]>
  /** What passes were told last. */
  readonly lastListed: readonly Entry[]
  readonly opened: Iterable<readonly FolderChild[]>
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>
}

/** Names between two pauses: some 20 ms. */
const WORK_AT_ONCE = 10_000

/** Names of files of any time, as far as this computer knows them, to be searched. */
export class KnownNames {
  readonly #names: Timeline

  private constructor(names: Timeline) {
    this.#names = names
  }

  static async gather({ trees, ever, lastListed, opened, pause }: NameSources): Promise<KnownNames> {
    const found = new Map<string, WasThere>()
    for await (const [path, was] of inTurns(ever, pause)) found.set(path, was)
    for await (const entry of inTurns(lastListed, pause)) if (isNews(entry, found.get(entry.path))) listed(found, entry)
    for (const tree of trees)
      for await (const { path, size: sizeBytes } of inTurns(tree, pause)) {
        // It is there: nothing is said of when it went.
        const sinceMs = found.get(path)?.sinceMs
        found.set(path, { sizeBytes, ...(sinceMs === undefined ? {} : { sinceMs }) })
      }
    for (const children of opened) for (const { entry } of children) listed(found, entry)
    return new KnownNames(asTimeline(found))
  }

  async search(wanted: WantedNames): Promise<SearchView> {
    const { rows, ...rest } = await search(this.#names, wanted)
    // How many versions there are, only the target tells.
    return { ...rest, rows: rows.map(({ versions: _versions, ...row }) => row) }
  }
}

/** Others have their turn now and then. */
async function* inTurns<T>(items: Iterable<T>, pause: () => Promise<void>): AsyncGenerator<T> {
  let count = 0
  for (const item of items) {
    yield item
    if (++count % WORK_AT_ONCE === 0) await pause()
  }
}

function listed(found: Map<string, WasThere>, { kind, path, size: sizeBytes, storedAtMs: sinceMs }: Entry): void {
  if (kind === 'file') found.set(path, { sizeBytes, ...(sinceMs === undefined ? {} : { sinceMs }) })
}

/** This computer did nothing to it since: what passes were told may be older than what they did. */
function isNews({ storedAtMs = 0 }: Entry, known: WasThere | undefined): boolean {
  return known === undefined || Math.max(known.goneMs ?? 0, known.sinceMs ?? 0) < storedAtMs
}

/** With one version of each path. */
function asTimeline(found: ReadonlyMap<string, WasThere>): Timeline {
  // In any order that stays the same: that of paths would take several times as long.
  const paths = [...found.keys()].toSorted()
  const all = paths.map((path) => found.get(path)!)
  return {
    paths,
    first: Array.from({ length: paths.length + 1 }, (_, at) => at),
    begunMs: all.map(({ sinceMs }) => sinceMs ?? Number.NaN),
    endedMs: all.map(({ goneMs }) => goneMs ?? Infinity),
    sizeBytes: all.map(({ sizeBytes }) => sizeBytes),
    mtimeMs: all.map(() => Number.NaN),
    kept: all.map(() => undefined),
    isArchived: all.map(() => false),
    keepsVersions: true,
  }
}
