import { describe, expect, it } from 'vitest'
import { isOwnUrl, pageUrl } from '../../main/shell/origin.ts'
import { hardenedWindow } from '../../main/shell/windows.ts'
import { RecordingLog } from '../fakes/host.ts'
import { cancellable, FakeContents, FakeElectron } from './fake-electron.ts'
import { settle, startFakeShell } from './start-fake.ts'

const HOSTILE = [
  'app://tidekeep.evil/',
  'app://tidekeep.evil/index.html',
  'app://evil/',
  'app://tidekeep@evil/',
  'app://user@tidekeep/',
  'app://user:password@tidekeep/',
  'app://tidekeep:81/',
  'app://tidekeep%2eevil/',
  'app://TIDEKEEP.evil/',
  'app://tidekeep%00.evil/',
  'app:tidekeep/index.html',
  'app:/tidekeep/index.html',
  'app:///tidekeep/index.html',
  'apps://tidekeep/',
  'xapp://tidekeep/',
  'http://tidekeep/',
  'https://tidekeep/',
  'http://app://tidekeep/',
  'https://evil.example/app://tidekeep/',
  'https://docs.aws.amazon.com.evil.example/',
  'https://docs.aws.amazon.com@evil.example/',
  'https://evil.example/docs.aws.amazon.com/',
  'https://user@docs.aws.amazon.com/',
  'https://docs.aws.amazon.com:8443/',
  'http://docs.aws.amazon.com/',
  'https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html',
  'https://tidekeep.app/',
  'https://127.0.0.1/',
  'http://localhost:9000/',
  'http://[::1]/',
  'http://2130706433/',
  'file:///etc/passwd',
  'file:///C:/Windows/System32/calc.exe',
  'file://server/share/evil.exe',
  'file:////server/share/evil.exe',
  '\\\\server\\share\\evil.exe',
  '//server/share',
  'smb://server/share',
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'blob:app://tidekeep/00000000-0000-0000-0000-000000000000',
  'view-source:app://tidekeep/',
  'devtools://devtools/bundled/inspector.html',
  'chrome://gpu',
  'about:blank',
  'ms-msdt:/id PCWDiagnostic /skip force',
  'ms-officecmd:{}',
  'search-ms:query=x&crumb=location:\\\\evil',
  'vbscript:msgbox(1)',
  'mailto:someone@example.com',
  'tel:112',
  'ssh://evil.example',
  'ftp://evil.example/',
  'ws://127.0.0.1/',
  '',
  'not an address',
]

describe('where a page can go', () => {
  it('has every door locked on every page before anything is loaded', async () => {
    const { electron, shell } = await startFakeShell()
    shell.openWindow()
    expect(electron.windows.length).toBe(2)
    for (const { webContents } of electron.windows) {
      const loadedAt = webContents.steps.indexOf('loadURL')
      expect(loadedAt).toBeGreaterThan(0)
      for (const door of [
        'setWindowOpenHandler',
        'will-navigate',
        'will-frame-navigate',
        'will-redirect',
        'will-attach-webview',
      ]) {
        const lockedAt = webContents.steps.indexOf(door)
        expect(lockedAt, door).toBeGreaterThanOrEqual(0)
        expect(lockedAt, door).toBeLessThan(loadedAt)
      }
    }
  })

  it('locks pages it did not make itself just as well', async () => {
    const { electron } = await startFakeShell()
    const stranger = new FakeContents(999)
    electron.appEvents.emit('web-contents-created', {}, stranger)
    expect(stranger.steps).toContain('will-navigate')
    expect(stranger.openHandler?.({ url: 'https://evil.example/' } as never)).toEqual({ action: 'deny' })
  })

  it('locks a window by itself, without help from the application around it', () => {
    const electron = new FakeElectron()
    const created: unknown[] = []
    const exits = { openWindow: () => undefined, openBrowser: () => undefined, log: new RecordingLog() }
    const onCreated = (window: unknown): void => void created.push(window)
    const parts = {
      electron: electron.api,
      platform: 'linux',
      preload: '/p.cjs',
      icon: '/i.png',
      exits,
      onCreated,
    } as const
    hardenedWindow(parts, {}, 'app://tidekeep/index.html')
    expect(electron.windows[0]?.webContents.steps).toEqual([
      'setWindowOpenHandler',
      'will-navigate',
      'will-frame-navigate',
      'will-redirect',
      'will-attach-webview',
      'loadURL',
    ])
    expect(created).toEqual(electron.windows)
  })

  it('sets every security preference of a window, whatever its looks', async () => {
    const { electron, shell } = await startFakeShell()
    shell.openWindow()
    for (const window of electron.windows) {
      expect(window.options.show).toBe(false)
      expect(window.options.webPreferences).toMatchObject({
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
        devTools: false,
      })
    }
  })

  it.each(HOSTILE)('refuses navigation, frames, redirects and windows to %j', async (url) => {
    const { electron, popup } = await startFakeShell()
    for (const door of ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview']) {
      const event = Object.assign(cancellable(), { url })
      popup.webContents.emit(door, event, url)
      expect(event.defaultPrevented, door).toBe(true)
    }
    expect(popup.webContents.openHandler?.({ url } as never)).toEqual({ action: 'deny' })
    await settle()
    expect(electron.opened).toEqual([])
    expect(electron.windows.length).toBe(1)
    expect(isOwnUrl(url)).toBe(false)
  })

  it('shows the main window when a page opens one of our own addresses', async () => {
    const { electron, popup } = await startFakeShell()
    expect(popup.webContents.openHandler?.({ url: 'app://tidekeep/index.html#/activity/history' } as never)).toEqual({
      action: 'deny',
    })
    expect(electron.windows[1]?.loaded).toEqual(['app://tidekeep/index.html#/activity/history'])
  })

  it('cleans a route of whatever a route cannot hold', () => {
    expect(pageUrl('index', 'folders')).toBe('app://tidekeep/index.html#/folders')
    expect(pageUrl('index', '#/activity/history')).toBe('app://tidekeep/index.html#/activity/history')
    for (const route of ['../../etc', '<img src=x>', 'a b', `a/${'x'.repeat(5_000)}`, '//evil', 'a?b', 'a/b/c']) {
      expect(pageUrl('index', route)).toBe('app://tidekeep/index.html')
    }
  })
})

