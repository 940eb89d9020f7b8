/**
 * An S3 endpoint that does next to no work: it takes what it is sent, keeps sizes only, and answers what
 * clients need to go on. It repeats the checksums it is told, so it proves nothing; it shows what a
 * client costs. What is small enough to be a client's trial of the store is checked, and conditions are kept, so that
 * a service works with it as with a real one. Its own process: `node bench/sink.ts [latencyMs]` prints its port.
 */
import { hash } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { crc32 } from 'node:zlib'

const latencyMs = Number(process.argv[2] ?? 0)
/** What is shorter is looked at: a client that tries whether checksums are checked sends little. */
const TRIAL_BYTES = 256
const sizeByKey = new Map<string, number>()
const sizeByUpload = new Map<string, number>()
const ETAG = '"sink"'
/** The CRC32 an object was told to have, in base 64. */
const crcByKey = new Map<string, string>()
/** The SHA-256 a trial was told to have, in base 64. */
const sha256ByKey = new Map<string, string>()
let uploads = 0

interface Head {
  readonly method: string
  readonly target: string
  readonly header: (name: string) => string | undefined
}

interface Taken {
  readonly head: Head
  readonly key: string
  readonly uploadId: string | undefined
  readonly bodyBytes: number
}

const server = createServer({ noDelay: true }, (socket) => serve(socket))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(address.port)
})

/** Requests of one connection, one after the other; bodies are counted and dropped. */
function serve(socket: Socket): void {
  let pending = Buffer.alloc(0)
  let head: Head | undefined
  let bodyLeft = 0
  let bodyBytes = 0
  let trial = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (data) => {
    let rest: Buffer = pending.length === 0 ? data : Buffer.concat([pending, data])
    pending = Buffer.alloc(0)
    while (rest.length > 0 || (head !== undefined && bodyLeft === 0)) {
      if (head === undefined) {
        const end = rest.indexOf('\r\n\r\n')
        if (end < 0) {
          pending = Buffer.from(rest)
          return
        }
        head = parseHead(rest.toString('latin1', 0, end + 2))
        rest = rest.subarray(end + 4)
        bodyLeft = bodyBytes = Number(head.header('content-length') ?? 0)
        if (head.header('expect') !== undefined) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      }
      const taken = Math.min(bodyLeft, rest.length)
      if (bodyBytes < TRIAL_BYTES) trial = Buffer.concat([trial, rest.subarray(0, taken)])
      bodyLeft -= taken
      rest = rest.subarray(taken)
      if (bodyLeft > 0) return
      const reply = refusal(head, trial) ?? answer(head, bodyBytes)
      head = undefined
      trial = Buffer.alloc(0)
      if (latencyMs === 0) socket.write(reply)
      else setTimeout(() => socket.write(reply), latencyMs)
    }
  })
}

function parseHead(text: string): Head {
  const [method = '', target = ''] = text.slice(0, text.indexOf('\r\n')).split(' ')
  const lower = text.toLowerCase()
  const header = (name: string): string | undefined => {
    const at = lower.indexOf(`\r\n${name}:`)
    return at < 0 ? undefined : text.slice(at + name.length + 3, text.indexOf('\r\n', at + 2)).trim()
  }
  return { method, target, header }
}

/** Undefined where the conditions hold, and the checksums are those of the bytes as far as they were kept. */
function refusal({ method, target, header }: Head, trial: Buffer): string | undefined {
  const [key = '', query = ''] = target.split('?')
  const isThere = sizeByKey.has(key)
  const match = header('if-match')
  if (header('if-none-match') !== undefined && isThere) return error('412 Precondition Failed', 'PreconditionFailed')
  if (match !== undefined && match !== ETAG) return error('412 Precondition Failed', 'PreconditionFailed')
  if (method === 'GET' && key.split('/').length > 2) return error('404 Not Found', 'NoSuchKey')
  if (method === 'GET' && query.startsWith('object-lock'))
    return error('404 Not Found', 'ObjectLockConfigurationNotFoundError')
  if (method !== 'PUT' || trial.length === 0) return undefined
  const sha256 = header('x-amz-checksum-sha256') ?? hash('sha256', trial, 'base64')
  const crc = header('x-amz-checksum-crc32') ?? crcOf(trial)
  const isSame = sha256 === hash('sha256', trial, 'base64') && crc === crcOf(trial)
  return isSame ? undefined : error('400 Bad Request', 'BadDigest')
}

