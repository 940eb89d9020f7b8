import { parseLocation } from '../common/location.ts'
import type { FolderId } from '../common/model.ts'
import type { FolderSettings, Settings } from '../common/settings.ts'
import type { TaskControl } from '../workers/fs/control.ts'
import type { IgnoreSurvey, Pool } from '../workers/tasks.ts'
import { createIgnoreCheck, type IgnoreCheck } from './engine/scan/ignore-check.ts'
import { createLocalScanner } from './engine/scan/local-scanner.ts'
import type { Scanner, ScannerOptions } from './engine/scan/scanner.ts'
import type { WatchOptions } from './engine/watch/watcher.ts'
import { DeviceName } from './device-name.ts'
import { ContentComparison } from './delta/compare-content.ts'
import { DeltaDownloads } from './delta/delta-download.ts'
import { DeltaUploads } from './delta/delta-upload.ts'
import { measuredSpeed } from './delta/measured-speed.ts'
import { isPriced, requestPrices } from './delta/prices.ts'
import { Signatures } from './delta/signatures.ts'
import type { Host, Secrets } from './host.ts'
import { ownDirectories } from './own-directories.ts'
import { signatureDirectory } from './pairs.ts'
import { createPool } from './pool.ts'
import { EndpointBreakers } from './providers/decorators/breaker.ts'
import type { OneDriveAccounts } from './providers/onedrive/account.ts'
import { decorate } from './providers/decorators/stack.ts'
import { LineLimiter } from './providers/decorators/limiter.ts'
import { RequestMeter } from './providers/decorators/metered.ts'
import type { SourceProvider, TargetProvider } from './providers/provider.ts'
import { createLocalProvider } from './providers/local/index.ts'
import { openTarget } from './providers/registry.ts'
import type { Store } from './state/store.ts'
import { openSignatureCache } from './state/signature-cache.ts'

/** Rows of the history that the speed of the line is taken from. */
const MEASURED_TRANSFERS = 200

/** What is in these can be neither copied from nor read back before it is thawed. */
const ARCHIVE_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE'])

/** What opening the source and the target of a folder takes; shared by the application and single runs. */
export interface Workbench {
  readonly host: Host
  readonly pool: Pool
  readonly keys: Keys
  readonly limiter: LineLimiter
  readonly meter: RequestMeter
  readonly env: Readonly<Record<string, string | undefined>>
  readonly breakers: EndpointBreakers
  readonly device: DeviceName
}

/** What distant targets are opened with. */
export interface Keys {
  readonly secrets: Pick<Secrets, 'get' | 'set'>
  readonly oneDrive: OneDriveAccounts
}

type BenchSettings = Pick<Settings, 'bandwidthLimit' | 'downloadLimit' | 'deviceName' | 'tellDevice'>

/** Threads, keys and limits for opening folders. Close its `pool`. */
export function openWorkbench(
  host: Host,
  env: NodeJS.ProcessEnv,
  { bandwidthLimit, downloadLimit, ...naming }: BenchSettings,
  { keys = keysOnDemand(host, env), pool = createPool() }: Partial<Pick<Workbench, 'keys' | 'pool'>> = {},
): Workbench {
  const limiter = new LineLimiter(host.clock, bandwidthLimit, downloadLimit)
  const device = new DeviceName(naming)
  const breakers = new EndpointBreakers(host.clock)
  return { host, pool, keys, limiter, meter: new RequestMeter(), env, breakers, device }
}

/** Opens the secret store, and loads what signs in, when a target first asks for them: to a local one neither is of use. */
function keysOnDemand(host: Host, env: NodeJS.ProcessEnv): Keys {
  let opening: Promise<Keys> | undefined
  const open = async (): Promise<Keys> => {
    const { openSecrets } = await import('./secrets/open-secrets.ts')
    const { createAccounts } = await import('./accounts/accounts.ts')
    const secrets = await openSecrets({ paths: host.paths, env, log: host.log })
    return { secrets, oneDrive: createAccounts(host, secrets) }
  }
  return {
    secrets: {
      get: async (name) => (await (opening ??= open())).secrets.get(name),
      set: async (name, value) => (await (opening ??= open())).secrets.set(name, value),
    },
    oneDrive: { open: async (name) => (await (opening ??= open())).oneDrive.open(name) },
  }
}

