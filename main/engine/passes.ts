import { isTidekeepError, TidekeepError } from '../../common/errors.ts'
import type { Action, Entry, FolderId, Hold, Job, Problem, RelPath, SyncMode } from '../../common/model.ts'
import { comparePaths, isWithin, ROOT_PATH } from '../../common/paths.ts'
import type { Clock } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { PlannedAction, Store } from '../state/store.ts'
import { compareWithBaseline } from './diff/compare.ts'
import { diffPaths, diffTree, type DiffBatch } from './diff/diff.ts'
import { judgeDeletions, makePlan, type Plan, type Planned, type Policy } from './plan/plan.ts'
import { MovePairing, type MoveLookup } from './diff/moves.ts'
import type { MovesUnderWay } from './moves-under-way.ts'
import type { RootIdentity, ScanBatch, Scanner, ScanScope } from './scan/scanner.ts'

const PAGE = 1000
/** Failed jobs that one pass looks at again; the others are looked at when these are gone. */
const FAILED_JOBS = 1000
/** Files up to this size go in the small lane: batched, and never behind a huge one. */
const SMALL_FILE_BYTES = 8 * 1024 * 1024

/** What a pass works on. */
export interface PassDeps {
  readonly folderId: FolderId
  readonly scanner: Scanner
  readonly target: TargetProvider
  readonly store: Store
  readonly clock: Clock
  readonly moves: MovesUnderWay
}

/** Rules of a pass, from the settings. */
export interface PassRules {
  readonly mode: SyncMode
  readonly guardFiles: number
  readonly guardPercent: number
  /** Deletions already planned a short while ago: many small passes must not slip under the guard together. */
  readonly recentDeletions: number
  /** A person said that the folder is the right one, also where it is on another disk than before. */
  readonly trustsRoot?: true
}

/** What one pass looks at. */
export interface PassRequest {
  readonly scopes: readonly ScanScope[] | 'everything'
  /** List the target too and compare all three trees. Only for `everything`. */
  readonly compareTarget: boolean
  readonly rules: PassRules
  readonly signal: AbortSignal
}

/** Where a pass puts what it finds: the queue, or the list a dry run shows. */
export interface PassSink {
  plan(planned: readonly PlannedAction[]): void
  problems(problems: readonly Problem[]): void
  scanned(files: number, bytes: number): void
  /** Failed jobs for paths that are, by now, what both sides agreed on. */
  overtaken?(jobs: readonly Job[]): void
}

/** What one pass found. */
export interface PassResult {
  readonly files: number
  readonly bytes: number
  readonly deletions: number
  readonly hold: Hold | undefined
}

/**
 * scan -> diff -> plan, for some paths or everything. Throws, with nothing deleted, when the source
 * or the target could not be listed to the end (I12). Calls made on `sink` before a throw stand:
 * additions are safe to act on at any time.
 */
export async function runPass(deps: PassDeps, request: PassRequest, sink: PassSink): Promise<PassResult> {
  const root = await deps.scanner.root()
  const pass = new Pass(deps, request, { root, sink })
  if (request.scopes === 'everything') await pass.everything()
  else await pass.scopes(request.scopes)
  await pass.confirmRoot()
  await pass.overtaken()
  return pass.finish()
}

class Pass {
  readonly #deps: PassDeps
  readonly #request: PassRequest
  readonly #sink: PassSink
  readonly #root: RootIdentity
  readonly #sameRoot: boolean
  readonly #policy: Policy
  readonly #moves: MovePairing
  /** What failed before this pass, without what it plans anew. */
  readonly #failed: Map<RelPath, Job>
  #deletions: Planned[] = []
  #files = 0
  #bytes = 0

