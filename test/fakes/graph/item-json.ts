import { createHash } from 'node:crypto'
import type { Drive } from './drive.ts'
import { quickXorBase64 } from './quick-xor.ts'
import type { IdentitySet, Item } from './types.ts'

/** As it goes into JSON and If-Match: business drives quote it, personal ones do not. */
export function eTagOf(drive: Drive, item: Item): string {
  if (drive.kind !== 'personal') return `"{${item.id}},${item.change}"`
  return `a${Buffer.from(`${item.id}.${item.change}`).toString('base64url')}`
}

export function cTagOf(drive: Drive, item: Item): string {
  if (drive.kind !== 'personal') return `"c:{${item.id}},${item.contentChange}"`
  return `aYzp${Buffer.from(`${item.id}.${item.contentChange}`).toString('base64url')}`
}

/** What a driveItem is told with. A delta leaves out the path of the parent, and more by kind of drive. */
export interface Telling {
  readonly isDelta: boolean
  /** Where content can be had without a token; absent in listings that leave it out. */
  readonly downloadUrl?: string
}

/** Who changes what nobody else is said to have changed. */
export const SIGNED_IN: IdentitySet = {
  user: { displayName: 'Ada Lovelace' },
  application: { displayName: 'Tidekeep' },
}

/** A driveItem. https://learn.microsoft.com/graph/api/resources/driveitem */
export function itemJson(drive: Drive, item: Item, telling: Telling): Record<string, unknown> {
  if (item.isDeleted) return deletedJson(drive, item)
  const isRoot = item === drive.root
  const parent = isRoot ? undefined : drive.items.get(item.parentId)!
  const hasCTag = item.kind === 'file' ? !(telling.isDelta && drive.kind !== 'personal') : drive.kind === 'personal'
  return {
    id: item.id,
    name: item.name,
    size: item.kind === 'folder' ? 0 : item.bytes.length,
    eTag: eTagOf(drive, item),
    ...(hasCTag ? { cTag: cTagOf(drive, item) } : {}),
    createdDateTime: new Date(item.createdMs).toISOString(),
    lastModifiedDateTime: new Date(item.modifiedMs).toISOString(),
    lastModifiedBy: item.modifiedBy ?? SIGNED_IN,
    fileSystemInfo: item.fileSystemInfo,
    parentReference: {
      driveId: drive.id,
      driveType: drive.kind,
      ...(parent === undefined ? {} : { id: parent.id }),
      ...(parent === undefined || telling.isDelta ? {} : { path: parentPath(drive, parent) }),
    },
    ...(isRoot ? { root: {} } : {}),
    ...facetOf(drive, item),
    ...(telling.downloadUrl === undefined || item.kind !== 'file'
      ? {}
      : { '@microsoft.graph.downloadUrl': telling.downloadUrl }),
  }
}

function parentPath(drive: Drive, parent: Item): string {
  const path = drive.pathOf(parent)
  const encoded = path
    .split('/')
    .map((segment) => encodeURIComponent(segment))
    .join('/')
  return `/drives/${drive.id}/root:${path === '' ? '' : `/${encoded}`}`
}

/** Nothing but what the kind of drive still tells of it. */
function deletedJson(drive: Drive, item: Item): Record<string, unknown> {
  return {
    id: item.id,
    ...(drive.kind === 'personal' ? { name: item.name } : { size: 0 }),
    parentReference: { driveId: drive.id, driveType: drive.kind, id: item.parentId },
    ...(item.kind === 'file' ? { file: {} } : { folder: {} }),
    deleted: { state: 'deleted' },
  }
}

function facetOf(drive: Drive, item: Item): Record<string, unknown> {
  if (item.kind === 'folder') return { folder: { childCount: drive.childrenOf(item).length } }
  if (item.kind === 'package') return { package: { type: 'oneNote' } }
  const hashes = hashesOf(drive, item)
  return {
    file: { mimeType: 'application/octet-stream', ...(Object.keys(hashes).length === 0 ? {} : { hashes }) },
  }
}

function hashesOf(drive: Drive, item: Item): Record<string, string> {
  const late = drive.quirks.lateHashes ?? 0
  if (item.bytes.length === 0 || item.toldWithoutHash++ < late) return {}
  return {
    ...(drive.quirks.noQuickXor === true ? {} : { quickXorHash: quickXorBase64(item.bytes) }),
    ...(drive.kind === 'personal'
      ? { sha1Hash: createHash('sha1').update(item.bytes).digest('hex').toUpperCase() }
      : {}),
  }
}
