import type { ActivityView, StatusView, TopicName } from '../../common/protocol.ts'
import { MOST_PUSHED_ROWS } from '../../common/pushed-rows.ts'
import type { Clock } from '../host.ts'

/** A window is written to at most five times a second, however fast files are done. */
export const SHORTEST_PUSH_MS = 200
/**
 * And once a second while more files are done than one push tells of: nobody reads them, the numbers are out of date as soon as
 * they are drawn, and both cores are busy with the files.
 */
export const FLOODED_PUSH_MS = 1_000

/** What came together for one reader since it was last written to. */
export interface Push {
  readonly status?: StatusView
  /** The newest, in the order they were recorded; may be empty. */
  readonly rows: readonly ActivityView[]
}

/** Where pushes go, and when they may. */
export interface PushOptions {
  readonly clock: Clock
  /** False while the reader takes nothing: what comes then waits for `flush`. */
  readonly isReady: () => boolean
  readonly send: (push: Push) => void
}

/** Topics on their way to one reader: the latest status, and the newest rows. */
export interface Pushes {
  setStatus(status: StatusView): void
  addRows(rows: readonly ActivityView[]): void
  /** The reader takes something again: writes what waits now, ready or not. */
  flush(): void
  /** The reader wants this topic no more: what waits of it is forgotten. */
  drop(topic: TopicName): void
  /** Forgets what waits. */
  clear(): void
}

/**
 * Writes at once to a reader that was left alone for {@link SHORTEST_PUSH_MS}, and otherwise together what came until then:
 * thousands of small files a second must not become thousands of messages. Another headline never waits for longer than that,
 * and a flood of rows waits for {@link FLOODED_PUSH_MS}.
 */
export function createPushes({ clock, isReady, send }: PushOptions): Pushes {
  let status: StatusView | undefined
  let rows: ActivityView[] = []
  let lastMs = Number.NEGATIVE_INFINITY
  let gapMs = SHORTEST_PUSH_MS
  let isFlooded = false
  let toldHeadline: StatusView['headline'] | undefined
  let cancel: (() => void) | undefined
  const flush = (): void => {
    cancel?.()
    cancel = undefined
    if (status === undefined && rows.length === 0) return
    const push: Push = status === undefined ? { rows } : { status, rows }
    toldHeadline = status?.headline ?? toldHeadline
    gapMs = isFlooded ? FLOODED_PUSH_MS : SHORTEST_PUSH_MS
    isFlooded = false
    status = undefined
    rows = []
    lastMs = clock.monotonic()
    send(push)
  }
  const flushWhenReady = (): void => {
    cancel = undefined
    if (isReady()) flush()
  }
  const request = (isUrgent = false): void => {
    if ((cancel !== undefined && !isUrgent) || !isReady()) return
    cancel?.()
    cancel = undefined
    const waitMs = lastMs + (isUrgent ? SHORTEST_PUSH_MS : gapMs) - clock.monotonic()
    if (waitMs <= 0) flush()
    else cancel = clock.after(waitMs, flushWhenReady)
  }
  return {
    setStatus: (latest) => {
      status = latest
      request(latest.headline !== toldHeadline)
    },
    addRows: (added) => {
      isFlooded ||= rows.length + added.length > MOST_PUSHED_ROWS
      rows = [...rows, ...added].slice(-MOST_PUSHED_ROWS)
      request()
    },
    flush,
    drop: (topic) => {
      if (topic === 'status') status = undefined
      else rows = []
    },
    clear: () => {
      cancel?.()
      cancel = undefined
      status = undefined
      rows = []
    },
  }
}
