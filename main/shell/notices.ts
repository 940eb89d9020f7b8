import type { Notification } from 'electron'
import type { Clock, Log, Notice } from '../host.ts'
import type { ElectronApi } from './electron-api.ts'

/** Notices with one id that follow each other within this time become one. */
export const COALESCE_MS = 15_000

interface Shown {
  readonly notification: Notification
  readonly latest: Notice
  pending: Notice | undefined
  isFresh: boolean
}

/** Shows notices through the system. `onClick` is told which, for bringing up the right screen. */
export interface Notices {
  notify(notice: Notice): void
  /** Takes the notice with that id back, where it still stands. */
  withdraw(id: string): void
  /** Takes every notice back. */
  clear(): void
}

/** The first notice of an id shows at once; later ones replace it, at most one in fifteen seconds. */
export function createNotices(parts: {
  readonly electron: Pick<ElectronApi, 'Notification'>
  readonly clock: Clock
  readonly log: Log
  readonly onClick: (notice: Notice) => void
}): Notices {
  const shownById = new Map<string, Shown>()
  const show = (notice: Notice): void => {
    if (!parts.electron.Notification.isSupported()) {
      parts.log.info('notice', { id: notice.id })
      return
    }
    shownById.get(notice.id)?.notification.close()
    const notification = new parts.electron.Notification({
      id: notice.id,
      title: notice.title,
      body: notice.body,
      silent: true,
    })
    notification.on('click', () => parts.onClick(notice))
    const shown: Shown = { notification, latest: notice, pending: undefined, isFresh: true }
    shownById.set(notice.id, shown)
    notification.show()
    parts.clock.after(COALESCE_MS, () => {
      // Kept afterwards, so that it can be taken back.
      shown.isFresh = false
      if (shownById.get(notice.id) === shown && shown.pending !== undefined) show(shown.pending)
    })
  }
  const withdraw = (id: string): void => {
    shownById.get(id)?.notification.close()
    shownById.delete(id)
  }
  return {
    notify: (notice) => {
      const shown = shownById.get(notice.id)
      if (shown === undefined || !shown.isFresh) show(notice)
      else if (!isSame(shown.pending ?? shown.latest, notice)) shown.pending = notice
    },
    withdraw,
    clear: () => {
      for (const id of shownById.keys()) withdraw(id)
    },
  }
}

function isSame(one: Notice, other: Notice): boolean {
  return one.title === other.title && one.body === other.body
}
