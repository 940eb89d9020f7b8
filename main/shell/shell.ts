import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserWindow } from 'electron'
import type { CallName, Caller, Handlers, Params, StatusView } from '../../common/protocol.ts'
import { createDispatch } from '../api/dispatch.ts'
import type { Application } from '../application.ts'
import { loadStaticFiles } from '../service/static-files.ts'
import { desktopTexts } from './desktop-texts.ts'
import type { ElectronApi, Platform } from './electron-api.ts'
import type { ElectronHost } from './electron-host.ts'
import { pickFolder } from './folder-dialog.ts'
import { type IpcTransport, createIpcTransport } from './ipc-transport.ts'
import { type LoginItem, createLoginItem } from './login-item.ts'
import { setApplicationMenu } from './menu.ts'
import { type Exits, hardenContents, hardenSession } from './navigation.ts'
import { SCHEME } from './origin.ts'
import { type Popup, createPopup } from './popup.ts'
import { quitGracefully } from './quit.ts'
import { createSchemeHandler } from './scheme.ts'
import type { TrayActions } from './tray-menu.ts'
import { createTray } from './tray.ts'
import { watchWakeUps } from './wake-ups.ts'
import { type MainWindow, type WindowParts, createMainWindow } from './windows.ts'

/** What the desktop shell is put together from. Electron must be ready. */
export interface ShellOptions {
  readonly electron: ElectronApi
  readonly host: ElectronHost
  readonly application: Application
  /** Stops the application; with `now`, without finishing parts under way. */
  readonly stop: (now: boolean) => Promise<void>
  readonly platform: Platform
  readonly env: NodeJS.ProcessEnv
  /** Started with the computer: no window is wanted. */
  readonly hidden: boolean
  /** The directory that holds `out` and `resources`. */
  readonly root: string
  /** False where the desktop is known to show no tray icons. */
  readonly trayHost: boolean
}

/** The running shell. */
export interface Shell {
  openWindow(route?: string): void
  /** See `Quitting.into`. */
  quitInto(last: () => void): void
}

const DIRECT: Caller = { transport: 'direct' }

/** Puts windows, tray and transport around the application and shows what was asked for. The application is started by the caller. */
export async function startShell(options: ShellOptions): Promise<Shell> {
  const { electron, host, application, platform } = options
  const exits: Exits = {
    openWindow: (route) => mainWindow.open(route),
    openBrowser: (url) => {
      electron.shell.openExternal(url).catch(() => host.log.warn('browser not opened'))
    },
    log: host.log,
  }
  electron.app.on('web-contents-created', (_event, contents) => hardenContents(contents, exits))
  hardenSession(electron.session.defaultSession)
  electron.protocol.handle(SCHEME, createSchemeHandler(await loadStaticFiles(join(options.root, 'out', 'renderer'))))
  const loginItem = createLoginItem(electron, options)
  const ipc = createTransport(options, loginItem, { exits, hide: (window) => hideWindow(window) })
  const parts: WindowParts = {
    electron,
    platform,
    preload: join(options.root, 'out', 'preload', 'preload.cjs'),
    icon: join(options.root, 'resources', 'icons', platform === 'win32' ? 'icon.ico' : 'icon.png'),
    exits,
    onCreated: (window) => ipc.attach(window),
  }
  const popup = createPopup({ ...parts, electron, clock: host.clock })
  const mainWindow = createMainWindow(parts, () => void sayThatItKeepsWorking(options, quitting))
  const hideWindow = (window: BrowserWindow): void => {
    if (window === popup.window) popup.hide()
  }
  const endTray = showTray(options, { popup, mainWindow })
  const endWakeUps = watchWakeUps(electron, host.clock, () => application.wake())
  const quitting = quitGracefully({
    electron,
    clock: host.clock,
    log: host.log,
    stop: options.stop,
    release: () => {
      endWakeUps()
      endTray()
      mainWindow.current()?.destroy()
      popup.destroy()
      ipc.close()
      host.notices.clear()
    },
  })
  electron.app.on('window-all-closed', () => undefined)
  electron.app.on('activate', () => mainWindow.open())
  void setLoginItem(options, loginItem)
  if (!options.hidden || !options.trayHost) mainWindow.open()
  return { openWindow: (route) => mainWindow.open(route), quitInto: (last) => quitting.into(last) }
}

