import type { BaselineEntry, Change, Entry, RelPath } from '../../../common/model.ts'

/** What recognising a move needs to know of the folder. */
export interface MoveLookup {
  /** Baseline entries last seen under this inode. */
  byInode(inode: string): readonly BaselineEntry[]
  /** The path as it is now; undefined when absent or ignored, 'unknown' where that cannot be told. */
  statLocal(path: RelPath): Promise<Entry | 'unknown' | undefined>
  /** True for the old path of a move that an earlier pass found and that is not recorded yet. */
  isMoving(path: RelPath): boolean
  /** True where nothing may go to the path yet: then it is not what another path became. Without it, none is. */
  isHeldBack?(path: RelPath): boolean
}

/**
 * Pairs new paths with agreed ones that are gone: same inode, size and mtime, and the old path no
 * longer that file. A pair is a claim about identity only; *execute* compares the content hash
 * before anything is moved. One instance for each pass: an old path is given away once.
 */
export class MovePairing {
  readonly #lookup: MoveLookup
  readonly #taken = new Set<RelPath>()

  constructor(lookup: MoveLookup) {
    this.#lookup = lookup
  }

  /** The change for a path that the baseline does not know; a promise only where it may be a move. */
  changeFor(local: Entry): Change | Promise<Change> {
    const candidates = this.#candidates(local)
    return candidates.length === 0 ? created(local) : this.#judge(local, candidates)
  }

  /** True when the old path was recognised under its new name: it was not removed. */
  isTaken(path: RelPath): boolean {
    return this.#taken.has(path) || this.#lookup.isMoving(path)
  }

  async #judge(local: Entry, candidates: readonly BaselineEntry[]): Promise<Change> {
    const base = await this.#source(local, candidates)
    if (base === undefined) return created(local)
    this.#taken.add(base.path)
    return { kind: 'moved', path: local.path, from: base.path, local, base }
  }

  #candidates(local: Entry): readonly BaselineEntry[] {
    if (local.kind !== 'file' || local.identity === undefined || local.size === 0) return []
    return this.#lookup.isHeldBack?.(local.path) === true ? [] : this.#lookup.byInode(local.identity.inode)
  }

  async #source(local: Entry, candidates: readonly BaselineEntry[]): Promise<BaselineEntry | undefined> {
    for (const base of candidates) {
      if (base.kind !== 'file' || base.size !== local.size || base.mtimeNs !== local.mtimeNs) continue
      if (base.path === local.path || this.#taken.has(base.path)) continue
      const current = await this.#lookup.statLocal(base.path)
      // It may still be there as well: then it was linked or copied, and not moved.
      if (current === 'unknown') continue
      if (current?.identity?.inode !== local.identity?.inode) return base
    }
    return undefined
  }
}

function created(local: Entry): Change {
  return { kind: 'created', path: local.path, local }
}
