import type { MenuItemConstructorOptions } from 'electron'
import { formatClock } from '../../common/format.ts'
import type { StatusView } from '../../common/protocol.ts'
import { desktopTexts as texts } from './desktop-texts.ts'

/** What the menu can make happen. */
export interface TrayActions {
  readonly open: () => void
  readonly addFolder: () => void
  readonly syncNow: () => void
  readonly pause: (durationMs: number | 'forever') => void
  readonly resume: () => void
  readonly update: () => void
  readonly quit: () => void
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const MAX_LABEL_CHARS = 120

/**
 * The whole menu of the tray icon. On Linux the icon itself may never be clickable, so everything
 * essential is here, opening the application first. `now` is host-clock milliseconds.
 */
export function trayMenu(
  status: StatusView | undefined,
  actions: TrayActions,
  now: number,
): MenuItemConstructorOptions[] {
  const configured = status !== undefined && status.headline !== 'unconfigured'
  return [
    { id: 'open', label: texts.open, click: actions.open },
    { id: 'status', label: asLabel(status?.sentence ?? texts.starting), enabled: false },
    { type: 'separator' },
    { id: 'sync', label: texts.syncNow, enabled: configured, click: actions.syncNow },
    pauseItem(status, actions, now),
    { id: 'add', label: texts.addFolder, click: actions.addFolder },
    ...updateItem(status, actions),
    { type: 'separator' },
    { id: 'quit', label: quitLabel(status), click: actions.quit },
  ]
}

/** Milliseconds from `now` to the next 08:00 of another day, local time. */
export function untilTomorrowMorning(now: number): number {
  const morning = new Date(now)
  morning.setDate(morning.getDate() + 1)
  morning.setHours(8, 0, 0, 0)
  return morning.getTime() - now
}

function pauseItem(status: StatusView | undefined, actions: TrayActions, now: number): MenuItemConstructorOptions {
  const until = status?.pausedUntil ?? 0
  if (until === 'forever' || until > now) {
    const label = until === 'forever' ? texts.resume : texts.resumeUntil({ moment: formatClock(until, now) })
    return { id: 'resume', label, click: actions.resume }
  }
  const choice = (label: string, durationMs: () => number | 'forever'): MenuItemConstructorOptions => ({
    label,
    click: () => actions.pause(durationMs()),
  })
  return {
    id: 'pause',
    label: texts.pause,
    enabled: status !== undefined && status.headline !== 'unconfigured',
    submenu: [
      choice(texts.minutes30, () => 30 * MINUTE_MS),
      choice(texts.hours2, () => 2 * HOUR_MS),
      choice(texts.hours8, () => 8 * HOUR_MS),
      choice(texts.hours24, () => 24 * HOUR_MS),
      choice(texts.tomorrow, () => untilTomorrowMorning(now)),
      choice(texts.forever, () => 'forever'),
    ],
  }
}

/** Only there while a new version waits. */
function updateItem(status: StatusView | undefined, { update }: TrayActions): MenuItemConstructorOptions[] {
  const version = status?.updateReady
  return version === undefined
    ? []
    : [{ type: 'separator' }, { id: 'update', label: texts.restartToUpdate({ version }), click: update }]
}

/** Quitting stops protection: the item says what of. */
function quitLabel(status: StatusView | undefined): string {
  const pending = (status?.folders ?? []).reduce((sum, folder) => sum + folder.pendingFiles, 0)
  if (pending > 0) return texts.quitPending({ n: pending })
  return (status?.folders.length ?? 0) > 0 ? texts.quitUnprotected : texts.quit
}

/** Menus read `&` as a shortcut mark and may show line breaks as they like. */
function asLabel(sentence: string): string {
  const line = sentence.replace(/\s+/g, ' ').replaceAll('&', '&&')
  return line.length > MAX_LABEL_CHARS ? `${line.slice(0, MAX_LABEL_CHARS - 1)}…` : line
}
