import { toTidekeepError } from '../../../common/errors.ts'
import type { BatchItem, BatchResult, CallOptions, Content, TargetProvider } from '../provider.ts'
import type { ByteLimiter } from './limiter.ts'
import { wrapProvider } from './wrap.ts'

/**
 * Keeps a provider that reads content as fast as it can to the bandwidth limit, by pacing what it
 * reads. While a limit is set, batches go one by one, and local files are read through the paced
 * stream instead of by a worker.
 */
export function throttled(inner: TargetProvider, limiter: ByteLimiter): TargetProvider {
  if (inner.features.pacesItself === true) return inner
  return wrapProvider(inner, {
    put: (provider, path, content, options) => provider.put(path, paced(content, limiter, options.signal), options),
    putBatch: (provider, items, options) =>
      limiter.isLimited ? oneByOne(provider, limiter, items, options) : provider.features.putBatch!(items, options),
  })
}

async function oneByOne(
  provider: TargetProvider,
  limiter: ByteLimiter,
  items: readonly BatchItem[],
  options: CallOptions,
): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = []
  for (const { path, content, metadata, expect } of items) {
    try {
      const result = await provider.put(path, paced(content, limiter, options.signal), {
        metadata,
        expect,
        signal: options.signal,
      })
      results.push({ ok: true, result })
    } catch (error) {
      results.push({ ok: false, error: toTidekeepError(error, path) })
    }
  }
  return results
}

function paced(content: Content, limiter: ByteLimiter, signal: AbortSignal): Content {
  if (!limiter.isLimited) return content
  return { size: content.size, open: (range) => limiter.pace(content.open(range), signal) }
}
