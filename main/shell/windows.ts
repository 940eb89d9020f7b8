import type { BrowserWindow, BrowserWindowConstructorOptions, WebPreferences } from 'electron'
import type { ElectronApi, Platform } from './electron-api.ts'
import { type Exits, hardenContents } from './navigation.ts'
import { pageUrl } from './origin.ts'

/** What every window needs to be made. */
export interface WindowParts {
  readonly electron: Pick<ElectronApi, 'BrowserWindow' | 'app'>
  readonly platform: Platform
  /** Absolute path of the bundled preload. */
  readonly preload: string
  /** Absolute path of the application icon. */
  readonly icon: string
  readonly exits: Exits
  /** Told of each window before it loads anything; the IPC transport answers only these. */
  readonly onCreated: (window: BrowserWindow) => void
}

/** The appearance of a window. How far its page is trusted is not a choice, so it is not here. */
export type Looks = Omit<BrowserWindowConstructorOptions, 'webPreferences' | 'show'>

/** The one way to make a window: hidden, sandboxed, isolated, nailed to its page before anything loads. */
export function hardenedWindow(parts: WindowParts, looks: Looks, url: string): BrowserWindow {
  const window = new parts.electron.BrowserWindow({ ...looks, show: false, webPreferences: preferences(parts) })
  hardenContents(window.webContents, parts.exits)
  parts.onCreated(window)
  window.loadURL(url).catch(() => parts.exits.log.error('page could not be loaded'))
  return window
}

function preferences(parts: WindowParts): WebPreferences {
  return {
    preload: parts.preload,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: !parts.electron.app.isPackaged,
  }
}

/** The main window: made when asked for, destroyed when closed, which gives its memory back. */
export interface MainWindow {
  /** Shows it, at `route` when one is given. */
  open(route?: string): void
  /** The window while it exists. */
  current(): BrowserWindow | undefined
}

/** `onClosed` is called after each closing. On macOS the dock icon is there only while the window is. */
export function createMainWindow(parts: WindowParts, onClosed: () => void): MainWindow {
  let window: BrowserWindow | undefined
  const make = (route: string): BrowserWindow => {
    const made = hardenedWindow(parts, mainLooks(parts), pageUrl('index', route))
    made.once('ready-to-show', () => made.show())
    made.webContents.on('render-process-gone', () => {
      if (!made.isDestroyed()) made.reload()
    })
    made.on('closed', () => {
      window = undefined
      parts.electron.app.dock?.hide()
      onClosed()
    })
    return made
  }
  return {
    open: (route = '') => {
      void parts.electron.app.dock?.show()
      if (window === undefined) {
        window = make(route)
        return
      }
      goTo(window, route)
      if (window.isMinimized()) window.restore()
      window.show()
      window.focus()
    },
    current: () => window,
  }
}

/** An address that differs after `#` only does not load the page again; the same address would. */
function goTo(window: BrowserWindow, route: string): void {
  const url = pageUrl('index', route)
  if (route === '' || window.webContents.getURL() === url) return
  void window.loadURL(url).catch(() => undefined)
}

function mainLooks(parts: WindowParts): Looks {
  return {
    title: 'Tidekeep',
    width: 1080,
    height: 720,
    minWidth: 640,
    minHeight: 480,
    backgroundColor: '#00000000',
    ...(parts.platform === 'darwin' ? {} : { icon: parts.icon }),
    ...(parts.platform === 'darwin' ? { titleBarStyle: 'default' as const } : { autoHideMenuBar: true }),
  }
}