/** Opens a folder's target with every decorator around it. With the store's `feeds`, what was listed before is not listed again. */
export async function openFolderTarget(
  bench: Workbench,
  store: Partial<Pick<Store, 'sessions' | 'feeds'>> | undefined,
  folder: Pick<FolderSettings, 'id' | 'target' | 's3'>,
  used: boolean,
): Promise<TargetProvider> {
  const { host, pool, keys, limiter, meter, breakers, device } = bench
  const provider = await openTarget(folder.target, folder.s3 ?? {}, {
    host,
    pool,
    secrets: keys.secrets,
    mustExist: used,
    pacer: limiter,
    deviceName: () => device.told,
    onRequest: (name) => meter.count(name),
    oneDrive: keys.oneDrive,
    ...(store?.sessions === undefined ? {} : { sessions: uploadSessions({ sessions: store.sessions }, host) }),
    ...(store?.feeds === undefined ? {} : { feeds: store.feeds }),
  })
  return decorate(provider, { clock: host.clock, random: host.random, log: host.log, limiter, breakers })
}

/** A two-way folder itself, as somewhere to write. `used`: it was before, so a missing sign of that is a disk that is not there. */
export function openFolderSource(
  { host, pool }: Workbench,
  folder: Pick<FolderSettings, 'path'>,
  used: boolean,
): TargetProvider {
  return createLocalProvider({ root: folder.path, deps: { host, pool }, mustExist: used })
}

/** What sending differences of one folder takes. */
export interface DeltaOptions {
  readonly folder: Pick<FolderSettings, 'id' | 'target' | 's3'>
  readonly target: TargetProvider
  readonly store: Pick<Store, 'history'>
  /** Asked for each file. */
  readonly rules: () => Pick<Settings, 'deltaThreshold' | 'blockSize'>
  /** Bytes a second at present; 0 means no limit. */
  readonly uploadLimit: () => number
  /** For dry runs: nothing is written, not even to the cache of signatures (I23). */
  readonly readOnly?: boolean
}

/** How large changed files of a folder are sent. */
export async function openDelta({ host, pool, env }: Workbench, options: DeltaOptions): Promise<DeltaUploads> {
  const { folder, target, store, rules, uploadLimit, readOnly = false } = options
  const cache = openSignatureCache({ directory: signatureDirectory(host.paths), clock: host.clock, readOnly })
  const isArchived = ARCHIVE_CLASSES.has(folder.s3?.storageClass ?? '')
  const prices = isPriced(folder.target, folder.s3, env) ? await pricesOfRequests({ host, env }, folder) : undefined
  return new DeltaUploads({
    target,
    pool,
    signatures: new Signatures({ target, cache, clock: host.clock, log: host.log }),
    log: host.log,
    rules: () => {
      const { deltaThreshold, blockSize } = rules()
      return { thresholdBytes: isArchived ? Number.POSITIVE_INFINITY : deltaThreshold, blockBytes: blockSize }
    },
    isPaced: () => uploadLimit() > 0,
    bytesPerSecond: () => {
      const rows = store.history.list({ folderId: folder.id as FolderId, limit: MEASURED_TRANSFERS })
      const limit = uploadLimit()
      const measured = measuredSpeed(rows)
      return limit > 0 ? Math.min(limit, measured ?? limit) : measured
    },
    isLocal: parseLocation(folder.target, (path) => path).scheme === 'file',
    ...(prices === undefined ? {} : { requestPrices: prices }),
  })
}

/** How large files come back where others are in their places. */
export function openDeltaDownloads(
  { host, pool }: Workbench,
  target: SourceProvider,
  thresholdBytes: number,
): DeltaDownloads {
  const cache = openSignatureCache({ directory: signatureDirectory(host.paths), clock: host.clock })
  const signatures = new Signatures({ target, cache, clock: host.clock, log: host.log })
  return new DeltaDownloads({ pool, signatures, log: host.log, thresholdBytes })
}

