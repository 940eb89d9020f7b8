import { EventEmitter } from 'node:events'
import type {
  App,
  BrowserWindow,
  BrowserWindowConstructorOptions,
  IpcMainInvokeEvent,
  Menu,
  MenuItemConstructorOptions,
  NativeImage,
  Notification,
  NotificationConstructorOptions,
  Rectangle,
  Session,
  Tray,
  WebContents,
  WebFrameMain,
} from 'electron'
import type { ElectronApi } from '../../main/shell/electron-api.ts'

type WindowMembers =
  | 'show'
  | 'hide'
  | 'isVisible'
  | 'focus'
  | 'isMinimized'
  | 'restore'
  | 'loadURL'
  | 'destroy'
  | 'isDestroyed'
  | 'setPosition'
  | 'reload'
type ContentsMembers = 'send' | 'getURL' | 'isDestroyed' | 'isDevToolsFocused' | 'setWindowOpenHandler' | 'id'
type FrameMembers = 'url' | 'parent'

/** What happened, in order, to every page: the names of handlers set, then `loadURL`. */
export type PageStep = string

/** A page that remembers what was set on it. */
export class FakeContents extends EventEmitter implements Pick<WebContents, ContentsMembers> {
  readonly id: number
  readonly steps: PageStep[] = []
  readonly sent: { readonly channel: string; readonly args: readonly unknown[] }[] = []
  url = ''
  devToolsFocused = false
  destroyed = false
  mainFrame: Pick<WebFrameMain, FrameMembers>
  openHandler: Parameters<WebContents['setWindowOpenHandler']>[0] | undefined

  constructor(id: number) {
    super()
    this.id = id
    this.mainFrame = { url: '', parent: null }
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    this.steps.push(event)
    return super.on(event, listener as (...args: unknown[]) => void)
  }
  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.steps.push('setWindowOpenHandler')
    this.openHandler = handler
  }
  send(channel: string, ...args: unknown[]): void {
    this.sent.push({ channel, args })
  }
  getURL(): string {
    return this.url
  }
  isDestroyed(): boolean {
    return this.destroyed
  }
  isDevToolsFocused(): boolean {
    return this.devToolsFocused
  }
}

/** A window that shows nothing. */
export class FakeWindow extends EventEmitter implements Pick<BrowserWindow, WindowMembers> {
  readonly webContents: FakeContents
  readonly options: BrowserWindowConstructorOptions
  readonly loaded: string[] = []
  position: readonly [number, number] | undefined
  visible = false
  minimized = false
  focused = 0
  reloads = 0
  destroyed = false

  constructor(options: BrowserWindowConstructorOptions, contents: FakeContents) {
    super()
    this.options = options
    this.webContents = contents
  }
  show(): void {
    this.visible = true
    this.emit('show')
  }
  hide(): void {
    this.visible = false
  }
  isVisible(): boolean {
    return this.visible
  }
  focus(): void {
    this.focused++
  }
  isMinimized(): boolean {
    return this.minimized
  }
  restore(): void {
    this.minimized = false
  }
  loadURL(url: string): Promise<void> {
    this.webContents.steps.push('loadURL')
    this.webContents.url = url
    this.webContents.mainFrame = { url, parent: null }
    this.loaded.push(url)
    return Promise.resolve()
  }
  reload(): void {
    this.reloads++
  }
  setPosition(x: number, y: number): void {
    this.position = [x, y]
  }
  isDestroyed(): boolean {
    return this.destroyed
  }
  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.webContents.destroyed = true
    this.visible = false
    this.emit('closed')
  }
  /** What the user's close button does. */
  close(): void {
    const event = cancellable()
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
  }
}

