import { TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import type { AssembleOptions, AssemblyLimits, AssemblyPart, CallOptions, Content, PutResult } from '../provider.ts'
import type { AssemblyAbilities } from './abilities.ts'
import { planAssembly } from './assembly-plan.ts'
import type { S3Context } from './context.ts'
import { canRemoveAtOnce } from './object-lock.ts'
import { shownPath } from './objects.ts'
import { runUpload } from './run-upload.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/**
 * How content can be put together at this store; undefined where the result could only be proved by
 * downloading it. Writes nothing, as a dry run asks too: a store that was not tried yet is taken to
 * be able, and the first {@link assemble} is the proof.
 */
export async function assemblyLimits(context: S3Context, { signal }: CallOptions): Promise<AssemblyLimits | undefined> {
  const { abilities, tuning } = context
  const known = abilities.known.assembly
  if (known !== undefined && !isAble(known)) return undefined
  const { minPartBytes, maxPartBytes, maxParts, copyBytes } = tuning
  return {
    minPartBytes,
    maxPartBytes,
    maxCopyBytes: copyBytes,
    maxParts,
    // Ranges are taken of objects above 5 MiB: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
    minSourceBytes: minPartBytes + 1,
    segments: await canRemoveAtOnce(context, signal),
  }
}

/** What assembling takes beside path and content. */
export interface Assembly {
  readonly parts: readonly AssemblyPart[]
  readonly options: AssembleOptions
}

/**
 * Puts content together from ranges of the object at `path` and from bytes that are sent, in one
 * multipart upload. The whole file is read, so that the result is proved by the digest of the file,
 * not by trust in what the object was thought to hold. Throws `unsupported` where this store turns
 * out to be unable, and `corrupt` where it holds other bytes than the parts say: the file has to be
 * sent whole then.
 */
export async function assemble(
  context: S3Context,
  path: RelPath,
  content: Content,
  { parts, options }: Assembly,
): Promise<PutResult> {
  throwIfCancelled(options.signal)
  const isProved = isAble(await context.abilities.assembly(options.signal))
  const limits = isProved ? await assemblyLimits(context, options) : undefined
  if (limits === undefined) {
    throw new TidekeepError({
      code: 'unsupported',
      message: s3FailureTexts.assemble.theStoreCannotPutContent,
      path: shownPath(context, path),
      fix: s3FailureTexts.assemble.theStoreCannotPutContentFix,
    })
  }
  const request = { sizeBytes: content.size, parts, from: options.from, key: context.keyOf(path) }
  const plan = planAssembly(request, limits, context.tuning)
  return runUpload(context, { path, content, options, plan })
}

function isAble({ sourceConditions, checksum }: AssemblyAbilities): boolean {
  return sourceConditions && checksum
}
