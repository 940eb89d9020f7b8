import type { HttpBody } from './http-client.ts'
import type { Pacer } from '../registry.ts'

/** Bodies up to this wait once and go out whole. */
const WHOLE_BYTES = 64 * 1024

/** The body, kept to the bandwidth limit if there is one. Waits here for small bodies, while they are sent for others. */
export async function paceBody(body: HttpBody, pacer: Pacer | undefined, signal: AbortSignal): Promise<HttpBody> {
  if (pacer?.isLimited !== true) return body
  if (body.kind === 'bytes' && body.bytes.length <= Math.min(WHOLE_BYTES, pacer.pieceBytes)) {
    await pacer.take(body.bytes.length, signal)
    return body
  }
  const sizeBytes = body.kind === 'bytes' ? body.bytes.length : body.sizeBytes
  const open = (): AsyncIterable<Uint8Array> => (body.kind === 'bytes' ? once(body.bytes) : body.open())
  return { kind: 'stream', sizeBytes, open: () => paceStream(open(), pacer, signal) }
}

/** What is received, kept to the limit for that direction. */
export function paceReceived(
  stream: AsyncIterable<Uint8Array>,
  pacer: Pacer | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  return paceStream(stream, pacer?.received ?? pacer, signal)
}

/** The stream in pieces that keep to the limit, as it is while they pass. */
async function* paceStream(
  stream: AsyncIterable<Uint8Array>,
  pacer: Pacer | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const whole of stream) {
    let start = 0
    // Asked anew for each piece: the limit may be changed meanwhile.
    for (let bytes = pieceBytes(pacer); start + bytes < whole.length; bytes = pieceBytes(pacer)) {
      await pacer?.take(bytes, signal)
      yield whole.subarray(start, start + bytes)
      start += bytes
    }
    await pacer?.take(whole.length - start, signal)
    yield start === 0 ? whole : whole.subarray(start)
  }
}

function pieceBytes(pacer: Pacer | undefined): number {
  return pacer?.isLimited === true ? Math.min(WHOLE_BYTES, pacer.pieceBytes) : Number.POSITIVE_INFINITY
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
