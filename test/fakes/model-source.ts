import { TidekeepError } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { comparePaths, isWithin, nameOf, parentOf, ROOT_PATH } from '../../common/paths.ts'
import type { Scanner, ScanBatch, ScanScope } from '../../main/engine/scan/scanner.ts'
import type { StableFile } from '../../workers/tasks.ts'

interface ModelNode {
  readonly inode: number
  readonly content: string | undefined
  readonly mtime: number
  readonly ctime: number
  readonly mode: number
}

/** One thing a person or a program does in a folder. Paths that do not fit are skipped, as a shell would refuse them. */
export type Edit =
  | { readonly kind: 'write'; readonly path: RelPath; readonly content: string }
  /** Other content of the same size, and the old mtime put back. */
  | { readonly kind: 'rewrite-unseen'; readonly path: RelPath }
  | { readonly kind: 'make-directory' | 'touch' | 'chmod' | 'remove'; readonly path: RelPath }
  | { readonly kind: 'rename'; readonly path: RelPath; readonly to: RelPath }
  /** What a program does that writes files as a whole: a new file under the name; other times and mode; a second name given and taken. */
  | {
      readonly kind: 'place'
      readonly path: RelPath
      readonly content: string
      readonly mtime: number
      readonly mode: number
    }
  | { readonly kind: 'set'; readonly path: RelPath; readonly mtime: number; readonly mode: number }
  | { readonly kind: 'link'; readonly path: RelPath }

/** A folder in memory with what a file system gives: inodes that are used again, and a ctime nobody sets. */
export class ModelSource implements Scanner {
  readonly #nodes = new Map<RelPath, ModelNode>()
  readonly #freeInodes: number[] = []
  #nextInode = 1
  #now = 1
  /** As of the last edit. */
  #files: ReadonlyMap<RelPath, string> | undefined
  #paths: readonly RelPath[] | undefined

  /** As they are now: a later edit changes nothing in it. */
  get files(): ReadonlyMap<RelPath, string> {
    this.#files ??= new Map(
      [...this.#nodes].flatMap(([path, { content }]) => (content === undefined ? [] : [[path, content]])),
    )
    return this.#files
  }

  get paths(): readonly RelPath[] {
    this.#paths ??= [...this.#nodes.keys()].toSorted(comparePaths)
    return this.#paths
  }

  /** When the last edit was made. */
  get moment(): number {
    return this.#now
  }

