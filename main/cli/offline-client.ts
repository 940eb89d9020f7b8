import { unwrapAnswer } from '../../common/client.ts'
import type { FolderId, HoldReason, JobId } from '../../common/model.ts'
import type { Answer, CallName, Handlers, Params, Result } from '../../common/protocol.ts'
import { createActivityHandlers } from '../api/activity.ts'
import type { ApiDeps } from '../api/deps.ts'
import { createDispatch, needsService } from '../api/dispatch.ts'
import { createConflictHandlers } from '../api/conflicts.ts'
import { createFolderHandlers } from '../api/folders.ts'
import { createQueueHandlers } from '../api/queue.ts'
import { createSettingHandlers } from '../api/settings.ts'
import { createStatusHandlers } from '../api/status.ts'
import { settleHeld } from '../engine/decisions.ts'
import type { S3Options } from '../../common/settings.ts'
import { computeStatus } from '../engine/status.ts'
import type { Host } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { stateDirectory } from '../pairs.ts'
import { acquireInstanceLock } from '../state/instance-lock.ts'
import { openSettings, type SettingsStore } from '../state/settings-store.ts'
import { openStore, openStoreForReading } from '../state/sqlite-store.ts'
import type { Store } from '../state/store.ts'
import { VERSION } from '../version.ts'
import type { Connection, OfflinePurpose } from './ports.ts'
import { cliTexts } from './cli-texts.ts'

/**
 * The calls of a running service, answered by the same handlers from the files of the
 * installation. Throws `locked` for a change while the application uses them.
 */
export async function openOffline(host: Host, purpose: OfflinePurpose): Promise<Connection> {
  const directory = stateDirectory(host.paths)
  const lock = purpose === 'look' ? undefined : acquireInstanceLock(directory)
  try {
    const settings = await openSettings(host.paths.config)
    const options = { ...host, directory }
    const store = purpose === 'queue' ? (await openStore(options)).store : await openStoreForReading(options)
    const dispatch = createDispatch(offlineHandlers(host, settings, store), host.log)
    return {
      call: async <N extends CallName>(name: N, params: Params<N>) =>
        unwrapAnswer(await dispatch({ name, params, caller: { transport: 'direct' } })) as Result<N>,
      subscribe: () => () => undefined,
      close: () => {
        store.close()
        lock?.release()
      },
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

/** The areas that make sense without a running engine. */
function offlineHandlers(host: Host, settings: SettingsStore, store: Store): Partial<Handlers> {
  const engine = {
    status: () =>
      computeStatus({
        folders: settings.get().folders.map((folder) => ({
          settings: folder,
          state: undefined,
          openError: {
            message: cliTexts.offlineClient.nothingIsWatchedTheService,
            fix: cliTexts.offlineClient.nothingIsWatchedTheServiceFix,
          },
        })),
        settings: settings.get(),
        store,
        clock: host.clock,
        version: VERSION,
        bytesPerSecond: 0,
      }),
    // Nothing runs that could be told; the next start reads the settings.
    applySettings: async () => undefined,
    syncNow: () => Promise.reject(needsService()),
    recorded: () => undefined,
    skip: async (id: JobId) => store.queue.skip(id) > 0,
    prove: () => Promise.reject(needsService()),
    decide: async (id: string, answer: Answer, reason?: HoldReason) => {
      if (answer === 'restore') throw needsService()
      settleHeld(store, id as FolderId, { answer, ...(reason === undefined ? {} : { reason }) })
    },
  }
  const openTarget = async (location: string, s3: S3Options): Promise<TargetProvider> => {
    const { openTargetAlone } = await import('./open-target.ts')
    const opened = await openTargetAlone(host, location, { s3, used: false })
    return { ...opened.target, close: () => opened.close() }
  }
  const compareIn = createCompareIn(host)
  const deps = { engine, store, settings, host, openTarget, compareIn }
  return {
    ...createStatusHandlers(deps),
    ...createFolderHandlers(deps),
    ...createQueueHandlers(deps),
    ...createActivityHandlers(deps),
    ...createConflictHandlers(deps),
    ...createSettingHandlers(deps),
  }
}

/** Threads of its own, for as long as something is compared. */
function createCompareIn(host: Host): ApiDeps['compareIn'] {
  return async (target, work) => {
    const [{ createPool }, { openComparison }] = await Promise.all([import('../pool.ts'), import('../workbench.ts')])
    const pool = createPool()
    try {
      return await work(openComparison({ host, pool }, target))
    } finally {
      await pool.close()
    }
  }
}
