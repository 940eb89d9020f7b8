import type { ServerResponse } from 'node:http'
import { flipBit, sendBody } from '../faulty-http/befall.ts'
import type { FaultAction } from '../faulty-http/faults.ts'
import { Content } from './content.ts'
import type { LoggedRequest } from './server.ts'
import type { Reply, S3Error } from './types.ts'
import { tag, wrap } from './xml.ts'

interface Sending {
  readonly logged: LoggedRequest
  readonly isHead: boolean
  readonly fault?: FaultAction | undefined
}

/** Sends what a handler answered, as the fault of the request has it. */
export function sendReply(response: ServerResponse, reply: Reply, { fault, logged, isHead }: Sending): void {
  const isObject = reply.body instanceof Content
  const body = fault?.kind === 'error-in-200' ? errorBody(fault.code ?? 'InternalError') : bodyOf(reply)
  if (fault?.kind === 'corrupt' && isObject) flipBit(body)
  logged.status = reply.status
  logged.bytesOut = body.length
  const headers: Record<string, string | number> = { ...reply.headers }
  if (!isObject && body.length > 0) headers['content-type'] = 'application/xml'
  if (isHead || reply.status === 304 || reply.status === 204) {
    response.writeHead(reply.status, headers)
    return void response.end()
  }
  sendBody(response, { status: reply.status, headers, body }, fault)
}

/** Sends an error document; HEAD replies have none. */
export function sendError(response: ServerResponse, error: S3Error, { logged, isHead }: Sending): void {
  logged.status = error.status
  const body = isHead ? Buffer.alloc(0) : errorBody(error.code, error.message)
  response.writeHead(error.status, {
    ...error.headers,
    'content-type': 'application/xml',
    'content-length': body.length,
  })
  response.end(body)
}

function bodyOf(reply: Reply): Buffer {
  if (reply.body === undefined) return Buffer.alloc(0)
  return typeof reply.body === 'string' ? Buffer.from(reply.body) : Buffer.from(reply.body.bytes())
}

function errorBody(code: string, message = 'injected'): Buffer {
  const inner = tag('Code', code) + tag('Message', message) + tag('RequestId', '0')
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${wrap('Error', inner)}`)
}
