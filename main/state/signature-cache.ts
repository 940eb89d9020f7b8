import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectories } from '../make-directories.ts'
import { isAlive } from '../../workers/fs/is-alive.ts'
import type { Clock } from '../host.ts'
import { failpoint } from '../../workers/failpoint.ts'

/** Signatures of content that some target holds or held, by the content's hash. Hints: whatever is wrong with one, it is as if it were not there. */
export interface SignatureCache {
  /** Undefined where there is none that can be read. Not checked. */
  load(contentHash: string): Promise<Uint8Array | undefined>
  /** The file system's own errors pass through, and leave no trace. */
  save(contentHash: string, signature: Uint8Array): Promise<void>
  /** Idempotent. */
  drop(contentHash: string): Promise<void>
}

/** Options of {@link openSignatureCache}. */
export interface SignatureCacheOptions {
  /** Made by the first save. Several processes may use it at once. */
  readonly directory: string
  readonly clock: Pick<Clock, 'now'>
  /** What was not used for longest goes when there is more than this. */
  readonly capBytes?: number
  /** Loads only, and leaves no trace of them (I23). */
  readonly readOnly?: boolean
}

/** A signature is never longer, bytes: larger files get coarser ones. */
export const MAX_SIGNATURE_BYTES = 64 * 1024 ** 2
const CAP_BYTES = 1024 ** 3
/** After making room there is some, so that not every save looks through the whole directory. */
const ROOM_SHARE = 0.9
const SUFFIX = '.hssig'
const UNFINISHED = /\.([0-9]+)\.[0-9]+\.new$/
const CONTENT_HASH = /^[0-9a-f]{64}$/

/** A cache of files in a directory of its own. A load counts as use; nothing else is written by it. */
export function openSignatureCache(options: SignatureCacheOptions): SignatureCache {
  return new FileCache(options)
}

interface CachedFile {
  readonly path: string
  readonly bytes: number
  readonly usedMs: number
}

class FileCache implements SignatureCache {
  readonly #directory: string
  readonly #clock: Pick<Clock, 'now'>
  readonly #capBytes: number
  readonly #readOnly: boolean
  #savedNumber = 0
  /** Bytes there at most; unknown until the first save looked. */
  #bytes: number | undefined

  constructor({ directory, clock, capBytes = CAP_BYTES, readOnly = false }: SignatureCacheOptions) {
    this.#directory = directory
    this.#clock = clock
    this.#capBytes = capBytes
    this.#readOnly = readOnly
  }

  async load(contentHash: string): Promise<Uint8Array | undefined> {
    if (!CONTENT_HASH.test(contentHash)) return undefined
    const path = this.#at(contentHash)
    try {
      if ((await stat(path)).size > MAX_SIGNATURE_BYTES) return undefined
      const signature = await readFile(path)
      if (!this.#readOnly) await this.#used(path).catch(() => undefined)
      return signature
    } catch {
      return undefined
    }
  }

  async save(contentHash: string, signature: Uint8Array): Promise<void> {
    if (this.#readOnly || !CONTENT_HASH.test(contentHash) || signature.byteLength > this.#capBytes) return
    makeDirectories(this.#directory)
    await this.#makeRoom(signature.byteLength)
    const path = this.#at(contentHash)
    const temporary = `${path}.${process.pid}.${this.#savedNumber++}.new`
    try {
      // Not synced: a signature that a power cut spoiled is noticed by its checksum, and made again.
      await writeFile(temporary, signature, { mode: 0o600 })
      await this.#used(temporary)
      failpoint('signature.cache.before')
      await rename(temporary, path)
      failpoint('signature.cache.after')
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  async drop(contentHash: string): Promise<void> {
    if (!this.#readOnly && CONTENT_HASH.test(contentHash)) await rm(this.#at(contentHash), { force: true })
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (this.#bytes !== undefined && this.#bytes + bytes <= this.#capBytes) {
      this.#bytes += bytes
      return
    }
    const files = (await this.#files()).toSorted((a, b) => a.usedMs - b.usedMs)
    let total = files.reduce((sum, file) => sum + file.bytes, 0) + bytes
    const wantedBytes = total > this.#capBytes ? this.#capBytes * ROOM_SHARE : this.#capBytes
    for (const file of files) {
      if (total <= wantedBytes) break
      await rm(file.path, { force: true })
      total -= file.bytes
    }
    this.#bytes = total
  }

  /** What a killed process left half written goes. */
  async #files(): Promise<readonly CachedFile[]> {
    const files: CachedFile[] = []
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name)
      const [, writer] = UNFINISHED.exec(name) ?? []
      if (writer !== undefined && !isAlive(Number(writer))) {
        await rm(path, { force: true })
        continue
      }
      // Another process may have taken it away.
      const found = await stat(path).catch(() => undefined)
      if (found?.isFile() === true) files.push({ path, bytes: found.size, usedMs: found.mtimeMs })
    }
    return files
  }

  async #used(path: string): Promise<void> {
    const now = new Date(this.#clock.now())
    await utimes(path, now, now)
  }

  #at(contentHash: string): string {
    return join(this.#directory, `${contentHash}${SUFFIX}`)
  }
}
