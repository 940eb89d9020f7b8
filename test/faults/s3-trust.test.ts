import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Secrets } from '../../main/host.ts'
import { createPool } from '../../main/pool.ts'
import { createS3Provider, type S3Provider } from '../../main/providers/s3/index.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import {
  collectBytes,
  collectEntries,
  contentOf,
  memorySecrets,
  never,
  rel,
  startS3Fixture,
  type S3Fixture,
} from '../fakes/s3/harness.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const SECRET = 'canary-secret-access-key'
const TOKEN = 'canary-session-token'
const options = { signal: never, metadata: { mtimeNs: 0n }, expect: { kind: 'absent' as const } }

async function fixture(more: Parameters<typeof startS3Fixture>[0] = {}): Promise<S3Fixture> {
  const made = await startS3Fixture(more)
  closers.push(() => made.close())
  return made
}

/** A store that answers as told. */
async function scripted(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ endpoint: string; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server: Server = createServer((request, response) => {
    seen.push(request)
    request.resume()
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function openOn(endpoint: string): Promise<{ provider: S3Provider; host: FakeHost; secrets: Secrets }> {
  const secrets = memorySecrets({
    's3:x': JSON.stringify({ accessKeyId: 'AKID', secretAccessKey: SECRET, sessionToken: TOKEN }),
  })
  const pool = createPool({ threads: 1 })
  const host = createFakeHost({ clock: realClock })
  const provider = await createS3Provider({
    bucket: `bkt-${randomBytes(4).toString('hex')}`,
    prefix: '',
    options: { endpoint, accountId: 'x', region: 'us-east-1' },
    deps: {
      host,
      pool,
      secrets,
    },
    env: {},
  })
  closers.push(
    () => pool.close(),
    () => provider.close(),
  )
  return { provider, host, secrets }
}

async function failureOf(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; fix?: string; retry: { kind: string; delayMs?: number } }> {
  try {
    await work
  } catch (error) {
    return error as never
  }
  throw new Error('it has to fail')
}

const xml = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void => {
  response.writeHead(status, headers)
  response.end(body)
}

describe('redirects', () => {
  it('are never followed: no other host gets to see a signed request', async () => {
    const other = await scripted((_request, response) => xml(response, 200, ''))
    const store = await scripted((_request, response) =>
      xml(response, 301, '<Error><Code>PermanentRedirect</Code></Error>', {
        location: other.endpoint,
        'x-amz-bucket-region': 'eu-central-1',
      }),
    )
    const { provider } = await openOn(store.endpoint)
    const failure = await failureOf(provider.put(rel('x'), contentOf('x'), options))
    expect(failure).toMatchObject({ code: 'invalid', fix: 'Set the region of this target to "eu-central-1".' })
    await failureOf(collectBytes(provider.read(rel('x'), { signal: never })))
    await failureOf(provider.stat(rel('x'), { signal: never }))
    expect(other.seen).toEqual([])
  })
})

describe('clocks that differ', () => {
  it.each([45 * 60_000, -45 * 60_000])('by %i ms are corrected by one more request, once', async (clockSkewMs) => {
    const made = await fixture({ clockSkewMs })
    await made.provider.prepare({ signal: never })
    made.server.forget()
    await made.provider.put(rel('x'), contentOf('x'), options)
    await made.provider.stat(rel('x'), { signal: never })
    expect(made.server.requests.map((request) => request.status)).toEqual([200, 200])
  })

  it('are corrected on a HEAD, too, although its refusal has no body', async () => {
    const made = await fixture({ clockSkewMs: 3_600_000 })
    await failureOf(made.provider.stat(rel('nothing'), { signal: never }))
    expect(made.server.requests.map((request) => request.status)).toEqual([403, 404, 404])
  })

  it('that stay refused end in an error, not in a loop', async () => {
    const store = await scripted((_request, response) =>
      xml(response, 403, '<Error><Code>RequestTimeTooSkewed</Code></Error>'),
    )
    const { provider } = await openOn(store.endpoint)
    expect(await failureOf(collectEntries(provider.list(rel(''), { signal: never })))).toMatchObject({
      code: 'unavailable',
      fix: 'Set the clock of this computer.',
    })
    expect(store.seen).toHaveLength(2)
  })
})

describe('connections that fail', () => {
  it('say which endpoint cannot be reached', async () => {
    const server = createTcpServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const { provider } = await openOn(`http://127.0.0.1:${port}`)
    expect(await failureOf(provider.stat(rel('x'), { signal: never }))).toMatchObject({
      code: 'unavailable',
      message: `http://127.0.0.1:${port} cannot be reached.`,
      retry: { kind: 'backoff' },
    })
  })

  it('for want of TLS name the endpoint, too', async () => {
    const store = await scripted((_request, response) => xml(response, 200, ''))
    const { provider } = await openOn(store.endpoint.replace('http:', 'https:'))
    expect(await failureOf(provider.stat(rel('x'), { signal: never }))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/https:\/\/127\.0\.0\.1:\d+/) as string,
    })
  })
})

describe('refusals', () => {
  it.each([
    [503, 'SlowDown', { 'retry-after': '7' }, 'throttled', { kind: 'after', delayMs: 7000 }],
    [
      503,
      'SlowDown',
      { 'retry-after': 'Sat, 21 Nov 2026 03:00:09 GMT', date: 'Sat, 21 Nov 2026 03:00:00 GMT' },
      'throttled',
      { kind: 'after', delayMs: 9000 },
    ],
    [503, 'SlowDown', { 'retry-after': '86400' }, 'throttled', { kind: 'after', delayMs: 900_000 }],
    [429, 'TooManyRequests', {}, 'throttled', { kind: 'backoff' }],
    [403, 'InvalidAccessKeyId', {}, 'unauthenticated', { kind: 'after-sign-in' }],
    [404, 'XAdminUserNotFound', {}, 'unauthenticated', { kind: 'after-sign-in' }],
    [403, 'SignatureDoesNotMatch', {}, 'unauthenticated', { kind: 'after-sign-in' }],
    [403, 'AccessDenied', {}, 'forbidden', { kind: 'never' }],
    [404, 'NoSuchBucket', {}, 'not-found', { kind: 'never' }],
    [403, 'QuotaExceeded', {}, 'quota-exceeded', { kind: 'never' }],
    [507, '', {}, 'quota-exceeded', { kind: 'never' }],
    [501, 'NotImplemented', {}, 'unsupported', { kind: 'never' }],
    [502, '', {}, 'unavailable', { kind: 'backoff' }],
    [418, 'Teapot', {}, 'invalid', { kind: 'never' }],
  ] as const)('%i %s becomes %s', async (...[status, s3Code, headers, code, retry]) => {
    const body =
      s3Code === '' ? '<html>proxy</html>' : `<Error><Code>${s3Code}</Code><Message>${SECRET}</Message></Error>`
    const store = await scripted((_request, response) => xml(response, status, body, headers))
    const { provider } = await openOn(store.endpoint)
    const failure = await failureOf(collectEntries(provider.list(rel(''), { signal: never })))
    expect(failure).toMatchObject({ code, retry })
    expect(store.seen).toHaveLength(1)
    // What a store says about itself is not repeated: it may hold anything.
    expect(`${failure.message} ${failure.fix}`).not.toContain('canary')
  })
})

describe('a key that the store no longer knows', () => {
  it.each([
    [403, 'InvalidAccessKeyId'],
    [404, 'XAdminUserNotFound'],
  ])('was replaced meanwhile: after %i %s the new one is used', async (status, code) => {
    let replace = async (): Promise<void> => {}
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.headers.authorization!.includes('Credential=NEW/'))
        xml(response, 200, '<ListBucketResult></ListBucketResult>')
      else xml(response, status, `<Error><Code>${code}</Code></Error>`)
    }
    const store = await scripted((request, response) => void replace().then(() => answer(request, response)))
    const { provider, secrets } = await openOn(store.endpoint)
    replace = () => secrets.set('s3:x', JSON.stringify({ accessKeyId: 'NEW', secretAccessKey: SECRET }))
    const failure = await collectEntries(provider.list(rel(''), { signal: never })).catch((error: unknown) => error)
    expect({ failure, requests: store.seen.length }).toEqual({ failure: [], requests: 2 })
  })
})

