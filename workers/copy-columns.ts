import type { Precondition } from '../common/model.ts'
import type { StableFile } from './tasks.ts'

/** One file to bring to a local target. */
export interface CopyItem {
  readonly source: StableFile
  readonly path: string
  readonly mtimeNs: bigint
  readonly mode?: number
  readonly expect: Precondition
}

/** Files to copy as they cross the thread boundary: one column for each field, since 1,000 objects cost ten times as much. */
export interface CopyColumns {
  readonly count: number
  /** Texts are joined by NUL, which no path contains. */
  readonly paths: string
  readonly sources: string
  readonly inodes: string
  readonly sizes: Float64Array
  readonly sourceMtimesNs: BigInt64Array
  readonly sourceCtimesNs: BigInt64Array
  readonly mtimesNs: BigInt64Array
  /** -1 where the mode is left to the system. */
  readonly modes: Int16Array
  /** 1 where nothing may be at the path yet. */
  readonly absent: Uint8Array
}

/** Precondition: times lie within 64 bits of nanoseconds, as every scan gives them. */
export function copyColumns(items: readonly CopyItem[]): CopyColumns {
  const count = items.length
  const columns = {
    count,
    paths: items.map(({ path }) => path).join('\0'),
    sources: items.map(({ source }) => source.absolutePath).join('\0'),
    inodes: items.map(({ source }) => source.inode).join('\0'),
    sizes: new Float64Array(count),
    sourceMtimesNs: new BigInt64Array(count),
    sourceCtimesNs: new BigInt64Array(count),
    mtimesNs: new BigInt64Array(count),
    modes: new Int16Array(count),
    absent: new Uint8Array(count),
  }
  items.forEach(({ source, mtimeNs, mode, expect }, at) => {
    columns.sizes[at] = source.size
    columns.sourceMtimesNs[at] = source.mtimeNs
    columns.sourceCtimesNs[at] = source.ctimeNs
    columns.mtimesNs[at] = mtimeNs
    columns.modes[at] = mode === undefined ? -1 : mode & 0o777
    columns.absent[at] = expect.kind === 'absent' ? 1 : 0
  })
  return columns
}

/** What the copying thread needs of one file. */
export interface CopyTask {
  readonly source: StableFile
  readonly path: string
  readonly mtimeNs: bigint
  /** Undefined: left to the system. */
  readonly mode: number | undefined
  readonly isNew: boolean
}

/** The files of {@link copyColumns}, in their order. */
export function copyTasks(columns: CopyColumns): readonly CopyTask[] {
  if (columns.count === 0) return []
  const sources = columns.sources.split('\0')
  const inodes = columns.inodes.split('\0')
  return columns.paths.split('\0').map((path, at) => {
    const mode = columns.modes[at]!
    return {
      source: {
        absolutePath: sources[at]!,
        size: columns.sizes[at]!,
        mtimeNs: columns.sourceMtimesNs[at]!,
        ctimeNs: columns.sourceCtimesNs[at]!,
        inode: inodes[at]!,
      },
      path,
      mtimeNs: columns.mtimesNs[at]!,
      mode: mode < 0 ? undefined : mode,
      isNew: columns.absent[at] === 1,
    }
  })
}
