import type { BatchItem, BatchResult, CallOptions, Content, TargetProvider } from '../provider.ts'
import { intercept } from './intercept.ts'
import { type ByteLimiter, LineLimiter } from './limiter.ts'

/**
 * Keeps what is sent and received under the limiter's rate: inside streams, and before batches,
 * which are split as long as there is a limit. A large file then goes through a paced stream even
 * where the provider could read it by itself. A provider that keeps to the limit by itself is left
 * as it is.
 */
export function throttled(inner: TargetProvider, limiter: ByteLimiter): TargetProvider {
  const received = limiter instanceof LineLimiter ? limiter.received : limiter
  if (inner.features.pacesItself === true) return inner
  return intercept(inner, {
    read: (path, options) => received.pace(inner.read(path, options), options.signal),
    put: (path, content, options) => inner.put(path, pacedContent(content, limiter, options.signal), options),
    abilities: {
      putBatch: (items, options) => putInSteps(inner, limiter, items, options),
      readKept: (kept, options) => received.pace(inner.features.readKept!(kept, options), options.signal),
      copyOut: async (items, options) => {
        await received.take(
          items.reduce((sum, { size }) => sum + size, 0),
          options.signal,
        )
        return inner.features.copyOut!(items, options)
      },
      assemble: (path, content, parts, options) =>
        inner.features.assemble!(path, pacedContent(content, limiter, options.signal), parts, options),
    },
  })
}

function pacedContent(content: Content, limiter: ByteLimiter, signal: AbortSignal): Content {
  if (!limiter.isLimited) return content
  return { size: content.size, open: (range) => limiter.pace(content.open(range), signal) }
}

async function putInSteps(
  inner: TargetProvider,
  limiter: ByteLimiter,
  items: readonly BatchItem[],
  options: CallOptions,
): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = []
  while (results.length < items.length) {
    const step = nextStep(items, results.length, limiter.pieceBytes)
    const [first] = step
    if (step.length === 1 && first!.content.size > limiter.pieceBytes) {
      const content = pacedContent(first!.content, limiter, options.signal)
      results.push(...(await inner.features.putBatch!([{ ...first!, content }], options)))
      continue
    }
    await limiter.take(sizeOf(step), options.signal)
    results.push(...(await inner.features.putBatch!(step, options)))
  }
  return results
}

/** As many items as fit into one piece, at least one. */
function nextStep(items: readonly BatchItem[], start: number, pieceBytes: number): readonly BatchItem[] {
  let end = start
  let bytes = 0
  while (end < items.length && (end === start || bytes + items[end]!.content.size <= pieceBytes)) {
    bytes += items[end]!.content.size
    end++
  }
  return items.slice(start, end)
}

function sizeOf(items: readonly BatchItem[]): number {
  return items.reduce((sum, { content }) => sum + content.size, 0)
}
