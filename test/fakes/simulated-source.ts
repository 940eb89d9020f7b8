import { TidekeepError } from '../../common/errors.ts'
import type { Entry, Problem, RelPath } from '../../common/model.ts'
import { isWithin, nameOf, parentOf } from '../../common/paths.ts'
import type { RootIdentity, ScanBatch, Scanner, ScanScope } from '../../main/engine/scan/scanner.ts'
import type { StableFile } from '../../workers/tasks.ts'
import { ModelSource, type Edit } from './model-source.ts'

const ROOT = '/source/'
const NOWHERE = 'never' as RelPath

/** What a variant of reading leaves out, to see that the simulation notices. */
export interface SourceVariant {
  /** Reading does not look whether the file stayed the same. */
  readonly readsTorn?: true
  /** A listing that breaks off ends as if it were complete. */
  readonly endsEarly?: true
  /** What cannot be read is left out without a word. */
  readonly isSilent?: true
}

/**
 * A folder on a file system with two layers: what programs see, and what a power cut leaves. Edits
 * reach the durable layer in their order, as a metadata journal has it; data that was not written
 * back may be gone although its file is there (a file of no bytes).
 */
export class SimulatedSource {
  /** Folders whose contents cannot be read. */
  readonly locked = new Set<RelPath>()
  /** Files whose content cannot be read; they are listed all the same. */
  readonly unreadable = new Set<RelPath>()
  /** Folders in which nothing can be made or taken away. */
  readonly writeProtected = new Set<RelPath>()
  /** The next listing throws in the middle. */
  isBroken = false
  /** `missing`: the mount point is gone; `empty`: it is there, as an empty folder of another disk. */
  mount: 'mounted' | 'missing' | 'empty' = 'mounted'
  rootInode = 1
  readonly variant: SourceVariant
  #tree = new ModelSource()
  #edits: Edit[] = []
  #durableCount = 0
  /** What each version of a file held, by inode and ctime. */
  readonly #contentByVersion = new Map<string, string>()

  constructor(variant: SourceVariant = {}) {
    this.variant = variant
  }

  get files(): ReadonlyMap<RelPath, string> {
    return this.#tree.files
  }

  get paths(): readonly RelPath[] {
    return this.#tree.paths
  }

  /** When the last edit was made, in the units of its times. */
  get moment(): number {
    return this.#tree.moment
  }

  /** A little later: what is dated with it is newer than everything before. */
  tick(): number {
    this.apply({ kind: 'touch', path: NOWHERE })
    return this.moment
  }

  entry(path: RelPath): Entry | undefined {
    return this.#tree.entry(path)
  }

  apply(edit: Edit): void {
    this.#edits.push(edit)
    this.#tree.apply(edit)
    this.#note(edit)
  }

  /** Everything that was edited reaches the disk. */
  sync(): void {
    this.#durableCount = this.#edits.length
  }

