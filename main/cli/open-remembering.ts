import type { Host } from '../host.ts'
import { pairsOf, stateDirectory } from '../pairs.ts'
import { openSettings } from '../state/settings-store.ts'
import { openStoreForReading } from '../state/sqlite-store.ts'
import type { SessionStore, Store } from '../state/store.ts'
import { openFolderTarget, openWorkbench } from '../workbench.ts'
import type { OpenTarget } from './ports.ts'
import type { S3Options } from '../../common/settings.ts'

/**
 * A target that knows which unfinished transfers this computer goes on with: those of the
 * application and those of every `sync` to it. Their states are read, never written; a running
 * service is not disturbed.
 */
export async function openRememberingTarget(host: Host, location: string, s3: S3Options): Promise<OpenTarget> {
  const settings = (await openSettings(host.paths.config)).get()
  const directories = [stateDirectory(host.paths), ...pairsOf(host.paths, location).map(({ directory }) => directory)]
  const stores: Store[] = []
  const closeStores = (): void => stores.forEach((store) => store.close())
  const bench = openWorkbench(host, process.env, settings)
  try {
    for (const directory of directories)
      stores.push(await openStoreForReading({ directory, clock: host.clock, log: host.log }))
    const sessions = readSessions(stores.map((store) => store.sessions))
    const target = await openFolderTarget(bench, { sessions }, { id: '', target: location, s3 }, false)
    return {
      target,
      requests: () => bench.meter.snapshot().requests,
      close: async () => {
        await target.close()
        await bench.pool.close()
        closeStores()
      },
    }
  } catch (error) {
    await bench.pool.close()
    closeStores()
    throw error
  }
}

/** What the first of several states remembers. Nothing is remembered anew: whoever cleans up begins no transfer. */
function readSessions(sessions: readonly SessionStore[]): SessionStore {
  return {
    get: (target, path) =>
      sessions.reduce<ReturnType<SessionStore['get']>>((found, each) => found ?? each.get(target, path), undefined),
    list: (target) => sessions.flatMap((each) => each.list(target)),
    put: () => undefined,
    remove: () => undefined,
  }
}
