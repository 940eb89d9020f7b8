import { parseLocation } from '../../common/location.ts'
import type { S3Options } from '../../common/settings.ts'
import type { PriceList } from './price-list.ts'

const WRITES = [
  'PutObject',
  'CopyObject',
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'CompleteMultipartUpload',
  'ListObjectsV2',
  'ListParts',
  'ListMultipartUploads',
  'ListObjectVersions',
] as const
const READS = ['GetObject', 'HeadObject'] as const
const FREE = ['DeleteObject', 'AbortMultipartUpload'] as const
const GIB = 1024 ** 3

/**
 * Whether the list says what a target takes: Amazon's own stores only. What other stores take is not
 * known. `env` is where an endpoint may be named that the options leave open.
 */
export function isPriced(
  target: string,
  s3: Pick<S3Options, 'endpoint'> | undefined,
  env: Readonly<Record<string, string | undefined>> = {},
): boolean {
  const endpoints = [s3?.endpoint, env['AWS_ENDPOINT_URL_S3'], env['AWS_ENDPOINT_URL']]
  return parseLocation(target, (path) => path).scheme === 's3' && endpoints.every((each) => (each ?? '') === '')
}

/**
 * Dollars for 1,000 requests of each kind, as `UploadSituation.requestPrices` has them. Undefined
 * for a storage class that is not in the list.
 */
export function requestPrices(
  list: PriceList,
  storageClass = 'STANDARD',
): Readonly<Record<string, number>> | undefined {
  const prices = list.s3[storageClass]
  if (prices === undefined) return undefined
  return Object.fromEntries([
    ...WRITES.map((kind) => [kind, prices.writePer1000]),
    ...READS.map((kind) => [kind, prices.readPer1000]),
    ...FREE.map((kind) => [kind, 0]),
  ])
}

/** Dollars a month for keeping so many bytes; undefined for a storage class that is not in the list. */
export function storagePerMonth(list: PriceList, sizeBytes: number, storageClass = 'STANDARD'): number | undefined {
  const prices = list.s3[storageClass]
  return prices === undefined ? undefined : (sizeBytes / GIB) * prices.storagePerGibMonth
}
