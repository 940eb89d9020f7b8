import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FaultAction } from './faults.ts'
import { readBody } from './request.ts'

type StatusFault = Extract<FaultAction, { readonly kind: 'status' }>

/** What differs from store to store. */
interface Parts<Reply> {
  /** The body came in whole, before anything is done with it. */
  readonly received: (body: Buffer) => void
  /** Does what was asked. Throws refusals. */
  readonly work: (body: Buffer) => Reply
  /** What stands for success where the work is left out. */
  readonly success: () => Reply
  readonly refusal: (fault: StatusFault) => Error
}

/**
 * Lets a fault befall a request from its first byte to the end of its work. Undefined: nothing is to be answered, the
 * connection was cut or hangs. Throws what `work` and `refusal` give.
 */
export async function befall<Reply>(
  message: IncomingMessage,
  fault: FaultAction | undefined,
  { received, work, success, refusal }: Parts<Reply>,
): Promise<Reply | undefined> {
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs))
  if (fault?.kind === 'run' && fault.after !== true) {
    await fault.run()
    if (fault.cut === true) return cut(message)
  }
  if (fault?.kind === 'reset-before') return cut(message)
  if (fault?.kind === 'hang') return undefined
  const isCutInBody = fault?.kind === 'reset-mid' && message.method !== 'GET'
  const body = await readBody(message, isCutInBody)
  received(body)
  if (isCutInBody) return undefined
  if (fault?.kind === 'status' && fault.after !== true) throw refusal(fault)
  if (fault?.kind === 'error-in-200' && fault.after !== true) return success()
  const reply = await worked(fault, () => work(body))
  if (fault?.kind === 'hang-after') return undefined
  if (fault?.kind === 'reset-after') return cut(message)
  if (fault?.kind === 'status') throw refusal(fault)
  return reply
}

/** Sends a body as the fault of its request has it: whole, cut, too long or without an end. */
export function sendBody(
  response: ServerResponse,
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string | number>>; body: Buffer },
  fault: FaultAction | undefined,
): void {
  switch (fault?.kind) {
    case 'short-chunked':
      response.writeHead(status, headers)
      response.write(body.subarray(0, body.length >> 1))
      return void response.end()
    case 'truncate':
    case 'reset-mid':
    case 'hang-mid':
      response.writeHead(status, { ...headers, 'content-length': body.length })
      response.write(body.subarray(0, body.length >> 1), () => {
        if (fault.kind === 'truncate') response.socket?.end()
        else if (fault.kind === 'reset-mid') response.socket?.resetAndDestroy()
      })
      return
    case 'overlong':
      response.writeHead(status, headers)
      return void response.end(Buffer.concat([body, Buffer.from('surplus')]))
    default:
      response.writeHead(status, { ...headers, 'content-length': body.length })
      response.end(body)
  }
}

/** Spoils one bit in the middle. */
export function flipBit(bytes: Buffer): void {
  if (bytes.length > 0) bytes[bytes.length >> 1]! ^= 1
}

/** A refusal is work, too. */
async function worked<Reply>(fault: FaultAction | undefined, run: () => Reply): Promise<Reply> {
  try {
    return run()
  } finally {
    if (fault?.kind === 'run' && fault.after === true) await fault.run()
  }
}

function cut(message: IncomingMessage): undefined {
  message.socket.destroy()
  return undefined
}
