import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { EngineDeps } from './engine-deps.ts'
import { forgetForeignJobs } from './foreign-jobs.ts'
import { FolderPipeline } from './pipeline.ts'
import type { PipelineDeps } from './pipeline-ports.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'

/** A configured folder: with its pipeline, or with why there is none. */
export interface OpenFolder {
  settings: FolderSettings
  /** What the pipeline was built from; see `wiringOf`. */
  readonly wiring: string
  readonly pipeline: FolderPipeline | undefined
  readonly target?: TargetProvider
  readonly source?: TargetProvider
  readonly openError?: { readonly message: string; readonly fix?: string }
}

/** Who is told what a pipeline does, and what its work is part of. */
export type PipelineHooks = Pick<PipelineDeps, 'burst' | 'onRecorded' | 'onDead' | 'onScanned' | 'onChange'>

/** Opens both sides of a folder and starts its pipeline. Never rejects: what cannot be opened says why. */
export async function openFolder(
  deps: EngineDeps,
  folder: FolderSettings,
  { paused, ...hooks }: PipelineHooks & { readonly paused: boolean },
): Promise<OpenFolder> {
  const { host, store, pool, settings } = deps
  const wiring = wiringOf(folder, settings())
  try {
    const target = await deps.openTarget(folder)
    const delta = await deps.openDelta?.(folder, target)
    const source = await openSource(deps, folder)
    const conflictRule = source === undefined ? undefined : deps.conflictRules?.(folder, { source, target })
    const pipeline = new FolderPipeline({
      host,
      store,
      pool,
      folder,
      settings,
      target,
      ...(delta === undefined ? {} : { delta }),
      ...(source === undefined ? {} : { source }),
      ...(conflictRule === undefined ? {} : { conflictRule }),
      scanner: deps.openScanner(folder),
      watcher: deps.openWatcher(folder),
      ...hooks,
    })
    forgetForeignJobs(store, folder)
    pipeline.start(paused)
    return { settings: folder, wiring, pipeline, target, ...(source === undefined ? {} : { source }) }
  } catch (error) {
    const known = toTidekeepError(error, folder.path)
    host.log.warn('folder-not-opened', { folderId: folder.id, code: known.code })
    return {
      settings: folder,
      wiring,
      pipeline: undefined,
      openError: { message: known.message, ...(known.fix === undefined ? {} : { fix: known.fix }) },
    }
  }
}

async function openSource(deps: EngineDeps, folder: FolderSettings): Promise<TargetProvider | undefined> {
  if (folder.mode !== 'two-way') return undefined
  if (deps.openSource !== undefined) return deps.openSource(folder)
  throw new TidekeepError({
    code: 'unsupported',
    message: engineFailureTexts.openFolder.cannotBeWrittenTo({ path: folder.path }),
    path: folder.path,
  })
}

/** Everything a pipeline is built from; as long as it stays the same, the pipeline does. */
export function wiringOf(folder: FolderSettings, { ignore, settleMs, settleMaxMs }: Settings): string {
  return JSON.stringify([
    folder.path,
    folder.target,
    folder.mode,
    [...ignore, ...folder.ignore],
    folder.s3,
    folder.adopt,
    folder.conflictRules,
    settleMs,
    settleMaxMs,
  ])
}
