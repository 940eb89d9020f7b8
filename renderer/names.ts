/** Controls, directional marks and line breaks: harmless in a file system, misleading on a screen. The joiners that emoji and some scripts need stay. */
const INVISIBLE = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu
const LONGEST_SHOWN = 400

/**
 * A file name or path as it may be drawn: characters that reorder, hide or break text become a
 * visible `�`, and a very long one keeps its beginning and its end. Never used to open anything.
 */
export function displayName(raw: string): string {
  const visible = raw.replace(INVISIBLE, '\ufffd').toWellFormed()
  if (visible.length <= LONGEST_SHOWN) return visible
  const half = LONGEST_SHOWN / 2
  return `${visible.slice(0, half).toWellFormed()}…${visible.slice(-half).toWellFormed()}`
}

/** Directory (with its trailing separator) and last segment of a path of either platform, as drawn. */
export function splitPath(raw: string): { readonly directory: string; readonly name: string } {
  const cut = Math.max(raw.lastIndexOf('/'), isWindowsPath(raw) ? raw.lastIndexOf('\\') : -1)
  return { directory: displayName(raw.slice(0, cut + 1)), name: displayName(raw.slice(cut + 1)) }
}

/** True for `C:\…`, `C:/…` and `\\server\share`. */
export function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:[\\/]|^\\\\/.test(path)
}

/** The last segment of a folder's path; a drive or `/` itself gets a name that can be a folder's. */
export function folderName(path: string): string {
  const segments = path.split(isWindowsPath(path) ? /[\\/]+/ : /\/+/).filter((segment) => segment !== '')
  return segments.at(-1)?.replace(/:$/, '') ?? 'root'
}

/** The path of this computer that a path of a folder stands for. */
export function pathBelow(root: string, path: string): string {
  const isBackslashed = isWindowsPath(root) && root.includes('\\')
  return `${root.replace(/[\\/]+$/, '')}${isBackslashed ? `\\${path.replaceAll('/', '\\')}` : `/${path}`}`
}

/** `target` with `name` below it, in the target's own way of writing paths. */
export function belowTarget(target: string, name: string): string {
  const separator = isWindowsPath(target) && target.includes('\\') ? '\\' : '/'
  const trimmed = target.replace(/[\\/]+$/, (slashes) => (isWindowsPath(target) || slashes[0] === '/' ? '' : slashes))
  return `${trimmed}${separator}${name}`
}

/**
 * A place of its own below `target` for every source, so that folders never mix: the source's name,
 * numbered where that is taken by another source or by a `taken` target. Upper and lower case count
 * as equal, as they do on many disks.
 */
export function placesFor(
  sources: readonly string[],
  target: string,
  taken: readonly string[],
): ReadonlyMap<string, string> {
  const used = new Set(taken.map((place) => place.toLowerCase().replace(/[\\/]+$/, '')))
  const placeBySource = new Map<string, string>()
  for (const source of sources) {
    const place = freePlace(target, folderName(source), used)
    used.add(place.toLowerCase())
    placeBySource.set(source, place)
  }
  return placeBySource
}

function freePlace(target: string, name: string, used: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const place = belowTarget(target, number === 1 ? name : `${name} ${number}`)
    if (!used.has(place.toLowerCase())) return place
  }
}
