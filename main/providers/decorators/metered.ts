/** Counts requests by the name the store gives them, for summaries, costs and `/metrics`. Providers report to it. */
export class RequestMeter {
  readonly #counts = new Map<string, number>()

  /** `name` is from a closed set: `PutObject`, `ListObjectsV2`, … Never a path. */
  count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** What was counted so far; a copy. */
  snapshot(): { readonly requests: Readonly<Record<string, number>> } {
    return { requests: Object.fromEntries(this.#counts) }
  }
}
