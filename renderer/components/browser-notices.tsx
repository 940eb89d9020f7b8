import { useEffect, useRef } from 'react'
import type { NoticeView } from '../../common/protocol.ts'
import { noticeStrings } from '../notice-strings.ts'
import { displayName } from '../names.ts'
import { noticeSteps } from '../state/new-notices.ts'
import { navigate, parseRoute } from '../state/route.ts'
import { useServices, useSnapshot } from '../state/services.ts'
import { useToast } from './toasts.tsx'

const NONE: readonly NoticeView[] = []

/**
 * Shows notices where no desktop shell does: as notifications of the browser, once a person allowed them and while the
 * page is not looked at, else at the foot of the page. The service decides what is told, and when. Draws nothing itself.
 */
export function BrowserNotices() {
  const { connection } = useServices()
  const toast = useToast()
  const notices = useSnapshot().status?.notices
  const isConnected = useSnapshot().status !== null
  const before = useRef<readonly NoticeView[]>(undefined)
  const open = useRef(new Map<string, Notification>())
  useEffect(() => {
    if (connection.transport === 'ipc' || !isConnected) return
    const { shown, withdrawn } = noticeSteps(before.current, notices ?? NONE)
    before.current = notices ?? NONE
    for (const id of withdrawn) {
      open.current.get(id)?.close()
      open.current.delete(id)
    }
    for (const notice of shown) {
      const body = displayName(notice.body)
      if (!mayNotify() || !document.hidden) {
        const action = { label: noticeStrings.open, run: () => goTo(notice.route) }
        toast({
          text: noticeStrings.both({ title: notice.title, body }),
          ...(notice.route === undefined ? {} : { action }),
        })
        continue
      }
      const notification = new Notification(notice.title, { body, tag: notice.id })
      notification.addEventListener('click', () => {
        window.focus()
        goTo(notice.route)
        notification.close()
      })
      open.current.set(notice.id, notification)
    }
  }, [connection, notices, isConnected, toast])
  return null
}

/** Whether a person allowed notifications from here. */
export function mayNotify(): boolean {
  return 'Notification' in window && Notification.permission === 'granted'
}

function goTo(route: string | undefined): void {
  const { screen, section } = parseRoute(route ?? 'activity')
  navigate(screen, section)
}
