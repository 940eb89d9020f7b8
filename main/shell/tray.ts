import type { Rectangle } from 'electron'
import type { StatusView } from '../../common/protocol.ts'
import type { Clock } from '../host.ts'
import type { ElectronApi, Platform } from './electron-api.ts'
import { desktopTexts } from './desktop-texts.ts'
import { type TrayActions, trayMenu } from './tray-menu.ts'
import { trayIconPath, trayStateOf } from './tray-icon.ts'

/** At most two repaints a second: a tray icon must not flicker, and panels redraw slowly. */
const REPAINT_MS = 500
const MAX_TOOLTIP_CHARS = 120

/** What the tray icon needs. */
export interface TrayParts {
  readonly electron: Pick<ElectronApi, 'Tray' | 'Menu' | 'nativeImage' | 'nativeTheme'>
  readonly platform: Platform
  /** Directory of the drawn icons. */
  readonly icons: string
  readonly clock: Clock
  readonly actions: TrayActions
  /** The icon was clicked, where the desktop passes that on. Bounds are known on macOS and Windows. */
  readonly onClick: (bounds: Rectangle | undefined) => void
  /** Something was dropped on the icon (macOS). */
  readonly onDrop: (paths: readonly string[]) => void
}

/** The icon in the tray: shape, tooltip and menu always say what the status says. */
export interface TrayIcon {
  /** Shows a status, at once or with the next repaint. */
  update(status: StatusView): void
  destroy(): void
}

/** Puts the icon into the tray. */
export function createTray(parts: TrayParts): TrayIcon {
  const { electron, platform, clock } = parts
  const imageFor = (path: string) => electron.nativeImage.createFromPath(path)
  const pathFor = (status: StatusView | undefined): string =>
    trayIconPath(status === undefined ? 'waiting' : trayStateOf(status.headline), {
      platform,
      icons: parts.icons,
      darkBar: electron.nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
    })
  let latest: StatusView | undefined
  let shownPath = pathFor(undefined)
  let shownText = ''
  let cancelRepaint: (() => void) | undefined
  let repaintedAtMs = Number.NEGATIVE_INFINITY
  const tray = new electron.Tray(imageFor(shownPath))

  const paint = (): void => {
    cancelRepaint = undefined
    repaintedAtMs = clock.monotonic()
    const path = pathFor(latest)
    if (path !== shownPath) tray.setImage(imageFor(path))
    shownPath = path
    const template = trayMenu(latest, parts.actions, clock.now())
    const text = JSON.stringify(template)
    if (text === shownText) return
    shownText = text
    tray.setToolTip(tooltip(latest))
    // macOS would open a set menu on the left click that belongs to the popup.
    if (platform !== 'darwin') tray.setContextMenu(electron.Menu.buildFromTemplate(template))
  }
  const repaint = (): void => {
    if (cancelRepaint !== undefined) return
    const waitMs = repaintedAtMs + REPAINT_MS - clock.monotonic()
    if (waitMs <= 0) paint()
    else cancelRepaint = clock.after(waitMs, paint)
  }

  tray.on('click', () => parts.onClick(platform === 'linux' ? undefined : tray.getBounds()))
  tray.on('drop-files', (_event, files) => parts.onDrop(files))
  tray.on('right-click', () => {
    if (platform !== 'darwin') return
    tray.popUpContextMenu(electron.Menu.buildFromTemplate(trayMenu(latest, parts.actions, clock.now())))
  })
  electron.nativeTheme.on('updated', repaint)
  paint()
  return {
    update: (status) => {
      latest = status
      repaint()
    },
    destroy: () => {
      cancelRepaint?.()
      electron.nativeTheme.off('updated', repaint)
      tray.destroy()
    },
  }
}

/** Windows cuts tooltips at 127 characters. */
function tooltip(status: StatusView | undefined): string {
  const sentence = `Tidekeep: ${status?.sentence ?? desktopTexts.starting}`
  return sentence.length > MAX_TOOLTIP_CHARS ? `${sentence.slice(0, MAX_TOOLTIP_CHARS - 1)}…` : sentence
}