  apply(edit: Edit): void {
    this.#now++
    this.#files = this.#paths = undefined
    const node = this.#nodes.get(edit.path)
    switch (edit.kind) {
      case 'write':
        return this.#write(edit.path, edit.content)
      case 'rewrite-unseen':
        if (node?.content !== undefined)
          this.#nodes.set(edit.path, { ...node, content: node.content.replace(/^./, mutate), ctime: this.#now })
        return
      case 'make-directory':
        if (node === undefined && this.#makeParents(edit.path)) this.#nodes.set(edit.path, this.#fresh(undefined))
        return
      case 'touch':
        if (node !== undefined) this.#nodes.set(edit.path, { ...node, mtime: this.#now, ctime: this.#now })
        return
      case 'chmod':
        if (node !== undefined) this.#nodes.set(edit.path, { ...node, mode: node.mode ^ 0o040, ctime: this.#now })
        return
      case 'remove':
        return this.#remove(edit.path)
      case 'rename':
        return this.#rename(edit.path, edit.to)
      case 'place': {
        if (node !== undefined) this.#remove(edit.path)
        if (!this.#makeParents(edit.path)) return
        const { content, mtime, mode } = edit
        this.#nodes.set(edit.path, { ...this.#fresh(content), mtime, mode })
        return
      }
      case 'set':
        if (node !== undefined)
          this.#nodes.set(edit.path, { ...node, mtime: edit.mtime, mode: edit.mode, ctime: this.#now })
        return
      case 'link':
        if (node !== undefined) this.#nodes.set(edit.path, { ...node, ctime: this.#now })
        return
    }
  }

  entry(path: RelPath): Entry | undefined {
    const node = this.#nodes.get(path)
    if (node === undefined) return undefined
    return {
      path,
      kind: node.content === undefined ? 'directory' : 'file',
      size: node.content?.length ?? 0,
      mtimeNs: BigInt(node.mtime),
      mode: node.mode,
      identity: { inode: `1:${node.inode}`, ctimeNs: BigInt(node.ctime) },
    }
  }

  /** The content of a file that is still what it was when it was scanned. Throws `vanished` or `changed`. */
  read(file: StableFile): string {
    const path = file.absolutePath.slice('/source/'.length) as RelPath
    const entry = this.entry(path)
    if (entry === undefined) throw new TidekeepError({ code: 'vanished', message: `${path} is gone.`, path })
    const isSame =
      entry.size === file.size &&
      entry.mtimeNs === file.mtimeNs &&
      entry.identity?.inode === file.inode &&
      entry.identity.ctimeNs === file.ctimeNs
    if (!isSame) throw new TidekeepError({ code: 'changed', message: `${path} changed.`, path })
    return this.#nodes.get(path)!.content!
  }

  async *scan(scopes: readonly ScanScope[]): AsyncGenerator<ScanBatch> {
    const isInScope = (path: RelPath): boolean =>
      scopes.some((scope) => (scope.recursive ? isWithin(path, scope.path) : path === scope.path))
    for (const path of this.paths) if (isInScope(path)) yield { entries: [this.entry(path)!], problems: [], ignored: 0 }
  }

  async stat(path: RelPath): Promise<Entry | undefined> {
    return this.entry(path)
  }

  async exists(path: RelPath): Promise<boolean> {
    return this.#nodes.has(path)
  }

  async names(directory: RelPath): Promise<readonly string[]> {
    return this.paths.filter((path) => parentOf(path) === directory).map(nameOf)
  }

  async root(): Promise<{ device: string; inode: string }> {
    return { device: '1', inode: '1' }
  }

  #write(path: RelPath, content: string): void {
    const node = this.#nodes.get(path)
    if (node !== undefined && node.content === undefined) return
    if (!this.#makeParents(path)) return
    const changed = node === undefined ? this.#fresh(content) : { ...node, content, mtime: this.#now, ctime: this.#now }
    this.#nodes.set(path, changed)
  }

  #remove(path: RelPath): void {
    for (const [below, { inode }] of this.#nodes) {
      if (!isWithin(below, path)) continue
      this.#nodes.delete(below)
      this.#freeInodes.push(inode)
    }
  }

  /** As `mv -T`: onto a file it replaces it, onto a folder only where nothing stands. */
  #rename(from: RelPath, to: RelPath): void {
    const moving = this.#nodes.get(from)
    const there = this.#nodes.get(to)
    if (moving === undefined || isWithin(to, from) || isWithin(from, to)) return
    if (there !== undefined && (there.content === undefined || moving.content === undefined)) return
    if (!this.#makeParents(to)) return
    if (there !== undefined) this.#remove(to)
    for (const [path, node] of this.#nodes) {
      if (!isWithin(path, from)) continue
      this.#nodes.delete(path)
      this.#nodes.set(
        `${to}${path.slice(from.length)}` as RelPath,
        path === from ? { ...node, ctime: this.#now } : node,
      )
    }
  }

  #fresh(content: string | undefined): ModelNode {
    const inode = this.#freeInodes.pop() ?? this.#nextInode++
    return { inode, content, mtime: this.#now, ctime: this.#now, mode: content === undefined ? 0o755 : 0o644 }
  }

  /** False where a file is in the way. */
  #makeParents(path: RelPath): boolean {
    const parent = parentOf(path)
    if (parent === ROOT_PATH) return true
    const node = this.#nodes.get(parent)
    if (node !== undefined) return node.content === undefined
    if (!this.#makeParents(parent)) return false
    this.#nodes.set(parent, this.#fresh(undefined))
    return true
  }
}

function mutate(letter: string): string {
  return letter === 'z' ? 'a' : String.fromCodePoint(letter.codePointAt(0)! + 1)
}
