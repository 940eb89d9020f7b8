import { TidekeepError } from '../../../common/errors.ts'
import type { ByteRange } from '../../../common/model.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** Limits of multipart uploads: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000
export const MIN_PART_BYTES = 5 * 1024 ** 2
export const MAX_PART_BYTES = 5 * 1024 ** 3
const MIB = 1024 ** 2

/** Bytes of an object that the store copies by itself. */
export interface CopiedRange {
  readonly key: string
  /** The copy fails unless the object still has it (I3). */
  readonly etag: string
  readonly versionId?: string
  /** Undefined: the whole object. */
  readonly range?: ByteRange
}

/** One part of an upload; `range` is where it lies in the content. Literals are sent, the others the store takes from what it holds. */
export type PlannedPart =
  | { readonly kind: 'literal'; readonly number: number; readonly range: ByteRange }
  | { readonly kind: 'copy'; readonly number: number; readonly range: ByteRange; readonly source: CopiedRange }
  | PlannedSegment

/** A copied range and the literal that follows it, from `literalStart` on: one part, made as a temporary object first. */
export interface PlannedSegment {
  readonly kind: 'segment'
  readonly number: number
  readonly range: ByteRange
  readonly literalStart: number
  readonly source: CopiedRange
}

/** From where on the bytes of a part are needed, and not their digest alone. */
export function keptFrom(part: PlannedPart): number {
  switch (part.kind) {
    case 'literal':
      return part.range.start
    case 'copy':
      return part.range.end
    case 'segment':
      return part.literalStart
  }
}

/** Content that is sent whole, in parts of one size. */
export function literalParts(sizeBytes: number, partBytes: number): readonly PlannedPart[] {
  return Array.from({ length: Math.max(1, Math.ceil(sizeBytes / partBytes)) }, (_, index) => ({
    kind: 'literal',
    number: index + 1,
    range: { start: index * partBytes, end: Math.min(sizeBytes, (index + 1) * partBytes) },
  }))
}

/** How content of some size is cut. */
export interface PartPlan {
  readonly partBytes: number
  readonly partCount: number
}

/**
 * Parts of the configured size, or larger where 10,000 of those would not do: rounded up to whole
 * MiB. Throws `unsupported` for what 10,000 parts of 5 GiB cannot hold.
 */
export function planParts(sizeBytes: number, configuredBytes: number): PartPlan {
  const fits = sizeBytes <= configuredBytes * MAX_PARTS
  const partBytes = fits ? configuredBytes : Math.ceil(Math.ceil(sizeBytes / MAX_PARTS) / MIB) * MIB
  if (partBytes > MAX_PART_BYTES) {
    throw new TidekeepError({
      code: 'unsupported',
      message: s3FailureTexts.partPlan.theFileIsLargerThan,
    })
  }
  return { partBytes, partCount: Math.max(1, Math.ceil(sizeBytes / partBytes)) }
}
