import type { IncomingMessage } from 'node:http'

/** A request without its body. */
export interface RequestHead {
  readonly method: string
  /** As it came, still encoded. */
  readonly rawPath: string
  readonly rawQuery: string
  readonly query: ReadonlyMap<string, string>
  /** Repeated ones joined by commas. */
  readonly headers: Readonly<Record<string, string>>
}

/** Reads what came before the body. */
export function headOf(message: IncomingMessage): RequestHead {
  const [rawPath = '/', rawQuery = ''] = (message.url ?? '/').split(/\?(.*)/s)
  const query = new Map<string, string>()
  for (const pair of rawQuery.split('&').filter((each) => each !== '')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    query.set(decodeURIComponent(name), decodeURIComponent(value))
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers))
    headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '')
  return { method: message.method ?? 'GET', rawPath, rawQuery, query, headers }
}

/** The whole body, or with `cutHalfway` the end of the connection in its middle. */
export async function readBody(message: IncomingMessage, cutHalfway: boolean): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  const half = Number(message.headers['content-length'] ?? 0) / 2
  for await (const piece of message as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (cutHalfway && size >= half) message.socket.destroy()
  }
  if (cutHalfway) message.socket.destroy()
  return Buffer.concat(pieces)
}
