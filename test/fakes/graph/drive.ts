import { assertName, assertPathLength, fold } from './names.ts'
import { GraphFailure, type DriveKind, type Item, type Quirks } from './types.ts'

/** What Graph knows as `@microsoft.graph.conflictBehavior`. */
export type ConflictBehavior = 'fail' | 'replace' | 'rename'

const DEFAULT_QUOTA_BYTES = 1024 ** 4
const OFFICE_FILE = /\.(docx|docm|xlsx|xlsm|pptx|pptm)$/i
const VERSIONS_KEPT = 100

/** One drive: a tree of items, everything that ever changed in it, and its recycle bin. */
export class Drive {
  readonly id: string
  readonly kind: DriveKind
  readonly tenant: string
  quirks: Quirks
  readonly items = new Map<string, Item>()
  readonly root: Item
  sequence = 0
  /** Delta tokens older than this are gone. */
  oldestSequence = 0
  readonly #children = new Map<string, Map<string, Item>>()
  #nextId = 1
  #usedBytes = 0
  readonly #now: () => number

  constructor(options: { id: string; kind: DriveKind; tenant: string; quirks: Quirks; now: () => number }) {
    this.id = options.id
    this.kind = options.kind
    this.tenant = options.tenant
    this.quirks = options.quirks
    this.#now = options.now
    this.root = this.#add({ name: 'root', parentId: '', kind: 'folder', bytes: Buffer.alloc(0) })
  }

  get(id: string): Item | undefined {
    const item = this.items.get(id)
    return item === undefined || item.isDeleted ? undefined : item
  }

  /** Throws itemNotFound. */
  require(id: string): Item {
    const item = this.get(id)
    if (item === undefined) throw new GraphFailure(404, 'itemNotFound')
    return item
  }

