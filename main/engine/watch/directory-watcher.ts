import { lstatSync, readdirSync, statSync, watch, type BigIntStats, type Dirent, type FSWatcher } from 'node:fs'
import { inodeOf } from '../../../workers/fs/stable-read.ts'
import { IGNORE_FILE } from '../../../workers/ignore/ignore-level.ts'
import { BurstMeter } from './burst-meter.ts'
import { DirectoryNode, type Touch } from './directory-node.ts'
import {
  failureOf,
  type RawEventKind,
  type RawListener,
  type RawWatcher,
  type RawWatchOptions,
  type WatchFailure,
} from './raw-watcher.ts'

/** The system's watch of one directory; tests put faults here. */
export type WatchDirectory = (path: string, onEvent: (event: string, name: string | null) => void) => FSWatcher

/** Time the event loop may be held while directories are added. */
const SLICE_MS = 8

/**
 * Watches every directory of a tree by itself, as inotify wants it. New directories are watched
 * before they are listed, so that nothing in them is missed; what was in them already is told as
 * `directory-appeared`. Ignored directories and other file systems are not watched.
 */
export class DirectoryWatcher implements RawWatcher {
  readonly ready: Promise<void>
  readonly #options: RawWatchOptions
  readonly #listener: RawListener
  readonly #watchDirectory: WatchDirectory
  readonly #burst: BurstMeter
  readonly #touchedNodes = new Set<DirectoryNode>()
  #root: DirectoryNode | undefined
  #device = 0n
  #isClosed = false

  constructor(options: RawWatchOptions, listener: RawListener, watchDirectory: WatchDirectory = watch) {
    this.#options = options
    this.#listener = listener
    this.#watchDirectory = watchDirectory
    this.#burst = new BurstMeter(() => listener.onOverflow())
    this.ready = this.#open()
  }

  async resync(): Promise<void> {
    if (this.#root !== undefined) await this.#sync(this.#root)
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#root?.close()
    return Promise.resolve()
  }

  /** Directories watched now. */
  get size(): number {
    return this.#root === undefined ? 0 : countNodes(this.#root)
  }

  async #open(): Promise<void> {
    const stat = this.#statRoot()
    if (stat === undefined || !stat.isDirectory()) return this.#break({ kind: 'root-gone' })
    this.#device = stat.dev
    this.#root = new DirectoryNode('', '', inodeOf(stat))
    await this.#sync(this.#root)
  }

  #break(failure: WatchFailure): void {
    if (this.#isClosed) return
    void this.close()
    this.#listener.onBroken(failure)
  }

  /** Makes the watches at and below `top` what the directories are now. */
  async #sync(top: DirectoryNode): Promise<void> {
    const stack = [top]
    let sliceStartMs = performance.now()
    for (let node = stack.pop(); node !== undefined && !this.#isClosed; node = stack.pop()) {
      if (!node.isWatched && !this.#attach(node)) continue
      this.#syncChildren(node)
      stack.push(...node.children.values())
      if (performance.now() - sliceStartMs < SLICE_MS) continue
      await new Promise((resolve) => setImmediate(resolve))
      sliceStartMs = performance.now()
    }
  }

  /** False when there is nothing to watch, or no watch to be had. */
  #attach(node: DirectoryNode): boolean {
    try {
      const handle = this.#watchDirectory(this.#absolute(node.path), (event, name) => this.#touch(node, event, name))
      handle.on('error', (error) => this.#break(failureOf(error)))
      node.attach(handle)
      return true
    } catch (error) {
      const failure = failureOf(error)
      if (node === this.#root && failure.kind === 'error') this.#break({ kind: 'root-gone' })
      if (failure.kind === 'limit') this.#break(failure)
      return false
    }
  }

  #syncChildren(node: DirectoryNode): void {
    const names = new Set<string>()
    for (const entry of this.#list(node)) {
      const path = node.pathOf(entry.name)
      if (!entry.isDirectory() || this.#options.isIgnored(path, true)) continue
      const stat = this.#lstat(path)
      if (stat === undefined || !stat.isDirectory() || stat.dev !== this.#device) continue
      names.add(entry.name)
      this.#child(node, entry.name, stat)
    }
    for (const [name, child] of node.children) if (!names.has(name)) this.#drop(node, name, child)
  }

  /** The node of a directory that is there, a new one where another took its place. */
  #child(parent: DirectoryNode, name: string, stat: BigIntStats): DirectoryNode {
    const known = parent.children.get(name)
    if (known !== undefined && known.inode === inodeOf(stat)) return known
    if (known !== undefined) this.#drop(parent, name, known)
    const child = new DirectoryNode(name, parent.pathOf(name), inodeOf(stat))
    parent.children.set(name, child)
    return child
  }

  #drop(parent: DirectoryNode, name: string, child: DirectoryNode): void {
    child.close()
    parent.children.delete(name)
  }

