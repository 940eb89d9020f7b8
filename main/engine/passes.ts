import type { Conflict, ConflictId } from '../../common/conflict.ts'
import type { FolderId, Hold, Job, JobId, Problem, RelPath, SyncMode } from '../../common/model.ts'
import { parentsOf, ROOT_PATH } from '../../common/paths.ts'
import type { QuietStretch } from '../../common/stretch.ts'
import type { AdoptSettings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { PlannedAction, Store } from '../state/store.ts'
import type { MissingPaths } from './missing-paths.ts'
import type { MovesUnderWay } from './moves-under-way.ts'
import { Pass } from './pass.ts'
import type { RecentChanges } from './recent-changes.ts'
import type { Digester, Sampler } from './sampling.ts'
import type { Scanner, ScanScope } from './scan/scanner.ts'
import { assertTwoWay } from './two-way.ts'
import type { Twins } from './twins.ts'

/** What a pass works on. */
export interface PassDeps {
  readonly folderId: FolderId
  readonly scanner: Scanner
  readonly target: TargetProvider
  readonly store: Store
  readonly clock: Clock
  readonly moves: MovesUnderWay
  /** Looks into changed files for the guard. */
  readonly sample: Sampler
  /** Tells moves from other files after the machine went down; without it, none is told. */
  readonly digest?: Digester
  /** The source as somewhere to write, in two-way mode. */
  readonly source?: TargetProvider
  /** What earlier passes took; left out where there are none. */
  readonly recent?: RecentChanges
  /** What earlier passes missed; left out where what is missing counts as deleted at once. */
  readonly missing?: MissingPaths
  /** Of the transfers that run beside the pass. */
  readonly twins?: Pick<Twins, 'isClaimed'>
}

/** Rules of a pass, from the settings. */
export interface PassRules {
  readonly mode: SyncMode
  readonly guardFiles: number
  readonly guardPercent: number
  /** What the target held before it was ever compared is taken over by what it records; see `AdoptSettings`. */
  readonly adopt?: AdoptSettings
  /** A person set the limits for this very pass: they alone count, also in another folder than the known one. */
  readonly isAgreed?: true
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
  /** A file below a file against a folder: nothing is planned for it before that conflict ends. */
  waits?(path: RelPath): void
  /** Stretches of the folder in which nothing was to be done. */
  quiet?(stretches: readonly QuietStretch[]): void
  /** Jobs for paths that are, by now, what both sides agreed on. */
  overtaken?(jobs: readonly Job[]): void
  /** Conflicts that are none any more. */
  settled?(ids: readonly ConflictId[]): void
  /** Conflicts that were decided, and nothing carries it out. */
  undecided?(conflicts: readonly Conflict[]): void
  /** Questions about what is no longer so. */
  withdraw?(ids: readonly JobId[]): void
  /** More is about to change than was known when these were planned: they wait for a person, too. */
  hold(paths: readonly RelPath[], hold: Hold): void
}

/** What one pass found. */
export interface PassResult {
  readonly files: number
  readonly bytes: number
  readonly deletions: number
  /** Removals from the source, in two-way mode. */
  readonly removals: number
  /** A file against a folder is none any more, as was found in the end: what lies below was left out for it, and is to be looked at on both sides. */
  readonly isSomeLeft: boolean
  /** Why most of what waits for a person does. */
  readonly hold: Hold | undefined
  /** The folder is the one that was known before. */
  readonly isKnownRoot: boolean
}

/**
 * scan -> diff -> plan, for some paths or everything. Throws, with nothing deleted, when the source
 * or the target could not be listed to the end (I12). Calls made on `sink` before a throw stand:
 * additions are safe to act on at any time.
 */
export async function runPass(deps: PassDeps, request: PassRequest, sink: PassSink): Promise<PassResult> {
  const root = await deps.scanner.root()
  if (deps.source !== undefined) await assertThere(deps.source, request.signal)
  const pass = new Pass(deps, request, { root, sink })
  if (request.scopes === 'everything') await pass.everything()
  else await pass.scopes(request.scopes)
  await pass.confirmRoot()
  await pass.overtaken()
  const isSomeLeft = await pass.settled()
  return { ...(await pass.finish()), isSomeLeft }
}

/**
 * An empty mount point must not pass for a folder that was emptied, nor be filled with what the target has. Throws
 * `unavailable` where the sign of an earlier use is missing.
 */
async function assertThere(source: TargetProvider, signal: AbortSignal): Promise<void> {
  await source.stat(ROOT_PATH, { signal })
}

/** Targets of this process that need not be made ready again: it may take a request. */
const ready = new WeakSet<TargetProvider>()

/**
 * Makes a target, and in two-way mode the source, ready before a pass. One that passes for used must hold what proves it, or it would
 * be taken for the empty mount point of an absent disk at the next start; one that refuses everything
 * is told once, not for each file; and what names are to it is known only then. Idempotent.
 */
export async function prepareTarget(
  { store, folderId, target, source }: Pick<PassDeps, 'store' | 'folderId' | 'target' | 'source'>,
  signal: AbortSignal,
): Promise<void> {
  const { features } = target
  if (source !== undefined && !ready.has(source)) {
    await source.features.makeDirectory?.(ROOT_PATH, { mtimeNs: 0n }, { signal })
    await assertTwoWay(target, folderId, signal)
    ready.add(source)
  }
  if (ready.has(target) && store.folders.get(folderId).compared) return
  try {
    await features.makeDirectory?.(ROOT_PATH, { mtimeNs: 0n }, { signal })
  } catch (error) {
    // What was used before may be read-only by now, or away: whoever needs more of it will say so.
    if (!store.folders.get(folderId).compared) throw error
    return
  }
  store.baseline.setFolding(folderId, features.limits.nameFolding)
  ready.add(target)
}

/** What the hand-over goes by. */
export interface QueueSinkDeps extends Pick<PassDeps, 'store' | 'folderId' | 'moves' | 'clock'> {
  /** What is new on one side may be gone from the other by the next look: every job is written at once. */
  readonly isTwoWay?: boolean
}

/** A sink that makes the hand-over durable: each job carries the observation it comes from. */
export function queueSink(
  { store, folderId, moves, clock, isTwoWay = false }: QueueSinkDeps,
  onScanned: (files: number, bytes: number) => void,
): PassSink {
  return {
    plan: (planned) => {
      moves.planned(planned)
      // The halves of a rename may settle one after the other: then the old one looked like a deletion.
      const left = planned.flatMap(({ action }) =>
        action.kind === 'move' ? [action.from, ...parentsOf(action.from)] : [],
      )
      store.queue.forgetRemovals(folderId, [...new Set(left)])
      store.queue.enqueue(folderId, planned, { isFoundAgain: !isTwoWay })
    },
    problems: () => undefined,
    quiet: (stretches) => store.baseline.keepQuiet(folderId, stretches),
    scanned: onScanned,
    overtaken: (jobs) => {
      store.queue.withdraw(jobs.map(({ id }) => id))
      for (const job of jobs) {
        store.queue.drop(job.id)
        moves.ended(job.action)
      }
    },
    settled: (ids) => {
      store.transaction(() => {
        for (const id of ids) store.conflicts.resolved(id, { kind: 'settled', atMs: clock.now() })
      })
    },
    undecided: (conflicts) => {
      for (const { id, local, remote } of conflicts) store.conflicts.reopen(id, { local, remote })
    },
    withdraw: (ids) => store.queue.withdraw(ids),
    hold: (paths, hold) => void store.queue.hold(folderId, paths, hold),
  }
}
