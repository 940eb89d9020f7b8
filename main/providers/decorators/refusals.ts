import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../../common/paths.ts'
import type { Random } from '../../host.ts'
import type { CallOptions, TargetProvider } from '../provider.ts'
import { intercept, surround } from './intercept.ts'
import { MUTATIONS } from './read-only.ts'

/**
 * Tells a target that refuses every change (keys that may only read) from one that refuses some
 * paths. `forbidden` becomes `unavailable` when nothing could be changed since the target was
 * opened and a probe in Tidekeep's own area is refused as well: then no file is at fault, all wait,
 * and it is said once. After any change that worked, a refusal is about its path alone.
 */
export function refusing(inner: TargetProvider, random: Random): TargetProvider {
  const refusals = new Refusals(inner, random)
  const surrounded = surround(
    inner,
    async ({ name, signal }, run) => {
      if (!MUTATIONS.has(name) || name === 'putBatch') return run()
      try {
        const result = await run()
        // Making a folder that is there, or that the store has no notion of, proves nothing.
        if (name !== 'makeDirectory') refusals.changed()
        return result
      } catch (error) {
        throw await refusals.judge(error, signal)
      }
    },
    (_call, run) => run(),
  )
  return intercept(surrounded, {
    abilities: {
      putBatch: async (items, options) => {
        const results = await inner.features.putBatch!(items, options)
        if (results.some(({ ok }) => ok)) refusals.changed()
        return Promise.all(
          results.map(async (result) =>
            result.ok ? result : { ok: false as const, error: await refusals.judge(result.error, options.signal) },
          ),
        )
      },
    },
  })
}

class Refusals {
  readonly #inner: TargetProvider
  readonly #random: Random
  #hasChanged = false
  #probing: Promise<boolean> | undefined

  constructor(inner: TargetProvider, random: Random) {
    this.#inner = inner
    this.#random = random
  }

  changed(): void {
    this.#hasChanged = true
  }

  /** What to throw instead of `error`. Refusals that come together share one probe. */
  async judge<E>(error: E, signal: AbortSignal): Promise<E | TidekeepError> {
    if (!isTidekeepError(error) || error.code !== 'forbidden' || this.#hasChanged) return error
    this.#probing ??= this.#isProbeRefused({ signal })
    const isRefused = await this.#probing
    this.#probing = undefined
    if (!isRefused || this.#hasChanged) return error
    const { location } = this.#inner
    return new TidekeepError({
      code: 'unavailable',
      message: `${location} may be read but not written to.`,
      path: location,
      retry: { kind: 'never' },
      cause: error,
      ...(error.fix === undefined ? {} : { fix: error.fix }),
    })
  }

  /** True only for a plain refusal: whatever else happens to the probe says nothing. */
  async #isProbeRefused(options: CallOptions): Promise<boolean> {
    const path = `${RESERVED_DIRECTORY}/probe-${this.#random.hex(8)}` as RelPath
    const content = { size: 0, open: nothing }
    try {
      await this.#inner.put(path, content, { ...options, metadata: { mtimeNs: 0n }, expect: { kind: 'any' } })
    } catch (error) {
      return isTidekeepError(error) && error.code === 'forbidden'
    }
    await this.#inner.remove(path, { ...options, expect: { kind: 'any' } }).catch(() => undefined)
    return false
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An empty file has no bytes.
}
