import type { BaselineEntry, Change, Entry, RelPath } from '../../../common/model.ts'

/** A file here, with what would become of it if nothing lay below its name. */
export interface FileHere {
  readonly local: Entry
  readonly base: BaselineEntry | undefined
  readonly remote: Entry | undefined
  readonly change: Change | undefined
}

interface Held {
  readonly file: FileHere
  isAgainst: boolean
}

const SLASH = 0x2f

/**
 * Files here below whose names the target may still turn out to hold something, as a target without folders can. Such a file is
 * against a folder, and nothing else is said of it. What comes between `a` and `a/b` in the order of paths begins with `a`, so
 * that few files wait at a time, each for the next path that does not begin with its name.
 */
export class FilesAbove {
  readonly #held: Held[] = []

  hold(file: FileHere): void {
    this.#held.push({ file, isAgainst: false })
  }

  isAbove(path: RelPath): boolean {
    return this.#above(path) !== undefined
  }

  /** The target holds this, which is not agreed on: adds what becomes of the file that it lies below. Told once for all that lies there. */
  against(path: RelPath, changes: Change[]): void {
    const held = this.#above(path)
    if (held === undefined || held.isAgainst) return
    held.isAgainst = true
    const change = againstFolder(held.file)
    if (change !== undefined) changes.push(change)
  }

  /** Adds what became of the files below which nothing can come any more, now that `next` is the next path; without one, of all. */
  leave(next: RelPath | undefined, changes: Change[]): void {
    for (let last = this.#held.at(-1); last !== undefined; last = this.#held.at(-1)) {
      const { file, isAgainst } = last
      if (next?.startsWith(file.local.path) === true) return
      this.#held.pop()
      if (!isAgainst && file.change !== undefined) changes.push(file.change)
    }
  }

  #above(path: RelPath): Held | undefined {
    return this.#held.find(({ file }) => lies(path, file.local.path))
  }
}

function lies(path: RelPath, name: RelPath): boolean {
  return path.charCodeAt(name.length) === SLASH && path.startsWith(name)
}

/**
 * As a target with folders tells of it. Where the file is as agreed on and the target has it no more, it gives way by itself: it is
 * removed here, as what is gone there always is.
 */
function againstFolder({ local, base, remote, change }: FileHere): Change | undefined {
  const { path } = local
  if (base !== undefined && remote === undefined && change === undefined) return undefined
  const folder: Entry = { path, kind: 'directory', size: 0, mtimeNs: 0n }
  return base === undefined
    ? { kind: 'both-present', path, local, remote: folder }
    : { kind: 'both-changed', path, local, base, remote: folder }
}
