import { sideOfFile, type Conflict } from '../../../common/conflict.ts'
import { parseKeptPath } from '../../../common/kept-area.ts'
import type { BaselineEntry, Problem, RelPath } from '../../../common/model.ts'
import { foldPath, isFolding, type NameFolding } from '../../../common/name-folding.ts'
import { isWithin, parentOf, RESERVED_DIRECTORY } from '../../../common/paths.ts'
import type { PlannedAction } from '../../../main/state/store.ts'
import type { SimulatedSource } from '../../fakes/simulated-source.ts'
import type { SimulatedTarget, TargetFile, TargetWitness } from '../../fakes/simulated-target.ts'
import type { SourceWitness } from '../../fakes/simulated-writer.ts'
import { Violation } from './cells.ts'
import { hashOf } from './engine-oracle.ts'

const RESERVED = RESERVED_DIRECTORY as RelPath

/** One side's files, by path. */
export type Files = ReadonlyMap<RelPath, string>

/** What the oracle asks about the installation. */
export interface TwoWayFacts {
  readonly nowMs: () => number
  readonly source: SimulatedSource
  readonly target: () => SimulatedTarget
  /** What is agreed on just now, as far as the state knows: at the path, then at what the target takes for it. */
  readonly agreed: (path: RelPath) => readonly BaselineEntry[]
  readonly folding: NameFolding
  readonly keepsTrace: boolean
}

/**
 * Knows what people did on either side, and judges what the engine does to both the moment it does it. Keeps the first
 * violation: the engine would take a throw for a failed call.
 */
export class TwoWayOracle implements TargetWitness, SourceWitness {
  violation: Violation | undefined
  /** Versions agreed on, fetched, and conflicts met. */
  readonly tally = { agreed: 0, fetched: 0, removedHere: 0, movedHere: 0, ways: 0 }
  readonly lines: string[] | undefined
  readonly #facts: TwoWayFacts
  #trace = 0x811c9dc5
  /** Content a person wrote, on either side. */
  readonly #written = new Set<string>()
  /** Content of which a person destroyed a copy, or a power cut took it. */
  readonly #discarded = new Set<string>()
  /** Agreed paths that a person took away since, by side; folded. */
  readonly #lost = { source: new Set<string>(), target: new Set<string>() }
  /** Versions that a person said may give way, by side, path and content. */
  readonly #given = new Set<string>()
  /** Paths where a person decided about a file against a folder. */
  readonly #ways = new Set<RelPath>()
  /** What a process that has ended asked for, while it happens. */
  readonly #late = new Set<RelPath>()
  /** Every version that was ever agreed on, by folded path and digest. */
  readonly #onceAgreed = new Set<string>()
  /** Where each version is that the engine displaced at the target. */
  readonly #kept = new Map<RelPath, string>()

  constructor(facts: TwoWayFacts) {
    this.#facts = facts
    if (facts.keepsTrace) this.lines = []
  }

  get traceHash(): number {
    return this.#trace >>> 0
  }

  trace(line: string): void {
    const nowMs = this.#facts.nowMs()
    this.lines?.push(`${nowMs} ${line}`)
    let hash = Math.imul(this.#trace ^ nowMs, 0x01000193)
    for (let index = 0; index < line.length; index++) hash = Math.imul(hash ^ line.charCodeAt(index), 0x01000193)
    this.#trace = hash
  }

  /** A person, or a power cut, changed one side. */
  edited(side: 'source' | 'target', before: Files, after: Files): void {
    const left = new Set(after.values())
    for (const content of after.values()) this.#written.add(content)
    for (const [path, content] of before) {
      if (!left.has(content)) this.#discarded.add(content)
      // A power cut may undo a rename: what was there is elsewhere, and something older is in its place.
      const isElsewhere = after.get(path) !== content && left.has(content)
      if (!after.has(path) || isElsewhere) this.#lost[side].add(this.#fold(path))
    }
  }

  /** A person decided about a conflict, or took a decision back: what is there now may give way to that, and is kept. */
  answered(conflict: Conflict, word: string): void {
    const { path, resolution } = conflict
    const { source, target } = this.#facts
    if (sideOfFile(conflict) !== undefined) return this.#madeWay(conflict)
    const here = source.files.get(path)
    const there = target().file(path)?.content
    if (word !== 'keep-local') this.#give('source', path, here)
    if (word === 'keep-local' || word === 'undo') this.#give('target', path, there)
    const { renamedTo } = resolution ?? {}
    if (word === 'undo' && renamedTo !== undefined) this.#give('source', renamedTo, source.files.get(renamedTo))
  }

  /** Of a file against a folder, either may be put away whole, whatever is in it by then, or get another name. */
  #madeWay({ path, resolution }: Conflict): void {
    this.tally.ways++
    this.#ways.add(path)
    if (resolution?.renamedTo !== undefined) this.#ways.add(resolution.renamedTo)
  }

