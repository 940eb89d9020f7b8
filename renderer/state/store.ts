import type { ActivityView, StatusView } from '../../common/protocol.ts'
import type { Connection, ConnectionState } from '../transports/connection.ts'
import type { Pictures } from './pictures.ts'

/** The longest list of recent activity kept in memory; older rows are read when History shows them. */
export const RECENT_LIMIT = 300

/** Everything the screens draw that the service pushes. */
export interface Snapshot {
  /** The last one that arrived; kept while offline, and then drawn as old. Null: none yet. */
  readonly status: StatusView | null
  /** `live` only once the present state was read: what was remembered, or known before, is old until then. */
  readonly connection: ConnectionState
  /** Newest first, at most {@link RECENT_LIMIT}. Null until it was read once, which is not the same as empty. */
  readonly recent: readonly ActivityView[] | null
}

/** An external store in the shape `useSyncExternalStore` takes. */
export interface Store {
  readonly get: () => Snapshot
  readonly subscribe: (listener: () => void) => () => void
  /**
   * Takes over the status that a call answers, without waiting for it to be pushed. An answer that
   * was overtaken by a push is older than what is shown, or about to be pushed itself, so it is dropped.
   */
  readonly take: (call: () => Promise<StatusView>) => Promise<void>
  /** The page goes away: the next one begins with what is shown now. */
  readonly remember: () => void
  readonly close: () => void
}

/** What was shown last, kept while a page is loaded anew. */
export interface SnapshotMemory {
  read(): Pick<Snapshot, 'status' | 'recent'> | undefined
  write(snapshot: Pick<Snapshot, 'status' | 'recent'>): void
  forget(): void
}

/**
 * Follows `connection` until `close`. On every (re)connection it reads the present state once, so a gap in the stream leaves none here.
 * What is new waits for the next of the `pictures`.
 */
export function createStore(connection: Connection, pictures: Pictures, memory?: SnapshotMemory): Store {
  const listeners = new Set<() => void>()
  let pending: Snapshot = { status: null, recent: null, ...memory?.read(), connection: 'connecting' }
  let shown = pending
  const show = (): void => {
    shown = pending
    for (const listener of listeners) listener()
  }
  const change = (part: Partial<Snapshot>, isAnswer = false): void => {
    pending = { ...pending, ...part }
    // The first status ends an empty window, and an answer, or another state of all, is what somebody waits for.
    const isOther = shown.connection !== pending.connection || shown.status?.headline !== pending.status?.headline
    pictures.change(show, isAnswer || isOther)
  }
  let pushes = 0
  const take = async (call: () => Promise<StatusView>): Promise<void> => {
    const before = pushes
    const status = await call()
    if (pushes === before) change({ status }, true)
  }
  let latest: ConnectionState = 'connecting'
  const reload = async (): Promise<void> => {
    // One that fails leaves the last snapshot; a broken stream says so and comes back here.
    const [rows] = await Promise.all([
      connection.call('activity.list', { limit: 100 }).catch(() => undefined),
      take(() => connection.call('status.get', {})).catch(() => undefined),
    ])
    change({
      ...(rows === undefined ? {} : { recent: mergeRecent(pending.recent ?? [], rows) }),
      ...(latest === 'live' ? { connection: latest } : {}),
    })
  }
  const ends = [
    connection.subscribe('status', (status) => {
      pushes++
      change({ status })
    }),
    connection.subscribe('activity', (rows) => change({ recent: mergeRecent(pending.recent ?? [], rows) })),
    connection.watch((state) => {
      latest = state
      if (state !== 'live' && state !== pending.connection) change({ connection: state })
      // Whoever is not signed in any more gets nothing to see with the next page.
      if (state === 'refused') memory?.forget()
      if (state === 'live') void reload()
    }),
  ]
  return {
    get: () => shown,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    take,
    remember: () => {
      if (pending.connection === 'live') memory?.write({ status: pending.status, recent: pending.recent })
    },
    close: () => ends.forEach((end) => end()),
  }
}

/** Newest first, each row once, whatever order and overlap the two lists come in. */
export function mergeRecent(known: readonly ActivityView[], rows: readonly ActivityView[]): readonly ActivityView[] {
  const byId = new Map(known.map((row) => [row.id, row]))
  for (const row of rows) byId.set(row.id, row)
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, RECENT_LIMIT)
}