  /** The last edits that did not reach the disk are undone; `draw` decides how many, and whose data is lost. */
  powerCut(draw: (count: number) => number): void {
    const kept = this.#durableCount + draw(this.#edits.length - this.#durableCount + 1)
    const edits = this.#edits.map((edit, index): Edit => (index < kept ? edit : { kind: 'touch', path: NOWHERE }))
    for (const { kind, path } of edits.slice(this.#durableCount, kept))
      if (kind === 'write' && draw(4) === 0) edits.push({ kind: 'write', path, content: '' })
    this.#tree = new ModelSource()
    for (const edit of edits) {
      this.#tree.apply(edit)
      this.#note(edit)
    }
    this.#edits = edits
    this.sync()
  }

  /** What the file held when it looked like that. */
  contentOf({ inode, ctimeNs }: { readonly inode: string; readonly ctimeNs: bigint }): string | undefined {
    return this.#contentByVersion.get(`${inode}@${ctimeNs}`)
  }

  /** Content in pieces, with `pause` before each, refused as soon as the file is not what was scanned (I2). */
  async *read(file: StableFile, pause: () => Promise<void>): AsyncGenerator<string> {
    await pause()
    const path = file.absolutePath.slice(ROOT.length) as RelPath
    this.#assertReadable(path)
    if (this.isUnreadable(path))
      throw new TidekeepError({ code: 'forbidden', message: `${path} cannot be read.`, path })
    if (this.variant.readsTorn !== true) this.#tree.read(file)
    const half = Math.ceil(file.size / 2)
    for (const [start, end] of [
      [0, half],
      [half, file.size],
    ] as const) {
      if (end > start) yield this.#piece(path, start, end)
      await pause()
    }
    if (this.variant.readsTorn !== true) this.#tree.read(file)
  }

  /** The scanner of one process; `pause` is waited for wherever a real one waits. */
  scanner(pause: (what: string) => Promise<void>): Scanner {
    return {
      scan: (scopes) => this.#scan(scopes, pause),
      stat: async (path) => {
        await pause(`stat ${path}`)
        if (this.#isEmptied) return undefined
        this.#assertReadable(path)
        return this.entry(path)
      },
      exists: async (path) => {
        await pause(`exists ${path}`)
        if (this.#isEmptied) return false
        return this.#lockAbove(path) !== undefined || this.entry(path) !== undefined
      },
      names: async (directory) => {
        await pause(`names ${directory}`)
        if (this.#isEmptied) return []
        this.#assertReadable(directory)
        if (this.locked.has(directory))
          throw new TidekeepError({ code: 'forbidden', message: `${directory} cannot be read.`, path: directory })
        return this.paths.filter((path) => parentOf(path) === directory).map(nameOf)
      },
      root: async () => {
        await pause('root')
        return this.#root()
      },
    }
  }

  async *#scan(scopes: readonly ScanScope[], pause: (what: string) => Promise<void>): AsyncGenerator<ScanBatch> {
    await pause(`scan ${scopes.map(({ path, recursive }) => (recursive ? `${path}/` : path)).join(' ')}`)
    const root = this.#root()
    let count = 0
    const breaksAt = this.isBroken ? Math.floor(this.paths.length / 2) : Number.POSITIVE_INFINITY
    this.isBroken = false
    for (const { path, recursive } of scopes) {
      if (path !== '' && this.#lockAbove(path) !== undefined) yield this.#locked(path)
      // Each folder is listed when it is met: what moves meanwhile may be met twice or never.
      const told = new Set<RelPath>()
      for (let last: RelPath | undefined; ;) {
        for (const lock of this.locked)
          if (recursive && !told.has(lock) && this.#isLockedLate(lock, path, last)) {
            told.add(lock)
            yield this.#locked(lock)
          }
        const next = this.#isEmptied ? undefined : this.#next(path, recursive, last)
        if (this.#root().inode !== root.inode) throw gone()
        if (next === undefined) break
        if (count++ >= breaksAt) {
          if (this.variant.endsEarly === true) return
          throw new TidekeepError({ code: 'unavailable', message: 'The disk does not answer.' })
        }
        last = next
        yield { entries: [this.entry(next)!], problems: [], ignored: 0 }
        if (count % 4 === 0) await pause('scan on')
      }
    }
  }

  /** A folder that was met already, and cannot be read by the time that its contents are. */
  #isLockedLate(lock: RelPath, scope: RelPath, last: RelPath | undefined): boolean {
    if (last === undefined || this.#isEmptied || !isWithin(lock, scope) || isAfter(lock, last)) return false
    return this.entry(lock)?.kind === 'directory'
  }

  /** The next path in order that can be met. */
  #next(scope: RelPath, recursive: boolean, last: RelPath | undefined): RelPath | undefined {
    const { paths } = this
    const start = last === undefined ? 0 : paths.findIndex((path) => isAfter(path, last))
    if (start < 0) return undefined
    return paths
      .slice(start)
      .find((path) => (recursive ? isWithin(path, scope) : path === scope) && this.#lockAbove(path) === undefined)
  }

  #locked(path: RelPath): ScanBatch {
    const problem: Problem = { path, reason: 'unreadable', message: `${path} cannot be read.` }
    return { entries: [], problems: this.variant.isSilent === true ? [] : [problem], ignored: 0 }
  }

  #root(): RootIdentity {
    if (this.mount === 'missing') throw gone()
    return { device: '1', inode: this.mount === 'empty' ? 'other' : String(this.rootInode) }
  }

  get #isEmptied(): boolean {
    return this.mount !== 'mounted'
  }

  #piece(path: RelPath, start: number, end: number): string {
    if (this.#isEmptied) throw new TidekeepError({ code: 'vanished', message: `${path} is gone.`, path })
    return (this.files.get(path) ?? '').slice(start, end).padEnd(end - start, '?')
  }

  #assertReadable(path: RelPath): void {
    if (this.#isEmptied) throw new TidekeepError({ code: 'vanished', message: `${path} is gone.`, path })
    if (this.#lockAbove(path) !== undefined)
      throw new TidekeepError({ code: 'forbidden', message: `${path} cannot be read.`, path })
  }

  /** True for a file whose content cannot be read just now. */
  isUnreadable(path: RelPath): boolean {
    return this.unreadable.has(path) && this.entry(path)?.kind === 'file'
  }

  /** Everything can be read and written again. */
  unlock(): void {
    this.locked.clear()
    this.unreadable.clear()
    this.writeProtected.clear()
  }

  /** The folder that cannot be read in which this path lies. */
  lockAbove(path: RelPath): RelPath | undefined {
    return this.#lockAbove(path)
  }

  #lockAbove(path: RelPath): RelPath | undefined {
    for (const lock of this.locked)
      if (path !== lock && isWithin(path, lock) && this.entry(lock)?.kind === 'directory') return lock
    return undefined
  }

  /** What lies in a folder that is renamed stays the version it was. */
  #note(edit: Edit): void {
    const path = edit.kind === 'rename' ? edit.to : edit.path
    const content = this.files.get(path)
    if (content === undefined) return
    const { inode, ctimeNs } = this.entry(path)!.identity!
    this.#contentByVersion.set(`${inode}@${ctimeNs}`, content)
  }
}

function isAfter(path: string, last: string): boolean {
  return path > last
}

function gone(): TidekeepError {
  return new TidekeepError({ code: 'not-found', message: 'The folder is not there.', path: ROOT })
}
