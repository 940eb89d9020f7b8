import type { BaselineEntry, Problem, RelPath, SyncMode } from '../../../common/model.ts'
import { foldPath, isFolding, type NameFolding } from '../../../common/name-folding.ts'
import { isWithin, parentOf, RESERVED_DIRECTORY, ROOT_PATH } from '../../../common/paths.ts'
import type { PlannedAction } from '../../../main/state/store.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import type { SimulatedSource } from '../../fakes/simulated-source.ts'
import type { SimulatedTarget, TargetFile, TargetWitness } from '../../fakes/simulated-target.ts'
import { Violation } from './cells.ts'

const RESERVED = RESERVED_DIRECTORY as RelPath
const hashes = new Map<string, string>()

/** What an upload of the content is written down with. */
export function hashOf(content: string): string {
  let hash = hashes.get(content)
  if (hash === undefined) hashes.set(content, (hash = blake3Hex(Buffer.from(content))))
  return hash
}

/** A file of the source. */
export interface SourceFile {
  readonly content: string
  readonly inode: string | undefined
}

/**
 * Knows every version that was ever at the source or the target, and judges what the engine does
 * the moment it does it. Keeps the first violation: the engine would take a throw for a failed call.
 */
export class EngineOracle implements TargetWitness {
  violation: Violation | undefined
  acknowledged = 0
  #trace = 0x811c9dc5
  readonly lines: string[] | undefined
  readonly #mode: SyncMode
  readonly #source: SimulatedSource
  readonly #nowMs: () => number
  /** What was written down as safe last, by path. */
  readonly #recorded = new Map<RelPath, BaselineEntry>()
  /** Paths at the target that changed after what was written down last. */
  readonly #changedSince = new Set<RelPath>()
  /** Agreed paths that the state of the process no longer knows. */
  readonly #forgotten = new Set<RelPath>()
  /** Agreed paths that the source lost, or had replaced, at some time since. */
  readonly #lostAtSource = new Set<RelPath>()
  /** What a request of a process that has ended is doing something to. */
  readonly #late = new Set<RelPath>()
  /** Every content a path was given at the source, in order; undefined where it was deleted. */
  readonly #contents = new Map<RelPath, (string | undefined)[]>()
  /** Files that a power cut left other than they were: what is left, undefined for nothing, and what is newer. */
  readonly #cut = new Map<
    RelPath,
    { readonly left: string | undefined; readonly newer: ReadonlySet<string | undefined> }
  >()
  /** Where each version is that was replaced or deleted. */
  readonly #kept = new Map<RelPath, string>()
  /** By folded path. */
  readonly #editedAtMs = new Map<string, number>()
  readonly #meddledAtMs = new Map<string, number>()
  readonly #recordedAtMs = new Map<RelPath, number>()

  readonly #folding: NameFolding

  constructor(parts: {
    mode: SyncMode
    source: SimulatedSource
    nowMs: () => number
    keepsTrace: boolean
    folding: NameFolding
  }) {
    this.#folding = parts.folding
    this.#mode = parts.mode
    this.#source = parts.source
    this.#nowMs = parts.nowMs
    if (parts.keepsTrace) this.lines = []
  }

  /** Differs with anything that happened in another order or at another time. */
  get traceHash(): number {
    return this.#trace >>> 0
  }

