import { TidekeepError } from '../../../common/errors.ts'
import { keptPath } from '../../../common/kept-area.ts'
import { DISTINCT_NAMES, foldPath, isFolding, type NameFolding } from '../../../common/name-folding.ts'
import { comparePaths, isReserved, isWithin, nameOf, parentOf, ROOT_PATH } from '../../../common/paths.ts'
import type { Entry, Kept, KeptWhy, RelPath, RemovalPrecondition } from '../../../common/model.ts'
import type { Keep, Metadata, TargetChange } from '../provider.ts'

/** What the store keeps at one path. */
export interface Node {
  readonly entry: Entry
  readonly bytes: Uint8Array
}

/**
 * The content of one memory store: files and directories, an ever-growing revision for etags. With a
 * folding it is as disks are that fold: found under any spelling, listed under that of what came
 * first, and content that is put under another spelling takes the place of what is there.
 */
export class MemoryTree {
  readonly #nodes = new Map<RelPath, Node>()
  /** The spelling of each folded path that is there; unused where every spelling is a path of its own. */
  readonly #spellingByFolded = new Map<string, RelPath>()
  readonly #folding: NameFolding
  readonly #now: (() => number) | undefined
  #revision = 0
  /** Grows with every change of any path; the newest change of each, and the oldest place among them that still counts. */
  #changes = 0
  readonly #changedAt = new Map<RelPath, number>()
  #oldestPlace = 0

  /** A store of objects: nothing is a folder, and a file may have the name of what others lie below. */
  readonly #isFlat: boolean

  constructor(folding: NameFolding = DISTINCT_NAMES, now?: () => number, isFlat = false) {
    this.#folding = folding
    this.#now = now
    this.#isFlat = isFlat
  }

  /** Where the next change will be told from. */
  get place(): number {
    return this.#changes
  }

