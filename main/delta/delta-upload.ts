import { isTidekeepError, TidekeepError, toTidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { BaselineEntry, Entry, MoveAction, RelPath, UploadAction } from '../../common/model.ts'
import { shapeFor } from '../../workers/delta/shape.ts'
import { TaskControl } from '../../workers/fs/control.ts'
import type { MatchedFile, Pool, SignatureShape } from '../../workers/tasks.ts'
import type { Log } from '../host.ts'
import type {
  AssembleOptions,
  AssemblyLimits,
  Content,
  PutOptions,
  PutResult,
  TargetProvider,
} from '../providers/provider.ts'
import { costOfWhole } from './cost.ts'
import { DeltaDownloads } from './delta-download.ts'
import { planUpload } from './plan-upload.ts'
import type { HeldContent, Signatures } from './signatures.ts'
import type { Run, UploadCost, UploadMethod, UploadPlan, UploadSituation } from './upload-plan.ts'
import { deltaFailureTexts } from './delta-failure-texts.ts'

/** What sending differences works with; one for each target. */
export interface DeltaUploadDeps {
  readonly target: TargetProvider
  readonly pool: Pool
  readonly signatures: Signatures
  readonly log: Log
  readonly rules: () => DeltaRules
  /** What the line carries, if it is known. */
  readonly bytesPerSecond: () => number | undefined
  /** Dollars for 1,000 requests of each kind, if it is known. */
  readonly requestPrices?: Readonly<Record<string, number>>
  /** A folder of this computer: nothing is sent by requests, and files share with the old copy only what stayed in its place. */
  readonly isLocal: boolean
  /** There is a bandwidth limit now. Asked for large files only: what applies at the moment takes longer to tell than `rules`. */
  readonly isPaced: () => boolean
}

/** What the user set. Asked for each file. */
export interface DeltaRules {
  /** See `Settings.deltaThreshold` and `Settings.blockSize`. */
  readonly thresholdBytes: number
  readonly blockBytes: number
}

/** The line and the prices that plans are made with. */
export type Line = Pick<UploadSituation, 'bytesPerSecond' | 'requestPrices'>

/** A changed file that was compared with what the target holds, before anything is sent. */
export interface PreparedUpload {
  /** BLAKE3 hex of the whole file as it was compared. */
  readonly contentHash: string
  readonly plan: UploadPlan
  /** Of the file as it was compared; unbound. */
  readonly signature: Uint8Array
  readonly held: HeldContent
  readonly from: AssembleOptions['from']
}

/** How content was sent, and what that proved. */
export interface Sent {
  readonly method: UploadMethod
  readonly result: PutResult
  /** Content, and the signature that is kept beside it. */
  readonly bytesSent: number
}

type Stored = Pick<Sent, 'method' | 'result'>

/** What is sent: a file as it was scanned, and what the target is believed to hold of it. */
type Upload = Pick<UploadAction, 'path' | 'local' | 'base' | 'expect'>

/** What says that a way of assembling does not work here, and nothing about the file. */
const NOT_ASSEMBLED: readonly ErrorCode[] = ['corrupt', 'invalid', 'unsupported', 'not-found']

/**
 * Sends changed files as differences where that pays. What the target holds is known by signatures,
 * which are hints: every copied range is pinned to the version compared with, and the target proves
 * the whole (I1, I3), so that a wrong hint costs one more transfer.
 */
export class DeltaUploads {
  readonly #deps: DeltaUploadDeps

  constructor(deps: DeltaUploadDeps) {
    this.#deps = deps
  }

  /** The other direction, by the same signatures; undefined where reading all of a file at the target costs no more. */
  get downloads(): DeltaDownloads | undefined {
    const { isLocal, log, pool, rules, signatures } = this.#deps
    return isLocal ? undefined : new DeltaDownloads({ pool, signatures, log, thresholdBytes: rules().thresholdBytes })
  }

  /** True where the file, or what the target holds of it, is large enough to have a signature. */
  concerns({ local, base }: Pick<Upload, 'local' | 'base'>): boolean {
    return this.#isLarge(local) || (base !== undefined && this.#isLarge(base))
  }

  /**
   * Compares a changed file with what the target holds, and plans how to send it. Sends nothing.
   * Undefined where there is nothing to compare with: the file goes whole. Throws `changed` and
   * `vanished` as every read of the source does.
   */
  async prepare(upload: Upload, file: Content['file'], signal: AbortSignal): Promise<PreparedUpload | undefined> {
    const held = heldBy(upload)
    if (held === undefined || file === undefined || !this.#isLarge(upload.local)) return undefined
    const limits = await this.#assemblyLimits(signal)
    const signature = limits === undefined ? undefined : await this.#deps.signatures.load(held, signal)
    if (signature === undefined) return undefined
    const shape = this.#shape(file.size)
    try {
      const matched = await this.#cancellable(signal, (control) =>
        this.#deps.pool.run('matchFile', { file, signature, shape, control }, { signal }),
      )
      const oldSizeBytes = upload.base!.size
      const plan = this.#plan(matched, { limits, sizeBytes: file.size, oldSizeBytes })
      const { etag, versionId } = held
      const from = { etag, sizeBytes: oldSizeBytes, ...(versionId === undefined ? {} : { versionId }) }
      return { contentHash: matched.contentHash, plan, signature: matched.signature, held, from }
    } catch (error) {
      // 'internal': runs that make no sense, which only a signature that lies about its content gives.
      if (!failedWith(error, ['corrupt', 'invalid', 'internal'])) throw error
      await this.#distrust(held, error)
      return undefined
    }
  }

  /** Sends a file, as planned or whole, and keeps the signature of what the target then provably holds (I9). */
  async send(
    upload: Upload,
    content: Content,
    { options, prepared }: { readonly options: PutOptions; readonly prepared?: PreparedUpload | undefined },
  ): Promise<Sent> {
    const sent =
      prepared === undefined || prepared.plan.method === 'whole'
        ? await this.#sendWhole(upload, content, { options, prepared })
        : await this.#assemble(upload, content, { options, prepared })
    const signatureBytes = await this.#keepSignature(upload, content, { sent, prepared, signal: options.signal })
    return { ...sent, bytesSent: sent.result.bytesSent + signatureBytes }
  }

  /** What sending it takes, with the signature that is kept beside it. */
  costOf({ plan, signature }: PreparedUpload): UploadCost {
    const { bytesPerSecond, requestPrices } = this.line()
    const { bytesSent, bytesReused, requests, seconds, dollars } = plan.cost
    return {
      bytesSent: bytesSent + signature.byteLength,
      bytesReused,
      requests: this.#deps.isLocal ? {} : { ...requests, PutObject: (requests['PutObject'] ?? 0) + 1 },
      ...(seconds === undefined || bytesPerSecond === undefined
        ? {}
        : { seconds: seconds + signature.byteLength / bytesPerSecond }),
      ...(dollars === undefined ? {} : { dollars: dollars + (requestPrices?.['PutObject'] ?? 0) / 1000 }),
    }
  }

  /** What sending a file whole takes. */
  costOfWhole(sizeBytes: number, line: Line): UploadCost {
    const cost = costOfWhole({ sizeBytes, ...line })
    return this.#deps.isLocal ? { ...cost, requests: {} } : cost
  }

  /** As of now. */
  line(): Line {
    const bytesPerSecond = this.#deps.bytesPerSecond()
    const { requestPrices } = this.#deps
    return {
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      ...(requestPrices === undefined ? {} : { requestPrices }),
    }
  }

  /** The target holds the same content under another name or version now. */
  async moved(action: Pick<MoveAction, 'from' | 'base'>, now: Entry, signal: AbortSignal): Promise<void> {
    const { base, from } = action
    const was = heldBy({ path: from, base, expect: { kind: 'any' } })
    if (was === undefined || now.etag === undefined || !this.#isLarge(base)) return
    if (was.path === now.path && was.etag === now.etag) return
    if ((await this.#assemblyLimits(signal)) === undefined) return
    await this.#deps.signatures.rebind(was, heldAs(now, was.contentHash), signal)
  }

  /** What the target holds at `path` is about to be removed. */
  async removing(path: RelPath, base: BaselineEntry, signal: AbortSignal): Promise<void> {
    if (!this.#isLarge(base) || (await this.#assemblyLimits(signal)) === undefined) return
    await this.#deps.signatures.drop(path, signal)
  }

  async #sendWhole(
    { local }: Upload,
    content: Content,
    { options, prepared }: { readonly options: PutOptions; readonly prepared: PreparedUpload | undefined },
  ): Promise<Stored> {
    const isSigned =
      prepared === undefined && this.#isLarge(local) && (await this.#assemblyLimits(options.signal)) !== undefined
    const result = await this.#deps.target.put(local.path, content, {
      ...options,
      ...(prepared === undefined ? {} : { contentHash: prepared.contentHash }),
      ...(isSigned ? { sign: this.#shape(local.size) } : {}),
    })
    return { method: 'whole', result }
  }

  async #assemble(
    upload: Upload,
    content: Content,
    { options, prepared }: { readonly options: PutOptions; readonly prepared: PreparedUpload },
  ): Promise<Stored> {
    const { contentHash, from, plan } = prepared
    try {
      const { features } = this.#deps.target
      const result = await features.assemble!(upload.path, content, plan.parts, { ...options, contentHash, from })
      if (result.verifiedBy === 'none' || result.contentHash !== contentHash) throw unproven(upload.path)
      // Where the answer was lost and looked up, nobody counted: it took what was planned.
      const { bytesSent, bytesReused = 0 } = result.bytesReused === undefined ? plan.cost : result
      return { method: plan.method, result: { ...result, bytesSent, bytesReused } }
    } catch (error) {
      if (!failedWith(error, NOT_ASSEMBLED)) throw error
      await this.#distrust(prepared.held, error)
      return this.#sendWhole(upload, content, { options, prepared })
    }
  }

  async #keepSignature(
    { path, local, base }: Upload,
    content: Content,
    done: { readonly sent: Stored; readonly prepared: PreparedUpload | undefined; readonly signal: AbortSignal },
  ): Promise<number> {
    const { sent, prepared, signal } = done
    const { entry, contentHash } = sent.result
    if (sent.result.verifiedBy === 'none' || (await this.#assemblyLimits(signal)) === undefined) return 0
    if (!this.#isLarge(local)) {
      if (base !== undefined && this.#isLarge(base)) await this.#deps.signatures.drop(path, signal)
      return 0
    }
    if (entry.etag === undefined) return 0
    const matched = prepared?.contentHash === contentHash ? prepared.signature : undefined
    const signature = sent.result.signature ?? matched ?? (await this.#sign(content, contentHash, signal))
    if (signature === undefined) return 0
    return this.#deps.signatures.save(heldAs(entry, contentHash), signature, signal)
  }

  /** For providers that do not sign while they read: the file is read once more, if it is still the same. */
  async #sign(content: Content, contentHash: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { file } = content
    if (file === undefined) return undefined
    try {
      const signed = await this.#cancellable(signal, (control) =>
        this.#deps.pool.run('signFile', { file, shape: this.#shape(file.size), control }, { signal }),
      )
      return signed.contentHash === contentHash ? signed.signature : undefined
    } catch (error) {
      this.#deps.log.info('not-signed', { code: toTidekeepError(error).code })
      return undefined
    }
  }

  #plan(
    matched: MatchedFile,
    sizes: { readonly limits: AssemblyLimits | undefined; readonly sizeBytes: number; readonly oldSizeBytes: number },
  ): UploadPlan {
    const runs = toRuns(matched.runs)
    return planUpload({ ...sizes, ...this.line(), runs: this.#deps.isLocal ? inPlace(runs) : runs })
  }

  async #distrust({ contentHash }: HeldContent, error: TidekeepError): Promise<void> {
    this.#deps.log.warn('delta-not-used', { code: error.code })
    await this.#deps.signatures.distrust(contentHash)
  }

  /** Whatever is wrong with the target is told by what is sent to it. */
  async #assemblyLimits(signal: AbortSignal): Promise<AssemblyLimits | undefined> {
    const { features } = this.#deps.target
    // What is paced goes through streams, and a local target shares only with files it may open itself.
    if (this.#deps.isLocal && this.#deps.isPaced()) return undefined
    if (features.assemble === undefined || features.assemblyLimits === undefined) return undefined
    try {
      return await features.assemblyLimits({ signal })
    } catch (error) {
      this.#deps.log.info('assembly-unknown', { code: toTidekeepError(error).code })
      return undefined
    }
  }

  #shape(sizeBytes: number): SignatureShape {
    return shapeFor(sizeBytes, this.#deps.rules().blockBytes)
  }

  #isLarge({ kind, size }: Pick<Entry, 'kind' | 'size'>): boolean {
    return kind === 'file' && size >= this.#deps.rules().thresholdBytes
  }

  async #cancellable<T>(signal: AbortSignal, run: (control: SharedArrayBuffer) => Promise<T>): Promise<T> {
    const control = new TaskControl()
    const cancel = (): void => control.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await run(control.memory)
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** What the target holds, where that is known exactly and the action expects just that. */
function heldBy({ path, base, expect }: Pick<Upload, 'path' | 'base' | 'expect'>): HeldContent | undefined {
  const { etag, versionId } = base?.remote ?? {}
  if (base?.contentHash === undefined || etag === undefined) return undefined
  if (expect.kind === 'absent' || (expect.kind === 'etag' && expect.etag !== etag)) return undefined
  const { contentHash } = base
  return { path, etag, contentHash, ...(versionId === undefined ? {} : { versionId }) }
}

function heldAs({ path, etag, versionId }: Entry, contentHash: string): HeldContent {
  return { path, etag: etag!, contentHash, ...(versionId === undefined ? {} : { versionId }) }
}

function toRuns(numbers: Float64Array): readonly Run[] {
  const runs: Run[] = []
  for (let at = 0; at + 2 < numbers.length; at += 3) {
    const oldStart = numbers[at + 2]!
    runs.push({ start: numbers[at]!, length: numbers[at + 1]!, oldStart: oldStart < 0 ? undefined : oldStart })
  }
  return runs
}

function inPlace(runs: readonly Run[]): readonly Run[] {
  return runs.map((run) => (run.oldStart === run.start ? run : { ...run, oldStart: undefined }))
}

function failedWith(error: unknown, codes: readonly ErrorCode[]): error is TidekeepError {
  return isTidekeepError(error) && codes.includes(error.code)
}

function unproven(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: deltaFailureTexts.upload.unproven({ path }),
    path,
  })
}