  trace(line: string): void {
    this.lines?.push(`${this.#nowMs()} ${line}`)
    let hash = Math.imul(this.#trace ^ this.#nowMs(), 0x01000193)
    for (let index = 0; index < line.length; index++) hash = Math.imul(hash ^ line.charCodeAt(index), 0x01000193)
    this.#trace = hash
  }

  /** Call after each change of the source; `paths` are those that it may concern. */
  edited(paths: readonly RelPath[]): void {
    for (const path of paths) {
      this.#cut.delete(path)
      this.#noteContent(path)
    }
    this.touched(paths)
  }

  /** What the engine sees at these paths is another thing than it was, by nobody's will. */
  touched(paths: readonly RelPath[]): void {
    for (const path of paths) this.#editedAtMs.set(this.#fold(path), this.#nowMs())
    for (const path of this.#recorded.keys()) this.#noteLoss(path)
  }

  /** A power cut left these files as they are now; `before`: as they were, and which they were. */
  powerCut(before: ReadonlyMap<RelPath, SourceFile>): void {
    const { files } = this.#source
    for (const path of new Set([...before.keys(), ...files.keys()])) {
      const left = files.get(path)
      const had = before.get(path)
      if (had?.content === left) continue
      // Of a rename that it undid the file is whole, under the name that it had: only the name is gone.
      if (left === undefined && had !== undefined && this.#isElsewhere(had)) continue
      const contents = this.#contents.get(path) ?? []
      // What is left of data that was never written is no version of the file.
      const newer = new Set(contents.slice(contents.lastIndexOf(left) + 1))
      this.#cut.set(path, { left, newer })
    }
  }

  #isElsewhere({ content, inode }: SourceFile): boolean {
    for (const [path, left] of this.#source.files)
      if (left === content && this.#source.entry(path)?.identity?.inode === inode) return true
    return false
  }

  #noteContent(path: RelPath): void {
    const content = this.#source.files.get(path)
    const contents = this.#contents.get(path)
    if (contents === undefined) {
      if (content !== undefined) this.#contents.set(path, [content])
    } else if (contents.at(-1) !== content) contents.push(content)
  }

  /** A person agreed that these go. */
  approved(paths: readonly RelPath[]): void {
    for (const path of paths) {
      this.#lostAtSource.add(path)
      this.#cut.delete(path)
    }
  }

  meddled(path: RelPath): void {
    this.#meddledAtMs.set(this.#fold(path), this.#nowMs())
    this.#changed(path)
  }

  /** When it was asked for, the source may have lost what a power cut gave back since. */
  arrivesLate(paths: readonly RelPath[]): void {
    for (const path of paths) this.#late.add(path)
  }

  /** Nobody is left who could know of it: as what others do, the next look at the target finds it. */
  arrivedLate(paths: readonly RelPath[]): void {
    for (const path of paths) {
      this.#late.delete(path)
      this.#meddledAtMs.set(this.#fold(path), this.#nowMs())
    }
  }

  stored(path: RelPath): void {
    this.#changed(path)
  }

  replaced(
    path: RelPath,
    had: TargetFile,
    by: { readonly content: string; readonly keptAt: string | undefined },
  ): void {
    const { content, keptAt } = by
    this.#changed(path)
    this.#displaced(path, had)
    const cut = this.#cut.get(path)
    if (had.isOurs && cut?.left === content && cut.newer.has(had.content))
      this.#violated('I11', `what a power cut left, ${content}, replaced ${had.content}, which was safe`, path)
    if (isWithin(path, RESERVED)) this.#violated('I6', `what was put aside, ${had.content}, was replaced`, path)
    // The very content that was agreed on, stored again by another, is no change of theirs.
    const isAgreed = this.#recorded.get(path)?.contentHash === hashOf(had.content)
    if (!had.isOurs && !isAgreed)
      this.#violated('I3', `content of others, ${had.content}, was replaced by ${content}`, path)
    this.#mustKeep(path, had, keptAt)
  }

  removed(path: RelPath, had: TargetFile, keptAt: string | undefined): void {
    this.#changed(path)
    this.#displaced(path, had)
    if (isWithin(path, RESERVED)) this.#violated('I6', `what was put aside, ${had.content}, was deleted`, path)
    if (!had.isOurs) this.#violated('I3', `content of others, ${had.content}, was deleted`, path)
    const cut = this.#cut.get(path)
    if (cut !== undefined && cut.left === undefined && cut.newer.has(had.content))
      this.#violated('I11', `${had.content}, which a power cut took at the source, was deleted`, path)
    if (this.#mode === 'backup') this.#violated('I6', `${had.content} was deleted in backup mode`, path)
    if (!this.#lostAtSource.has(path) && !this.#late.has(path))
      this.#violated('I12', 'deleted, though the source never lost it', path)
    this.#mustKeep(path, had, keptAt)
  }

  moved(from: RelPath, to: RelPath, had: TargetFile): void {
    this.#changed(from)
    this.#changed(to)
    this.#displaced(from, had)
    if (isWithin(from, RESERVED)) this.#violated('I6', `what was put aside, ${had.content}, was moved`, from)
    if (isWithin(to, RESERVED) || had.isOurs) return
    this.#violated('I3', `content of others, ${had.content}, was moved to ${to}`, from)
  }

  /** I14: what was at the target and is no longer there can be had back. */
  #mustKeep(path: RelPath, had: TargetFile, keptAt: string | undefined): void {
    if (keptAt === undefined) return this.#violated('I14', `${had.content} is gone for good`, path)
    this.#kept.set(keptAt as RelPath, had.content)
  }

  /** I6: every version that was ever kept is still there, byte for byte. */
  async keptVersions(target: SimulatedTarget): Promise<void> {
    const found = await target.keptContents()
    for (const [at, content] of this.#kept)
      if (found.get(at) !== content) this.#violated('I6', `kept was ${content}, found is ${found.get(at)}`, at)
  }

  /** I1: what is written down as safe is at the target, and is what the source held. */
  recorded(entry: BaselineEntry, target: SimulatedTarget): void {
    const { path, kind, contentHash, identity, remote } = entry
    this.trace(`recorded ${path} ${contentHash ?? kind}`)
    if (kind !== 'file') return
    this.acknowledged++
    if (remote.verifiedBy === 'none') this.#violated('I1', 'recorded without proof', path)
    const held = identity === undefined ? undefined : this.#source.contentOf(identity)
    if (held === undefined || hashOf(held) !== contentHash)
      this.#violated('I1', `recorded with a hash that is not that of ${held}`, path)
    const last = this.#recorded.get(path)
    const isNew = last?.remote.etag !== remote.etag || last?.contentHash !== contentHash
    const found = target.file(path)
    // What was seen in a listing may be another by now, as it may be a moment after it was recorded: the next listing tells.
    const seen = target.contentOf(remote.etag)
    if (isNew && (seen === undefined || hashOf(seen) !== contentHash))
      this.#violated('I1', `recorded as safe, but the target held ${seen} and holds ${found?.content}`, path)
    if (found !== undefined && hashOf(found.content) === contentHash) {
      target.adopt(path)
      this.#changedSince.delete(path)
    }
    for (const twin of this.#twinsOf(path)) this.#recorded.delete(twin)
    this.#recorded.set(path, entry)
    this.#recordedAtMs.set(path, this.#nowMs())
    this.#forgotten.delete(path)
    this.#lostAtSource.delete(path)
    this.#noteLoss(path)
  }

  /** I9: what the state still knows as safe after a crash is there. */
  restarted(entries: readonly BaselineEntry[], target: SimulatedTarget): void {
    const known = new Set(entries.map(({ path }) => path))
    for (const path of this.#recorded.keys()) if (!known.has(path)) this.#forgotten.add(path)
    for (const { path, kind, contentHash, remote } of entries) {
      const last = this.#recorded.get(path)
      if (kind !== 'file' || this.#changedSince.has(path) || last?.remote.etag !== remote.etag) continue
      const found = target.file(path)
      if (found === undefined || hashOf(found.content) !== contentHash)
        this.#violated('I9', `known as safe, but the target holds ${found?.content}`, path)
    }
  }

  /** I13, I6: what may go to the queue in one step. */
  enqueued(planned: readonly PlannedAction[], allowed: number): void {
    for (const { action, hold } of planned)
      this.trace(`planned ${action.kind} ${action.path}${hold === undefined ? '' : ' held'}`)
    const deletions = planned.filter(({ action }) => action.kind === 'delete')
    if (deletions.length === 0) return
    if (this.#mode === 'backup')
      this.#violated('I6', 'a deletion was planned in backup mode', deletions[0]!.action.path)
    const free = deletions.filter(({ hold }) => hold === undefined)
    if (free.length > 0 && deletions.length > allowed)
      this.#violated(
        'I13',
        `${deletions.length} deletions were let through with ${allowed} allowed`,
        free[0]!.action.path,
      )
  }

  /** I13: see `EngineWorld.checkMoves`. */
  tookForDeleted(path: RelPath, moved: RelPath): void {
    this.#violated('I13', `it was taken for deleted, and is ${moved}`, path)
  }

  /** I22: what was the same since before the last full look began is safe when the folder says so. */
  saidProtected(
    since: { readonly editedMs: number; readonly meddledMs: number },
    target: SimulatedTarget,
    isKnown: (path: RelPath) => boolean | 'refused',
  ): void {
    const { files } = this.#source
    for (const [path, content] of files) {
      const meddledMs = this.#meddledAtMs.get(this.#fold(path)) ?? 0
      const isNews = (this.#editedAtMs.get(this.#fold(path)) ?? 0) >= since.editedMs || meddledMs >= since.meddledMs
      if (isNews || this.#isOvertaken(path, meddledMs, since.meddledMs)) continue
      const found = target.file(path)
      const known = isKnown(path)
      if (known !== 'refused' && (found?.content !== content || !known))
        this.#violated('I22', `said to be protected, but the target holds ${found?.content} and not ${content}`, path)
    }
  }

  /**
   * What was on its way when a listing began is not compared with it: what others made of it before it was written down shows in the
   * next one.
   */
  #isOvertaken(path: RelPath, meddledMs: number, listedMs: number): boolean {
    const recordedMs = this.#recordedAtMs.get(path) ?? 0
    return meddledMs > 0 && meddledMs <= recordedMs && recordedMs >= listedMs
  }

  /** A sync that was asked for is done when everything was looked at after it was asked for. */
  lookedSince(askedMs: number, scanMs: number): void {
    if (scanMs < askedMs) this.#violated('I22', 'done, but everything was looked at before it was asked for', ROOT_PATH)
  }

  /**
   * Says why the two sides are not what they should be at rest. Of paths that are one at the target, one is
   * kept, and the others are listed: answers how many.
   */
  atRest(
    target: SimulatedTarget,
    known: ReadonlyMap<RelPath, BaselineEntry>,
    problems: readonly Problem[],
    refused: ReadonlySet<RelPath> = new Set(),
  ): number {
    const { files } = this.#source
    const losers = this.#losers(known)
    for (const path of losers) {
      if (!problems.some((problem) => problem.path === path && problem.reason === 'collision'))
        this.#violated('I16', 'it gives way, and is not listed', path)
    }
    for (const { path } of problems) if (!losers.includes(path)) this.#violated('I16', 'it is listed for nothing', path)
    for (const [path, content] of files) {
      if (refused.has(path)) continue
      if (losers.some((loser) => isWithin(path, loser))) continue
      const found = target.files.get(path)
      if (found?.content !== content)
        this.#violated('I7', `the target holds ${found?.content} and not ${content}`, path)
      if (known.get(path)?.contentHash !== hashOf(content)) this.#violated('I7', 'it is not written down', path)
    }
    if (this.#mode === 'backup') return losers.length
    for (const { path, kind } of known.values())
      if (kind === 'file' && !files.has(path)) this.#violated('I7', 'what the source lost is still agreed on', path)
    return losers.length
  }

  /** Of each group of names in one folder that the target takes for one, those that are not agreed on: all but one. */
  #losers(known: ReadonlyMap<RelPath, BaselineEntry>): readonly RelPath[] {
    if (!isFolding(this.#folding)) return []
    const losers: RelPath[] = []
    for (const paths of Map.groupBy(this.#source.paths, (path) => `${parentOf(path)}/${this.#fold(path)}`).values()) {
      if (paths.length === 1 || losers.some((loser) => isWithin(paths[0]!, loser))) continue
      const winners = paths.filter((path) => known.has(path))
      if (winners.length !== 1)
        this.#violated('I16', `${winners.length} of ${paths.join(', ')} are agreed on`, paths[0]!)
      losers.push(...paths.filter((path) => path !== winners[0]))
    }
    return losers
  }

  /** I16: what was agreed on, and that the source never lost since, makes way for no other spelling of its path. */
  #displaced(path: RelPath, had: TargetFile): void {
    if (!had.isOurs) return
    const owner = this.#twinsOf(path).find((twin) => !this.#lostAtSource.has(twin) && !this.#forgotten.has(twin))
    if (owner !== undefined) this.#violated('I16', `${had.content} of ${owner} made way`, path)
  }

  #changed(path: RelPath): void {
    this.#changedSince.add(path)
    for (const twin of this.#twinsOf(path)) this.#changedSince.add(twin)
  }

  /** Other spellings of a path that were written down as safe. */
  #twinsOf(path: RelPath): readonly RelPath[] {
    if (!isFolding(this.#folding)) return []
    const folded = this.#fold(path)
    return [...this.#recorded.keys()].filter((each) => each !== path && this.#fold(each) === folded)
  }

  #fold(path: RelPath): string {
    return foldPath(path, this.#folding)
  }

  #noteLoss(path: RelPath): void {
    const entry = this.#source.entry(path)
    if (entry?.kind !== 'file' || entry.identity?.inode !== this.#recorded.get(path)?.identity?.inode)
      this.#lostAtSource.add(path)
  }

  #violated(invariant: string, message: string, path: RelPath): void {
    this.trace(`VIOLATION ${invariant} ${message} ${path}`)
    this.violation ??= new Violation(invariant, message, path)
  }
}