  /** Only notes what the system says: a turn may bring many events of one name. */
  #touch(node: DirectoryNode, event: string, name: string | null): void {
    if (this.#isClosed) return
    this.#burst.note()
    if (name === null) return this.#listener.onOverflow()
    if (this.#touchedNodes.size === 0) setImmediate(() => this.#settleTurn())
    this.#touchedNodes.add(node)
    const isRename = event === 'rename'
    const touch = node.touched.get(name)
    if (touch === undefined) node.touched.set(name, { wasThere: !isRename, renames: isRename ? 1 : 0 })
    else if (isRename) touch.renames++
  }

  #settleTurn(): void {
    const nodes = [...this.#touchedNodes]
    this.#touchedNodes.clear()
    for (const node of nodes) {
      const touched = [...node.touched]
      node.touched.clear()
      for (const [name, touch] of touched) {
        if (this.#isClosed) return
        if (node.isWatched) this.#resolve(node, name, touch)
      }
    }
  }

  #resolve(node: DirectoryNode, name: string, touch: Touch): void {
    const path = node.pathOf(name)
    if (node === this.#root && !this.#isRootThere()) return this.#break({ kind: 'root-gone' })
    if (name === IGNORE_FILE) this.#followRules(node, path)
    const stat = this.#lstat(path)
    const child = node.children.get(name)
    if (stat?.isDirectory() === true) return this.#resolveDirectory(node, name, { stat, touch })
    if (child !== undefined) {
      this.#drop(node, name, child)
      this.#emit(path, 'directory-removed')
      if (stat === undefined) return
    }
    if (this.#options.isIgnored(path, false)) return
    for (const kind of kindsOf(stat !== undefined, touch)) this.#emit(path, kind)
  }

  #resolveDirectory(
    node: DirectoryNode,
    name: string,
    { stat, touch }: { readonly stat: BigIntStats; readonly touch: Touch },
  ): void {
    const path = node.pathOf(name)
    const known = node.children.get(name)
    if (this.#options.isIgnored(path, true) || stat.dev !== this.#device) {
      if (known !== undefined) this.#drop(node, name, known)
      return
    }
    const child = this.#child(node, name, stat)
    if (child === known && known.isWatched && touch.renames === 0) return this.#emit(path, 'changed')
    // Something else had the name before, and may have been told of: it is no new name.
    if (known !== undefined && child !== known) this.#emit(path, 'directory-removed')
    else if (known === undefined && touch.renames > 0 && wasThereBefore(touch, true)) this.#emit(path, 'removed')
    this.#emit(path, 'directory-appeared')
    // Told again once it is watched: adding a large tree may take longer than paths wait to settle.
    void this.#sync(child).then(() => this.#emit(path, 'directory-changed'))
  }

  /** The rules below a directory changed: so did what is to be watched. Asking about the file makes its rules known. */
  #followRules(node: DirectoryNode, path: string): void {
    this.#options.isIgnored(path, false)
    this.#emit(node.path, 'directory-changed')
    void this.#sync(node).then(() => this.#emit(node.path, 'directory-changed'))
  }

  #emit(path: string, kind: RawEventKind): void {
    if (!this.#isClosed) this.#listener.onEvent({ path, kind })
  }

  /** The root may be a link; what is inside it is never followed. */
  #statRoot(): BigIntStats | undefined {
    try {
      return statSync(this.#options.root, { bigint: true, throwIfNoEntry: false })
    } catch {
      return undefined
    }
  }

  #isRootThere(): boolean {
    const stat = this.#statRoot()
    return stat !== undefined && inodeOf(stat) === this.#root?.inode
  }

  #absolute(path: string): string {
    return path === '' ? this.#options.root : `${this.#options.root}/${path}`
  }

  #list(node: DirectoryNode): readonly Dirent[] {
    try {
      return readdirSync(this.#absolute(node.path), { withFileTypes: true })
    } catch {
      // Gone or not readable: its parent's events and the scan tell.
      return []
    }
  }

  #lstat(path: string): BigIntStats | undefined {
    try {
      return lstatSync(this.#absolute(path), { bigint: true, throwIfNoEntry: false })
    } catch {
      return undefined
    }
  }
}

/** What happened to a name that is no directory. */
function kindsOf(isThere: boolean, touch: Touch): readonly RawEventKind[] {
  if (touch.renames === 0) return isThere ? ['changed'] : ['removed']
  const wasThere = wasThereBefore(touch, isThere)
  if (isThere) return wasThere ? ['removed', 'appeared'] : ['appeared']
  return wasThere ? ['removed'] : ['appeared', 'removed']
}

/** Each rename event is a coming or a going, so their number tells: an even one ended as it began. */
function wasThereBefore(touch: Touch, isThere: boolean): boolean {
  return touch.wasThere || (touch.renames % 2 === 0 ? isThere : !isThere)
}

function countNodes(node: DirectoryNode): number {
  let count = 1
  for (const child of node.children.values()) count += countNodes(child)
  return count
}
