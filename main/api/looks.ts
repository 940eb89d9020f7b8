import { toWireError } from '../../common/client.ts'
import type { Look } from '../../common/protocol.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { withDeadline } from './deadline.ts'
import type { ApiDeps } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/** A target is not asked again within this time, however often screens are opened. */
export const LOOK_EVERY_MS = 5 * 60_000
/** Nor where a person asks for it, or where it could not be reached: it may be back in a moment. */
export const LEAST_LOOK_MS = 5_000
const LOOK_MS = 15_000
const ROOT = '' as Parameters<TargetProvider['list']>[0]

/** What is looked at. */
export interface Looked {
  /** Same key: same place. */
  readonly key: string
  readonly open: () => Promise<TargetProvider>
  /** A person asked for it just now. */
  readonly isFresh: boolean
}

interface Known {
  readonly atMs: number
  readonly look: Promise<Look>
  isAway: boolean
}

/** How targets are, remembered for some minutes. Looks only: nothing is made or written there. */
export class Looks {
  readonly #host: Pick<ApiDeps['host'], 'clock'>
  readonly #known = new Map<string, Known>()

  constructor(host: Pick<ApiDeps['host'], 'clock'>) {
    this.#host = host
  }

  /** Never rejects: that a target cannot be reached is an answer. Calls at the same time share one look. */
  at({ key, open, isFresh }: Looked): Promise<Look> {
    const nowMs = this.#host.clock.monotonic()
    const known = this.#known.get(key)
    if (known !== undefined && nowMs - known.atMs < (isFresh || known.isAway ? LEAST_LOOK_MS : LOOK_EVERY_MS))
      return known.look
    const made: Known = { atMs: nowMs, look: this.#ask(open), isAway: false }
    void made.look.then(({ isReachable }) => (made.isAway = !isReachable))
    this.#known.set(key, made)
    return made.look
  }

  async #ask(open: Looked['open']): Promise<Look> {
    const { clock } = this.#host
    const askedAtMs = clock.now()
    try {
      const message = apiFailureTexts.looks.slow
      const capacity = await withDeadline({ clock, limitMs: LOOK_MS, message }, (signal) => lookAt(open, signal))
      return { askedAtMs, isReachable: true, capacity }
    } catch (error) {
      return { askedAtMs, isReachable: false, error: toWireError(error), capacity: {} }
    }
  }
}

/** One question: where it does not tell how full it is, the first batch of its listing. */
async function lookAt(open: Looked['open'], signal: AbortSignal): Promise<Look['capacity']> {
  const provider = await open()
  try {
    if (provider.features.capacity !== undefined) return await provider.features.capacity({ signal })
    for await (const _batch of provider.list(ROOT, { signal })) break
    return {}
  } finally {
    await provider.close()
  }
}
