import { assertNever, isTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type {
  Action,
  BaselineEntry,
  DeleteAction,
  Entry,
  MakeDirectoryAction,
  MetadataAction,
  MoveAction,
  Outcome,
  RelPath,
  TransferMethod,
  UploadAction,
} from '../../../common/model.ts'
import { isWithin } from '../../../common/paths.ts'
import type { Pool } from '../../../workers/tasks.ts'
import type { DeltaUploads, PreparedUpload } from '../../delta/delta-upload.ts'
import type { Clock } from '../../host.ts'
import type { PutOptions, PutResult, TargetProvider } from '../../providers/provider.ts'
import { putAside } from './aside.ts'
import { baselineEntry, metadataOf, uploadedBaseline, type Agreed } from './baseline-entry.ts'
import { localContent, localFile } from './local-content.ts'
import { sameContent } from './same-content.ts'

/** What executing needs; one for each folder. */
export interface ExecuteContext {
  /** Absolute path of the source folder. */
  readonly root: string
  readonly target: TargetProvider
  readonly pool: Pool
  readonly clock: Clock
  /** What is at the source's path now: something a scan takes, something it leaves out, or nothing. */
  readonly presence: (path: RelPath) => Promise<'carried' | 'left-out' | 'absent'>
  /** Sends large changed files as differences; without it, every file goes whole. */
  readonly delta?: DeltaUploads
}

/** Options of one execution. An aborted signal never starts a new mutation. */
export interface ExecuteOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (bytesDone: number) => void
  /** Failed attempts of the same job before this one. */
  readonly attempts?: number
}

/** A folder at the target that is not empty yet may be about to be; one that stays so holds what is not ours. */
const EMPTYING_ATTEMPTS = 4

/**
 * Carries one action out. The only stage that changes the target. Everything it does is guarded by
 * the action's precondition; where that fails, what is there is compared, and kept aside unless it
 * is the same (I3). Throws TidekeepErrors; nothing is half done then.
 */
export async function execute(context: ExecuteContext, action: Action, options: ExecuteOptions): Promise<Outcome> {
  const run = new Execution(context, options)
  switch (action.kind) {
    case 'upload':
      return run.upload(action)
    case 'adopt':
      return run.adopt(action, action.remote)
    case 'move':
      return run.move(action)
    case 'delete':
      return run.remove(action)
    case 'metadata':
      return run.metadata(action)
    case 'make-directory':
      return run.makeDirectory(action)
    case 'forget':
      return run.done({ action, method: 'forget', baseline: undefined })
    default:
      return assertNever(action, 'an action of unknown kind')
  }
}

/** Makes the outcome of an upload that a batch put carried out. */
export function uploadOutcome(
  context: Pick<ExecuteContext, 'clock'>,
  action: UploadAction,
  result: PutResult,
): Outcome {
  return {
    action,
    method: 'whole',
    baseline: uploadedBaseline(context.clock, action.local, result),
    bytesSent: result.bytesSent,
    bytesReused: 0,
    durationMs: 0,
  }
}

/** The part of an outcome that differs from case to case. */
interface Done {
  readonly action: Action
  readonly method: TransferMethod
  readonly baseline: BaselineEntry | undefined
  readonly bytesSent?: number
  readonly bytesReused?: number
  readonly keptAside?: string
}

class Execution {
  readonly #context: ExecuteContext
  readonly #options: ExecuteOptions
  readonly #startMs: number

  constructor(context: ExecuteContext, options: ExecuteOptions) {
    this.#context = context
    this.#options = options
    this.#startMs = context.clock.monotonic()
  }