function crcOf(bytes: Buffer): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum.toString('base64')
}

function answer(head: Head, bodyBytes: number): string {
  const [key = '', query = ''] = head.target.split('?')
  const uploadId = /(?:^|&)uploadId=([^&]+)/.exec(query)?.[1]
  if (head.method === 'HEAD') return answerHead(key)
  if (head.method === 'GET')
    return reply('<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>')
  if (head.method === 'DELETE') {
    sizeByKey.delete(key)
    return 'HTTP/1.1 204 No Content\r\n\r\n'
  }
  if (head.method === 'POST' && uploadId === undefined) {
    const id = `upload-${++uploads}`
    return reply(
      `<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    )
  }
  if (head.method === 'POST' && uploadId !== undefined) {
    sizeByKey.set(key, sizeByUpload.get(uploadId) ?? 0)
    const crc = head.header('x-amz-checksum-crc32')
    if (crc !== undefined) crcByKey.set(key, crc)
    const checksum = crc === undefined ? '' : `<ChecksumCRC32>${crc}</ChecksumCRC32>`
    return reply(`<CompleteMultipartUploadResult><ETag>${ETAG}</ETag>${checksum}</CompleteMultipartUploadResult>`)
  }
  take({ head, key, uploadId, bodyBytes })
  const sha256 = head.header('x-amz-checksum-sha256')
  return `HTTP/1.1 200 OK\r\nETag: ${ETAG}\r\n${sha256 === undefined ? '' : `x-amz-checksum-sha256: ${sha256}\r\n`}Content-Length: 0\r\n\r\n`
}

/** Notes what came of an object or a part. The checksum of an upload's latest part is the object's, until the client tells that one. */
function take({ head, key, uploadId, bodyBytes }: Taken): void {
  const sizeBytes = Number(head.header('x-amz-decoded-content-length') ?? bodyBytes)
  const crc = head.header('x-amz-checksum-crc32')
  const sha256 = head.header('x-amz-checksum-sha256')
  if (crc !== undefined) crcByKey.set(key, crc)
  if (sha256 !== undefined && bodyBytes < TRIAL_BYTES) sha256ByKey.set(key, sha256)
  if (uploadId !== undefined) sizeByUpload.set(uploadId, (sizeByUpload.get(uploadId) ?? 0) + sizeBytes)
  else sizeByKey.set(key, sizeBytes)
}

function answerHead(key: string): string {
  const sizeBytes = sizeByKey.get(key)
  if (sizeBytes === undefined) return 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
  const sha256 = shown('sha256', sha256ByKey.get(key))
  const crc = shown('crc32', crcByKey.get(key)) + shown('type', crcByKey.has(key) ? 'FULL_OBJECT' : undefined)
  return `HTTP/1.1 200 OK\r\nETag: ${ETAG}\r\nLast-Modified: Wed, 21 Oct 2026 07:28:00 GMT\r\n${sha256}${crc}Content-Length: ${sizeBytes}\r\n\r\n`
}

function shown(checksum: string, value: string | undefined): string {
  return value === undefined ? '' : `x-amz-checksum-${checksum}: ${value}\r\n`
}

function error(status: string, code: string): string {
  const xml = `<Error><Code>${code}</Code></Error>`
  return `HTTP/1.1 ${status}\r\nContent-Type: application/xml\r\nContent-Length: ${xml.length}\r\n\r\n${xml}`
}

function reply(xml: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: ${xml.length}\r\n\r\n${xml}`
}
