/**
 * An S3 endpoint that does no work: it takes what it is sent, keeps sizes only, and answers what
 * clients need to go on. It repeats the checksums it is told, so it proves nothing; it shows what a
 * client costs. Its own process: `node bench/sink.ts [latencyMs]` prints its port.
 */
import { createServer, type Socket } from 'node:net'

const latencyMs = Number(process.argv[2] ?? 0)
const sizeByKey = new Map<string, number>()
const sizeByUpload = new Map<string, number>()
let uploads = 0

interface Head {
  readonly method: string
  readonly target: string
  readonly header: (name: string) => string | undefined
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
      bodyLeft -= taken
      rest = rest.subarray(taken)
      if (bodyLeft > 0) return
      const reply = answer(head, bodyBytes)
      head = undefined
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

function answer(head: Head, bodyBytes: number): string {
  const [key = '', query = ''] = head.target.split('?')
  const uploadId = /(?:^|&)uploadId=([^&]+)/.exec(query)?.[1]
  if (head.method === 'HEAD') return answerHead(key)
  if (head.method === 'GET')
    return reply('<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>')
  if (head.method === 'DELETE') return 'HTTP/1.1 204 No Content\r\n\r\n'
  if (head.method === 'POST' && uploadId === undefined) {
    const id = `upload-${++uploads}`
    return reply(
      `<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    )
  }
  if (head.method === 'POST' && uploadId !== undefined) {
    sizeByKey.set(key, sizeByUpload.get(uploadId) ?? 0)
    const crc = head.header('x-amz-checksum-crc32')
    const checksum = crc === undefined ? '' : `<ChecksumCRC32>${crc}</ChecksumCRC32>`
    return reply(`<CompleteMultipartUploadResult><ETag>"sink-1"</ETag>${checksum}</CompleteMultipartUploadResult>`)
  }
  const isFramed = head.header('x-amz-decoded-content-length')
  const sizeBytes = Number(isFramed ?? bodyBytes)
  if (uploadId !== undefined) sizeByUpload.set(uploadId, (sizeByUpload.get(uploadId) ?? 0) + sizeBytes)
  else sizeByKey.set(key, sizeBytes)
  const sha256 = head.header('x-amz-checksum-sha256')
  return `HTTP/1.1 200 OK\r\nETag: "sink"\r\n${sha256 === undefined ? '' : `x-amz-checksum-sha256: ${sha256}\r\n`}Content-Length: 0\r\n\r\n`
}

function answerHead(key: string): string {
  const sizeBytes = sizeByKey.get(key)
  if (sizeBytes === undefined) return 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
  return `HTTP/1.1 200 OK\r\nETag: "sink"\r\nLast-Modified: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: ${sizeBytes}\r\n\r\n`
}

function reply(xml: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: ${xml.length}\r\n\r\n${xml}`
}
