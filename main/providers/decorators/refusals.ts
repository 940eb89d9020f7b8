import { isTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../../common/paths.ts'
import type { Random } from '../../host.ts'
import type { CallOptions, TargetProvider } from '../provider.ts'
import { intercept, surround } from './intercept.ts'
import { MUTATIONS } from './read-only.ts'
import { targetFailureTexts } from './target-failure-texts.ts'

/** After these, the probe itself says when it is worth asking again. */
const TROUBLE: ReadonlySet<ErrorCode> = new Set(['unavailable', 'timeout', 'throttled', 'unauthenticated', 'cancelled'])

/** Said of a put, these may be said of the whole target: no such bucket, another region, a disk that is not one. */
const MAY_BE_TOTAL: ReadonlySet<ErrorCode> = new Set(['forbidden', 'invalid', 'not-found', 'unsupported'])

/**
 * Tells a target that refuses every change (keys that may only read, rights that were withdrawn or a
 * bucket that was deleted in the middle of a run) from one that refuses some paths. A refusal becomes
 * `unavailable` when a probe in Tidekeep's own area, made after it, is refused just so: then no file
 * is at fault, all wait, it is said once, and everything goes on where it was when that is mended.
 */
export function refusing(inner: TargetProvider, random: Random): TargetProvider {
  const refusals = new Refusals(inner, random)
  const surrounded = surround(
    inner,
    async ({ name, signal }, run) => {
      if (!MUTATIONS.has(name) || name === 'putBatch') return run()
      try {
        return await run()
      } catch (error) {
        throw await refusals.judge(error, { isPut: name === 'put', signal })
      }
    },
    (_call, run) => run(),
  )
  return intercept(surrounded, {
    abilities: {
      putBatch: async (items, options) => {
        const results = await inner.features.putBatch!(items, options)
        if (results.every(({ ok }) => ok)) return results
        return Promise.all(
          results.map(async (result) =>
            result.ok
              ? result
              : { ok: false as const, error: await refusals.judge(result.error, { isPut: true, ...options }) },
          ),
        )
      },
    },
  })
}

/** What a probe found: that the target takes it, or the error with which it did not. */
type Finding = 'writable' | TidekeepError

class Refusals {
  readonly #inner: TargetProvider
  readonly #random: Random
  /** One that was not begun yet when somebody joins it, so that it comes after every refusal it explains. */
  #next: Promise<Finding> | undefined
  #current: Promise<unknown> = Promise.resolve()

  constructor(inner: TargetProvider, random: Random) {
    this.#inner = inner
    this.#random = random
  }

  /** What to throw instead of `error`. Refusals that come together share one probe. */
  async judge<E>(error: E, { isPut, signal }: CallOptions & { readonly isPut: boolean }): Promise<E | TidekeepError> {
    if (!isTidekeepError(error)) return error
    if (isPut ? !MAY_BE_TOTAL.has(error.code) : error.code !== 'forbidden') return error
    const finding = await this.#probe({ signal })
    if (finding === 'writable') return error
    // Nobody knows whose fault it was: the file is not given up for it.
    if (TROUBLE.has(finding.code)) return finding
    if (finding.code !== error.code) return error
    const { location } = this.#inner
    return new TidekeepError({
      code: 'unavailable',
      message:
        error.code === 'forbidden'
          ? targetFailureTexts.refusals.readOnly({ location })
          : targetFailureTexts.refusals.refused({ location, message: finding.message }),
      path: location,
      retry: { kind: 'never' },
      cause: error,
      ...(error.fix === undefined ? {} : { fix: error.fix }),
    })
  }

  #probe(options: CallOptions): Promise<Finding> {
    this.#next ??= this.#current.then(() => {
      this.#next = undefined
      const running = this.#look(options)
      this.#current = running
      return running
    })
    return this.#next
  }

  /** Never rejects. */
  async #look(options: CallOptions): Promise<Finding> {
    const path = `${RESERVED_DIRECTORY}/probe-${this.#random.hex(8)}` as RelPath
    const content = { size: 0, open: nothing }
    try {
      await this.#inner.put(path, content, { ...options, metadata: { mtimeNs: 0n }, expect: { kind: 'any' } })
    } catch (error) {
      return isTidekeepError(error) ? error : 'writable'
    }
    await this.#inner.remove(path, { ...options, expect: { kind: 'any' } }).catch(() => undefined)
    return 'writable'
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An empty file has no bytes.
}
