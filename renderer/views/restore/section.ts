/** What the Restore screen opens with: a folder, and one of its files. */
export interface RestoreSection {
  readonly folderId: string
  /** '' for none. */
  readonly path: string
}

/** The section of the address that `parseRestoreSection` reads back. */
export function restoreSection(folderId: string, path = ''): string {
  return path === '' ? folderId : `${folderId}:${encodeURIComponent(path.toWellFormed())}`
}

/** Of anything that cannot be read, only the folder counts. */
export function parseRestoreSection(section: string): RestoreSection {
  const [folderId = '', encoded = ''] = section.split(':')
  try {
    return { folderId, path: decodeURIComponent(encoded) }
  } catch {
    // Somebody typed the address.
    return { folderId, path: '' }
  }
}
