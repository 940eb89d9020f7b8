import type { FolderId } from '../common/model.ts'
import type { TopicName, Topics } from '../common/protocol.ts'
import type { FolderSettings } from '../common/settings.ts'
import { createHandlers } from './api/handlers.ts'
import type { Application } from './application.ts'
import { createOpenWatcher } from './engine/watch/open-watcher.ts'
import { RunningEngine } from './engine/running-engine.ts'
import type { Host } from './host.ts'
import { createPool } from './pool.ts'
import { ByteLimiter } from './providers/decorators/limiter.ts'
import { RequestMeter } from './providers/decorators/metered.ts'
import { createLocalScanner } from './engine/scan/local-scanner.ts'
import { openSecrets } from './secrets/open-secrets.ts'
import { acquireInstanceLock } from './state/instance-lock.ts'
import { openSettings } from './state/settings-store.ts'
import { openStore } from './state/sqlite-store.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { VERSION } from './version.ts'
import { openFolderScanner, openFolderTarget, stateDirectory, watchOptions, type Workbench } from './workbench.ts'

/** Options of {@link createApplication}. */
export interface ComposeOptions {
  readonly host: Host
  readonly env: NodeJS.ProcessEnv
}

/**
 * Builds the whole program for one host. The only file that knows every concrete class. Throws
 * `locked` when another instance uses the same state, `invalid` when the settings cannot be read,
 * `unsupported` when a newer version wrote the state; nothing is touched then.
 */
export async function createApplication({ host, env }: ComposeOptions): Promise<Application> {
  const lock = acquireInstanceLock(stateDirectory(host))
  try {
    const settings = await openSettings(host.paths.config)
    const opened = await openStore({ directory: stateDirectory(host), clock: host.clock, log: host.log })
    const { store } = opened
    if (opened.note !== undefined) host.notify({ id: 'state', title: 'Tidekeep', body: opened.note })
    const secrets = await openSecrets({ paths: host.paths, env, log: host.log })
    const pool = createPool()
    const limiter = new ByteLimiter(host.clock, settings.get().bandwidthLimit)
    const meter = new RequestMeter()
    const bench: Workbench = { host, pool, secrets, limiter, meter }
    const openScanner = (folder: FolderSettings): ReturnType<typeof openFolderScanner> =>
      openFolderScanner(bench, folder, settings.get().ignore)
    const openWatcher = createOpenWatcher({ clock: host.clock, log: host.log })
    const engine = new RunningEngine({
      host,
      store,
      pool,
      version: VERSION,
      settings: () => settings.get(),
      openTarget: (folder) => openFolderTarget(bench, store, folder, store.folders.get(folder.id as FolderId).compared),
      openScanner,
      openWatcher: (folder) => openWatcher(watchOptions(host, folder, settings.get())),
    })
    settings.onChange((next) => limiter.setLimit(next.bandwidthLimit))
    const metrics = createMetrics({ engine, meter, store, settings })
    const handlers = createHandlers({
      engine,
      store,
      settings,
      secrets,
      host,
      openTarget: (target, s3) => openFolderTarget(bench, undefined, { id: '', target, s3 }, false),
      openScanner: createLocalScanner(pool),
    })
    let isReady = false
    return {
      handlers,
      subscribe: <T extends TopicName>(topic: T, listener: (value: Topics[T]) => void) =>
        topic === 'status'
          ? engine.onStatus(listener as (value: Topics['status']) => void)
          : engine.onActivity(listener as (value: Topics['activity']) => void),
      start: async () => {
        await engine.start()
        isReady = true
      },
      stop: async (options) => {
        isReady = false
        await engine.stop(options)
        await pool.close()
        store.close()
        lock.release()
      },
      ready: () => isReady,
      metrics: () => metrics.text(),
      wake: () => engine.wake(),
    }
  } catch (error) {
    lock.release()
    throw error
  }
}
