import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { HttpReply } from '../http/http-client.ts'
import { paceBody } from '../http/pace.ts'
import type { PutOptions } from '../provider.ts'
import { addressOf, driveName, shownPath, type OneDriveContext } from './context.ts'
import { parseItem, toFileSystemInfo, type DriveItem } from './drive-item.ts'
import { senseless, translateReply } from './errors.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** An upload session at Graph. The address is a right to write by itself: it goes into no log and no message. */
export interface UploadSession {
  readonly address: string
  /** By Graph's clock, milliseconds since the epoch; NaN where it does not tell. */
  readonly goodUntilMs: number
  /** The file is made by a request of its own, after the last byte. */
  readonly defersCommit: boolean
}

/** What Graph made of a request to a session. */
export type Progress =
  /** Bytes before this have arrived. */
  | { readonly kind: 'under-way'; readonly nextByte: number }
  /** All are there, and nothing more is expected. */
  | { readonly kind: 'complete' }
  | { readonly kind: 'done'; readonly item: DriveItem }

/** Begins a session. Conditions are looked at now, names that are taken when the last byte is there. */
export async function beginSession(
  context: OneDriveContext,
  path: RelPath,
  { options, sizeBytes, defersCommit }: { options: PutOptions; sizeBytes: number; defersCommit: boolean },
): Promise<UploadSession> {
  const { expect, metadata, signal } = options
  const about = shownPath(context, path)
  const json = await context.graph.call({
    name: 'CreateUploadSession',
    method: 'POST',
    path: await addressOf(context, path, { signal, action: 'createUploadSession' }),
    headers: expect.kind === 'etag' ? { 'if-match': expect.etag } : {},
    body: {
      item: {
        '@microsoft.graph.conflictBehavior': expect.kind === 'absent' ? 'fail' : 'replace',
        name: driveName(context, path),
        fileSize: sizeBytes,
        fileSystemInfo: toFileSystemInfo(metadata.mtimeNs),
      },
      ...(defersCommit ? { deferCommit: true } : {}),
    },
    signal,
    about,
  })
  const { uploadUrl, expirationDateTime } = (json ?? {}) as Record<string, unknown>
  if (typeof uploadUrl !== 'string') throw senseless(about, onedriveFailureTexts.nonsense.noUploadAddress)
  return { address: uploadUrl, goodUntilMs: Date.parse(String(expirationDateTime)), defersCommit }
}

/** Sends one fragment. `total` is the same for every fragment of a session. */
export async function sendFragment(
  context: OneDriveContext,
  session: UploadSession,
  { path, start, bytes, total, signal, onSent }: Fragment,
): Promise<Progress> {
  context.onRequest('UploadFragment')
  const about = shownPath(context, path)
  const reply = await context.transport.toStorage(session.address, {
    method: 'PUT',
    headers: { 'content-range': `bytes ${start}-${start + bytes.length - 1}/${total}` },
    body: await paceBody({ kind: 'bytes', bytes }, context.pacer, signal),
    signal,
    about,
    ...(onSent === undefined ? {} : { onSent }),
  })
  return progressOf(reply, about)
}

/** A piece of content on its way. */
export interface Fragment {
  readonly path: RelPath
  readonly start: number
  readonly bytes: Uint8Array
  readonly total: number
  readonly signal: AbortSignal
  readonly onSent?: (bytes: number) => void
}

/** What has arrived. Throws `not-found` for a session that is over. */
export async function askSession(
  context: OneDriveContext,
  session: UploadSession,
  { path, signal }: { readonly path: RelPath; readonly signal: AbortSignal },
): Promise<Progress> {
  context.onRequest('GetSession')
  const about = shownPath(context, path)
  const reply = await context.transport.toStorage(session.address, { method: 'GET', signal, about })
  return progressOf(reply, about)
}

/** Makes the file of a session that deferred it. Only business drives and libraries know this. */
export async function commitSession(
  context: OneDriveContext,
  session: UploadSession,
  { path, signal }: { readonly path: RelPath; readonly signal: AbortSignal },
): Promise<DriveItem> {
  context.onRequest('CommitSession')
  const about = shownPath(context, path)
  const reply = await context.transport.toStorage(session.address, {
    method: 'POST',
    body: { kind: 'bytes', bytes: new Uint8Array() },
    signal,
    about,
  })
  const progress = progressOf(reply, about)
  if (progress.kind !== 'done') throw senseless(about, onedriveFailureTexts.nonsense.finishedIsNoFile)
  return progress.item
}

/** Gives a session up. Never throws: it ends by itself after a while. */
export async function cancelSession(context: OneDriveContext, path: RelPath, session: UploadSession): Promise<void> {
  context.onRequest('CancelSession')
  try {
    // Not the caller's signal: tidying up is due although the caller was cancelled.
    const { signal } = new AbortController()
    await context.transport.toStorage(session.address, { method: 'DELETE', signal, about: shownPath(context, path) })
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    context.host.log.debug('onedrive_session_left_behind', { code: error.code })
  }
}

/** Ranges are told as "26-" or "26-99"; of several, the first byte that is missing counts. */
function progressOf(reply: HttpReply, about: string): Progress {
  if (reply.status < 200 || reply.status >= 300) throw translateReply(reply, about)
  let json: unknown
  try {
    json = JSON.parse(reply.body.toString())
  } catch (error) {
    throw new TidekeepError({ ...partsOf(senseless(about, onedriveFailureTexts.nonsense.cannotBeRead)), cause: error })
  }
  const { nextExpectedRanges, id } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
  if (typeof id === 'string') return { kind: 'done', item: parseItem(json, about) }
  if (!Array.isArray(nextExpectedRanges)) throw senseless(about, onedriveFailureTexts.nonsense.arrivedUntold)
  if (nextExpectedRanges.length === 0) return { kind: 'complete' }
  const starts = nextExpectedRanges.map((range) => Number(/^(\d+)-\d*$/.exec(String(range))?.[1] ?? Number.NaN))
  const nextByte = Math.min(...starts)
  if (!Number.isSafeInteger(nextByte)) throw senseless(about, onedriveFailureTexts.nonsense.arrivedUntold)
  return { kind: 'under-way', nextByte }
}

function partsOf(error: TidekeepError): ConstructorParameters<typeof TidekeepError>[0] {
  const { code, message, path, fix, ambiguous } = error
  return { code, message, ambiguous, ...(path === undefined ? {} : { path }), ...(fix === undefined ? {} : { fix }) }
}
