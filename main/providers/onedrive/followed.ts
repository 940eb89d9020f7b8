import { z } from 'zod'
import type { Entry } from '../../../common/model.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { Feeds } from '../feeds.ts'
import type { CallOptions, TargetChange } from '../provider.ts'
import { findItem, type OneDriveContext } from './context.ts'
import type { DriveItem } from './drive-item.ts'
import { FollowedTree, type Settled } from './followed-tree.ts'
import { isRefusal } from './graph-client.ts'
import { entriesOf, ItemTree } from './item-tree.ts'
import { allKnownItems, fromFeedItem, knownItems, toFeedItem } from './known-items.ts'
import { inBatches, listTree, MAX_ROUNDS, rememberFolders, unsteady } from './list.ts'
import { driveSegments } from './names.ts'
import { Pages } from './pages.ts'

/** For so long what a drive tells of its changes is believed; then everything is listed anew, in case it ever left something out. */
const RELIST_MS = 7 * 24 * 3_600_000

/** Items between two pauses: some 20 ms. */
const WORK_AT_ONCE = 5000

/** How Graph says that a token is worth nothing: begin anew, unknown, or of something that is gone. */
const LOST = [410, 400, 404] as const

/** What the state keeps beside the items; of another format, all of it counts as not known. */
const feedBody = z.object({
  format: z.literal(2),
  driveId: z.string(),
  listedAtMs: z.number(),
  scope: z.object({ id: z.string(), parentId: z.string(), body: z.string() }),
})

/** What changed up to a token. */
interface Told {
  readonly token: string
  readonly changes: readonly TargetChange[]
}

interface Known {
  readonly token: string
  readonly driveId: string
  readonly listedAtMs: number
  readonly scope: DriveItem
}

/**
 * The target's folder, followed by the changes its drive tells of: one request where nothing changed,
 * however much there is, and across restarts. What was told is written down only when it was told to
 * its end, in one step with the token that tells what comes next; a token that is worth nothing any more,
 * and any doubt about what is known, lead to a listing from nothing.
 */
