import { constants, type BigIntStats } from 'node:fs'
import { IGNORE_FILE, type IgnoreLevel } from '../ignore/ignore-level.ts'
import { sortNames } from '../fs/sort-names.ts'
import { systemCode } from '../fs/system-code.ts'
import { BatchBuilder } from './batch.ts'
import type { Exclusions } from './exclusions.ts'
import type { Listing, WalkFiles } from './files.ts'
import { badName, otherDevice, rootError, special, symlink, unreadable } from './problems.ts'
import type { WalkRoot } from './root.ts'

const { S_IFDIR, S_IFMT, S_IFREG } = constants

/** What one walk works with. */
export interface WalkContext {
  readonly root: WalkRoot
  readonly files: WalkFiles
  readonly exclusions: Exclusions
  /** Takes a full batch; false when nobody reads any more. */
  readonly send: (batch: BatchBuilder) => Promise<boolean>
}

/** A directory that was listed when it was met and is entered when its contents are due. */
interface OpenDirectory {
  readonly path: string
  readonly level: IgnoreLevel
  readonly names: readonly string[]
  readonly badNames: Map<string, string> | undefined
  next: number
  /** Directories met here and not yet entered, the first due on top. */
  readonly waiting: { readonly name: string; readonly opened: OpenDirectory }[]
}

/**
 * Walks directories in the byte order of full paths: a directory comes at its own name, its
 * contents at `name/`, so `a`, `a-b`, `a/x`. Everything is on an explicit stack.
 */
export class TreeWalk {
  readonly #context: WalkContext
  #batch = new BatchBuilder()

  constructor(context: WalkContext) {
    this.#context = context
  }

  /** Sends what is left. False when nobody reads any more. */
  async finish(): Promise<boolean> {
    return this.#batch.isEmpty || (await this.#flush())
  }

  /**
   * Meets one entry and, when `recursive`, everything below it. `level` holds in its parent
   * directory. False when nobody reads any more.
   */
  async visit(path: string, recursive: boolean, level: IgnoreLevel): Promise<boolean> {
    if (this.#batch.isFull && !(await this.#flush())) return false
    const opened = this.#meet(path, level, recursive)
    return opened === undefined ? true : await this.#descend(opened)
  }

  /** Everything below the root. Throws when the root cannot be listed. */
  async visitRoot(level: IgnoreLevel): Promise<boolean> {
    const { root, files } = this.#context
    let listing: Listing
    try {
      listing = files.list(root.resolve(''))
    } catch (error) {
      throw rootError(root.resolve(''), error)
    }
    return await this.#descend(this.#opened('', listing, level))
  }

  report(problem: Parameters<BatchBuilder['addProblem']>[0]): void {
    this.#batch.addProblem(problem)
  }

  countIgnored(): void {
    this.#batch.addIgnored()
  }

  async #descend(top: OpenDirectory): Promise<boolean> {
    const stack = [top]
    for (let directory = stack.at(-1); directory !== undefined; directory = stack.at(-1)) {
      if (this.#batch.isFull && !(await this.#flush())) return false
      const name = directory.names[directory.next]
      const due = directory.waiting.at(-1)
      if (due !== undefined && (name === undefined || !isBeforeContents(name, due.name))) {
        directory.waiting.pop()
        stack.push(due.opened)
      } else if (name === undefined) {
        stack.pop()
      } else {
        directory.next++
        this.#meetName(directory, name)
      }
    }
    return true
  }

  #meetName(directory: OpenDirectory, name: string): void {
    const path = directory.path === '' ? name : `${directory.path}/${name}`
    const shown = directory.badNames?.get(name)
    if (shown !== undefined || !name.isWellFormed()) {
      directory.badNames?.delete(name)
      this.#batch.addProblem(badName(path, shown ?? JSON.stringify(name)))
      return
    }
    const opened = this.#meet(path, directory.level, true)
    if (opened !== undefined) directory.waiting.push({ name, opened })
  }

  /** Takes one entry into the batch. Returns it opened when it is a directory whose contents are wanted. */
  #meet(path: string, level: IgnoreLevel, recursive: boolean): OpenDirectory | undefined {
    const stat = this.#lstat(path, level)
    if (stat === undefined) return undefined
    // One number for all questions: BigIntStats would make several of each.
    const type = Number(stat.mode) & S_IFMT
    const isDirectory = type === S_IFDIR
    if (this.#context.exclusions.has(path, isDirectory, stat) || level.ignoredBy(path, isDirectory) !== undefined) {
      this.#batch.addIgnored()
      return undefined
    }
    if (isDirectory) return this.#meetDirectory(path, stat, recursive ? level : undefined)
    if (type === S_IFREG) this.#batch.addEntry(path, stat)
    else this.#batch.addProblem(stat.isSymbolicLink() ? symlink(path) : special(path, stat))
    return undefined
  }

  #lstat(path: string, level: IgnoreLevel): BigIntStats | undefined {
    const { root, files } = this.#context
    let stat: BigIntStats | undefined
    try {
      stat = files.lstat(root.resolve(path))
    } catch (error) {
      if (systemCode(error) === '') throw error
      const isIgnored = level.ignoredBy(path, false) !== undefined && level.ignoredBy(path, true) !== undefined
      if (isIgnored) this.#batch.addIgnored()
      else this.#batch.addProblem(unreadable(path, error))
      return undefined
    }
    // A root that is gone is no problem of this path: the look as a whole fails.
    if (stat === undefined) root.assertSame()
    return stat
  }

  /** Lists the directory before it is reported, so that its problem stands at its own place in the order. */
  #meetDirectory(path: string, stat: BigIntStats, level: IgnoreLevel | undefined): OpenDirectory | undefined {
    const { root, files } = this.#context
    if (level === undefined || stat.dev !== root.device) {
      this.#batch.addEntry(path, stat)
      if (level !== undefined) this.#batch.addProblem(otherDevice(path))
      return undefined
    }
    let listing: Listing
    try {
      listing = files.list(root.resolve(path))
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') {
        root.assertSame()
        return undefined
      }
      this.#batch.addEntry(path, stat)
      this.#batch.addProblem(unreadable(path, error))
      return undefined
    }
    this.#batch.addEntry(path, stat)
    return this.#opened(path, listing, level)
  }

  #opened(path: string, listing: Listing, level: IgnoreLevel): OpenDirectory {
    const { root, files } = this.#context
    const text = listing.names.includes(IGNORE_FILE)
      ? files.readIgnoreFile(root.resolve(path === '' ? IGNORE_FILE : `${path}/${IGNORE_FILE}`))
      : undefined
    return {
      path,
      level: level.below(path, text),
      names: sortNames(listing.names),
      badNames: listing.unreadable === undefined ? undefined : new Map(listing.unreadable),
      next: 0,
      waiting: [],
    }
  }

  async #flush(): Promise<boolean> {
    const full = this.#batch
    this.#batch = new BatchBuilder()
    return await this.#context.send(full)
  }
}

/** Whether `name`, which sorts after `directory`, still comes before `directory/`. */
function isBeforeContents(name: string, directory: string): boolean {
  return name.startsWith(directory) && name.charCodeAt(directory.length) < 0x2f
}
