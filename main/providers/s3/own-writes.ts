import type { RelPath } from '../../../common/model.ts'

const MAX_REMEMBERED = 10_000

/**
 * Writes whose outcome was never heard of. When the next attempt is refused because the path is no
 * longer what it was, this tells that the other writer may have been ourselves (I4).
 */
export class OwnWrites {
  readonly #remembered = new Set<string>()

  /** `fingerprint` identifies the content: its BLAKE3, or the etag of a copied source. */
  remember(path: RelPath, fingerprint: string): void {
    this.#remembered.add(`${fingerprint}\0${path}`)
    if (this.#remembered.size <= MAX_REMEMBERED) return
    for (const oldest of this.#remembered) {
      this.#remembered.delete(oldest)
      return
    }
  }

  has(path: RelPath, fingerprint: string): boolean {
    return this.#remembered.has(`${fingerprint}\0${path}`)
  }

  forget(path: RelPath, fingerprint: string): void {
    this.#remembered.delete(`${fingerprint}\0${path}`)
  }
}
