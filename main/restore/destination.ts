import type { ByteRange, RelPath } from '../../common/model.ts'
import type { StableFile } from '../../workers/tasks.ts'
import type { Metadata } from '../providers/provider.ts'

/** Something that is in the place where a file is to be restored to. Links are never followed. */
export interface Occupant {
  readonly kind: 'file' | 'directory' | 'symlink' | 'special'
  readonly size: number
}

/**
 * The folder that files are restored into. Nothing outside of it is ever written: a path whose
 * parent is a link throws `forbidden`, one whose parent is a file `already-exists`.
 */
export interface Destination {
  /** Why a name cannot be kept on this computer under exactly that name, or undefined. */
  pathProblem(path: string): string | undefined
  /** Undefined when nothing is there. */
  look(path: RelPath): Promise<Occupant | undefined>
  /** True where the folder of `path` was made by this, so that there was nothing at `path` then. */
  isNew(path: RelPath): boolean
  /** The content of a file that is there, or a range of it. Ends early where the file does. */
  read(path: RelPath, range?: ByteRange): AsyncIterable<Uint8Array>
  /** What a worker needs to read a file that is there; undefined where none is. */
  stable(path: RelPath): Promise<StableFile | undefined>
  /** Idempotent; parents included. */
  makeDirectory(path: RelPath): Promise<void>
  /** A temporary beside the place of `path`, parents made. */
  stage(path: RelPath): Promise<StagedFile>
  /** Removes what an attempt at `path` that was cut off left beside it. Idempotent. */
  sweep(path: RelPath): Promise<void>
  /** Renames what is there; `to` is a name in the same folder and must be free, or a name of the same file. */
  setAside(path: RelPath, to: RelPath): Promise<void>
  /** Removes a file that is still exactly this one; any other stays. Answers whether it is gone. */
  removeSame(path: RelPath, same: StableFile): Promise<boolean>
  /** Removes a file of no bytes; one that is not empty stays. */
  removeEmpty(path: RelPath): Promise<void>
  /** Another name in the same folder, beginning so, of the very file at `path`: setting it aside was cut off. */
  asideName(path: RelPath, begin: string): Promise<RelPath | undefined>
  /** The folder itself, absolute and made, where files may be written into it under their own paths; undefined elsewhere. */
  localDirectory(): Promise<string | undefined>
  setDirectoryMetadata(path: RelPath, metadata: Metadata): Promise<void>
  /** Undefined where it cannot be known. */
  freeBytes(): Promise<number | undefined>
  close(): Promise<void>
}

/** Content on its way to its place. Ends with `commit` or `discard`. */
export interface StagedFile {
  write(bytes: Uint8Array): Promise<void>
  /** Durable under its name when it resolves. Throws `already-exists` when something is there. */
  commit(metadata: Metadata): Promise<void>
  /** Leaves no trace. */
  discard(): Promise<void>
}
