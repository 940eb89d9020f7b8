/**
 * The ignore line that names exactly this file of a folder: anchored, with everything escaped that means something in a
 * pattern. Undefined for names that a line cannot hold, and for what is no path inside a folder. `path` is relative, with `/`.
 */
export function ignoreLineFor(path: string): string | undefined {
  if (path === '' || /[\n\r]/.test(path)) return undefined
  const escaped = path.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)
  // A space at the end is not part of a pattern unless it is escaped.
  return `/${escaped.replace(/ +$/, (spaces) => String.raw`\ `.repeat(spaces.length))}`
}

/** The line for all files whose names end like this one's, such as `*.iso`; undefined where a name has no ending. */
export function ignoreLineForEnding(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const ending = /^.+\.([A-Za-z0-9_-]{1,20})$/.exec(name)?.[1]
  return ending === undefined ? undefined : `*.${ending}`
}

/** The line for the directory that the file lies in; undefined at the top of the folder. */
export function ignoreLineForDirectory(path: string): string | undefined {
  const end = path.lastIndexOf('/')
  const line = end <= 0 ? undefined : ignoreLineFor(path.slice(0, end))
  return line === undefined ? undefined : `${line}/`
}
