import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { Action, BaselineEntry, Entry, FolderId, RelPath, SyncMode } from '../../../common/model.ts'
import { DISTINCT_NAMES } from '../../../common/name-folding.ts'
import { parentOf, ROOT_PATH } from '../../../common/paths.ts'
import { MovesUnderWay } from '../../../main/engine/moves-under-way.ts'
import { runPass, type PassRules } from '../../../main/engine/passes.ts'
import type { ScanScope } from '../../../main/engine/scan/scanner.ts'
import type { Clock, Random } from '../../../main/host.ts'
import type { TargetProvider } from '../../../main/providers/provider.ts'
import type { PlannedAction } from '../../../main/state/store.ts'
import { MapStore } from '../../fakes/map-store.ts'
import { ModelSource, type Edit } from '../../fakes/model-source.ts'
import { Violation, type StateCells } from './cells.ts'
import { executeByTheBook, type ModelSide } from './model-executor.ts'
import { ModelScanner } from './model-scanner.ts'
import { ModelTarget } from './model-target.ts'
import { countCells, judgePlan, type PlanFacts } from './plan-oracle.ts'
import type { Meddling } from './steps.ts'

const ID = 'f1' as FolderId
const signal = new AbortController().signal
const TRIES = 30

/** A fault built in on purpose, to see that the simulation notices it. */
export interface PlannerVariant {
  /** Changes what is planned. */
  readonly plan?: (planned: readonly PlannedAction[]) => readonly PlannedAction[]
  /** A listing that breaks off ends as if it were complete. */
  readonly endsEarly?: true
  /** What cannot be read is left out without a word. */
  readonly isSilent?: true
}

/** How a world begins. */
export interface WorldOptions {
  readonly mode: SyncMode
  readonly rules: Pick<PassRules, 'guardFiles' | 'guardPercent'>
  readonly random: Random
  readonly cells: StateCells
  readonly variant: PlannerVariant
}

interface Queued extends PlannedAction {
  readonly tries: number
  /** A person agreed; a later hold of the same observation passes it over. */
  readonly isApproved?: true
}

/** A folder, its target and what is known of them, all plain data; scan, diff and plan are the real ones. */
export class PlannerWorld {
  readonly source = new ModelSource()
  readonly scanner = new ModelScanner(this.source)
  readonly target = new ModelTarget()
  readonly store = new MapStore()
  isTargetBroken = false
  readonly #options: WorldOptions
  readonly #provider: TargetProvider
  readonly #clock: Clock
  #moves = new MovesUnderWay()
  #queue = new Map<RelPath, Queued>()
  #hints = new Map<RelPath, ScanScope>()
  /** The state as an earlier copy of its file would have it. */
  #olderState: readonly (readonly [RelPath, BaselineEntry])[] = []
  /** What both sides last agreed on, whatever became of the state; `undefined` for folders. */
  readonly #agreed = new Map<RelPath, string | undefined>()
  readonly #lostAtSource = new Set<RelPath>()
  /** What each version of a file held, by inode and ctime. */
  readonly #contents = new Map<string, string>()
  #foreignCount = 0

  constructor(options: WorldOptions) {
    this.#options = options
    let nowMs = Date.UTC(2026, 0, 1)
    const now = (): number => ++nowMs
    this.scanner.variant = options.variant
    this.#clock = { now, monotonic: now, sleep: async () => undefined, after: () => () => undefined }
    this.#provider = this.#listedTarget()
  }

