import type { Conflict } from '../../common/conflict.ts'
import type { Action, Entry, FolderId, RelPath } from '../../common/model.ts'
import { parentsOf } from '../../common/paths.ts'
import type { Store } from '../state/store.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { isAsSeen } from './execute/here.ts'
import { hasFolders } from './execute/objects-below.ts'
import type { PassSink } from './passes.ts'
import type { Planned } from './plan/plan.ts'

/** True for what only a listing of the target can find. */
export function isOfTarget({ kind }: Action): boolean {
  return OF_TARGET.has(kind)
}

/** Open conflicts that one pass looks after. */
const LOOKED_AFTER = 10_000

const OF_TARGET: ReadonlySet<Action['kind']> = new Set([
  'download',
  'remove-local',
  'move-local',
  'make-local-directory',
  'settle',
  'keep-both',
  'make-way',
])

interface OpenConflictsDeps {
  readonly store: Pick<Store, 'conflicts' | 'queue'>
  readonly folderId: FolderId
  readonly target: Pick<TargetProvider, 'features'>
}

/**
 * Keeps a pass from planning anew what is a conflict already: nothing of it changed since, and it is
 * for a person to end. Costs a look-up for each change, and nothing where no conflict is open.
 */
export class OpenConflicts {
  readonly #deps: OpenConflictsDeps
  readonly #sink: Pick<PassSink, 'waits'>
  readonly #isNone: boolean
  readonly #hasListed: boolean
  /** Paths of conflicts that this pass found different still. */
  readonly #met = new Set<RelPath>()
  /** Of these, the ones that are for a person to end, as both sides are. */
  readonly #waiting = new Set<RelPath>()

  /** `hasListed`: the target was listed, so that what does not speak of it found it as agreed on. */
  constructor(deps: OpenConflictsDeps, hasListed: boolean, sink: Pick<PassSink, 'waits'>) {
    this.#deps = deps
    this.#sink = sink
    this.#hasListed = hasListed
    this.#isNone = deps.store.conflicts.count(deps.folderId) === 0
  }

  /** What is to be done beside the open conflicts. */
  without(planned: readonly Planned[]): readonly Planned[] {
    return this.#isNone ? planned : planned.filter(({ action }) => !this.#isKnown(action))
  }

  /** The path is a conflict, or lies in one. */
  isIn(path: RelPath): boolean {
    return !this.#isNone && (this.#at(path) !== undefined || this.isBelow(path))
  }

  /** Nothing is to be done about the path before somebody decides: it lies in a conflict, or is one that this pass found unchanged. */
  isWaiting(path: RelPath): boolean {
    return this.#waiting.has(path) || this.isBelow(path)
  }

  /** The path lies in a folder of which one side has a file. */
  isBelow(path: RelPath): boolean {
    return !this.#isNone && parentsOf(path).some((parent) => this.#at(parent)?.kind === 'type')
  }

  #isKnown(action: Action): boolean {
    if (this.isBelow(action.path)) {
      if (isOfFile(action)) this.#sink.waits?.(action.path)
      return true
    }
    const open = this.#at(action.path)
    if (open === undefined) return false
    this.#met.add(action.path)
    if (!this.#isOf(action, open)) return false
    // A decision that is under way is a job of its own.
    if (open.state === 'open') this.#waiting.add(action.path)
    return true
  }

  /** The action comes from the very versions of the conflict. One that does not know the target goes by the source alone. */
  #isOf(action: Action, { local, remote, state, isUncompared }: Conflict): boolean {
    // What is decided is not compared any more: the comparison would take the place of the decision.
    if (isUncompared === true && state === 'open') return false
    const sides = action as { readonly local?: Entry; readonly remote?: Entry }
    if (sides.remote === undefined) {
      if (this.#hasListed || sides.local === undefined) return false
      // Nothing would keep an edit from its object, which is not what it is against: a listing shows the conflict anew.
      return isAsSeen(sides.local, local.entry) || (sides.local.kind === 'file' && this.isAgainstObjects(remote.entry))
    }
    if (!isSameRemote(sides.remote, remote.entry)) return false
    // Where the source has nothing any more, that is what changed.
    return sides.local !== undefined && isAsSeen(sides.local, local.entry)
  }

  /** The folder of the conflict is what lies below a name, at a target without folders. */
  isAgainstObjects(remote: Entry): boolean {
    return remote.kind === 'directory' && !hasFolders(this.#deps.target)
  }

  /** Open conflicts about which this pass found nothing to do: both sides may agree on them by now, or have lost them. */
  unmet(): readonly Conflict[] {
    if (this.#isNone || !this.#hasListed) return []
    const { store, folderId } = this.#deps
    const open = store.conflicts.list({ folderId, state: 'open', limit: LOOKED_AFTER })
    return open.filter(({ path }) => !this.#met.has(path))
  }

  /**
   * Conflicts that count as decided, and have no job that would carry it out: it was dropped, or was for what both
   * sides had agreed on meanwhile. Nothing would ever end them.
   */
  undecided(): readonly Conflict[] {
    if (this.#isNone) return []
    const { store, folderId } = this.#deps
    const decided = store.conflicts.list({ folderId, state: 'resolving', limit: LOOKED_AFTER })
    return decided.filter(({ path }) => !store.queue.has(folderId, path))
  }

  #at(path: RelPath): Conflict | undefined {
    return this.#deps.store.conflicts.at(this.#deps.folderId, path)
  }
}

function isSameRemote(seen: Entry, known: Entry): boolean {
  if (seen.kind !== known.kind) return false
  if (seen.kind === 'directory') return true
  return seen.etag === known.etag && seen.size === known.size && seen.mtimeNs === known.mtimeNs
}

/** What is to be done is to be done with a file. */
export function isOfFile(action: Action): boolean {
  const { local, remote } = action as { readonly local?: Entry; readonly remote?: Entry }
  return (local ?? remote)?.kind === 'file'
}
