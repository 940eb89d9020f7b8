import { crc32 } from 'node:zlib'
import { isTidekeepError } from '../../../common/errors.ts'
import type { AssemblyAbilities, MultipartAbilities } from './abilities.ts'
import { compositeCrc32, crc32Base64 } from './crc32.ts'
import { abortUpload, beginUpload, copyPart, finishUpload, type UploadRef } from './multipart-calls.ts'
import { discard, isAnswer, NO_ETAG, PROBE_BODY, putProbe, send, type ProbeTarget } from './probe.ts'
import { checksumHeaders } from './upload-session.ts'

const CRC = crc32(PROBE_BODY)
const NOTHING: AssemblyAbilities = { sourceConditions: false, checksum: false }

/**
 * Tries an upload whose only part is copied: whether the copy is refused when its source is another
 * than the one named, and whether checksums are computed from what was copied. They are never told
 * to the store here, so that it cannot just repeat them. A store that cannot copy parts has neither.
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
    const { headers } = await send(putProbe(target, {}))
    ref = { key, signal, uploadId: await beginUpload(client, { key, headers: checksumHeaders(checksum), signal }) }
    const abilities = await tryParts(target, { ref, checksum, etag: headers['etag'] ?? '' })
    ref = undefined
    return abilities
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
  const copied = await copyPart(client, ref, { number: 1, source: { key, etag } })
  const isShown = copied.crcBase64 === crc32Base64(CRC)
  const crc = checksum === 'composite' ? CRC : undefined
  await finishUpload(client, ref, { parts: [{ number: 1, etag: copied.etag, crc }], headers: {} })
  const trial = { method: 'HEAD', key: ref.key, headers: { 'x-amz-checksum-mode': 'ENABLED' } } as const
  const { headers } = await send({ target, request: trial })
  const wanted = checksum === 'full' ? crc32Base64(CRC) : compositeCrc32([CRC])
  const isTold = headers['x-amz-checksum-crc32'] === wanted
  // A composite one was told part by part: it says something only if the store knew the parts' before.
  return { sourceConditions, checksum: isTold && (isShown || checksum === 'full') }
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
