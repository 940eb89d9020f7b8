import type { PriceList } from '../delta/price-list.ts'
import { isArchiveClass } from './compare-content.ts'

/** Files of one proof at most. */
export const PROOF_FILES = 100
/** Each is looked at, then read. */
const REQUESTS_PER_FILE = 2
const PROOFS_A_MONTH = 30
const GIB = 1024 ** 3

/** Requests that a month of daily proofs makes at most. */
export const PROOF_REQUESTS_A_MONTH = PROOF_FILES * REQUESTS_PER_FILE * PROOFS_A_MONTH

/**
 * US dollars that a month of daily proofs costs at most: requests, and what taking content out of the class costs. Not what
 * leaves the store. 0 of an archive class, whose files no proof reads; undefined where the list does not tell.
 */
export function proofsPerMonth(
  prices: PriceList | undefined,
  maxBytes: number,
  storageClass = 'STANDARD',
): number | undefined {
  if (isArchiveClass(storageClass)) return 0
  const of = prices?.s3[storageClass]
  if (of === undefined) return undefined
  const bytes = maxBytes * PROOFS_A_MONTH
  return (PROOF_REQUESTS_A_MONTH / 1000) * of.readPer1000 + (bytes / GIB) * of.retrievalPerGib
}
