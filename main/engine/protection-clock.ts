import type { FolderId } from '../../common/model.ts'
import type { Clock } from '../host.ts'
import type { FolderStateStore } from '../state/store.ts'

/** How one folder stands at this moment. */
export interface ProtectionSign {
  readonly id: FolderId
  /** Every change until then is at the target, host-clock milliseconds; undefined while that cannot be said. */
  readonly safeUpToMs: number | undefined
}

/** How far a folder is safe. */
export interface Protection {
  /** Undefined: it never was. */
  readonly safeUpToMs: number | undefined
  /** How long this computer worked since then. */
  readonly unsafeAwakeMs: number
}

const LOOK_MS = 10_000
/** Longer between two looks, and the computer slept, or the program did not run: that time does not count. */
const LONGEST_LOOK_MS = 60_000
/** So often it is written down; a crash forgets no more than this. */
const WRITE_MS = 5 * 60_000

/**
 * Counts for each folder until when everything is safe, and how long the computer has worked since:
 * time asleep is nobody's fault and does not count, wherever the system's clocks stand meanwhile.
 */
export class ProtectionClock {
  readonly #clock: Clock
  readonly #folders: Pick<FolderStateStore, 'get' | 'set'>
  readonly #known = new Map<FolderId, Protection>()
  #lookedMs: number | undefined
  #wroteMs = 0
  #isSomeNeverSafe = true

  constructor(clock: Clock, folders: Pick<FolderStateStore, 'get' | 'set'>) {
    this.#clock = clock
    this.#folders = folders
  }

  /** Call as often as you like; it looks every ten seconds, and each time while a folder never was safe: the moment that it is must show at once. */
  tick(signs: () => readonly ProtectionSign[]): void {
    const nowMs = this.#clock.monotonic()
    const sinceMs = this.#lookedMs === undefined ? 0 : nowMs - this.#lookedMs
    const isDue = this.#lookedMs === undefined || sinceMs >= LOOK_MS
    if (!isDue && !this.#isSomeNeverSafe) return
    this.#lookedMs = nowMs
    this.#isSomeNeverSafe = false
    const awakeMs = sinceMs > LONGEST_LOOK_MS ? 0 : sinceMs
    for (const { id, safeUpToMs } of signs()) {
      const before = this.of(id)
      // A clock that was set back must not make a folder safe for longer than it is.
      const next =
        safeUpToMs === undefined
          ? { ...before, unsafeAwakeMs: before.unsafeAwakeMs + awakeMs }
          : { safeUpToMs, unsafeAwakeMs: 0 }
      this.#known.set(id, next)
      this.#isSomeNeverSafe ||= next.safeUpToMs === undefined
    }
    if (nowMs - this.#wroteMs < WRITE_MS) return
    this.#wroteMs = nowMs
    this.write()
  }

  of(id: FolderId): Protection {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const { safeUpToMs, unsafeAwakeMs = 0 } = this.#folders.get(id)
    return { safeUpToMs, unsafeAwakeMs }
  }

  /** Makes what is known last beyond this process. */
  write(): void {
    for (const [id, { safeUpToMs, unsafeAwakeMs }] of this.#known) {
      const stored = this.#folders.get(id)
      if (stored.safeUpToMs === safeUpToMs && (stored.unsafeAwakeMs ?? 0) === unsafeAwakeMs) continue
      this.#folders.set(id, { unsafeAwakeMs, ...(safeUpToMs === undefined ? {} : { safeUpToMs }) })
    }
  }

  /** The folder is no longer kept. */
  forget(id: FolderId): void {
    this.#known.delete(id)
  }
}
