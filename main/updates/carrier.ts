import type { PackageKind } from './manifest.ts'

/** One file to bring here. */
export interface FileToCarry {
  readonly url: string
  readonly version: string
  readonly sizeBytes: number
  /** Hex. */
  readonly sha512: string
}

/** Carries releases to this computer and puts them in place. What may be carried, and installed, is decided elsewhere. */
export interface UpdateCarrier {
  readonly platform: string
  readonly arch: string
  /** Undefined where this package does not update itself. */
  readonly kind: PackageKind | undefined
  /** What is at exactly this address; a redirect, any status but 200, or more than `maxBytes`, is an error. */
  readonly fetchBytes: (url: string, maxBytes: number, signal: AbortSignal) => Promise<Uint8Array>
  /** The absolute path of the whole file, once it is here. Requests outside `feed` are cut. */
  readonly download: (file: FileToCarry, feed: string) => Promise<string>
  /** A window is open that somebody may be looking at. */
  readonly isWatched: () => boolean
  /** Stops the program, puts the downloaded file in place and starts it. */
  readonly install: () => void
}
