import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  collectBytes,
  collectEntries,
  contentOf,
  never,
  rel,
  startS3Fixture,
  type S3Fixture,
} from '../fakes/s3/harness.ts'

const MIB = 1024 ** 2
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
let fixture: S3Fixture
let sdk: S3Client
let Bucket: string

function client(config: S3ClientConfig = {}): S3Client {
  const { endpoint, keys } = fixture.server
  const { accessKeyId, secretAccessKey } = keys
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    logger: silent,
    credentials: { accessKeyId, secretAccessKey },
    ...config,
  })
}

beforeAll(async () => {
  fixture = await startS3Fixture()
  Bucket = fixture.bucket
  sdk = client()
})
afterAll(async () => {
  sdk.destroy()
  await fixture.close()
})

const statusOf = async (work: Promise<unknown>): Promise<number | string> => {
  try {
    await work
    return 'ok'
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } }
    return `${$metadata?.httpStatusCode ?? 0} ${name}`
  }
}

describe("the SDK and this provider read each other's objects", () => {
  it('on the strict server', async () => {
    await sdk.send(
      new PutObjectCommand({ Bucket, Key: 'sdk/ü +%&.txt', Body: 'from the SDK', Metadata: { owner: 'anna' } }),
    )
    expect((await collectBytes(fixture.provider.read(rel('sdk/ü +%&.txt'), { signal: never }))).toString()).toBe(
      'from the SDK',
    )
    await fixture.provider.put(rel('own/ü +%&.txt'), contentOf('from us'), {
      signal: never,
      metadata: { mtimeNs: 5_000_000_000n, mode: 0o644 },
      expect: { kind: 'absent' },
    })
    const got = await sdk.send(new GetObjectCommand({ Bucket, Key: 'own/ü +%&.txt', ChecksumMode: 'ENABLED' }))
    expect(await got.Body!.transformToString()).toBe('from us')
    expect(got.Metadata).toMatchObject({ mtime: '5', mode: '644' })
    expect(got.ChecksumSHA256).toBe(createHash('sha256').update('from us').digest('base64'))
  })

  it('page for page the same listing', async () => {
    const keys: string[] = []
    let token: string | undefined
    do {
      const page = await sdk.send(
        new ListObjectsV2Command({ Bucket, MaxKeys: 1, ...(token === undefined ? {} : { ContinuationToken: token }) }),
      )
      keys.push(...(page.Contents ?? []).map((object) => object.Key!))
      token = page.NextContinuationToken
    } while (token !== undefined)
    const own = await collectEntries(fixture.provider.list(rel(''), { signal: never }))
    expect(own.map((entry) => entry.path)).toEqual(keys)
  })

  it('including multipart objects, by their full-object CRC32', async () => {
    const bytes = randomBytes(17 * MIB)
    await fixture.provider.put(rel('large'), contentOf(bytes), {
      signal: never,
      metadata: { mtimeNs: 0n },
      expect: { kind: 'absent' },
    })
    const got = await sdk.send(new GetObjectCommand({ Bucket, Key: 'large', ChecksumMode: 'ENABLED' }))
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(bytes)).toBe(true)
    expect(got.ChecksumType).toBe('FULL_OBJECT')
  })
})

