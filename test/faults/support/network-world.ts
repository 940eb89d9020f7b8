import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../main/host.ts'
import type { Content, PutOptions } from '../../../main/providers/provider.ts'
import { createS3Provider, type S3Provider } from '../../../main/providers/s3/index.ts'
import type { Pool } from '../../../workers/tasks.ts'
import { createFakeHost } from '../../fakes/host.ts'
import { DirectStore, type DirectFault } from '../../fakes/s3/direct-store.ts'
import {
  collectBytes,
  collectEntries,
  contentOf,
  fileContent,
  memorySecrets,
  memorySessions,
  never,
  rel,
  SMALL_TUNING,
} from '../../fakes/s3/harness.ts'

export const BUCKET = 'matrix'
const NOW_MS = Date.UTC(2026, 0, 1, 12)
const PATH = rel('file')
const COPY = rel('copy')
const SMALL = 'a small content'
const LARGE = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 251))
const absent: PutOptions = { signal: never, metadata: { mtimeNs: 1_000_000_000n }, expect: { kind: 'absent' } }
const MEDIUM = LARGE.subarray(0, 3000)

let elapsedMs = 0

/** A clock that every wait moves on at once, by as much as it waits. */
export const hurried: Clock = {
  now: () => NOW_MS + Math.floor(elapsedMs),
  monotonic: () => elapsedMs,
  after: (delayMs, run) => {
    const timer = setImmediate(() => {
      elapsedMs += delayMs
      run()
    })
    return () => clearImmediate(timer)
  },
  sleep: async (delayMs) => void (elapsedMs += delayMs),
}

/** A store without sockets, a provider on it, and what they are tried with. */
export interface NetworkWorld {
  readonly store: DirectStore
  readonly provider: S3Provider
  readonly file: Content
  close(): Promise<void>
}

