/** Who waits for a full pass: until one that begins after they asked has ended. */
export class PassWaiters {
  #asking: (() => void)[] = []
  #underWay: (() => void)[] = []

  /** Resolves once a pass that is still to begin has ended, however it did. */
  next(): Promise<void> {
    return new Promise((resolve) => void this.#asking.push(resolve))
  }

  /** A full pass begins. Who asks from now on asks for the one after it: this one may have looked already at what they mean. */
  begin(): void {
    this.#underWay.push(...this.#asking.splice(0))
  }

  end(): void {
    for (const resolve of this.#underWay.splice(0)) resolve()
  }

  /** No pass comes any more. */
  endAll(): void {
    this.begin()
    this.end()
  }
}
