import type { BigIntStats } from 'node:fs'
import { nameOf, parentOf } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import type { CopyTask } from './copy-columns.ts'
import { heldNs } from './fs/held-times.ts'
import type { SafeRoot } from './fs/safe-root.ts'
import { etagFor, toTargetStat } from './fs/target-stat.ts'
import type { CopyResults, PublishBatch, StagedFile, TargetPlace, TaskFailure } from './tasks.ts'

/** New directories with at least this many files are staged as a whole and take one rename instead of two calls a file. */
const WHOLE_DIRECTORY_FILES = 3
const NO_HASH = ' '.repeat(64)

/** Where a file is staged; `directory` is the index of its staged directory. */
export interface Staging {
  readonly at: RelPath
  readonly directory: number | undefined
}

/** Where temporary files go: one directory for each new target directory, one for all the rest. */
export class StageLayout {
  readonly #root: SafeRoot
  readonly #stage: RelPath
  readonly #filesByDirectory = new Map<string, number>()
  readonly #indexByDirectory = new Map<string, number>()
  readonly directories: { readonly path: RelPath; readonly staged: RelPath; fileCount: number }[] = []
  #number = 0

  constructor(root: SafeRoot, stage: RelPath, files: readonly CopyTask[]) {
    this.#root = root
    this.#stage = stage
    for (const { path, isNew } of files) {
      const directory = parentOf(path as RelPath)
      const count = this.#filesByDirectory.get(directory) ?? 0
      this.#filesByDirectory.set(directory, isNew ? count + 1 : Number.NEGATIVE_INFINITY)
    }
  }

  place(path: RelPath): Staging {
    const directory = parentOf(path)
    if (directory === '' || (this.#filesByDirectory.get(directory) ?? 0) < WHOLE_DIRECTORY_FILES) {
      return { at: `${this.#stage}/${this.#number++}` as RelPath, directory: undefined }
    }
    let index = this.#indexByDirectory.get(directory)
    if (index === undefined) {
      const staged = `${this.#stage}/d${this.#number++}` as RelPath
      this.#root.makeDirectories(staged)
      index = this.directories.push({ path: directory, staged, fileCount: 0 }) - 1
      this.#indexByDirectory.set(directory, index)
    }
    return { at: `${this.directories[index]!.staged}/${nameOf(path)}` as RelPath, directory: index }
  }
}

/** Gathers how each file of a batch ended, in their order. */
export class CopyOutcomes {
  readonly #hashes: string[] = []
  readonly #etags: string[] = []
  readonly #mtimesNs: BigInt64Array
  readonly #modes: Uint16Array
  readonly #places: Int32Array
  readonly #failures = new Map<number, TaskFailure>()
  readonly #singles: StagedFile[] = []
  readonly #etagBy: TargetPlace['etagBy']

  constructor(count: number, etagBy: TargetPlace['etagBy']) {
    this.#mtimesNs = new BigInt64Array(count)
    this.#modes = new Uint16Array(count)
    this.#places = new Int32Array(count)
    this.#etagBy = etagBy
  }

  staged(blake3: string, { at, directory }: Staging, stat: BigIntStats): void {
    const index = this.#hashes.push(blake3) - 1
    this.#etags.push(etagFor(stat, this.#etagBy))
    this.#mtimesNs[index] = heldNs(stat.mtimeNs)
    this.#modes[index] = Number(stat.mode & 0o777n)
    this.#places[index] = directory ?? -this.#singles.push({ at, stat: toTargetStat(stat) })
  }

  failed(failure: TaskFailure): void {
    this.#failures.set(this.#hashes.push(NO_HASH) - 1, failure)
    this.#etags.push('')
  }

  finish(directories: PublishBatch['directories']): CopyResults {
    return {
      hashes: this.#hashes.join(''),
      etags: this.#etags.join('\0'),
      mtimesNs: this.#mtimesNs,
      modes: this.#modes,
      failures: this.#failures,
      directories,
      singles: this.#singles,
      places: this.#places,
    }
  }
}
