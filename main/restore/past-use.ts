import type { Host } from '../host.ts'
import { createPastLock, type PastLock } from '../state/past-lock.ts'

/** Somebody reads earlier versions. */
export interface PastHold {
  /** Resolves once nothing is let go of any more; never rejects. */
  readonly ready: Promise<void>
  /** Idempotent. */
  release(): void
}

/** Which folders' earlier versions somebody reads at present: nothing of them is let go of meanwhile, here or by another process. */
export class PastUse {
  readonly #holders = new Map<string, number>()
  readonly #lock: Pick<PastLock, 'hold'> | undefined

  /** Without a lock, other processes know nothing of it. */
  constructor(lock?: Pick<PastLock, 'hold'>) {
    this.#lock = lock
  }

  /** Here from now on, and everywhere once it is ready; until it is released. */
  hold(folderId: string): PastHold {
    this.#holders.set(folderId, (this.#holders.get(folderId) ?? 0) + 1)
    const abort = new AbortController()
    const locked = this.#lock?.hold(abort.signal).catch(() => undefined)
    let isHeld = true
    return {
      ready: Promise.resolve(locked).then(() => undefined),
      release: () => {
        if (!isHeld) return
        isHeld = false
        abort.abort()
        void locked?.then((release) => release?.())
        const left = this.#holders.get(folderId)! - 1
        if (left > 0) this.#holders.set(folderId, left)
        else this.#holders.delete(folderId)
      },
    }
  }

  isHeld(folderId: string): boolean {
    return this.#holders.has(folderId)
  }
}

/** For everything of this process that reads earlier versions or lets them go. */
export function openPastUse(host: Pick<Host, 'paths' | 'clock' | 'log'>): {
  readonly pastUse: PastUse
  readonly pastLock: PastLock
} {
  const pastLock = createPastLock(host)
  return { pastUse: new PastUse(pastLock), pastLock }
}
