import { isTidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../common/paths.ts'
import { bindSignature, signatureBinding } from '../../workers/delta/signature.ts'
import type { Clock, Log } from '../host.ts'
import type { Content, SourceProvider, TargetProvider } from '../providers/provider.ts'
import { MAX_SIGNATURE_BYTES, type SignatureCache } from '../state/signature-cache.ts'
import { failpoint } from '../../workers/failpoint.ts'

/** Content at a target, exactly one version of it. */
export interface HeldContent {
  readonly path: RelPath
  readonly etag: string
  readonly versionId?: string
  /** BLAKE3 hex. */
  readonly contentHash: string
}

type KnownContent = Omit<HeldContent, 'contentHash'> & Partial<HeldContent>

/** What a signature store works with. */
export interface SignatureDeps {
  readonly target: SourceProvider & Partial<Pick<TargetProvider, 'put' | 'remove'>>
  readonly cache: SignatureCache
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * Signatures of what a target holds: beside it, where every computer finds them, and in a local
 * cache. None is trusted. One that is stale, damaged or hostile costs time and never fails what it
 * was to help: failures are logged, and answered as "there is none".
 */
export class Signatures {
  readonly #deps: SignatureDeps

  constructor(deps: SignatureDeps) {
    this.#deps = deps
  }

  /**
   * The signature of exactly that content, cached or from the target; undefined where there is none.
   * Without a content hash, the version it is bound to decides.
   */
  async load(held: KnownContent, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { cache } = this.#deps
    const { contentHash } = held
    const cached = contentHash === undefined ? undefined : await cache.load(contentHash)
    if (cached !== undefined && readBinding(cached)?.contentHash === contentHash) return cached
    const sidecar = await this.#readSidecar(held.path, signal)
    if (sidecar === undefined || !isBoundTo(sidecar, held)) return undefined
    if (contentHash !== undefined) await this.#quietly('signature-not-cached', () => cache.save(contentHash, sidecar))
    return sidecar
  }

  /** Keeps the signature of content that the target provably holds. Answers the bytes this sent. */
  async save(held: HeldContent, signature: Uint8Array, signal: AbortSignal): Promise<number> {
    let bytesSent = 0
    await this.#quietly('signature-not-saved', async () => {
      const bound = bindSignature(signature, bindingOf(held))
      if (bound.byteLength > MAX_SIGNATURE_BYTES) return
      await this.#quietly('signature-not-cached', () => this.#deps.cache.save(held.contentHash, bound))
      failpoint('signature.save.before')
      await this.#deps.target.put?.(sidecarPath(held.path), contentOf(bound), {
        metadata: { mtimeNs: BigInt(Math.trunc(this.#deps.clock.now())) * 1_000_000n },
        expect: { kind: 'any' },
        signal,
      })
      failpoint('signature.save.after')
      bytesSent = bound.byteLength
    })
    return bytesSent
  }

  /** The same content has another name or version now. */
  async rebind(was: HeldContent, held: HeldContent, signal: AbortSignal): Promise<void> {
    const signature = await this.load(was, signal)
    if (signature !== undefined) await this.save(held, signature, signal)
    if (was.path !== held.path) await this.drop(was.path, signal)
  }

  /** What is at that path is about to go. Its content may be elsewhere too, so the cache keeps it. */
  async drop(path: RelPath, signal: AbortSignal): Promise<void> {
    await this.#quietly('signature-not-removed', async () => {
      failpoint('signature.remove.before')
      await this.#deps.target.remove?.(sidecarPath(path), { expect: { kind: 'any' }, signal })
      failpoint('signature.remove.after')
    })
  }

  /** A signature turned out wrong: it is not to be found again. */
  async distrust(contentHash: string): Promise<void> {
    await this.#quietly('signature-not-removed', () => this.#deps.cache.drop(contentHash))
  }

  async #readSidecar(path: RelPath, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const pieces: Uint8Array[] = []
    let bytes = 0
    try {
      for await (const piece of this.#deps.target.read(sidecarPath(path), { signal })) {
        bytes += piece.byteLength
        if (bytes > MAX_SIGNATURE_BYTES) return undefined
        pieces.push(piece)
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isTidekeepError(error) || error.code !== 'not-found') this.#log('signature-not-read', error)
      return undefined
    }
    return Buffer.concat(pieces)
  }

  async #quietly(event: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#log(event, error)
    }
  }

  #log(event: string, error: unknown): void {
    this.#deps.log.warn(event, { code: toTidekeepError(error).code })
  }
}

/** Where the signature of a file is kept at its target. */
export function sidecarPath(path: RelPath): RelPath {
  return `${RESERVED_DIRECTORY}/signatures/${path}.hssig` as RelPath
}

function bindingOf({ etag, versionId }: HeldContent): { readonly etag: string; readonly versionId?: string } {
  return versionId === undefined ? { etag } : { etag, versionId }
}

/** Made of this content, and of this version of it: an object that was replaced, even by the same bytes, has another. */
function isBoundTo(signature: Uint8Array, held: KnownContent): boolean {
  const binding = readBinding(signature)
  if (binding?.etag !== held.etag) return false
  if (held.contentHash !== undefined && binding.contentHash !== held.contentHash) return false
  return binding.versionId === undefined || held.versionId === undefined || binding.versionId === held.versionId
}

function readBinding(signature: Uint8Array): ReturnType<typeof signatureBinding> | undefined {
  try {
    return signatureBinding(signature)
  } catch {
    return undefined
  }
}

function contentOf(bytes: Uint8Array): Content {
  return {
    size: bytes.byteLength,
    async *open(range) {
      yield range === undefined ? bytes : bytes.subarray(range.start, range.end)
    },
  }
}
