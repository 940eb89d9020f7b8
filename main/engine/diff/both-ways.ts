import type { BaselineEntry, Change, Entry, RelPath } from '../../../common/model.ts'
import { nameOf } from '../../../common/paths.ts'
import { compareWithBaseline, remoteAgrees } from './compare.ts'

/** What comparing in both directions needs to know besides the trees. */
export interface TwoWayRules {
  /** The ignore rules hold for both sides: what they leave out is as if the target did not have it. */
  readonly isLeftOut: (remote: Entry) => boolean
  /** See `Features.isSameFile`. */
  readonly isSameFile?: (one: string, other: string) => boolean
  /** The path, or a folder it lies in, is a conflict: nothing goes there before somebody decides. */
  readonly isInConflict: (path: RelPath) => boolean
  /** False where nothing was agreed on yet: nothing can have been renamed at the target. */
  readonly mayHaveMoved: boolean
}

type Arrival = Extract<Change, { readonly kind: 'remote-created' }>
type Departure = Extract<Change, { readonly kind: 'remote-removed' }>

/** New files at the target that are held back until it is known what is gone there; more are fetched. */
const HELD_ARRIVALS = 50_000

/**
 * The rules of the three trees where both sides follow each other. Gone at the target and new at the
 * target are told last, so that a rename there is known for one. One instance for each merge.
 */
export class BothWays {
  readonly #rules: TwoWayRules
  readonly #arrivals: Arrival[] = []
  readonly #departures: Departure[] = []

  constructor(rules: TwoWayRules) {
    this.#rules = rules
  }

  /**
   * At the target, and not at the source. Undefined: the source lost it, and the target has what was agreed on. `isBelowFile`: the
   * source has a file where this needs a folder, so that no name of its own can have moved there.
   */
  arrived(
    remote: Entry,
    base: BaselineEntry | undefined,
    isBelowFile = false,
  ): Change | 'held' | 'left-out' | undefined {
    if (this.#rules.isLeftOut(remote)) return 'left-out'
    if (base !== undefined && remoteAgrees(remote, base)) return undefined
    const { path } = remote
    if (base !== undefined) return { kind: 'remote-created', path, remote, base }
    const arrival: Arrival = { kind: 'remote-created', path, remote }
    const mayHaveMoved = this.#rules.mayHaveMoved && !isBelowFile && remote.kind === 'file' && remote.size > 0
    if (!mayHaveMoved || this.#rules.isInConflict(path) || this.#arrivals.length >= HELD_ARRIVALS) return arrival
    this.#arrivals.push(arrival)
    return 'held'
  }

  /** At the source, and agreed on before. */
  compare(local: Entry, base: BaselineEntry, remote: Entry | undefined): Change | undefined {
    const { path } = local
    const change = compareWithBaseline(local, base)
    if (remote !== undefined && remoteAgrees(remote, base)) {
      // What is in a folder may have changed, though the folder itself says nothing of it.
      const isInFolder = local.kind === 'file' && base.kind === 'directory'
      return isInFolder ? { kind: 'both-changed', path, local, base, remote } : change
    }
    // Another mode of a folder is no reason to make it again.
    const isEdited = change !== undefined && (local.kind === 'file' || local.kind !== base.kind)
    if (remote === undefined) {
      if (isEdited) return base.kind === local.kind ? { kind: 'remote-drifted', path, local, base, remote } : change
      this.#departures.push({ kind: 'remote-removed', path, local, base })
      return undefined
    }
    return { kind: isEdited ? 'both-changed' : 'remote-changed', path, local, base, remote }
  }

  /** What waited for the end of all listings. Where something new may not arrive, what is gone elsewhere did not move there. */
  *late(mayArrive: (path: RelPath) => boolean = () => true): Generator<Change> {
    const bySize = Map.groupBy(
      this.#departures.filter(({ base }) => base.kind === 'file' && base.contentHash !== undefined),
      ({ base }) => base.remote.size,
    )
    const moved = new Set<RelPath>()
    for (const arrival of this.#arrivals.filter(({ path }) => mayArrive(path))) {
      const { path, remote } = arrival
      const left = bySize.get(remote.size)?.filter(({ path: from }) => !moved.has(from)) ?? []
      const from = this.#origin(remote, left)
      if (from === undefined) yield arrival
      else {
        moved.add(from.path)
        yield { kind: 'remote-moved', path, from: from.path, local: from.local, base: from.base, remote }
      }
    }
    for (const departure of this.#departures) if (!moved.has(departure.path)) yield departure
  }

  /** A claim about identity only: *execute* compares the digests before anything is renamed. */
  #origin(remote: Entry, left: readonly Departure[]): Departure | undefined {
    const { isSameFile } = this.#rules
    const { etag } = remote
    const proved = left.find(({ base }) => {
      const was = base.remote.etag
      if (was !== undefined && etag !== undefined && isSameFile?.(was, etag) === true) return true
      return remote.checksums?.some((sum) => sum.algorithm === 'blake3' && sum.value === base.contentHash) === true
    })
    if (proved !== undefined) return proved
    const alike = left.filter(({ base }) => base.mtimeNs / SECOND_NS === remote.mtimeNs / SECOND_NS)
    return alike.find(({ path }) => nameOf(path) === nameOf(remote.path)) ?? alike[0]
  }
}

const SECOND_NS = 1_000_000_000n