function createTransport(
  { electron, host, application }: ShellOptions,
  loginItem: LoginItem,
  { exits, hide }: { readonly exits: Exits; readonly hide: (window: BrowserWindow) => void },
): IpcTransport {
  const handlers: Handlers = {
    ...application.handlers,
    'settings.set': async (params, caller) => {
      const settings = await application.handlers['settings.set'](params, caller)
      if (params.key === 'autostart') await loginItem.set(settings.autostart)
      return settings
    },
  }
  return createIpcTransport({
    electron,
    dispatch: createDispatch(handlers, host.log),
    subscribe: (topic, listener) => application.subscribe(topic, listener),
    presentStatus: () => application.handlers['status.get']({}, DIRECT),
    clock: host.clock,
    log: host.log,
    pickFolder: (window) => pickFolder(electron, window),
    openWindow: exits.openWindow,
    hide,
  })
}

function showTray(
  { electron, host, application, platform, root }: ShellOptions,
  { popup, mainWindow }: { readonly popup: Popup; readonly mainWindow: MainWindow },
): () => void {
  const call = <N extends CallName>(name: N, params: Params<N>): void => {
    application.handlers[name](params, DIRECT).catch((error: unknown) => {
      host.notify({ id: 'tray', title: desktopTexts.failed, body: messageOf(error) })
    })
  }
  const actions: TrayActions = {
    open: () => mainWindow.open(),
    addFolder: () => mainWindow.open('add'),
    syncNow: () => call('folders.sync', {}),
    pause: (durationMs) => call('pause.set', { durationMs }),
    resume: () => call('pause.clear', {}),
    update: () => call('updates.install', {}),
    quit: () => electron.app.quit(),
  }
  const icon = createTray({
    electron,
    platform,
    clock: host.clock,
    actions,
    icons: join(root, 'resources', 'icons'),
    onClick: (bounds) => popup.toggle(bounds),
    onDrop: ([path]) => mainWindow.open(path === undefined ? 'add' : `add/${encodeURIComponent(path)}`),
  })
  const end = application.subscribe('status', (status: StatusView) => icon.update(status))
  application.handlers['status.get']({}, DIRECT).then(
    (status) => icon.update(status),
    () => host.log.warn('no status for the tray yet'),
  )
  setApplicationMenu(electron, platform, {
    openSettings: () => mainWindow.open('settings'),
    addFolder: actions.addFolder,
    quit: actions.quit,
  })
  return () => {
    end()
    icon.destroy()
  }
}

/** The login item follows the setting even where another installation or a clean-up tool changed it. */
async function setLoginItem({ application, host }: ShellOptions, loginItem: LoginItem): Promise<void> {
  try {
    const settings = await application.handlers['settings.get']({}, DIRECT)
    await loginItem.set(settings.autostart)
  } catch {
    host.log.warn('start with the computer could not be set')
  }
}

/** Once for an installation: a closed window must not look like a stopped backup. */
async function sayThatItKeepsWorking(
  { host }: ShellOptions,
  quitting: { readonly begun: () => boolean },
): Promise<void> {
  if (quitting.begun()) return
  try {
    await writeFile(join(host.paths.state, 'told-that-it-keeps-working'), '', { flag: 'wx' })
  } catch {
    return
  }
  host.notify({
    id: 'keeps-working',
    title: desktopTexts.keepsWorking,
    body: desktopTexts.keepsWorkingText,
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : desktopTexts.lookAtLog
}
