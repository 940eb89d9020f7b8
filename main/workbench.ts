import type { FolderSettings, Settings } from '../common/settings.ts'
import type { Pool } from '../workers/tasks.ts'
import { createIgnoreCheck } from './engine/scan/ignore-check.ts'
import { createLocalScanner } from './engine/scan/local-scanner.ts'
import type { Scanner } from './engine/scan/scanner.ts'
import type { WatchOptions } from './engine/watch/watcher.ts'
import type { Host, Secrets } from './host.ts'
import { ownDirectories } from './own-directories.ts'
import { createPool } from './pool.ts'
import { decorate } from './providers/decorators/stack.ts'
import { ByteLimiter } from './providers/decorators/limiter.ts'
import { RequestMeter } from './providers/decorators/metered.ts'
import type { TargetProvider } from './providers/provider.ts'
import { openTarget } from './providers/registry.ts'
import { openSecrets } from './secrets/open-secrets.ts'
import type { Store } from './state/store.ts'
import { parseLocation } from '../common/location.ts'

/** What opening the source and the target of a folder takes; shared by the application and single runs. */
export interface Workbench {
  readonly host: Host
  readonly pool: Pool
  readonly secrets: Secrets
  readonly limiter: ByteLimiter
  readonly meter: RequestMeter
}

/** Threads, secrets and limits for opening folders. Close its `pool`. */
export async function openWorkbench(host: Host, env: NodeJS.ProcessEnv, bandwidthLimit: number): Promise<Workbench> {
  const secrets = await openSecrets({ paths: host.paths, env, log: host.log })
  const limiter = new ByteLimiter(host.clock, bandwidthLimit)
  return { host, pool: createPool(), secrets, limiter, meter: new RequestMeter() }
}

/** Opens a folder's target with every decorator around it. */
export async function openFolderTarget(
  bench: Workbench,
  store: Store | undefined,
  folder: Pick<FolderSettings, 'id' | 'target' | 's3'>,
  used: boolean,
): Promise<TargetProvider> {
  const { host, pool, secrets, limiter, meter } = bench
  const provider = await openTarget(folder.target, folder.s3 ?? {}, {
    host,
    pool,
    secrets,
    mustExist: used,
    pacer: limiter,
    onRequest: (name) => meter.count(name),
    ...(store === undefined ? {} : { sessions: uploadSessions(store, host) }),
  })
  return decorate(provider, { clock: host.clock, random: host.random, log: host.log, limiter })
}

/** Opens a folder's source. */
export function openFolderScanner(bench: Workbench, folder: FolderRules, globalIgnore: readonly string[]): Scanner {
  return createLocalScanner(bench.pool)({
    root: folder.path,
    ignoreLines: [...globalIgnore, ...folder.ignore],
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

type FolderRules = Pick<FolderSettings, 'path' | 'target' | 'ignore'>

/** Tidekeep's own directories, and a target inside the folder: never scanned, never watched. */
function excludedPaths(host: Host, folder: FolderRules): readonly string[] {
  const target = parseLocation(folder.target, (path) => path)
  const own = ownDirectories(host.paths)
  return target.scheme === 'file' ? [...own, target.path] : own
}

function uploadSessions(
  store: Store,
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
