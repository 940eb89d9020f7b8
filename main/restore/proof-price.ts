import type { ProofPriceView } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
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
 * US dollars that a month of daily proofs costs at most, an estimate: requests, what taking content out of the class costs, and
 * what leaves the store. 0 of an archive class, whose files no proof reads; undefined where the list does not tell.
 */
export function proofsPerMonth(
  prices: PriceList | undefined,
  maxBytes: number,
  storageClass = 'STANDARD',
): number | undefined {
  if (isArchiveClass(storageClass)) return 0
  const of = prices?.s3[storageClass]
  if (prices === undefined || of === undefined) return undefined
  if (maxBytes === 0) return 0
  const gib = (maxBytes * PROOFS_A_MONTH) / GIB
  return (PROOF_REQUESTS_A_MONTH / 1000) * of.readPer1000 + gib * (of.retrievalPerGib + prices.transferOutPerGib)
}

/** The same of all folders whose target may take money for it. */
export function proofPrice<F extends Pick<FolderSettings, 'target' | 's3'>>(
  folders: readonly F[],
  maxBytes: number,
  pricesOf: (folder: F) => PriceList | undefined,
): ProofPriceView {
  const stores = folders.filter(({ target }) => target.startsWith('s3:'))
  const dollars = stores.map((folder) =>
    proofsPerMonth(pricesOf(folder), maxBytes, folder.s3?.storageClass || undefined),
  )
  const known = dollars.filter((each) => each !== undefined)
  return {
    priced: known.length,
    unpriced: dollars.length - known.length,
    dollarsPerMonth: known.reduce((sum, each) => sum + each, 0),
  }
}
