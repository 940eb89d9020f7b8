import { crc32 } from 'node:zlib'
import { isTidekeepError } from '../../../common/errors.ts'
import type { AssemblyAbilities, MultipartAbilities } from './abilities.ts'
import { compositeCrc32, crc32Base64 } from './crc32.ts'
import { abortUpload, beginUpload, copyPart, finishUpload, type CopiedPart, type UploadRef } from './multipart-calls.ts'
import { discard, isAnswer, NO_ETAG, PROBE_BODY, putProbe, send, type ProbeTarget } from './probe.ts'
import { checksumHeaders } from './upload-session.ts'

/** What is copied of the source, where the store takes a range of one so small. */
const RANGE = { start: 1, end: PROBE_BODY.length - 1 }
/** The source has a checksum of its own kind, as large files have: some stores take it for that of any range. */
const SOURCE_CHECKSUM = {
  'x-amz-sdk-checksum-algorithm': 'CRC32',
  'x-amz-checksum-crc32': crc32Base64(crc32(PROBE_BODY)),
}
const NOTHING: AssemblyAbilities = { sourceConditions: false, checksum: false }

/**
 * Tries an upload whose only part is copied: whether the copy is refused when its source is another
 * than the one named, and whether checksums are computed from what was copied. The store is told
 * none that it did not show before, so that it cannot just repeat them. A store that cannot copy parts has neither.
 */
export async function probeAssembly(
  target: ProbeTarget,
  checksum: MultipartAbilities['checksum'],
): Promise<AssemblyAbilities> {
  if (checksum === 'none') return NOTHING
  const { client, signal } = target
  const key = `${target.key}-assembled`
  let ref: UploadRef | undefined
  try {
    const { headers } = await send(putProbe(target, SOURCE_CHECKSUM))
    ref = { key, signal, uploadId: await beginUpload(client, { key, headers: checksumHeaders(checksum), signal }) }
    return await tryParts(target, { ref, checksum, etag: headers['etag'] ?? '' })
  } catch (error) {
    if (!isAnswer(error, target)) throw error
    return NOTHING
  } finally {
    if (ref !== undefined) await abandon(target, ref)
    await discard(target, key)
    await discard(target, target.key)
  }
}

async function tryParts(
  target: ProbeTarget,
  { ref, checksum, etag }: { ref: UploadRef; checksum: 'full' | 'composite'; etag: string },
): Promise<AssemblyAbilities> {
  const { client, key } = target
  const sourceConditions = await isPinned(target, ref)
  const { part, crc } = await copySome(target, ref, { key, etag })
  const isShown = part.crcBase64 === crc32Base64(crc)
  if (!isShown && (checksum === 'composite' || part.crcBase64 !== undefined)) return { ...NOTHING, sourceConditions }
  // Some stores want the checksum of each part; they are told what they showed, and nothing else.
  const parts = [{ number: 1, etag: part.etag, crc: isShown ? crc : undefined }]
  await finishUpload(client, ref, { parts, headers: {} })
  const trial = { method: 'HEAD', key: ref.key, headers: { 'x-amz-checksum-mode': 'ENABLED' } } as const
  const { headers } = await send({ target, request: trial })
  const wanted = checksum === 'full' ? crc32Base64(crc) : compositeCrc32([crc])
  return { sourceConditions, checksum: headers['x-amz-checksum-crc32'] === wanted }
}

/** A range of the source, or all of it where ranges are taken of large objects only (as Amazon has it). */
async function copySome(
  target: ProbeTarget,
  ref: UploadRef,
  source: { readonly key: string; readonly etag: string },
): Promise<{ part: CopiedPart; crc: number }> {
  try {
    const part = await copyPart(target.client, ref, { number: 1, source: { ...source, range: RANGE } })
    return { part, crc: crc32(PROBE_BODY.subarray(RANGE.start, RANGE.end)) }
  } catch (error) {
    if (!isAnswer(error, target)) throw error
    return { part: await copyPart(target.client, ref, { number: 1, source }), crc: crc32(PROBE_BODY) }
  }
}

async function isPinned(target: ProbeTarget, ref: UploadRef): Promise<boolean> {
  try {
    await copyPart(target.client, ref, { number: 1, source: { key: target.key, etag: NO_ETAG } })
    return false
  } catch (error) {
    if (!isAnswer(error, target)) throw error
    return isTidekeepError(error) && error.code === 'precondition-failed'
  }
}

async function abandon({ client }: ProbeTarget, ref: UploadRef): Promise<void> {
  try {
    await abortUpload(client, ref)
  } catch (error) {
    if (!isTidekeepError(error)) throw error
  }
}
