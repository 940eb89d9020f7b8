import { gzipSync } from 'node:zlib'
import type { HttpReply } from '../../../main/providers/http/http-client.ts'
import type { DirectFault } from '../../fakes/s3/direct-store.ts'

const HTML = { 'content-type': 'text/html' }
const PAGE = '<!DOCTYPE html><html><body>Welcome to this network</body></html>'

function changed(change: (reply: HttpReply) => Partial<HttpReply>): DirectFault {
  return { kind: 'changed', change: (reply) => ({ ...reply, ...change(reply) }) }
}

function withHeader(name: string, value: string): DirectFault {
  return changed(({ headers }) => ({ headers: { ...headers, [name]: value } }))
}

function withoutHeaders(pattern: RegExp): DirectFault {
  return changed(({ headers }) => ({
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !pattern.test(name))),
  }))
}

function withBody(change: (body: Buffer) => Buffer): DirectFault {
  return changed(({ body }) => ({ body: change(body) }))
}

/** As {@link withBody}, and announced as it comes. */
function withWholeBody(change: (body: Buffer) => Buffer): DirectFault {
  return changed(({ body, headers }) => {
    const made = body.length === 0 ? body : change(body)
    return { body: made, headers: body.length === 0 ? headers : { ...headers, 'content-length': String(made.length) } }
  })
}

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body)
  if (copy.length > 0) copy[copy.length >> 1]! ^= 1
  return copy
}

const status = (code: number, s3Code: string, more: object = {}): DirectFault => ({
  kind: 'status',
  status: code,
  code: s3Code,
  ...more,
})

/** Every fault of the network and of the store (T4), by what it is called in the table. */
export const FAULTS: Readonly<Record<string, DirectFault>> = {
  refused: { kind: 'refused' },
  'name unknown': { kind: 'unknown-name' },
  certificate: { kind: 'bad-certificate' },
  'reset before work': { kind: 'lost-request' },
  'reset after work': { kind: 'lost-answer' },
  'silent before work': { kind: 'silent' },
  'silent after work': { kind: 'silent', after: true },
  'portal 200': { kind: 'answer', status: 200, headers: HTML, body: PAGE },
  'portal 200 after': { kind: 'answer', status: 200, headers: HTML, body: PAGE, after: true },
  'portal 302': { kind: 'answer', status: 302, headers: { ...HTML, location: 'http://portal.test/' }, body: PAGE },
  'portal 403': { kind: 'answer', status: 403, headers: HTML, body: PAGE },
  'portal 404': { kind: 'answer', status: 404, headers: HTML, body: PAGE },
  'portal 511': { kind: 'answer', status: 511, headers: HTML, body: PAGE },
  'proxy 407': { kind: 'answer', status: 407, headers: HTML, body: PAGE },
  'gateway 502': { kind: 'answer', status: 502, headers: HTML, body: PAGE },
  'gateway 504 after': { kind: 'answer', status: 504, headers: HTML, body: PAGE, after: true },
  '200 empty': { kind: 'answer', status: 200, after: true },
  '200 with an error': { kind: 'answer', status: 200, body: '<Error><Code>InternalError</Code></Error>' },
  '200 with an error after': {
    kind: 'answer',
    status: 200,
    body: '<Error><Code>InternalError</Code></Error>',
    after: true,
  },
  '500': status(500, 'InternalError'),
  '500 after work': status(500, 'InternalError', { after: true }),
  '503 SlowDown': status(503, 'SlowDown'),
  '429': status(429, 'TooManyRequests', { headers: { 'retry-after': '1' } }),
  '503 for two minutes': status(503, 'SlowDown', { headers: { 'retry-after': '120' } }),
  '400 RequestTimeout': status(400, 'RequestTimeout'),
  '400 ExpiredToken': status(400, 'ExpiredToken'),
  '401 ExpiredToken': status(401, 'ExpiredToken'),
  '403 TooSkewed': status(403, 'RequestTimeTooSkewed'),
  '403 Signature': status(403, 'SignatureDoesNotMatch'),
  '403 AccessDenied': status(403, 'AccessDenied'),
  '404 NoSuchBucket': status(404, 'NoSuchBucket'),
  '301 other region': status(301, 'PermanentRedirect', { headers: { 'x-amz-bucket-region': 'eu-north-1' } }),
  '307 other host': status(307, 'TemporaryRedirect', { headers: { location: 'https://elsewhere.test/' } }),
  '301 to http': { kind: 'answer', status: 301, headers: { location: 'http://matrix.test/' } },
  '409 OperationAborted': status(409, 'OperationAborted'),
  '412': status(412, 'PreconditionFailed'),
  '416': status(416, 'InvalidRange'),
  '501': status(501, 'NotImplemented'),
  '507': status(507, 'InsufficientCapacity'),
  'cut short': withBody((body) => body.subarray(0, body.length >> 1)),
  'cut short, unannounced': withWholeBody((body) => body.subarray(0, body.length >> 1)),
  'too long': withWholeBody((body) => Buffer.concat([body, Buffer.from('surplus')])),
  'a bit flipped': withBody(flipped),
  'compressed on the way': changed(({ body, headers }) => {
    if (body.length === 0) return {}
    const made = gzipSync(body)
    return { body: made, headers: { ...headers, 'content-encoding': 'gzip', 'content-length': String(made.length) } }
  }),
  'no checksum': withoutHeaders(/^x-amz-checksum/),
  'wrong checksum': changed(({ headers }) => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        /^x-amz-checksum-(sha256|crc32)$/.test(name)
          ? Buffer.alloc(name.endsWith('256') ? 32 : 4).toString('base64')
          : value,
      ]),
    ),
  })),
  'no ETag': withoutHeaders(/^etag$/),
  'weak ETag': changed(({ headers }) =>
    headers['etag'] === undefined ? {} : { headers: { ...headers, etag: `W/${headers['etag']}` } },
  ),
  'no Date': withoutHeaders(/^date$/),
  'a version called null': withHeader('x-amz-version-id', 'null'),
  'other range': withHeader('content-range', 'bytes 0-999/5000'),
  'whole instead of range': changed(({ status: was }) => ({ status: was === 206 ? 200 : was })),
}
