/** A look at a target that tells of its changes: where the next one begins, and what else the provider has to know for it. */
export interface Feed {
  /** Opaque to all but the target: everything that changes from here on is told by it. */
  readonly token: string
  /** JSON of the provider. */
  readonly body: string
}

/** One thing a target holds, under the id it has there. */
export interface FeedItem {
  readonly id: string
  /** Id of what it lies in; empty where that is not known. */
  readonly parentId: string
  /** JSON of the provider. */
  readonly body: string
}

/** How what is known changes from one look to the next. */
export interface FeedStep {
  readonly token: string
  readonly put: readonly FeedItem[]
  readonly remove: readonly string[]
}

/**
 * What targets that tell of their changes were last known to hold, by target; `main/state` implements
 * it. A token and the items that it follows from are written in one step: whatever is lost with a crash,
 * they belong together, and what came after is told again.
 */
export interface Feeds {
  /** Undefined where nothing is known: only a complete listing tells then. */
  get(target: string): Feed | undefined
  item(target: string, id: string): FeedItem | undefined
  childrenOf(target: string, parentId: string): readonly FeedItem[]
  /** At most `limit` items with an id after `afterId`, in the order of ids. */
  page(target: string, afterId: string | undefined, limit: number): readonly FeedItem[]
  /** Takes the place of everything that was known. */
  replace(target: string, feed: Feed, items: Iterable<FeedItem>): void
  /** False, and nothing changed, where the target was looked at by somebody else since the token `from`. */
  advance(target: string, from: string, step: FeedStep): boolean
  /** Idempotent. */
  forget(target: string): void
}
