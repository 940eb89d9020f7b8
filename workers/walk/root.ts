import type { BigIntStats } from 'node:fs'
import { inodeOf } from '../fs/stable-read.ts'
import type { WalkFiles } from './files.ts'
import { rootError, rootGone } from './problems.ts'

/** The directory a walk starts from, which must stay the same one until its end (I12). */
export class WalkRoot {
  readonly device: bigint
  readonly #path: string
  readonly #files: WalkFiles
  readonly #first: BigIntStats

  /** Throws `not-found`, `forbidden` or `unavailable`. */
  constructor(path: string, files: WalkFiles) {
    this.#path = path.replaceAll('\\', process.platform === 'win32' ? '/' : '\\').replace(/\/+$/, '')
    this.#files = files
    this.#first = this.#stat()
    this.device = this.#first.dev
  }

  /** Absolute path of `path`, which is relative to the root. */
  resolve(path: string): string {
    return path === '' ? (this.#path === '' ? '/' : this.#path) : `${this.#path}/${path}`
  }

  /** Throws `not-found` when the root went away or was replaced: what seems missing then is not deleted. */
  assertSame(): void {
    if (!isSameDirectory(this.#first, this.#stat())) throw rootGone(this.#path)
  }

  #stat(): BigIntStats {
    let stat: BigIntStats | undefined
    try {
      stat = this.#files.stat(this.resolve(''))
    } catch (error) {
      throw rootError(this.#path, error)
    }
    if (stat === undefined || !stat.isDirectory()) throw rootGone(this.#path)
    return stat
  }
}

/**
 * Inode numbers are used again at once by some file systems, so the birth time counts too, where
 * there is one: without it Node reports the change time, which moves.
 */
function isSameDirectory(first: BigIntStats, now: BigIntStats): boolean {
  const hasBirthTime = first.birthtimeNs !== first.ctimeNs
  return inodeOf(first) === inodeOf(now) && (!hasBirthTime || first.birthtimeNs === now.birthtimeNs)
}
