import type { Outcome, UploadAction } from '../../../common/model.ts'
import type { PreparedUpload } from '../../delta/delta-upload.ts'
import type { PutOptions, PutResult } from '../../providers/provider.ts'
import { metadataOf, uploadedBaseline } from './baseline-entry.ts'
import { localContent } from './local-content.ts'
import { keepFor, keptOf, stampOf, type ExecuteContext, type Run } from './run.ts'

/** Sends the content of a file, guarded by the action's precondition. What it replaces is kept, unless it is to be dropped. */
export async function put(
  run: Run,
  action: UploadAction,
  prepared?: PreparedUpload,
  replaced: 'kept' | 'dropped' = 'kept',
): Promise<Outcome> {
  const { onProgress, signal } = run.options
  const { clock, delta, root, target } = run.context
  const content = localContent(root, action.local)
  const atMs = stampOf(run.context)
  const keep =
    action.expect.kind === 'absent' || replaced === 'dropped'
      ? undefined
      : keepFor(run.context, { base: action.base, expect: action.expect, atMs })
  const options: PutOptions = {
    metadata: metadataOf(action.local),
    expect: action.expect,
    signal,
    ...(keep === undefined ? {} : { keep }),
    ...(onProgress === undefined ? {} : { onProgress }),
  }
  const kept = (result: PutResult) => keptOf(action.base, result.kept)
  if (delta === undefined) {
    const result = await target.put(action.path, content, options)
    const baseline = uploadedBaseline(clock, action.local, { result, atMs })
    return run.done({ action, method: 'whole', baseline, bytesSent: result.bytesSent, ...kept(result) })
  }
  const { method, result, bytesSent } = await delta.send(action, content, { options, prepared })
  const baseline = uploadedBaseline(clock, action.local, { result, atMs })
  return run.done({ action, method, baseline, bytesSent, bytesReused: result.bytesReused ?? 0, ...kept(result) })
}

/** Makes the outcome of an upload that a batch put carried out. */
export function uploadOutcome(
  context: Pick<ExecuteContext, 'clock'>,
  action: UploadAction,
  { result, durationMs, atMs }: { readonly result: PutResult; readonly durationMs: number; readonly atMs: number },
): Outcome {
  const outcome: Outcome = {
    action,
    method: 'whole',
    baseline: uploadedBaseline(context.clock, action.local, { result, atMs }),
    bytesSent: result.bytesSent,
    bytesReused: 0,
    durationMs,
  }
  return result.kept === undefined ? outcome : { ...outcome, ...keptOf(action.base, result.kept) }
}
