import { isTidekeepError, type TidekeepError } from '../../../common/errors.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import type { OneDriveContext } from './context.ts'
import type { DriveItem } from './drive-item.ts'
import { GraphRefusal } from './errors.ts'
import { assertNoConflict } from './expectations.ts'
import { askSession, sendFragment, type Fragment, type Progress, type UploadSession } from './session-calls.ts'
import type { UploadSubject } from './session-record.ts'

/** Attempts at one fragment. */
const MAX_ATTEMPTS = 4
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 20_000
/** What is answered at the address of a session that is over. */
const GONE = new Set([401, 403, 404, 410])

/** The session is over at Graph: expired, cancelled, or finished by a request whose answer was lost. */
export class SessionGone extends Error {}

/** Graph misses bytes that were sent before: the content has to be read again from its beginning. */
export class BytesMissing extends Error {}

/** True for a refusal that a session's address gives once it is over. */
export function isGone(error: unknown): boolean {
  return error instanceof GraphRefusal && GONE.has(error.status)
}

/** True for what may be over in a moment. */
export function isPassing({ code }: TidekeepError): boolean {
  return code === 'unavailable' || code === 'timeout' || code === 'throttled'
}

/**
 * Gets fragments to a session. A fragment whose answer was lost, that was refused for its place, or that
 * met a busy service is followed by a question: what Graph has then decides, not what was heard.
 */
export class SessionTalk {
  readonly #context: OneDriveContext
  readonly #subject: UploadSubject
  #bytesSent = 0
  #toldBytes = 0

  constructor(context: OneDriveContext, subject: UploadSubject) {
    this.#context = context
    this.#subject = subject
  }

  /** Content bytes that arrived, each time they did. */
  get bytesSent(): number {
    return this.#bytesSent
  }

  /** First byte that Graph misses; the size of the content where it misses none. */
  async position(session: UploadSession): Promise<number> {
    const { content } = this.#subject
    const progress = await this.#ask(session)
    if (progress.kind === 'done') throw new SessionGone()
    return progress.kind === 'complete' ? content.size : Math.min(progress.nextByte, content.size)
  }

  /** Gets one fragment there. Resolves to the file where that made it. */
  async deliver(
    session: UploadSession,
    { start, bytes, isLast }: { readonly start: number; readonly bytes: Uint8Array; readonly isLast: boolean },
  ): Promise<DriveItem | undefined> {
    const { path, content, options } = this.#subject
    const end = start + bytes.length
    const onSent = (sentBytes: number): void => this.#tell(start + sentBytes)
    const fragment: Fragment = { path, start, bytes, total: content.size, signal: options.signal, onSent }
    for (let attempt = 1; ; attempt++) {
      const progress = await this.#attempt(session, fragment, { attempt, isLast })
      if (progress === 'again') continue
      this.#bytesSent += bytes.length
      this.#tell(end)
      if (progress.kind === 'done') return progress.item
      const isWhereItShouldBe = progress.kind === 'complete' ? isLast : progress.nextByte === end
      if (!isWhereItShouldBe) throw new BytesMissing()
      return undefined
    }
  }

  /** Waits before an attempt: what was asked for, else a random part of a doubling time. */
  async wait({ retry }: TidekeepError, attempt: number): Promise<void> {
    const { clock, random } = this.#context.host
    const { signal } = this.#subject.options
    const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt)
    try {
      await clock.sleep(retry.kind === 'after' ? retry.delayMs : Math.ceil(random.next() * ceilingMs), signal)
    } catch (error) {
      throwIfCancelled(signal)
      throw error
    }
  }

  async #attempt(
    session: UploadSession,
    fragment: Fragment,
    { attempt, isLast }: { readonly attempt: number; readonly isLast: boolean },
  ): Promise<Progress | 'again'> {
    const { path, start, bytes, signal } = fragment
    try {
      return await sendFragment(this.#context, session, fragment)
    } catch (error) {
      if (!isTidekeepError(error)) throw error
      if (isLast && error.ambiguous && !session.defersCommit) this.#context.doubts.add(path)
      if (isGone(error)) throw new SessionGone()
      const isOutOfPlace = error instanceof GraphRefusal && error.status === 416
      if (!isOutOfPlace && !isPassing(error)) {
        if (this.#context.doubts.has(path) && error.code === 'already-exists') throw new SessionGone()
        await assertNoConflict(this.#context, path, { error, signal })
        throw error
      }
      if (attempt >= MAX_ATTEMPTS) throw error
      if (!isOutOfPlace) await this.wait(error, attempt)
      const progress = await this.#ask(session)
      return progress.kind === 'under-way' && progress.nextByte === start && bytes.length > 0 ? 'again' : progress
    }
  }

  async #ask(session: UploadSession): Promise<Progress> {
    const { path, options } = this.#subject
    for (let attempt = 1; ; attempt++) {
      try {
        return await askSession(this.#context, session, { path, signal: options.signal })
      } catch (error) {
        if (!isTidekeepError(error)) throw error
        if (isGone(error)) throw new SessionGone()
        if (!isPassing(error) || attempt >= MAX_ATTEMPTS) throw error
        await this.wait(error, attempt)
      }
    }
  }

  /** Never goes back when a fragment is sent again. */
  #tell(bytes: number): void {
    if (bytes <= this.#toldBytes) return
    this.#toldBytes = bytes
    this.#subject.options.onProgress?.(bytes)
  }
}
