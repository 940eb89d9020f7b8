import { itemAt, parseAddress, type Address } from './address.ts'
import type { Deltas } from './delta.ts'
import type { Drive } from './drive.ts'
import {
  copyItem,
  createFolder,
  deleteItem,
  getContent,
  getDrive,
  getItem,
  listChildren,
  patchItem,
  putContent,
  type HandlerContext,
} from './handlers.ts'
import { itemJson } from './item-json.ts'
import type { UploadSessions } from './sessions.ts'
import type { Storage } from './storage.ts'
import type { TokenIssuer } from './tokens.ts'
import { GraphFailure, type GraphRequest, type Reply } from './types.ts'
import { handleVersions } from './versions.ts'

/** Everything a request may touch. */
export interface RouterContext extends HandlerContext {
  readonly drives: ReadonlyMap<string, Drive>
  readonly tokens: TokenIssuer
  readonly sessions: UploadSessions
  readonly deltas: Deltas
  readonly storage: Storage
  readonly storageOrigin: string
  /** Requests whose token was for another tenant than the drive they named: there must be none. */
  readonly mixUps: string[]
}

/** The name a request has in logs and faults. */
export function operationOf(method: string, path: string, isStorage: boolean): string {
  if (isStorage) {
    if (path.startsWith('/up/'))
      return (
        { GET: 'GetSession', DELETE: 'CancelSession', PUT: 'UploadFragment', POST: 'CommitSession' }[method] ?? method
      )
    return path.startsWith('/dl/') ? 'Download' : 'Monitor'
  }
  const action =
    /^\/(?:me\/drive|drives\/[^/]+)(?:\/root|\/items\/[^/:]+)?(?::\/[^:]*:?)?\/?([A-Za-z]*)/.exec(path)?.[1] ?? ''
  const isDrive = /^\/(me\/drive|drives\/[^/]+)$/.test(path)
  if (isDrive) return 'GetDrive'
  if (action === 'children') return method === 'POST' ? 'CreateFolder' : 'ListChildren'
  if (action === 'content') return method === 'PUT' ? 'PutContent' : 'GetContent'
  if (action === 'createUploadSession') return 'CreateUploadSession'
  if (action === 'delta') return 'Delta'
  if (action === 'versions') return path.endsWith('/content') ? 'VersionContent' : 'Versions'
  if (action === 'copy' || action === 'restore') return action[0]!.toUpperCase() + action.slice(1)
  return { GET: 'GetItem', PATCH: 'PatchItem', DELETE: 'DeleteItem', PUT: 'CommitSession' }[method] ?? method
}

/** Does the work of one request that came to Graph's host. Throws GraphFailure. */
export function routeGraph(request: GraphRequest, context: RouterContext): Reply {
  const grant = context.tokens.check(request.headers['authorization'])
  const address = addressOf(request, context, grant.ownDriveId)
  if (address.drive.tenant !== grant.tenant) {
    context.mixUps.push(`${grant.tenant} at ${address.drive.tenant}: ${request.method} ${request.path}`)
    throw new GraphFailure(403, 'accessDenied')
  }
  return act(request, address, context)
}

/** Does the work of one request that came to the storage host, which knows no tokens. */
export function routeStorage(request: GraphRequest, context: RouterContext): Reply {
  const [, kind, id = ''] = /^\/(up|dl|monitor)\/(.+)$/.exec(request.path) ?? []
  if (kind === 'up') return context.sessions.handle(request, id)
  if (kind === 'dl' && request.method === 'GET') return context.storage.download(request, id)
  if (kind === 'monitor' && request.method === 'GET') return context.storage.monitor(request, id)
  throw new GraphFailure(404, 'itemNotFound')
}

function addressOf(request: GraphRequest, context: RouterContext, ownDriveId: string | undefined): Address {
  return parseAddress(request.path, { drives: context.drives, ownDriveId })
}

function act(request: GraphRequest, address: Address, context: RouterContext): Reply {
  const { drive, action } = address
  const key = `${request.method} ${action}`
  switch (key) {
    case 'GET drive':
      return getDrive(drive)
    case 'GET ':
      return getItem(address, context)
    case 'GET children':
      return listChildren(request, address, context)
    case 'POST children':
      return createFolder(request, address)
    case 'GET content':
      return getContent(address, context)
    case 'PUT content':
      return putContent(request, address)
    case 'PATCH ':
      return patchItem(request, address)
    case 'DELETE ':
      return deleteItem(request, address)
    case 'GET delta':
      return context.deltas.page(request, { drive, scope: itemAt(address), origin: context.origin })
    case 'POST createUploadSession':
      return context.sessions.create(request, address, context.storageOrigin)
    case 'PUT ':
      return context.sessions.commitOnPut(request, address)
    case 'POST copy':
      return copyItem(request, address, context)
    case 'GET versions':
    case 'POST versions':
      return handleVersions(request, address, context)
    default:
      throw new GraphFailure(400, 'invalidRequest', 'unknownAction')
  }
}

/** `POST items/{id}/restore`: items in the recycle bin have no address but their id. */
export function restoreItem(request: GraphRequest, context: RouterContext): Reply | undefined {
  const [, driveId = '', id = ''] = /^\/drives\/([^/]+)\/items\/([^/]+)\/restore$/.exec(request.path) ?? []
  const drive = context.drives.get(driveId)
  if (drive === undefined || request.method !== 'POST') return undefined
  if (drive.tenant !== context.tokens.check(request.headers['authorization']).tenant)
    throw new GraphFailure(403, 'accessDenied')
  if (drive.kind !== 'personal') throw new GraphFailure(400, 'notSupported')
  return { status: 200, body: itemJson(drive, drive.restore(decodeURIComponent(id)), { isDelta: false }) }
}
