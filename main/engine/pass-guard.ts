import type { Action, Change, Entry, FolderId, Hold, JobId, RelPath } from '../../common/model.ts'
import { parentOf, parentsOf, ROOT_PATH } from '../../common/paths.ts'
import { isSameObservation, isSameSource } from '../state/action-json.ts'
import type { PlannedAction, Store } from '../state/store.ts'
import {
  allowedChanges,
  judgeDeletions,
  judgeOverwrites,
  judgeRemovals,
  SAMPLED_FILES,
  WHOLE_SUBTREE_FILES,
  type GuardLimits,
  type Overwrite,
} from './plan/guard.ts'
import { strangeExtension } from './plan/content-signs.ts'
import type { Plan, Planned } from './plan/plan.ts'
import { lossSign, suspectHold } from './plan/suspect.ts'
import { isSafeElsewhere } from './safe-elsewhere.ts'
import { judgeMoves } from './doubtful-moves.ts'
import { IncomingGuard } from './incoming-guard.ts'
import type { Deletion, RecentChanges } from './recent-changes.ts'
import { spread, type Digester, type Sampler } from './sampling.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'

/** Suspect and refused files that a pass knows by name. */
const KNOWN_JOBS = 10_000
const PAGE = 1000
/** What a file system may make of a time that is set: FAT keeps every other second. */
const TIME_TOLERANCE_NS = 2_000_000_000n

/** What the guard of one pass goes by. */
export interface PassGuardOptions {
  readonly folderId: FolderId
  readonly store: Store
  /** Looks into files of the source. */
  readonly sample: Sampler
  /** Looks into files of the target. */
  readonly sampleThere: Sampler
  readonly limits: GuardLimits
  readonly recent: RecentChanges
  /** Undefined when nothing is there, 'unknown' where that cannot be told. */
  readonly look: (path: RelPath) => Promise<Entry | 'unknown' | undefined>
  /** Holds what was let through before it was known how much more there is. */
  readonly holdQueued: (paths: readonly RelPath[], hold: Hold) => void
  /** Ends questions: what they are about is no longer so. */
  readonly withdraw: (ids: readonly JobId[]) => void
  /** Tells moves from other files, where inode, size and time do not; without it, none is told. */
  readonly digest?: Digester
  readonly plan: (changes: readonly Change[]) => Plan
  readonly signal: AbortSignal
}

/** What a pass knows once it has seen everything it was to look at. */
export interface PassEnd {
  /** Undefined: not everything was looked at. */
  readonly localFiles: number | undefined
  /** The folder is the one that was known. */
  readonly isKnownRoot: boolean
}

/**
 * Decides what of a pass must wait for a person: files that look lost after the machine went down
 * (I11), and more change than is credible (I13). Judging is left to the pure functions of `plan/`;
 * here is what they have to know.
 */
export class PassGuard {
  readonly #options: PassGuardOptions
  readonly #baselineFiles: number
  readonly #allowed: number
  /** After the machine went down, until a full pass has judged every file. */
  readonly #isInDoubt: boolean
  /** What is held as suspect, as it looked then: it stays so until it is saved again. */
  readonly #suspects: ReadonlyMap<RelPath, Entry | undefined>
  /** What a person said no to: asked about again once it is another. */
  readonly #refused: ReadonlyMap<RelPath, Action>
  readonly #incoming: IncomingGuard
  #overwriteHold: Hold | undefined

  constructor(options: PassGuardOptions) {
    this.#options = options
    const { store, folderId, limits } = options
    this.#baselineFiles = store.baseline.totals(folderId).files
    this.#allowed = allowedChanges(this.#baselineFiles, limits)
    this.#incoming = new IncomingGuard(options, this.#allowed)
    this.#isInDoubt = store.folders.get(folderId).mayHaveLostWrites === true
    const held = limits.isAgreed === true ? [] : store.queue.list({ ...heldFor('mass-overwrite'), folderId, limit: 1 })
    this.#overwriteHold = held[0]?.hold === undefined ? undefined : commonOf(held[0].hold)
    const suspects = store.queue.list({ ...heldFor('suspect'), folderId, limit: KNOWN_JOBS })
    const refused = store.queue.list({ folderId, state: 'refused', limit: KNOWN_JOBS })
    this.#refused = new Map(refused.map(({ action }) => [action.path, action]))
    this.#suspects = new Map(suspects.map(({ action }) => [action.path, 'local' in action ? action.local : undefined]))
  }

  /** True while every change has to be looked at with care. */
  get isInDoubt(): boolean {
    return this.#isInDoubt
  }

