/** What makes an address of the storage host a right by itself. As in life: nobody may see it but who was given it. */
export const STORAGE_RIGHT = 'v1.eyJzaXRlaWQiOiI5ZjRiMmM3ZC1hYTEx.8c1f0e6b7d5a4392'

/** The three kinds of drive, which differ in what they tell and in what they do to files. */
export type DriveKind = 'personal' | 'business' | 'documentLibrary'

/** What a drive does beyond what its documentation promises, or leaves out. */
export interface Quirks {
  /** Items a page; Graph's own default is 200. */
  readonly pageItems?: number
  /** Full enumerations tell children before their parents. */
  readonly childrenFirst?: boolean
  /** Pages of a delta begin with an outdated copy of what comes later. */
  readonly staleDuplicates?: boolean
  /** If-Match of createUploadSession is ignored, as some personal accounts do. */
  readonly ignoresSessionIfMatch?: boolean
  /** Items tell no digests before they were asked for this often. */
  readonly lateHashes?: number
  /** Items never tell a quickXorHash. A personal drive still tells a SHA-1. */
  readonly noQuickXor?: boolean
  /** Answers the whole file to every Range. */
  readonly ignoresRange?: boolean
  /** What is wrong with its deltas: links in a circle, one page under ever new links, no link at the end, folders that are never told. */
  readonly badDelta?: 'loops' | 'repeats' | 'breaks-off' | 'leaves-out-folders'
  /** Versions tell the quickXorHash of their content, as some drives do. */
  readonly versionHashes?: boolean
  /** Versions of a file that stay, the present one included; 100 unless told. */
  readonly versionsKept?: number
  /** Bytes in all; used ones count against it. */
  quotaBytes?: number
}

/** One kept version of a file. */
export interface Version {
  readonly id: string
  readonly bytes: Buffer
  readonly modifiedMs: number
  /** Undefined: the signed-in person, with Tidekeep. */
  readonly modifiedBy?: IdentitySet
}

/** Who did something, with what, where. */
export type IdentitySet = Readonly<Partial<Record<'user' | 'device' | 'application', { readonly displayName: string }>>>

/** A file or a folder. */
export interface Item {
  readonly id: string
  name: string
  parentId: string
  readonly kind: 'file' | 'folder' | 'package'
  bytes: Buffer
  /** Newest last. */
  versions: Version[]
  /** Grow with every change, and with every change of content. */
  change: number
  contentChange: number
  /** When it was last changed, in the order of the drive. */
  sequence: number
  createdMs: number
  modifiedMs: number
  fileSystemInfo: { createdDateTime: string; lastModifiedDateTime: string }
  isDeleted: boolean
  /** Who changed it last; undefined: the signed-in person, with Tidekeep. */
  modifiedBy?: IdentitySet
  /** How often it was told without digests. */
  toldWithoutHash: number
}

/** One request as a handler sees it: its token checked, its body complete. */
export interface GraphRequest {
  readonly method: string
  /** Decoded segments would lose what colons mean: the path as it came over the wire, without `/v1.0`. */
  readonly path: string
  readonly query: ReadonlyMap<string, string>
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What a handler answers. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Objects go out as JSON. */
  readonly body?: object | Buffer
}

/** Answered as Graph's error document; `inner` becomes the code of its innerError. */
export class GraphFailure extends Error {
  readonly status: number
  readonly code: string
  readonly inner: string | undefined
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, code: string, inner?: string, headers: Readonly<Record<string, string>> = {}) {
    super(inner ?? code)
    this.status = status
    this.code = code
    this.inner = inner
    this.headers = headers
  }
}
