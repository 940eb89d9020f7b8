import type { ByteRange } from '../../common/model.ts'

/**
 * Content that can be opened again, so that a retry needs no buffering. `open` may be called many
 * times, with any range inside [0, size). The stream ends after exactly the asked bytes or throws:
 * `changed` when the source is no longer what it was when the content was made (I2), `vanished`
 * when it is gone.
 */
export interface Content {
  readonly size: number
  open(range?: ByteRange): AsyncIterable<Uint8Array>
  /** Set for files of this computer, so that a provider may read them by itself in a worker. It must then apply the same checks. */
  readonly file?: LocalFile
}

/** A local file as it was when scanned; a reader compares before and after reading (I2). */
export interface LocalFile {
  readonly absolutePath: string
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  /** `device:inode` */
  readonly inode: string
}

/** File attributes kept beside the content. */
export interface Metadata {
  readonly mtimeNs: bigint
  readonly mode?: number
}
