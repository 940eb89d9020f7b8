import type { TargetProvider } from '../provider.ts'
import { intercept, surround } from './intercept.ts'

/** What went over one or more targets so far. */
export interface MeterSnapshot {
  /** Calls by name; a batch also counts each of its items as `put`. */
  readonly requests: Readonly<Record<string, number>>
  readonly bytesSent: number
  readonly bytesReceived: number
}

/**
 * Counts requests and bytes; one may serve many targets. Providers of stores that charge by request
 * report theirs by the store's own names (`PutObject`); `metered` counts calls of the port.
 */
export class RequestMeter {
  readonly #requests = new Map<string, number>()
  #bytesSent = 0
  #bytesReceived = 0

  snapshot(): MeterSnapshot {
    return {
      requests: Object.fromEntries(this.#requests),
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
    }
  }

  /** `name` is from a closed set, never a path. */
  count(name: string, times = 1): void {
    this.#requests.set(name, (this.#requests.get(name) ?? 0) + times)
  }

  sent(byteCount: number): void {
    this.#bytesSent += byteCount
  }

  received(byteCount: number): void {
    this.#bytesReceived += byteCount
  }
}

/** Counts every call of `inner`, failed ones too, and the bytes of those that ended well. */
export function metered(inner: TargetProvider, meter: RequestMeter): TargetProvider {
  const counted = surround(
    inner,
    ({ name }, run) => {
      meter.count(name)
      return run()
    },
    (call, run) => {
      meter.count(call.name)
      return run()
    },
  )
  return intercept(counted, {
    read: (path, options) => received(counted.read(path, options), meter),
    put: async (path, content, options) => {
      const result = await counted.put(path, content, options)
      meter.sent(result.bytesSent)
      return result
    },
    abilities: {
      readKept: (kept, options) => received(counted.features.readKept!(kept, options), meter),
      copyOut: async (items, options) => {
        const outcomes = await counted.features.copyOut!(items, options)
        for (const [index, { ok }] of outcomes.entries()) if (ok) meter.received(items[index]!.size)
        return outcomes
      },
      putBatch: async (items, options) => {
        meter.count('put', items.length)
        const results = await counted.features.putBatch!(items, options)
        for (const result of results) if (result.ok) meter.sent(result.result.bytesSent)
        return results
      },
    },
  })
}

async function* received(pieces: AsyncIterable<Uint8Array>, meter: RequestMeter): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    meter.received(piece.length)
    yield piece
  }
}
