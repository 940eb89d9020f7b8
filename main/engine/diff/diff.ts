import { comparePaths, isWithin } from '../../../common/paths.ts'
import type { BaselineEntry, Change, Entry, Problem, RelPath } from '../../../common/model.ts'
import type { Stretch } from '../../../common/stretch.ts'
import { BaselinePages } from './baseline-pages.ts'
import { compareWithBaseline, remoteAgrees } from './compare.ts'
import { BatchCursor } from './cursor.ts'
import { BothWays, type TwoWayRules } from './both-ways.ts'
import { FilesAbove, type FileHere } from './files-above.ts'
import type { MovePairing } from './moves.ts'
import { QuietWatch, type QuietMemory } from './quiet.ts'

/** What a local listing yields; the shape of a scan batch. */
export interface LocalBatch {
  readonly entries: readonly Entry[]
  readonly problems: readonly Problem[]
  readonly stretch?: Stretch
}

/** What a listing of a target yields: entries, or a stretch that makes them when it is asked. */
export type RemoteBatch = readonly Entry[] | (Stretch & { entries(): readonly Entry[] })

/** The trees below one path, each in `comparePaths` order. */
export interface TreeInput {
  readonly local: AsyncIterable<LocalBatch>
  /** Page of the baseline inside the scope after a path; empty at the end. */
  readonly baseline: (after: RelPath | undefined) => readonly BaselineEntry[]
  /** The target's listing of the same scope. Absent: the target is taken to hold what the baseline says. */
  readonly remote?: AsyncIterable<RemoteBatch>
  /** True for what was agreed on after the listing began: the listing may be from before, and says nothing of it. */
  readonly isAgreedSince?: (base: BaselineEntry) => boolean
  /** Both sides follow each other; counts only with `remote`. Without it, the target follows. */
  readonly twoWay?: TwoWayRules
  /** Shared by everything one pass looks at: the halves of a rename may lie in different scopes. */
  readonly moves: MovePairing
  /** Of the whole folder, where it is not compared in both ways; otherwise every entry is looked at. */
  readonly quiet?: QuietMemory
}

/** Changes found so far, with what was looked at to find them. */
export interface DiffBatch {
  readonly changes: readonly Change[]
  readonly problems: readonly Problem[]
  readonly files: number
  readonly bytes: number
}

const BATCH_CHANGES = 1000

/**
 * Merges the trees into changes, streaming. Removals come last, after every move is known. Ends
 * normally only when all listings did, so that nothing is taken for removed because a listing broke
 * off (I12); paths below an unreadable directory are never taken for removed.
 */
export async function* diffTree(input: TreeInput): AsyncGenerator<DiffBatch> {
  const merge = new TreeMerge(input)
  try {
    for (;;) {
      if (!merge.filled) await merge.fill()
      if (!merge.passOver()) {
        const step = merge.step()
        if (step === 'end') break
        if (step !== undefined) await step
        merge.stepped()
      }
      if (merge.size >= BATCH_CHANGES) yield merge.drain()
    }
    merge.compared()
    yield merge.drain()
    yield* merge.removals()
  } finally {
    await merge.close()
  }
}

class TreeMerge {
  readonly #local: BatchCursor<LocalBatch, Entry>
  readonly #remote: BatchCursor<RemoteBatch, Entry> | undefined
  readonly #baseline: BaselinePages
  readonly #isAgreedSince: (base: BaselineEntry) => boolean
  readonly #moves: MovePairing
  readonly #bothWays: BothWays | undefined
  readonly #quiet: QuietWatch | undefined
  readonly #removed: Extract<Change, { readonly kind: 'removed' }>[] = []
  /** Directories that could not be read: what is below them is unknown, not gone. */
  readonly #unknown: RelPath[] = []
  /** Of these, names that give way here: nothing of the target's takes their place. */
  readonly #givingWay: RelPath[] = []
  #changes: Change[] = []
  #problems: Problem[] = []
  #files = 0
  #bytes = 0
  #seen = 0
  /** Changes that were told, and whatever else keeps a stretch from being quiet. */
  #noise = 0
  #position: RelPath | undefined
  /** Revision of the baseline when it was last read. */
  #readAt: number | undefined
  /** What the target has below these cannot come. */
  readonly #filesAbove = new FilesAbove()

