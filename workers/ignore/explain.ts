import { IGNORE_FILE, IgnoreLevel, toIgnoreLines, type IgnoreVerdict } from './ignore-level.ts'
import type { IgnoreLine } from './layer.ts'

/** The two sources of lines that are settings rather than files. */
export interface OuterLines {
  readonly global: readonly string[]
  readonly folder: readonly string[]
}

/** The outer lines in their order of precedence: the folder's own win over the global ones. */
export function orderOuterLines({ global, folder }: OuterLines): readonly IgnoreLine[] {
  return [...toIgnoreLines(global, 'global'), ...toIgnoreLines(folder, 'folder')]
}

/** The ignore levels of a folder, kept for each directory once asked for. */
export class IgnoreTree {
  readonly #readText: (path: string) => string | undefined
  readonly #outermost: IgnoreLevel
  readonly #levelsByDirectory = new Map<string, IgnoreLevel>()

  /** `readText` gets the path of a `.tidekeepignore` relative to the root and gives undefined where there is none. */
  constructor(outer: readonly IgnoreLine[], readText: (path: string) => string | undefined) {
    this.#outermost = IgnoreLevel.outermost(outer)
    this.#readText = readText
  }

  /** Why `path` is left out, as `git check-ignore -v` tells it: parents first, then the path itself. */
  explain(path: string, isDirectory: boolean): IgnoreVerdict {
    for (const parent of parentsOf(path)) {
      const by = this.#levelOf(directoryOf(parent)).ignoredBy(parent, true)
      if (by !== undefined) return { ignored: true, path: parent, ...by }
    }
    const by = path === '' ? undefined : this.#levelOf(directoryOf(path)).ignoredBy(path, isDirectory)
    return by === undefined ? { ignored: false } : { ignored: true, path, ...by }
  }

  /** Reads the ignore files of `directory` and below anew when next asked. */
  forget(directory: string): void {
    const below = directory === '' ? '' : `${directory}/`
    for (const known of this.#levelsByDirectory.keys()) {
      if (known === directory || known.startsWith(below)) this.#levelsByDirectory.delete(known)
    }
  }

  #levelOf(directory: string): IgnoreLevel {
    const known = this.#levelsByDirectory.get(directory)
    if (known !== undefined) return known
    const outer = directory === '' ? this.#outermost : this.#levelOf(directoryOf(directory))
    const text = this.#readText(directory === '' ? IGNORE_FILE : `${directory}/${IGNORE_FILE}`)
    const level = outer.below(directory, text)
    this.#levelsByDirectory.set(directory, level)
    return level
  }
}

/** Every directory above `path`, outermost first, without the root. */
export function parentsOf(path: string): readonly string[] {
  const parents: string[] = []
  for (let cut = path.indexOf('/'); cut >= 0; cut = path.indexOf('/', cut + 1)) parents.push(path.slice(0, cut))
  return parents
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