  childrenOf(parent: Item): Item[] {
    return [...(this.#children.get(parent.id)?.values() ?? [])].toSorted((a, b) =>
      fold(a.name) < fold(b.name) ? -1 : 1,
    )
  }

  child(parent: Item, name: string): Item | undefined {
    return this.#children.get(parent.id)?.get(fold(name))
  }

  /** Another name or another parent. */
  place(item: Item, { name, parentId }: { name: string; parentId: string }): void {
    this.#children.get(item.parentId)?.delete(fold(item.name))
    item.name = name
    item.parentId = parentId
    this.#listed(item)
  }

  /** The item at decoded segments below `from`. */
  find(from: Item, segments: readonly string[]): Item | undefined {
    let item: Item | undefined = from
    for (const segment of segments) {
      if (item === undefined) return undefined
      item = this.child(item, segment)
    }
    return item
  }

  /** `''` for the root, `a/b` below. */
  pathOf(item: Item): string {
    if (item === this.root) return ''
    const parent = this.pathOf(this.items.get(item.parentId)!)
    return parent === '' ? item.name : `${parent}/${item.name}`
  }

  isWithin(item: Item, ancestor: Item): boolean {
    for (let at: Item | undefined = item; at !== undefined; at = this.items.get(at.parentId))
      if (at === ancestor) return true
    return false
  }

  usedBytes(): number {
    return this.#usedBytes
  }

  totalBytes(): number {
    return this.quirks.quotaBytes ?? DEFAULT_QUOTA_BYTES
  }

  assertRoom(bytes: number): void {
    if (this.usedBytes() + bytes > this.totalBytes()) throw new GraphFailure(507, 'quotaLimitReached')
  }

  /** Says whether a name may be taken below `parent`; gives the name to use and what is in the way of `replace`. */
  claimName(
    parent: Item,
    name: string,
    { behavior, isFolder }: { behavior: ConflictBehavior; isFolder: boolean },
  ): { name: string; existing: Item | undefined } {
    if (parent.kind !== 'folder') throw new GraphFailure(409, 'nameAlreadyExists')
    assertName(name, { isFolder, isAtRoot: parent === this.root })
    const path = this.pathOf(parent)
    assertPathLength(path === '' ? name : `${path}/${name}`)
    const existing = this.child(parent, name)
    if (existing === undefined) return { name, existing }
    if (behavior === 'fail') throw new GraphFailure(409, 'nameAlreadyExists')
    if (behavior === 'rename') return { name: this.#freeName(parent, name), existing: undefined }
    if (existing.kind !== 'file' || isFolder) throw new GraphFailure(409, 'nameAlreadyExists')
    return { name, existing }
  }

  createFolder(parent: Item, name: string): Item {
    return this.#add({ name, parentId: parent.id, kind: 'folder', bytes: Buffer.alloc(0) })
  }

  createPackage(parent: Item, name: string): Item {
    return this.#add({ name, parentId: parent.id, kind: 'package', bytes: Buffer.alloc(0) })
  }

  createFile(parent: Item, name: string, bytes: Buffer): Item {
    this.assertRoom(bytes.length)
    return this.#add({ name, parentId: parent.id, kind: 'file', bytes: this.#asKept(name, bytes) })
  }

  replaceContent(item: Item, bytes: Buffer): void {
    this.assertRoom(bytes.length - item.bytes.length)
    this.#usedBytes -= item.bytes.length
    item.bytes = this.#asKept(item.name, bytes)
    this.#usedBytes += item.bytes.length
    item.contentChange++
    item.modifiedMs = this.#now()
    item.fileSystemInfo = { ...item.fileSystemInfo, lastModifiedDateTime: new Date(item.modifiedMs).toISOString() }
    this.changed(item)
    this.#keepVersion(item)
  }

  /** Any change of an item: its eTag moves, and the next delta tells of it. */
  changed(item: Item): void {
    item.change++
    item.toldWithoutHash = 0
    item.sequence = ++this.sequence
  }

  /** A change of properties alone; on business drives that makes a version. */
  touched(item: Item): void {
    this.changed(item)
    if (item.kind === 'file' && this.kind !== 'personal') this.#keepVersion(item)
  }

  /** To the recycle bin, with everything below; only the item itself is told by a delta. */
  remove(item: Item): void {
    if (item === this.root) throw new GraphFailure(400, 'invalidRequest', 'cannotDeleteRoot')
    for (const child of this.childrenOf(item)) this.remove(child)
    item.isDeleted = true
    this.#children.get(item.parentId)?.delete(fold(item.name))
    this.changed(item)
  }

  /** From the recycle bin to where it was. */
  restore(id: string): Item {
    const item = this.items.get(id)
    if (item === undefined || !item.isDeleted) throw new GraphFailure(404, 'itemNotFound')
    const parent = this.require(item.parentId)
    if (this.child(parent, item.name) !== undefined) throw new GraphFailure(409, 'nameAlreadyExists')
    item.isDeleted = false
    this.#listed(item)
    this.changed(item)
    return item
  }

  /** Delta tokens given out so far are refused from now on. */
  expireTokens(): void {
    this.oldestSequence = ++this.sequence
  }

  #listed(item: Item): void {
    const siblings = this.#children.get(item.parentId) ?? new Map<string, Item>()
    this.#children.set(item.parentId, siblings.set(fold(item.name), item))
  }

  #add(parts: Pick<Item, 'name' | 'parentId' | 'kind' | 'bytes'>): Item {
    const nowMs = this.#now()
    const iso = new Date(nowMs).toISOString()
    const number = this.#nextId++
    const item: Item = {
      ...parts,
      id:
        this.kind === 'personal'
          ? `${this.id.toUpperCase()}!${100 + number}`
          : `01${this.id.toUpperCase()}${String(number).padStart(8, '0')}`,
      versions: [],
      change: 0,
      contentChange: 1,
      sequence: 0,
      createdMs: nowMs,
      modifiedMs: nowMs,
      fileSystemInfo: { createdDateTime: iso, lastModifiedDateTime: iso },
      isDeleted: false,
      toldWithoutHash: 0,
    }
    this.items.set(item.id, item)
    this.#usedBytes += item.bytes.length
    if (item.parentId !== '') this.#listed(item)
    this.changed(item)
    if (item.kind === 'file') this.#keepVersion(item)
    return item
  }

  /** SharePoint writes properties of the library into Office files: other bytes, another size. */
  #asKept(name: string, bytes: Buffer): Buffer {
    if (this.kind !== 'documentLibrary' || !OFFICE_FILE.test(name)) return bytes
    return Buffer.concat([bytes, Buffer.from(`<customXml change="${this.sequence}"/>`)])
  }

  #keepVersion(item: Item): void {
    const number = Number.parseInt(item.versions.at(-1)?.id ?? '0', 10) + 1
    const { modifiedBy } = item
    item.versions.push({
      id: `${number}.0`,
      bytes: item.bytes,
      modifiedMs: this.#now(),
      ...(modifiedBy && { modifiedBy }),
    })
    if (item.versions.length > (this.quirks.versionsKept ?? VERSIONS_KEPT)) item.versions.shift()
  }

  #freeName(parent: Item, name: string): string {
    const [, stem = name, extension = ''] = /^(.*?)(\.[^.]*)?$/s.exec(name) ?? []
    for (let number = 1; ; number++) {
      const candidate = `${stem} ${number}${extension}`
      if (this.child(parent, candidate) === undefined) return candidate
    }
  }
}
