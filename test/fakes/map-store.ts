import type { BaselineEntry, FolderId, Job, RelPath } from '../../common/model.ts'
import { DISTINCT_NAMES, foldPath, isFolding, type NameFolding } from '../../common/name-folding.ts'
import { comparePaths, isWithin, parentOf, ROOT_PATH } from '../../common/paths.ts'
import type { FolderState, JobFilter, Store } from '../../main/state/store.ts'

/** The agreed state of one folder as a map; of the rest only what a pass and a record touch. */
export class MapStore {
  readonly entries = new Map<RelPath, BaselineEntry>()
  folder: FolderState = { compared: false }
  #folding = DISTINCT_NAMES

  readonly baseline = {
    get: (_: FolderId, path: RelPath) => this.entries.get(path),
    page: (_: FolderId, scope: RelPath, after: RelPath | undefined, limit: number) =>
      [...this.entries.values()]
        .filter(({ path }) => isWithin(path, scope) && (after === undefined || comparePaths(path, after) > 0))
        .toSorted((a, b) => comparePaths(a.path, b.path))
        .slice(0, limit),
    byInode: (_: FolderId, inode: string) =>
      [...this.entries.values()].filter((each) => each.identity?.inode === inode),
    twins: (_: FolderId, path: RelPath) => this.#twins(path),
    folding: () => this.#folding,
    setFolding: (_: FolderId, folding: NameFolding) => void (this.#folding = folding),
    put: (_: FolderId, entry: BaselineEntry) => {
      for (let path = entry.path; path !== ROOT_PATH; path = parentOf(path))
        for (const twin of this.#twins(path)) this.entries.delete(twin)
      this.entries.set(entry.path, entry)
    },
    remove: (_: FolderId, path: RelPath) => void this.entries.delete(path),
    totals: () => ({ files: this.fileCount, bytes: 0 }),
    altered: () => ({ files: 0, bytes: 0 }),
    quietAt: () => undefined,
    keepQuiet: () => undefined,
    revision: () => 0,
  }
  readonly queue = { complete: () => undefined, list: (_filter?: JobFilter): readonly Job[] => [] }
  readonly history = { append: () => [] }
  readonly folders = {
    get: () => this.folder,
    set: (_: FolderId, state: Partial<FolderState>) => void (this.folder = { ...this.folder, ...state }),
    putProblems: () => undefined,
  }

  #twins(path: RelPath): readonly RelPath[] {
    if (!isFolding(this.#folding)) return []
    const folded = foldPath(path, this.#folding)
    return [...this.entries.keys()].filter((each) => each !== path && foldPath(each, this.#folding) === folded)
  }

  get fileCount(): number {
    let files = 0
    for (const { kind } of this.entries.values()) if (kind === 'file') files++
    return files
  }

  transaction<T>(work: () => T): T {
    return work()
  }

  /** As the port, for what only uses the part that is here. */
  asStore(): Store {
    return this as unknown as Store
  }
}
