import { isTidekeepError } from '../../../common/errors.ts'
import type { Author, ByteRange, Entry, Kept, RelPath } from '../../../common/model.ts'
import { createQuickXor } from '../../../workers/hash/quick-xor.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import type { HttpStream } from '../http/http-client.ts'
import { PageTrail } from '../http/page-trail.ts'
import { refusalBody } from '../http/refusal-body.ts'
import type { CallOptions, FileVersions, FileVersionsOptions, KeptVersion } from '../provider.ts'
import type { ListedFile } from './children.ts'
import { findItem, notFound, shownPath, type OneDriveContext } from './context.ts'
import { asObject, asText, authorOf, MTIME_STEP_NS, quickXorChecksum, quickXorOf, timeMs } from './drive-item.ts'
import { senseless, translateReply } from './errors.ts'
import { corrupt, exactly, isExpired, MAX_RENEWALS, totalBytes } from './read.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** What is read of a driveItemVersion. https://learn.microsoft.com/graph/api/resources/driveitemversion */
interface ItemVersion {
  readonly id: string
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** Lower-case hex; few drives tell it of earlier versions. */
  readonly quickXor: string | undefined
  readonly changedBy: Author | undefined
}

/** Which version of which item: a file of the same name that is put there later has other versions under the same ids. */
interface Named {
  readonly itemId: string
  readonly versionId: string
}

/**
 * What the drive keeps of one file by itself; undefined where no file is. Two requests, and one for each further page; one
 * less `asListed`, of a file that `listChildren` told.
 */
export async function fileVersions(
  context: OneDriveContext,
  path: RelPath,
  { signal, asListed }: FileVersionsOptions,
): Promise<FileVersions | undefined> {
  const listed = asListed === true ? context.listed.get(path) : undefined
  if (listed !== undefined) {
    try {
      return versionsOf(context, listed, { path, versions: await listVersions(context, listed.id, { path, signal }) })
    } catch (error) {
      if (!isTidekeepError(error) || error.code !== 'not-found') throw error
      // Another file may have the name by now.
      context.listed.forget(path)
    }
  }
  const item = await findItem(context, path, signal)
  if (item?.kind !== 'file') return undefined
  return versionsOf(context, item, { path, versions: await listVersions(context, item.id, { path, signal }) })
}

function versionsOf(
  context: OneDriveContext,
  item: ListedFile,
  { path, versions }: { readonly path: RelPath; readonly versions: readonly ItemVersion[] },
): FileVersions {
  // The newest one is what the file holds now.
  const [present, ...earlier] = versions
  if (present === undefined) throw senseless(shownPath(context, path), onedriveFailureTexts.nonsense.fileHasNoVersion)
  const kept = earlier.map(({ id: versionId, sizeBytes, modifiedMs, quickXor, changedBy }, at): KeptVersion => {
    const next = at === 0 ? present : earlier[at - 1]!
    const token = toToken({ itemId: item.id, versionId })
    const times = { keptAtMs: next.modifiedMs, storedAtMs: modifiedMs }
    const told = quickXor === undefined ? {} : { checksum: quickXorChecksum(quickXor) }
    return { path, why: 'replaced', sizeBytes, token, ...times, keptBy: 'store', ...told, ...by(changedBy) }
  })
  return {
    sizeBytes: item.sizeBytes,
    presentSinceMs: present.modifiedMs,
    ...by(present.changedBy),
    ...(item.etag === undefined ? {} : { etag: item.etag }),
    ...(item.createdMs === undefined ? {} : { createdMs: item.createdMs }),
    kept,
  }
}

function by(changedBy: Author | undefined): { readonly changedBy?: Author } {
  return changedBy === undefined ? {} : { changedBy }
}

/** The file it was. Its own time is not kept with a version: it has that of when the drive got it. */
export async function statVersion(
  context: OneDriveContext,
  { path, token }: Kept,
  { signal }: CallOptions,
): Promise<Entry> {
  const { itemId, versionId } = named(context, { path, token })
  const [, ...earlier] = await listVersions(context, itemId, { path, signal })
  const version = earlier.find(({ id }) => id === versionId)
  if (version === undefined) throw notFound(context, path)
  const { sizeBytes, modifiedMs, quickXor } = version
  return {
    path,
    kind: 'file',
    size: sizeBytes,
    mtimeNs: ((BigInt(modifiedMs) * 1_000_000n) / MTIME_STEP_NS) * MTIME_STEP_NS,
    storedAtMs: modifiedMs,
    ...(quickXor === undefined ? {} : { checksums: [quickXorChecksum(quickXor)] }),
  }
}

/**
 * The bytes of an earlier version, or a range of them, from the pre-authenticated address that Graph leads to, asked for anew
 * where it is over. `corrupt` where there are more or fewer than were listed, or
 * where the whole does not have the digest that the drive told; few drives tell one of earlier versions.
 */
