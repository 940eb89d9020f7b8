import { itemAt, placeAt, type Address } from './address.ts'
import { assertIfMatch, assertIfNoneMatch } from './conditions.ts'
import type { ConflictBehavior, Drive } from './drive.ts'
import { itemJson } from './item-json.ts'
import { GraphFailure, type GraphRequest, type Item, type Reply, type Version } from './types.ts'

const MAX_SMALL_BYTES = 250 * 1024 ** 2
const DEFAULT_PAGE_ITEMS = 200

/** What handlers need of the server. */
export interface HandlerContext {
  readonly origin: string
  /** An address of the storage host at which the present content, or a version, can be had without a token, for a while. */
  downloadUrl(drive: Drive, item: Item, version?: Version): string
  /** Starts a job; resolves its monitor's address. */
  startCopy(drive: Drive, run: () => Item): string
}

/** `GET drive`. */
export function getDrive(drive: Drive): Reply {
  const total = drive.totalBytes()
  const remaining = total - drive.usedBytes()
  const state =
    remaining <= 0 ? 'exceeded' : remaining < total / 100 ? 'critical' : remaining < total / 10 ? 'nearing' : 'normal'
  return {
    status: 200,
    body: {
      id: drive.id,
      driveType: drive.kind,
      // SharePoint libraries may leave it out.
      ...(drive.kind === 'documentLibrary' && drive.quirks.quotaBytes === undefined
        ? {}
        : { quota: { total, used: total - remaining, remaining, deleted: 0, state } }),
    },
  }
}

/** `GET item`. */
export function getItem(address: Address, context: HandlerContext): Reply {
  const item = itemAt(address)
  const telling = item.kind === 'file' ? { downloadUrl: context.downloadUrl(address.drive, item) } : {}
  return { status: 200, body: itemJson(address.drive, item, { isDelta: false, ...telling }) }
}

/** `GET children`, a page of it. */
export function listChildren(request: GraphRequest, address: Address, context: HandlerContext): Reply {
  const { drive } = address
  const folder = itemAt(address)
  if (folder.kind !== 'folder') return { status: 200, body: { value: [] } }
  const asked = Number(request.query.get('$top') ?? DEFAULT_PAGE_ITEMS)
  const pageItems = Math.min(asked, drive.quirks.pageItems ?? DEFAULT_PAGE_ITEMS)
  const after = request.query.get('$skiptoken')
  const all = drive.childrenOf(folder)
  // By name, so that what is written meanwhile may be missed or told twice, as with the real one.
  const rest = after === undefined ? all : all.filter(({ name }) => name.toLowerCase() > decodeURIComponent(after))
  const page = rest.slice(0, pageItems)
  const next = `${context.origin}/v1.0/drives/${drive.id}/items/${folder.id}/children?$top=${asked}&$skiptoken=${encodeURIComponent(encodeURIComponent(page.at(-1)?.name.toLowerCase() ?? ''))}`
  return {
    status: 200,
    body: {
      value: page.map((item) => itemJson(drive, item, { isDelta: false })),
      ...(rest.length > page.length ? { '@odata.nextLink': next } : {}),
    },
  }
}

/** `POST children`: a new folder. */
export function createFolder(request: GraphRequest, address: Address): Reply {
  const { drive } = address
  const body = json(request)
  if (typeof body['name'] !== 'string' || body['folder'] === undefined) throw new GraphFailure(400, 'invalidRequest')
  const parent = itemAt(address)
  const behavior = (body['@microsoft.graph.conflictBehavior'] ?? 'fail') as ConflictBehavior
  const { name } = drive.claimName(parent, body['name'], { behavior, isFolder: true })
  const folder = drive.createFolder(parent, name)
  folder.fileSystemInfo = { ...folder.fileSystemInfo, ...(body['fileSystemInfo'] as object | undefined) }
  return { status: 201, body: itemJson(drive, folder, { isDelta: false }) }
}

/** `GET content`: away, to an address that needs no token. */
export function getContent(address: Address, context: HandlerContext): Reply {
  const item = itemAt(address)
  if (item.kind !== 'file') throw new GraphFailure(400, 'notSupported', 'notAFile')
  return { status: 302, headers: { location: context.downloadUrl(address.drive, item) } }
}

