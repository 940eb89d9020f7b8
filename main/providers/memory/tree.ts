import { TidekeepError } from '../../../common/errors.ts'
import { keptPath } from '../../../common/kept-area.ts'
import { comparePaths, isReserved, isWithin, parentOf, ROOT_PATH } from '../../../common/paths.ts'
import type { Entry, Kept, KeptWhy, Precondition, RelPath } from '../../../common/model.ts'
import type { Metadata } from '../provider.ts'

/** What the store keeps at one path. */
export interface Node {
  readonly entry: Entry
  readonly bytes: Uint8Array
}

/** The content of one memory store: files and directories, an ever-growing revision for etags. */
export class MemoryTree {
  readonly #nodes = new Map<RelPath, Node>()
  #revision = 0

  get(path: RelPath): Node | undefined {
    return this.#nodes.get(path)
  }

  /** Throws `not-found`. */
  require(path: RelPath): Node {
    const node = this.#nodes.get(path)
    if (node === undefined) throw new TidekeepError({ code: 'not-found', message: `${path} is not there.`, path })
    return node
  }

  /** Throws `precondition-failed`. */
  assertExpected(path: RelPath, expect: Precondition): void {
    const etag = this.#nodes.get(path)?.entry.etag
    const isPresent = this.#nodes.has(path)
    const holds = expect.kind === 'any' || (expect.kind === 'absent' ? !isPresent : isPresent && etag === expect.etag)
    if (holds) return
    throw new TidekeepError({
      code: 'precondition-failed',
      message: expect.kind === 'absent' ? `${path} is already there.` : `${path} was changed by someone else.`,
      path,
    })
  }

  /** Throws `already-exists` where a file is in the way of a folder or a folder in the way of the file. */
  assertPlace(path: RelPath): void {
    if (this.#nodes.get(path)?.entry.kind === 'directory') throw inTheWay(path, 'a folder')
    this.assertNoFile(parentOf(path))
  }

  /** Throws `already-exists` where `path` or something above it is a file. */
  assertNoFile(path: RelPath): void {
    for (let each = path; each !== ROOT_PATH; each = parentOf(each)) {
      if (this.#nodes.get(each)?.entry.kind === 'file') throw inTheWay(each, 'a file')
    }
  }

  setFile(path: RelPath, bytes: Uint8Array, metadata: Metadata, checksum: string): Entry {
    this.#makeParents(path, metadata)
    const entry: Entry = {
      path,
      kind: 'file',
      size: bytes.length,
      mtimeNs: metadata.mtimeNs,
      etag: `"${++this.#revision}"`,
      checksums: [{ algorithm: 'blake3', value: checksum }],
      ...(metadata.mode === undefined ? {} : { mode: metadata.mode & 0o777 }),
    }
    this.#nodes.set(path, { entry, bytes })
    return entry
  }

  setDirectory(path: RelPath, metadata: Metadata): Entry {
    this.#makeParents(path, metadata)
    const entry: Entry = { path, kind: 'directory', size: 0, ...metadata }
    this.#nodes.set(path, { entry, bytes: new Uint8Array() })
    return entry
  }

  setMetadata(path: RelPath, metadata: Metadata): Entry {
    const { entry, bytes } = this.require(path)
    const etag = entry.kind === 'file' ? { etag: `"${++this.#revision}"` } : {}
    const changed = { ...entry, ...etag, ...metadata }
    this.#nodes.set(path, { entry: changed, bytes })
    return changed
  }

  delete(path: RelPath): void {
    const isParent = [...this.#nodes.keys()].some((other) => other !== path && isWithin(other, path))
    if (isParent) {
      throw new TidekeepError({ code: 'precondition-failed', message: `The folder ${path} is not empty.`, path })
    }
    this.#nodes.delete(path)
  }

  /** Moves a file, or a directory with everything below. */
  move(from: RelPath, to: RelPath): Entry {
    for (const [path, { entry, bytes }] of this.#nodes) {
      if (!isWithin(path, from) || isWithin(path, to)) continue
      const moved = `${to}${path.slice(from.length)}` as RelPath
      this.#nodes.delete(path)
      this.#makeParents(moved, entry)
      const etag = entry.kind === 'file' ? { etag: `"${++this.#revision}"` } : {}
      this.#nodes.set(moved, { entry: { ...entry, ...etag, path: moved }, bytes })
    }
    return this.require(to).entry
  }

  /**
   * Puts what is at `path` where earlier versions are kept, under the first free name from `atMs` on;
   * undefined where no file is.
   */
  keep(path: RelPath, why: KeptWhy, atMs: number): Kept | undefined {
    const node = this.#nodes.get(path)
    if (node?.entry.kind !== 'file') return undefined
    let keptAtMs = atMs
    while (this.#isTaken(keptPath({ path, why, keptAtMs }))) keptAtMs++
    const token = keptPath({ path, why, keptAtMs })
    this.#makeParents(token, node.entry)
    this.#nodes.set(token, { ...node, entry: { ...node.entry, path: token } })
    return { path, why, sizeBytes: node.entry.size, token }
  }

  #isTaken(path: RelPath): boolean {
    for (let each = parentOf(path); each !== ROOT_PATH; each = parentOf(each)) {
      if (this.#nodes.get(each)?.entry.kind === 'file') return true
    }
    return this.#nodes.has(path)
  }

  /** Sorted; Tidekeep's own area only when asked for. */
  below(path: RelPath): readonly Entry[] {
    return [...this.#nodes.values()]
      .map(({ entry }) => entry)
      .filter(
        (entry) => entry.path !== path && isWithin(entry.path, path) && (isReserved(path) || !isReserved(entry.path)),
      )
      .sort((a, b) => comparePaths(a.path, b.path))
  }

  #makeParents(path: RelPath, { mtimeNs }: Metadata): void {
    for (let parent = parentOf(path); parent !== ROOT_PATH && !this.#nodes.has(parent); parent = parentOf(parent)) {
      const entry: Entry = { path: parent, kind: 'directory', size: 0, mtimeNs, mode: 0o755 }
      this.#nodes.set(parent, { entry, bytes: new Uint8Array() })
    }
  }
}

function inTheWay(path: RelPath, what: string): TidekeepError {
  return new TidekeepError({
    code: 'already-exists',
    message: `${path} is ${what} where the other is needed.`,
    path,
    fix: `Move ${path} away.`,
  })
}