/** `account`: what the store can do is found out once for each. */
export async function openWorld(account = 'known'): Promise<NetworkWorld> {
  const store = new DirectStore({ clock: hurried, bucket: BUCKET })
  store.bucket.versioning = 'enabled'
  const { accessKeyId, secretAccessKey } = store.keys
  const directory = mkdtempSync(join(tmpdir(), 'network-matrix-'))
  const source = join(directory, 'source')
  writeFileSync(source, LARGE)
  const provider = await createS3Provider({
    bucket: BUCKET,
    prefix: '',
    options: { endpoint: 'https://matrix.test', region: 'us-east-1', accountId: account, pathStyle: true },
    env: { AWS_CONFIG_FILE: '/nowhere' },
    tuning: { ...SMALL_TUNING, partsInFlight: 1, copyBytes: 2000, copyPartBytes: 1024 },
    http: store.connect(),
    deps: {
      host: createFakeHost({ clock: hurried }),
      pool: undefined as unknown as Pool,
      sessions: memorySessions(),
      secrets: memorySecrets({ [`s3:${account}`]: JSON.stringify({ accessKeyId, secretAccessKey }) }),
    },
  })
  return {
    store,
    provider,
    file: fileContent(source),
    close: async () => {
      await provider.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** One request the provider makes, and the call it is part of. */
export interface Column {
  readonly name: string
  /** Which request of the call is hit. */
  readonly operation: string
  readonly nth?: number
  /** What has to be there before. */
  readonly arrange?: (world: NetworkWorld) => Promise<unknown>
  readonly run: (world: NetworkWorld) => Promise<unknown>
  /** True when the store holds what the call was to make. */
  readonly holds: (world: NetworkWorld) => boolean
  /** For a first call: what the store can do is not known yet. */
  readonly isFresh?: true
}

const putSmall = ({ provider }: NetworkWorld) => provider.put(PATH, contentOf(SMALL), absent)
const putLarge = ({ provider }: NetworkWorld) => provider.put(PATH, contentOf(LARGE), absent)
const putFile = ({ provider, file }: NetworkWorld) => provider.put(PATH, file, absent)
const putMedium = ({ provider }: NetworkWorld) => provider.put(PATH, contentOf(MEDIUM), absent)
const move = ({ provider }: NetworkWorld) =>
  provider.features.move!(PATH, COPY, { signal: never, expect: { kind: 'any' } })
const etagOf = async ({ provider }: NetworkWorld) => (await provider.stat(PATH, { signal: never })).etag!
const holdsSmall = ({ store }: NetworkWorld) => store.bytes(PATH)?.toString() === SMALL
const holdsLarge = ({ store }: NetworkWorld) => store.bytes(PATH)?.equals(LARGE) === true
const always = (): boolean => true

function expectBytes(bytes: Buffer, wanted: Buffer): void {
  if (!bytes.equals(wanted)) throw new Error('other bytes were taken for the right ones')
}

async function leftovers({ provider }: NetworkWorld): Promise<void> {
  const found = []
  for await (const each of provider.features.leftovers!({ signal: never })) found.push(each)
  // A store that does not know the request has none.
  if (found.length > 1) throw new Error(`${found.length} leftovers instead of one`)
}

async function leaveSegment({ store }: NetworkWorld): Promise<void> {
  store.meddle('.tidekeep/segments/0123456789abcdef/00001', 'a segment')
}

/** Interrupts an upload after three parts. */
async function interrupt(world: NetworkWorld): Promise<void> {
  let parts = 0
  world.store.fault = ({ operation }) =>
    operation === 'UploadPart' && ++parts > 3 ? { kind: 'status', status: 500 } : undefined
  await putFile(world).catch(() => undefined)
}

export const COLUMNS: readonly Column[] = [
  { name: 'PutObject', operation: 'PutObject', run: putSmall, holds: holdsSmall },
  { name: 'CreateMultipartUpload', operation: 'CreateMultipartUpload', run: putLarge, holds: holdsLarge },
  { name: 'UploadPart', operation: 'UploadPart', nth: 2, run: putLarge, holds: holdsLarge },
  { name: 'CompleteMultipartUpload', operation: 'CompleteMultipartUpload', run: putLarge, holds: holdsLarge },
  {
    name: 'AbortMultipartUpload',
    operation: 'AbortMultipartUpload',
    run: async (world) => {
      const isFirst = world.store.count('CreateMultipartUpload') === 0
      if (!isFirst) return putLarge(world)
      // A content that is not what it was said to be is not committed; that alone must come of it, whatever befalls the abort.
      const wrong = { ...absent, contentHash: '00' }
      const failure: unknown = await world.provider.put(PATH, contentOf(LARGE), wrong).catch((error: unknown) => error)
      if ((failure as { code?: string }).code !== 'changed') throw failure
      return undefined
    },
    holds: (world) => holdsLarge(world) || world.store.count('CompleteMultipartUpload') === 0,
  },
  { name: 'ListParts', operation: 'ListParts', arrange: interrupt, run: putFile, holds: holdsLarge },
  {
    name: 'UploadPartCopy',
    operation: 'UploadPartCopy',
    nth: 1,
    arrange: putMedium,
    run: move,
    holds: ({ store }) => store.bytes(COPY)?.equals(MEDIUM) === true,
  },
  {
    name: 'CopyObject',
    operation: 'CopyObject',
    arrange: putSmall,
    run: move,
    holds: ({ store }) => store.bytes(COPY)?.toString() === SMALL,
  },
  {
    name: 'CopyObject (metadata)',
    operation: 'CopyObject',
    arrange: putSmall,
    run: async ({ provider }) => {
      const entry = await provider.features.setMetadata!(
        PATH,
        { mtimeNs: 7_000_000_000n, mode: 0o600 },
        { signal: never, expect: { kind: 'any' } },
      )
      if (entry.mtimeNs !== 7_000_000_000n) throw new Error('the old metadata were taken for the new ones')
    },
    holds: ({ store }) => store.bucket.current(PATH)?.metadata['x-amz-meta-mtime'] === '7',
  },
  {
    name: 'DeleteObject',
    operation: 'DeleteObject',
    arrange: putSmall,
    run: async ({ provider, store }) => {
      const etag = store.bucket.versions(PATH)[0]!.etag
      await provider.remove(PATH, { signal: never, expect: { kind: 'etag', etag } })
    },
    holds: ({ store }) => store.bytes(PATH) === undefined,
  },
  {
    name: 'HeadObject',
    operation: 'HeadObject',
    arrange: putSmall,
    run: async ({ provider, store }) => {
      const { etag, size } = await provider.stat(PATH, { signal: never })
      if (etag !== store.bucket.current(PATH)?.etag || size !== SMALL.length) throw new Error('another object was seen')
    },
    holds: always,
  },
  {
    name: 'GetObject',
    operation: 'GetObject',
    arrange: putLarge,
    run: async ({ provider }) => expectBytes(await collectBytes(provider.read(PATH, { signal: never })), LARGE),
    holds: always,
  },
  {
    name: 'GetObject (range)',
    operation: 'GetObject',
    arrange: putLarge,
    run: async (world) => {
      const expect = { kind: 'etag', etag: await etagOf(world) } as const
      const range = { start: 1000, end: 2000 }
      const read = await collectBytes(world.provider.read(PATH, { signal: never, range, expect }))
      expectBytes(read, LARGE.subarray(1000, 2000))
    },
    holds: always,
  },
  {
    name: 'ListObjectsV2',
    operation: 'ListObjectsV2',
    arrange: putSmall,
    run: async ({ provider }) => {
      const paths = (await collectEntries(provider.list(rel(''), { signal: never }))).map(({ path }) => path)
      if (paths.join() !== PATH) throw new Error(`the listing ended well with "${paths.join()}"`)
    },
    holds: always,
  },
  {
    name: 'ListMultipartUploads',
    operation: 'ListMultipartUploads',
    arrange: interrupt,
    run: leftovers,
    holds: always,
  },
  {
    name: 'ListObjectVersions',
    operation: 'ListObjectVersions',
    arrange: leaveSegment,
    run: leftovers,
    holds: always,
  },
  {
    name: 'the first probe',
    operation: 'PutObject',
    run: putSmall,
    holds: holdsSmall,
    isFresh: true,
  },
  {
    name: 'the probe of a checksum',
    operation: 'HeadObject',
    run: putSmall,
    holds: holdsSmall,
    isFresh: true,
  },
]

/** Hits the `nth` request of an operation from now on; everything else goes well. */
export function hit(store: DirectStore, { operation, nth = 1 }: Column, fault: DirectFault, times = 1): void {
  let seen = 0
  store.fault = (request) => {
    if (request.operation !== operation) return undefined
    seen++
    return seen >= nth && seen < nth + times ? fault : undefined
  }
}
