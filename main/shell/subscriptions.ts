import type { BrowserWindow } from 'electron'
import { CHANNELS } from '../../common/bridge.ts'
import type { StatusView, TopicName } from '../../common/protocol.ts'
import { createPushes, type Pushes } from '../api/pushes.ts'
import type { Application } from '../application.ts'
import type { Clock } from '../host.ts'

/** The topics one window listens to. */
export interface Subscriptions {
  /** Begins or ends one. Beginning again repeats the present status, for a listener that came later. */
  set(topic: TopicName, wanted: boolean): Promise<void>
  /** Ends all of them: the page is gone or about to load again. */
  clear(): void
}

/** Where topics come from. */
export interface TopicSource {
  readonly clock: Clock
  readonly subscribe: Application['subscribe']
  /** The present status, which every subscription to it begins with. */
  readonly presentStatus: () => Promise<StatusView>
}

/**
 * Passes topics on to a window, at most five times a second. While it is hidden the latest status and the
 * newest rows are kept, and delivered when it shows: work nobody looks at would slow the transfers it reports.
 */
export function createSubscriptions(window: BrowserWindow, source: TopicSource): Subscriptions {
  const endByTopic = new Map<TopicName, () => void>()
  const pushes = createWindowPushes(window, source.clock)
  let statusCount = 0
  window.on('show', () => pushes.flush())
  const begin = (topic: TopicName): void => {
    if (endByTopic.has(topic)) return
    const end =
      topic === 'activity'
        ? source.subscribe(topic, (rows) => pushes.addRows(rows))
        : source.subscribe(topic, (status) => {
            statusCount++
            pushes.setStatus(status)
          })
    endByTopic.set(topic, end)
  }
  const sendPresentStatus = async (): Promise<void> => {
    const countBefore = statusCount
    const status = await source.presentStatus()
    // What was pushed meanwhile is newer.
    if (statusCount === countBefore && endByTopic.has('status')) pushes.setStatus(status)
  }
  return {
    set: async (topic, wanted) => {
      if (wanted) {
        begin(topic)
        if (topic === 'status') await sendPresentStatus()
      } else {
        endByTopic.get(topic)?.()
        endByTopic.delete(topic)
        pushes.drop(topic)
      }
    },
    clear: () => {
      for (const end of endByTopic.values()) end()
      endByTopic.clear()
      pushes.clear()
    },
  }
}

function createWindowPushes(window: BrowserWindow, clock: Clock): Pushes {
  const isThere = (): boolean => !window.isDestroyed() && !window.webContents.isDestroyed()
  return createPushes({
    clock,
    isReady: () => isThere() && window.isVisible(),
    send: ({ status, rows }) => {
      if (!isThere()) return
      if (status !== undefined) window.webContents.send(CHANNELS.topic, 'status', status)
      if (rows.length > 0) window.webContents.send(CHANNELS.topic, 'activity', rows)
    },
  })
}