describe('secrets', () => {
  it('are in no error, no cause and no log line, whatever fails', async () => {
    const statuses = [400, 401, 403, 404, 409, 412, 429, 500, 503]
    let turn = 0
    const store = await scripted((request, response) => {
      // A store that repeats what it was sent, signature and token included.
      xml(
        response,
        statuses[turn++ % statuses.length]!,
        `<Error><Code>X</Code><Message>${JSON.stringify(request.headers)} ${SECRET}</Message></Error>`,
      )
    })
    const { provider, host } = await openOn(store.endpoint)
    const texts: string[] = []
    const keep = (error: unknown): void => {
      for (let each: unknown = error; each instanceof Error; each = each.cause) {
        texts.push(each.message, JSON.stringify(each), each.stack ?? '')
      }
    }
    for (let round = 0; round < statuses.length; round++) {
      await provider.put(rel('x'), contentOf('x'), options).catch(keep)
      await provider.stat(rel('x'), { signal: never }).catch(keep)
      await collectBytes(provider.read(rel('x'), { signal: never })).catch(keep)
      await collectEntries(provider.list(rel(''), { signal: never })).catch(keep)
      await provider.remove(rel('x'), { signal: never, expect: { kind: 'any' } }).catch(keep)
    }
    expect(texts.length).toBeGreaterThan(100)
    const everything = texts.join('\n') + JSON.stringify(host.log.lines)
    expect(everything).not.toContain(SECRET)
    expect(everything).not.toContain(TOKEN)
    expect(everything).not.toMatch(/Signature=[0-9a-f]/)
  })
})

