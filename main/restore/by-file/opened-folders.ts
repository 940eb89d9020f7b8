import type { RelPath } from '../../../common/model.ts'
import type { FolderChild, SourceProvider } from '../../providers/provider.ts'

/** What is in the folders that stay remembered, at most, one folder alone apart. */
const MOST_CHILDREN = 100_000

/** The folders that somebody opened, each listed once. */
export class OpenedFolders {
  readonly #provider: SourceProvider
  /** Ends what is being listed. */
  readonly #signal: AbortSignal
  /** Opened longest ago first. */
  readonly #listings = new Map<RelPath, Promise<readonly FolderChild[]>>()
  readonly #listed = new Map<RelPath, readonly FolderChild[]>()
  #turn = 0

  constructor(provider: SourceProvider, signal: AbortSignal) {
    this.#provider = provider
    this.#signal = signal
  }

  /** Grows with every folder that was listed. */
  get turn(): number {
    return this.#turn
  }

  /** What is in a folder; nothing where there is none. One that failed is listed anew the next time. The signal ends the waiting alone. */
  async open(path: RelPath, signal: AbortSignal): Promise<readonly FolderChild[]> {
    signal.throwIfAborted()
    const listing = this.#listings.get(path) ?? this.#list(path)
    this.#listings.delete(path)
    this.#listings.set(path, listing)
    return Promise.race([listing, aborted(signal)])
  }

  /** Of a folder that was listed. */
  known(path: RelPath): readonly FolderChild[] | undefined {
    return this.#listed.get(path)
  }

  /** All that was listed and is remembered. */
  all(): Iterable<readonly FolderChild[]> {
    return this.#listed.values()
  }

  async #list(path: RelPath): Promise<readonly FolderChild[]> {
    try {
      const children = (await this.#provider.features.children!(path, { signal: this.#signal })) ?? []
      this.#listed.set(path, children)
      this.#turn++
      this.#letGo(path)
      return children
    } catch (error) {
      this.#listings.delete(path)
      throw error
    }
  }

  #letGo(last: RelPath): void {
    let held = [...this.#listed.values()].reduce((sum, { length }) => sum + length, 0)
    for (const path of this.#listings.keys()) {
      if (held <= MOST_CHILDREN) return
      if (path === last) continue
      held -= this.#listed.get(path)?.length ?? 0
      this.#listed.delete(path)
      this.#listings.delete(path)
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  )
}