  edit(edit: Edit): void {
    this.source.apply(edit)
    for (const path of this.#agreed.keys()) if (this.source.entry(path) === undefined) this.#lostAtSource.add(path)
    for (const path of edit.kind === 'rename' ? [edit.path, edit.to] : [edit.path]) {
      for (let parent = parentOf(path); parent !== ROOT_PATH; parent = parentOf(parent))
        if (!this.#hints.has(parent)) this.#hints.set(parent, { path: parent, recursive: false })
      this.#hints.set(path, { path, recursive: true })
    }
  }

  meddle({ path, what }: Meddling): void {
    if (what === 'remove') return this.target.foreignRemove(path)
    const same = this.source.files.get(path)
    this.target.foreignPut(path, what === 'put-same' && same !== undefined ? same : `F${++this.#foreignCount}`)
  }

  /** The process ends: what it only had in memory is gone, jobs are not. */
  crash(): void {
    this.#moves = new MovesUnderWay()
    this.#hints.clear()
  }

  loseState(): void {
    this.crash()
    this.store.entries.clear()
    this.store.folder = { compared: false }
    this.#queue.clear()
  }

  /** An older copy of the state takes its place. */
  restoreState(): void {
    this.crash()
    this.store.entries.clear()
    this.#queue.clear()
    for (const [path, base] of this.#olderState) this.store.entries.set(path, base)
    this.#olderState = [...this.store.entries]
  }

  keepCopyOfState(): void {
    this.#olderState = [...this.store.entries]
  }

  decide(approve: boolean): void {
    for (const [path, queued] of this.#queue) {
      if (queued.hold === undefined) continue
      const { hold: _hold, ...released } = queued
      if (approve) this.#queue.set(path, { ...released, isApproved: true })
      else {
        this.#queue.delete(path)
        this.store.entries.delete(path)
      }
    }
  }

  /** One pass with what it plans; `underWay` happens in between. Answers how many actions were planned. */
  async look(at: 'hints' | 'everything', underWay: () => void): Promise<number> {
    const scopes = at === 'everything' ? at : [...this.#hints.values()]
    this.#hints.clear()
    if (this.#options.random.next() < 0.2) this.keepCopyOfState()
    const facts = this.#facts(scopes)
    const planned: PlannedAction[] = []
    const isFinished = await this.#pass(scopes, planned)
    const plan = this.#options.variant.plan?.(planned) ?? planned
    judgePlan(facts, plan, isFinished)
    if (isFinished && at === 'everything') countCells(facts, this.#options.cells)
    for (const each of plan) this.#enqueue(each)
    underWay()
    this.#carryOut()
    return planned.length
  }

  #enqueue(planned: PlannedAction): void {
    const there = this.#queue.get(planned.action.path)
    if (there?.isApproved === true && isSameDeletion(there.action, planned.action)) return
    this.#queue.set(planned.action.path, { ...planned, tries: 0 })
  }

  #facts(scopes: readonly ScanScope[] | 'everything'): PlanFacts {
    for (const path of this.source.files.keys()) this.#noteContent(this.source.entry(path)!, path)
    const { mode, rules } = this.#options
    return {
      mode,
      rules,
      scopes,
      source: this.source,
      scanner: this.scanner,
      target: this.target,
      baseline: new Map(this.store.entries),
      baselineFiles: this.store.fileCount,
      agreed: this.#agreed,
      isSuspect:
        this.store.folder.rootInode !== undefined && this.store.folder.rootInode !== String(this.scanner.rootInode),
      isCompared: this.store.folder.compared,
    }
  }

  async #pass(scopes: readonly ScanScope[] | 'everything', into: PlannedAction[]): Promise<boolean> {
    const breaks = this.scanner.isBroken || (this.isTargetBroken && scopes === 'everything')
    const deps = {
      folderId: ID,
      scanner: this.scanner,
      target: this.#provider,
      store: this.store.asStore(),
      clock: this.#clock,
      moves: this.#moves,
      sample: async () => [],
    }
    const rules = { mode: this.#options.mode, ...this.#options.rules }
    const sink = {
      plan: (found: readonly PlannedAction[]) => {
        this.#moves.planned(found)
        into.push(...found)
      },
      problems: () => undefined,
      scanned: () => undefined,
      hold: () => undefined,
    }
    try {
      await runPass(deps, { scopes, compareTarget: scopes === 'everything', rules, signal }, sink)
      const isTold = this.#options.variant.endsEarly !== true
      if (breaks && scopes === 'everything' && isTold)
        throw new Violation('I12', 'a pass ended well, though a listing broke off')
      return true
    } catch (error) {
      if (!isTidekeepError(error) || !breaks) throw error
      return false
    }
  }

  #carryOut(): void {
    const side: ModelSide = {
      target: this.target,
      read: (local) => this.#read(local),
      entry: (path) => this.source.entry(path),
      mayDelete: (path) => this.#lostAtSource.has(path),
    }
    let due = [...this.#queue.values()].filter(({ hold }) => hold === undefined)
    while (due.length > 0) {
      const { action, lane, tries } = due[Math.floor(this.#options.random.next() * due.length)]!
      this.#queue.delete(action.path)
      if (this.#execute(side, action, tries) === 'later')
        this.#queue.set(action.path, { action, lane, tries: tries + 1 })
      due = [...this.#queue.values()].filter(({ hold }) => hold === undefined)
    }
  }

  #execute(side: ModelSide, action: Action, tries: number): 'later' | 'ended' {
    const ended = executeByTheBook(side, action, tries > TRIES)
    if (ended.kind === 'later') return 'later'
    if (ended.kind === 'agreed') {
      this.store.entries.set(ended.path, ended.base)
      this.#agreed.set(ended.path, ended.base.contentHash)
      this.#lostAtSource.delete(ended.path)
      if (this.source.entry(ended.path) === undefined) this.#lostAtSource.add(ended.path)
      if (ended.from !== undefined) this.store.entries.delete(ended.from)
      this.#checkAgreed(ended.base)
    } else if (ended.kind === 'forgotten') this.store.entries.delete(ended.path)
    this.#moves.ended(action)
    return 'ended'
  }

  /** What is written down as safe is what the file held when it looked like that (I1). */
  #checkAgreed({ path, kind, identity, contentHash }: BaselineEntry): void {
    if (kind !== 'file' || identity === undefined) return
    const held = this.#contents.get(versionKey(identity))
    if (held !== contentHash) throw new Violation('I1', `agreed on ${contentHash}, but the file held ${held}`, path)
  }

  #read(local: Entry): string | undefined {
    if (local.kind !== 'file') return undefined
    const now = this.source.entry(local.path)
    const isSame =
      now !== undefined &&
      now.size === local.size &&
      now.mtimeNs === local.mtimeNs &&
      now.identity?.inode === local.identity?.inode &&
      now.identity?.ctimeNs === local.identity?.ctimeNs
    return isSame ? this.source.files.get(local.path) : undefined
  }

  #noteContent({ identity }: Entry, path: RelPath): void {
    if (identity !== undefined) this.#contents.set(versionKey(identity), this.source.files.get(path)!)
  }

  #listedTarget(): TargetProvider {
    const limits = {
      maxObjectBytes: 1e9,
      maxPathBytes: 4096,
      maxSegmentBytes: 255,
      nameFolding: DISTINCT_NAMES,
      nameRules: 'posix',
      mtimeStepNs: 1n,
      smallConcurrency: 1,
      largeConcurrency: 1,
    }
    const never = async (): Promise<never> => {
      throw new Error('a pass only lists')
    }
    const features = { limits, preconditions: 'enforced', move: never, setMetadata: never, makeDirectory: never }
    const list = async function* (world: PlannerWorld): AsyncGenerator<readonly Entry[]> {
      const entries = world.target.list()
      if (!world.isTargetBroken) return void (yield entries)
      world.isTargetBroken = false
      yield entries.slice(0, entries.length / 2)
      throw new TidekeepError({ code: 'unavailable', message: 'The listing broke off.' })
    }
    return { location: 'model:', features, list: () => list(this) } as unknown as TargetProvider
  }
}

function isSameDeletion(a: Action, b: Action): boolean {
  return a.kind === 'delete' && b.kind === 'delete' && a.base === b.base
}

function versionKey({ inode, ctimeNs }: { readonly inode: string; readonly ctimeNs: bigint }): string {
  return `${inode}@${ctimeNs}`
}
