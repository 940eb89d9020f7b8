/** Which folders' earlier versions somebody reads at present: nothing of them is let go of meanwhile. */
export class PastUse {
  readonly #holders = new Map<string, number>()

  /** Until what it returns is called. Calling that again does nothing. */
  hold(folderId: string): () => void {
    this.#holders.set(folderId, (this.#holders.get(folderId) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const left = this.#holders.get(folderId)! - 1
      if (left > 0) this.#holders.set(folderId, left)
      else this.#holders.delete(folderId)
    }
  }

  isHeld(folderId: string): boolean {
    return this.#holders.has(folderId)
  }
}
