import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { Precondition, RelPath } from '../../../common/model.ts'
import { isReserved, parentOf } from '../../../common/paths.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import { openContentSource, sourceChanged } from '../http/content-source.ts'
import { paceBody } from '../http/pace.ts'
import type { Content, PutOptions, PutResult } from '../provider.ts'
import { ifMatch, itemAddress, setTime } from './change.ts'
import { addressOf, findItem, preconditionFailed, shownPath, type OneDriveContext } from './context.ts'
import { createDigester, type ContentDigests } from './digests.ts'
import { parseItem, toEntry, type DriveItem } from './drive-item.ts'
import { senseless, translateReply } from './errors.ts'
import { assertExpected, assertNoConflict } from './expectations.ts'
import { ensureFolder, isFolderThere } from './folders.ts'
import { isSameContent, prove, type Proof } from './prove.ts'
import { upload, type Uploaded } from './upload.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/**
 * Stores content and proves it (I1). Everything but empty files, which sessions do not take, goes through
 * an upload session: it brings the time along, where one PUT would need a second request for it and
 * leave two versions on business drives. Content the drive holds differently is replaced once, and
 * taken back before `corrupt` is thrown. What a library rewrites by itself is `altered`: kept, told, never
 * sent again and again.
 */
export async function putContent(
  context: OneDriveContext,
  path: RelPath,
  content: Content,
  options: PutOptions,
): Promise<PutResult> {
  throwIfCancelled(options.signal)
  const put: Put = { path, content, options }
  await prepare(context, put)
  const first = await store(context, put)
  const proof = await proofOf(context, put, first)
  if (proof !== 'damaged') return resultOf(put, first, proof)
  const expect: Precondition = first.item.etag === undefined ? { kind: 'any' } : { kind: 'etag', etag: first.item.etag }
  const again = { ...put, options: { ...options, expect } }
  const second = await store(context, again)
  const secondProof = await proofOf(context, again, second)
  if (secondProof !== 'damaged') return resultOf(put, second, secondProof)
  await takeBack(context, put, second.item)
  throw damaged(context, path)
}

interface Put {
  readonly path: RelPath
  readonly content: Content
  readonly options: PutOptions
}

/** Its folder is there under exactly its name; and where much would be sent for nothing, or a folder or another case be replaced, it is looked at first. */
async function prepare(context: OneDriveContext, { path, content, options }: Put): Promise<void> {
  const { expect, signal } = options
  const parent = parentOf(path)
  if (expect.kind === 'etag') {
    if (!(await isFolderThere(context, parent, signal))) throw preconditionFailed(context, path)
  } else await ensureFolder(context, parent, signal)
  const isLarge = content.size > context.tuning.fragmentBytes
  // What is there may be what an earlier attempt made without hearing so.
  const mayBeOurs = context.doubts.has(path) || context.sessions.get(context.location, path) !== undefined
  if (expect.kind === 'any' || (expect.kind === 'absent' && isLarge && !mayBeOurs))
    await assertExpected(context, path, { expect, signal })
}

async function store(context: OneDriveContext, put: Put): Promise<Uploaded> {
  try {
    return isWhole(context, put) ? await putWhole(context, put) : await upload(context, put)
  } catch (error) {
    // A folder that was known went away: the next attempt makes it anew.
    if (isTidekeepError(error) && error.code === 'not-found') throw folderGone(context, put, error)
    throw error
  }
}

/** Nobody asks for the time of what Tidekeep keeps for itself. */
function isWhole(context: OneDriveContext, { path, content }: Put): boolean {
  return content.size === 0 || (isReserved(path) && content.size <= context.tuning.ownPutBytes)
}

/** One PUT, and a second request for the time. */
async function putWhole(context: OneDriveContext, put: Put): Promise<Uploaded> {
  const { path, content, options } = put
  const { expect, metadata, signal } = options
  const { bytes, digests } = await load(context, put)
  const sent = { path, sizeBytes: content.size, digests, signal }
  let item = context.doubts.has(path) ? await findItem(context, path, signal) : undefined
  if (item !== undefined && !isSameContent(item, sent)) item = undefined
  if (item === undefined) {
    if (expect.kind === 'etag') await assertExpected(context, path, { expect, signal })
    item = await send(context, put, bytes)
  }
  if (!isReserved(path)) item = await setTime(context, path, { item, mtimeNs: metadata.mtimeNs, signal })
  context.doubts.delete(path)
  options.onProgress?.(content.size)
  return { item, digests, bytesSent: content.size }
}

