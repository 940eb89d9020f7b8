import { ROOT_PATH } from '../../../common/paths.ts'
import type { RelPath } from '../../../common/model.ts'
import type { QuietStretch, Stretch } from '../../../common/stretch.ts'

/** What is remembered of stretches in which nothing was to be done. */
export interface QuietMemory {
  /** The stretch that ends with this path, unless anything of the baseline in it was written since. */
  find(last: RelPath): QuietStretch | undefined
  /** Moves on with whatever is written to the baseline. */
  revision(): number
  /** Remembers these, or not. */
  keep(stretches: readonly QuietStretch[]): void
}

/** A stretch that is being compared entry by entry. */
interface Watched {
  readonly after: RelPath
  readonly local: Stretch
  readonly remote: Stretch | undefined
  /** Found so far when it began. */
  readonly noise: number
  /** Of the baseline as it was read, since the stretch began; undefined: read at different ones. */
  revision: number | 'unread' | undefined
}

/** So many stretches are written together. */
const KEPT_TOGETHER = 64

/**
 * Passes over stretches that are, on every side, what they were when a comparison last found nothing in them: what is compared is
 * the same, so the outcome is. Remembers those in which nothing was found, entry by entry, while the baseline stood still.
 */
export class QuietWatch {
  readonly #memory: QuietMemory
  #watched: Watched | undefined
  #position: RelPath = ROOT_PATH
  /** The last one asked about: a stretch that began otherwise is not asked for again. */
  #asked: Stretch | undefined
  #found: { readonly stretch: QuietStretch; readonly revision: number }[] = []

  constructor(memory: QuietMemory) {
    this.#memory = memory
  }

  /**
   * True where nothing is to be done in what both cursors are at the beginning of; `remote` is undefined where the target is not asked.
   * Otherwise the stretch is watched from here on: `noise` counts what is found.
   */
  isQuiet(
    local: Stretch,
    remote: Stretch | undefined,
    begin: { readonly noise: number; readonly revision: Watched['revision'] },
  ): boolean {
    if (local === this.#asked) return false
    this.#asked = local
    if (remote !== undefined && remote.last !== local.last) return false
    const known = this.#memory.find(local.last)
    if (known !== undefined && known.after === this.#position && isSame(known, local, remote)) {
      this.#watched = undefined
      return true
    }
    this.#watched = { after: this.#position, local, remote, ...begin }
    return false
  }

  /** The baseline is about to be read on. */
  reading(): void {
    if (this.#watched === undefined) return
    const now = this.#memory.revision()
    this.#watched.revision = this.#watched.revision === 'unread' || this.#watched.revision === now ? now : undefined
  }

  get revision(): number {
    return this.#memory.revision()
  }

  /** Everything up to and with this path was handled, on all sides. */
  passed(path: RelPath, noise: number): void {
    this.#position = path
    const watched = this.#watched
    if (watched === undefined || watched.local.last !== path) return
    this.#watched = undefined
    const { after, local, remote, revision } = watched
    if (noise !== watched.noise || revision !== this.#memory.revision()) return
    const stretch = {
      after,
      last: local.last,
      local: local.digest(),
      ...(remote === undefined ? {} : { remote: remote.digest() }),
    }
    this.#found.push({ stretch, revision })
    if (this.#found.length >= KEPT_TOGETHER) this.flush()
  }

  /** Remembers what was found, but for what the baseline was written after. */
  flush(): void {
    const now = this.#memory.revision()
    const kept = this.#found.filter(({ revision }) => revision === now).map(({ stretch }) => stretch)
    this.#found = []
    if (kept.length > 0) this.#memory.keep(kept)
  }
}

function isSame(known: QuietStretch, local: Stretch, remote: Stretch | undefined): boolean {
  if (known.local !== local.digest()) return false
  return remote === undefined || known.remote === remote.digest()
}
