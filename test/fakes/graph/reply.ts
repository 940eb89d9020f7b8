import type { ServerResponse } from 'node:http'
import { flipBit, sendBody } from '../faulty-http/befall.ts'
import type { FaultAction } from '../faulty-http/faults.ts'
import type { LoggedRequest } from './server.ts'
import type { GraphFailure, Reply } from './types.ts'

/** Sends what a handler answered, as the fault of the request has it. */
export function sendReply(
  response: ServerResponse,
  reply: Reply,
  { fault, logged }: { fault: FaultAction | undefined; logged: LoggedRequest },
): void {
  const isBytes = Buffer.isBuffer(reply.body)
  const body = bodyOf(reply)
  if (fault?.kind === 'corrupt' && isBytes) flipBit(body)
  logged.status = reply.status
  logged.bytesOut = body.length
  const type = isBytes ? 'application/octet-stream' : 'application/json; odata.metadata=minimal'
  const headers = { ...reply.headers, ...(body.length === 0 ? {} : { 'content-type': type }) }
  if (reply.status === 204) {
    response.writeHead(204, headers)
    return void response.end()
  }
  sendBody(response, { status: reply.status, headers, body }, fault)
}

/** Graph's error document. https://learn.microsoft.com/graph/errors */
export function sendFailure(response: ServerResponse, failure: GraphFailure, logged: LoggedRequest): void {
  logged.status = failure.status
  const ids = { 'request-id': 'r0', 'client-request-id': 'c0', date: '2026-01-01T00:00:00' }
  // Both spellings occur, and codes may be nested.
  const inner = failure.inner === undefined ? {} : { innererror: { code: failure.inner } }
  const body = Buffer.from(
    JSON.stringify({ error: { code: failure.code, message: 'What Graph says.', innerError: { ...ids, ...inner } } }),
  )
  response.writeHead(failure.status, {
    ...failure.headers,
    'content-type': 'application/json',
    'content-length': body.length,
  })
  response.end(body)
}

function bodyOf({ body }: Reply): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  return Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
}
