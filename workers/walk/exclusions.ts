import type { BigIntStats } from 'node:fs'
import { inodeOf } from '../fs/stable-read.ts'
import type { WalkFiles } from './files.ts'

/**
 * Absolute paths that are never entered. Each counts by name and by what it is, so that a link or
 * another mount of the same directory does not let it in.
 */
export class Exclusions {
  readonly #paths = new Set<string>()
  readonly #inodes = new Set<string>()

  constructor(root: string, excludedPaths: readonly string[], files: WalkFiles) {
    const prefix = root.endsWith('/') ? root : `${root}/`
    for (const excluded of excludedPaths) {
      const plain = excluded.replaceAll('\\', process.platform === 'win32' ? '/' : '\\').replace(/\/+$/, '')
      if (plain.startsWith(prefix)) this.#paths.add(plain.slice(prefix.length))
      const stat = statOrUndefined(excluded, files)
      if (stat?.isDirectory() === true) this.#inodes.add(inodeOf(stat))
    }
  }

  /** `path` is relative to the root. */
  has(path: string, isDirectory: boolean, stat: Pick<BigIntStats, 'dev' | 'ino'>): boolean {
    return this.#paths.has(path) || (isDirectory && this.#inodes.size > 0 && this.#inodes.has(inodeOf(stat)))
  }
}

function statOrUndefined(path: string, files: WalkFiles): BigIntStats | undefined {
  try {
    return files.stat(path)
  } catch {
    return undefined
  }
}
