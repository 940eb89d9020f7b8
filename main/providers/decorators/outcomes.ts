import { mayBeOne } from '../../../common/name-folding.ts'
import { isTidekeepError } from '../../../common/errors.ts'
import type { Entry, Kept, Precondition, RelPath } from '../../../common/model.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import type { CallOptions, Content, Metadata, MoveOptions, PutResult, TargetProvider } from '../provider.ts'

/** Finds out what became of a mutation whose answer was lost (I4). Each gives undefined for "not done". */
export class Outcomes {
  readonly #inner: TargetProvider

  constructor(inner: TargetProvider) {
    this.#inner = inner
  }

  /** Done when what is there has the digest of the content. */
  async ofPut(
    path: RelPath,
    content: Content,
    options: CallOptions & { readonly contentHash?: string },
  ): Promise<PutResult | undefined> {
    const entry = await this.#find(path, options)
    if (entry?.kind !== 'file' || entry.size !== content.size) return undefined
    const sent = options.contentHash ?? (await digest(content.open()))
    const stored = await this.#digestOf(entry, options)
    if (stored.value !== sent) return undefined
    return { entry, contentHash: sent, verifiedBy: stored.by, bytesSent: content.size }
  }

  /** Done when nothing is there. */
  async ofRemove(path: RelPath, options: CallOptions): Promise<true | undefined> {
    return (await this.#find(path, options)) === undefined ? true : undefined
  }

  /**
   * Done when the source is gone and the destination is there, and what was moved as far as that is known: others may have taken both
   * names meanwhile. A copy that was made before its source could be removed is completed, if both hold the same.
   */
  async ofMove(from: RelPath, to: RelPath, options: MoveOptions): Promise<Entry | undefined> {
    // One entry under two spellings would pass for a copy and its source. Spelling it anew can be done again.
    if (mayBeOne(from, to)) return undefined
    const moved = await this.#find(to, options)
    if (moved === undefined) return undefined
    const left = await this.#find(from, options)
    if (left === undefined) return (await this.#isMoved(moved, options)) ? moved : undefined
    if (left.kind !== 'file' || moved.kind !== 'file' || left.size !== moved.size) return undefined
    const [source, copy] = [await this.#digestOf(left, options), await this.#digestOf(moved, options)]
    if (source.value !== copy.value) return undefined
    await this.#inner.remove(from, options)
    return moved
  }

  async #isMoved(moved: Entry, options: MoveOptions): Promise<boolean> {
    const { contentHash } = options
    if (contentHash === undefined) return true
    return moved.kind === 'file' && (await this.#digestOf(moved, options)).value === contentHash
  }

  /** Done when something of that size is where nothing was: who asked for it compares what is there anyway. */
  async ofPutBack({ path, sizeBytes }: Kept, options: CallOptions): Promise<Entry | undefined> {
    const entry = await this.#find(path, options)
    return entry?.kind === 'file' && entry.size === sizeBytes ? entry : undefined
  }

  /** Done when the entry carries the metadata. */
  async ofSetMetadata(path: RelPath, metadata: Metadata, options: CallOptions): Promise<Entry | undefined> {
    const entry = await this.#find(path, options)
    if (entry === undefined) return undefined
    const differenceNs = entry.mtimeNs - metadata.mtimeNs
    const step = this.#inner.features.limits.mtimeStepNs
    const isSameTime = differenceNs < step && -differenceNs < step
    return isSameTime && (metadata.mode === undefined || entry.mode === metadata.mode) ? entry : undefined
  }

  async #find(path: RelPath, { signal }: CallOptions): Promise<Entry | undefined> {
    try {
      return await this.#inner.stat(path, { signal })
    } catch (error) {
      if (isTidekeepError(error) && error.code === 'not-found') return undefined
      throw error
    }
  }

  /** A digest the target computes or holds; otherwise what is stored is read back. */
  async #digestOf(entry: Entry, { signal }: CallOptions): Promise<{ value: string; by: 'checksum' | 'read-back' }> {
    const computed = await this.#inner.features.checksum?.(entry.path, { signal })
    if (computed?.algorithm === 'blake3') return { value: computed.value, by: 'checksum' }
    const expect: Precondition = entry.etag === undefined ? { kind: 'any' } : { kind: 'etag', etag: entry.etag }
    return { value: await digest(this.#inner.read(entry.path, { signal, expect })), by: 'read-back' }
  }
}

async function digest(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hasher = createBlake3()
  for await (const piece of pieces) hasher.update(piece)
  return hasher.digestHex()
}
