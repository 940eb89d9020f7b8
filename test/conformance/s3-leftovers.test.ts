import { randomBytes } from 'node:crypto'
import { CreateMultipartUploadCommand, PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import { afterAll, describe, expect, it } from 'vitest'
import { createPool } from '../../main/pool.ts'
import type { Leftover } from '../../main/providers/provider.ts'
import { createS3Provider, type S3Provider } from '../../main/providers/s3/index.ts'
import type { Abilities } from '../../main/providers/s3/abilities.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { collectBytes, contentOf, memorySecrets, memorySessions, never, rel } from '../fakes/s3/harness.ts'
import { edit } from '../fakes/s3/edits.ts'
import { REAL_SERVERS, type RealServer, type RealServerKind } from '../fakes/s3/real-servers.ts'
import { startS3Server } from '../fakes/s3/server.ts'

const DIRECTORY = '.tidekeep/segments/0123456789abcdef0123456789abcdef'
const MIB = 1024 ** 2
/** Known beforehand, so that a store is asked although it would be found unfit. */
const ABLE: Abilities = {
  writes: async () => ({ conditions: true, conditionalDelete: true, checksums: true }),
  multipart: async () => ({ checksum: 'full', conditions: true }),
  copies: async () => ({ sourceConditions: true, targetConditions: true }),
  assembly: async () => ({ sourceConditions: true, checksum: true }),
  known: { writes: undefined, assembly: undefined },
}
const pool = createPool({ threads: 1 })
afterAll(() => pool.close())

async function startStrict(): Promise<RealServer> {
  const server = await startS3Server({ buckets: ['bucket'] })
  const { accessKeyId, secretAccessKey } = server.keys
  return { endpoint: server.endpoint, accessKeyId, secretAccessKey, bucket: 'bucket', close: () => server.close() }
}

/** Opened on a prefix nobody else uses. */
async function openProvider(server: RealServer, prefix: string, abilities?: Abilities): Promise<S3Provider> {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = server
  return createS3Provider({
    bucket,
    prefix,
    options: { endpoint, region: 'us-east-1', accountId: 'test' },
    deps: {
      host: createFakeHost({ clock: realClock }),
      pool,
      secrets: memorySecrets({ 's3:test': JSON.stringify({ accessKeyId, secretAccessKey }) }),
      sessions: memorySessions(),
    },
    env: {},
    ...(abilities === undefined ? {} : { abilities }),
  })
}

/** Two edits of 16 bytes in 15 MiB, by the limits of S3 itself. */
async function sendEdits(provider: S3Provider): Promise<void> {
  const path = rel('edited +%20ü.bin')
  const common = { signal: never, metadata: { mtimeNs: 1n } }
  // Written in one request it has a SHA-256, and no CRC32 that would be shown for a range of it.
  const base = randomBytes(15 * MIB)
  const { entry } = await provider.put(path, contentOf(base), { ...common, expect: { kind: 'absent' } })
  const limits = await provider.features.assemblyLimits!({ signal: never })
  const { bytes, plan, editedBytes } = edit(base, { places: [5 * MIB, 10 * MIB + 16], length: 16, limits })
  expect(plan.method).toBe('segments')
  const from = { etag: entry.etag!, sizeBytes: base.length }
  const expectation = { kind: 'etag', etag: entry.etag! } as const
  const options = { ...common, expect: expectation, from }
  const result = await provider.features.assemble!(path, contentOf(bytes), plan.parts, options)
  expect(result).toMatchObject({ verifiedBy: 'checksum', bytesSent: editedBytes })
  expect((await collectBytes(provider.read(path, { signal: never }))).equals(bytes)).toBe(true)
}

async function found({ features }: S3Provider): Promise<readonly Leftover[]> {
  const leftovers: Leftover[] = []
  for await (const leftover of features.leftovers!({ signal: never })) leftovers.push(leftover)
  return leftovers.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

const kinds: readonly Pick<RealServerKind, 'name' | 'howToGet' | 'provesOthers' | 'start'>[] = [
  { name: 'the strict server', howToGet: '', provesOthers: true, start: startStrict },
  ...REAL_SERVERS,
]
for (const kind of kinds) {
  const server = await kind.start()
  describe(`leftovers at ${kind.name}`, () => {
    if (server === undefined) {
      it('are looked for where it is installed', () => {
        console.log(`not run: leftovers at ${kind.name} (${kind.howToGet})`)
        expect(process.env['REQUIRE_REAL'] === '1' && !kind.name.includes('TIDEKEEP_TEST')).toBe(false)
      })
      return
    }
    const { accessKeyId, secretAccessKey, endpoint, bucket } = server
    const sdk = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    })
    const begin = async (key: string): Promise<string> => {
      const { UploadId } = await sdk.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }))
      const part = { Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: Buffer.alloc(1234, 'x') }
      await sdk.send(new UploadPartCommand(part))
      return UploadId!
    }
    afterAll(async () => {
      sdk.destroy()
      await server.close()
    })

    it('are found with their sizes, and removed where they are ours', async () => {
      const prefix = `leftovers-${randomBytes(4).toString('hex')}`
      const provider = await openProvider(server, prefix)
      try {
        await begin(`${prefix}/of others +%ä.bin`)
        await begin(`${prefix}/${DIRECTORY}/1`)
        await begin(`elsewhere-${prefix}/file`)
        await sdk.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${DIRECTORY}/2`, Body: 'temporary' }))
        const leftovers = await found(provider)
        expect(leftovers).toMatchObject([
          { kind: 'segment', path: `${DIRECTORY}/1`, bytes: 1234, isOurs: true, isInUse: false },
          { kind: 'segment', path: `${DIRECTORY}/2`, bytes: 9, isOurs: true, isInUse: false },
          { kind: 'upload', path: 'of others +%ä.bin', bytes: 1234, isOurs: false, isInUse: false },
        ])
        // Of uploads moto says that they all began in 2010.
        expect(Math.abs(Date.now() - leftovers[1]!.startedAtMs)).toBeLessThan(60_000)
        for (const leftover of leftovers) {
          const removing = provider.features.removeLeftover!(leftover, { signal: never })
          if (leftover.isOurs) await removing
          else await expect(removing).rejects.toMatchObject({ code: 'invalid' })
        }
        expect((await found(provider)).map(({ path }) => path)).toEqual(['of others +%ä.bin'])
        // Again: nothing is there any more, and that is fine.
        for (const leftover of leftovers.filter(({ isOurs }) => isOurs))
          await provider.features.removeLeftover!(leftover, { signal: never })
      } finally {
        await provider.close()
      }
    })

    if (kind.provesOthers === true)
      it('are none after an upload by tail segments, which sends the edits alone', async () => {
        const provider = await openProvider(server, `segments-${randomBytes(4).toString('hex')}`, ABLE)
        try {
          await sendEdits(provider)
          expect(await found(provider)).toEqual([])
        } finally {
          await provider.close()
        }
      })

    it('are no reason against tail segments where nothing is locked', async () => {
      const provider = await openProvider(server, 'unlocked')
      const limits = await provider.features.assemblyLimits!({ signal: never })
      expect(limits?.segments ?? true).toBe(true)
      await provider.close()
    })
  })
}
