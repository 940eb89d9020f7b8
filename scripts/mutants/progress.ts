import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What became of one mutant. */
export interface Result {
  readonly verdict: 'caught' | 'missed' | 'error'
  /** The test that failed, or what went wrong. */
  readonly by: string
  readonly ms: number
}

/** What a test file does in the source as it is. */
export interface Baseline {
  readonly isGood: boolean
  readonly ms: number
  readonly reason: string
}

interface Kept {
  readonly tree: string
  readonly baselines: Record<string, Baseline>
  readonly results: Record<string, Result>
}

/** What was found out of one tree, kept so that a run that was ended goes on where it was. */
export class Progress {
  readonly #path: string
  readonly #kept: Kept

  /** `tree` says which content was looked at: what is kept of another counts for nothing. */
  constructor(path: string, tree: string) {
    this.#path = path
    this.#kept = readKept(path, tree) ?? { tree, baselines: {}, results: {} }
  }

  result(id: string): Result | undefined {
    return this.#kept.results[id]
  }

  baseline(file: string): Baseline | undefined {
    return this.#kept.baselines[file]
  }

  noteResult(id: string, result: Result): void {
    this.#kept.results[id] = result
    this.#write()
  }

  noteBaseline(file: string, baseline: Baseline): void {
    this.#kept.baselines[file] = baseline
    this.#write()
  }

  #write(): void {
    mkdirSync(dirname(this.#path), { recursive: true })
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#kept))
    renameSync(`${this.#path}.new`, this.#path)
  }
}

function readKept(path: string, tree: string): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept
    return kept.tree === tree ? kept : undefined
  } catch {
    return undefined
  }
}
