import type { Entry, Precondition, RelPath } from '../../../common/model.ts'
import { comparePaths, isWithin, parentOf, ROOT_PATH } from '../../../common/paths.ts'
import { Violation } from './cells.ts'

/** One thing at the modelled target. */
export interface ModelObject {
  /** Undefined: a folder. */
  readonly content: string | undefined
  readonly mtimeNs: bigint
  readonly mode: number | undefined
  readonly etag: string
  /** False: someone else put it there, or changed it last. */
  readonly isOurs: boolean
}

/**
 * A target as plain data: preconditions enforced, everything at once. Whatever Tidekeep would
 * destroy is judged the moment it happens.
 */
export class ModelTarget {
  readonly objects = new Map<RelPath, ModelObject>()
  /** Put aside, with where it was. */
  readonly kept: { readonly path: RelPath; readonly content: string }[] = []
  #revision = 0

  holds(path: RelPath, expect: Precondition): boolean {
    const found = this.objects.get(path)
    if (expect.kind === 'any') return true
    return expect.kind === 'absent' ? found === undefined : found?.etag === expect.etag && found.content !== undefined
  }

  /** Sorted, as a listing has it. */
  list(): readonly Entry[] {
    return [...this.objects.keys()].sort(comparePaths).map((path) => this.entry(path)!)
  }

  entry(path: RelPath): Entry | undefined {
    const found = this.objects.get(path)
    if (found === undefined) return undefined
    const { content, mtimeNs, mode, etag } = found
    const size = content?.length ?? 0
    return {
      path,
      kind: content === undefined ? 'directory' : 'file',
      size,
      mtimeNs,
      ...(mode === undefined ? {} : { mode }),
      ...(content === undefined ? {} : { etag }),
    }
  }

  /** Stores content. Content of others is never replaced by other content (I3). */
  put(path: RelPath, found: Pick<ModelObject, 'content' | 'mtimeNs' | 'mode'>): void {
    const there = this.objects.get(path)
    if (there !== undefined && !there.isOurs && there.content !== undefined && there.content !== found.content)
      throw new Violation('I3', `content of others, ${there.content}, was replaced`, path)
    this.makeParents(path, true)
    this.objects.set(path, { ...found, etag: this.#etag(), isOurs: true })
  }

  /** Only for what was agreed on: it is ours from then on. */
  setMetadata(path: RelPath, metadata: Pick<ModelObject, 'mtimeNs' | 'mode'>): void {
    this.objects.set(path, { ...this.objects.get(path)!, ...metadata, etag: this.#etag(), isOurs: true })
  }

  move(from: RelPath, to: RelPath): void {
    const moved = this.objects.get(from)!
    this.objects.delete(from)
    this.makeParents(to, true)
    this.objects.set(to, { ...moved, etag: this.#etag() })
  }

  putAside(path: RelPath): void {
    for (const [below, { content }] of this.objects) {
      if (!isWithin(below, path)) continue
      if (content !== undefined) this.kept.push({ path: below, content })
      this.objects.delete(below)
    }
  }

  isEmpty(path: RelPath): boolean {
    return ![...this.objects.keys()].some((other) => other !== path && isWithin(other, path))
  }

  /** The file that stands where `path` needs a folder. */
  fileAbove(path: RelPath): RelPath | undefined {
    for (let each = parentOf(path); each !== ROOT_PATH; each = parentOf(each))
      if (this.objects.get(each)?.content !== undefined) return each
    return undefined
  }

  makeParents(path: RelPath, isOurs: boolean): void {
    for (let each = parentOf(path); each !== ROOT_PATH && !this.objects.has(each); each = parentOf(each))
      this.objects.set(each, { content: undefined, mtimeNs: 0n, mode: 0o755, etag: this.#etag(), isOurs })
  }

  /** Another program stores something; what does not fit does not happen. */
  foreignPut(path: RelPath, content: string): void {
    if (this.fileAbove(path) !== undefined) return
    if (this.objects.has(path) && this.objects.get(path)!.content === undefined) return
    this.makeParents(path, false)
    this.objects.set(path, { content, mtimeNs: 7n, mode: undefined, etag: this.#etag(), isOurs: false })
  }

  foreignRemove(path: RelPath): void {
    if (this.isEmpty(path)) this.objects.delete(path)
  }

  #etag(): string {
    return `"${++this.#revision}"`
  }
}
