import type { Action, FolderId, Hold, RelPath } from '../../common/model.ts'
import { parentOf } from '../../common/paths.ts'
import type { PlannedAction, Store } from '../state/store.ts'
import { strangeExtension } from './plan/content-signs.ts'
import { judgeOverwrites, SAMPLED_FILES, type GuardLimits, type Overwrite } from './plan/guard.ts'
import type { Planned } from './plan/plan.ts'
import type { RecentChanges } from './recent-changes.ts'
import { spread, type Sampler } from './sampling.ts'

/** What judging goes by. */
export interface IncomingOptions {
  readonly folderId: FolderId
  readonly store: Pick<Store, 'baseline' | 'queue'>
  readonly sampleThere: Sampler
  readonly limits: GuardLimits
  readonly recent: RecentChanges
  readonly holdQueued: (paths: readonly RelPath[], hold: Hold) => void
  readonly signal: AbortSignal
}

/**
 * Keeps damage at the target from coming here (I13), in two-way mode: what would replace files of the source waits until the
 * listing is complete, or until there is more of it than passes without asking. Then the target's versions are looked
 * into, and where they look like the work of ransomware all of them are held. One instance for each pass.
 */
export class IncomingGuard {
  readonly #options: IncomingOptions
  readonly #allowed: number
  #waiting: Planned[] = []
  #hold: Hold | undefined

  /** `allowed`: changes that need no second look; see `allowedChanges`. */
  constructor(options: IncomingOptions, allowed: number) {
    this.#options = options
    this.#allowed = allowed
    const { store, folderId, limits } = options
    const filter = { folderId, state: 'held', reason: 'mass-overwrite-here', limit: 1 } as const
    const held = limits.isAgreed === true ? [] : store.queue.list(filter)
    this.#hold = held[0]?.hold
  }

  /** Why what comes from the target is held, if it is. */
  get hold(): Hold | undefined {
    return this.#hold
  }

  /** What of these may be queued now: everything but what replaces something here and is still to be judged. */
  async admit(found: readonly Planned[]): Promise<readonly PlannedAction[]> {
    const incoming = new Set(found.filter(({ action }) => this.#mayReplace(action)))
    if (incoming.size === 0) return found
    this.#waiting.push(...incoming)
    const judged = await this.#judge(this.#overwrites([]))
    return [...found.filter((each) => !incoming.has(each)), ...judged]
  }

  /** The rest, once everything was listed. `removals`: what the target has no more. */
  async end(removals: readonly Planned[]): Promise<readonly PlannedAction[]> {
    if (this.#waiting.length === 0) return []
    const judged = await this.#judge(this.#overwrites(removals))
    return judged.length > 0 ? judged : this.#released()
  }

  /** Empty as long as there is no more than what passes without asking. */
  async #judge(found: readonly Overwrite[]): Promise<readonly PlannedAction[]> {
    const { recent, sampleThere, signal, holdQueued, store, folderId } = this.#options
    if (this.#hold !== undefined) return this.#released()
    const before = recent.overwritesHere
    const overwrites = [...new Map([...before, ...found].map((each) => [each.path, each])).values()]
    const deletions = recent.removals.length
    if (overwrites.length === 0 || overwrites.length + deletions <= this.#allowed) return []
    const chosen = spread(overwrites, SAMPLED_FILES)
    const samples = await sampleThere(
      chosen.map(({ path }) => path),
      signal,
    )
    const baselineFiles = store.baseline.totals(folderId).files
    this.#hold = judgeOverwrites(
      { side: 'source', overwrites, deletions, baselineFiles },
      chosen.map((overwrite, index) => ({ overwrite, sample: samples[index] })),
    )
    if (this.#hold === undefined) {
      const released = this.#released()
      recent.overwritesHereJudged()
      return released
    }
    holdQueued(
      before.map(({ path }) => path),
      this.#hold,
    )
    return this.#released()
  }

  /** Everything that waited goes on: to the queue, or to be held there. */
  #released(): readonly PlannedAction[] {
    const { recent } = this.#options
    const waited = this.#waiting
    this.#waiting = []
    recent.overwrittenHere(waited.flatMap(({ action }) => overwriteOf(action, NONE) ?? []))
    const hold = this.#hold
    return hold === undefined ? waited : waited.map((each): PlannedAction => ({ ...each, hold }))
  }

  #overwrites(removals: readonly Planned[]): readonly Overwrite[] {
    const gone = new Set(removals.map(({ action }) => action.path))
    return this.#waiting.flatMap(({ action }) => overwriteOf(action, gone) ?? [])
  }

  /** Only the end of the listing tells of a new file whether the one with the shorter name is gone. */
  #mayReplace(action: Action): boolean {
    if (overwriteOf(action, NONE) !== undefined) return true
    if (action.kind !== 'download' || action.base !== undefined) return false
    const { store, folderId } = this.#options
    const shorter = withoutExtension(action.path)
    return shorter !== undefined && store.baseline.get(folderId, shorter)?.kind === 'file'
  }
}

const NONE: ReadonlySet<RelPath> = new Set()

/** Undefined for what takes no version of a file away. `gone`: what the target has no more. */
function overwriteOf(action: Action, gone: ReadonlySet<RelPath>): Overwrite | undefined {
  const { path } = action
  switch (action.kind) {
    case 'move-local': {
      const { from, local } = action
      return strangeExtension(from, path) === undefined ? undefined : { path, from, bytes: local.size }
    }
    case 'settle':
    case 'download': {
      const { local, base, remote } = action
      if (remote.kind !== 'file') return undefined
      if (local?.kind === 'file' && base?.kind === 'file') return { path, bytes: local.size }
      const from = local === undefined ? withoutExtension(path) : undefined
      return from !== undefined && gone.has(from) ? { path, from, bytes: remote.size } : undefined
    }
    default:
      return undefined
  }
}

/** `a/b.txt` of `a/b.txt.locked`. */
function withoutExtension(path: RelPath): RelPath | undefined {
  const dot = path.lastIndexOf('.')
  return dot > parentOf(path).length + 1 ? (path.slice(0, dot) as RelPath) : undefined
}
