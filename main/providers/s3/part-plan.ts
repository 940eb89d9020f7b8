import { TidekeepError } from '../../../common/errors.ts'

/** Limits of multipart uploads: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000
export const MIN_PART_BYTES = 5 * 1024 ** 2
export const MAX_PART_BYTES = 5 * 1024 ** 3
const MIB = 1024 ** 2

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
      message: 'The file is larger than S3 can hold in one object (48.8 TiB).',
    })
  }
  return { partBytes, partCount: Math.max(1, Math.ceil(sizeBytes / partBytes)) }
}
