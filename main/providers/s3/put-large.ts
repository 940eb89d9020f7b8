import type { RelPath } from '../../../common/model.ts'
import type { Content, PutOptions, PutResult } from '../provider.ts'
import type { S3Context } from './context.ts'
import { literalParts, planParts } from './part-plan.ts'
import { runUpload } from './run-upload.ts'

/**
 * Stores content as a multipart upload: one sequential read that digests, a few parts on their way
 * at once, memory bounded whatever the size. An interrupted upload of the same file goes on where
 * the store has got to.
 */
export function putLarge(context: S3Context, path: RelPath, content: Content, options: PutOptions): Promise<PutResult> {
  const { partBytes } = planParts(content.size, context.tuning.partBytes)
  return runUpload(context, { path, content, options, plan: literalParts(content.size, partBytes) })
}