/** A tray icon that remembers. */
export class FakeTray
  extends EventEmitter
  implements Pick<Tray, 'setImage' | 'setToolTip' | 'setContextMenu' | 'getBounds' | 'destroy' | 'popUpContextMenu'>
{
  readonly images: string[] = []
  readonly tooltips: string[] = []
  readonly menus: FakeMenu[] = []
  readonly poppedUp: FakeMenu[] = []
  bounds: Rectangle = { x: 1800, y: 1040, width: 24, height: 40 }
  destroyed = false

  constructor(image: NativeImage) {
    super()
    this.setImage(image)
  }
  setImage(image: NativeImage | string): void {
    this.images.push(typeof image === 'string' ? image : (image as unknown as { path: string }).path)
  }
  setToolTip(text: string): void {
    this.tooltips.push(text)
  }
  setContextMenu(menu: Menu | null): void {
    this.menus.push(menu as unknown as FakeMenu)
  }
  popUpContextMenu(menu?: Menu): void {
    this.poppedUp.push(menu as unknown as FakeMenu)
  }
  getBounds(): Rectangle {
    return this.bounds
  }
  destroy(): void {
    this.destroyed = true
  }
}

/** The template of a menu, with a way to choose from it. */
export interface FakeMenu {
  readonly template: readonly MenuItemConstructorOptions[]
}

/** Chooses an item of a template by its label. */
export function choose(template: readonly MenuItemConstructorOptions[], label: string): void {
  const item = flatten(template).find((each) => each.label === label)
  if (item?.click === undefined) throw new Error(`there is nothing to click at "${label}"`)
  ;(item.click as () => void)()
}

function flatten(template: readonly MenuItemConstructorOptions[]): readonly MenuItemConstructorOptions[] {
  return template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flatten(item.submenu) : [])])
}

/** A notification that shows nothing. */
export class FakeNotification extends EventEmitter implements Pick<Notification, 'show' | 'close'> {
  readonly options: NotificationConstructorOptions
  state: 'made' | 'shown' | 'closed' = 'made'
  constructor(options: NotificationConstructorOptions) {
    super()
    this.options = options
  }
  show(): void {
    this.state = 'shown'
  }
  close(): void {
    this.state = 'closed'
  }
}

/** An event whose default can be prevented. */
export function cancellable(): { defaultPrevented: boolean; preventDefault(): void } {
  return {
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true
    },
  }
}

type Handler = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown

/** Everything the shell asked of Electron. */
export class FakeElectron {
  readonly windows: FakeWindow[] = []
  readonly trays: FakeTray[] = []
  readonly notifications: FakeNotification[] = []
  readonly handlers = new Map<string, Handler>()
  readonly ipcEvents = new EventEmitter()
  readonly appEvents = new EventEmitter()
  readonly powerEvents = Object.assign(new EventEmitter(), { isOnBatteryPower: () => this.onBattery })
  readonly themeEvents = new EventEmitter()
  readonly sessionEvents = new EventEmitter()
  readonly opened: string[] = []
  readonly appCalls: { readonly name: string; readonly args: readonly unknown[] }[] = []
  readonly schemeHandlers = new Map<string, (request: Request) => Response | Promise<Response>>()
  readonly privileged: Electron.CustomScheme[] = []
  readonly sessionHandlers: {
    request?: NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>
    check?: NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>
    device?: NonNullable<Parameters<Session['setDevicePermissionHandler']>[0]>
    beforeRequest?: (details: { url: string }, callback: (response: { cancel?: boolean }) => void) => void
  } = {}
  applicationMenu: FakeMenu | null | undefined
  online = true
  onBattery = false
  darkBar = false
  isPackaged = true
  firstInstance = true
  notificationsSupported = true
  openedAtLogin = false
  picked: { canceled: boolean; filePaths: string[] } = { canceled: true, filePaths: [] }

  #api: ElectronApi | undefined

