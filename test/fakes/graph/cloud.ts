import type { Drive } from './drive.ts'
import type { IdentitySet, Item } from './types.ts'

/** What somebody does to a drive, or to a folder of it, from elsewhere: by paths, and seen by the next delta. */
export class Cloud {
  readonly #drive: Drive
  readonly #folder: string

  /** `folder`: in the drive; empty for all of it. It may not be there yet. */
  constructor(drive: Drive, folder: string) {
    this.#drive = drive
    this.#folder = folder
  }

  /** A new file or new content, with the folders it needs; its time is now unless `mtimeMs` says otherwise. */
  write(path: string, content: string, mtimeMs?: number): void {
    const { parent, name } = this.#place(path)
    const present = this.#drive.child(parent, name)
    if (present !== undefined && present.kind !== 'file') throw new Error(`${path} is a folder`)
    const bytes = Buffer.from(content)
    if (present !== undefined) this.#drive.replaceContent(present, bytes)
    const item = present ?? this.#drive.createFile(parent, name, bytes)
    if (mtimeMs === undefined) return
    item.fileSystemInfo = { ...item.fileSystemInfo, lastModifiedDateTime: new Date(mtimeMs).toISOString() }
    this.#drive.changed(item)
  }

  makeFolder(path: string): void {
    const { parent, name } = this.#place(path)
    if (this.#drive.child(parent, name) === undefined) this.#drive.createFolder(parent, name)
  }

  /** Another name, another folder, or both. */
  move(from: string, to: string): void {
    const item = this.#item(from)
    const { parent, name } = this.#place(to)
    const present = this.#drive.child(parent, name)
    if (present !== undefined && present !== item) throw new Error(`${to} is taken`)
    if (this.#drive.isWithin(parent, item)) throw new Error(`${from} cannot move into itself`)
    this.#drive.place(item, { name, parentId: parent.id })
    this.#drive.changed(item)
  }

  /** To the recycle bin. */
  remove(path: string): void {
    this.#drive.remove(this.#item(path))
  }

  /** Says who changed a file last. */
  signedBy(path: string, by: IdentitySet): void {
    const item = this.#item(path)
    item.modifiedBy = by
    this.#drive.changed(item)
  }

  /** The drive changes properties of a file by itself. */
  touch(path: string): void {
    this.#drive.changed(this.#item(path))
  }

  /** Every file and folder with its content, Tidekeep's own area left out. */
  tree(): Record<string, string> {
    const root = this.#find(this.#folder)
    return root === undefined ? {} : this.#below(root, '')
  }

  /** Names in the recycle bin. */
  binned(): readonly string[] {
    return [...this.#drive.items.values()].filter(({ isDeleted }) => isDeleted).map(({ name }) => name)
  }

  #below(folder: Item, above: string): Record<string, string> {
    const found: Record<string, string> = {}
    for (const item of this.#drive.childrenOf(folder)) {
      const path = `${above}${item.name}`
      if (path === '.tidekeep') continue
      if (item.kind === 'folder') Object.assign(found, { [`${path}/`]: '' }, this.#below(item, `${path}/`))
      else found[path] = item.bytes.toString()
    }
    return found
  }

  #full(path: string): string {
    return this.#folder === '' ? path : `${this.#folder}/${path}`
  }

  #find(full: string): Item | undefined {
    return this.#drive.find(this.#drive.root, full === '' ? [] : full.split('/'))
  }

  #item(path: string): Item {
    const item = this.#find(this.#full(path))
    if (item === undefined) throw new Error(`${path} is not in the drive`)
    return item
  }

  #place(path: string): { readonly parent: Item; readonly name: string } {
    const segments = this.#full(path).split('/')
    let parent = this.#drive.root
    for (const name of segments.slice(0, -1)) {
      parent = this.#drive.child(parent, name) ?? this.#drive.createFolder(parent, name)
      if (parent.kind !== 'folder') throw new Error(`${name} is a file`)
    }
    return { parent, name: segments.at(-1)! }
  }
}
