import type { BrowserWindow, Rectangle } from 'electron'
import type { Clock } from '../host.ts'
import type { ElectronApi } from './electron-api.ts'
import { pageUrl } from './origin.ts'
import { placePopup } from './placement.ts'
import { type Looks, type WindowParts, hardenedWindow } from './windows.ts'

const SIZE = { width: 360, height: 520 }
/** Windows sends a blur right after show; closing on it would make the popup flash. */
const BLUR_GRACE_MS = 200
/** A click on the tray icon blurs the popup first: within this time it means "close", not "open again". */
const CLICK_AFTER_BLUR_MS = 300

/** The popup of the tray icon. It exists, loaded and hidden, from the start, so that it opens at once. */
export interface Popup {
  /** Shows it near `tray`, or hides it when it is there. */
  toggle(tray?: Rectangle): void
  hide(): void
  /** Ends it for good; from then on closing is closing. */
  destroy(): void
  readonly window: BrowserWindow
}

/** What the popup needs beyond a window's parts. */
export interface PopupParts extends WindowParts {
  readonly electron: Pick<ElectronApi, 'BrowserWindow' | 'app' | 'screen'>
  readonly clock: Clock
}

/** Makes the popup, hidden. */
export function createPopup(parts: PopupParts): Popup {
  const { clock, platform } = parts
  const window = hardenedWindow(parts, looks(parts), pageUrl('popup'))
  let shownAtMs = Number.NEGATIVE_INFINITY
  let blurredAtMs = Number.NEGATIVE_INFINITY
  let ending = false
  const hide = (): void => {
    if (window.isVisible()) window.hide()
  }
  window.on('blur', () => {
    // Linux compositors take the focus away for reasons of their own, and may never have given it.
    if (platform === 'linux' || clock.monotonic() - shownAtMs < BLUR_GRACE_MS) return
    if (window.webContents.isDevToolsFocused()) return
    blurredAtMs = clock.monotonic()
    hide()
  })
  window.on('close', (event) => {
    if (ending) return
    event.preventDefault()
    hide()
  })
  window.webContents.on('render-process-gone', () => {
    if (!ending && !window.isDestroyed()) window.reload()
  })
  return {
    window,
    hide,
    toggle: (tray) => {
      if (window.isVisible()) {
        hide()
        return
      }
      if (clock.monotonic() - blurredAtMs < CLICK_AFTER_BLUR_MS) return
      place(window, parts.electron.screen, tray)
      shownAtMs = clock.monotonic()
      window.show()
      window.focus()
    },
    destroy: () => {
      ending = true
      window.destroy()
    },
  }
}

function place(window: BrowserWindow, screen: ElectronApi['screen'], tray: Rectangle | undefined): void {
  const near = tray !== undefined && tray.width > 0 ? { x: tray.x, y: tray.y } : screen.getCursorScreenPoint()
  const { x, y } = placePopup(tray, SIZE, screen.getDisplayNearestPoint(near).workArea)
  window.setPosition(x, y, false)
}

function looks(parts: WindowParts): Looks {
  return {
    ...SIZE,
    title: 'Tidekeep',
    frame: false,
    resizable: false,
    movable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    ...(parts.platform === 'darwin' ? { hiddenInMissionControl: true } : { icon: parts.icon }),
  }
}
