import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { crc32Combine } from '../../../main/providers/s3/crc32.ts'

/** Pieces above this go to disk. */
const MEMORY_LIMIT_BYTES = 1024 * 1024
const READ_BYTES = 1024 * 1024

type Source =
  | { readonly kind: 'memory'; readonly bytes: Buffer }
  | { readonly kind: 'slab' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'zeros' }
interface Segment {
  readonly source: Source
  readonly start: number
  readonly end: number
}

/** Immutable bytes of an object: a list of pieces in memory or in one file on disk. Slicing and joining copy nothing. */
export class Content {
  readonly size: number
  readonly #segments: readonly Segment[]
  readonly #store: ContentStore

  constructor(store: ContentStore, segments: readonly Segment[]) {
    this.#store = store
    this.#segments = segments
    this.size = segments.reduce((sum, segment) => sum + segment.end - segment.start, 0)
  }

  /** Bytes [start, end). */
  slice(start: number, end: number): Content {
    const segments: Segment[] = []
    let position = 0
    for (const segment of this.#segments) {
      const length = segment.end - segment.start
      const from = Math.max(start - position, 0)
      const to = Math.min(end - position, length)
      if (from < to) segments.push({ source: segment.source, start: segment.start + from, end: segment.start + to })
      position += length
    }
    return new Content(this.#store, segments)
  }

  /** This, then the others. */
  concat(others: readonly Content[]): Content {
    return new Content(this.#store, [...this.#segments, ...others.flatMap((other) => other.#segments)])
  }

  /** Everything, in pieces of at most 1 MiB. */
  *pieces(): Generator<Buffer> {
    for (const segment of this.#segments) {
      for (let at = segment.start; at < segment.end; at += READ_BYTES) {
        yield this.#store.read(segment.source, at, Math.min(segment.end, at + READ_BYTES))
      }
    }
  }

  bytes(): Buffer {
    return Buffer.concat([...this.pieces()])
  }

  /** True when zeros of no extent on disk are among the bytes: too many to be digested one by one. */
  get isSparse(): boolean {
    return this.#segments.some((segment) => segment.source.kind === 'zeros')
  }

  /** CRC32 of everything; that of zeros by arithmetic. */
  crc32(): number {
    return this.#segments.reduce((crc, { source, start, end }) => {
      const length = end - start
      if (source.kind === 'zeros') return crc32Combine(crc, crc32OfZeros(length), length)
      let own = 0
      for (const piece of new Content(this.#store, [{ source, start, end }]).pieces()) own = crc32(piece, own)
      return crc32Combine(crc, own, length)
    }, 0)
  }

  /** False when the bytes were thrown away (`discardContent`): digests over them mean nothing. */
  get kept(): boolean {
    return this.#segments.every((segment) => segment.source.kind !== 'gone')
  }
}

/** Where the bytes of one server live. */
export class ContentStore {
  readonly #discard: boolean
  #slab: { readonly directory: string; readonly fd: number; size: number } | undefined

  constructor(discard: boolean) {
    this.#discard = discard
  }

  /** Takes a copy of the bytes. */
  keep(bytes: Uint8Array): Content {
    const length = bytes.length
    if (length === 0) return new Content(this, [])
    if (this.#discard) return new Content(this, [{ source: { kind: 'gone' }, start: 0, end: length }])
    if (length <= MEMORY_LIMIT_BYTES) {
      return new Content(this, [{ source: { kind: 'memory', bytes: Buffer.from(bytes) }, start: 0, end: length }])
    }
    this.#slab ??= openSlab()
    const start = this.#slab.size
    writeSync(this.#slab.fd, bytes, 0, length, start)
    this.#slab.size += length
    return new Content(this, [{ source: { kind: 'slab' }, start, end: start + length }])
  }

  /** So many zeros, which take no room. */
  zeros(length: number): Content {
    return new Content(this, [{ source: { kind: 'zeros' }, start: 0, end: length }])
  }

  read(source: Source, start: number, end: number): Buffer {
    if (source.kind === 'memory') return source.bytes.subarray(start, end)
    const bytes = Buffer.alloc(end - start)
    if (source.kind === 'slab') readSync(this.#slab!.fd, bytes, 0, end - start, start)
    return bytes
  }

  close(): void {
    if (this.#slab === undefined) return
    closeSync(this.#slab.fd)
    rmSync(this.#slab.directory, { recursive: true, force: true })
    this.#slab = undefined
  }
}

function crc32OfZeros(length: number): number {
  if (length === 0) return 0
  const half = Math.floor(length / 2)
  const ofHalf = crc32OfZeros(half)
  const even = crc32Combine(ofHalf, ofHalf, half)
  return length % 2 === 0 ? even : crc32Combine(even, crc32(Buffer.alloc(1)), 1)
}

function openSlab(): { directory: string; fd: number; size: number } {
  const directory = mkdtempSync(join(tmpdir(), 's3-server-'))
  return { directory, fd: openSync(join(directory, 'slab'), 'w+'), size: 0 }
}
