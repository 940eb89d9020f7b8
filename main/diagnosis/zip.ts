import { strToU8, zipSync } from 'fflate'

/** One file to pack. */
export interface PackedFile {
  /** ASCII, without a directory. */
  readonly name: string
  readonly text: string
}

/** A ZIP archive of some small texts; less than 4 GiB in all. `atMs` is their date. */
export function zip(files: readonly PackedFile[], atMs: number): Uint8Array {
  const contents = Object.fromEntries(files.map(({ name, text }) => [name, strToU8(text)]))
  return zipSync(contents, { mtime: atMs })
}
