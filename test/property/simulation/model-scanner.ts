import { TidekeepError } from '../../../common/errors.ts'
import type { Entry, Problem, RelPath } from '../../../common/model.ts'
import { isWithin } from '../../../common/paths.ts'
import type { ScanBatch, Scanner, ScanScope } from '../../../main/engine/scan/scanner.ts'
import type { ModelSource } from '../../fakes/model-source.ts'

/** Looks at a modelled folder as it is, with folders that cannot be read and listings that break off. */
export class ModelScanner implements Scanner {
  /** Folders whose contents cannot be read. */
  readonly locked = new Set<RelPath>()
  /** The next listing throws in the middle. */
  isBroken = false
  rootInode = 1
  variant: { readonly endsEarly?: true; readonly isSilent?: true } = {}
  readonly #source: ModelSource

  constructor(source: ModelSource) {
    this.#source = source
  }

  async *scan(scopes: readonly ScanScope[]): AsyncGenerator<ScanBatch> {
    const entries: Entry[] = []
    const problems: Problem[] = []
    for (const { path } of scopes) if (this.lockAbove(path) !== undefined) problems.push(unreadable(path))
    for (const path of this.#source.paths) {
      const isWanted = scopes.some((scope) => (scope.recursive ? isWithin(path, scope.path) : path === scope.path))
      if (!isWanted) continue
      if (this.lockAbove(path) !== undefined) continue
      entries.push(this.#source.entry(path)!)
      if (this.locked.has(path) && this.#isFolder(path)) problems.push(unreadable(path))
    }
    if (this.isBroken) {
      this.isBroken = false
      yield { entries: entries.slice(0, entries.length / 2), problems: [], ignored: 0 }
      if (this.variant.endsEarly === true) return
      throw new TidekeepError({ code: 'unavailable', message: 'The folder broke off.' })
    }
    yield { entries, problems: this.variant.isSilent === true ? [] : problems, ignored: 0 }
  }

  async stat(path: RelPath): Promise<Entry | undefined> {
    if (this.lockAbove(path) !== undefined)
      throw new TidekeepError({ code: 'forbidden', message: `${path} cannot be looked at.`, path })
    return this.#source.entry(path)
  }

  async exists(path: RelPath): Promise<boolean> {
    return this.lockAbove(path) !== undefined || this.#source.entry(path) !== undefined
  }

  async names(directory: RelPath): Promise<readonly string[]> {
    if (this.lockAbove(directory) !== undefined || this.locked.has(directory))
      throw new TidekeepError({ code: 'forbidden', message: `${directory} cannot be read.`, path: directory })
    return this.#source.names(directory)
  }

  async root(): Promise<{ device: string; inode: string }> {
    return { device: '1', inode: String(this.rootInode) }
  }

  /** The unreadable folder that `path` lies in. */
  lockAbove(path: RelPath): RelPath | undefined {
    for (const lock of this.locked) if (path !== lock && isWithin(path, lock) && this.#isFolder(lock)) return lock
    return undefined
  }

  #isFolder(path: RelPath): boolean {
    return this.#source.entry(path)?.kind === 'directory'
  }
}

function unreadable(path: RelPath): Problem {
  return { path, reason: 'unreadable', message: `${path} cannot be read.` }
}
