import type { BigIntStats } from 'node:fs'
import type { Transferable } from 'node:worker_threads'
import type { Entry, RelPath } from '../../common/model.ts'
import type { TaskFailure } from '../tasks.ts'
import type { FoundProblem } from './problems.ts'

/** Entries in a batch at most; one listing's problems and counts travel with them. */
export const BATCH_ENTRIES = 1_000

/** A run of a walk as it crosses the thread boundary: one column for each field, since 1,000 objects cost ten times as much. */
export interface WalkBatch {
  readonly kind: 'batch'
  readonly count: number
  /** Joined by NUL, which no path contains. */
  readonly paths: string
  /** Permission bits, with {@link DIRECTORY_FLAG} for directories. */
  readonly modes: Uint16Array
  readonly sizes: Float64Array
  readonly mtimesNs: BigInt64Array
  readonly ctimesNs: BigInt64Array
  readonly devices: BigInt64Array
  readonly inodes: BigInt64Array
  readonly problems: readonly FoundProblem[]
  readonly ignored: number
}

/** What a walk sends: batches, then its end or its failure. Without the end the walk was not complete. */
export type WalkMessage =
  | WalkBatch
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly failure: TaskFailure }

const DIRECTORY_FLAG = 0o1000

/** Gathers what a walk meets until it is worth sending. */
export class BatchBuilder {
  readonly #paths: string[] = []
  readonly #problems: FoundProblem[] = []
  readonly #modes = new Uint16Array(BATCH_ENTRIES)
  readonly #sizes = new Float64Array(BATCH_ENTRIES)
  readonly #mtimesNs = new BigInt64Array(BATCH_ENTRIES)
  readonly #ctimesNs = new BigInt64Array(BATCH_ENTRIES)
  readonly #devices = new BigInt64Array(BATCH_ENTRIES)
  readonly #inodes = new BigInt64Array(BATCH_ENTRIES)
  #ignored = 0

  get isFull(): boolean {
    return this.#paths.length >= BATCH_ENTRIES || this.#problems.length >= BATCH_ENTRIES || this.#ignored >= 1_000_000
  }

  get isEmpty(): boolean {
    return this.#paths.length === 0 && this.#problems.length === 0 && this.#ignored === 0
  }

  /** Precondition: not full. */
  addEntry(path: string, stat: BigIntStats): void {
    const at = this.#paths.length
    const isDirectory = stat.isDirectory()
    this.#paths.push(path)
    this.#modes[at] = (Number(stat.mode) & 0o777) | (isDirectory ? DIRECTORY_FLAG : 0)
    this.#sizes[at] = isDirectory ? 0 : Number(stat.size)
    this.#mtimesNs[at] = stat.mtimeNs
    this.#ctimesNs[at] = stat.ctimeNs
    this.#devices[at] = stat.dev
    this.#inodes[at] = stat.ino
  }

  addProblem(problem: FoundProblem): void {
    this.#problems.push(problem)
  }

  addIgnored(): void {
    this.#ignored++
  }

  finish(): WalkBatch {
    return {
      kind: 'batch',
      count: this.#paths.length,
      paths: this.#paths.join('\0'),
      modes: this.#modes,
      sizes: this.#sizes,
      mtimesNs: this.#mtimesNs,
      ctimesNs: this.#ctimesNs,
      devices: this.#devices,
      inodes: this.#inodes,
      problems: this.#problems,
      ignored: this.#ignored,
    }
  }
}

/** The buffers of a batch, to be moved rather than copied. */
export function transferablesOf(batch: WalkBatch): Transferable[] {
  const columns = [batch.modes, batch.sizes, batch.mtimesNs, batch.ctimesNs, batch.devices, batch.inodes]
  return columns.map((column) => column.buffer as ArrayBuffer)
}

/** The entries of a batch, in its order. */
export function entriesOf(batch: WalkBatch): readonly Entry[] {
  if (batch.count === 0) return []
  let device: bigint | undefined
  let devicePrefix = ''
  return batch.paths.split('\0').map((path, index) => {
    const mode = batch.modes[index] ?? 0
    // One for a whole folder, as a rule: numbers of this size are slow to write out.
    const itsDevice = batch.devices[index] ?? 0n
    if (itsDevice !== device) {
      device = itsDevice
      devicePrefix = `${itsDevice}:`
    }
    return {
      path: path as RelPath,
      kind: (mode & DIRECTORY_FLAG) === 0 ? 'file' : 'directory',
      size: batch.sizes[index] ?? 0,
      mtimeNs: batch.mtimesNs[index] ?? 0n,
      mode: mode & 0o777,
      identity: {
        inode: `${devicePrefix}${batch.inodes[index] ?? 0n}`,
        ctimeNs: batch.ctimesNs[index] ?? 0n,
      },
    }
  })
}
