import { toTidekeepError, type TidekeepError } from '../../common/errors.ts'
import type { Job, UploadAction } from '../../common/model.ts'
import type { Clock } from '../host.ts'
import type { BatchItem } from '../providers/provider.ts'
import { metadataOf } from './execute/baseline-entry.ts'
import { uploadOutcome } from './execute/put.ts'
import { keepFor, stampOf, type ExecuteContext } from './execute/run.ts'
import { localContent } from './execute/local-content.ts'
import type { Finished } from './record/record.ts'

/** How the jobs of one batch ended. */
export interface BatchEnds {
  readonly finished: readonly Finished[]
  /** Something else is in their place: alone, each is compared with what is there. */
  readonly refused: readonly Job[]
  readonly failed: readonly { readonly job: Job; readonly error: TidekeepError }[]
}

/** New small files, where the target takes many at once. A same-sized change may need no sending at all, so it goes alone. */
export function batchable(context: ExecuteContext, jobs: readonly Job[]): readonly Job[] {
  if (context.target.features.putBatch === undefined || jobs.length < 2) return []
  return jobs.filter(
    ({ lane, action }) =>
      lane === 'small' &&
      action.kind === 'upload' &&
      action.resolves === undefined &&
      action.base?.size !== action.local.size &&
      context.delta?.concerns(action) !== true,
  )
}

/** Carries uploads out in one batch. Throws only where nothing of it is known. */
export async function putTogether(
  context: ExecuteContext,
  clock: Clock,
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<BatchEnds> {
  const { features } = context.target
  if (jobs.length === 0 || features.putBatch === undefined) return { finished: [], refused: [], failed: [] }
  const startMs = clock.monotonic()
  const atMs = stampOf(context)
  const items = jobs.map((job) => batchItem(context, job.action as UploadAction, atMs))
  const results = await features.putBatch(items, { signal })
  const durationMs = clock.monotonic() - startMs
  const finished: Finished[] = []
  const refused: Job[] = []
  const failed: { job: Job; error: TidekeepError }[] = []
  for (const [index, result] of results.entries()) {
    const job = jobs[index]!
    const action = job.action as UploadAction
    if (result.ok) {
      finished.push({ job, outcome: uploadOutcome(context, action, { result: result.result, durationMs, atMs }) })
      continue
    }
    const error = toTidekeepError(result.error, action.path)
    if (error.code === 'precondition-failed' || error.code === 'already-exists') refused.push(job)
    else failed.push({ job, error })
  }
  return { finished, refused, failed }
}

function batchItem(context: ExecuteContext, { path, local, expect, base }: UploadAction, atMs: number): BatchItem {
  const keep = expect.kind === 'absent' ? undefined : keepFor(context, { base, expect, atMs })
  const item: BatchItem = { path, content: localContent(context.root, local), metadata: metadataOf(local), expect }
  return keep === undefined ? item : { ...item, keep }
}