/** `PUT content`. */
export function putContent(request: GraphRequest, address: Address): Reply {
  const { drive } = address
  if (request.body.length > MAX_SMALL_BYTES) throw new GraphFailure(413, 'invalidRequest', 'maxFileSizeExceeded')
  const place = address.segments === undefined ? undefined : placeAt(address)
  const present = place === undefined ? itemAt(address) : drive.child(place.parent, place.name)
  assertIfMatch(request, drive, present)
  assertIfNoneMatch(request, drive, present)
  if (present !== undefined && present.kind !== 'file') throw new GraphFailure(409, 'nameAlreadyExists')
  if (place === undefined) {
    drive.replaceContent(present!, request.body)
    return { status: 200, body: itemJson(drive, present!, { isDelta: false }) }
  }
  const behavior = (request.query.get('@microsoft.graph.conflictBehavior') ?? 'replace') as ConflictBehavior
  const { name, existing } = drive.claimName(place.parent, place.name, { behavior, isFolder: false })
  if (existing !== undefined) drive.replaceContent(existing, request.body)
  const file = existing ?? drive.createFile(place.parent, name, request.body)
  return { status: existing === undefined ? 201 : 200, body: itemJson(drive, file, { isDelta: false }) }
}

/** `PATCH item`: another name, another parent, other times. */
export function patchItem(request: GraphRequest, address: Address): Reply {
  const { drive } = address
  const item = itemAt(address)
  assertIfMatch(request, drive, item)
  const body = json(request)
  const name = (body['name'] ?? item.name) as string
  const parentId = (body['parentReference'] as { id?: string; driveId?: string } | undefined)?.id
  if (parentId === 'root') throw new GraphFailure(400, 'invalidRequest', 'rootAlias')
  const parent = parentId === undefined ? drive.items.get(item.parentId)! : drive.require(parentId)
  if (body['name'] !== undefined || parentId !== undefined) {
    if (drive.isWithin(parent, item)) throw new GraphFailure(400, 'invalidRequest', 'intoItself')
    const present = drive.child(parent, name)
    if (present !== item) drive.claimName(parent, name, { behavior: 'fail', isFolder: item.kind === 'folder' })
    drive.place(item, { name, parentId: parent.id })
  }
  const times = body['fileSystemInfo'] as Partial<Item['fileSystemInfo']> | undefined
  if (times !== undefined) item.fileSystemInfo = { ...item.fileSystemInfo, ...times }
  drive.touched(item)
  return { status: 200, body: itemJson(drive, item, { isDelta: false }) }
}

/** `DELETE item`: to the recycle bin, whatever is below it. */
export function deleteItem(request: GraphRequest, address: Address): Reply {
  const item = itemAt(address)
  assertIfMatch(request, address.drive, item)
  address.drive.remove(item)
  return { status: 204 }
}

/** `POST copy`: 202 and a monitor. */
export function copyItem(request: GraphRequest, address: Address, context: HandlerContext): Reply {
  const { drive } = address
  const item = itemAt(address)
  const body = json(request)
  const parentId = (body['parentReference'] as { id?: string } | undefined)?.id
  const parent = parentId === undefined ? drive.require(item.parentId) : drive.require(parentId)
  const location = context.startCopy(drive, () => {
    const wanted = (body['name'] ?? item.name) as string
    const { name } = drive.claimName(parent, wanted, { behavior: 'fail', isFolder: item.kind === 'folder' })
    return copyTree(drive, item, { parent, name })
  })
  return { status: 202, headers: { location } }
}

function copyTree(drive: Drive, item: Item, { parent, name }: { parent: Item; name: string }): Item {
  if (item.kind !== 'folder') return drive.createFile(parent, name, item.bytes)
  const folder = drive.createFolder(parent, name)
  for (const child of drive.childrenOf(item)) copyTree(drive, child, { parent: folder, name: child.name })
  return folder
}

function json(request: GraphRequest): Record<string, unknown> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json'))
    throw new GraphFailure(400, 'invalidRequest', 'notJson')
  try {
    return JSON.parse(request.body.toString()) as Record<string, unknown>
  } catch {
    throw new GraphFailure(400, 'invalidRequest', 'notJson')
  }
}