export async function* readVersion(
  context: OneDriveContext,
  kept: Kept & Pick<KeptVersion, 'checksum'>,
  { signal, range }: CallOptions & { readonly range?: ByteRange },
): AsyncGenerator<Uint8Array> {
  const { path, sizeBytes, checksum } = kept
  const wanted = range ?? { start: 0, end: sizeBytes }
  if (wanted.end > sizeBytes) throw corrupt(context, path, 'it is asked for more than it has')
  if (wanted.end <= wanted.start) return
  const stream = await openVersion(context, kept, { wanted, signal })
  const digest = range === undefined && checksum?.algorithm === 'quickxor' ? createQuickXor() : undefined
  for await (const piece of exactly(context, path, { stream, wanted, signal })) {
    digest?.update(piece)
    yield piece
  }
  if (digest !== undefined && digest.digestHex() !== checksum?.value)
    throw corrupt(context, path, 'its content does not have the digest OneDrive tells of it')
}

async function openVersion(
  context: OneDriveContext,
  kept: Kept,
  { wanted, signal }: { readonly wanted: ByteRange; readonly signal: AbortSignal },
): Promise<HttpStream> {
  const { path, sizeBytes } = kept
  const isPart = wanted.end - wanted.start < sizeBytes
  for (let renewal = 0; ; renewal++) {
    const address = await addressOfContent(context, kept, signal)
    context.onRequest('Download')
    const stream = await context.transport.streamFromStorage(address, {
      method: 'GET',
      headers: isPart ? { range: `bytes=${wanted.start}-${wanted.end - 1}` } : {},
      signal,
      about: shownPath(context, path),
    })
    const isGood = stream.status === 200 || stream.status === 206
    if (isGood && (totalBytes(stream) ?? sizeBytes) === sizeBytes) return stream
    const refused = await refusalBody(stream)
    if (isGood) throw corrupt(context, path, 'it sent another size than it tells')
    const refusal = translateReply(refused, shownPath(context, path))
    if (renewal >= MAX_RENEWALS || !isExpired(refusal)) throw refusal
  }
}

/** A secret: whoever has it can read the version. */
async function addressOfContent(context: OneDriveContext, kept: Kept, signal: AbortSignal): Promise<string> {
  const { itemId, versionId } = named(context, kept)
  const about = shownPath(context, kept.path)
  const versions = await versionsAddress(context, itemId, signal)
  context.onRequest('GetVersionContent')
  const target = `/v1.0${versions}/${encodeURIComponent(versionId)}/content`
  const reply = await context.transport.toGraph(target, { method: 'GET', signal, about })
  if (reply.status >= 400) throw translateReply(reply, about)
  const address = reply.headers['location']
  if (reply.status !== 302 || address === undefined) throw corrupt(context, kept.path, 'it tells no address for it')
  return address
}

/** Newest first, all of them. Throws `not-found` for an item that is gone. */
async function listVersions(
  context: OneDriveContext,
  itemId: string,
  { path, signal }: { readonly path: RelPath; readonly signal: AbortSignal },
): Promise<readonly ItemVersion[]> {
  const about = shownPath(context, path)
  const trail = new PageTrail()
  const found: ItemVersion[] = []
  for (let address = await versionsAddress(context, itemId, signal); ;) {
    throwIfCancelled(signal)
    const json = await context.graph.call({ name: 'ListVersions', method: 'GET', path: address, signal, about })
    const { value, '@odata.nextLink': next } = asObject(json) ?? {}
    if (!Array.isArray(value)) throw senseless(about, onedriveFailureTexts.nonsense.notAListing)
    for (const version of value) found.push(parseVersion(version, about))
    if (typeof next !== 'string') return found
    const problem = trail.problemAt(next, value.length)
    if (problem !== undefined) throw senseless(about, problem)
    address = next
  }
}

async function versionsAddress(context: OneDriveContext, itemId: string, signal: AbortSignal): Promise<string> {
  const { id } = await context.drive(signal)
  return `/drives/${encodeURIComponent(id)}/items/${encodeURIComponent(itemId)}/versions`
}

function parseVersion(json: unknown, about: string): ItemVersion {
  const version = asObject(json)
  const id = asText(version?.['id'])
  const modifiedMs = timeMs(version?.['lastModifiedDateTime'])
  const sizeBytes = version?.['size'] ?? 0
  if (id === undefined || id === '' || modifiedMs === undefined)
    throw senseless(about, onedriveFailureTexts.nonsense.notAVersion)
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw senseless(about, onedriveFailureTexts.nonsense.sizeIsNoNumber)
  const hashes = asObject(asObject(version?.['file'])?.['hashes'])
  const quickXor = quickXorOf(asText(hashes?.['quickXorHash']))
  return { id, sizeBytes, modifiedMs, quickXor, changedBy: authorOf(asObject(version?.['lastModifiedBy'])) }
}

/** Ids of items have signs that shells take for their own. */
function toToken({ itemId, versionId }: Named): string {
  return Buffer.from(JSON.stringify([itemId, versionId])).toString('base64url')
}

/** Throws `not-found` for what {@link toToken} did not make. */
function named(context: OneDriveContext, { path, token }: Pick<Kept, 'path' | 'token'>): Named {
  try {
    const [itemId, versionId] = JSON.parse(Buffer.from(token, 'base64url').toString()) as readonly unknown[]
    if (typeof itemId === 'string' && typeof versionId === 'string') return { itemId, versionId }
  } catch {
    // It names nothing.
  }
  throw notFound(context, path)
}
