import { isTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import { openContentSource, sourceChanged, type ContentSource } from '../http/content-source.ts'
import { findItem, preconditionFailed, type OneDriveContext } from './context.ts'
import { createDigester, type ContentDigester, type ContentDigests } from './digests.ts'
import { carriesMtime, type DriveItem } from './drive-item.ts'
import { assertNoConflict } from './expectations.ts'
import { isSameContent } from './prove.ts'
import { beginSession, cancelSession, commitSession, type UploadSession } from './session-calls.ts'
import { forgetSession, recallSession, rememberSession, type UploadSubject } from './session-record.ts'
import { BytesMissing, isGone, isPassing, SessionGone, SessionTalk } from './session-talk.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** What an upload came to. */
export interface Uploaded {
  readonly item: DriveItem
  readonly digests: ContentDigests
  readonly bytesSent: number
}

/** After these an unfinished session is kept, to be gone on with. */
const RESUMABLE = new Set<ErrorCode>([
  'unavailable',
  'timeout',
  'throttled',
  'cancelled',
  'unauthenticated',
  'locked',
  'in-use',
])
/** Sessions of one call, where the one before was gone. */
const MAX_SESSIONS = 3
/** Times the content is read again, because Graph misses what was sent. */
const MAX_ROUNDS = 4
const MAX_COMMITS = 4

/**
 * Sends content through an upload session, from wherever an earlier attempt got to. A session that is
 * gone may have been finished by an attempt that never heard of it: the file is looked at first (I4).
 * After a failure that time heals the session stays, to be gone on with; after any other it is given up.
 */
export async function upload(context: OneDriveContext, subject: UploadSubject): Promise<Uploaded> {
  const run = new UploadRun(context, subject)
  let session = await recallSession(context, subject)
  let mayBeDone = context.doubts.has(subject.path)
  for (let attempt = 1; ; attempt++) {
    const isFresh = session === undefined
    if (session === undefined) {
      const finished = mayBeDone ? await run.recognise() : undefined
      if (finished !== undefined) return finished
      session = await run.begin()
    }
    try {
      return await run.through(session, isFresh)
    } catch (error) {
      if (!(error instanceof SessionGone)) throw await run.settle(session, error)
      await cancelSession(context, subject.path, session)
      forgetSession(context, subject.path)
      if (attempt >= MAX_SESSIONS) throw lost(subject)
      session = undefined
      mayBeDone = true
    }
  }
}

class UploadRun {
  readonly #context: OneDriveContext
  readonly #subject: UploadSubject
  readonly #talk: SessionTalk

  constructor(context: OneDriveContext, subject: UploadSubject) {
    this.#context = context
    this.#subject = subject
    this.#talk = new SessionTalk(context, subject)
  }

  async begin(): Promise<UploadSession> {
    const { path, content, options } = this.#subject
    const { kind } = await this.#context.drive(options.signal)
    // Personal drives know no way to commit that was not begun with an error.
    const defersCommit = options.expect.kind === 'etag' && kind !== 'personal'
    const session = await beginSession(this.#context, path, { options, sizeBytes: content.size, defersCommit })
    if (this.#isWorthKeeping()) await rememberSession(this.#context, this.#subject, session)
    return session
  }

  /** Sends what is missing and gets the file made. */
  async through(session: UploadSession, isFresh: boolean): Promise<Uploaded> {
    const { path, content } = this.#subject
    let start = isFresh ? 0 : await this.#talk.position(session)
    for (let round = 1; ; round++) {
      try {
        const sent = await this.#send(session, start)
        const item = sent.item ?? (session.defersCommit ? await this.#commit(session, sent.digests) : undefined)
        // Every byte is there and no file: such a session comes to nothing.
        if (item === undefined) throw new SessionGone()
        this.#isOver()
        return { item, digests: sent.digests, bytesSent: this.#talk.bytesSent }
      } catch (error) {
        if (!(error instanceof BytesMissing)) throw error
        if (round >= MAX_ROUNDS) throw lost(this.#subject)
        start = Math.min(content.size, await this.#talk.position(session))
        this.#context.host.log.debug('onedrive_bytes_missing', { path, start })
      }
    }
  }

  /** The file, where it is what this upload was to make. Reads the content once. */
  async recognise(): Promise<Uploaded | undefined> {
    const { path, content, options } = this.#subject
    const item = await findItem(this.#context, path, options.signal)
    if (item?.sizeBytes === content.size && carriesMtime(item, options.metadata.mtimeNs)) {
      const digests = await this.#digest()
      if (isSameContent(item, { path, sizeBytes: content.size, digests, signal: options.signal })) {
        this.#isOver()
        return { item, digests, bytesSent: this.#talk.bytesSent }
      }
    }
    this.#context.doubts.delete(path)
    return undefined
  }

  /** Gives a session up or keeps it; gives what to throw. */
  async settle(session: UploadSession, error: unknown): Promise<unknown> {
    const { path } = this.#subject
    const isAbort = error instanceof Error && error.name === 'AbortError'
    const code = isAbort ? 'cancelled' : isTidekeepError(error) ? error.code : undefined
    const survives =
      this.#isWorthKeeping() &&
      code !== undefined &&
      RESUMABLE.has(code) &&
      (this.#context.isResumable || code !== 'cancelled')
    if (!survives) {
      forgetSession(this.#context, path)
      await cancelSession(this.#context, path, session)
    }
    return isAbort
      ? new TidekeepError({ code: 'cancelled', message: onedriveFailureTexts.upload.cancelled, cause: error })
      : error
  }

  /** What one request carries is sooner sent again than remembered. */
  #isWorthKeeping(): boolean {
    const { content } = this.#subject
    return content.file !== undefined && content.size > this.#context.tuning.fragmentBytes
  }

  #isOver(): void {
    forgetSession(this.#context, this.#subject.path)
    this.#context.doubts.delete(this.#subject.path)
  }

  /** One read of the content: digests all of it, sends it from `start` on. */
  async #send(
    session: UploadSession,
    start: number,
  ): Promise<{ readonly item: DriveItem | undefined; readonly digests: ContentDigests }> {
    const { content, options } = this.#subject
    const digester = createDigester(await this.#context.drive(options.signal))
    const source = openContentSource(content)
    const buffer = new Uint8Array(Math.min(this.#context.tuning.fragmentBytes, content.size))
    try {
      for (let at = 0; ;) {
        throwIfCancelled(options.signal)
        const isSkipped = at < start
        const end = Math.min(isSkipped ? start : content.size, at + buffer.length)
        const bytes = buffer.subarray(0, end - at)
        await source.read(bytes)
        digester.update(bytes)
        const isLast = end === content.size
        const digests = isLast ? await this.#beforeLast(session, { source, digester }) : undefined
        const item = isSkipped ? undefined : await this.#talk.deliver(session, { start: at, bytes, isLast })
        if (digests !== undefined) return { item, digests }
        at = end
      }
    } finally {
      await source.close()
    }
  }

  /** The last byte makes the file: by then the source must have stayed the same (I2), and the target, too (I3). */
  async #beforeLast(
    session: UploadSession,
    { source, digester }: { readonly source: ContentSource; readonly digester: ContentDigester },
  ): Promise<ContentDigests> {
    const { path, options } = this.#subject
    await source.finish()
    const digests = digester.finish()
    if (options.contentHash !== undefined && options.contentHash !== digests.blake3) throw sourceChanged()
    // Not every account keeps to If-Match when a session is begun, and none when it ends.
    if (!session.defersCommit && options.expect.kind === 'etag' && !this.#context.doubts.has(path)) {
      const now = await findItem(this.#context, path, options.signal)
      if (now?.etag !== options.expect.etag) throw preconditionFailed(this.#context, path)
    }
    return digests
  }

  async #commit(session: UploadSession, digests: ContentDigests): Promise<DriveItem> {
    const { path, content, options } = this.#subject
    const { signal, expect, metadata } = options
    const sent = { path, sizeBytes: content.size, digests, signal }
    for (let attempt = 1; ; attempt++) {
      const now = await findItem(this.#context, path, signal)
      const isOurs = now !== undefined && isSameContent(now, sent) && carriesMtime(now, metadata.mtimeNs)
      if (isOurs && this.#context.doubts.has(path)) return now
      if (expect.kind === 'etag' && now?.etag !== expect.etag) throw preconditionFailed(this.#context, path)
      try {
        return await commitSession(this.#context, session, { path, signal })
      } catch (error) {
        if (!isTidekeepError(error)) throw error
        if (error.ambiguous) this.#context.doubts.add(path)
        if (isGone(error)) throw new SessionGone()
        await assertNoConflict(this.#context, path, { error, signal })
        if (!isPassing(error) || attempt >= MAX_COMMITS) throw error
        await this.#talk.wait(error, attempt)
      }
    }
  }

  async #digest(): Promise<ContentDigests> {
    const { content, options } = this.#subject
    const digester = createDigester(await this.#context.drive(options.signal))
    const source = openContentSource(content)
    const buffer = new Uint8Array(Math.min(this.#context.tuning.fragmentBytes, content.size))
    try {
      for (let at = 0; at < content.size; at += buffer.length) {
        throwIfCancelled(options.signal)
        const bytes = buffer.subarray(0, content.size - at)
        await source.read(bytes)
        digester.update(bytes)
      }
      await source.finish()
      return digester.finish()
    } finally {
      await source.close()
    }
  }
}

/** A lost session is no lost file: the next attempt begins a new one. */
function lost({ path }: UploadSubject): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: onedriveFailureTexts.upload.onedriveLostTheUnfinishedUpload({ path }),
    path,
    fix: onedriveFailureTexts.upload.onedriveLostTheUnfinishedUploadFix,
  })
}
