import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Entry, RelPath } from '../../../common/model.ts'
import type { S3Options } from '../../../common/settings.ts'
import type { Clock, Secrets } from '../../../main/host.ts'
import { createPool } from '../../../main/pool.ts'
import type { Content, LocalFile } from '../../../main/providers/provider.ts'
import type { UploadSessions } from '../../../main/providers/registry.ts'
import type { Tuning } from '../../../main/providers/s3/context.ts'
import { createS3Provider, type S3Provider } from '../../../main/providers/s3/index.ts'
import { inodeOf } from '../../../workers/fs/stable-read.ts'
import { createFakeHost, type FakeHost } from '../host.ts'
import { realClock } from '../real-clock.ts'
import { startS3Server, type S3Server, type S3ServerOptions } from './server.ts'

/** Real time in which every wait is over at once: for retries without waiting. Deadlines stay real. */
export const hastyClock: Clock = { ...realClock, sleep: async () => {} }

/** Secrets in memory. */
export function memorySecrets(entries: Readonly<Record<string, string>>): Secrets {
  const values = new Map(Object.entries(entries))
  return {
    get: async (name) => values.get(name),
    set: async (name, value) => void values.set(name, value),
    remove: async (name) => void values.delete(name),
    describe: () => 'memory',
  }
}

/** Upload sessions in memory, that survive the provider. */
export function memorySessions(): UploadSessions & { readonly bodies: Map<string, string> } {
  const bodies = new Map<string, string>()
  return {
    bodies,
    get: (target, path) => bodies.get(`${target} ${path}`),
    put: (target, path, _token, body) => void bodies.set(`${target} ${path}`, body),
    remove: (target, path) => void bodies.delete(`${target} ${path}`),
  }
}

/** A store with one bucket and a provider on it. */
export interface S3Fixture {
  readonly server: S3Server
  readonly bucket: string
  readonly host: FakeHost
  readonly provider: S3Provider
  readonly sessions: ReturnType<typeof memorySessions>
  /** Another provider on the same bucket: another computer, or the next start. */
  open(options?: FixtureOptions): Promise<S3Provider>
  close(): Promise<void>
}

export interface FixtureOptions extends S3ServerOptions {
  readonly prefix?: string
  readonly tuning?: Partial<Tuning>
  readonly options?: S3Options
  readonly clock?: Clock
  readonly sessions?: UploadSessions
  readonly withoutSessions?: boolean
  /** What the store is told of this computer. */
  readonly deviceName?: string
}

/** Small numbers, so that a few bytes take the ways of gigabytes. */
export const SMALL_TUNING: Tuning = {
  singlePutBytes: 1024,
  partBytes: 1024,
  bufferBytes: 4096,
  partsInFlight: 4,
  copyBytes: 5 * 1024 ** 3,
  copyPartBytes: 1024 ** 3,
  copiesInFlight: 4,
  minPartBytes: 1024,
  maxPartBytes: 64 * 1024,
  maxParts: 10_000,
}

/** Starts a server and a provider on a fresh bucket. */
export async function startS3Fixture(fixture: FixtureOptions = {}): Promise<S3Fixture> {
  const bucket = `tidekeep-${randomBytes(6).toString('hex')}`
  const server = await startS3Server({ ...fixture, buckets: [bucket] })
  const host = createFakeHost({ clock: fixture.clock ?? realClock })
  const pool = createPool({ threads: 1 })
  const sessions = memorySessions()
  const opened: S3Provider[] = []
  const { accessKeyId, secretAccessKey, sessionToken } = server.keys
  const open = async (more: FixtureOptions = {}): Promise<S3Provider> => {
    const merged = { ...fixture, ...more }
    const provider = await createS3Provider({
      bucket,
      prefix: merged.prefix ?? '',
      options: { endpoint: server.endpoint, region: 'us-east-1', accountId: 'test', ...merged.options },
      deps: {
        host: { ...host, clock: merged.clock ?? host.clock },
        pool,
        secrets: memorySecrets({ 's3:test': JSON.stringify({ accessKeyId, secretAccessKey, sessionToken }) }),
        deviceName: () => merged.deviceName,
        ...(merged.withoutSessions === true ? {} : { sessions: merged.sessions ?? sessions }),
      },
      env: {},
      ...(merged.tuning === undefined ? {} : { tuning: merged.tuning }),
    })
    opened.push(provider)
    return provider
  }
  return {
    server,
    bucket,
    host,
    sessions,
    provider: await open(),
    open,
    close: async () => {
      await Promise.all(opened.map((provider) => provider.close()))
      await pool.close()
      await server.close()
    },
  }
}

/** Content in memory. */
export function contentOf(bytes: Uint8Array | string): Content {
  const buffer = Buffer.from(bytes as Uint8Array)
  return {
    size: buffer.length,
    open: async function* (range) {
      yield buffer.subarray(range?.start ?? 0, range?.end ?? buffer.length)
    },
  }
}

/** Everything a reader gives, as one buffer. */
export async function collectBytes(reading: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of reading) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Everything a listing gives. */
export async function collectEntries(listing: AsyncIterable<readonly Entry[]>): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const batch of listing) entries.push(...batch)
  return entries
}

/** A path of a test. */
export function rel(path: string): RelPath {
  return path as RelPath
}

/** A signal nobody aborts. */
export const never: AbortSignal = new AbortController().signal

/** Runs `use` with a local file of these bytes, read the way the engine has files read. */
export async function withFile(
  bytes: Uint8Array,
  use: (content: Content, path: string) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 's3-check-'))
  try {
    const absolutePath = join(directory, 'source')
    writeFileSync(absolutePath, bytes)
    await use(fileContent(absolutePath), absolutePath)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A local file as a scan would describe it now. */
export function fileContent(absolutePath: string): Content {
  const stat = statSync(absolutePath, { bigint: true })
  const file: LocalFile = {
    absolutePath,
    size: Number(stat.size),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    inode: inodeOf(stat),
  }
  return {
    size: file.size,
    file,
    open: () => {
      throw new Error('a provider that takes files reads them itself')
    },
  }
}