export class FollowedFolder {
  readonly #context: OneDriveContext
  readonly #feeds: Feeds
  /** The token as of which this instance told everything. */
  #toldUpTo: string | undefined
  /** The folder was found at its path since this began. */
  #isPathKnown = false
  /** Two looks at once would take each other's place. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(context: OneDriveContext, feeds: Feeds) {
    this.#context = context
    this.#feeds = feeds
  }

  /** As `list` of the root. */
  async *list({ signal }: CallOptions): AsyncGenerator<readonly Entry[]> {
    const { token, entries } = await this.#inTurn(async () => {
      const told = await this.#catchUp(signal)
      if (told === 'unknown') return this.#listAnew(signal)
      const known = this.#knownEntries()
      rememberFolders(this.#context, ROOT_PATH, known)
      return { token: told.token, entries: known }
    })
    yield* inBatches(entries, signal)
    this.#toldUpTo = token
  }

  /** See `Features.changes`. */
  async changes({ signal }: CallOptions): Promise<readonly TargetChange[] | 'unknown'> {
    return this.#inTurn(async () => {
      // Somebody else was told of changes, or nobody ever was: only a listing tells what is missing here.
      if (this.#toldUpTo === undefined || this.#known()?.token !== this.#toldUpTo) return 'unknown'
      const told = await this.#catchUp(signal)
      if (told === 'unknown') return 'unknown'
      this.#toldUpTo = told.token
      return told.changes
    })
  }

  /** See `Features.lastListed`. */
  async lastListed(pause: () => Promise<void>): Promise<readonly Entry[]> {
    const { location } = this.#context
    const known = this.#known()
    if (known === undefined) return []
    const tree = new ItemTree(known.scope, this.#depth)
    let count = 0
    for (const item of allKnownItems(this.#feeds, location)) {
      tree.apply(item)
      if (++count % WORK_AT_ONCE === 0) await pause()
    }
    const placed = tree.placed(ROOT_PATH, { isWhole: false, about: location })
    return placed.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
  }

  #inTurn<T>(look: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(look)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #catchUp(signal: AbortSignal): Promise<Told | 'unknown'> {
    const known = this.#known()
    if (known === undefined) return 'unknown'
    const { id } = await this.#context.drive(signal)
    if (id !== known.driveId) return 'unknown'
    if (!this.#isPathKnown && !(await this.#isAtItsPath(known, signal))) return 'unknown'
    const told = await this.#follow(known, signal)
    if (told === undefined || told.settled.isOrphaned) return 'unknown'
    const { put, remove, changes, isPathInDoubt } = told.settled
    if (isPathInDoubt && !(await this.#isAtItsPath(known, signal))) return 'unknown'
    const { token } = told
    const isAdvanced = this.#feeds.advance(this.#context.location, known.token, {
      token,
      put: put.map(toFeedItem),
      remove,
    })
    return isAdvanced ? { token, changes } : 'unknown'
  }

  /** Undefined where the token is worth nothing any more. */
  async #follow(
    { token, scope }: Known,
    signal: AbortSignal,
  ): Promise<{ readonly token: string; readonly settled: Settled } | undefined> {
    const { location } = this.#context
    const depth = this.#depth
    const tree = new FollowedTree(knownItems(this.#feeds, location), { scopeId: scope.id, depth })
    const pages = new Pages(this.#context, { about: location, signal })
    const walked = new Set<string>()
    try {
      let since = token
      for (let round = 0; round < MAX_ROUNDS; round++) {
        since = await pages.follow(since, 'Delta', (item) => tree.take(item))
        const unlisted = tree.unlisted(walked)
        if (unlisted.length === 0) return { token: since, settled: withoutOrphansOf(depth, tree.settle()) }
        await pages.walk(unlisted, walked, (item) => tree.take(item))
      }
    } catch (error) {
      if (isRefusal(error, ...LOST)) return undefined
      throw error
    }
    throw unsteady(location)
  }

  async #listAnew(
    signal: AbortSignal,
  ): Promise<{ readonly token: string | undefined; readonly entries: readonly Entry[] }> {
    const { location, host } = this.#context
    const listedAtMs = host.clock.now()
    const listed = await listTree(this.#context, ROOT_PATH, { signal, isFollowed: true })
    if (listed === undefined) {
      this.#feeds.forget(location)
      return { token: undefined, entries: [] }
    }
    const { id } = await this.#context.drive(signal)
    const body = JSON.stringify({ format: 2, driveId: id, listedAtMs, scope: toFeedItem(listed.scope) })
    this.#feeds.replace(location, { token: listed.since, body }, listed.items.map(toFeedItem))
    this.#isPathKnown = true
    return { token: listed.since, entries: listed.entries }
  }

  #knownEntries(): readonly Entry[] {
    const { location } = this.#context
    const tree = new ItemTree(this.#known()!.scope, this.#depth)
    for (const item of allKnownItems(this.#feeds, location)) tree.apply(item)
    return entriesOf(tree.placed(ROOT_PATH, { isWhole: false, about: location }))
  }

  async #isAtItsPath({ scope }: Known, signal: AbortSignal): Promise<boolean> {
    // A drive's root is always where it is.
    const isThere = this.#depth === 0 || (await findItem(this.#context, ROOT_PATH, signal))?.id === scope.id
    this.#isPathKnown = isThere
    return isThere
  }

  #known(): Known | undefined {
    const { location, host } = this.#context
    const feed = this.#feeds.get(location)
    if (feed === undefined) return undefined
    const body = feedBody.safeParse(JSON.parse(feed.body))
    if (!body.success) return undefined
    const { driveId, listedAtMs, scope } = body.data
    const ageMs = host.clock.now() - listedAtMs
    // A clock that was set back says nothing of the age.
    if (ageMs < 0 || ageMs > RELIST_MS) return undefined
    return { token: feed.token, driveId, listedAtMs, scope: fromFeedItem(scope) }
  }

  get #depth(): number {
    return driveSegments(this.#context.folder, ROOT_PATH).length
  }
}

/** Below the drive's root everything is known; elsewhere what is unknown lies outside. */
function withoutOrphansOf(depth: number, settled: Settled): Settled {
  return depth === 0 ? settled : { ...settled, isOrphaned: false }
}