  /** What was found so far, in the order given: with what has to wait held, and without what was refused. */
  async admit(found: readonly Planned[]): Promise<readonly PlannedAction[]> {
    if (this.#baselineFiles === 0) return found
    this.#noteMoves(found)
    const planned = await this.#incoming.admit(found.filter(({ action }) => !this.#isRefused(action)))
    const suspects = await this.#judgeLosses(planned)
    const apart = await this.#judgeMoves(planned)
    const overwrites = new Map<Planned, Overwrite>()
    for (const each of planned) {
      const isJudged = suspects.has(each) || apart.has(each)
      const overwrite = isJudged ? undefined : await this.#overwriteOf(each.action)
      if (overwrite !== undefined) overwrites.set(each, overwrite)
    }
    await this.#judgeOverwrites([...overwrites.values()])
    const massHold = this.#overwriteHold
    return planned.flatMap((each) => {
      const suspect = suspects.get(each)
      const overwrite = massHold === undefined ? undefined : overwrites.get(each)
      if (suspect !== undefined) return { ...each, hold: suspect }
      if (overwrite !== undefined) return { ...each, hold: holdOf(massHold!, each.action, overwrite) }
      return apart.get(each) ?? each
    })
  }

  /** A folder that was missed under its old name before its new one was seen: what was held for that is judged anew by the next full look. */
  #noteMoves(found: readonly Planned[]): void {
    const { recent, store, folderId, withdraw } = this.#options
    const moves = found.flatMap(({ action }) => (action.kind === 'move' ? [action] : []))
    recent.came(found.flatMap(({ action }) => (isNewFile(action) ? [action.path] : [])))
    if (moves.length === 0) return
    recent.moved(moves)
    if (!recent.movedAway(moves.flatMap(({ from }) => [from, ...parentsOf(from)]))) return
    const held = store.queue.list({ ...heldFor('mass-delete'), folderId, limit: KNOWN_JOBS })
    if (held.length > 0) withdraw(held.map(({ id }) => id))
  }

