import { hash } from 'node:crypto'
import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { Kept, Precondition, RelPath } from '../../../common/model.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import { sourceChanged } from '../http/content-source.ts'
import type { HttpReply } from '../http/http-client.ts'
import type { Content, Keep, Metadata, PutResult } from '../provider.ts'
import type { WriteAbilities } from './abilities.ts'
import { conditionHeaders, deviceHeaders, storageClassHeaders, type S3Context } from './context.ts'
import { StoreError } from './errors.ts'
import { keepEarlier } from './keep.ts'
import { carriesMtime, storedHash, toBase64, toEntry, toMetadataHeaders } from './metadata.ts'
import { assertExpected, headObject, preconditionFailed, shownPath } from './objects.ts'
import { readWhole } from './read.ts'
import { removeObject } from './remove.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** Content in memory, digested. */
export interface LoadedContent {
  readonly bytes: Uint8Array
  readonly blake3: string
  readonly sha256: string
}

/** One PUT of content in memory. */
export interface SmallPut {
  readonly path: RelPath
  readonly loaded: LoadedContent
  readonly metadata: Metadata
  readonly expect: Precondition
  readonly keep?: Keep
  readonly signal: AbortSignal
}

const CHECKSUM = 'x-amz-checksum-sha256'

/**
 * Stores content with one PutObject and proves it: by the store's own SHA-256 where it keeps one,
 * by reading back where it does not (I1). Content the store holds differently is replaced once, and
 * taken away rather than left, before `corrupt` is thrown.
 */
export async function putSmall(context: S3Context, put: SmallPut): Promise<PutResult> {
  const kept = await keepReplaced(context, put)
  const stored = await store(context, put)
  const proof = await prove(context, put, stored)
  if (proof !== 'damaged') return describe(put, { stored, verifiedBy: proof, kept })
  const again = await store(context, { ...put, expect: expectOf(stored) })
  const secondProof = await prove(context, put, again)
  if (secondProof !== 'damaged') return describe(put, { stored: again, verifiedBy: secondProof, kept })
  await takeAway(context, put, again)
  throw damaged(context, put.path)
}

async function keepReplaced(context: S3Context, { keep, ...put }: SmallPut): Promise<Kept | undefined> {
  try {
    return await keepEarlier(context, { ...put, keep, why: 'replaced' })
  } catch (error) {
    const isRefusal = isTidekeepError(error) && error.code === 'precondition-failed'
    // What is there may be our own write, whose answer was lost: storing it again finds out (I4).
    if (isRefusal && context.ownWrites.has(put.path, put.loaded.blake3)) return undefined
    throw error
  }
}

/** Reads a content of at most `singlePutBytes` whole, in a worker where it is a local file. */
export async function loadContent(context: S3Context, content: Content, signal: AbortSignal): Promise<LoadedContent> {
  if (content.file !== undefined) {
    const [result] = await context.pool.run('readBatch', [content.file], { signal })
    if (result?.ok === true) return result
    throw new TidekeepError(
      result?.failure ?? { code: 'internal', message: s3FailureTexts.putSmall.aWorkerGaveNoAnswer },
    )
  }
  const bytes = new Uint8Array(content.size)
  let done = 0
  for await (const piece of content.open()) {
    throwIfCancelled(signal)
    if (done + piece.length > bytes.length) throw sourceChanged()
    bytes.set(piece, done)
    done += piece.length
  }
  if (done !== bytes.length) throw sourceChanged()
  return { bytes, blake3: blake3Hex(bytes), sha256: hash('sha256', bytes) }
}

async function store(context: S3Context, put: SmallPut): Promise<HttpReply> {
  const abilities = await context.abilities.writes(put.signal)
  if (abilities.conditions || put.expect.kind === 'any') return send(context, put, abilities)
  return context.turns.take(put.path, async () => {
    const head = await headObject(context, context.keyOf(put.path), put.signal)
    if (head !== undefined && isOwn(context, put, head)) return head
    assertExpected(context, put.path, { expect: put.expect, head })
    return send(context, put, abilities)
  })
}

