import { connect, type Socket } from 'node:net'

/** What came back on a raw connection until the server hung up or answered whole. */
export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number
  readonly headers: string
  readonly body: string
  readonly text: string
  readonly bytesSent: number
}

/** For what hangs. Far more than a busy computer takes. */
const DEADLINE_MS = 60_000

export interface RawOptions {
  readonly port: number
  readonly host?: string
  /** Called when connected, instead of sending a text; `stopped` turns true once the peer hung up. */
  readonly send: string | ((socket: Socket, stopped: () => boolean) => Promise<void>)
}

/** Sends bytes as they are, which no HTTP client would, and reads what the server makes of them. Rejects when it does nothing for a minute. */
export function rawRequest({ port, host = '127.0.0.1', send }: RawOptions): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = ''
    let hasStopped = false
    const socket = connect(port, host)
    const deadline = setTimeout(() => {
      reject(new Error(`the server neither hung up nor answered whole; it said: ${text}`))
      finish()
    }, DEADLINE_MS)
    const finish = (): void => {
      hasStopped = true
      clearTimeout(deadline)
      const bytesSent = socket.bytesWritten
      socket.destroy()
      resolve({ ...split(text), text, bytesSent })
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (isWhole(text)) finish()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') {
        clearTimeout(deadline)
        reject(error)
      } else finish()
    })
    socket.on('close', finish)
    socket.on('connect', () => {
      if (typeof send === 'string') socket.write(send, 'latin1')
      else send(socket, () => hasStopped).catch(reject)
    })
  })
}

function split(text: string): { status: number; headers: string; body: string } {
  const end = text.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
  return { status, headers: end < 0 ? text : text.slice(0, end), body: end < 0 ? '' : text.slice(end + 4) }
}

function isWhole(text: string): boolean {
  const { status, headers, body } = split(text)
  if (status === 0 || status === 100 || !text.includes('\r\n\r\n')) return false
  const length = /^content-length: (\d+)/im.exec(headers)?.[1]
  if (length !== undefined) return body.length >= Number(length)
  return /^transfer-encoding: chunked/im.test(headers) && body.endsWith('0\r\n\r\n')
}
