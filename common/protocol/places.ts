import type { S3Options } from '../settings.ts'
import type { Call, Nothing, WireError } from './call.ts'

/** Where folders are and where copies could go, for choosing them. */
export interface PlaceCalls {
  /** Folders worth protecting on this computer, for the wizard. */
  'sources.suggest': Call<Nothing, readonly SourceSuggestion[]>
  /** The sub-folders of an absolute path ('' for the home directory), for choosing without a native dialog. */
  'sources.browse': Call<{ readonly path: string }, DirectoryView>
  /** Counts and sizes what would be kept safe, ignore rules applied. May be called repeatedly; `complete` says whether it finished in time. */
  'sources.measure': Call<{ readonly path: string }, SourceSize>
  /** Tries a target: each permission ticked on its own. Creates the directory of a local target if its parent exists. */
  'targets.check': Call<{ readonly target: string; readonly s3?: S3Options }, TargetCheck>
  /** Whether the target of a folder is there, and how full it is. Asks it at most once in five minutes, `fresh`: in five seconds. */
  'targets.look': Call<{ readonly folderId: string; readonly fresh: boolean }, Look>
  /** Drives and mounts a local target could live on. */
  'targets.suggest': Call<Nothing, readonly TargetSuggestion[]>
}

/** A directory that people usually keep files in. */
export interface SourceSuggestion {
  readonly name: string
  readonly path: string
}

/** The directories in one directory, for choosing one. */
export interface DirectoryView {
  readonly path: string
  readonly parent: string | null
  readonly directories: readonly SourceSuggestion[]
}

/** How much a folder holds after its ignore rules. Not `complete`: counted until time ran out. */
export interface SourceSize {
  readonly path: string
  readonly files: number
  readonly bytes: number
  readonly ignored: number
  readonly complete: boolean
}

/** A drive or share that copies could go to. `freeBytes` is null where asking could hang. */
export interface TargetSuggestion {
  readonly name: string
  readonly path: string
  readonly freeBytes: number | null
}

/** What was tried on a target, step by step. */
export interface TargetCheck {
  readonly ok: boolean
  readonly target: string
  readonly steps: readonly { readonly name: string; readonly ok: boolean; readonly message?: string }[]
  readonly freeBytes?: number
}

/** How a target was when it was last asked. */
export interface Look {
  /** Host-clock milliseconds. */
  readonly askedAtMs: number
  readonly isReachable: boolean
  /** Why it is not. */
  readonly error?: WireError
  /** Bytes. What it does not tell is absent: not known. */
  readonly capacity: { readonly totalBytes?: number; readonly usedBytes?: number; readonly freeBytes?: number }
}