  /** The deletions of the whole pass, with what has to wait held, and why most of it has. */
  async admitDeletions(
    deletions: readonly Planned[],
    end: PassEnd,
  ): Promise<{ readonly planned: readonly PlannedAction[]; readonly hold: Hold | undefined }> {
    this.#options.recent.deleted(deletions.map(toDeletion))
    const hold = deletions.length === 0 ? undefined : this.#deletionHold(deletions, end)
    if (hold === undefined) await this.#judgeOverwrites([])
    const common = hold ?? this.#overwriteHold
    const elsewhere = await this.#safeElsewhere(deletions)
    const planned = deletions.map((each): PlannedAction => {
      const { path } = each.action
      const suspect = suspectHold(each.action, engineFailureTexts.suspect.missing)
      const isSuspect = this.#suspects.has(path) && !elsewhere.has(path)
      // A disk that goes and comes back must not make an edit of what is suspect already.
      const own = isSuspect ? suspect : (common ?? (this.#isInDoubt && !elsewhere.has(path) ? suspect : undefined))
      return own === undefined ? each : { ...each, hold: own }
    })
    return { planned, hold: common ?? planned.find((each) => each.hold !== undefined)?.hold }
  }

  /**
   * Removals from the source, with the overwrites here that waited for the end of the listing. Judged by themselves:
   * what somebody emptied, or damaged, at the target is not to be emptied or damaged here unasked.
   */
  async admitRemovals(
    removals: readonly Planned[],
    remoteFiles: number,
  ): Promise<{ readonly planned: readonly PlannedAction[]; readonly hold: Hold | undefined }> {
    const { recent, limits } = this.#options
    recent.removedHere(removals.map(({ action }) => ({ path: action.path, isFile: isFileRemoval(action) })))
    const overwrites = await this.#incoming.end(removals)
    const totals = { known: this.#baselineFiles, remoteFiles, recent: recent.removals.length }
    const emptied = removals.length === 0 ? undefined : judgeRemovals(removals, totals, limits)
    const hold = emptied ?? this.#incoming.hold
    const planned = hold === undefined ? removals : removals.map((each) => ({ ...each, hold }))
    return { planned: [...overwrites, ...planned], hold }
  }

  /**
   * Of what may be lost since the machine went down, what lives under another name that is safe: a rename was undone,
   * or somebody found the file and put it back. What was asked about it is asked no more.
   */
  async #safeElsewhere(deletions: readonly Planned[]): Promise<ReadonlySet<RelPath>> {
    const found = new Set<RelPath>()
    if (!this.#isInDoubt && this.#suspects.size === 0) return found
    const { store, folderId, look, withdraw } = this.#options
    for (const { action } of deletions) {
      const isAsked = this.#isInDoubt || this.#suspects.has(action.path)
      if (isAsked && action.kind === 'delete' && (await isSafeElsewhere({ store, folderId, look }, action.base)))
        found.add(action.path)
    }
    if (found.size === 0) return found
    const asked = store.queue.list({ ...heldFor('suspect'), folderId, limit: KNOWN_JOBS })
    withdraw(asked.filter(({ action }) => found.has(action.path)).map(({ id }) => id))
    return found
  }

  async #judgeLosses(planned: readonly Planned[]): Promise<ReadonlyMap<Planned, Hold>> {
    const doubtful = planned.filter(({ action }) => this.#isDoubtful(action))
    if (doubtful.length === 0) return new Map()
    const { sample, signal } = this.#options
    const samples = await sample(
      doubtful.map(({ action }) => action.path),
      signal,
    )
    const holds = doubtful.flatMap((each, index) => {
      const sign = lossSign(each.action, samples[index]) ?? this.#unsavedSign(each.action)
      return sign === undefined ? [] : [[each, suspectHold(each.action, sign)] as const]
    })
    return new Map(holds)
  }

  /** A move from what is asked about, or in doubt, has to prove that it is one. */
  async #judgeMoves(planned: readonly Planned[]): Promise<ReadonlyMap<Planned, readonly PlannedAction[]>> {
    const { digest = async () => undefined, plan, signal } = this.#options
    const doubtful = planned.filter(
      ({ action }) => action.kind === 'move' && (this.#isInDoubt || this.#suspects.has(action.from)),
    )
    return judgeMoves(doubtful, { digest, plan, signal })
  }

  #isRefused(action: Action): boolean {
    const refused = this.#refused.get(action.path)
    if (refused === undefined) return false
    // A look at both sides may find more at the target, and the same file here.
    return isSameObservation(refused, action) || isSameSource(refused, action)
  }

  #isDoubtful(action: Action): boolean {
    const { kind } = action
    const replaces = (kind === 'upload' || kind === 'adopt') && action.base !== undefined
    return replaces && (this.#isInDoubt || this.#suspects.has(action.path))
  }

  /** A suspect file stays one until it is saved again, or is back: another mode alone makes it no edit. */
  #unsavedSign(action: Action): string | undefined {
    const held = this.#suspects.get(action.path)
    if (held === undefined || (action.kind !== 'upload' && action.kind !== 'adopt')) return undefined
    if (action.base === undefined) return undefined
    const { local, base } = action
    const offNs = local.mtimeNs - base.mtimeNs
    const isSameTime = offNs < TIME_TOLERANCE_NS && offNs > -TIME_TOLERANCE_NS
    const isBack = local.identity?.inode !== held.identity?.inode && local.size === base.size && isSameTime
    return isBack || local.mtimeNs > held.mtimeNs ? undefined : engineFailureTexts.suspect.notSaved
  }

  /** Undefined for what takes nothing away. */
  async #overwriteOf(action: Action): Promise<Overwrite | undefined> {
    if (action.kind === 'move') {
      const { path, from, local } = action
      return strangeExtension(from, path) === undefined ? undefined : { path, from, bytes: local.size }
    }
    if (action.kind !== 'upload' || action.local.kind !== 'file') return undefined
    const { path, local, base } = action
    if (base !== undefined) return { path, bytes: base.size }
    const from = await this.#replacedBy(local)
    return from === undefined ? undefined : { path, from, bytes: local.size }
  }

