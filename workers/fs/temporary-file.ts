import { close, fchmodSync, fstatSync, fsync, read, write, type BigIntStats } from 'node:fs'
import { promisify } from 'node:util'
import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { createBlake3 } from '../hash/blake3.ts'
import { setFileTimes } from './file-times.ts'
import type { SafeRoot } from './safe-root.ts'
import { threadWordings } from '../thread-wordings.ts'

const closeAsync = promisify(close)
const fsyncAsync = promisify(fsync)
const READ_BACK_BYTES = 1024 * 1024

/** What a finished temporary file holds. */
export interface FinishedFile {
  /** BLAKE3 hex of the bytes given to `write`, found equal to what is stored. */
  readonly contentHash: string
  readonly stat: BigIntStats
}

/**
 * A file being written below a SafeRoot from a stream, off the event loop: `write` any number of
 * times, then `finish` once, then rename `path` with the root's methods; or `discard`.
 */
export class TemporaryFile {
  readonly path: RelPath
  readonly #root: SafeRoot
  readonly #hasher = createBlake3()
  #fd: number | undefined
  #size = 0

  private constructor(root: SafeRoot, path: RelPath, fd: number) {
    this.#root = root
    this.path = path
    this.#fd = fd
  }

  /** `path` must not exist; its directory must. */
  static create(root: SafeRoot, path: RelPath, mode = 0o600): TemporaryFile {
    return new TemporaryFile(root, path, root.createFile(path, mode))
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hasher.update(bytes)
    let done = 0
    while (done < bytes.length) done += await this.#writeSome(bytes, done)
    this.#size += bytes.length
  }

  #writeSome(bytes: Uint8Array, done: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#open(), bytes, done, bytes.length - done, this.#size + done, (error, count) =>
        error === null ? resolve(count) : reject(error),
      )
    })
  }

  /** Sets the metadata, reads the content back and compares, makes it durable unless the caller does; closes. Throws `corrupt`. */
  async finish(
    metadata: { readonly mtimeNs: bigint; readonly mode?: number },
    isDurable = true,
  ): Promise<FinishedFile> {
    const fd = this.#open()
    const contentHash = this.#hasher.digestHex()
    if ((await storedDigest(fd, this.#size)) !== contentHash) {
      throw new TidekeepError({
        code: 'corrupt',
        message: threadWordings.target.notKept({ path: this.path }),
        path: this.path,
        fix: threadWordings.fix.failingDisk,
      })
    }
    if (metadata.mode !== undefined && process.platform !== 'win32') fchmodSync(fd, metadata.mode & 0o777)
    setFileTimes(fd, metadata.mtimeNs)
    if (isDurable) await fsyncAsync(fd)
    const stat = fstatSync(fd, { bigint: true })
    await this.#close()
    return { contentHash, stat }
  }

  /** Removes it, whatever state it is in. Idempotent; not to be called after it was renamed. */
  async discard(): Promise<void> {
    await this.#close()
    this.#root.removeFile(this.path)
  }

  async #close(): Promise<void> {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) await closeAsync(fd)
  }

  #open(): number {
    if (this.#fd === undefined) throw new Error(`${this.path} is closed`)
    return this.#fd
  }
}

/** One byte more than there should be is asked for: what is longer has another digest. */
async function storedDigest(fd: number, sizeBytes: number): Promise<string> {
  const hasher = createBlake3()
  const buffer = Buffer.allocUnsafe(Math.min(READ_BACK_BYTES, sizeBytes + 1))
  for (let position = 0; ;) {
    const count = await readSome(fd, buffer, position)
    if (count === 0) return hasher.digestHex()
    hasher.update(buffer.subarray(0, count))
    position += count
  }
}

function readSome(fd: number, buffer: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, position, (error, count) => (error === null ? resolve(count) : reject(error)))
  })
}