  constructor(deps: PassDeps, request: PassRequest, found: { readonly root: RootIdentity; readonly sink: PassSink }) {
    this.#deps = deps
    this.#request = request
    this.#sink = found.sink
    this.#root = found.root
    this.#moves = new MovePairing(this.#lookup())
    const known = deps.store.folders.get(deps.folderId)
    this.#sameRoot =
      known.rootInode === undefined || (known.rootInode === found.root.inode && known.rootDevice === found.root.device)
    this.#policy = policyFor(deps.target, request.rules.mode, known.compared)
    const { store, folderId } = deps
    const failed = request.compareTarget ? (['waiting', 'dead'] as const) : []
    this.#failed = new Map(
      failed
        .flatMap((state) => store.queue.list({ folderId, state, limit: FAILED_JOBS }))
        .map((job) => [job.action.path, job]),
    )
  }

  async everything(): Promise<void> {
    const scope = { path: ROOT_PATH, recursive: true }
    await this.#tree(scope, this.#request.compareTarget)
  }

  async scopes(scopes: readonly ScanScope[]): Promise<void> {
    const { recursive, single } = await this.#sortOut(scopes)
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
      message: 'The folder was replaced by another while it was looked at.',
      fix: 'Check that its disk is connected. It is looked at again by itself.',
    })
  }

  /**
   * A file that was changed and changed back leaves a job that can never succeed: it is for a version
   * that is gone, and no later look finds anything to do for the path. Only a pass that lists the
   * target, too, can tell: a job may be about what was found there.
   */
  async overtaken(): Promise<void> {
    const { store, folderId, scanner } = this.#deps
    const jobs: Job[] = []
    for (const [path, job] of this.#failed) {
      const current = await statIfReadable(scanner, path)
      if (current === 'unknown') continue
      const base = store.baseline.get(folderId, path)
      const isAgreed =
        current === undefined || base === undefined
          ? current === base
          : compareWithBaseline(current, base) === undefined
      if (isAgreed) jobs.push(job)
    }
    if (jobs.length > 0) this.#sink.overtaken?.(jobs)
  }

  finish(): PassResult {
    const { store, folderId, clock } = this.#deps
    // A later scope may have shown where a path of an earlier one went.
    this.#deletions = this.#deletions.filter(({ action }) => !this.#moves.isTaken(action.path))
    const hold = this.#hold()
    if (this.#deletions.length > 0)
      this.#sink.plan(this.#deletions.map((planned) => (hold === undefined ? planned : { ...planned, hold })))
    if (this.#request.scopes === 'everything') {
      // Another folder is the known one only when nothing waits for a person to say so.
      const isKnown = hold?.reason !== 'suspect'
      store.folders.set(folderId, {
        ...(isKnown ? { rootDevice: this.#root.device, rootInode: this.#root.inode } : {}),
        lastReconcileMs: clock.now(),
        ...(this.#request.compareTarget ? { compared: true } : {}),
      })
    }
    return { files: this.#files, bytes: this.#bytes, deletions: this.#deletions.length, hold }
  }

  async #tree(scope: ScanScope, compareTarget: boolean): Promise<void> {
    const { store, folderId, scanner, target } = this.#deps
    const { signal } = this.#request
    const problems: Problem[] = []
    const batches = diffTree({
      local: scanner.scan([scope], signal),
      baseline: (after) => store.baseline.page(folderId, scope.path, after, PAGE),
      moves: this.#moves,
      ...(compareTarget ? { remote: listTarget(target, signal) } : {}),
    })
    for await (const batch of batches) problems.push(...this.#take(batch))
    this.#noteProblems(scope.path, problems)
  }

  async #paths(paths: readonly RelPath[]): Promise<void> {
    const { store, folderId, scanner } = this.#deps
    const directories = new Set<RelPath>()
    const scopes = paths.map((path) => ({ path, recursive: false }))
    const batches = diffPaths({
      looked: paths,
      local: noteDirectories(scanner.scan(scopes, this.#request.signal), directories),
      baselineAt: (path) => store.baseline.get(folderId, path),
      moves: this.#moves,
    })
    const problems: Problem[] = []
    for await (const batch of batches) problems.push(...this.#take(batch))
    for (const path of paths) {
      const found = problems.filter((problem) => problem.path === path)
      // Only its contents tell whether a folder can be read, and they were not looked at.
      if (found.length > 0 || !directories.has(path)) this.#noteProblems(path, found, 'alone')
    }
  }

  /** Plans one batch; answers its problems, found and planned. */
  #take(batch: DiffBatch): readonly Problem[] {
    this.#files += batch.files
    this.#bytes += batch.bytes
    const plan: Plan = makePlan(batch.changes, this.#policy)
    if (this.#failed.size > 0)
      for (const { action } of [...plan.planned, ...plan.deletions]) this.#failed.delete(action.path)
    this.#deletions.push(...plan.deletions)
    if (plan.planned.length > 0) this.#sink.plan(plan.planned)
    this.#sink.scanned(batch.files, batch.bytes)
    return [...batch.problems, ...plan.problems]
  }

  #noteProblems(scope: RelPath, problems: readonly Problem[], reach?: 'alone'): void {
    this.#deps.store.folders.putProblems(this.#deps.folderId, scope, problems, reach)
    if (problems.length > 0) this.#sink.problems(problems)
  }

  #lookup(): MoveLookup {
    const { store, folderId, scanner, moves } = this.#deps
    // Nothing can have moved away from where nothing was: a first pass would ask for every file.
    const isFirst = store.baseline.totals(folderId).files === 0
    return {
      byInode: (inode) => (isFirst ? [] : store.baseline.byInode(folderId, inode)),
      statLocal: (path) => statIfReadable(scanner, path),
      isMoving: (path) => moves.isMoving(path),
    }
  }

  #hold(): Hold | undefined {
    const { store, folderId } = this.#deps
    const { rules, scopes } = this.#request
    if (this.#deletions.length === 0) return undefined
    const bytes = this.#deletions.reduce((sum, planned) => sum + deletedBytes(planned.action), 0)
    const deletions = this.#deletions.length
    if (!this.#sameRoot && rules.trustsRoot !== true) {
      return {
        reason: 'suspect',
        count: deletions,
        bytes,
        message: `The folder is on another disk, or was replaced, since it was last seen. ${deletions} entries missing in it stay at the target until you agree.`,
      }
    }
    const baselineFiles = store.baseline.totals(folderId).files
    const localFiles = scopes === 'everything' ? this.#files : baselineFiles
    const hold = judgeDeletions(
      { deletions: deletions + rules.recentDeletions, deletedBytes: bytes, baselineFiles, localFiles },
      rules,
    )
    return hold === undefined ? undefined : { ...hold, count: deletions }
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

/** One path that cannot be looked at must not end a pass over all others: the scan reports it as a problem. */
async function statIfReadable(scanner: Scanner, path: RelPath): Promise<Entry | 'unknown' | undefined> {
  try {
    return await scanner.stat(path)
  } catch {
    return 'unknown'
  }
}

/**
 * The target's listing. A target that cannot be found as a whole (a bucket that does not exist) is
 * out of reach, not empty: no single file is at fault, and all wait for it.
 */
async function* listTarget(target: TargetProvider, signal: AbortSignal): AsyncGenerator<readonly Entry[]> {
  try {
    yield* target.list(ROOT_PATH, { signal })
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

/**
 * Makes a target that was never compared ready before the first pass over it. A target that passes
 * for used must hold what proves it, or it would be taken for the empty mount point of an absent
 * disk at the next start; and one that refuses everything is told once, not for each file.
 */
export async function prepareTarget(
  { store, folderId, target }: Pick<PassDeps, 'store' | 'folderId' | 'target'>,
  signal: AbortSignal,
): Promise<void> {
  if (store.folders.get(folderId).compared) return
  await target.features.makeDirectory?.(ROOT_PATH, { mtimeNs: 0n }, { signal })
}

/** The rules the planner goes by, from what the target declares. */
function policyFor(target: TargetProvider, mode: SyncMode, compared: boolean): Policy {
  const { features } = target
  return {
    mode,
    deletionsAllowed: compared,
    smallFileBytes: SMALL_FILE_BYTES,
    abilities: {
      directories: features.makeDirectory !== undefined,
      moves: features.move !== undefined,
      metadata: features.setMetadata !== undefined,
      maxObjectBytes: features.limits.maxObjectBytes,
      maxPathBytes: features.limits.maxPathBytes,
      maxSegmentBytes: features.limits.maxSegmentBytes,
    },
  }
}

/** A sink that makes the hand-over durable: each job carries the observation it comes from. */
export function queueSink(
  { store, folderId, moves }: Pick<PassDeps, 'store' | 'folderId' | 'moves'>,
  onScanned: (files: number, bytes: number) => void,
): PassSink {
  return {
    plan: (planned) => {
      moves.planned(planned)
      store.queue.enqueue(folderId, planned)
    },
    problems: () => undefined,
    scanned: onScanned,
    overtaken: (jobs) => {
      for (const job of jobs) if (store.queue.drop(job.id) > 0) moves.ended(job.action)
    },
  }
}

function deletedBytes(action: Action): number {
  return action.kind === 'delete' ? action.base.size : 0
}
