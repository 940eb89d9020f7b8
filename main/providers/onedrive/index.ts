import { isTidekeepError } from '../../../common/errors.ts'
import type { Checksum, RelPath } from '../../../common/model.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { CallOptions, Features, Limits, TargetProvider } from '../provider.ts'
import type { ProviderDeps, UploadSessions } from '../registry.ts'
import { paceOf } from './account-pace.ts'
import type { OneDriveAccount } from './account.ts'
import { makeFolder, moveItem, removeItem, setItemMetadata } from './change.ts'
import { ListedFiles, listChildren } from './children.ts'
import { DEFAULT_TUNING, findItem, notFound, spellingOf, type OneDriveContext, type Tuning } from './context.ts'
import { readDrive, type Drive } from './drive.ts'
import { MTIME_STEP_NS, quickXorChecksum, toEntry } from './drive-item.ts'
import { FollowedFolder } from './followed.ts'
import { createGraphClient } from './graph-client.ts'
import { listItems } from './list.ts'
import { LookedItems } from './looked-items.ts'
import { MAX_NAME_CHARACTERS, MAX_PATH_CHARACTERS } from './names.ts'
import { putContent } from './put.ts'
import { readItem } from './read.ts'
import { SessionSeal } from './session-seal.ts'
import { createTransport } from './transport.ts'
import { fileVersions, readVersion, statVersion } from './versions.ts'

/** What {@link createOneDriveProvider} is made from. */
export interface OneDriveProviderOptions {
  readonly account: OneDriveAccount
  /** In the drive; no leading or trailing slash, empty for the whole drive. */
  readonly folder: string
  readonly deps: ProviderDeps
  /** For tests. */
  readonly tuning?: Partial<Tuning>
}

/** Largest file Microsoft takes, bytes. */
const MAX_FILE_BYTES = 250_000_000_000
/** A character of the limits has at most so many bytes, as UTF-8. */
const BYTES_A_CHARACTER = 3

/** A folder of a OneDrive or a SharePoint library. Talks to nobody before its first call. */
export function createOneDriveProvider(options: OneDriveProviderOptions): TargetProvider {
  const context = createContext(options)
  const { feeds, pacer } = options.deps
  const followed = feeds === undefined ? undefined : new FollowedFolder(context, feeds)
  return {
    location: context.location,
    endpoint: options.account.graphOrigin,
    features: {
      ...createFeatures(context, pacer !== undefined),
      askedToWaitMs: () => paceOf(options.account.tokens, options.deps.host.clock).askedToWaitMs,
      ...(followed === undefined
        ? {}
        : {
            changes: (callOptions: CallOptions) => followed.changes(callOptions),
            lastListed: (pause: () => Promise<void>) => followed.lastListed(pause),
          }),
    },
    list: (path, callOptions) =>
      followed !== undefined && callOptions.follow === true && path === ROOT_PATH
        ? followed.list(callOptions)
        : listItems(context, path, callOptions),
    stat: async (path, { signal }) => {
      const item = await findItem(context, path, signal)
      if (item === undefined) throw notFound(context, path)
      context.looked.put(path, item)
      return toEntry(path, item)
    },
    read: (path, readOptions) => readItem(context, path, readOptions),
    put: (path, content, putOptions) => putContent(context, path, content, putOptions),
    // What is removed goes to the recycle bin of the drive, which is not ours to list.
    remove: (path, removeOptions) => removeItem(context, path, removeOptions).then(() => undefined),
    close: () => context.transport.close(),
  }
}

