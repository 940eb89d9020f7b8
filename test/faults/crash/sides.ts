import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesBelow } from '../../fakes/files-below.ts'
import { environmentOf } from '../../fakes/s3/environment.ts'
import { startS3Server, type S3Server } from '../../fakes/s3/server.ts'
import type { Upload } from '../../fakes/s3/types.ts'

/** Digests of contents by path. */
export type Contents = ReadonlyMap<string, string>

/** A target, as one who looks at it from outside sees it. */
export interface Side {
  readonly kind: 'local' | 's3'
  /** As the program is told. */
  readonly location: string
  readonly env: Readonly<Record<string, string>>
  /** Every file under its own name, Tidekeep's own left out. */
  contents(): Contents
  /** What was moved out of the way. */
  keptAside(): Contents
  /** What unfinished work left: names, for a person. */
  orphans(): readonly string[]
  /** Someone else writes there. */
  write(path: string, bytes: Buffer): void
  /** Puts the target back to nothing. */
  clear(): void
  close(): Promise<void>
}

/** The whole of what a sync may not lose sight of: the digest of content. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const OWN = '.tidekeep'
const KEPT = `${OWN}/kept/`

/** Digests of the files below a folder whose path is wanted. */
export function digestsBelow(root: string, isWanted: (path: string) => boolean = () => true): Contents {
  const wanted = [...filesBelow(root)].filter(([path]) => isWanted(path))
  return new Map(wanted.map(([path, absolute]) => [path, digestOfFile(absolute)]))
}

/** By device, inode, size and times: what is kept is looked at after every crash, and does not change. */
const digests = new Map<string, string>()

function digestOfFile(path: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
  const id = [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  const digest = digests.get(id) ?? digestOf(readFileSync(path))
  digests.set(id, digest)
  return digest
}

/** A folder on this computer as the target. */
export function localSide(root: string): Side {
  return {
    kind: 'local',
    location: root,
    env: {},
    contents: () => digestsBelow(root, (path) => !path.startsWith(`${OWN}/`)),
    keptAside: () => stripped(digestsBelow(root, (path) => path.startsWith(KEPT))),
    orphans: () => {
      const area = join(root, OWN, 'tmp')
      return existsSync(area) ? readdirSync(area) : []
    },
    write: (path, bytes) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), bytes)
    },
    clear: () => rmSync(root, { recursive: true, force: true }),
    close: async () => undefined,
  }
}

/** A strict S3 store over loopback as the target, and its log. */
export interface StoreSide extends Side {
  readonly server: S3Server
}

const BUCKET = 'crash'
const PREFIX = 'some/prefix'
const KEYS = { accessKeyId: 'CRASHKEY', secretAccessKey: 'crash-secret' }

/** Starts the store. */
export async function storeSide(): Promise<StoreSide> {
  const server = await startS3Server({ ...KEYS, buckets: [BUCKET], region: 'us-east-1' })
  const bucket = server.buckets.get(BUCKET)!
  const known = new WeakMap<object, string>()
  const contents = (isWanted: (path: string) => boolean): Contents =>
    new Map(
      bucket
        .keys()
        .filter((key) => key.startsWith(`${PREFIX}/`) && !key.endsWith('/'))
        .map((key) => ({ path: key.slice(PREFIX.length + 1), version: bucket.current(key)! }))
        .filter(({ path, version }) => !version.deleteMarker && isWanted(path))
        .map(({ path, version }) => {
          const digest = known.get(version.content) ?? digestOf(version.content.bytes())
          known.set(version.content, digest)
          return [path, digest]
        }),
    )
  return {
    kind: 's3',
    server,
    location: `s3://${BUCKET}/${PREFIX}`,
    env: environmentOf(server),
    contents: () => contents((path) => !path.startsWith(`${OWN}/`)),
    keptAside: () => stripped(contents((path) => path.startsWith(KEPT))),
    orphans: () => [
      ...[...bucket.uploads.values()].map(({ key, id }: Upload) => `upload ${id} of ${key}`),
      ...bucket.keys().filter((key) => /\/\.tidekeep\/(segments|probe)/.test(key)),
    ],
    write: (path, bytes) => {
      bucket.add({ ...emptyVersion(`${PREFIX}/${path}`, bytes), content: bucket.contents.keep(bytes) })
    },
    clear: () => {
      for (const key of bucket.keys()) bucket.drop(key, 'null')
      bucket.uploads.clear()
      server.forget()
      server.faults.clear()
    },
    close: () => server.close(),
  }
}

/** `.tidekeep/kept/<time>/<path>` under its path and time. */
function stripped(contents: Contents): Contents {
  return new Map([...contents].map(([path, digest]) => [path.slice(KEPT.length), digest]))
}

function emptyVersion(key: string, bytes: Buffer) {
  const md5 = createHash('md5').update(bytes).digest('hex')
  return {
    key,
    etag: `"${md5}"`,
    metadata: {},
    system: {},
    storageClass: 'STANDARD',
    lastModifiedMs: Date.now(),
    deleteMarker: false,
  }
}