describe('the strict server refuses', () => {
  it('a wrong secret, an unknown key, a wrong region and a skewed clock', async () => {
    const { accessKeyId, secretAccessKey } = fixture.server.keys
    const list = (config: S3ClientConfig) => statusOf(client(config).send(new ListObjectsV2Command({ Bucket })))
    expect(await list({ credentials: { accessKeyId, secretAccessKey: 'wrong' } })).toBe('403 SignatureDoesNotMatch')
    expect(await list({ credentials: { accessKeyId: 'NOBODY', secretAccessKey } })).toBe('403 InvalidAccessKeyId')
    expect(await list({ region: 'eu-west-1' })).toBe('400 AuthorizationHeaderMalformed')
    expect(await list({ systemClockOffset: 16 * 60_000 })).toBe('403 RequestTimeTooSkewed')
    expect(await list({ credentials: { accessKeyId, secretAccessKey, sessionToken: 'none was asked for' } })).toBe(
      '400 InvalidToken',
    )
  })

  it('requests without a signature', async () => {
    expect((await fetch(`${fixture.server.endpoint}/${Bucket}/x`)).status).toBe(403)
  })

  it('a body with a bit flipped on its way', async () => {
    fixture.server.faults.add({ operation: 'PutObject', action: { kind: 'corrupt' } })
    expect(await statusOf(sdk.send(new PutObjectCommand({ Bucket, Key: 'flip', Body: 'content' })))).toBe(
      '400 BadDigest',
    )
  })

  it('a wrong checksum in a trailer, and takes a right one', async () => {
    const put = () =>
      sdk.send(
        new PutObjectCommand({
          Bucket,
          Key: 'stream',
          Body: Readable.from([Buffer.from('streamed')]),
          ContentLength: 8,
        }),
      )
    expect(await statusOf(put())).toBe('ok')
    const seen = fixture.server.requests.at(-1)!
    expect(seen.headers['x-amz-content-sha256']).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER')
    fixture.server.faults.add({ operation: 'PutObject', action: { kind: 'corrupt' } })
    expect(await statusOf(put())).toBe('400 BadDigest')
  })

  it('metadata above 2 KB and keys above 1,024 bytes', async () => {
    expect(
      await statusOf(
        sdk.send(new PutObjectCommand({ Bucket, Key: 'm', Body: Buffer.alloc(0), Metadata: { a: 'x'.repeat(2048) } })),
      ),
    ).toBe('400 MetadataTooLarge')
    expect(
      await statusOf(
        sdk.send(new PutObjectCommand({ Bucket, Key: 'm', Body: Buffer.alloc(0), Metadata: { a: 'x'.repeat(2047) } })),
      ),
    ).toBe('ok')
    expect(
      await statusOf(sdk.send(new PutObjectCommand({ Bucket, Key: 'ü'.repeat(513), Body: Buffer.alloc(0) }))),
    ).toBe('400 KeyTooLongError')
    expect(
      await statusOf(sdk.send(new PutObjectCommand({ Bucket, Key: 'ü'.repeat(512), Body: Buffer.alloc(0) }))),
    ).toBe('ok')
  })

  it('conditions that do not hold, for put, copy and delete', async () => {
    const { ETag } = await sdk.send(new PutObjectCommand({ Bucket, Key: 'c', Body: '1' }))
    const put = (more: object) => statusOf(sdk.send(new PutObjectCommand({ Bucket, Key: 'c', Body: '2', ...more })))
    expect(await put({ IfNoneMatch: '*' })).toBe('412 PreconditionFailed')
    expect(await put({ IfMatch: '"other"' })).toBe('412 PreconditionFailed')
    expect(
      await statusOf(sdk.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: Buffer.alloc(0), IfMatch: ETag! }))),
    ).toBe('404 NoSuchKey')
    const copy = (more: object) =>
      statusOf(sdk.send(new CopyObjectCommand({ Bucket, Key: 'd', CopySource: `${Bucket}/c`, ...more })))
    expect(await copy({ CopySourceIfMatch: '"other"' })).toBe('412 PreconditionFailed')
    expect(await copy({ CopySourceIfMatch: ETag! })).toBe('ok')
    expect(await copy({ IfNoneMatch: '*' })).toBe('412 PreconditionFailed')
    expect(await statusOf(sdk.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/c` })))).toBe(
      '400 InvalidRequest',
    )
  })
})

const begin = async (Key: string, more: object = {}): Promise<string> =>
  (await sdk.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!

describe('multipart uploads on the strict server', () => {
  it('keep to part sizes, numbers, order, ETags and the ETag formula', async () => {
    const UploadId = await begin('mp')
    const part = async (PartNumber: number, Body: Uint8Array) => ({
      PartNumber,
      ETag: (await sdk.send(new UploadPartCommand({ Bucket, Key: 'mp', UploadId, PartNumber, Body }))).ETag!,
    })
    const complete = (Parts: { PartNumber: number; ETag: string }[]) =>
      statusOf(
        sdk.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'mp', UploadId, MultipartUpload: { Parts } })),
      )
    expect(await statusOf(part(0, Buffer.alloc(1)))).toBe('400 InvalidArgument')
    expect(await statusOf(part(10_001, Buffer.alloc(1)))).toBe('400 InvalidArgument')
    const [small, large, last] = [
      await part(1, Buffer.alloc(5 * MIB - 1)),
      await part(2, Buffer.alloc(5 * MIB, 2)),
      await part(3, Buffer.from('z')),
    ]
    expect(await complete([small, large, last])).toBe('400 EntityTooSmall')
    expect(await complete([last, large])).toBe('400 InvalidPartOrder')
    expect(await complete([large, { ...last, ETag: '"0"' }])).toBe('400 InvalidPart')
    expect(await complete([])).toBe('400 MalformedXML')
    const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest()
    expect(await complete([large, last])).toBe('ok')
    const head = await sdk.send(new HeadObjectCommand({ Bucket, Key: 'mp' }))
    expect(head.ETag).toBe(
      `"${md5(Buffer.concat([md5(Buffer.alloc(5 * MIB, 2)), md5(Buffer.from('z'))])).toString('hex')}-2"`,
    )
    expect(await complete([large])).toBe('404 NoSuchUpload')
  })

  it('verify the size and the checksum of the whole', async () => {
    const UploadId = await begin('full', { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' })
    const { ETag, ChecksumCRC64NVME } = await sdk.send(
      new UploadPartCommand({
        Bucket,
        Key: 'full',
        UploadId,
        PartNumber: 1,
        Body: '123456789',
        ChecksumCRC64NVME: 'rosUhgp5mIg=',
      }),
    )
    const complete = (more: object) =>
      statusOf(
        sdk.send(
          new CompleteMultipartUploadCommand({
            Bucket,
            Key: 'full',
            UploadId,
            MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC64NVME }] },
            ...more,
          }),
        ),
      )
    expect(await complete({ MpuObjectSize: 10 })).toBe('400 InvalidRequest')
    expect(await complete({ ChecksumCRC64NVME: 'AAAAAAAAAAA=' })).toBe('400 BadDigest')
    expect(await complete({ IfMatch: '"x"' })).toBe('404 NoSuchKey')
    // The check value of CRC-64/NVME for "123456789": ae8b14860a799888.
    expect(await complete({ MpuObjectSize: 9, ChecksumCRC64NVME: 'rosUhgp5mIg=', IfNoneMatch: '*' })).toBe('ok')
  })

  it('refuse parts without the checksum they were announced with', async () => {
    const UploadId = await begin('announced', { ChecksumAlgorithm: 'SHA256' })
    const plain = client({ requestChecksumCalculation: 'WHEN_REQUIRED' })
    expect(
      await statusOf(
        plain.send(new UploadPartCommand({ Bucket, Key: 'announced', UploadId, PartNumber: 1, Body: 'x' })),
      ),
    ).toBe('400 InvalidRequest')
    plain.destroy()
  })

  it('list their parts, copy ranges only of large sources, and end when aborted', async () => {
    await sdk.send(new PutObjectCommand({ Bucket, Key: 'five', Body: Buffer.alloc(5 * MIB) }))
    await sdk.send(new PutObjectCommand({ Bucket, Key: 'six', Body: Buffer.alloc(6 * MIB, 6) }))
    const UploadId = await begin('ranges')
    const copy = (PartNumber: number, source: string, CopySourceRange: string, more: object = {}) =>
      statusOf(
        sdk.send(
          new UploadPartCopyCommand({
            Bucket,
            Key: 'ranges',
            UploadId,
            PartNumber,
            CopySource: `${Bucket}/${source}`,
            CopySourceRange,
            ...more,
          }),
        ),
      )
    expect(await copy(1, 'five', 'bytes=0-10')).toBe('400 InvalidRequest')
    expect(await copy(1, 'six', `bytes=0-${6 * MIB}`)).toBe('400 InvalidRequest')
    expect(await copy(1, 'six', 'bytes=0-', {})).toBe('400 InvalidArgument')
    expect(await copy(1, 'six', `bytes=0-${6 * MIB - 1}`, { CopySourceIfMatch: '"stale"' })).toBe(
      '412 PreconditionFailed',
    )
    expect(await copy(1, 'six', `bytes=0-${6 * MIB - 1}`)).toBe('ok')
    expect(await copy(7, 'six', 'bytes=1-1')).toBe('ok')
    const first = await sdk.send(new ListPartsCommand({ Bucket, Key: 'ranges', UploadId, MaxParts: 1 }))
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1' })
    const rest = await sdk.send(new ListPartsCommand({ Bucket, Key: 'ranges', UploadId, PartNumberMarker: '1' }))
    expect(rest.Parts?.map((part) => [part.PartNumber, part.Size])).toEqual([[7, 1]])
    await sdk.send(new AbortMultipartUploadCommand({ Bucket, Key: 'ranges', UploadId }))
    expect(await statusOf(sdk.send(new ListPartsCommand({ Bucket, Key: 'ranges', UploadId })))).toBe('404 NoSuchUpload')
  })
})

describe('copied parts of the strict server', () => {
  const six = Buffer.alloc(6 * MIB, 6)
  const copyPart = (UploadId: string, Key: string, more: object) =>
    statusOf(sdk.send(new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 1, ...more } as never)))

  it('are of the version that is named, also when another one is current', async () => {
    const Versioned = 'copies-of-versions'
    await sdk.send(new CreateBucketCommand({ Bucket: Versioned }))
    await sdk.send(
      new PutBucketVersioningCommand({ Bucket: Versioned, VersioningConfiguration: { Status: 'Enabled' } }),
    )
    const first = await sdk.send(new PutObjectCommand({ Bucket: Versioned, Key: 'a+b c', Body: six }))
    await sdk.send(new PutObjectCommand({ Bucket: Versioned, Key: 'a+b c', Body: 'newer' }))
    const UploadId = await begin('of-a-version')
    const source = `${Versioned}/a%2Bb%20c?versionId=${first.VersionId}`
    const reply = await sdk.send(
      new UploadPartCopyCommand({
        Bucket,
        Key: 'of-a-version',
        UploadId,
        PartNumber: 1,
        CopySource: source,
        CopySourceIfMatch: first.ETag,
      }),
    )
    expect(reply.CopySourceVersionId).toBe(first.VersionId)
    expect(reply.CopyPartResult?.ETag).toBe(first.ETag)
    const gone = { CopySource: `${Versioned}/a%2Bb%20c?versionId=none` }
    expect(await copyPart(UploadId, 'of-a-version', gone)).toBe('404 NoSuchVersion')
    expect(await copyPart(UploadId, 'of-a-version', { CopySource: `${Versioned}/a+b c` })).toBe('404 NoSuchKey')
  })

  it('keep to the rules for parts: numbers, size, order, the size of the whole', async () => {
    await sdk.send(new PutObjectCommand({ Bucket, Key: 'six', Body: six }))
    const UploadId = await begin('rules')
    const part = async (PartNumber: number, CopySourceRange: string) =>
      (
        await sdk.send(
          new UploadPartCopyCommand({
            Bucket,
            Key: 'rules',
            UploadId,
            PartNumber,
            CopySource: `${Bucket}/six`,
            CopySourceRange,
          }),
        )
      ).CopyPartResult?.ETag
    const small = await part(1, `bytes=0-${5 * MIB - 2}`)
    const last = await part(2, 'bytes=7-7')
    const complete = (Parts: object[], more: object = {}) =>
      statusOf(
        sdk.send(
          new CompleteMultipartUploadCommand({ Bucket, Key: 'rules', UploadId, MultipartUpload: { Parts }, ...more }),
        ),
      )
    const [one, two] = [
      { PartNumber: 1, ETag: small },
      { PartNumber: 2, ETag: last },
    ]
    expect(await complete([one, two])).toBe('400 EntityTooSmall')
    const enough = { PartNumber: 1, ETag: await part(1, `bytes=0-${5 * MIB - 1}`) }
    expect(await complete([one, two])).toBe('400 InvalidPart')
    expect(await complete([two, enough])).toBe('400 InvalidPartOrder')
    expect(await complete([enough, two], { MpuObjectSize: 5 * MIB })).toBe('400 InvalidRequest')
    for (const number of [0, 10_001])
      await expect(part(number, 'bytes=0-1')).rejects.toMatchObject({ name: 'InvalidArgument' })
    expect(await complete([enough, two], { MpuObjectSize: 5 * MIB + 1 })).toBe('ok')
  })
})

describe('buckets of the strict server', () => {
  it('list with delimiter and prefix, each common prefix once, whatever the page size', async () => {
    for (const Key of ['l/a/1', 'l/a/2', 'l/b', 'l/c/1', 'l/c/2', 'l/d'])
      await sdk.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(0) }))
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const [keys, prefixes]: [string[], string[]] = [[], []]
      let token: string | undefined
      do {
        const page = await sdk.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: 'l/',
            Delimiter: '/',
            MaxKeys,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        )
        keys.push(...(page.Contents ?? []).map((object) => object.Key!))
        prefixes.push(...(page.CommonPrefixes ?? []).map((prefix) => prefix.Prefix!))
        token = page.NextContinuationToken
      } while (token !== undefined)
      expect({ MaxKeys, keys, prefixes }).toEqual({ MaxKeys, keys: ['l/b', 'l/d'], prefixes: ['l/a/', 'l/c/'] })
    }
  })

  it('delete many at once, only those whose ETag fits', async () => {
    await sdk.send(new PutObjectCommand({ Bucket, Key: 'x1', Body: '1' }))
    await sdk.send(new PutObjectCommand({ Bucket, Key: 'x2', Body: '2' }))
    const result = await sdk.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'x1' }, { Key: 'x2', ETag: '"stale"' }] } }),
    )
    expect(result.Deleted?.map((one) => one.Key)).toEqual(['x1'])
    expect(result.Errors?.map((one) => [one.Key, one.Code])).toEqual([['x2', 'PreconditionFailed']])
  })

  it('refuse to read archived objects until they are restored', async () => {
    await sdk.send(new PutObjectCommand({ Bucket, Key: 'cold', Body: 'ice', StorageClass: 'GLACIER' }))
    expect(await statusOf(sdk.send(new GetObjectCommand({ Bucket, Key: 'cold' })))).toBe('403 InvalidObjectState')
    await expect(collectBytes(fixture.provider.read(rel('cold'), { signal: never }))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('Glacier') as string,
    })
    await sdk.send(new RestoreObjectCommand({ Bucket, Key: 'cold', RestoreRequest: { Days: 1 } }))
    expect((await collectBytes(fixture.provider.read(rel('cold'), { signal: never }))).toString()).toBe('ice')
    expect((await fixture.provider.stat(rel('cold'), { signal: never })).storageClass).toBe('GLACIER')
  })

  it('keep versions and delete markers once versioning is on', async () => {
    await sdk.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    const first = await sdk.send(new PutObjectCommand({ Bucket, Key: 'v', Body: 'one' }))
    await sdk.send(new PutObjectCommand({ Bucket, Key: 'v', Body: 'two' }))
    await fixture.provider.remove(rel('v'), { signal: never, expect: { kind: 'any' } })
    const listed = await sdk.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'v' }))
    expect([listed.Versions?.length, listed.DeleteMarkers?.length]).toEqual([2, 1])
    const old = await sdk.send(new GetObjectCommand({ Bucket, Key: 'v', VersionId: first.VersionId! }))
    expect(await old.Body!.transformToString()).toBe('one')
    expect(await statusOf(sdk.send(new PutObjectCommand({ Bucket, Key: 'v', Body: 'three', IfNoneMatch: '*' })))).toBe(
      'ok',
    )
  })
})
