import { itemAt, placeAt, type Address } from './address.ts'
import { assertIfMatch, assertIfNoneMatch } from './conditions.ts'
import type { ConflictBehavior, Drive } from './drive.ts'
import { itemJson } from './item-json.ts'
import { GraphFailure, type GraphRequest, type Item, type Reply, STORAGE_RIGHT } from './types.ts'

const FRAGMENT_STEP_BYTES = 327_680
const MAX_FRAGMENT_BYTES = 60 * 1024 ** 2
const LIFETIME_MS = 15 * 60_000

interface SessionItem {
  readonly name?: string
  readonly fileSize?: number
  readonly fileSystemInfo?: Partial<Item['fileSystemInfo']>
  readonly '@microsoft.graph.conflictBehavior'?: ConflictBehavior
}

/** One upload that is under way. */
export interface UploadSession {
  readonly id: string
  readonly drive: Drive
  readonly parentId: string
  readonly name: string
  readonly behavior: ConflictBehavior
  readonly item: SessionItem
  readonly defersCommit: boolean
  total: number | undefined
  received: Buffer[]
  receivedBytes: number
  goodUntilMs: number
}

/** Upload sessions of one server. https://learn.microsoft.com/graph/api/driveitem-createuploadsession */
export class UploadSessions {
  readonly open = new Map<string, UploadSession>()
  readonly #now: () => number
  #count = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** `POST …/createUploadSession`. `origin` is that of the upload host, which is not Graph's. */
  create(request: GraphRequest, address: Address, origin: string): Reply {
    const { drive } = address
    const body = parseBody(request)
    const place = address.segments === undefined ? replacedPlace(address) : placeAt(address)
    if (body.item.name !== undefined && body.item.name !== place.name)
      throw new GraphFailure(400, 'invalidRequest', 'nameMismatch')
    const present = drive.child(place.parent, place.name)
    if (drive.quirks.ignoresSessionIfMatch !== true) assertIfMatch(request, drive, present)
    assertIfNoneMatch(request, drive, present)
    const behavior = body.item['@microsoft.graph.conflictBehavior'] ?? 'fail'
    // Names are looked at now, conflicts when the last byte is there.
    drive.claimName(place.parent, place.name, { behavior: 'rename', isFolder: false })
    if (body.item.fileSize !== undefined) drive.assertRoom(body.item.fileSize - (present?.bytes.length ?? 0))
    const session: UploadSession = {
      id: `up${++this.#count}-${'x'.repeat(200)}`,
      drive,
      parentId: place.parent.id,
      name: place.name,
      behavior,
      item: body.item,
      defersCommit: body.deferCommit === true,
      total: undefined,
      received: [],
      receivedBytes: 0,
      goodUntilMs: this.#now() + LIFETIME_MS,
    }
    this.open.set(session.id, session)
    return {
      status: 200,
      body: { uploadUrl: `${origin}/up/${session.id}?tempauth=${STORAGE_RIGHT}`, ...this.#progress(session) },
    }
  }

  /** Everything that goes to an uploadUrl. A token there is refused: the address itself is the right. */
  handle(request: GraphRequest, id: string): Reply {
    if (request.headers['authorization'] !== undefined) throw new GraphFailure(401, 'unauthenticated')
    const session = this.open.get(id)
    if (session === undefined || session.goodUntilMs <= this.#now()) {
      this.open.delete(id)
      throw new GraphFailure(404, 'itemNotFound', 'uploadSessionNotFound')
    }
    switch (request.method) {
      case 'GET':
        return { status: 200, body: this.#progress(session) }
      case 'DELETE':
        this.open.delete(id)
        return { status: 204 }
      case 'PUT':
        return this.#receive(session, request)
      case 'POST':
        return this.#commitOnPost(session, request)
      default:
        throw new GraphFailure(405, 'invalidRequest')
    }
  }

  /** `PUT …/{parent}` with `@microsoft.graph.sourceUrl`: how personal drives complete what was deferred. */
  commitOnPut(request: GraphRequest, address: Address): Reply {
    const body = JSON.parse(request.body.toString()) as Record<string, unknown>
    const id = /\/up\/([^?]+)/.exec(String(body['@microsoft.graph.sourceUrl']))?.[1] ?? ''
    const session = this.open.get(id)
    if (session === undefined) throw new GraphFailure(404, 'itemNotFound', 'uploadSessionNotFound')
    if (session.drive.kind !== 'personal') throw new GraphFailure(400, 'notSupported')
    const parent = itemAt(address)
    assertIfMatch(request, session.drive, session.drive.child(parent, String(body['name'])))
    const behavior = (body['@microsoft.graph.conflictBehavior'] ?? 'fail') as ConflictBehavior
    return this.#commit({ ...session, parentId: parent.id, name: String(body['name']), behavior })
  }

  #commitOnPost(session: UploadSession, request: GraphRequest): Reply {
    if (session.drive.kind === 'personal' || !session.defersCommit) throw new GraphFailure(400, 'notSupported')
    if (request.body.length > 0) throw new GraphFailure(400, 'invalidRequest')
    return this.#commit(session)
  }

  #receive(session: UploadSession, request: GraphRequest): Reply {
    const [, from, to, of] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(request.headers['content-range'] ?? '') ?? []
    if (from === undefined || request.headers['content-length'] === undefined)
      throw new GraphFailure(400, 'invalidRequest', 'fragmentHeadersMissing')
    const [start, end, total] = [Number(from), Number(to) + 1, Number(of)]
    if (request.body.length >= MAX_FRAGMENT_BYTES) throw new GraphFailure(413, 'invalidRequest', 'fragmentTooLarge')
    if (end - start !== request.body.length || end > total)
      throw new GraphFailure(400, 'invalidRequest', 'fragmentLengthMismatch')
    session.total ??= total
    if (session.total !== total || (session.item.fileSize ?? total) !== total)
      throw new GraphFailure(400, 'invalidRequest', 'fragmentRowCountCheckFailed')
    if (start < session.receivedBytes) throw new GraphFailure(416, 'invalidRange', 'fragmentOverlap')
    if (start > session.receivedBytes) throw new GraphFailure(416, 'invalidRange', 'fragmentOutOfOrder')
    if (end < total && request.body.length % FRAGMENT_STEP_BYTES !== 0)
      throw new GraphFailure(400, 'invalidRequest', 'fragmentLengthMismatch')
    session.received.push(request.body)
    session.receivedBytes = end
    session.goodUntilMs = this.#now() + LIFETIME_MS
    if (end < total || session.defersCommit) return { status: 202, body: this.#progress(session) }
    // After a refusal the session stays, so that it may be committed in another way.
    return this.#commit(session)
  }

  #commit(session: UploadSession): Reply {
    const { drive, total, item } = session
    if (total === undefined || session.receivedBytes !== total)
      throw new GraphFailure(400, 'invalidRequest', 'uploadSessionIncomplete')
    const parent = drive.require(session.parentId)
    const { name, existing } = drive.claimName(parent, session.name, { behavior: session.behavior, isFolder: false })
    const bytes = Buffer.concat(session.received)
    const file = existing ?? drive.createFile(parent, name, bytes)
    if (existing !== undefined) drive.replaceContent(existing, bytes)
    file.fileSystemInfo = { ...file.fileSystemInfo, ...item.fileSystemInfo }
    this.open.delete(session.id)
    return { status: existing === undefined ? 201 : 200, body: itemJson(drive, file, { isDelta: false }) }
  }

  #progress(session: UploadSession): object {
    const isComplete = session.total !== undefined && session.receivedBytes >= session.total
    return {
      expirationDateTime: new Date(session.goodUntilMs).toISOString(),
      nextExpectedRanges: isComplete ? [] : [`${session.receivedBytes}-`],
    }
  }
}

function replacedPlace(address: Address): { parent: Item; name: string } {
  const item = itemAt(address)
  if (item.kind !== 'file') throw new GraphFailure(400, 'invalidRequest', 'notAFile')
  return { parent: address.drive.require(item.parentId), name: item.name }
}

function parseBody(request: GraphRequest): { item: SessionItem; deferCommit?: boolean } {
  if (request.body.length === 0) return { item: {} }
  const body = JSON.parse(request.body.toString()) as { item?: SessionItem; deferCommit?: boolean }
  return { ...body, item: body.item ?? {} }
}
