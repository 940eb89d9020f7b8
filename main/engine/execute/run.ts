import type { FoundConflict } from '../../../common/conflict.ts'
import { isTidekeepError, type ErrorCode, type TidekeepError } from '../../../common/errors.ts'
import type {
  Action,
  BaselineEntry,
  Entry,
  EntryKind,
  Kept,
  Outcome,
  Precondition,
  RelPath,
  TransferMethod,
} from '../../../common/model.ts'
import type { Pool } from '../../../workers/tasks.ts'
import type { DeltaUploads } from '../../delta/delta-upload.ts'
import type { Clock } from '../../host.ts'
import type { Keep, TargetProvider } from '../../providers/provider.ts'
import type { Twins } from '../twins.ts'
import { baselineEntry, type Agreed } from './baseline-entry.ts'
import { localFile } from './local-content.ts'

/** A rule of the folder that decides about one conflict. */
export type RuledResolution =
  /** `rule`: its pattern. */
  | { readonly rule: string; readonly kind: 'keep-local' | 'keep-remote' }
  | { readonly rule: string; readonly kind: 'keep-both'; readonly as: RelPath }

/** What executing needs; one for each folder. */
export interface ExecuteContext {
  /** Absolute path of the source folder. */
  readonly root: string
  readonly target: TargetProvider
  readonly pool: Pool
  readonly clock: Clock
  /** What is at the source's path now: something a scan takes, something it leaves out, or nothing (of that kind, where one is asked for). */
  readonly presence: (path: RelPath, kind?: EntryKind) => Promise<'carried' | 'left-out' | 'absent'>
  /** False where what was agreed on at a path was forgotten, as a person who takes a decision back has it done; without it, nobody does. */
  readonly isAgreedOn?: (path: RelPath) => boolean
  /** Which paths are one at the target; without it, each is one of its own. */
  readonly twins?: Twins
  /** How long the target keeps what is replaced or deleted there, days; 0: not at all. */
  readonly keepDays: () => number
  /** The source folder as somewhere to write; two-way only. Its entries carry their identity. */
  readonly source?: TargetProvider
  /** What the folder decided beforehand about a conflict; `as` is the free name that `keep-both` gives the local version. */
  readonly conflictRule?: (found: FoundConflict) => Promise<RuledResolution | undefined>
  /** Sends large changed files as differences; without it, every file goes whole. */
  readonly delta?: DeltaUploads
}

/** What is told on the way of one execution. */
export interface ExecuteSteps {
  /** The target has given all that is wanted of it: what is left is done here. */
  readonly onFetched?: () => void
  /** The folder is there, and may be filled; it is not durable before the end. */
  readonly onMade?: () => void
}

/** Options of one execution. An aborted signal never starts a new mutation. */
export interface ExecuteOptions extends ExecuteSteps {
  readonly signal: AbortSignal
  readonly onProgress?: (bytesDone: number) => void
  /** Failed attempts of the same job before this one. */
  readonly attempts?: number
}

/** The part of an outcome that differs from case to case. */
export interface Done {
  readonly action: Action
  readonly method: TransferMethod
  readonly baseline: BaselineEntry | undefined
  readonly bytesSent?: number
  readonly bytesReused?: number
  readonly keptAside?: string
  readonly kept?: Kept | undefined
  readonly keptAt?: 'source'
  readonly conflict?: FoundConflict
}

/** Kept versions of one second share a folder; a name that is taken there gets a later millisecond. */
const STAMP_MS = 1_000

/** The time that an action goes by: what it replaces ends then, and what it puts begins. */
export function stampOf({ clock }: Pick<ExecuteContext, 'clock'>): number {
  return Math.floor(clock.now() / STAMP_MS) * STAMP_MS
}

/** What an action changes, as far as keeping needs to know. */
export interface Replacing {
  readonly base: BaselineEntry | undefined
  /** Absent where what is there was not agreed on. */
  readonly expect?: Precondition
  /** Of the action: see {@link stampOf}. */
  readonly atMs?: number
}