  constructor(input: TreeInput) {
    this.#local = new BatchCursor({
      source: input.local,
      // Its entries are not made to be counted.
      count: (batch) => batch.stretch?.count ?? batch.entries.length,
      values: ({ entries }) => entries,
      arrived: (batch) => this.#admit(batch),
    })
    this.#remote =
      input.remote === undefined
        ? undefined
        : new BatchCursor({
            source: input.remote,
            count: (batch) => ('last' in batch ? batch.count : batch.length),
            values: (batch) => ('last' in batch ? batch.entries() : batch),
          })
    this.#baseline = new BaselinePages(input.baseline, () => this.#reading())
    this.#quiet = input.quiet === undefined || input.twoWay !== undefined ? undefined : new QuietWatch(input.quiet)
    this.#isAgreedSince = input.isAgreedSince ?? ((): boolean => false)
    this.#moves = input.moves
    this.#bothWays = input.twoWay === undefined || input.remote === undefined ? undefined : new BothWays(input.twoWay)
  }

  /** Entries looked at or changes found since the last drain, whichever asks for one sooner. */
  get size(): number {
    return Math.max(this.#changes.length, this.#seen / 16)
  }

  /** True when `step` may be called. */
  get filled(): boolean {
    return this.#local.filled && (this.#remote === undefined || this.#remote.filled)
  }

  /** Both sides at once: each may have a thread to start, or a request to wait for. */
  async fill(): Promise<void> {
    await Promise.all([this.#local.fill(), this.#remote?.fill()])
  }

  /** True where all that comes next, on every side, is as it was when nothing was to be done about it: then it is behind. */
  passOver(): boolean {
    const local = this.#quiet === undefined ? undefined : this.#local.untouched?.stretch
    if (this.#quiet === undefined || local === undefined) return false
    const remote = this.#remote?.untouched
    if (this.#remote !== undefined && (remote === undefined || !('last' in remote))) return false
    const stretch = remote !== undefined && 'last' in remote ? remote : undefined
    const revision = this.#baseline.isRead ? this.#readAt : 'unread'
    if (!this.#quiet.isQuiet(local, stretch, { noise: this.#soFar, revision })) return false
    this.#local.takeBatch()
    this.#remote?.takeBatch()
    this.#baseline.takeUpTo(local.last)
    this.#files += local.files
    this.#bytes += local.bytes
    this.#seen += local.count
    this.#quiet.passed(local.last, this.#soFar)
    return true
  }

  #reading(): void {
    this.#readAt = this.#quiet?.revision
    this.#quiet?.reading()
  }

  /** The step is done, whatever it had to wait for. */
  stepped(): void {
    if (this.#position !== undefined) this.#quiet?.passed(this.#position, this.#soFar)
  }

  /** Everything was compared. */
  compared(): void {
    this.#quiet?.flush()
  }

  /** All that was found so far. */
  get #soFar(): number {
    return this.#noise + this.#changes.length + this.#removed.length
  }

  /** Handles the smallest path that any tree has; a promise only where it had to ask about a move. */
  step(): Promise<void> | 'end' | undefined {
    const local = this.#local.peek()
    const base = this.#baseline.peek()
    const remote = this.#remote?.peek()
    const path = smallest(smallest(local?.path, base?.path), remote?.path)
    this.#filesAbove.leave(path, this.#changes)
    if (path === undefined) return 'end'
    this.#position = path
    const isHere = { local: local?.path === path, base: base?.path === path, remote: remote?.path === path }
    if (isHere.local) this.#local.take()
    if (isHere.base) this.#baseline.take()
    if (isHere.remote) this.#remote?.take()
    this.#seen++
    return this.#compare(
      isHere.local ? local : undefined,
      isHere.base ? base : undefined,
      isHere.remote ? remote : undefined,
    )
  }

  drain(): DiffBatch {
    const batch = { changes: this.#changes, problems: this.#problems, files: this.#files, bytes: this.#bytes }
    this.#noise += this.#changes.length
    this.#changes = []
    this.#problems = []
    this.#files = this.#bytes = this.#seen = 0
    return batch
  }

  *removals(): Generator<DiffBatch> {
    let changes: Change[] = []
    for (const change of this.#late()) {
      changes.push(change)
      if (changes.length < BATCH_CHANGES) continue
      yield { changes, problems: [], files: 0, bytes: 0 }
      changes = []
    }
    if (changes.length > 0) yield { changes, problems: [], files: 0, bytes: 0 }
  }

  *#late(): Generator<Change> {
    for (const change of this.#removed)
      if (!this.#moves.isTaken(change.path) && !this.#isUnknown(change.path)) yield change
    const mayArrive = (path: RelPath): boolean => !this.#givingWay.some((loser) => isWithin(path, loser))
    for (const change of this.#bothWays?.late(mayArrive) ?? []) if (!this.#isUnknown(change.path)) yield change
  }

  async close(): Promise<void> {
    await this.#local.close()
    await this.#remote?.close()
  }

  #admit(batch: LocalBatch): void {
    for (const problem of batch.problems) {
      this.#problems.push(problem)
      // A vanished entry really is gone; everything else is there, and merely cannot be carried.
      if (problem.reason !== 'vanished') this.#unknown.push(problem.path)
      if (problem.reason === 'collision') this.#givingWay.push(problem.path)
    }
  }

  /** Synchronous in the common case; only a new path may have to ask whether it was moved. */
  #compare(
    local: Entry | undefined,
    base: BaselineEntry | undefined,
    remote: Entry | undefined,
  ): Promise<void> | undefined {
    if (base !== undefined && this.#remote !== undefined && this.#isAgreedSince(base)) {
      // Of the target nothing was compared.
      this.#noise++
      return this.#compareHere(local, base)
    }
    if (local === undefined) {
      this.#onlyThere(base, remote)
      return undefined
    }
    this.#count(local)
    if (base !== undefined && this.#bothWays !== undefined) {
      this.#found({ local, base, remote, change: this.#bothWays.compare(local, base, remote) })
      return undefined
    }
    if (base === undefined) {
      if (remote === undefined) return this.#addNew(local)
      this.#found({ local, base, remote, change: { kind: 'both-present', path: local.path, local, remote } })
      return undefined
    }
    const change = compareWithBaseline(local, base)
    if (
      this.#remote !== undefined &&
      local.kind === base.kind &&
      (remote === undefined || !remoteAgrees(remote, base))
    ) {
      this.#changes.push({ kind: 'remote-drifted', path: local.path, local, base, remote })
    } else if (change !== undefined) {
      this.#changes.push(change)
    }
    return undefined
  }

  /** Nothing is known of the target but what was agreed on. */
  #compareHere(local: Entry | undefined, base: BaselineEntry): undefined {
    if (local === undefined) {
      this.#removed.push({ kind: 'removed', path: base.path, base })
      return undefined
    }
    this.#count(local)
    const change = compareWithBaseline(local, base)
    if (change !== undefined) this.#changes.push(change)
    return undefined
  }

  /** At the target, or agreed on, and not here. */
  #onlyThere(base: BaselineEntry | undefined, remote: Entry | undefined): void {
    if (remote === undefined) return this.#remove(base, undefined)
    const arrived = this.#bothWays?.arrived(remote, base, this.#filesAbove.isAbove(remote.path))
    if (arrived === 'left-out') return this.#remove(base, undefined)
    if (arrived === undefined) return this.#remove(base, remote)
    this.#filesAbove.against(remote.path, this.#changes)
    if (arrived !== 'held') this.#arrive(arrived)
  }

  /** Where both sides follow each other, what is said of a file waits for what may lie below its name. A target that tells of a folder there says so by itself. */
  #found(file: FileHere): void {
    const mayBeAgainst = this.#bothWays !== undefined && file.local.kind === 'file' && file.remote?.kind !== 'directory'
    if (mayBeAgainst) this.#filesAbove.hold(file)
    else if (file.change !== undefined) this.#changes.push(file.change)
  }

  #count({ kind, size }: Entry): void {
    if (kind !== 'file') return
    this.#files++
    this.#bytes += size
  }

  /** What lies in a folder that cannot be read here may be there. */
  #arrive(change: Change): void {
    if (!this.#isUnknown(change.path)) this.#changes.push(change)
  }

  #remove(base: BaselineEntry | undefined, remote: Entry | undefined): void {
    if (base === undefined) return
    const isGone = this.#remote !== undefined && remote === undefined
    const isOther = remote !== undefined && !remoteAgrees(remote, base)
    this.#removed.push({
      kind: 'removed',
      path: base.path,
      base,
      ...(isGone ? { isGone } : {}),
      ...(isOther ? { isOther } : {}),
    })
  }

  #addNew(local: Entry): Promise<void> | undefined {
    const change = this.#moves.changeFor(local)
    const found = (judged: Change): void => this.#found({ local, base: undefined, remote: undefined, change: judged })
    if (change instanceof Promise) return change.then(found)
    found(change)
    return undefined
  }

  #isUnknown(path: RelPath): boolean {
    return this.#unknown.some((directory) => isWithin(path, directory))
  }
}

