import { constants, type BigIntStats } from 'node:fs'
import type { Transferable } from 'node:worker_threads'
import type { Entry, RelPath } from '../../common/model.ts'
import { endsStretch, STRETCH_ENTRIES, type Stretch } from '../../common/stretch.ts'
import { heldNs } from '../fs/held-times.ts'
import type { TaskFailure } from '../tasks.ts'
import type { FoundProblem } from './problems.ts'

const { S_IFDIR, S_IFMT } = constants

/** Entries in a batch at most; one listing's problems and counts travel with them. */
const BATCH_ENTRIES = STRETCH_ENTRIES

/** A stretch of a walk as it crosses the thread boundary: one column for each field, since 1,000 objects cost ten times as much. */
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

export const DIRECTORY_FLAG = 0o1000

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
  #isAtEnd = false

  get isFull(): boolean {
    return (
      this.#isAtEnd ||
      this.#paths.length >= BATCH_ENTRIES ||
      this.#problems.length >= BATCH_ENTRIES ||
      this.#ignored >= 1_000_000
    )
  }

  get isEmpty(): boolean {
    return this.#paths.length === 0 && this.#problems.length === 0 && this.#ignored === 0
  }

  /** Precondition: not full. */
  addEntry(path: string, stat: BigIntStats): void {
    const at = this.#paths.length
    const mode = Number(stat.mode)
    const isDirectory = (mode & S_IFMT) === S_IFDIR
    this.#paths.push(path)
    this.#modes[at] = (mode & 0o777) | (isDirectory ? DIRECTORY_FLAG : 0)
    this.#sizes[at] = isDirectory ? 0 : Number(stat.size)
    this.#mtimesNs[at] = heldNs(stat.mtimeNs)
    this.#ctimesNs[at] = heldNs(stat.ctimeNs)
    this.#devices[at] = stat.dev
    this.#inodes[at] = stat.ino
    this.#isAtEnd = endsStretch(path)
  }

  addProblem(problem: FoundProblem): void {
    this.#problems.push(problem)
  }

  addIgnored(): void {
    this.#ignored++
  }

  finish(): WalkBatch {
    const count = this.#paths.length
    return {
      kind: 'batch',
      count,
      paths: this.#paths.join('\0'),
      // What lies beyond would wait in memory with it.
      modes: this.#modes.slice(0, count),
      sizes: this.#sizes.slice(0, count),
      mtimesNs: this.#mtimesNs.slice(0, count),
      ctimesNs: this.#ctimesNs.slice(0, count),
      devices: this.#devices.slice(0, count),
      inodes: this.#inodes.slice(0, count),
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

/** A batch as a stretch; undefined where there is more to say of it than its entries, or nothing. `digest`: see `digestOfWalk`. */
export function stretchOf(batch: WalkBatch, digest: (batch: WalkBatch) => string): Stretch | undefined {
  const { count, paths, problems, modes, sizes } = batch
  if (count === 0 || problems.length > 0) return undefined
  let files = 0
  let bytes = 0
  for (let at = 0; at < count; at++) {
    if ((modes[at]! & DIRECTORY_FLAG) !== 0) continue
    files++
    bytes += sizes[at]!
  }
  const last = paths.slice(paths.lastIndexOf('\0') + 1) as RelPath
  return { last, count, files, bytes, digest: () => digest(batch) }
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