async function send(context: OneDriveContext, { path, options }: Put, bytes: Uint8Array): Promise<DriveItem> {
  const { expect, signal } = options
  const about = shownPath(context, path)
  const address = await addressOf(context, path, { signal, action: 'content' })
  const behavior = expect.kind === 'absent' ? 'fail' : 'replace'
  context.onRequest('PutContent')
  try {
    const reply = await context.transport.toGraph(`/v1.0${address}?@microsoft.graph.conflictBehavior=${behavior}`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        ...(expect.kind === 'etag' ? { 'if-match': expect.etag } : {}),
      },
      body: await paceBody({ kind: 'bytes', bytes }, context.pacer, signal),
      signal,
      about,
    })
    if (reply.status < 200 || reply.status >= 300) throw translateReply(reply, about)
    return parseItem(parseJson(reply.body, about), about)
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    if (error.ambiguous || error.code === 'cancelled') context.doubts.add(path)
    await assertNoConflict(context, path, { error, signal })
    throw error
  }
}

async function load(
  context: OneDriveContext,
  { content, options }: Put,
): Promise<{ readonly bytes: Uint8Array; readonly digests: ContentDigests }> {
  const digester = createDigester(await context.drive(options.signal))
  const bytes = new Uint8Array(content.size)
  const source = openContentSource(content)
  try {
    await source.read(bytes)
    await source.finish()
  } finally {
    await source.close()
  }
  throwIfCancelled(options.signal)
  digester.update(bytes)
  const digests = digester.finish()
  if (options.contentHash !== undefined && options.contentHash !== digests.blake3) throw sourceChanged()
  return { bytes, digests }
}

function proofOf(
  context: OneDriveContext,
  { path, content, options }: Put,
  { item, digests }: Uploaded,
): Promise<Proof> {
  return prove(context, { path, sizeBytes: content.size, digests, signal: options.signal }, item)
}

function resultOf(
  { path }: Put,
  { item, digests, bytesSent }: Uploaded,
  verifiedBy: Exclude<Proof, 'damaged'>,
): PutResult {
  return { entry: toEntry(path, item), contentHash: digests.blake3, verifiedBy, bytesSent }
}

/** What was new goes to the recycle bin; what was replaced gets the version before back. Not being able to is no second error. */
async function takeBack(context: OneDriveContext, { path, options }: Put, item: DriveItem): Promise<void> {
  const { signal } = options
  const about = shownPath(context, path)
  try {
    const address = await itemAddress(context, item, signal)
    if (options.expect.kind === 'absent') {
      const headers = ifMatch(item)
      await context.graph.call({ name: 'DeleteItem', method: 'DELETE', path: address, headers, signal, about })
      return
    }
    const versions = await context.graph.call({
      name: 'Versions',
      method: 'GET',
      path: `${address}/versions`,
      signal,
      about,
    })
    const before = versionBefore(versions)
    if (before === undefined) return
    const restore = `${address}/versions/${encodeURIComponent(before)}/restoreVersion`
    await context.graph.call({ name: 'Versions', method: 'POST', path: restore, signal, about })
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    context.host.log.warn('onedrive_damage_left', { target: context.location, code: error.code })
  }
}

/** Newest first: two are damaged, and the one before them is what was replaced. */
function versionBefore(versions: unknown): string | undefined {
  const { value } = (versions ?? {}) as { readonly value?: unknown }
  const found: unknown = Array.isArray(value) ? (value[2] as { readonly id?: unknown } | undefined)?.id : undefined
  return typeof found === 'string' ? found : undefined
}

function parseJson(body: Buffer, about: string): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    throw senseless(about, onedriveFailureTexts.nonsense.cannotBeRead)
  }
}

function folderGone(context: OneDriveContext, { path }: Put, cause: TidekeepError): TidekeepError {
  for (let parent = parentOf(path); ; parent = parentOf(parent)) {
    context.knownFolders.delete(parent)
    if (parent === '') break
  }
  return new TidekeepError({
    code: 'unavailable',
    message: onedriveFailureTexts.put.theFolderOfWentAway({ context: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: onedriveFailureTexts.put.theFolderOfWentAwayFix,
    cause,
  })
}

function damaged(context: OneDriveContext, path: RelPath): TidekeepError {
  const shown = shownPath(context, path)
  return new TidekeepError({
    code: 'corrupt',
    message: onedriveFailureTexts.put.onedriveHoldsDifferentlyFromHow({ shown }),
    path: shown,
    fix: onedriveFailureTexts.put.onedriveHoldsDifferentlyFromHowFix,
  })
}
