import type { FolderId } from '../common/model.ts'
import type { Summary } from '../common/protocol.ts'
import type { FolderSettings } from '../common/settings.ts'
import { rememberPair } from './pairs.ts'
import type { TargetProvider } from './providers/provider.ts'
import type { RunOnce, RunOnceOptions } from './run-once.ts'
import { choosePair, type Pair } from './run-once/pair.ts'
import { predict } from './run-once/predict.ts'
import { SyncRun } from './run-once/sync-run.ts'
import { acquireInstanceLock } from './state/instance-lock.ts'
import { openStore } from './state/sqlite-store.ts'
import type { Store } from './state/store.ts'
import { openFolderSource, openFolderTarget, openWorkbench, type Workbench } from './workbench.ts'

/**
 * One pass with everything it finds: `tidekeep sync`, or with `dryRun` `tidekeep plan`. Throws a
 * TidekeepError when nothing could be done at all (source missing, target unreachable, locked);
 * single files that fail are in the summary.
 */
export const runOnce: RunOnce = async (host, options) => {
  const pair = await choosePair(host, options)
  const { bandwidthLimit } = options
  const bench = await openWorkbench(host, process.env, { bandwidthLimit, downloadLimit: bandwidthLimit })
  try {
    return options.dryRun ? await predict(bench, pair, options) : await synchronise(bench, pair, options)
  } finally {
    await bench.pool.close()
  }
}

function openSource(bench: Workbench, store: Store, folder: FolderSettings): TargetProvider {
  return openFolderSource(bench, folder, store.folders.get(folder.id as FolderId).compared)
}

async function synchronise(bench: Workbench, pair: Pair, options: RunOnceOptions): Promise<Summary> {
  const { host } = bench
  const lock = acquireInstanceLock(pair.directory)
  try {
    const opened = await openStore({ ...host, directory: pair.directory })
    const { store } = opened
    if (opened.note !== undefined) options.onEvent({ type: 'notice', message: opened.note })
    try {
      if (pair.isAdHoc) rememberPair(pair.directory, { ...options, target: pair.folder.target })
      const target = await openFolderTarget(
        bench,
        store,
        pair.folder,
        store.folders.get(pair.folder.id as FolderId).compared,
      )
      const source = pair.folder.mode === 'two-way' ? openSource(bench, store, pair.folder) : undefined
      try {
        return await new SyncRun({
          bench,
          pair,
          options,
          store,
          target,
          ...(source === undefined ? {} : { source }),
        }).run()
      } finally {
        await target.close()
        await source?.close()
      }
    } finally {
      store.close()
    }
  } finally {
    lock.release()
  }
}
