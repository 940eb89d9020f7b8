import { TidekeepError } from '../../../common/errors.ts'
import type { Checksum, RelPath } from '../../../common/model.ts'
import { DISTINCT_NAMES } from '../../../common/name-folding.ts'
import { RESERVED_DIRECTORY } from '../../../common/paths.ts'
import type { S3Options } from '../../../common/settings.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import { createHttpClient, type HttpClient } from '../http/http-client.ts'
import type { CallOptions, Content, Features, Limits, PutOptions, PutResult, TargetProvider } from '../provider.ts'
import type { ProviderDeps, UploadSessions } from '../registry.ts'
import { createAbilities, type Abilities } from './abilities.ts'
import { createAdaptiveLimit, type AdaptiveLimit } from './adaptive-limit.ts'
import { resolveAddress, type S3Address } from './address.ts'
import { assemble, assemblyLimits } from './assemble.ts'
import { DEFAULT_TUNING, MAX_KEY_BYTES, type S3Context, type Tuning } from './context.ts'
import { moveObject, setObjectMetadata } from './copy.ts'
import { createCredentialSource, readProfile } from './credentials.ts'
import { keptAbilities } from './kept-versions.ts'
import { leftovers, removeLeftover } from './leftovers.ts'
import { listObjects } from './list.ts'
import { storeChecksums } from './metadata.ts'
import { headObject, shownPath, statObject } from './objects.ts'
import { OwnWrites } from './own-writes.ts'
import { PathTurns } from './path-turns.ts'
import { putBatch } from './put-batch.ts'
import { putLarge } from './put-large.ts'
import { sourceChanged } from '../http/content-source.ts'
import { loadContent, putSmall } from './put-small.ts'
import { readObject } from './read.ts'
import { removeObject } from './remove.ts'
import { createStoreClient } from './store-client.ts'
import { thawObject } from './thaw.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** What {@link createS3Provider} is made from. */
export interface S3ProviderOptions {
  readonly bucket: string
  /** No leading or trailing slash; empty for the whole bucket. */
  readonly prefix: string
  readonly options: S3Options
  readonly deps: ProviderDeps
  /** For tests and measurements. */
  readonly tuning?: Partial<Tuning>
  /** Known abilities of the store, which is then not tried. For measurements against a sink. */
  readonly abilities?: Abilities
  /** Instead of connections to the endpoint. For tests and measurements. */
  readonly http?: HttpClient
  /** Defaults to the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** An S3 target. */
export interface S3Provider extends TargetProvider {
  /**
   * Finds out what the store can do, so that `features.preconditions` is the truth. Writes and
   * removes throw-away objects below `.tidekeep/`. Without it the first mutation does so, and until
   * then `features` claims no more than is certain.
   */
  prepare(options: CallOptions): Promise<void>
}

const SMALL_REQUESTS = { initial: 32, min: 4, max: 256 }
const CONNECTIONS = SMALL_REQUESTS.max + 16
/** Amazon's limit since late 2025; other stores kept the older 5 TiB. */
const AMAZON_OBJECT_BYTES = 10_000 * 5 * 1024 ** 3
const OBJECT_BYTES = 5 * 1024 ** 4

/**
 * Any S3-compatible store. Reads the AWS configuration file for what options and environment leave
 * open, but does not talk to the store. Throws `invalid` for an endpoint or region that cannot be.
 */
export async function createS3Provider(parts: S3ProviderOptions): Promise<S3Provider> {
  const context = await createContext(parts)
  const limit = createAdaptiveLimit({ clock: context.host.clock, ...SMALL_REQUESTS })
  return {
    location: context.location,
    endpoint: context.client.address.endpoint,
    features: createFeatures(context, limit, parts.deps.pacer !== undefined),
    list: (path, options) => listObjects(context, path, options),
    stat: (path, { signal }) => statObject(context, path, signal),
    read: (path, options) => readObject(context, path, options),
    put: (path, content, options) => put(context, path, content, options),
    remove: (path, options) => removeObject(context, path, options),
    prepare: async ({ signal }) => void (await context.abilities.writes(signal)),
    close: () => context.client.close(),
  }
}

async function createContext({ bucket, prefix, options, deps, ...parts }: S3ProviderOptions): Promise<S3Context> {
  const env = parts.env ?? process.env
  const { host, pool, secrets } = deps
  const address = resolveAddress(bucket, options, { env, profile: await readProfile(options.profile, env) })
  const client = createStoreClient({
    bucket,
    address,
    http: parts.http ?? createHttpClient({ origin: address.origin, clock: host.clock, connections: CONNECTIONS }),
    credentials: createCredentialSource(options, { secrets, clock: host.clock, env }),
    clock: host.clock,
    ...(deps.pacer === undefined ? {} : { pacer: deps.pacer }),
    ...(deps.onRequest === undefined ? {} : { onRequest: deps.onRequest }),
  })
  const root = prefix === '' ? '' : `${prefix}/`
  return {
    client,
    abilities:
      parts.abilities ??
      createAbilities({
        client,
        area: `${root}${RESERVED_DIRECTORY}/`,
        accountId: options.accountId ?? '',
        randomHex: (byteCount) => host.random.hex(byteCount),
      }),
    host,
    pool,
    sessions: ownSessions(
      deps.sessions ?? createForgetfulSessions(),
      `${address.origin}${address.basePath} ${options.accountId ?? options.profile ?? ''}`,
    ),
    isResumable: deps.sessions !== undefined,
    ownWrites: new OwnWrites(),
    turns: new PathTurns(),
    options,
    deviceName: deps.deviceName ?? ((): undefined => undefined),
    tuning: { ...DEFAULT_TUNING, ...parts.tuning },
    location: prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`,
    keyOf: (path) => keyOf(root, path),
  }
}

function createFeatures(context: S3Context, limit: AdaptiveLimit, pacesItself: boolean): Features {
  return {
    limits: limitsOf(context.client.address),
    ...(pacesItself ? { pacesItself } : {}),
    get preconditions() {
      return context.abilities.known.writes?.conditions === true ? 'enforced' : 'checked'
    },
    putBatch: (items, options) => putSmallAndLarge(context, limit, { items, ...options }),
    move: (from, to, options) => moveObject(context, from, to, options),
    setMetadata: (path, metadata, options) => setObjectMetadata(context, path, metadata, options),
    checksum: (path, { signal }) => checksumOf(context, path, signal),
    thaw: (path, options) => thawObject(context, path, options),
    assemblyLimits: (options) => assemblyLimits(context, options),
    assemble: (path, content, parts, options) => assemble(context, path, content, { parts, options }),
    leftovers: (options) => leftovers(context, options),
    removeLeftover: (leftover, options) => removeLeftover(context, leftover, options),
    ...keptAbilities(context),
  }
}

function limitsOf(address: S3Address): Limits {
  return {
    maxObjectBytes: address.isCustom ? OBJECT_BYTES : AMAZON_OBJECT_BYTES,
    maxPathBytes: MAX_KEY_BYTES,
    maxSegmentBytes: MAX_KEY_BYTES,
    nameFolding: DISTINCT_NAMES,
    nameRules: 'posix',
    mtimeStepNs: 1n,
    smallConcurrency: SMALL_REQUESTS.max,
    largeConcurrency: 2,
  }
}

async function put(context: S3Context, path: RelPath, content: Content, options: PutOptions): Promise<PutResult> {
  throwIfCancelled(options.signal)
  if (content.size > context.tuning.singlePutBytes) return putLarge(context, path, content, options)
  const loaded = await loadContent(context, content, options.signal)
  if (options.contentHash !== undefined && options.contentHash !== loaded.blake3) throw sourceChanged()
  const result = await putSmall(context, { path, loaded, ...options })
  options.onProgress?.(content.size)
  return result
}

/** A batch may hold a large content: it takes the way large contents take. */
async function putSmallAndLarge(
  context: S3Context,
  limit: AdaptiveLimit,
  { items, signal }: CallOptions & { readonly items: Parameters<NonNullable<Features['putBatch']>>[0] },
): ReturnType<NonNullable<Features['putBatch']>> {
  const isSmall = (index: number): boolean => items[index]!.content.size <= context.tuning.singlePutBytes
  const small = [...items.keys()].filter(isSmall)
  const results = [...(await putBatch(context, limit, { items: small.map((index) => items[index]!), signal }))]
  if (small.length === items.length) return results
  const merged: (typeof results)[number][] = []
  for (const [index, item] of items.entries()) {
    if (isSmall(index)) merged.push(results.shift()!)
    else merged.push(await asResult(putLarge(context, item.path, item.content, { ...item, signal })))
  }
  return merged
}

async function asResult(
  putting: Promise<PutResult>,
): Promise<{ ok: true; result: PutResult } | { ok: false; error: Error }> {
  try {
    return { ok: true, result: await putting }
  } catch (error) {
    return { ok: false, error: error as Error }
  }
}

async function checksumOf(context: S3Context, path: RelPath, signal: AbortSignal): Promise<Checksum | undefined> {
  const head = await headObject(context, context.keyOf(path), signal)
  if (head !== undefined) return storeChecksums(head.headers)[0]
  throw new TidekeepError({
    code: 'not-found',
    message: s3FailureTexts.index.doesNotExist({ path: shownPath(context, path) }),
    path: shownPath(context, path),
  })
}

function keyOf(root: string, path: RelPath): string {
  const key = root + path
  if (key.length > MAX_KEY_BYTES / 4 && Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new TidekeepError({
      code: 'invalid',
      message: s3FailureTexts.index.thePathIsLongerThan({ path }),
      path,
      fix: s3FailureTexts.index.thePathIsLongerThanFix,
    })
  }
  return key
}

/** Of one account at one endpoint: the same bucket and names elsewhere are other uploads (I24). */
function ownSessions(all: UploadSessions, owner: string): UploadSessions {
  const own = (target: string): string => `${target} ${owner}`
  return {
    get: (target, path) => all.get(own(target), path),
    put: (target, path, token, body) => all.put(own(target), path, token, body),
    remove: (target, path) => all.remove(own(target), path),
  }
}

/** For callers without a state store: an attempt in the same process still goes on where the last one stopped. */
function createForgetfulSessions(): UploadSessions {
  const bodies = new Map<string, string>()
  const id = (target: string, path: string): string => `${target}\0${path}`
  return {
    get: (target, path) => bodies.get(id(target, path)),
    put: (target, path, _token, body) => void bodies.set(id(target, path), body),
    remove: (target, path) => void bodies.delete(id(target, path)),
  }
}