/** How large contents of two versions are compared. */
export function openComparison(
  { host, pool }: Pick<Workbench, 'host' | 'pool'>,
  target: SourceProvider,
): ContentComparison {
  const cache = openSignatureCache({ directory: signatureDirectory(host.paths), clock: host.clock })
  return new ContentComparison({
    pool,
    signatures: new Signatures({ target, cache, clock: host.clock, log: host.log }),
  })
}

/** A list of prices is loaded and read only where one is of use. */
async function pricesOfRequests(
  bench: Pick<Workbench, 'host' | 'env'>,
  folder: DeltaOptions['folder'],
): Promise<Readonly<Record<string, number>> | undefined> {
  const { pricesOf } = await import('./delta/folder-prices.ts')
  const list = pricesOf(bench, folder)
  return list && requestPrices(list, folder.s3?.storageClass)
}

/** Opens a folder's source. */
export function openFolderScanner(
  bench: Pick<Workbench, 'host' | 'pool'>,
  folder: FolderRules,
  { ignore, batchesAhead }: { readonly ignore: readonly string[] } & Pick<ScannerOptions, 'batchesAhead'>,
): Scanner {
  return createLocalScanner(bench.pool)({
    ...(batchesAhead === undefined ? {} : { batchesAhead }),
    root: folder.path,
    ignoreLines: [...ignore, ...folder.ignore],
    excludedPaths: excludedPaths(bench.host, folder),
  })
}

/** How a folder is watched, by the same ignore rules as it is scanned. */
export function watchOptions(host: Host, folder: FolderRules, settings: Settings): WatchOptions {
  const check = createIgnoreCheck({
    root: folder.path,
    globalLines: settings.ignore,
    folderLines: folder.ignore,
    excludedPaths: excludedPaths(host, folder),
  })
  return {
    root: folder.path,
    isIgnored: (path, isDirectory) => check.isIgnored(path, isDirectory),
    settleMs: settings.settleMs,
    settleMaxMs: settings.settleMaxMs,
  }
}

/** What the rules of a folder keep and leave out, counted until `control` is cancelled. Reads only. */
export function surveyFolder(
  { host, pool }: Pick<Workbench, 'host' | 'pool'>,
  folder: FolderRules,
  globalLines: readonly string[],
  control: TaskControl,
): Promise<IgnoreSurvey> {
  return pool.run(
    'surveyIgnored',
    {
      root: folder.path,
      globalLines,
      folderLines: folder.ignore,
      excludedPaths: excludedPaths(host, folder),
      control: control.memory,
    },
    {},
  )
}

/** Which line leaves a path of a folder out, as a scan would find it. */
export function explainIgnored(
  host: Host,
  folder: FolderRules,
  globalLines: readonly string[],
): IgnoreCheck['explain'] {
  const { path: root, ignore: folderLines } = folder
  return createIgnoreCheck({ root, globalLines, folderLines, excludedPaths: excludedPaths(host, folder) }).explain
}

/** What decides which files of a folder are looked at. */
export type FolderRules = Pick<FolderSettings, 'path' | 'target' | 'ignore'>

/** Tidekeep's own directories, and a target inside the folder: never scanned, never watched. */
function excludedPaths(host: Host, folder: FolderRules): readonly string[] {
  const target = parseLocation(folder.target, (path) => path)
  const own = ownDirectories(host.paths)
  return target.scheme === 'file' ? [...own, target.path] : own
}

function uploadSessions(
  store: Pick<Store, 'sessions'>,
  host: Host,
): {
  get(target: string, path: string): string | undefined
  put(target: string, path: string, token: string, body: string): void
  remove(target: string, path: string): void
} {
  const rel = (path: string): never => path as never
  return {
    get: (target, path) => store.sessions.get(target, rel(path))?.body,
    put: (target, path, token, body) =>
      store.sessions.put({ target, path: rel(path), token, body, updatedAtMs: host.clock.now() }),
    remove: (target, path) => store.sessions.remove(target, rel(path)),
  }
}