function createContext({ account, folder, deps, tuning }: OneDriveProviderOptions): OneDriveContext {
  const { host, secrets } = deps
  const onRequest = deps.onRequest ?? ((): void => {})
  const transport = createTransport(account, host.clock)
  const graph = createGraphClient(transport, onRequest)
  const location = folder === '' ? `onedrive://${account.id}` : `onedrive://${account.id}/${folder}`
  const readDriveNow = (signal: AbortSignal): Promise<Drive> =>
    readDrive(graph, account.drive, { signal, about: location })
  return {
    graph,
    transport,
    host,
    sessions: deps.sessions ?? createForgetfulSessions(),
    isResumable: deps.sessions !== undefined,
    seal: new SessionSeal(secrets, host.random),
    pacer: deps.pacer,
    tuning: { ...DEFAULT_TUNING, ...tuning },
    location,
    folder,
    mustExist: deps.mustExist ?? false,
    knownFolders: new Set(),
    foldersUnderWay: new Map(),
    doubts: new Set(),
    looked: new LookedItems(host.clock),
    listed: new ListedFiles(),
    onRequest,
    drive: rememberDrive(readDriveNow),
    readDriveNow,
  }
}

/** Asked for by many at once, it is read once; that one of them is cancelled is not the others' concern. */
function rememberDrive(read: (signal: AbortSignal) => Promise<Drive>): (signal: AbortSignal) => Promise<Drive> {
  let known: Drive | undefined
  let pending: Promise<Drive> | undefined
  return async (signal) => {
    if (known !== undefined) return known
    pending ??= read(signal).finally(() => (pending = undefined))
    try {
      known = await pending
    } catch (error) {
      if (!isTidekeepError(error) || error.code !== 'cancelled' || signal.aborted) throw error
      known = await read(signal)
    }
    return known
  }
}

function createFeatures(context: OneDriveContext, pacesItself: boolean): Features {
  return {
    limits: LIMITS,
    // What is there is looked at just before: Graph promises a condition when a session is begun, not when it ends.
    preconditions: 'checked',
    ...(pacesItself ? { pacesItself } : {}),
    move: (from, to, options) => moveItem(context, from, to, options),
    spelling: (path, options) => spellingOf(context, path, options),
    setMetadata: (path, metadata, options) => setItemMetadata(context, path, metadata, options),
    makeDirectory: (path, metadata, options) => makeFolder(context, path, metadata, options),
    checksum: (path, options) => checksumOf(context, path, options),
    freeBytes: (options) => freeBytes(context, options),
    children: (path, options) => listChildren(context, path, options),
    fileVersions: (path, options) => fileVersions(context, path, options),
    statKept: (kept, options) => statVersion(context, kept, options),
    readKept: (kept, options) => readVersion(context, kept, options),
    capacity: async ({ signal }) => (await context.readDriveNow(signal)).capacity,
  }
}

const LIMITS: Limits = {
  maxObjectBytes: MAX_FILE_BYTES,
  // Graph counts characters: what it refuses beyond this is told of the single file.
  maxPathBytes: MAX_PATH_CHARACTERS * BYTES_A_CHARACTER,
  maxSegmentBytes: MAX_NAME_CHARACTERS * BYTES_A_CHARACTER,
  // What it makes of Unicode forms is not documented: those that are one to it are refused there.
  nameFolding: { case: 'simple', normalization: false },
  // Names it cannot hold are encoded.
  nameRules: 'posix',
  mtimeStepNs: MTIME_STEP_NS,
  // A small file is a request to Graph, of which an account has as many at once as it bears, and one to the storage.
  findsExactNames: true,
  smallConcurrency: 40,
  largeConcurrency: 2,
}

async function checksumOf(
  context: OneDriveContext,
  path: RelPath,
  { signal }: CallOptions,
): Promise<Checksum | undefined> {
  const item = await findItem(context, path, signal)
  if (item === undefined) throw notFound(context, path)
  return item.quickXor === undefined ? undefined : quickXorChecksum(item.quickXor)
}

/** Libraries may not tell; then nothing is known to be in the way. */
async function freeBytes(context: OneDriveContext, { signal }: CallOptions): Promise<number> {
  const { capacity } = await context.readDriveNow(signal)
  return capacity.freeBytes ?? Number.MAX_SAFE_INTEGER
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
