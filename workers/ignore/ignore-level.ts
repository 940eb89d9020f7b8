import { IgnoreLayer, type IgnoreLine } from './layer.ts'

/** The file that holds ignore lines for the directory it is in. */
export const IGNORE_FILE = '.tidekeepignore'

/** The answer for one path. `path` is the path or the parent directory that a line names. */
export type IgnoreVerdict =
  | { readonly ignored: false }
  | ({ readonly ignored: true; readonly path: string } & IgnoreLine)

/** The ignore lines in force inside one directory, with gitignore's precedence: the deepest file first, in it the last line. */
export class IgnoreLevel {
  readonly #layers: readonly IgnoreLayer[]

  private constructor(layers: readonly IgnoreLayer[]) {
    this.#layers = layers
  }

  /** What holds at the root before its own `.tidekeepignore` is read. Later lines win over earlier ones. */
  static outermost(lines: readonly IgnoreLine[]): IgnoreLevel {
    return new IgnoreLevel(lines.length === 0 ? [] : [new IgnoreLayer('', lines)])
  }

  /** The line that ignores an entry of this directory, or undefined. `path` is relative to the root of the folder. */
  ignoredBy(path: string, isDirectory: boolean): IgnoreLine | undefined {
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      const verdict = this.#layers[index]?.verdict(path, isDirectory)
      if (verdict !== undefined) return verdict.ignored ? verdict.by : undefined
    }
    return undefined
  }

  /**
   * The level inside `directory` ('' for the root), an entry of this one that is not ignored.
   * `text` is its `.tidekeepignore`, if it has one.
   */
  below(directory: string, text: string | undefined): IgnoreLevel {
    const layers = this.#admitting(directory)
    if (text === undefined) return layers === this.#layers ? this : new IgnoreLevel(layers)
    const base = directory === '' ? '' : `${directory}/`
    const lines = toIgnoreLines(linesOf(text), `${base}${IGNORE_FILE}`)
    return new IgnoreLevel([...layers, new IgnoreLayer(base, lines)])
  }

  #admitting(directory: string): readonly IgnoreLayer[] {
    if (this.#layers.length < 2 || directory === '') return this.#layers
    const overruled = this.#layers.map((layer) => layer.verdict(directory, true)?.ignored === true)
    if (!overruled.includes(true)) return this.#layers
    return this.#layers.map((layer, index) => (overruled[index] === true ? layer.admitting(directory) : layer))
  }
}

/** As git reads a file: without its byte order mark, and without the carriage return of a last line that has no end. */
function linesOf(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r$/, '')
    .split(/\r?\n/)
}

/** Numbers the lines of one source from 1. */
export function toIgnoreLines(patterns: readonly string[], source: string): readonly IgnoreLine[] {
  return patterns.map((pattern, index) => ({ pattern, source, line: index + 1 }))
}
