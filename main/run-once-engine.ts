import { isTidekeepError, TidekeepError } from '../common/errors.ts'
import type { FolderId } from '../common/model.ts'
import type { Summary } from '../common/protocol.ts'
import type { Pool } from '../workers/tasks.ts'
import type { Scanner } from './engine/scan/scanner.ts'
import type { Host } from './host.ts'
import { rememberPair } from './pairs.ts'
import { createPool } from './pool.ts'
import type { TargetProvider } from './providers/provider.ts'
import type { RunOnceOptions } from './run-once.ts'
import { beginSource } from './run-once/begin-source.ts'
import { choosePair, type Pair } from './run-once/pair.ts'
import { SyncRun, type SyncRunDeps } from './run-once/sync-run.ts'
import { programFailureTexts } from './program-failure-texts.ts'
import { acquireInstanceLock } from './state/instance-lock.ts'
import { openStore } from './state/sqlite-store.ts'
import type { Store } from './state/store.ts'
import { openDelta, openFolderSource, openFolderTarget, openWorkbench, type Workbench } from './workbench.ts'

/**
 * One pass with everything it finds: `tidekeep sync`, or with `dryRun` `tidekeep plan`. Throws a
 * TidekeepError when nothing could be done at all (source missing, target unreachable, locked);
 * single files that fail are in the summary. Closes the pool.
 */
export async function runOnce(host: Host, options: RunOnceOptions, pool: Pool = createPool()): Promise<Summary> {
  try {
    const pair = await choosePair(host, options)
    const { bandwidthLimit, deviceName = '', tellDevice = false } = options
    const limits = { bandwidthLimit, downloadLimit: bandwidthLimit }
    const bench = openWorkbench(host, process.env, { ...limits, deviceName, tellDevice }, { pool })
    if (!options.dryRun) return await synchronise(bench, pair, options)
    const { predict } = await import('./run-once/predict.ts')
    return await predict(bench, pair, options)
  } finally {
    await pool.close()
  }
}

async function openTwoWay(
  bench: Workbench,
  pair: Pair,
  { store, target }: { readonly store: Store; readonly target: TargetProvider },
): Promise<NonNullable<SyncRunDeps['twoWay']>> {
  const { createRuleDecisions } = await import('./conflicts/rule-decisions.ts')
  const { compared } = store.folders.get(pair.folder.id as FolderId)
  const source = openFolderSource(bench, pair.folder, compared)
  return {
    source,
    conflictRule: createRuleDecisions({ ...pair, source, target, clock: bench.host.clock, device: bench.device }),
  }
}

async function synchronise(bench: Workbench, pair: Pair, options: RunOnceOptions): Promise<Summary> {
  const lock = acquireInstanceLock(pair.directory)
  try {
    const early = await beginSource(bench, pair, options)
    try {
      return await synchroniseWith(early.scanner, { bench, pair, options })
    } catch (error) {
      throw pair.isAdHoc ? withWayOut(error, pair) : error
    } finally {
      await early.end()
    }
  } finally {
    lock.release()
  }
}

/** What says to remove the folder and add it again means its state, of which a pair that is not configured has only the directory. */
function withWayOut(error: unknown, { directory }: Pair): unknown {
  if (!isTidekeepError(error) || error.reason !== 'other-target') return error
  const { code, message, path, retry, reason } = error
  const fix = programFailureTexts.run.otherTargetFix({ directory })
  return new TidekeepError({ code, message, fix, retry, reason, cause: error, ...(path === undefined ? {} : { path }) })
}

async function synchroniseWith(
  scanner: Scanner,
  { bench, pair, options }: Pick<SyncRunDeps, 'bench' | 'pair' | 'options'>,
): Promise<Summary> {
  const { folder, directory } = pair
  const { store, note } = await openStore({ ...bench.host, directory })
  if (note !== undefined) options.onEvent({ type: 'notice', message: note })
  try {
    if (pair.isAdHoc) rememberPair(directory, { ...options, target: folder.target })
    const target = await openFolderTarget(bench, store, folder, store.folders.get(folder.id as FolderId).compared)
    const twoWay = folder.mode === 'two-way' ? await openTwoWay(bench, pair, { store, target }) : undefined
    try {
      return await new SyncRun({
        bench,
        pair,
        options,
        store,
        scanner,
        target,
        delta: await openDelta(bench, {
          folder,
          target,
          store,
          rules: () => options,
          uploadLimit: () => options.bandwidthLimit,
        }),
        ...(twoWay === undefined ? {} : { twoWay }),
      }).run()
    } finally {
      await target.close()
      await twoWay?.source.close()
    }
  } finally {
    store.close()
  }
}
