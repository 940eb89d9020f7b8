import type { MenuItemConstructorOptions } from 'electron'
import { count } from '../../common/format.ts'
import type { StatusView } from '../../common/protocol.ts'

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
    { id: 'open', label: 'Open Tidekeep', click: actions.open },
    { id: 'status', label: asLabel(status?.sentence ?? 'Starting…'), enabled: false },
    { type: 'separator' },
    { id: 'sync', label: 'Sync now', enabled: configured, click: actions.syncNow },
    pauseItem(status, actions, now),
    { id: 'add', label: 'Add folder…', click: actions.addFolder },
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
    const label = until === 'forever' ? 'Resume' : `Resume (paused until ${clockTime(until, now)})`
    return { id: 'resume', label, click: actions.resume }
  }
  const choice = (label: string, durationMs: () => number | 'forever'): MenuItemConstructorOptions => ({
    label,
    click: () => actions.pause(durationMs()),
  })
  return {
    id: 'pause',
    label: 'Pause',
    enabled: status !== undefined && status.headline !== 'unconfigured',
    submenu: [
      choice('For 30 minutes', () => 30 * MINUTE_MS),
      choice('For 2 hours', () => 2 * HOUR_MS),
      choice('For 8 hours', () => 8 * HOUR_MS),
      choice('For 24 hours', () => 24 * HOUR_MS),
      choice('Until tomorrow, 8:00', () => untilTomorrowMorning(now)),
      choice('Until I resume', () => 'forever'),
    ],
  }
}

/** Only there while a new version waits. */
function updateItem(status: StatusView | undefined, { update }: TrayActions): MenuItemConstructorOptions[] {
  const version = status?.updateReady
  return version === undefined
    ? []
    : [{ type: 'separator' }, { id: 'update', label: `Restart to update to ${version}`, click: update }]
}

/** Quitting stops protection: the item says what of. */
function quitLabel(status: StatusView | undefined): string {
  const pending = (status?.folders ?? []).reduce((sum, folder) => sum + folder.pendingFiles, 0)
  if (pending > 0) return `Quit (${count(pending, 'file')} will continue at the next start)`
  return (status?.folders.length ?? 0) > 0 ? 'Quit (changes are not kept safe until the next start)' : 'Quit Tidekeep'
}

function clockTime(atMs: number, now: number): string {
  const sameDay = new Date(atMs).toDateString() === new Date(now).toDateString()
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(sameDay ? {} : { weekday: 'short' }),
  }).format(atMs)
}

/** Menus read `&` as a shortcut mark and may show line breaks as they like. */
function asLabel(sentence: string): string {
  const line = sentence.replace(/\s+/g, ' ').replaceAll('&', '&&')
  return line.length > MAX_LABEL_CHARS ? `${line.slice(0, MAX_LABEL_CHARS - 1)}…` : line
}