/** Single paths, looked up one by one: for settled hints. `looked` lists every path asked for; those the scan did not find are gone. */
export interface PathsInput {
  readonly looked: readonly RelPath[]
  readonly local: AsyncIterable<LocalBatch>
  readonly baselineAt: (path: RelPath) => BaselineEntry | undefined
  readonly moves: MovePairing
}

/** As `diffTree`, for single paths without what is below them. */
export async function* diffPaths(input: PathsInput): AsyncGenerator<DiffBatch> {
  const { moves } = input
  const found = new Set<RelPath>()
  const changes: Change[] = []
  const problems: Problem[] = []
  let files = 0
  let bytes = 0
  for await (const batch of input.local) {
    for (const problem of batch.problems) {
      problems.push(problem)
      if (problem.reason !== 'vanished') found.add(problem.path)
    }
    for (const local of batch.entries) {
      found.add(local.path)
      if (local.kind === 'file') {
        files++
        bytes += local.size
      }
      const base = input.baselineAt(local.path)
      const change = base === undefined ? await moves.changeFor(local) : compareWithBaseline(local, base)
      if (change !== undefined) changes.push(change)
    }
  }
  for (const path of input.looked) {
    const base = found.has(path) ? undefined : input.baselineAt(path)
    if (base !== undefined && !moves.isTaken(path)) changes.push({ kind: 'removed', path, base })
  }
  yield { changes, problems, files, bytes }
}

function smallest(a: RelPath | undefined, b: RelPath | undefined): RelPath | undefined {
  if (a === undefined) return b
  if (b === undefined) return a
  return comparePaths(a, b) <= 0 ? a : b
}
