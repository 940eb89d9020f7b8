import { toTidekeepError, type TidekeepError } from '../../../common/errors.ts'
import type { Clock, Random } from '../../host.ts'
import type { TargetProvider } from '../provider.ts'
import { wrapProvider } from './wrap.ts'

/** Attempts of one call, the first included. The queue tries again later, so that this only bridges hiccups. */
const ATTEMPTS = 3
const BASE_MS = 200
const AFTER_CAP_MS = 30_000

/** What retrying needs of the host. */
export interface RetryDeps {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Bridges short faults: up to three attempts with full-jitter back-off, or after what the store
 * asked for, up to 30 s. Safe for mutations, because each carries a precondition and providers
 * recognise their own committed write (I4). Batches are left out: their items fail one by one.
 */
export function retrying(inner: TargetProvider, deps: RetryDeps): TargetProvider {
  return wrapProvider(inner, {
    call: async ({ name, signal }, run) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await run()
        } catch (error) {
          const known = toTidekeepError(error)
          if (name === 'putBatch' || attempt >= ATTEMPTS || signal.aborted || !isHiccup(known)) throw error
          await deps.clock.sleep(delayMs(known, attempt, deps.random), signal)
        }
      }
    },
  })
}

/** Faults of the line or the store. A source that changed or a full disk is not mended by hurry. */
function isHiccup(error: TidekeepError): boolean {
  return (
    (error.code === 'timeout' || error.code === 'unavailable' || error.code === 'throttled') &&
    (error.retry.kind === 'backoff' || error.retry.kind === 'after')
  )
}

function delayMs(error: TidekeepError, attempt: number, random: Random): number {
  if (error.retry.kind === 'after') return Math.min(AFTER_CAP_MS, error.retry.delayMs)
  return Math.ceil(random.next() * BASE_MS * 2 ** attempt)
}
