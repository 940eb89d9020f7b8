import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { isTidekeepError, type TidekeepError } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { comparePaths, relPathProblem } from '../../common/paths.ts'
import type { S3Context } from '../../main/providers/s3/context.ts'
import { translateReply } from '../../main/providers/s3/errors.ts'
import { createS3Provider } from '../../main/providers/s3/index.ts'
import { listObjects } from '../../main/providers/s3/list.ts'
import { listUploads, listVersions } from '../../main/providers/s3/listings.ts'
import { toEntry } from '../../main/providers/s3/metadata.ts'
import { listParts } from '../../main/providers/s3/multipart-calls.ts'
import { parseUploadRecord } from '../../main/providers/s3/upload-record.ts'
import { xmlElements, xmlRoot, xmlText } from '../../main/providers/s3/xml.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { Mutator } from '../fixtures/mutations.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_207)
/** `npm run test:long` multiplies them. */
const TIMES = Number(process.env['TIDEKEEP_FUZZ'] ?? 1)
const signal = new AbortController().signal

const row = (name: string, at: number): string =>
  `<Contents><Key>${name}</Key><LastModified>2026-01-01T00:00:0${at}.000Z</LastModified><ETag>&quot;e${at}&quot;</ETag><Size>${at}7</Size><StorageClass>STANDARD</StorageClass></Contents>`