  /** Whatever the target has it spelled as: the way was named as it is here. */
  #isOfWay(path: RelPath): boolean {
    const folded = this.#fold(path) as RelPath
    return [...this.#ways].some((way) => isWithin(folded, this.#fold(way) as RelPath))
  }

  #give(side: 'source' | 'target', path: RelPath, content: string | undefined): void {
    if (content !== undefined) this.#given.add(`${side} ${path} ${content}`)
  }

  displacedHere(
    path: RelPath,
    content: string,
    { by, keptAt }: { readonly by: string | undefined; readonly keptAt: string | undefined },
  ): void {
    this.trace(`displaced here ${path} ${content} by ${by}`)
    if (keptAt === undefined) this.#violated('I14', `${content} is gone for good here`, path)
    const isGiven = this.#given.has(`source ${path} ${content}`) || (by === undefined && this.#isOfWay(path))
    if (by === content && !isGiven) this.#violated('I7', `${content} was fetched over itself`, path)
    if (!isGiven && !this.#isAgreedHere(path, content))
      this.#violated('I5', `${content}, edited here, made way for ${by}`, path)
    if (by !== undefined) return void this.tally.fetched++
    this.tally.removedHere++
    // What a person had taken away here is gone here for the target, too.
    if (isGiven) return void this.#lost.source.add(this.#fold(path))
    if (!this.#lost.target.has(this.#fold(path)))
      this.#violated('I12', `${content} was removed here, though nobody removed it there`, path)
  }

  movedHere(from: RelPath, to: RelPath, content: string | undefined): void {
    this.trace(`moved here ${from} ${to}`)
    this.tally.movedHere++
    if (content !== undefined && (this.#given.has(`source ${from} ${content}`) || this.#isOfWay(from)))
      return void this.#lost.source.add(this.#fold(from))
    if (content !== undefined && !this.#isAgreedHere(from, content))
      this.#violated('I5', `${content}, edited here, was moved to ${to}`, from)
    // Another spelling is no other place where the target is asked.
    if (this.#fold(from) === this.#fold(to)) return
    if (!this.#lost.target.has(this.#fold(from)))
      this.#violated('I12', 'moved here, though nobody moved it there', from)
  }

  writtenHere(): void {
    // Told for whoever watches the source.
  }

  /** Who asked for it knew what was agreed on then; the state that is left may not. */
  arrivesLate(paths: readonly RelPath[]): void {
    for (const path of paths) this.#late.add(path)
  }

  arrivedLate(paths: readonly RelPath[]): void {
    for (const path of paths) this.#late.delete(path)
  }

  stored(): void {
    // Judged when it replaces something, and when it is written down.
  }

  replaced(
    path: RelPath,
    had: TargetFile,
    { content, keptAt }: { readonly content: string; readonly keptAt: string | undefined },
  ): void {
    this.trace(`replaced there ${path} ${had.content} by ${content}`)
    if (isWithin(path, RESERVED)) return this.#violated('I6', `what was kept, ${had.content}, was replaced`, path)
    if (!had.isOurs && !this.#isAgreed(path, had.content) && !this.#given.has(`target ${path} ${had.content}`))
      this.#violated('I3', `${had.content}, edited there, made way for ${content}`, path)
    this.#mustKeep(path, had, keptAt)
  }

  agreedOn(path: RelPath): readonly string[] {
    return this.#facts.agreed(path).flatMap(({ contentHash }) => contentHash ?? [])
  }

  removed(path: RelPath, had: TargetFile, keptAt: string | undefined, asked: readonly string[] = []): void {
    this.trace(`removed there ${path} ${had.content}`)
    if (isWithin(path, RESERVED)) return this.#removedKept(path, had)
    // A decision that is taken back while the request travels ends what was agreed on when it was sent.
    if (!had.isOurs && !asked.includes(hashOf(had.content)) && !this.#isAgreed(path, had.content))
      this.#violated('I3', `${had.content}, edited there, was deleted`, path)
    // A power cut may bring back here what was deleted; it is gone there still.
    this.#lost.target.add(this.#fold(path))
    // Nor does a request know that what was deleted before a power cut is here again after it.
    if (!this.#lost.source.has(this.#fold(path)) && !this.#late.has(path))
      this.#violated('I12', 'deleted there, though nobody deleted it here', path)
    this.#mustKeep(path, had, keptAt)
  }

  /** What was to be put back is there already, byte for byte. */
  #removedKept(path: RelPath, { content }: TargetFile): void {
    const place = parseKeptPath(path)?.path
    const isBack = place !== undefined && this.#isOfWay(place) && this.#facts.target().file(place)?.content === content
    if (isBack) this.#kept.delete(path)
    else this.#violated('I6', `what was kept, ${content}, was deleted`, path)
  }

  moved(from: RelPath, to: RelPath, had: TargetFile): void {
    this.trace(`moved there ${from} ${to}`)
    if (this.#isOfWay(isWithin(from, RESERVED) ? to : from)) {
      if (isWithin(from, RESERVED)) this.#kept.delete(from)
      else this.#lost.target.add(this.#fold(from))
      if (isWithin(to, RESERVED)) this.#kept.set(to, had.content)
      return
    }
    if (isWithin(from, RESERVED) || isWithin(to, RESERVED))
      return this.#violated('I6', `${had.content} was put aside: that is for a person`, from)
    if (!had.isOurs && !this.#isAgreed(from, had.content))
      this.#violated('I3', `${had.content}, edited there, was moved to ${to}`, from)
    this.#lost.target.add(this.#fold(from))
    if (!this.#lost.source.has(this.#fold(from)))
      this.#violated('I12', 'moved there, though nobody moved it here', from)
  }

  /** I1: what is written down as agreed on was on both sides, and was the same. */
  recorded(entry: BaselineEntry): void {
    const { path, kind, contentHash, identity, remote } = entry
    this.trace(`recorded ${path} ${contentHash ?? kind}`)
    if (kind !== 'file') return
    this.tally.agreed++
    this.#onceAgreed.add(`${this.#fold(path)} ${contentHash}`)
    if (remote.verifiedBy === 'none') this.#violated('I1', 'recorded without proof', path)
    const { source, target } = this.#facts
    const held = identity === undefined ? undefined : source.contentOf(identity)
    if (held === undefined || hashOf(held) !== contentHash)
      this.#violated('I1', `recorded with a hash that is not that of ${held}, which is here`, path)
    const seen = target().contentOf(remote.etag)
    if (seen === undefined || hashOf(seen) !== contentHash)
      this.#violated('I1', `recorded with a hash that is not that of ${seen}, which was there`, path)
    // Lost since a moment ago is lost still.
    if (source.files.has(path)) this.#lost.source.delete(this.#fold(path))
    // Under another spelling, it is this one that is still gone.
    if (target().files.has(path)) this.#lost.target.delete(this.#fold(path))
  }

  /** I13: what may go to the queue in one step. */
  enqueued(planned: readonly PlannedAction[], allowed: number): void {
    for (const { action, hold } of planned)
      this.trace(`planned ${action.kind} ${action.path}${hold === undefined ? '' : ' held'}`)
    for (const kind of ['delete', 'remove-local'] as const) {
      const free = planned.filter(({ action, hold }) => action.kind === kind && hold === undefined)
      if (free.length > allowed)
        this.#violated(
          'I13',
          `${free.length} of ${kind} were let through with ${allowed} allowed`,
          free[0]!.action.path,
        )
    }
  }

  /** I7, I6: nothing is left to do, so both sides are the same but for what a person has to decide, and nothing is lost. */
  async atRest(
    known: ReadonlyMap<RelPath, BaselineEntry>,
    open: readonly Conflict[],
    rest: {
      readonly keptHere: Iterable<string>
      readonly refused: ReadonlySet<RelPath>
      readonly problems: readonly Problem[]
    },
  ): Promise<void> {
    const { source } = this.#facts
    const target = this.#facts.target()
    const there = new Map([...target.files].filter(([path]) => !isWithin(path, RESERVED)))
    const losers = this.#losers(known, rest.problems)
    const isOpen = (path: RelPath): boolean =>
      open.some((each) => isWithin(path, each.path)) || rest.refused.has(path) || losers.some((l) => isWithin(path, l))
    const here = new Map([...source.files].map(([path, content]) => [this.#fold(path), { path, content }]))
    for (const path of source.files.keys())
      if (!isOpen(path)) this.#mustAgree(path, [source.files.get(path), target.file(path)?.content], known)
    for (const [path, { content }] of there)
      if (!here.has(this.#fold(path)) && !isOpen(path)) this.#mustAgree(path, [undefined, content], known)
    for (const { path, kind } of known.values())
      if (kind === 'file' && !source.files.has(path) && !isOpen(path))
        this.#violated('I7', 'agreed on, and nowhere', path)
    for (const { path, kind } of open) {
      const [local, remote] = [source.files.get(path), target.file(path)?.content]
      // Below a file against a folder, nothing ends before that does.
      const isBelow = open.some((each) => each.kind === 'type' && each.path !== path && isWithin(path, each.path))
      if (kind !== 'type' && !isBelow && (local === undefined || remote === undefined || local === remote))
        this.#violated('I7', `a conflict that is none: here ${local}, there ${remote}`, path)
    }
    await this.#nothingIsLost(new Set([...source.files.values(), ...rest.keptHere]), there)
  }

  #mustAgree(
    path: RelPath,
    [here, remote]: readonly [string | undefined, string | undefined],
    known: ReadonlyMap<RelPath, BaselineEntry>,
  ): void {
    if (here !== remote) this.#violated('I7', `here is ${here}, there is ${remote}`, path)
    else if (known.get(path)?.contentHash !== hashOf(here!)) this.#violated('I7', 'it is not written down', path)
  }

  async #nothingIsLost(found: Set<string>, there: ReadonlyMap<RelPath, TargetFile>): Promise<void> {
    const kept = await this.#facts.target().keptContents()
    for (const [at, content] of this.#kept)
      if (kept.get(at) !== content) this.#violated('I6', `kept was ${content}, found is ${kept.get(at)}`, at)
    for (const content of kept.values()) found.add(content)
    for (const { content } of there.values()) found.add(content)
    for (const content of this.#written)
      if (!found.has(content) && !this.#discarded.has(content))
        this.#violated('I6', `${content}, which nobody discarded, is nowhere`, RESERVED)
  }

  /** I16: of names in one folder that the target takes for one, all but one, which are listed. */
  #losers(known: ReadonlyMap<RelPath, BaselineEntry>, problems: readonly Problem[]): readonly RelPath[] {
    const { source, folding } = this.#facts
    if (!isFolding(folding)) return []
    const losers: RelPath[] = []
    for (const paths of Map.groupBy(source.paths, (path) => `${parentOf(path)}/${this.#fold(path)}`).values()) {
      if (paths.length === 1 || losers.some((loser) => isWithin(paths[0]!, loser))) continue
      const listed = paths.filter((path) => problems.some((each) => each.path === path && each.reason === 'collision'))
      if (listed.length !== paths.length - 1)
        this.#violated('I16', `of ${paths.join(', ')} are listed: ${listed.join(', ')}`, paths[0]!)
      if (listed.some((path) => known.has(path))) this.#violated('I16', 'it gives way, and is agreed on', listed[0]!)
      losers.push(...listed)
    }
    return losers
  }

  #isAgreedHere(path: RelPath, content: string): boolean {
    const [own] = this.#facts.agreed(path)
    return own?.path === path && own.contentHash === hashOf(content)
  }

  #isAgreed(path: RelPath, content: string): boolean {
    if (this.#late.has(path) && this.#onceAgreed.has(`${this.#fold(path)} ${hashOf(content)}`)) return true
    return this.#facts.agreed(path).some(({ contentHash }) => contentHash === hashOf(content))
  }

  #fold(path: RelPath): string {
    return foldPath(path, this.#facts.folding)
  }

  #mustKeep(path: RelPath, had: TargetFile, keptAt: string | undefined): void {
    if (keptAt === undefined && this.#isKeptOfWay(path, had)) return
    if (keptAt === undefined) return this.#violated('I14', `${had.content} is gone for good there`, path)
    this.#kept.set(keptAt as RelPath, had.content)
  }

  /** It was put away already, byte for byte: what a move left behind goes. */
  #isKeptOfWay(path: RelPath, { content }: TargetFile): boolean {
    const isCopy = ([at, kept]: readonly [RelPath, string]): boolean =>
      kept === content && parseKeptPath(at)?.path === path
    return this.#isOfWay(path) && [...this.#kept].some(isCopy)
  }

  #violated(invariant: string, message: string, path: RelPath): void {
    this.trace(`VIOLATION ${invariant} ${message} ${path}`)
    this.violation ??= new Violation(invariant, message, path)
  }
}
