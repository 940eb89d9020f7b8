import type { BrowserWindow } from 'electron'
import { CHANNELS } from '../../common/bridge.ts'
import type { StatusView, TopicName } from '../../common/protocol.ts'
import type { Application } from '../application.ts'

/** The topics one window listens to. */
export interface Subscriptions {
  /** Begins or ends one. Beginning again repeats the present status, for a listener that came later. */
  set(topic: TopicName, wanted: boolean): Promise<void>
  /** Ends all of them: the page is gone or about to load again. */
  clear(): void
}

/** Where topics come from. */
export interface TopicSource {
  readonly subscribe: Application['subscribe']
  /** The present status, which every subscription to it begins with. */
  readonly presentStatus: () => Promise<StatusView>
}

/**
 * Passes topics on to a window. While it is hidden only the latest status is kept, and delivered
 * when it shows: work nobody looks at would slow the transfers it reports.
 */
export function createSubscriptions(window: BrowserWindow, source: TopicSource): Subscriptions {
  const endByTopic = new Map<TopicName, () => void>()
  let held: unknown
  let pushed = 0
  const send = (topic: TopicName, value: unknown): void => {
    if (window.isDestroyed() || window.webContents.isDestroyed()) return
    if (topic === 'status' && !window.isVisible()) held = value
    else window.webContents.send(CHANNELS.topic, topic, value)
  }
  window.on('show', () => {
    if (held === undefined || !endByTopic.has('status')) return
    const value = held
    held = undefined
    send('status', value)
  })
  const begin = (topic: TopicName): void => {
    if (endByTopic.has(topic)) return
    const end = source.subscribe(topic, (value) => {
      pushed++
      send(topic, value)
    })
    endByTopic.set(topic, end)
  }
  const sendPresentStatus = async (): Promise<void> => {
    const pushedBefore = pushed
    const status = await source.presentStatus()
    // What was pushed meanwhile is newer.
    if (pushed === pushedBefore && endByTopic.has('status')) send('status', status)
  }
  return {
    set: async (topic, wanted) => {
      if (wanted) {
        begin(topic)
        if (topic === 'status') await sendPresentStatus()
      } else {
        endByTopic.get(topic)?.()
        endByTopic.delete(topic)
      }
    },
    clear: () => {
      for (const end of endByTopic.values()) end()
      endByTopic.clear()
      held = undefined
    },
  }
}
