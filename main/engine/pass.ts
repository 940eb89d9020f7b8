import { isTidekeepError, TidekeepError } from '../../common/errors.ts'
import type { Job, JobState, Problem, RelPath } from '../../common/model.ts'
import { comparePaths, isWithin, ROOT_PATH } from '../../common/paths.ts'
import type { Listed, TargetProvider } from '../providers/provider.ts'
import { goneBelowLosers } from './below-losers.ts'
import { Collisions } from './collisions.ts'
import type { TwoWayRules } from './diff/both-ways.ts'
import { diffPaths, diffTree, type DiffBatch } from './diff/diff.ts'
import { MovePairing, type MoveLookup } from './diff/moves.ts'
import type { QuietMemory } from './diff/quiet.ts'
import { isOfTarget, OpenConflicts } from './open-conflicts.ts'
import { endedConflicts, overtakenJobs } from './overtaken.ts'
import { PassGuard } from './pass-guard.ts'
import type { PassDeps, PassRequest, PassResult, PassRules, PassSink } from './passes.ts'
import { makePlan, type Planned, type Policy } from './plan/plan.ts'
import { RecentChanges } from './recent-changes.ts'
import { createTargetSampler } from './sampling.ts'
import { statIfReadable } from './scan/presence.ts'
import type { RootIdentity, ScanBatch, ScanScope } from './scan/scanner.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'

const PAGE = 1000
/** What a person decides, or decided, about. */
const DECIDED: readonly JobState[] = ['held', 'refused', 'skipped']
/** Failed jobs that one pass looks at again, and decided ones; the others are looked at when these are gone. */
const FAILED_JOBS = 1000
const DECIDED_JOBS = 10_000
/** Files up to this size go in the small lane: batched, and never behind a huge one. */
const SMALL_FILE_BYTES = 8 * 1024 * 1024

/** One pass under way; see `runPass`, which calls everything in its order. */
export class Pass {
  readonly #deps: PassDeps
  readonly #request: PassRequest
  readonly #sink: PassSink
  readonly #root: RootIdentity
  readonly #sameRoot: boolean
  readonly #policy: Policy
  readonly #moves: MovePairing
  readonly #collisions: Collisions | undefined
  readonly #guard: PassGuard
  /** Jobs from before this pass that may be about what is no longer so, without what it plans anew. */
  readonly #unsettled: Map<RelPath, Job>
  readonly #conflicts: OpenConflicts | undefined
  /** Names that give way to others. */
  readonly #losers: RelPath[] = []
  #deletions: Planned[] = []
  #removals: Planned[] = []
  /** Files in the target's listing. */
  #remoteFiles = 0
  #isRootNoted: boolean
  #isSomeUnseen = false
  #files = 0
  #bytes = 0

  constructor(deps: PassDeps, request: PassRequest, found: { readonly root: RootIdentity; readonly sink: PassSink }) {
    this.#deps = deps
    this.#request = request
    this.#sink = found.sink
    this.#root = found.root
    this.#moves = new MovePairing(this.#lookup())
    this.#collisions = Collisions.open(deps)
    const known = deps.store.folders.get(deps.folderId)
    this.#sameRoot =
      known.rootInode === undefined || (known.rootInode === found.root.inode && known.rootDevice === found.root.device)
    // Another one, in which nothing was ever agreed on, may have been the empty mount point of an absent disk.
    this.#isRootNoted = known.rootInode !== undefined && (this.#sameRoot || isSomeAgreed(deps))
    this.#policy = policyFor(deps, request.rules, known.compared)
    this.#conflicts =
      request.rules.mode === 'two-way' ? new OpenConflicts(deps, request.compareTarget, found.sink) : undefined
    this.#guard = this.#openGuard()
    this.#unsettled = this.#unsettledJobs()
  }

