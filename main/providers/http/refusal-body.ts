import type { HttpReply, HttpStream } from './http-client.ts'

/** What is read of an error document; a longer one says nothing that matters. */
const MAX_ERROR_BYTES = 64 * 1024

/** A streamed refusal with the beginning of its body, whose connection is free again. */
export async function refusalBody({ status, headers, body }: HttpStream): Promise<HttpReply> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body) {
    pieces.push(piece)
    size += piece.length
    if (size > MAX_ERROR_BYTES) break
  }
  return { status, headers, body: Buffer.concat(pieces) }
}