async function send(context: S3Context, put: SmallPut, abilities: WriteAbilities): Promise<HttpReply> {
  const { loaded, expect } = put
  try {
    failpoint('s3.put.before')
    const reply = await context.client.send({
      method: 'PUT',
      key: context.keyOf(put.path),
      headers: {
        ...toMetadataHeaders(put.metadata, loaded.blake3),
        ...deviceHeaders(context, put.path),
        ...storageClassHeaders(context.options, put.path),
        ...conditionHeaders(expect, abilities.conditions),
        ...(abilities.checksums
          ? { 'x-amz-sdk-checksum-algorithm': 'SHA256', [CHECKSUM]: toBase64(loaded.sha256) }
          : {}),
      },
      body: { kind: 'bytes', bytes: loaded.bytes },
      payloadHash: loaded.sha256,
      signal: put.signal,
    })
    failpoint('s3.put.after')
    context.ownWrites.forget(put.path, loaded.blake3)
    return reply
  } catch (error) {
    return resolveRefusal(context, put, error)
  }
}

/** A refusal may be our own earlier write, whose answer was lost (I4): then it is success. */
async function resolveRefusal(context: S3Context, put: SmallPut, error: unknown): Promise<HttpReply> {
  if (!isTidekeepError(error)) throw error
  if (error.ambiguous || error.code === 'cancelled') context.ownWrites.remember(put.path, put.loaded.blake3)
  const isMissing = error instanceof StoreError && error.s3Code === 'NoSuchKey'
  if (error.code !== 'precondition-failed' && !isMissing) throw error
  if (context.ownWrites.has(put.path, put.loaded.blake3)) {
    const head = await headObject(context, context.keyOf(put.path), put.signal)
    if (head !== undefined && isOwn(context, put, head)) return head
  }
  throw preconditionFailed(context, put.path)
}

/** True for an object that an earlier attempt of this very put left. */
function isOwn(context: S3Context, { path, loaded, metadata }: SmallPut, head: HttpReply): boolean {
  return (
    context.ownWrites.has(path, loaded.blake3) &&
    Number(head.headers['content-length']) === loaded.bytes.length &&
    storedHash(head.headers)[0]?.value === loaded.blake3 &&
    carriesMtime(head.headers, metadata)
  )
}

async function prove(
  context: S3Context,
  put: SmallPut,
  stored: HttpReply,
): Promise<'checksum' | 'read-back' | 'damaged'> {
  const { checksums } = await context.abilities.writes(put.signal)
  if (checksums) {
    const told =
      stored.headers[CHECKSUM] ?? (await headObject(context, context.keyOf(put.path), put.signal))?.headers[CHECKSUM]
    if (told !== undefined) return told === toBase64(put.loaded.sha256) ? 'checksum' : 'damaged'
  }
  const found = await readWhole(context, put.path, { etag: stored.headers['etag'], signal: put.signal })
  return found.blake3 === put.loaded.blake3 && found.sizeBytes === put.loaded.bytes.length ? 'read-back' : 'damaged'
}

function describe(
  put: SmallPut,
  { stored, verifiedBy, kept }: { stored: HttpReply; verifiedBy: 'checksum' | 'read-back'; kept: Kept | undefined },
): PutResult {
  const { loaded, metadata } = put
  const entry = toEntry(
    put.path,
    { ...stored.headers, ...toMetadataHeaders(metadata, loaded.blake3) },
    loaded.bytes.length,
  )
  const bytesSent = loaded.bytes.length
  return { entry, contentHash: loaded.blake3, verifiedBy, bytesSent, ...(kept === undefined ? {} : { kept }) }
}

function expectOf(stored: HttpReply): Precondition {
  const etag = stored.headers['etag']
  return etag === undefined ? { kind: 'any' } : { kind: 'etag', etag }
}

/** Only what was stored, never what somebody else put there since. */
async function takeAway(context: S3Context, { path, signal }: SmallPut, stored: HttpReply): Promise<void> {
  try {
    await removeObject(context, path, { expect: expectOf(stored), signal })
  } catch (error) {
    if (!isTidekeepError(error) || error.code !== 'precondition-failed') throw error
  }
}

/** The store holds something else than what was sent. */
export function damaged(context: S3Context, path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: s3FailureTexts.putSmall.theStoreHoldsDifferentlyFrom({ path: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: s3FailureTexts.putSmall.theStoreHoldsDifferentlyFromFix,
  })
}