type KeepContext = Pick<ExecuteContext, 'keepDays' | 'clock' | 'target' | 'source'>

/** What is to be kept of what an action replaces or removes; undefined where nothing is. */
export function keepFor(context: KeepContext, replacing: Replacing): Keep | undefined {
  const { base, atMs = stampOf(context) } = replacing
  if (context.keepDays() === 0 || context.target.features.keptVersions === undefined) return undefined
  if (base === undefined) return { atMs }
  const { size: sizeBytes, versionId, storedAtMs } = base.remote
  const isCertain = storedAtMs !== undefined && isThatVery(context, replacing)
  return {
    atMs,
    sizeBytes,
    ...(versionId === undefined ? {} : { versionId }),
    ...(isCertain ? { storedAtMs } : {}),
  }
}

/**
 * Whether what is there is what this computer put there, and not the same content from someone else, later: etags of stores may
 * be of contents. Only in two-way mode do others write to the target.
 */
function isThatVery({ source, target }: KeepContext, { base, expect }: Replacing): boolean {
  if (expect?.kind !== 'etag' || expect.etag !== base?.remote.etag) return false
  return source === undefined || target.features.isSameFile !== undefined
}

/** What was kept, with the digest that was agreed on, so that whoever brings it back can prove it. */
export function keptOf(base: BaselineEntry | undefined, kept: Kept | undefined): { readonly kept?: Kept } {
  if (kept === undefined) return {}
  const { contentHash } = base ?? {}
  return { kept: contentHash === undefined ? kept : { ...kept, contentHash } }
}

/** One execution: what its steps share. */
export class Run {
  readonly context: ExecuteContext
  readonly options: ExecuteOptions
  readonly #startMs: number

  constructor(context: ExecuteContext, options: ExecuteOptions) {
    this.context = context
    this.options = options
    this.#startMs = context.clock.monotonic()
  }

  get signal(): AbortSignal {
    return this.options.signal
  }

  done({ kept, ...parts }: Done): Outcome {
    const durationMs = this.context.clock.monotonic() - this.#startMs
    return { bytesSent: 0, bytesReused: 0, ...parts, ...(kept === undefined ? {} : { kept }), durationMs }
  }

  /** Where both sides follow each other, nothing gives way to the source: what differs is settled. */
  get isTwoWay(): boolean {
    return this.context.source !== undefined
  }

  hash(local: Entry): Promise<string> {
    const { pool, root } = this.context
    return pool.run('hashFile', localFile(root, local), { signal: this.signal })
  }

  async remoteNow(path: RelPath): Promise<Entry | undefined> {
    try {
      return await this.context.target.stat(path, { signal: this.signal })
    } catch (error) {
      if (failedWith(error, 'not-found')) return undefined
      throw error
    }
  }

  /** What the target holds there was agreed on under another spelling since: it is no longer this path's. */
  isOthers(path: RelPath): boolean {
    const { twins } = this.context
    return twins?.areThere === true && twins.agreed(path).length > 0
  }

  /** Gives what is there this spelling of its path, where the target has one place for several. */
  async respell(remote: Entry, to: RelPath = remote.path): Promise<Entry> {
    const { target, twins } = this.context
    if (twins?.areThere !== true || target.features.move === undefined) return remote
    const expect =
      remote.etag === undefined ? ({ kind: 'any' } as const) : ({ kind: 'etag', etag: remote.etag } as const)
    return target.features.move(remote.path, to, { expect, signal: this.signal })
  }

  baselineOf(local: Entry, agreed: Agreed): BaselineEntry {
    return baselineEntry(this.context.clock, local, agreed)
  }
}

/** Narrows a thrown value to one of the codes. */
export function failedWith(error: unknown, ...codes: readonly ErrorCode[]): error is TidekeepError {
  return isTidekeepError(error) && codes.includes(error.code)
}
