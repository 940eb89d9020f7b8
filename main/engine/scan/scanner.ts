import type { Entry, Problem, RelPath } from '../../../common/model.ts'
import type { Stretch } from '../../../common/stretch.ts'

/** A part of a folder to look at. Recursive: the path and everything below; otherwise the path alone. */
export interface ScanScope {
  readonly path: RelPath
  readonly recursive: boolean
}

/** A run of what was found, in `comparePaths` order over the whole scan. */
export interface ScanBatch {
  readonly entries: readonly Entry[]
  /** What cannot be carried, at its place in the order. Nothing below an unreadable directory may be taken for deleted (I12). */
  readonly problems: readonly Problem[]
  /** Entries left out by ignore rules in this batch; an ignored directory counts once. */
  readonly ignored: number
  /** Of the same entries, where they are a stretch of the folder and nothing else is to be said of it. `entries` are made when they are asked for. */
  readonly stretch?: Stretch
}

/** What a folder's root is, to tell an unmounted or replaced root from an emptied one (I12). */
export interface RootIdentity {
  readonly device: string
  readonly inode: string
}

/** Reads the truth of one local folder. */
export interface Scanner {
  /**
   * Streams the scopes, which must be disjoint and in `comparePaths` order. Ends normally only when
   * everything in scope was read or reported as a problem; throws `not-found` when the root is gone,
   * `cancelled` on abort. Memory does not grow with the tree.
   */
  scan(scopes: readonly ScanScope[], signal: AbortSignal): AsyncIterable<ScanBatch>
  /** One path as it is now, or undefined when absent, ignored, or neither file nor directory. Never waits for a scan. */
  stat(path: RelPath): Promise<Entry | undefined>
  /** True where the ignore rules leave a path out, whether or not anything is there. Without it, none is. */
  ignores?(path: RelPath, kind: Entry['kind']): boolean
  /** True when anything is there, ignore rules aside; also when that cannot be told. */
  exists(path: RelPath): Promise<boolean>
  /** The names in one directory, in no order, ignore rules aside; none where there is no directory. Throws where that cannot be told. */
  names(directory: RelPath): Promise<readonly string[]>
  /** Throws `not-found` when the root is missing or not a directory. */
  root(): Promise<RootIdentity>
}

/** How one folder is read. */
export interface ScannerOptions {
  /** Absolute path of the folder. */
  readonly root: string
  /** Gitignore lines: global, then the folder's own. `.tidekeepignore` files are read on the way. */
  readonly ignoreLines: readonly string[]
  /**
   * Absolute paths never entered: Tidekeep's own directories, and a target inside the source. The
   * reserved directory at the root, which a folder has that is or was a target, never is either.
   */
  readonly excludedPaths: readonly string[]
  /** Batches of 1,000 that may wait for the reader; 8 by default. Each takes 100 KB. */
  readonly batchesAhead?: number
}

/** Reads nothing before it is asked. */
export type OpenScanner = (options: ScannerOptions) => Scanner
