import type { Content } from './content.ts'

/** What a store may lack; each makes the provider take another way. */
export interface Quirks {
  /** Checksum headers are neither verified, kept nor returned. */
  readonly noChecksums?: boolean
  /** Checksum headers are returned as they were sent, never verified. */
  readonly echoChecksums?: boolean
  /** If-Match and If-None-Match of writes are ignored. */
  readonly noConditions?: boolean
  /** Conditions are honoured by PutObject alone. */
  readonly noMultipartConditions?: boolean
  /** Multipart checksums are composite only. */
  readonly noFullObject?: boolean
  /** `x-amz-copy-source-if-*` is ignored. */
  readonly noCopyConditions?: boolean
  /** Listings are never url-encoded. */
  readonly noEncodingType?: boolean
  /** Listing pages hold at most this many keys. */
  readonly maxKeys?: number
  /** Smallest part but the last, and (exclusive) smallest object that ranges are copied from; tests lower it to move less. */
  readonly minPartBytes?: number
  /** Largest part, sent or copied. */
  readonly maxPartBytes?: number
  /** Parts cannot be copied. */
  readonly noPartCopies?: boolean
  /** Copied parts have no checksum of their own, and objects made of them none at all. */
  readonly noCopyChecksums?: boolean
  /** A copied range has the checksum of its whole source, as far as that is of the same kind. */
  readonly sourceChecksums?: boolean
}

export type ChecksumName = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'

export interface StoredChecksum {
  readonly algorithm: ChecksumName
  /** Base64; composite ones end in `-parts`. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** One version of an object, or a delete marker. */
export interface Version {
  readonly key: string
  readonly versionId: string
  readonly etag: string
  readonly content: Content
  readonly lastModifiedMs: number
  /** `x-amz-meta-*`, by lower-case header name. */
  readonly metadata: Readonly<Record<string, string>>
  /** Content-Type and the like. */
  readonly system: Readonly<Record<string, string>>
  readonly storageClass: string
  readonly checksum?: StoredChecksum
  readonly parts?: number
  readonly deleteMarker: boolean
  /** Nobody can remove this version until it is lifted. */
  legalHold?: boolean
  /** The same until then. */
  retainedUntilMs?: number
  /** Set by RestoreObject for archived classes: there is a copy that can be read, until then. */
  restoredUntilMs?: number
  /** A copy is being made, for so many days from when it is there. */
  thawingDays?: number
}

export interface UploadedPart {
  readonly number: number
  readonly etag: string
  readonly content: Content
  readonly md5: Buffer
  readonly checksum?: { readonly algorithm: ChecksumName; readonly value: string }
  readonly lastModifiedMs: number
  /** Made by UploadPartCopy. */
  readonly isCopy?: boolean
}

export interface Upload {
  readonly id: string
  readonly key: string
  readonly initiatedMs: number
  readonly metadata: Readonly<Record<string, string>>
  readonly system: Readonly<Record<string, string>>
  readonly storageClass: string
  readonly algorithm?: ChecksumName
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
  readonly parts: Map<number, UploadedPart>
}

/** One request as a handler sees it: authenticated, body complete and de-framed. */
export interface S3Request {
  readonly method: string
  readonly bucket: string
  readonly key: string
  readonly query: ReadonlyMap<string, string>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Checksum that came as a trailer, header name to value. */
  readonly trailers: Readonly<Record<string, string>>
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Content
}

/** Answered as an XML error. */
export class S3Error extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, code: string, message = code, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}
