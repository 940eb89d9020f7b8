/**
 * How far work that begins in order, and ends in any, is done: the last piece before which
 * everything has ended, itself included.
 */
export class Watermark<T> {
  readonly #begun: { readonly item: T; isDone: boolean }[] = []
  #reached: T | undefined

  /** Undefined until the first piece has ended. */
  get reached(): T | undefined {
    return this.#reached
  }

  /** Call what it answers when the piece has ended. What never ends holds the mark where it is. */
  begin(item: T): () => void {
    const piece = { item, isDone: false }
    this.#begun.push(piece)
    return () => {
      piece.isDone = true
      while (this.#begun[0]?.isDone === true) this.#reached = this.#begun.shift()!.item
    }
  }
}
