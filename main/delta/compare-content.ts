import { once } from 'node:events'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { isTidekeepError } from '../../common/errors.ts'
import type { Entry } from '../../common/model.ts'
import { shapeFor } from '../../workers/delta/shape.ts'
import type { Pool, SignatureShape, StableFile } from '../../workers/tasks.ts'
import { likeness, type Likeness } from './likeness.ts'
import type { Signatures } from './signatures.ts'

/** Of small contents, chunks this short tell more. */
const FINE_BYTES = 1024
const FINE_UP_TO_BYTES = 8 * 1024 * 1024

/** What comparing works with. */
export interface ComparisonDeps {
  readonly pool: Pool
  readonly signatures: Pick<Signatures, 'load'>
}

/** Wanted by a caller. */
interface Wanted {
  readonly signal: AbortSignal
}

/** Says how much of two contents differs, wherever it lies. Reading and cutting is done in workers, and ends with `signal`. */
export class ContentComparison {
  readonly #deps: ComparisonDeps

  constructor(deps: ComparisonDeps) {
    this.#deps = deps
  }

  /** By the signature that the target keeps of exactly that version; undefined where it has none that can be used. */
  async bySignature(
    here: StableFile,
    { path, etag, versionId, size }: Entry,
    { contentHash, signal }: Wanted & { readonly contentHash?: string | undefined },
  ): Promise<Likeness | undefined> {
    if (etag === undefined) return undefined
    const held = {
      path,
      etag,
      ...(versionId === undefined ? {} : { versionId }),
      ...(contentHash === undefined ? {} : { contentHash }),
    }
    const signature = await this.#deps.signatures.load(held, signal)
    if (signature === undefined) return undefined
    try {
      return await this.#match(here, { signature, sizeBytes: size }, signal)
    } catch (error) {
      // One that is damaged is as good as none.
      if (isTidekeepError(error) && error.code === 'corrupt') return undefined
      throw error
    }
  }

  /** Both are files of this computer. Throws `changed` and the like where one does not stay as it was. */
  async byFile(here: StableFile, there: StableFile, { signal }: Wanted): Promise<Likeness> {
    const { signature } = await this.#deps.pool.run(
      'signFile',
      { file: there, shape: comparedShape(there.size) },
      { signal },
    )
    return this.#match(here, { signature, sizeBytes: there.size }, signal)
  }

  /** With all of its content, which is not kept anywhere. */
  async byContent(
    here: StableFile,
    { pieces, sizeBytes }: { readonly pieces: AsyncIterable<Uint8Array>; readonly sizeBytes: number },
    { signal }: Wanted,
  ): Promise<Likeness> {
    const { port1, port2 } = new MessageChannel()
    const ended = new AbortController()
    const signing = this.#deps.pool.run(
      'signStream',
      { port: port2, shape: comparedShape(sizeBytes) },
      { signal, transfer: [port2] },
    )
    const feeding = feed(port1, pieces, AbortSignal.any([signal, ended.signal]))
    try {
      const [{ signature }] = await Promise.all([signing, feeding])
      return await this.#match(here, { signature, sizeBytes }, signal)
    } finally {
      ended.abort()
      port1.close()
      // Whichever failed first was told; the other ends with it.
      await Promise.allSettled([signing, feeding])
    }
  }

  async #match(
    here: StableFile,
    there: { readonly signature: Uint8Array; readonly sizeBytes: number },
    signal: AbortSignal,
  ): Promise<Likeness> {
    const { signature, sizeBytes } = there
    const { runs } = await this.#deps.pool.run(
      'matchFile',
      { file: here, signature, shape: shapeFor(here.size, 0) },
      { signal },
    )
    return likeness(runs, here.size, sizeBytes)
  }
}

/** A piece at a time: the next goes out once the last was taken. */
async function feed(port: MessagePort, pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const piece of pieces) {
    const taken = once(port, 'message', { signal })
    port.postMessage(piece)
    await taken
  }
  port.postMessage(undefined)
}

function comparedShape(sizeBytes: number): SignatureShape {
  return sizeBytes <= FINE_UP_TO_BYTES ? { kind: 'chunks', averageBytes: FINE_BYTES } : shapeFor(sizeBytes, 0)
}
