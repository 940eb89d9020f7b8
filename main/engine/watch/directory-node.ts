import type { FSWatcher } from 'node:fs'

/** What a turn said of one name. */
export interface Touch {
  /** The first word was of a change of content: it was there before. */
  readonly wasThere: boolean
  /** How often it came or went. */
  renames: number
}

/** One watched directory in the tree of watched directories. */
export class DirectoryNode {
  readonly name: string
  /** Relative to the root; '' for the root itself. */
  readonly path: string
  /** `device:inode`: another directory may have taken its name since. */
  readonly inode: string
  readonly children = new Map<string, DirectoryNode>()
  /** Names the system spoke of in this turn. */
  readonly touched = new Map<string, Touch>()
  #handle: FSWatcher | undefined

  constructor(name: string, path: string, inode: string) {
    this.name = name
    this.path = path
    this.inode = inode
  }

  get isWatched(): boolean {
    return this.#handle !== undefined
  }

  attach(handle: FSWatcher): void {
    this.#handle = handle
  }

  /** Ends the watches of this directory and everything below it. */
  close(): void {
    const stack: DirectoryNode[] = [this]
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      stack.push(...node.children.values())
      node.children.clear()
      node.touched.clear()
      node.#handle?.close()
      node.#handle = undefined
    }
  }

  /** Path of an entry of this directory. */
  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}/${name}`
  }
}