  /** What is or is no more at every path that changed since a place; undefined where nobody can tell. */
  changesSince(place: number): readonly TargetChange[] | undefined {
    if (place < this.#oldestPlace) return undefined
    const paths = [...this.#changedAt].filter(([path, at]) => at > place && !isReserved(path))
    return paths.map(([path]) => ({ path, entry: this.#nodes.get(path)?.entry }))
  }

  /** No place that was told so far counts any more. */
  losePlaces(): void {
    this.#oldestPlace = ++this.#changes
  }

  /** What is there, told under the path that was asked for. */
  get(path: RelPath): Node | undefined {
    const node = this.#nodes.get(this.spellingOf(path))
    return node === undefined || node.entry.path === path ? node : { ...node, entry: { ...node.entry, path } }
  }

  /** How the path is listed; for what is not there, its parents as they are listed. */
  spellingOf(path: RelPath): RelPath {
    if (!isFolding(this.#folding) || path === ROOT_PATH) return path
    const known = this.#spellingByFolded.get(foldPath(path, this.#folding))
    if (known !== undefined) return known
    const parent = this.spellingOf(parentOf(path))
    return (parent === '' ? nameOf(path) : `${parent}/${nameOf(path)}`) as RelPath
  }

  /** True for two spellings of one path. */
  isOne(a: RelPath, b: RelPath): boolean {
    return isFolding(this.#folding) && foldPath(a, this.#folding) === foldPath(b, this.#folding)
  }

  /** Throws `not-found`. */
  require(path: RelPath): Node {
    const node = this.get(path)
    if (node === undefined) throw new TidekeepError({ code: 'not-found', message: `${path} is not there.`, path })
    return node
  }

  /** Throws `precondition-failed`. */
  assertExpected(path: RelPath, expect: RemovalPrecondition): void {
    const entry = this.get(path)?.entry
    if (expect.kind === 'any' || (expect.kind === 'absent' && entry === undefined)) return
    if (expect.kind === 'directory' && entry?.kind === 'directory') return
    if (expect.kind === 'etag' && entry !== undefined && entry.etag === expect.etag) return
    throw new TidekeepError({
      code: 'precondition-failed',
      message: expect.kind === 'absent' ? `${path} is already there.` : `${path} was changed by someone else.`,
      path,
    })
  }

  /** Throws `already-exists` where a file is in the way of a folder or a folder in the way of the file. */
  assertPlace(path: RelPath): void {
    if (this.#isFlat) return
    if (this.get(path)?.entry.kind === 'directory') throw inTheWay(path, 'a folder')
    this.assertNoFile(parentOf(path))
  }

  /** Throws `already-exists` where `path` or something above it is a file. */
  assertNoFile(path: RelPath): void {
    for (let each = path; each !== ROOT_PATH; each = parentOf(each)) {
      if (this.get(each)?.entry.kind === 'file') throw inTheWay(each, 'a file')
    }
  }

  setFile(path: RelPath, bytes: Uint8Array, metadata: Metadata, checksum: string): Entry {
    this.#makeParents(path, metadata)
    return this.#keep(
      {
        path,
        kind: 'file',
        size: bytes.length,
        mtimeNs: metadata.mtimeNs,
        etag: `"${++this.#revision}"`,
        checksums: [{ algorithm: 'blake3', value: checksum }],
        ...this.#stored(),
        ...(metadata.mode === undefined ? {} : { mode: metadata.mode & 0o777 }),
      },
      bytes,
    )
  }

  setDirectory(path: RelPath, metadata: Metadata): Entry {
    this.#makeParents(path, metadata)
    return this.#keep({ path, kind: 'directory', size: 0, ...metadata, ...this.#stored() }, new Uint8Array())
  }

  setMetadata(path: RelPath, metadata: Metadata): Entry {
    const { entry, bytes } = this.require(path)
    const etag = entry.kind === 'file' ? { etag: `"${++this.#revision}"` } : {}
    return this.#keep({ ...entry, ...etag, ...metadata }, bytes)
  }

  delete(path: RelPath): void {
    const spelled = this.spellingOf(path)
    const isParent = [...this.#nodes.keys()].some((other) => other !== spelled && isWithin(other, spelled))
    if (isParent && !this.#isFlat) {
      throw new TidekeepError({ code: 'precondition-failed', message: `The folder ${path} is not empty.`, path })
    }
    this.#drop(spelled)
  }

  /** Moves a file, or a directory with everything below; of a store of objects, the one object. */
  move(from: RelPath, to: RelPath): Entry {
    const source = this.spellingOf(from)
    const entries = [...this.#nodes].filter(([path]) => (this.#isFlat ? path === source : isWithin(path, source)))
    for (const [path] of entries) this.#drop(path)
    for (const [path, { entry, bytes }] of entries) {
      const moved = `${to}${path.slice(source.length)}` as RelPath
      this.#makeParents(moved, entry)
      const etag = entry.kind === 'file' ? { etag: `"${++this.#revision}"` } : {}
      this.#keep({ ...entry, ...etag, path: moved }, bytes)
    }
    return this.require(to).entry
  }

  /**
   * Puts what is at `path` where earlier versions are kept, under the first free name from `atMs` on;
   * undefined where no file is.
   */
  keep(path: RelPath, why: KeptWhy, { atMs, storedAtMs }: Keep): Kept | undefined {
    const node = this.get(path)
    if (node?.entry.kind !== 'file') return undefined
    const nameAt = (keptAtMs: number): RelPath =>
      keptPath({ path, why, keptAtMs, ...(storedAtMs === undefined ? {} : { storedAtMs }) })
    let keptAtMs = atMs
    while (this.#isTaken(nameAt(keptAtMs))) keptAtMs++
    const token = nameAt(keptAtMs)
    this.#makeParents(token, node.entry)
    this.#keep({ ...node.entry, path: token }, node.bytes)
    return { path, why, sizeBytes: node.entry.size, token }
  }

  #isTaken(path: RelPath): boolean {
    if (this.#isFlat) return this.get(path) !== undefined
    for (let each = parentOf(path); each !== ROOT_PATH; each = parentOf(each)) {
      if (this.get(each)?.entry.kind === 'file') return true
    }
    return this.get(path) !== undefined
  }

  /** Spells every name in `path`, which is there, exactly as it is in it; what it holds stays as it is. */
  respell(path: RelPath): Entry {
    if (parentOf(path) !== ROOT_PATH) this.respell(parentOf(path))
    const spelled = this.spellingOf(path)
    if (spelled === path) return this.require(path).entry
    const nodes = [...this.#nodes].filter(([each]) => isWithin(each, spelled))
    for (const [each] of nodes) this.#drop(each)
    for (const [each, { entry, bytes }] of nodes) {
      const respelled = `${path}${each.slice(spelled.length)}` as RelPath
      this.#nodes.set(respelled, { entry: { ...entry, path: respelled }, bytes })
      this.#note(respelled)
    }
    return this.require(path).entry
  }

  /** Sorted; Tidekeep's own area only when asked for. */
  below(path: RelPath): readonly Entry[] {
    const top = this.spellingOf(path)
    return [...this.#nodes.values()]
      .map(({ entry }) => entry)
      .filter(
        (entry) => entry.path !== top && isWithin(entry.path, top) && (isReserved(path) || !isReserved(entry.path)),
      )
      .sort((a, b) => comparePaths(a.path, b.path))
  }

  /** Keeps an entry under its spelling at this store, and tells of it under the one it was given. */
  #keep(entry: Entry, bytes: Uint8Array): Entry {
    const path = this.spellingOf(entry.path)
    this.#nodes.set(path, { entry: path === entry.path ? entry : { ...entry, path }, bytes })
    this.#note(path)
    return entry
  }

  #note(path: RelPath): void {
    this.#changedAt.set(path, ++this.#changes)
    if (isFolding(this.#folding)) this.#spellingByFolded.set(foldPath(path, this.#folding), path)
  }

  #drop(path: RelPath): void {
    this.#nodes.delete(path)
    this.#changedAt.set(path, ++this.#changes)
    if (isFolding(this.#folding)) this.#spellingByFolded.delete(foldPath(path, this.#folding))
  }

  #stored(): { readonly storedAtMs?: number } {
    return this.#now === undefined ? {} : { storedAtMs: this.#now() }
  }

  #makeParents(path: RelPath, { mtimeNs }: Metadata): void {
    if (this.#isFlat) return
    for (
      let parent = parentOf(path);
      parent !== ROOT_PATH && this.get(parent) === undefined;
      parent = parentOf(parent)
    ) {
      this.#keep(
        { path: parent, kind: 'directory', size: 0, mtimeNs, mode: 0o755, ...this.#stored() },
        new Uint8Array(),
      )
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