describe('what a session may do', () => {
  it('has no permission, neither asked for nor checked', async () => {
    const { electron } = await startFakeShell()
    const { request, check, device } = electron.sessionHandlers
    for (const permission of [
      'media',
      'geolocation',
      'notifications',
      'clipboard-read',
      'fileSystem',
      'openExternal',
    ] as const) {
      let granted: boolean | undefined
      request?.({} as never, permission, (answer) => (granted = answer), {} as never)
      expect(granted).toBe(false)
      expect(check?.(null, permission, 'app://tidekeep', {} as never)).toBe(false)
    }
    expect(device?.({} as never)).toBe(false)
  })

  it('downloads nothing and reaches no network', async () => {
    const { electron } = await startFakeShell()
    const download = cancellable()
    electron.sessionEvents.emit('will-download', download)
    expect(download.defaultPrevented).toBe(true)
    const verdict = (url: string): boolean | undefined => {
      let cancelled: boolean | undefined
      electron.sessionHandlers.beforeRequest?.({ url }, ({ cancel }) => (cancelled = cancel))
      return cancelled
    }
    expect(verdict('app://tidekeep/index.html')).toBe(false)
    for (const url of [
      'https://evil.example/x',
      'http://127.0.0.1:80/',
      'ws://evil.example/',
      'file:///etc/passwd',
      'app://evil/x',
    ]) {
      expect(verdict(url), url).toBe(true)
    }
  })
})

describe('the way to the system browser', () => {
  it.each([
    'https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=1',
    'https://www.microsoft.com/link',
    'https://microsoft.com/devicelogin',
  ])('is open to where people sign in: %s', async (url) => {
    const { electron, shell } = await startFakeShell()
    shell.openWindow()
    expect(electron.windows[0]?.webContents.openHandler?.({ url } as never)).toEqual({ action: 'deny' })
    expect(electron.opened).toEqual([url])
  })

  it.each([
    'http://login.microsoftonline.com/',
    'https://login.microsoftonline.com:8443/',
    'https://login.microsoftonline.com@evil.example/',
    'https://someone@login.microsoftonline.com/',
    'https://login.microsoftonline.com.evil.example/',
    'https://evil.example/?login.microsoftonline.com',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'not an address',
  ])('is closed to everything else: %s', async (url) => {
    const { electron, shell } = await startFakeShell()
    shell.openWindow()
    expect(electron.windows[0]?.webContents.openHandler?.({ url } as never)).toEqual({ action: 'deny' })
    expect(electron.opened).toEqual([])
  })
})