  async everything(): Promise<void> {
    const scope = { path: ROOT_PATH, recursive: true }
    await this.#tree(scope, this.#request.compareTarget)
    const gone = await goneBelowLosers(this.#deps, this.#losers)
    const changes = gone.filter(({ path }) => !this.#moves.isTaken(path))
    await this.#take({ changes, problems: [], files: 0, bytes: 0 })
  }

  async scopes(scopes: readonly ScanScope[]): Promise<void> {
    const { recursive, single } = await this.#sortOut((await this.#collisions?.widen(scopes)) ?? scopes)
    for (const scope of recursive) await this.#tree(scope, false)
    if (single.length > 0) await this.#paths(single)
  }

  /** A disk that went away between two looks leaves an empty folder behind, which must not pass for the one that was emptied (I12). */
  async confirmRoot(): Promise<void> {
    if (this.#deletions.length === 0) return
    const { device, inode } = await this.#deps.scanner.root()
    if (device === this.#root.device && inode === this.#root.inode) return
    throw new TidekeepError({
      code: 'unavailable',
      message: engineFailureTexts.pass.theFolderWasReplacedBy,
      fix: engineFailureTexts.pass.theFolderWasReplacedByFix,
    })
  }

  /** What earlier passes left to do, and is done by now. */
  async overtaken(): Promise<void> {
    const jobs = await overtakenJobs(this.#deps, this.#unsettled, this.#conflicts)
    if (jobs.length > 0) this.#sink.overtaken?.(jobs)
  }

  /** Conflicts that are none any more, and those whose decision got lost. Answers true as `PassResult.isSomeLeft` does. */
  async settled(): Promise<boolean> {
    if (this.#conflicts === undefined) return false
    const { ended, undecided } = await endedConflicts(this.#deps, this.#conflicts, this.#request.signal)
    if (ended.length > 0) this.#sink.settled?.(ended.map(({ id }) => id))
    if (undecided.length > 0) this.#sink.undecided?.(undecided)
    return ended.some(({ kind }) => kind === 'type')
  }

  async finish(): Promise<Omit<PassResult, 'isSomeLeft'>> {
    const isEverything = this.#request.scopes === 'everything'
    // A later scope may have shown where a path of an earlier one went.
    const missed = this.#deletions.filter(({ action }) => !this.#moves.isTaken(action.path))
    const deletions = this.#deps.missing?.admit(missed, isEverything) ?? missed
    const { planned, hold } = await this.#guard.admitDeletions(deletions, {
      localFiles: isEverything ? this.#files : undefined,
      isKnownRoot: this.#sameRoot,
    })
    if (planned.length > 0) this.#sink.plan(planned)
    const removals = await this.#guard.admitRemovals(this.#removals, this.#remoteFiles)
    if (removals.planned.length > 0) this.#sink.plan(removals.planned)
    if (isEverything) this.#reconciled(hold?.reason !== 'source-replaced')
    return {
      files: this.#files,
      bytes: this.#bytes,
      deletions: deletions.length,
      removals: this.#removals.length,
      hold: hold ?? removals.hold,
      isKnownRoot: this.#sameRoot,
    }
  }

  #reconciled(isAccepted: boolean): void {
    const { store, folderId, clock } = this.#deps
    // Another folder is the known one only when nothing waits for a person to say so, and not as an empty mount point.
    const isEmptied = this.#files === 0 && store.baseline.totals(folderId).files > 0
    const isKnown = this.#sameRoot || (isAccepted && !isEmptied)
    store.folders.set(folderId, {
      ...(isKnown ? { rootDevice: this.#root.device, rootInode: this.#root.inode } : {}),
      lastReconcileMs: clock.now(),
      ...(this.#request.compareTarget ? { compared: true } : {}),
      ...(this.#isAllJudged ? { mayHaveLostWrites: false } : {}),
    })
  }

  /** Of what may be lost since the machine went down, everything was looked at, and what is missing may be asked about. */
  get #isAllJudged(): boolean {
    return this.#guard.isInDoubt && this.#sameRoot && !this.#isSomeUnseen && this.#policy.deletionsAllowed
  }

  async #tree(scope: ScanScope, compareTarget: boolean): Promise<void> {
    const { store, folderId, target, clock } = this.#deps
    const problems: Problem[] = []
    const listedAtMs = clock.now()
    const batches = diffTree({
      local: this.#scan([scope]),
      baseline: (after) => store.baseline.page(folderId, scope.path, after, PAGE),
      moves: this.#moves,
      ...(compareTarget ? { remote: this.#listed(listTarget(target, this.#request.signal)) } : {}),
      ...(scope.path === ROOT_PATH && this.#collisions === undefined ? { quiet: this.#quiet() } : {}),
      // What was set back since says nothing of when that was.
      isAgreedSince: ({ recordedAtMs }) => recordedAtMs > listedAtMs && recordedAtMs <= clock.now(),
      ...(this.#request.rules.mode === 'two-way' ? { twoWay: this.#twoWayRules() } : {}),
    })
    for await (const batch of batches) problems.push(...(await this.#take(batch)))
    this.#noteProblems(scope.path, problems)
  }

  async *#listed(pages: AsyncIterable<Listed>): AsyncGenerator<Listed> {
    for await (const page of pages) {
      this.#remoteFiles += 'last' in page ? page.files : page.filter(({ kind }) => kind === 'file').length
      yield page
    }
  }

  #quiet(): QuietMemory {
    const { store, folderId } = this.#deps
    return {
      find: (last) => store.baseline.quietAt(folderId, last),
      revision: () => store.baseline.revision(),
      keep: (stretches) => this.#sink.quiet?.(stretches),
    }
  }

  #twoWayRules(): TwoWayRules {
    const { scanner, store, folderId, target } = this.#deps
    const { features } = target
    return {
      isLeftOut: ({ path, kind }) => scanner.ignores?.(path, kind) === true,
      isInConflict: (path) => this.#conflicts?.isIn(path) === true,
      mayHaveMoved: store.baseline.totals(folderId).files > 0,
      ...(features.isSameFile === undefined
        ? {}
        : { isSameFile: (one, other) => features.isSameFile?.(one, other) === true }),
    }
  }

  async #paths(paths: readonly RelPath[]): Promise<void> {
    const { store, folderId } = this.#deps
    const directories = new Set<RelPath>()
    const scopes = paths.map((path) => ({ path, recursive: false }))
    const batches = diffPaths({
      looked: paths,
      local: noteDirectories(this.#scan(scopes), directories),
      baselineAt: (path) => store.baseline.get(folderId, path),
      moves: this.#moves,
    })
    const problems: Problem[] = []
    for await (const batch of batches) problems.push(...(await this.#take(batch)))
    // What lies in a folder that gives way was dropped with it: the problem is the folder's.
    for (const problem of problems)
      if (!paths.includes(problem.path)) this.#noteProblems(problem.path, [problem], 'alone')
    for (const path of paths) {
      const found = problems.filter((problem) => problem.path === path)
      // Only its contents tell whether a folder can be read, and they were not looked at.
      if (found.length > 0 || !directories.has(path)) this.#noteProblems(path, found, 'alone')
    }
  }

  #scan(scopes: readonly ScanScope[]): AsyncIterable<ScanBatch> {
    const found = this.#deps.scanner.scan(scopes, this.#request.signal)
    return this.#collisions?.without(found) ?? found
  }

  /** Plans one batch; answers its problems, found and planned. */
  async #take(batch: DiffBatch): Promise<readonly Problem[]> {
    this.#files += batch.files
    this.#bytes += batch.bytes
    const plan = makePlan(batch.changes, this.#policy)
    const beside = (planned: readonly Planned[]): readonly Planned[] => this.#conflicts?.without(planned) ?? planned
    const found = beside(plan.planned)
    const deletions = beside(plan.deletions)
    const removals = beside(plan.removals)
    if (this.#unsettled.size > 0)
      for (const { action } of [...found, ...deletions, ...removals]) this.#unsettled.delete(action.path)
    this.#deletions.push(...deletions)
    this.#removals.push(...removals)
    this.#deps.missing?.found(plan.planned)
    if (found.length > 0) {
      this.#noteRoot()
      this.#sink.plan(await this.#guard.admit(found))
    }
    this.#sink.scanned(batch.files, batch.bytes)
    return [...batch.problems, ...plan.problems]
  }

  /** Before anything of a folder is agreed on, it is known which one it was: an empty mount point in its place is another (I12). */
  #noteRoot(): void {
    if (this.#isRootNoted) return
    this.#isRootNoted = true
    const { device, inode } = this.#root
    this.#deps.store.folders.set(this.#deps.folderId, { rootDevice: device, rootInode: inode })
  }

  #noteProblems(scope: RelPath, problems: readonly Problem[], reach?: 'alone'): void {
    this.#deps.store.folders.putProblems(this.#deps.folderId, scope, problems, reach)
    if (problems.length > 0) this.#sink.problems(problems)
    for (const { path: loser, reason } of problems) if (reason === 'collision') this.#losers.push(loser)
    if (this.#guard.isInDoubt) this.#isSomeUnseen ||= problems.some((problem) => this.#hidesKnown(problem))
  }

  #lookup(): MoveLookup {
    const { store, folderId, scanner, moves } = this.#deps
    // Nothing can have moved away from where nothing was: a first pass would ask for every file.
    const isFirst = store.baseline.totals(folderId).files === 0
    return {
      byInode: (inode) => (isFirst ? [] : store.baseline.byInode(folderId, inode)),
      statLocal: (path) => statIfReadable(scanner, path),
      isMoving: (path) => moves.isMoving(path),
      isHeldBack: (path) => this.#conflicts?.isIn(path) === true,
    }
  }

  /** What could not be looked at holds files that are safe: their turn to be judged is still to come. */
  #hidesKnown({ path, reason }: Problem): boolean {
    const { store, folderId } = this.#deps
    return reason === 'unreadable' && store.baseline.page(folderId, path, undefined, 1).length > 0
  }

  #openGuard(): PassGuard {
    const { store, folderId, scanner, sample, digest, target, clock, recent = new RecentChanges(clock) } = this.#deps
    const { rules, signal } = this.#request
    return new PassGuard({
      store,
      folderId,
      sample,
      sampleThere: createTargetSampler(target),
      recent,
      signal,
      limits: rules,
      look: (path) => statIfReadable(scanner, path),
      holdQueued: (paths, hold) => this.#sink.hold(paths, hold),
      withdraw: (ids) => this.#sink.withdraw?.(ids),
      ...(digest === undefined ? {} : { digest }),
      plan: (changes) => makePlan(changes, this.#policy),
    })
  }

  #unsettledJobs(): Map<RelPath, Job> {
    const { store, folderId } = this.#deps
    const { compareTarget, scopes } = this.#request
    const list = (state: JobState, limit: number): readonly Job[] => store.queue.list({ folderId, state, limit })
    const jobs = [
      ...(compareTarget ? [...list('waiting', FAILED_JOBS), ...list('dead', FAILED_JOBS)] : []),
      ...(scopes === 'everything' ? DECIDED.flatMap((state) => list(state, DECIDED_JOBS)) : []),
    ]
    // What was seen at the target is judged by those who list it.
    const judged = compareTarget ? jobs : jobs.filter(({ action }) => !isOfTarget(action))
    return new Map(judged.map((job) => [job.action.path, job]))
  }

  /** Nested scopes collapse; a single path that is gone or became a directory takes what is below it along. */
  async #sortOut(
    scopes: readonly ScanScope[],
  ): Promise<{ readonly recursive: readonly ScanScope[]; readonly single: readonly RelPath[] }> {
    const { store, folderId, scanner } = this.#deps
    const recursive = new Set<RelPath>()
    const single = new Set<RelPath>()
    for (const scope of scopes) {
      if (scope.recursive) recursive.add(scope.path)
      else {
        const base = store.baseline.get(folderId, scope.path)
        const current = await statIfReadable(scanner, scope.path)
        const kind = current === 'unknown' ? undefined : current?.kind
        const subtree = (base?.kind ?? 'directory') === 'directory' && kind !== base?.kind && kind !== 'file'
        if (subtree) recursive.add(scope.path)
        else single.add(scope.path)
      }
    }
    const tops = [...recursive].filter(
      (path) => ![...recursive].some((other) => other !== path && isWithin(path, other)),
    )
    const alone = [...single].filter((path) => !tops.some((top) => isWithin(path, top)))
    return { recursive: tops.map((path) => ({ path, recursive: true })), single: alone.toSorted(comparePaths) }
  }
}

async function* noteDirectories(batches: AsyncIterable<ScanBatch>, into: Set<RelPath>): AsyncGenerator<ScanBatch> {
  for await (const batch of batches) {
    for (const { path, kind } of batch.entries) if (kind === 'directory') into.add(path)
    yield batch
  }
}

/**
 * The target's listing. A target that cannot be found as a whole (a bucket that does not exist) is
 * out of reach, not empty: no single file is at fault, and all wait for it.
 */
async function* listTarget(target: TargetProvider, signal: AbortSignal): AsyncGenerator<Listed> {
  const options = { signal, follow: true } as const
  try {
    yield* target.features.listStretches?.(ROOT_PATH, options) ?? target.list(ROOT_PATH, options)
  } catch (error) {
    if (!isTidekeepError(error) || error.code !== 'not-found') throw error
    const { message, path, fix } = error
    throw new TidekeepError({
      code: 'unavailable',
      message,
      cause: error,
      ...(path === undefined ? {} : { path }),
      ...(fix === undefined ? {} : { fix }),
    })
  }
}

function isSomeAgreed({ store, folderId }: PassDeps): boolean {
  return store.baseline.page(folderId, ROOT_PATH, undefined, 1).length > 0
}

/** The rules the planner goes by, from what both sides declare. */
function policyFor(
  { target, source }: Pick<PassDeps, 'target' | 'source'>,
  { mode, adopt }: PassRules,
  compared: boolean,
): Policy {
  const { features } = target
  return {
    mode,
    deletionsAllowed: compared,
    ...(compared || adopt === undefined ? {} : { adopt }),
    smallFileBytes: SMALL_FILE_BYTES,
    ...(source === undefined ? {} : { source: source.features.limits }),
    abilities: {
      directories: features.makeDirectory !== undefined,
      moves: features.move !== undefined,
      metadata: features.setMetadata !== undefined,
      maxObjectBytes: features.limits.maxObjectBytes,
      maxPathBytes: features.limits.maxPathBytes,
      maxSegmentBytes: features.limits.maxSegmentBytes,
      nameRules: features.limits.nameRules,
    },
  }
}