  /** The file that this new one took the place of: its name with something added, or its inode, while it is gone itself. */
  async #replacedBy(local: Entry): Promise<RelPath | undefined> {
    const { store, folderId, look } = this.#options
    const dot = local.path.lastIndexOf('.')
    const shorter = dot > parentOf(local.path).length + 1 ? (local.path.slice(0, dot) as RelPath) : undefined
    const known = shorter === undefined ? undefined : store.baseline.get(folderId, shorter)
    const inode = local.identity?.inode
    const candidates = [
      ...(known === undefined ? [] : [known]),
      ...(inode === undefined ? [] : store.baseline.byInode(folderId, inode)),
    ]
    for (const { path, kind } of candidates)
      if (kind === 'file' && path !== local.path && (await look(path)) === undefined) return path
    return undefined
  }

  /** Looks into overwrites once there are more than are allowed, and then again after as many more. */
  async #judgeOverwrites(found: readonly Overwrite[]): Promise<void> {
    const { recent, sample, signal, holdQueued } = this.#options
    const before = recent.overwrites
    recent.overwritten(found)
    const { overwrites } = recent
    const taken = recent.deletions.length
    if (this.#overwriteHold !== undefined || overwrites.length === 0 || overwrites.length + taken <= this.#allowed)
      return
    const chosen = spread(overwrites, SAMPLED_FILES)
    const samples = await sample(
      chosen.map(({ path }) => path),
      signal,
    )
    this.#overwriteHold = judgeOverwrites(
      { side: 'target', overwrites, deletions: taken, baselineFiles: this.#baselineFiles },
      chosen.map((overwrite, index) => ({ overwrite, sample: samples[index] })),
    )
    if (this.#overwriteHold !== undefined)
      return holdQueued(
        before.map(({ path }) => path),
        this.#overwriteHold,
      )
    recent.overwritesJudged()
  }

  #deletionHold(deletions: readonly Planned[], { localFiles, isKnownRoot }: PassEnd): Hold | undefined {
    const { recent, limits } = this.#options
    const bytes = deletions.reduce((sum, { action }) => sum + ('base' in action ? (action.base?.size ?? 0) : 0), 0)
    const count = deletions.length
    if (!isKnownRoot && limits.isAgreed !== true) {
      return {
        reason: 'source-replaced',
        count,
        bytes,
        message: engineFailureTexts.passGuard.theFolderIsOnAnother({ count }),
      }
    }
    const all = recent.deletions
    const goneSubtree = all.length <= this.#allowed ? this.#goneSubtree(all) : undefined
    const hold = judgeDeletions(
      {
        deletions: all.length,
        deletedBytes: bytes,
        baselineFiles: this.#baselineFiles,
        localFiles: localFiles ?? this.#baselineFiles,
        ...(goneSubtree === undefined ? {} : { goneSubtree }),
      },
      limits,
    )
    return hold === undefined ? undefined : { ...hold, count }
  }

  /**
   * The highest folder of which every known file is among these, if it has enough of them. What came
   * and went within minutes is no loss of a folder, and one whose last files live elsewhere now was moved.
   */
  #goneSubtree(deletions: readonly Deletion[]): { readonly path: RelPath; readonly files: number } | undefined {
    const { recent } = this.#options
    const gone = new Set(deletions.filter(({ isFile }) => isFile).map(({ path }) => path))
    const counts = new Map<RelPath, number>()
    for (const path of gone) {
      if (recent.isNew(path)) continue
      for (const folder of parentsOf(path)) counts.set(folder, (counts.get(folder) ?? 0) + 1)
    }
    const whole = [...counts]
      .filter(([folder, files]) => folder !== ROOT_PATH && files >= WHOLE_SUBTREE_FILES)
      .toSorted(([a], [b]) => a.length - b.length)
      .find(([folder]) => [folder, ...recent.leftFrom(folder)].every((place) => !this.#hasFileLeft(place, gone)))
    return whole === undefined ? undefined : { path: whole[0], files: whole[1] }
  }

  /** At this path, or below it. */
  #hasFileLeft(place: RelPath, gone: ReadonlySet<RelPath>): boolean {
    const { store, folderId } = this.#options
    if (!gone.has(place) && store.baseline.get(folderId, place)?.kind === 'file') return true
    for (let after: RelPath | undefined; ;) {
      const page = store.baseline.page(folderId, place, after, PAGE)
      if (page.some(({ kind, path }) => kind === 'file' && !gone.has(path))) return true
      if (page.length < PAGE) return false
      after = page.at(-1)!.path
    }
  }
}

function isNewFile(action: Action): boolean {
  return action.kind === 'upload' && action.base === undefined && action.local.kind === 'file'
}

function toDeletion({ action }: Planned): Deletion {
  return { path: action.path, isFile: action.kind === 'delete' && action.base.kind === 'file' }
}

function isFileRemoval(action: Action): boolean {
  return action.kind === 'remove-local' && action.base.kind === 'file'
}

/** A new file says which one it took the place of: bringing that back is an answer. */
function holdOf(hold: Hold, action: Action, { from }: Overwrite): Hold {
  return action.kind === 'upload' && from !== undefined ? { ...hold, replaces: from } : hold
}

/** What is said of all: which file one of them took the place of is that one's. */
function commonOf({ replaces: _own, ...hold }: Hold): Hold {
  return hold
}

function heldFor(reason: Hold['reason']): { readonly state: 'held'; readonly reason: Hold['reason'] } {
  return { state: 'held', reason }
}
