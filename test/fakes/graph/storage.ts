import type { Drive } from './drive.ts'
import { GraphFailure, type GraphRequest, type Item, type Reply, type Version, STORAGE_RIGHT } from './types.ts'

const LIFETIME_MS = 60 * 60_000

/** Addresses of the storage host: content without a token, for an hour, and monitors of copies. */
export class Storage {
  readonly #downloads = new Map<
    string,
    { drive: Drive; itemId: string; version: Version | undefined; goodUntilMs: number }
  >()
  readonly #copies = new Map<
    string,
    { run: () => Item; asked: number; done: Item | undefined; failure: string | undefined }
  >()
  readonly #now: () => number
  #count = 0

  constructor(now: () => number) {
    this.#now = now
  }

  downloadPath(drive: Drive, item: Item, version?: Version): string {
    const id = `dl${++this.#count}`
    this.#downloads.set(id, { drive, itemId: item.id, version, goodUntilMs: this.#now() + LIFETIME_MS })
    return `/dl/${id}?tempauth=${STORAGE_RIGHT}`
  }

  /** Addresses given out so far are refused from now on. */
  expireDownloads(): void {
    for (const download of this.#downloads.values()) download.goodUntilMs = 0
  }

  /** `GET /dl/{id}`: what is there now, or that version, whole or a range. */
  download(request: GraphRequest, id: string): Reply {
    if (request.headers['authorization'] !== undefined) throw new GraphFailure(401, 'unauthenticated')
    const download = this.#downloads.get(id)
    if (download === undefined || download.goodUntilMs <= this.#now())
      throw new GraphFailure(401, 'unauthenticated', 'expired')
    const item = download.drive.get(download.itemId)
    if (item === undefined) throw new GraphFailure(404, 'itemNotFound')
    const { bytes } = download.version ?? item
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers['range'] ?? '')
    if (range === null || download.drive.quirks.ignoresRange === true)
      return { status: 200, headers: { 'accept-ranges': 'bytes' }, body: bytes }
    const start = Number(range[1])
    const end = Math.min(Number(range[2]) + 1, bytes.length)
    if (start >= bytes.length) throw new GraphFailure(416, 'invalidRange')
    return {
      status: 206,
      headers: { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` },
      body: bytes.subarray(start, end),
    }
  }

  copyPath(run: () => Item): string {
    const id = `copy${++this.#count}`
    this.#copies.set(id, { run, asked: 0, done: undefined, failure: undefined })
    return `/monitor/${id}`
  }

  /** `GET /monitor/{id}`: under way at first, then done or failed. */
  monitor(request: GraphRequest, id: string): Reply {
    if (request.headers['authorization'] !== undefined) throw new GraphFailure(401, 'unauthenticated')
    const copy = this.#copies.get(id)
    if (copy === undefined) throw new GraphFailure(404, 'itemNotFound')
    if (copy.asked++ === 0)
      return { status: 202, body: { operation: 'ItemCopy', percentageComplete: 0, status: 'inProgress' } }
    try {
      if (copy.failure === undefined) copy.done ??= copy.run()
    } catch (error) {
      copy.failure = error instanceof GraphFailure ? error.code : 'generalException'
    }
    if (copy.failure !== undefined) return { status: 200, body: { status: 'failed', error: { code: copy.failure } } }
    return { status: 200, body: { status: 'completed', percentageComplete: 100, resourceId: copy.done!.id } }
  }
}
