import type { Call, Nothing } from './call.ts'

/** Single files of a folder, where they are. */
export interface FileCalls {
  /**
   * Shows a file in the file manager of this computer, or what is left of the way to it. Throws `unsupported` where there
   * is no such thing, `invalid` for a path that is not inside the folder.
   */
  'files.reveal': Call<{ readonly folderId: string; readonly path: string }, Nothing>
  /** The BLAKE3 of what both sides agreed on last, as hex; absent where none was proved. */
  'files.digest': Call<{ readonly folderId: string; readonly path: string }, { readonly contentHash?: string }>
}