  done(parts: Done): Outcome {
    return { bytesSent: 0, bytesReused: 0, ...parts, durationMs: this.#context.clock.monotonic() - this.#startMs }
  }

  async upload(action: UploadAction): Promise<Outcome> {
    const { root, delta } = this.#context
    const file = localFile(root, action.local)
    const prepared = await delta?.prepare(action, file, this.#options.signal)
    const isUnchanged =
      prepared === undefined ? await this.#contentUnchanged(action) : prepared.contentHash === action.base?.contentHash
    if (isUnchanged) return this.metadata({ ...action, kind: 'metadata', base: action.base! })
    try {
      return await this.#put(action, prepared)
    } catch (error) {
      if (!failedWith(error, 'precondition-failed', 'already-exists')) throw error
      return this.#afterRefusal(action)
    }
  }

  /** Compares with what the target has; the same content is only written down, other content kept aside first. */
  async adopt(action: Action & { readonly local: Entry }, remote: Entry): Promise<Outcome> {
    try {
      return await this.#adopt(action, remote)
    } catch (error) {
      if (!failedWith(error, 'precondition-failed', 'not-found')) throw error
      // It changed since it was looked at: once more with what is there now.
      const now = await this.#remoteNow(action.path)
      if (now !== undefined) return this.#adopt(action, now)
      const upload = { kind: 'upload', path: action.path, local: action.local, expect: { kind: 'absent' } } as const
      return { ...(await this.#put(upload)), action }
    }
  }

  async #adopt(action: Action & { readonly local: Entry }, remote: Entry): Promise<Outcome> {
    const { local } = action
    if (remote.kind === 'file') {
      const hash = await sameContent(this.#context, { local, remote }, this.#options.signal)
      if (hash !== undefined) return this.#adopted(action, { remote, hash })
    }
    const keptAside = await putAside(this.#context, remote, this.#options.signal)
    const outcome = await this.#put({ kind: 'upload', path: action.path, local, expect: { kind: 'absent' } })
    return this.done({ ...outcome, action, ...(keptAside === undefined ? {} : { keptAside }) })
  }

  async move(action: MoveAction): Promise<Outcome> {
    const { target } = this.#context
    const move = target.features.move?.bind(target.features)
    const hash = await this.#hash(action.local)
    // A folder that took the file's name and holds it now cannot be made around it.
    const isAround = isWithin(action.path, action.from)
    if (move === undefined || isAround || hash !== action.base.contentHash) return this.#uploadInstead(action)
    try {
      const moved = await move(action.from, action.path, { expect: action.expect, signal: this.#options.signal })
      const entry = await this.#applyMetadata(action, moved)
      await this.#context.delta?.moved(action, entry, this.#options.signal)
      const baseline = this.#baselineOf(action.local, {
        remote: entry,
        hash,
        verifiedBy: action.base.remote.verifiedBy,
      })
      return this.done({ action, method: 'move', baseline, bytesReused: action.local.size })
    } catch (error) {
      if (!failedWith(error, 'not-found', 'precondition-failed', 'already-exists', 'unsupported')) throw error
      return this.#uploadInstead(action)
    }
  }

  async remove(action: DeleteAction): Promise<Outcome> {
    // The scan may be minutes old, and an ignored file is not a deleted one: only what is really gone is removed.
    const presence = await this.#context.presence(action.path)
    if (presence === 'left-out') return this.done({ action, method: 'forget', baseline: undefined })
    // Made again: the target still holds what was agreed on, and the next look compares with that.
    if (presence === 'carried') return this.done({ action, method: 'forget', baseline: action.base })
    if (action.base.kind === 'directory' && (await this.#remoteNow(action.path))?.kind === 'file') {
      // A folder has no etag to tell that someone put a file in its place.
      return this.done({ action, method: 'forget', baseline: undefined, keptAside: action.path })
    }
    await this.#context.delta?.removing(action.path, action.base, this.#options.signal)
    try {
      await this.#context.target.remove(action.path, { expect: action.expect, signal: this.#options.signal })
      return this.done({ action, method: 'delete', baseline: undefined })
    } catch (error) {
      if (!failedWith(error, 'precondition-failed')) throw error
      if (action.base.kind === 'directory' && (this.#options.attempts ?? 0) < EMPTYING_ATTEMPTS)
        throw notEmptyYet(error)
      // Someone else changed it, or put something in it: it is no longer ours to delete.
      return this.done({ action, method: 'forget', baseline: undefined, keptAside: action.path })
    }
  }

  async metadata(
    action: MetadataAction | (Omit<MetadataAction, 'kind'> & { readonly kind: 'metadata' }),
  ): Promise<Outcome> {
    const { local, base } = action
    const unchanged = base.mtimeNs === local.mtimeNs && base.mode === local.mode
    const { features } = this.#context.target
    if (unchanged || features.setMetadata === undefined) {
      if (!(await this.#isStillThere(action))) return this.#bringBack(action)
      return this.done({ action, method: 'metadata', baseline: this.#rebased(local, base), bytesReused: local.size })
    }
    try {
      const remote = await features.setMetadata(action.path, metadataOf(local), {
        expect: action.expect,
        signal: this.#options.signal,
      })
      await this.#context.delta?.moved({ from: action.path, base }, remote, this.#options.signal)
      const baseline = this.#baselineOf(local, { remote, hash: base.contentHash, verifiedBy: base.remote.verifiedBy })
      return this.done({ action, method: 'metadata', baseline, bytesReused: local.size })
    } catch (error) {
      if (!failedWith(error, 'precondition-failed', 'not-found')) throw error
      return this.#bringBack(action)
    }
  }

  /** Where nothing is sent, nothing else tells whether the target still holds what was agreed on. */
  async #isStillThere({ path, expect, local }: Pick<MetadataAction, 'path' | 'expect' | 'local'>): Promise<boolean> {
    if (local.kind === 'directory' || expect.kind !== 'etag') return true
    return (await this.#remoteNow(path))?.etag === expect.etag
  }

  async #bringBack({ path, expect, local }: Pick<MetadataAction, 'path' | 'expect' | 'local'>): Promise<Outcome> {
    if (local.kind === 'directory') return this.makeDirectory({ kind: 'make-directory', path, local, expect })
    return this.#afterRefusal({ kind: 'upload', path, local, expect })
  }

  async makeDirectory(action: MakeDirectoryAction): Promise<Outcome> {
    const { features } = this.#context.target
    if (features.makeDirectory === undefined) return this.done({ action, method: 'forget', baseline: undefined })
    const make = async (): Promise<Entry> =>
      features.makeDirectory!(action.path, metadataOf(action.local), { signal: this.#options.signal })
    try {
      return this.#directoryMade(action, await make())
    } catch (error) {
      if (!failedWith(error, 'already-exists', 'precondition-failed')) throw error
      const keptAside = await this.#clearWay(`${action.path}/`)
      if (keptAside === undefined) throw error
      return { ...this.#directoryMade(action, await make()), keptAside }
    }
  }

  #directoryMade(action: MakeDirectoryAction, remote: Entry): Outcome {
    return this.done({
      action,
      method: 'directory',
      baseline: this.#baselineOf(action.local, { remote, hash: undefined, verifiedBy: 'checksum' }),
    })
  }

  /** The precondition failed: the target holds something we did not put there, or lost what we did. */
  async #afterRefusal(action: UploadAction): Promise<Outcome> {
    const keptAside = await this.#clearWay(action.path)
    if (keptAside !== undefined) return { ...(await this.#put({ ...action, expect: { kind: 'absent' } })), keptAside }
    const remote = await this.#remoteNow(action.path)
    if (remote === undefined) return this.#put({ ...action, expect: { kind: 'absent' } })
    return this.adopt(action, remote)
  }

  /** A file at the target where the source has a folder by now (what ends in '/' is one): it goes aside, and what is below has room. */
  async #clearWay(path: string): Promise<string | undefined> {
    if (this.#context.target.features.makeDirectory === undefined) return undefined
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const remote = await this.#remoteNow(path.slice(0, end) as RelPath)
      if (remote === undefined) return undefined
      if (remote.kind === 'directory') continue
      await this.#assertWanted(path)
      return putAside(this.#context, remote, this.#options.signal)
    }
    return undefined
  }

  /** Nothing makes way for what the source no longer has (what ends in '/' is a folder): it may be what the source has instead. */
  async #assertWanted(path: string): Promise<void> {
    const wanted = path.replace(/\/$/, '') as RelPath
    if ((await this.#context.presence(wanted)) === 'carried') return
    throw new TidekeepError({ code: 'vanished', message: `${wanted} is no longer there.`, path: wanted })
  }

  async #uploadInstead(action: MoveAction): Promise<Outcome> {
    const outcome = await this.upload({
      kind: 'upload',
      path: action.path,
      local: action.local,
      expect: { kind: 'absent' },
    })
    // The action stays the move, so that the record knows the old path is done with only where the target no longer needs it.
    return {
      ...outcome,
      action: { kind: 'upload', path: action.path, local: action.local, expect: { kind: 'absent' } },
    }
  }

  async #put(action: UploadAction, prepared?: PreparedUpload): Promise<Outcome> {
    const { onProgress, signal } = this.#options
    const { clock, delta, root, target } = this.#context
    const content = localContent(root, action.local)
    const options: PutOptions = {
      metadata: metadataOf(action.local),
      expect: action.expect,
      signal,
      ...(onProgress === undefined ? {} : { onProgress }),
    }
    if (delta === undefined) {
      const result = await target.put(action.path, content, options)
      const baseline = uploadedBaseline(clock, action.local, result)
      return this.done({ action, method: 'whole', baseline, bytesSent: result.bytesSent })
    }
    const { method, result, bytesSent } = await delta.send(action, content, { options, prepared })
    const baseline = uploadedBaseline(clock, action.local, result)
    return this.done({ action, method, baseline, bytesSent, bytesReused: result.bytesReused ?? 0 })
  }

  /** Touched, chmodded or rewritten with the same content: worth one local read before sending anything. */
  async #contentUnchanged(action: UploadAction): Promise<boolean> {
    const { base, local } = action
    if (base?.contentHash === undefined || base.size !== local.size) return false
    return (await this.#hash(local)) === base.contentHash
  }

  async #hash(local: Entry): Promise<string> {
    return this.#context.pool.run('hashFile', localFile(this.#context.root, local), { signal: this.#options.signal })
  }

  async #remoteNow(path: RelPath): Promise<Entry | undefined> {
    try {
      return await this.#context.target.stat(path, { signal: this.#options.signal })
    } catch (error) {
      if (failedWith(error, 'not-found')) return undefined
      throw error
    }
  }

  /** A moved object keeps the old mtime and mode, which may have changed with the rename. */
  async #applyMetadata(action: MoveAction, moved: Entry): Promise<Entry> {
    const { local, base } = action
    const { features } = this.#context.target
    if (features.setMetadata === undefined || (local.mode === base.mode && local.mtimeNs === base.mtimeNs)) return moved
    const expect = moved.etag === undefined ? ({ kind: 'any' } as const) : ({ kind: 'etag', etag: moved.etag } as const)
    return features.setMetadata(action.path, metadataOf(local), { expect, signal: this.#options.signal })
  }

  async #adopted(
    action: Action & { readonly local: Entry },
    found: { readonly remote: Entry; readonly hash: string },
  ): Promise<Outcome> {
    const { local } = action
    const { features } = this.#context.target
    const { remote } = found
    const expect =
      remote.etag === undefined ? ({ kind: 'any' } as const) : ({ kind: 'etag', etag: remote.etag } as const)
    const stepNs = features.limits.mtimeStepNs
    const stale =
      remote.mtimeNs / stepNs !== local.mtimeNs / stepNs || (remote.mode !== undefined && remote.mode !== local.mode)
    const entry =
      features.setMetadata !== undefined && stale
        ? await features.setMetadata(action.path, metadataOf(local), { expect, signal: this.#options.signal })
        : remote
    const baseline = this.#baselineOf(local, { remote: entry, hash: found.hash, verifiedBy: 'checksum' })
    return this.done({ action, method: 'adopt', baseline, bytesReused: local.size })
  }

  #rebased(local: Entry, base: BaselineEntry): BaselineEntry {
    const { identity, mode } = local
    return {
      ...base,
      mtimeNs: local.mtimeNs,
      recordedAtMs: this.#context.clock.now(),
      ...(identity === undefined ? {} : { identity }),
      ...(mode === undefined ? {} : { mode }),
    }
  }

  #baselineOf(local: Entry, agreed: Agreed): BaselineEntry {
    return baselineEntry(this.#context.clock, local, agreed)
  }
}

function notEmptyYet(error: TidekeepError): TidekeepError {
  return new TidekeepError({ code: error.code, message: error.message, retry: { kind: 'backoff' }, cause: error })
}

function failedWith(error: unknown, ...codes: readonly ErrorCode[]): error is TidekeepError {
  return isTidekeepError(error) && codes.includes(error.code)
}
