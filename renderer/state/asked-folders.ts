/** Folders to add, as the section of the route `add/…`: a line each, encoded so that the shell takes it for a route. */
export function encodeFolders(paths: readonly string[]): string {
  return encodeURIComponent(paths.join('\n')).replaceAll(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Reads what {@link encodeFolders} wrote; nothing of an address that is none. */
export function decodeFolders(section: string): readonly string[] {
  try {
    return decodeURIComponent(section)
      .split('\n')
      .filter((path) => path !== '')
  } catch {
    return []
  }
}
