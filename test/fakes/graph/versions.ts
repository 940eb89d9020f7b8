import { itemAt, type Address } from './address.ts'
import type { HandlerContext } from './handlers.ts'
import { SIGNED_IN } from './item-json.ts'
import { quickXorBase64 } from './quick-xor.ts'
import { GraphFailure, type GraphRequest, type Item, type Reply, type Version } from './types.ts'

const DEFAULT_PAGE_ITEMS = 200

/** `GET versions`, `GET versions/{id}/content` and `POST versions/{id}/restoreVersion`. */
export function handleVersions(request: GraphRequest, address: Address, context: HandlerContext): Reply {
  const item = itemAt(address)
  if (item.kind !== 'file') throw new GraphFailure(400, 'invalidRequest', 'notAFile')
  const [id, verb] = address.rest
  const key = `${request.method} ${id === undefined ? '' : (verb ?? 'version')}`
  if (key === 'GET ') return listVersions(request, { address, item, context })
  const version = item.versions.find((each) => each.id === id)
  if (version === undefined) throw new GraphFailure(404, 'itemNotFound')
  if (key === 'GET content') {
    // The present content is had from the item alone.
    if (version === item.versions.at(-1)) throw new GraphFailure(400, 'invalidRequest', 'cannotGetCurrentVersion')
    return { status: 302, headers: { location: context.downloadUrl(address.drive, item, version) } }
  }
  if (key !== 'POST restoreVersion') throw new GraphFailure(400, 'invalidRequest')
  address.drive.replaceContent(item, version.bytes)
  return { status: 204 }
}

/** A page, newest first, the present one included. */
function listVersions(
  request: GraphRequest,
  { address, item, context }: { readonly address: Address; readonly item: Item; readonly context: HandlerContext },
): Reply {
  const { quirks, id } = address.drive
  const from = Number(request.query.get('$skiptoken') ?? 0)
  const all = item.versions.toReversed()
  const to = from + (quirks.pageItems ?? DEFAULT_PAGE_ITEMS)
  const next = `${context.origin}/v1.0/drives/${id}/items/${encodeURIComponent(item.id)}/versions?$skiptoken=${to}`
  return {
    status: 200,
    body: {
      value: all.slice(from, to).map((version) => versionJson(version, quirks.versionHashes === true)),
      ...(to < all.length ? { '@odata.nextLink': next } : {}),
    },
  }
}

/** A driveItemVersion. https://learn.microsoft.com/graph/api/resources/driveitemversion */
function versionJson(version: Version, isHashed: boolean): Record<string, unknown> {
  return {
    id: version.id,
    size: version.bytes.length,
    lastModifiedDateTime: new Date(version.modifiedMs).toISOString(),
    lastModifiedBy: version.modifiedBy ?? SIGNED_IN,
    ...(isHashed ? { file: { hashes: { quickXorHash: quickXorBase64(version.bytes) } } } : {}),
  }
}
