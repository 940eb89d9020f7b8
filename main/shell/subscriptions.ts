import type { BrowserWindow } from 'electron'
import { CHANNELS } from '../../common/bridge.ts'
import type { TopicName } from '../../common/protocol.ts'
import type { Application } from '../application.ts'

/** The topics one window listens to. */
export interface Subscriptions {
  set(topic: TopicName, wanted: boolean): void
  /** Ends all of them: the page is gone or about to load again. */
  clear(): void
}

/**
 * Passes topics on to a window. While it is hidden only the latest status is kept, and delivered
 * when it shows: work nobody looks at would slow the transfers it reports.
 */
export function createSubscriptions(window: BrowserWindow, subscribe: Application['subscribe']): Subscriptions {
  const endByTopic = new Map<TopicName, () => void>()
  let held: unknown
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
  return {
    set: (topic, wanted) => {
      if (!wanted) {
        endByTopic.get(topic)?.()
        endByTopic.delete(topic)
      } else if (!endByTopic.has(topic)) {
        endByTopic.set(
          topic,
          subscribe(topic, (value) => send(topic, value)),
        )
      }
    },
    clear: () => {
      for (const end of endByTopic.values()) end()
      endByTopic.clear()
      held = undefined
    },
  }
}
