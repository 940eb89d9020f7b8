import { toTidekeepError } from '../../common/errors.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { Host } from '../host.ts'
import { readPrices, type PriceList } from './price-list.ts'
import { isPriced } from './prices.ts'

/** What finding prices takes. */
export interface PriceReader {
  readonly host: Pick<Host, 'paths' | 'log'>
  /** Where an endpoint may be named that a folder leaves open. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What a folder's target takes; undefined where that is not known. A list that cannot be read costs the dollars, not the work. */
export function pricesOf(
  { host, env }: PriceReader,
  { target, s3 }: Pick<FolderSettings, 'target' | 's3'>,
): PriceList | undefined {
  if (!isPriced(target, s3, env)) return undefined
  try {
    return readPrices(host.paths.config)
  } catch (error) {
    host.log.warn('prices-not-read', { code: toTidekeepError(error).code })
    return undefined
  }
}