const LISTING = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix><KeyCount>4</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>${row('p/a', 1)}${row('p/b%2Fc', 2)}${row('p/d+e', 3)}${row('p/f/', 0).replace('07', '0')}<NextContinuationToken>next</NextContinuationToken></ListBucketResult>`
const LAST_PAGE = `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${row('p/z', 9)}</ListBucketResult>`
const PARTS = `<ListPartsResult><UploadId>u</UploadId><NextPartNumberMarker>2</NextPartNumberMarker><IsTruncated>true</IsTruncated>${[1, 2].map((number) => `<Part><PartNumber>${number}</PartNumber><ETag>"e"</ETag><Size>5242880</Size><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>`).join('')}</ListPartsResult>`
const UPLOADS = `<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>p%2Fa</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker><Upload><Key>p%2Fa</Key><UploadId>u</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>`
const VERSIONS = `<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>p%2Fa</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker><Version><Key>p%2Fa</Key><VersionId>v</VersionId><Size>7</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Version><DeleteMarker><Key>p%2Fb</Key><VersionId>w</VersionId><LastModified>2026-01-01T00:00:00.000Z</LastModified></DeleteMarker></ListVersionsResult>`
const ERROR = `<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>gone</Message><Region>eu-west-1</Region><RequestId>1</RequestId></Error>`

/** A store that answers with these texts in turn, the last one again and again. */
function storeOf(texts: readonly string[]): { readonly context: S3Context; readonly requests: () => number } {
  let requests = 0
  const context = {
    host: createFakeHost(),
    location: 's3://bucket/p',
    keyOf: (path: RelPath) => `p/${path}`,
    client: {
      send: () => {
        const body = Buffer.from(texts[Math.min(requests++, texts.length - 1)]!)
        return Promise.resolve({ status: 200, headers: {}, body })
      },
    },
  } as unknown as S3Context
  return { context, requests: () => requests }
}

/** What is wrong with the way a reading ended: nothing, when it gave sound values or one clear error. */
async function endOf<T>(items: AsyncIterable<T>, problemOf: (item: T) => string | undefined): Promise<string> {
  try {
    let count = 0
    for await (const item of items) {
      const problem = problemOf(item)
      if (problem !== undefined) return problem
      if (++count > 50_000) return 'never ends'
    }
    return ''
  } catch (error) {
    return clearness(error)
  }
}

/** Empty for an error a person can read and the program can branch on. */
function clearness(error: unknown): string {
  if (!isTidekeepError(error)) return `threw ${String(error)}`
  // eslint-disable-next-line no-control-regex
  const isClear = error.message.length < 400 && error.message.endsWith('.') && !/[\0\n\u001b]/.test(error.message)
  return isClear && error.code !== 'internal' ? '' : `${error.code}: ${error.message.slice(0, 200)}`
}

function entryProblem(entry: Entry): string | undefined {
  if (relPathProblem(entry.path) !== undefined || entry.path === '') return `the path ${entry.path}`
  if (!Number.isSafeInteger(entry.size) || entry.size < 0) return `the size ${entry.size}`
  if (typeof entry.mtimeNs !== 'bigint' || (entry.mode ?? 0) > 0o777) return 'the attributes'
  return undefined
}

/** Runs `attempt` that many times; gives the inputs that went wrong. */
async function fuzz(
  count: number,
  attempt: (mutate: Mutator) => Promise<readonly [input: string, problem: string]>,
): Promise<readonly string[]> {
  const mutate = new Mutator(seededRandom(SEED))
  const wrong: string[] = []
  for (let round = 0; round < count * TIMES && wrong.length < 3; round++) {
    const [input, problem] = await attempt(mutate)
    if (problem !== '') wrong.push(`${problem} after ${JSON.stringify(input).slice(0, 600)}`)
  }
  return wrong
}

describe(`documents of a store that were bent (seed ${SEED})`, () => {
  it('give sound entries in order or one clear error: 12,000 listings', async () => {
    const wrong = await fuzz(12_000, async (mutate) => {
      const bent = mutate.text(LISTING)
      const { context, requests } = storeOf([bent, LAST_PAGE])
      let last = ''
      const problem = await endOf(listObjects(context, '' as RelPath, { signal }), (page) => {
        for (const entry of page) {
          const unsound = entryProblem(entry)
          if (unsound !== undefined) return unsound
          if (last !== '' && comparePaths(entry.path, last) <= 0) return `${entry.path} after ${last}`
          last = entry.path
        }
        return undefined
      })
      return [bent, requests() > 3 ? `${requests()} requests` : problem]
    })
    expect(wrong).toEqual([])
  })

  it('give parts, uploads and versions or one clear error: 12,000 documents', async () => {
    const wrong = await fuzz(4_000, async (mutate) => {
      const parts = mutate.text(PARTS)
      const { context } = storeOf([parts, PARTS.replace('>true<', '>false<')])
      const read = async function* (): AsyncGenerator {
        yield await listParts(context.client, { key: 'k', uploadId: 'u', signal })
      }
      const problem = await endOf(read(), () => undefined)
      if (problem !== '') return [parts, problem]
      const uploads = mutate.text(UPLOADS)
      const listed = listUploads(storeOf([uploads, UPLOADS.replace('>true<', '>false<')]).context, '', signal)
      const second = await endOf(listed, ({ startedAtMs }) => (Number.isFinite(startedAtMs) ? undefined : 'the time'))
      if (second !== '') return [uploads, second]
      const versions = mutate.text(VERSIONS)
      const found = listVersions(storeOf([versions, VERSIONS.replace('>true<', '>false<')]).context, '', { signal })
      return [versions, await endOf(found, ({ key }) => (typeof key === 'string' ? undefined : 'the key'))]
    })
    expect(wrong).toEqual([])
  })

  it('are refusals with a code, a sentence and no trace of their text: 20,000 errors', async () => {
    const where = { path: 's3://bucket/x', endpoint: 'http://s', bucket: 'bucket', region: 'us-east-1' }
    const wrong = await fuzz(20_000, (mutate) => {
      const body = mutate.text(ERROR)
      const headers = { 'retry-after': mutate.junk(), date: mutate.junk(), 'x-amz-bucket-region': mutate.junk() }
      const reply = {
        status: mutate.pick([200, 301, 400, 403, 404, 409, 412, 429, 500, 503, 599]),
        headers,
        body: Buffer.from(body),
      }
      let error: TidekeepError | undefined
      let problem = ''
      try {
        error = translateReply(reply, where)
        problem = clearness(error)
      } catch (failure) {
        problem = `threw ${String(failure)}`
      }
      const { retry } = error ?? {}
      if (retry?.kind === 'after' && !(retry.delayMs >= 0 && retry.delayMs <= 900_000))
        problem = `waits ${retry.delayMs}`
      return Promise.resolve([body, problem] as const)
    })
    expect(wrong).toEqual([])
  })

  it('never make the XML reader throw or grow: 20,000 texts', async () => {
    const wrong = await fuzz(20_000, (mutate) => {
      const xml = mutate.text(mutate.pick([LISTING, PARTS, ERROR, UPLOADS, VERSIONS]))
      const texts = [...xmlElements(xml, 'Contents'), xmlText(xml, 'Key') ?? '', xmlRoot(xml) ?? '']
      const total = texts.reduce((sum, text) => sum + text.length, 0)
      const isText = texts.every((text) => typeof text === 'string' && !text.includes('[native code]'))
      return Promise.resolve([xml, total > 2 * xml.length + 100 || !isText ? 'grew' : ''] as const)
    })
    expect(wrong).toEqual([])
  })

  it('are entries with sane attributes, whatever the headers say: 10,000 heads', async () => {
    const wrong = await fuzz(10_000, (mutate) => {
      const headers = Object.fromEntries(
        [
          'x-amz-meta-mtime',
          'x-amz-meta-mode',
          'x-amz-meta-tidekeep-blake3',
          'etag',
          'last-modified',
          'x-amz-version-id',
        ].map((name) => [
          name,
          mutate.text(mutate.pick(['1700000000.5', '644', 'Thu, 01 Jan 2026 00:00:00 GMT', '"e"'])),
        ]),
      )
      const entry = toEntry('x' as RelPath, { ...headers, 'content-length': '7' })
      return Promise.resolve([JSON.stringify(headers), entryProblem(entry) ?? ''] as const)
    })
    expect(wrong).toEqual([])
  })

  it('leave what is remembered of an upload sound or forgotten: 10,000 records', async () => {
    const record = JSON.stringify({
      version: 2,
      key: 'p/a',
      intentsMs: [1],
      upload: { uploadId: 'u', startedAtMs: 1, isOver: false },
    })
    const wrong = await fuzz(10_000, (mutate) => {
      const body = mutate.text(record)
      try {
        const parsed = parseUploadRecord(body, 'p/a')
        const isSound = parsed === undefined || (parsed.key === 'p/a' && Array.isArray(parsed.intentsMs))
        return Promise.resolve([body, isSound ? '' : 'unsound'] as const)
      } catch (error) {
        return Promise.resolve([body, String(error)] as const)
      }
    })
    expect(wrong).toEqual([])
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })
})

describe('listings that never end', () => {
  const page = (inner: string, token: string): string =>
    `<ListBucketResult><IsTruncated>true</IsTruncated>${inner}<NextContinuationToken>${token}</NextContinuationToken></ListBucketResult>`

  it.each([1, 2, 3, 7, 100])('are noticed when %i pages lead back to the first', async (length) => {
    const pages = Array.from({ length: 1000 }, (_, at) => page('', `t${at % length}`))
    const { context, requests } = storeOf(pages)
    expect(await endOf(listObjects(context, '' as RelPath, { signal }), () => undefined)).toBe('')
    expect(requests()).toBeLessThan(4 * length + 4)
    const uploads = Array.from({ length: 1000 }, (_, at) =>
      UPLOADS.replace('>u</NextUploadIdMarker>', `>${at % length}</NextUploadIdMarker>`),
    )
    const second = storeOf(uploads)
    await endOf(listUploads(second.context, '', signal), () => undefined)
    expect(second.requests()).toBeLessThan(4 * length + 4)
  })

  it('are given up on when page after page is empty', async () => {
    let requests = 0
    const { context } = storeOf([''])
    const endless = {
      ...context,
      client: {
        send: () => Promise.resolve({ status: 200, headers: {}, body: Buffer.from(page('', `t${requests++}`)) }),
      },
    } as unknown as S3Context
    const reading = async (): Promise<void> => {
      for await (const _page of listObjects(endless, '' as RelPath, { signal })) void _page
    }
    await expect(reading()).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('without an end'),
    })
    expect(requests).toBeLessThan(11_000)
  })
})

describe('connections that misbehave', () => {
  const closers: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  })

  /** A store that says exactly these bytes to every request. */
  async function rawStore(answer: (socket: Socket) => void): Promise<string> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => {
        if (bytes.includes('\r\n\r\n')) answer(socket)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async function openOn(endpoint: string, clock: VirtualClock): Promise<Awaited<ReturnType<typeof createS3Provider>>> {
    const keys = JSON.stringify({ accessKeyId: 'KEY', secretAccessKey: 'secret' })
    const provider = await createS3Provider({
      bucket: 'bucket',
      prefix: '',
      options: { endpoint, region: 'us-east-1', accountId: 'own' },
      env: { AWS_CONFIG_FILE: '/nowhere' },
      deps: {
        host: createFakeHost({ clock }),
        pool: undefined as never,
        secrets: { get: () => Promise.resolve(keys) } as never,
      },
    })
    closers.push(() => provider.close())
    return provider
  }

  /** Waits for an end while virtual time passes: a wait without a deadline never gets one. */
  async function outcomeOf(work: Promise<unknown>, clock: VirtualClock): Promise<string> {
    const ending = { outcome: '' }
    work.then(
      () => (ending.outcome = 'fine'),
      (error: unknown) => (ending.outcome = clearness(error) || (error as TidekeepError).code),
    )
    for (let turn = 0; ending.outcome === '' && turn < 20_000; turn++) {
      // First whatever a socket or a thread brings, which takes real time.
      await new Promise((resolve) => (turn < 100 ? setTimeout(resolve, 1) : setImmediate(resolve)))
      if (turn > 100) await clock.advance(1_000)
    }
    return ending.outcome || 'never ended'
  }

  const OK = 'HTTP/1.1 200 OK\r\n'
  const body = `<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`
  it.each<[string, string, RegExp]>([
    ['no status line', 'hello\r\n\r\n', /unavailable/],
    ['a status that is none', 'HTTP/1.1 abc\r\n\r\n', /unavailable/],
    ['another protocol', 'HTTP/9.9 200 OK\r\n\r\n', /unavailable/],
    ['a longer length than there is', `${OK}Content-Length: 5000\r\n\r\n${body}`, /unavailable|corrupt/],
    ['a shorter length than there is', `${OK}Content-Length: 10\r\n\r\n${body}`, /corrupt/],
    ['a negative length', `${OK}Content-Length: -5\r\n\r\n${body}`, /unavailable/],
    ['a length that is no number', `${OK}Content-Length: many\r\n\r\n${body}`, /unavailable/],
    ['two lengths', `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\n${body}`, /unavailable/],
    ['an impossible length', `${OK}Content-Length: ${'9'.repeat(60)}\r\n\r\n${body}`, /unavailable/],
    ['chunks that are garbage', `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n${body}\r\n`, /unavailable/],
    ['a chunk without an end', `${OK}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n${body}`, /unavailable/],
    ['a huge chunk size', `${OK}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(40)}\r\n${body}`, /unavailable/],
    ['a header without a name', `${OK}: x\r\nContent-Length: 0\r\n\r\n`, /unavailable|corrupt/],
    ['a NUL in a header', `${OK}X-A: \0\r\nContent-Length: 0\r\n\r\n`, /unavailable/],
    ['a web page', `${OK}Content-Length: 20\r\n\r\n<html>sign in</html>`, /unavailable/],
    ['compressed nonsense', `${OK}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello`, /corrupt/],
    ['nothing, and goes', '', /unavailable/],
  ])('with %s end in one clear error', async (_what, said, expected) => {
    const clock = new VirtualClock()
    const store = await rawStore((socket) => socket.end(Buffer.from(said, 'latin1')))
    const provider = await openOn(store, clock)
    const reading = async (): Promise<void> => {
      for await (const _page of provider.list('' as RelPath, { signal })) void _page
    }
    expect(await outcomeOf(reading(), clock)).toMatch(expected)
  })

  it('with headers without an end are cut off after a bounded number of bytes', async () => {
    let sentBytes = 0
    const store = await rawStore((socket) => {
      socket.write(OK)
      const line = `X-Filler: ${'a'.repeat(1000)}\r\n`
      const more = (): void => {
        while (!socket.destroyed && socket.write(line)) sentBytes += line.length
      }
      socket.on('drain', more)
      more()
    })
    const clock = new VirtualClock()
    const provider = await openOn(store, clock)
    expect(await outcomeOf(provider.stat('x' as RelPath, { signal }), clock)).toBe('unavailable')
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024)
  })

  it('with a reply larger than any reply may be are cut off', async () => {
    let sentBytes = 0
    const store = await rawStore((socket) => {
      socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
      const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk)) sentBytes += chunk.length
      }
      socket.on('drain', more)
      more()
    })
    const clock = new VirtualClock()
    const provider = await openOn(store, clock)
    const reading = async (): Promise<void> => {
      for await (const _page of provider.list('' as RelPath, { signal })) void _page
    }
    expect(await outcomeOf(reading(), clock)).toBe('unavailable')
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024)
  })

  /** Lets virtual time pass between the pieces of a reply that never ends. */
  function dripping(clock: VirtualClock, piece: (turn: number) => string): (socket: Socket) => void {
    return (socket) => {
      let turn = 0
      const drip = (): void => {
        if (socket.destroyed) return
        socket.write(piece(turn++))
        clock.after(10_000, drip)
      }
      drip()
    }
  }
  const readAll = async (pages: AsyncIterable<unknown>): Promise<void> => {
    for await (const _page of pages) void _page
  }
  const HEAD = `${OK}ETag: "e"\r\nContent-Length: 1000000\r\n\r\n`

  it.each([
    ['a head', (turn: number) => (turn === 0 ? `${OK}X-Long: ` : 'a')],
    ['a document', (turn: number) => (turn === 0 ? HEAD : 'a')],
  ])('that let %s drip for ever are given up on', async (_what, piece) => {
    const clock = new VirtualClock()
    const startMs = clock.monotonic()
    const provider = await openOn(await rawStore(dripping(clock, piece)), clock)
    expect(await outcomeOf(readAll(provider.list('' as RelPath, { signal })), clock)).toBe('timeout')
    expect(clock.monotonic() - startMs).toBeLessThan(15 * 60_000)
  })

  it('that let a file drip for ever are given up on, however long its reader takes', async () => {
    const clock = new VirtualClock()
    const startMs = clock.monotonic()
    const piece = (turn: number): string => (turn === 0 ? HEAD : 'a')
    const provider = await openOn(await rawStore(dripping(clock, piece)), clock)
    expect(await outcomeOf(readAll(provider.read('x' as RelPath, { signal })), clock)).toMatch(/timeout|corrupt/)
    expect(clock.monotonic() - startMs).toBeLessThan(15 * 60_000)
  })
})
