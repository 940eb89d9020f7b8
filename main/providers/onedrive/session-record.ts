import type { RelPath } from '../../../common/model.ts'
import type { Sealed } from '../../secrets/sealing.ts'
import type { Content, PutOptions } from '../provider.ts'
import type { OneDriveContext } from './context.ts'
import { toFileSystemInfo } from './drive-item.ts'
import type { UploadSession } from './session-calls.ts'

/**
 * What is remembered of an unfinished upload of one path: one JSON document in the session store, under
 * the location of the target and the path. Its address is sealed.
 */
interface SessionRecord {
  readonly version: 1
  /** Everything that must be equal for it to be gone on with. */
  readonly identity: string
  readonly sealedAddress: Sealed
  readonly goodUntilMs: number | null
  readonly defersCommit: boolean
}

/** What an upload is of. */
export interface UploadSubject {
  readonly path: RelPath
  readonly content: Content
  readonly options: PutOptions
}

/** Keeps a session of content that can be recognised; of any other, nothing. */
export async function rememberSession(
  context: OneDriveContext,
  subject: UploadSubject,
  session: UploadSession,
): Promise<void> {
  const identity = await identityOf(context, subject)
  if (identity === undefined) return
  const record: SessionRecord = {
    version: 1,
    identity,
    sealedAddress: await context.seal.close(sealName(context, subject.path), session.address),
    goodUntilMs: Number.isNaN(session.goodUntilMs) ? null : session.goodUntilMs,
    defersCommit: session.defersCommit,
  }
  context.sessions.put(context.location, subject.path, '', JSON.stringify(record))
}

/** The session of an unfinished upload of this very content; one of other content is forgotten, and ends by itself. */
export async function recallSession(
  context: OneDriveContext,
  subject: UploadSubject,
): Promise<UploadSession | undefined> {
  const body = context.sessions.get(context.location, subject.path)
  if (body === undefined) return undefined
  const record = parse(body)
  const identity = await identityOf(context, subject)
  const address =
    record === undefined || identity === undefined || record.identity !== identity
      ? undefined
      : await context.seal.open(sealName(context, subject.path), record.sealedAddress)
  if (record === undefined || address === undefined) {
    forgetSession(context, subject.path)
    return undefined
  }
  return { address, goodUntilMs: record.goodUntilMs ?? Number.NaN, defersCommit: record.defersCommit }
}

export function forgetSession(context: OneDriveContext, path: RelPath): void {
  context.sessions.remove(context.location, path)
}

/** Garbage counts as nothing. */
function parse(body: string): SessionRecord | undefined {
  try {
    const record = JSON.parse(body) as Partial<SessionRecord> | null
    const { version, identity, sealedAddress } = record ?? {}
    const isSound =
      version === 1 &&
      typeof identity === 'string' &&
      [sealedAddress?.nonce, sealedAddress?.tag, sealedAddress?.text].every((part) => typeof part === 'string')
    return isSound ? (record as SessionRecord) : undefined
  } catch {
    return undefined
  }
}

async function identityOf(context: OneDriveContext, { content, options }: UploadSubject): Promise<string | undefined> {
  const { file } = content
  if (file === undefined) return undefined
  const { id } = await context.drive(options.signal)
  return JSON.stringify({
    drive: id,
    origin: context.transport.graphOrigin,
    source: [file.size, file.inode, file.mtimeNs, file.ctimeNs].join(' '),
    time: toFileSystemInfo(options.metadata.mtimeNs).lastModifiedDateTime,
    // The session holds the condition it was begun with.
    expect: options.expect,
  })
}

function sealName(context: OneDriveContext, path: RelPath): string {
  return `${context.location}\0${path}`
}
