import type { Drive } from './drive.ts'
import { assertPathLength } from './names.ts'
import { GraphFailure, type Item } from './types.ts'

/** What a request path names: a drive, an item in it by id or by path, and what is wanted of it. */
export interface Address {
  readonly drive: Drive
  /** Where a relative path begins: the root, or the item the path names by id. */
  readonly from: Item
  /** Decoded segments of a relative path; undefined where the item is named by id alone. */
  readonly segments: readonly string[] | undefined
  /** `content`, `children`, `createUploadSession`, …; empty for the item, `drive` for the drive itself. */
  readonly action: string
  /** What follows the action: the id of a version, and what is wanted of that. */
  readonly rest: readonly string[]
  readonly isById: boolean
}

/** Resolves `/me/drive/…` and the like. `ownDriveId` is that of the token. Throws what Graph would. */
export function parseAddress(
  path: string,
  { drives, ownDriveId }: { drives: ReadonlyMap<string, Drive>; ownDriveId: string | undefined },
): Address {
  assertEncoded(path)
  const me = /^\/me\/drive(\/.*)?$/s.exec(path)
  const byId = /^\/drives\/([^/:]+)(\/.*)?$/s.exec(path)
  if (me !== null && ownDriveId === undefined) throw new GraphFailure(400, 'invalidRequest', 'meNeedsAPerson')
  const driveId = me === null ? byId?.[1] : ownDriveId
  const drive = drives.get(driveId === undefined ? '' : decodeURIComponent(driveId))
  if (drive === undefined) throw new GraphFailure(404, 'itemNotFound', 'resourceNotFound')
  const rest = (me === null ? byId?.[2] : me[1]) ?? ''
  if (rest === '') return { drive, from: drive.root, segments: undefined, action: 'drive', rest: [], isById: false }
  const root = /^\/root(:\/.*|\/.*|)$/s.exec(rest)
  if (root !== null) return below(drive, drive.root, root[1]!, false)
  const item = /^\/items\/([^/:]+)(:\/.*|\/.*|)$/s.exec(rest)
  if (item === null) throw new GraphFailure(400, 'invalidRequest', 'badAddress')
  const id = decodeURIComponent(item[1]!)
  return below(drive, id === 'root' ? drive.root : drive.require(id), item[2]!, id !== 'root')
}

/** The item an address names. Throws itemNotFound. */
export function itemAt(address: Address): Item {
  const { drive, from, segments } = address
  const item = segments === undefined ? from : drive.find(from, segments)
  if (item === undefined) throw new GraphFailure(404, 'itemNotFound')
  return item
}

/** Where a new item is to be: its parent, which has to be there, and its name. */
export function placeAt(address: Address): { parent: Item; name: string } {
  const { drive, from, segments } = address
  if (segments === undefined || segments.length === 0) throw new GraphFailure(400, 'invalidRequest', 'nameMissing')
  const parent = drive.find(from, segments.slice(0, -1))
  if (parent === undefined) throw new GraphFailure(404, 'itemNotFound', 'parentNotFound')
  return { parent, name: segments.at(-1)! }
}

function below(drive: Drive, from: Item, tail: string, isById: boolean): Address {
  if (tail.startsWith(':/')) {
    const [, relative = '', action = ''] = /^:\/(.*?)(?::(?:\/(.*))?)?$/s.exec(tail) ?? []
    if (relative.includes(':')) throw new GraphFailure(400, 'invalidRequest', 'badAddress')
    const segments = relative === '' ? [] : relative.split('/').map(decode)
    assertPathLength([drive.pathOf(from), ...segments].filter((segment) => segment !== '').join('/'))
    return { drive, from, segments, isById, ...split(action) }
  }
  return { drive, from, segments: undefined, isById, ...split(tail.slice(1)) }
}

function split(tail: string): { action: string; rest: readonly string[] } {
  const [action = '', ...rest] = tail.split('/').map(decode)
  // OData functions may be written with their argument in parentheses.
  return { action: action.replace(/\(.*\)$/s, ''), rest }
}

function decode(segment: string): string {
  if (segment === '') return ''
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new GraphFailure(400, 'invalidRequest', 'badEncoding')
  }
}

/** What has to be percent-encoded in a path. */
function assertEncoded(path: string): void {
  // eslint-disable-next-line no-control-regex
  if (/[^\u0021-\u007e]|["<>\\^`{|}]/.test(path)) throw new GraphFailure(400, 'invalidRequest', 'badEncoding')
}