  /** The module, as the shell sees it. */
  get api(): ElectronApi {
    return (this.#api ??= this.#modules() as unknown as ElectronApi)
  }

  /** What a page's `ipcRenderer.invoke` would get. */
  async invoke(window: FakeWindow, channel: string, ...args: unknown[]): Promise<unknown> {
    return this.invokeFrom(eventOf(window), channel, ...args)
  }

  /** As `invoke`, from an arbitrary sender. */
  async invokeFrom(event: IpcMainInvokeEvent, channel: string, ...args: unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return structuredClone(await handler(event, ...structuredClone(args)))
  }

  /** What a page's `ipcRenderer.send` does. */
  send(window: FakeWindow, channel: string, ...args: unknown[]): void {
    this.ipcEvents.emit(channel, eventOf(window), ...structuredClone(args))
  }

  #modules() {
    // oxlint-disable-next-line typescript/no-this-alias -- the classes below need both their own `this` and this one
    const electron = this
    const record =
      (name: string) =>
      (...args: unknown[]): void =>
        void electron.appCalls.push({ name, args })
    class BrowserWindow extends FakeWindow {
      constructor(options: BrowserWindowConstructorOptions) {
        super(options, new FakeContents(electron.windows.length + 1))
        electron.windows.push(this)
        electron.appEvents.emit('web-contents-created', {}, this.webContents)
      }
    }
    class Tray extends FakeTray {
      constructor(image: NativeImage) {
        super(image)
        electron.trays.push(this)
      }
    }
    class Notification extends FakeNotification {
      static isSupported(): boolean {
        return electron.notificationsSupported
      }
      constructor(options: NotificationConstructorOptions) {
        super(options)
        electron.notifications.push(this)
      }
    }
    return {
      BrowserWindow,
      Tray,
      Notification,
      Menu: {
        buildFromTemplate: (template: MenuItemConstructorOptions[]) => ({ template }),
        setApplicationMenu: (menu: FakeMenu | null) => void (electron.applicationMenu = menu),
      },
      nativeImage: { createFromPath: (path: string) => ({ path }) },
      nativeTheme: Object.defineProperty(this.themeEvents, 'shouldUseDarkColorsForSystemIntegratedUI', {
        get: () => electron.darkBar,
      }),
      app: Object.assign(this.appEvents, this.#app(record)),
      session: { defaultSession: this.#session() },
      protocol: {
        handle: (scheme: string, handler: (request: Request) => Response) =>
          void electron.schemeHandlers.set(scheme, handler),
        registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]) => void electron.privileged.push(...schemes),
      },
      ipcMain: Object.assign(this.ipcEvents, {
        handle: (channel: string, handler: Handler) => void electron.handlers.set(channel, handler),
        removeHandler: (channel: string) => void electron.handlers.delete(channel),
      }),
      shell: { openExternal: (url: string) => Promise.resolve(void electron.opened.push(url)) },
      dialog: {
        showOpenDialog: () => Promise.resolve(electron.picked),
        showErrorBox: record('showErrorBox'),
      },
      screen: {
        getDisplayNearestPoint: () => ({ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }),
        getCursorScreenPoint: () => ({ x: 100, y: 100 }),
      },
      powerMonitor: this.powerEvents,
      net: { isOnline: () => electron.online },
    }
  }

  #app(record: (name: string) => (...args: unknown[]) => void) {
    return {
      isPackaged: this.isPackaged,
      setName: record('setName'),
      setPath: record('setPath'),
      enableSandbox: record('enableSandbox'),
      setAppUserModelId: record('setAppUserModelId'),
      setLoginItemSettings: record('setLoginItemSettings'),
      getLoginItemSettings: () => ({ wasOpenedAtLogin: this.openedAtLogin }),
      requestSingleInstanceLock: () => this.firstInstance,
      getAppPath: () => '/opt/tidekeep source',
      quit: () => {
        this.appCalls.push({ name: 'quit', args: [] })
        this.appEvents.emit('before-quit', cancellable())
      },
      exit: record('exit'),
    } satisfies Partial<Record<keyof App, unknown>>
  }

  #session() {
    const handlers = this.sessionHandlers
    return Object.assign(this.sessionEvents, {
      setPermissionRequestHandler: (handler: typeof handlers.request) => void (handlers.request = handler!),
      setPermissionCheckHandler: (handler: typeof handlers.check) => void (handlers.check = handler!),
      setDevicePermissionHandler: (handler: typeof handlers.device) => void (handlers.device = handler!),
      webRequest: {
        onBeforeRequest: (handler: typeof handlers.beforeRequest) => void (handlers.beforeRequest = handler!),
      },
    } satisfies Partial<Record<keyof Session, unknown>>)
  }
}

/** The event of a message from the main frame of a window. */
export function eventOf(window: FakeWindow, frame?: Partial<WebFrameMain> | null): IpcMainInvokeEvent {
  const senderFrame = frame === null ? null : { ...window.webContents.mainFrame, ...frame }
  return {
    sender: window.webContents,
    senderFrame,
    frameId: 1,
    processId: 1,
    type: 'frame',
  } as unknown as IpcMainInvokeEvent
}