describe('listings that cannot be', () => {
  const object = (key: string, size = 1): string =>
    `<Contents><Key>${key}</Key><Size>${size}</Size><ETag>&quot;e&quot;</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`
  const page = (inner: string): string =>
    `<ListBucketResult><EncodingType>url</EncodingType>${inner}</ListBucketResult>`
  const more = (token: string): string =>
    `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`

  it.each<[string, () => string, string?]>([
    ['repeat the same page for ever', () => page(object('a') + more('t'))],
    ['say there is more, but not where', () => page(`${object('a')}<IsTruncated>true</IsTruncated>`)],
    ['are not in order', () => page(object('b') + object('a') + '<IsTruncated>false</IsTruncated>')],
    ['name a key twice', () => page(object('a') + object('a') + '<IsTruncated>false</IsTruncated>')],
    ['are cut off', () => `<ListBucketResult>${object('a')}`],
    ['are empty', () => ''],
    ['are a page of something else', () => '<html>welcome</html>', 'unavailable'],
  ])('%s throw', async (_how, body, code = 'corrupt') => {
    const store = await scripted((_request, response) => xml(response, 200, body()))
    const { provider } = await openOn(store.endpoint)
    expect(await failureOf(collectEntries(provider.list(rel(''), { signal: never })))).toMatchObject({
      code,
    })
    expect(store.seen.length).toBeLessThanOrEqual(2)
  })

  it('go on for ever with ever new tokens are stopped by the order of their keys', async () => {
    let turn = 0
    const store = await scripted((_request, response) => xml(response, 200, page(object('a') + more(`t${turn++}`))))
    const { provider } = await openOn(store.endpoint)
    expect(await failureOf(collectEntries(provider.list(rel(''), { signal: never })))).toMatchObject({
      code: 'corrupt',
    })
    expect(store.seen).toHaveLength(2)
  })

  it("leave out other programs' keys that are no paths, and say how many", async () => {
    const keys = ['%2Fabsolute', 'a%2F..%2Fb', 'a%2F%2Fb', 'bad%ZZ', 'good', 'marker%2F', 'sized-marker%2F']
    const body = page(
      keys.map((key) => object(key, key === 'marker%2F' ? 0 : 1)).join('') + '<IsTruncated>false</IsTruncated>',
    )
    const store = await scripted((_request, response) => xml(response, 200, body))
    const { provider, host } = await openOn(store.endpoint)
    const entries = await collectEntries(provider.list(rel(''), { signal: never }))
    expect(entries.map((entry) => [entry.path, entry.kind])).toEqual([
      ['good', 'file'],
      ['marker', 'directory'],
    ])
    expect(host.log.lines).toMatchObject([{ level: 'warn', event: 's3.keys_skipped', fields: { count: 5 } }])
  })
})

describe('a bandwidth limit', () => {
  it('holds for what is sent and what is read, piece by piece', async () => {
    const made = await fixture()
    const taken: number[] = []
    const pool = createPool({ threads: 1 })
    const { accessKeyId, secretAccessKey } = made.server.keys
    const names: string[] = []
    const provider = await createS3Provider({
      bucket: made.bucket,
      prefix: '',
      options: { endpoint: made.server.endpoint, accountId: 'x' },
      deps: {
        host: createFakeHost({ clock: realClock }),
        pool,
        secrets: memorySecrets({ 's3:x': JSON.stringify({ accessKeyId, secretAccessKey }) }),
        pacer: { isLimited: true, pieceBytes: 10_000, take: async (bytes) => void taken.push(bytes) },
        onRequest: (name) => void names.push(name),
      },
      env: {},
    })
    closers.push(
      () => pool.close(),
      () => provider.close(),
    )
    await provider.prepare({ signal: never })
    taken.length = names.length = 0
    const bytes = randomBytes(95_000)
    await provider.put(rel('x'), contentOf(bytes), options)
    expect(taken.reduce((sum, each) => sum + each, 0)).toBe(95_000)
    expect(Math.max(...taken)).toBe(10_000)
    taken.length = 0
    expect((await collectBytes(provider.read(rel('x'), { signal: never }))).equals(bytes)).toBe(true)
    expect(taken.reduce((sum, each) => sum + each, 0)).toBe(95_000)
    expect(names).toEqual(['PutObject', 'GetObject'])
    expect(provider.features.pacesItself).toBe(true)
  })
})
