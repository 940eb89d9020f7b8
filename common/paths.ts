import { TidekeepError } from './errors.ts'
import type { Wording } from './messages/wording.ts'
import type { RelPath } from './model.ts'
import { sharedWordings } from './shared-wordings.ts'

const texts = sharedWordings.path

/** The root itself. */
export const ROOT_PATH = '' as RelPath

/** Folder at a target that holds what Tidekeep itself keeps there; never listed, restored or counted. */
export const RESERVED_DIRECTORY = '.tidekeep'

/** Checks `raw` and makes it a RelPath. Throws `invalid` naming the path. */
export function toRelPath(raw: string): RelPath {
  const problem = relPathProblem(raw)
  if (problem !== undefined) {
    throw new TidekeepError({
      code: 'invalid',
      message: texts.refused({ path: JSON.stringify(raw), why: problem }),
      path: raw,
    })
  }
  return raw as RelPath
}

/** Says what is wrong with `raw` as a RelPath, or undefined. The empty string is the root and is fine. */
export function relPathProblem(raw: string): Wording | undefined {
  if (raw === '') return undefined
  if (raw.includes('\0')) return texts.nul
  if (!raw.isWellFormed()) return texts.notUnicode
  for (const segment of raw.split('/')) {
    if (segment === '') return texts.emptySegment
    if (segment === '.' || segment === '..') return texts.dots
  }
  return undefined
}

/** `name` below `parent`. Throws `invalid` where `name` is not one plain segment. */
export function joinRelPath(parent: RelPath, name: string): RelPath {
  if (name.includes('/'))
    throw new TidekeepError({
      code: 'invalid',
      message: texts.slash({ name: JSON.stringify(name) }),
      path: name,
    })
  return toRelPath(parent === '' ? name : `${parent}/${name}`)
}

/** The folder a path is in; the root for a top-level path. */
export function parentOf(path: RelPath): RelPath {
  const cut = path.lastIndexOf('/')
  return (cut < 0 ? '' : path.slice(0, cut)) as RelPath
}

/** The last segment. */
export function nameOf(path: RelPath): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** True for `ancestor` itself and everything below it. */
export function isWithin(path: RelPath, ancestor: RelPath): boolean {
  return ancestor === '' || path === ancestor || (path.startsWith(ancestor) && path[ancestor.length] === '/')
}

/** True for paths in Tidekeep's own area of a target. */
export function isReserved(path: RelPath): boolean {
  return isWithin(path, RESERVED_DIRECTORY as RelPath)
}

/**
 * The one order of every listing: by the bytes of the UTF-8 form, as SQLite's BINARY collation and
 * S3 listings have it. JavaScript's own comparison differs only where surrogates meet U+E000 and up.
 */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return codeUnitRank(left) - codeUnitRank(right)
  }
  return a.length - b.length
}

/** Lifts surrogates above the rest of the basic plane, which is where UTF-8 sorts them. */
function codeUnitRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** The folders a path is in, nearest first, without the root. */
export function parentsOf(path: RelPath): readonly RelPath[] {
  const parent = parentOf(path)
  return parent === ROOT_PATH ? [] : [parent, ...parentsOf(parent)]
}
