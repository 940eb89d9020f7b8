import { S3Error } from './types.ts'

/** A de-framed body with the trailers that followed it. */
export interface Deframed {
  readonly body: Buffer
  readonly trailers: Readonly<Record<string, string>>
}

/**
 * Takes aws-chunked framing apart: `hex-size CRLF data CRLF … 0 CRLF trailer CRLF CRLF`. The sizes,
 * the announced decoded length and the announced trailers must all be right.
 */
export function deframe(raw: Buffer, headers: Readonly<Record<string, string>>): Deframed {
  const kind = headers['x-amz-content-sha256']
  if (kind !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    throw new S3Error(501, 'NotImplemented', `${kind} is not implemented by this test server.`)
  }
  const pieces: Buffer[] = []
  let position = 0
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', position)
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(raw.toString('latin1', position, lineEnd), 16)
    if (!Number.isSafeInteger(size) || size < 0) throw incomplete()
    position = lineEnd + 2
    if (size === 0) break
    pieces.push(raw.subarray(position, position + size))
    position += size
    if (raw.toString('latin1', position, position + 2) !== '\r\n') throw incomplete()
    position += 2
  }
  const body = Buffer.concat(pieces)
  const announced = headers['x-amz-decoded-content-length']
  if (announced === undefined)
    throw new S3Error(411, 'MissingContentLength', 'x-amz-decoded-content-length is missing.')
  if (Number(announced) !== body.length) throw incomplete()
  return { body, trailers: parseTrailers(raw.toString('latin1', position), headers['x-amz-trailer']) }
}

function parseTrailers(text: string, announced: string | undefined): Record<string, string> {
  if (!text.endsWith('\r\n')) throw incomplete()
  const trailers: Record<string, string> = {}
  for (const line of text.split('\r\n').filter((line) => line !== '')) {
    const cut = line.indexOf(':')
    if (cut < 1)
      throw new S3Error(400, 'MalformedTrailerError', 'The request contained trailing data that was not well-formed.')
    trailers[line.slice(0, cut).trim().toLowerCase()] = line.slice(cut + 1).trim()
  }
  if (announced !== undefined && trailers[announced.toLowerCase()] === undefined) {
    throw new S3Error(400, 'MalformedTrailerError', `The announced trailer ${announced} is missing.`)
  }
  return trailers
}

function incomplete(): S3Error {
  return new S3Error(400, 'IncompleteBody', 'The request body terminated unexpectedly.')
}
