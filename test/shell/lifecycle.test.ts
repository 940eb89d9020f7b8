import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CHANNELS } from '../../common/bridge.ts'
import { APP_ID, createElectronHost, prepareApp } from '../../main/shell/electron-host.ts'
import { autostartFile, createLoginItem, desktopEntry } from '../../main/shell/login-item.ts'
import { COALESCE_MS } from '../../main/shell/notices.ts'
import { quitGracefully } from '../../main/shell/quit.ts'
import { isFirstInstance, isHiddenStart } from '../../main/shell/single-instance.ts'
import { hasTrayHost } from '../../main/shell/tray-host.ts'
import { watchWakeUps } from '../../main/shell/wake-ups.ts'
import { createFakeHost } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { cancellable, choose, FakeElectron } from './fake-electron.ts'
import { settle, startFakeShell } from './start-fake.ts'

/** Lets file operations that were begun before end before: each of these waits behind them. */
async function settleFiles(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await stat(tmpdir())
  await settle()
}

describe('starting', () => {
  it('opens the main window, and none when the login item started it', async () => {
    expect((await startFakeShell({ hidden: false })).electron.windows.length).toBe(2)
    expect((await startFakeShell({ hidden: true })).electron.windows.length).toBe(1)
  })

  it('opens the main window even then on a desktop without a tray, so that it cannot vanish', async () => {
    expect((await startFakeShell({ hidden: true, trayHost: false })).electron.windows.length).toBe(2)
  })

  it('takes only a clear "no" for a missing tray', async () => {
    expect(await hasTrayHost(() => Promise.resolve('   boolean true\n'))).toBe(true)
    expect(await hasTrayHost(() => Promise.resolve('   boolean false\n'))).toBe(false)
    expect(await hasTrayHost(() => Promise.reject(new Error('ENOENT')))).toBe(true)
  })

  it('ends at once as a second instance; the first shows its window, unless a login item did it', () => {
    const electron = new FakeElectron()
    let shown = 0
    expect(isFirstInstance(electron.api, () => shown++)).toBe(true)
    electron.appEvents.emit('second-instance', {}, ['tidekeep', '--hidden'])
    expect(shown).toBe(0)
    electron.appEvents.emit('second-instance', {}, ['tidekeep'])
    expect(shown).toBe(1)
    electron.firstInstance = false
    expect(isFirstInstance(electron.api, () => shown++)).toBe(false)
  })

  it('knows a start by the login item, which on macOS brings no argument', () => {
    const electron = new FakeElectron()
    expect(isHiddenStart(electron.api, 'linux', ['tidekeep', '--hidden'])).toBe(true)
    expect(isHiddenStart(electron.api, 'darwin', ['Tidekeep'])).toBe(false)
    electron.openedAtLogin = true
    expect(isHiddenStart(electron.api, 'darwin', ['Tidekeep'])).toBe(true)
    expect(isHiddenStart(electron.api, 'win32', ['Tidekeep.exe'])).toBe(false)
  })

  it('keeps the files of Chromium out of the configuration and sandboxes every page', () => {
    const electron = new FakeElectron()
    const { paths } = createFakeHost()
    prepareApp(electron.api, paths, 'win32')
    const calls = electron.appCalls.map(({ name, args }) => [name, ...args])
    expect(calls).toContainEqual(['setPath', 'userData', join(paths.state, 'desktop')])
    expect(calls).toContainEqual(['setPath', 'sessionData', join(paths.cache, 'desktop')])
    expect(calls).toContainEqual(['enableSandbox'])
    expect(calls).toContainEqual(['setAppUserModelId', APP_ID])
  })
})

describe('the main window', () => {
  it('is destroyed by closing it, which says once that work goes on', async () => {
    const { electron, shell } = await startFakeShell()
    for (let round = 0; round < 3; round++) {
      shell.openWindow()
      const window = electron.windows.at(-1)!
      window.close()
      await settleFiles()
      expect(window.destroyed).toBe(true)
    }
    expect(electron.notifications.map(({ options }) => options.title)).toEqual(['Tidekeep keeps working'])
  })

  it('is one window, brought to the front and taken to the route', async () => {
    const { electron, shell } = await startFakeShell()
    shell.openWindow('folders')
    const window = electron.windows[1]!
    window.emit('ready-to-show')
    window.minimized = true
    shell.openWindow('settings')
    shell.openWindow('settings')
    expect(electron.windows.length).toBe(2)
    expect(window.minimized).toBe(false)
    expect(window.loaded).toEqual(['app://tidekeep/index.html#/folders', 'app://tidekeep/index.html#/settings'])
  })

  it('has a menu bar on macOS only', async () => {
    expect((await startFakeShell({ platform: 'linux' })).electron.applicationMenu).toBeNull()
    const { electron } = await startFakeShell({ platform: 'darwin' })
    const template = electron.applicationMenu?.template ?? []
    expect(template.map((item) => item.role ?? item.label)).toEqual(['Tidekeep', 'File', 'editMenu', 'windowMenu'])
    choose(template, 'Settings…')
    expect(electron.windows[1]?.loaded).toEqual(['app://tidekeep/index.html#/settings'])
  })
})

describe('quitting', () => {
  it('finishes parts under way first, and only then ends', async () => {
    const { electron, stops, tray } = await startFakeShell()
    const event = cancellable()
    electron.appEvents.emit('before-quit', event)
    expect(event.defaultPrevented).toBe(true)
    expect(stops).toEqual([false])
    expect(tray.destroyed).toBe(true)
    expect(electron.handlers.size).toBe(0)
    await settle()
    expect(electron.appCalls.filter(({ name }) => name === 'quit').length).toBe(1)
    const second = cancellable()
    electron.appEvents.emit('before-quit', second)
    expect(second.defaultPrevented).toBe(false)
  })

  it('means "now" the second time, when the computer shuts down, and after ten seconds', async () => {
    const never = (): { electron: FakeElectron; stops: boolean[]; clock: VirtualClock } => {
      const electron = new FakeElectron()
      const stops: boolean[] = []
      const clock = new VirtualClock()
      const stop = (now: boolean): Promise<void> => new Promise(() => stops.push(now))
      quitGracefully({ electron: electron.api, clock, log: createFakeHost().log, stop, release: () => undefined })
      return { electron, stops, clock }
    }
    const twice = never()
    twice.electron.appEvents.emit('before-quit', cancellable())
    twice.electron.appEvents.emit('before-quit', cancellable())
    expect(twice.stops).toEqual([false, true])
    const shutdown = never()
    shutdown.electron.powerEvents.emit('shutdown')
    expect(shutdown.stops).toEqual([true])
    const slow = never()
    slow.electron.appEvents.emit('before-quit', cancellable())
    await slow.clock.advance(10_000)
    expect(slow.stops).toEqual([false, true])
  })
})

describe('notices', () => {
  it('of one id replace each other, at most one in fifteen seconds', async () => {
    const electron = new FakeElectron()
    const base = createFakeHost()
    const host = createElectronHost(electron.api, base, () => undefined)
    for (let index = 0; index < 100; index++)
      host.notify({ id: 'errors', title: 'Files failed', body: `${index} files` })
    expect(electron.notifications.map(({ options }) => options.body)).toEqual(['0 files'])
    await base.clock.advance(COALESCE_MS)
    expect(electron.notifications.map(({ options, state }) => [options.body, state])).toEqual([
      ['0 files', 'closed'],
      ['99 files', 'shown'],
    ])
    await base.clock.advance(COALESCE_MS * 10)
    expect(electron.notifications.length).toBe(2)
  })

  it('are taken back when their cause is gone, also long after they were shown', async () => {
    const electron = new FakeElectron()
    const base = createFakeHost()
    const host = createElectronHost(electron.api, base, () => undefined)
    host.notify({ id: 'attention', title: 'Needs you', body: 'one' })
    host.notify({ id: 'attention', title: 'Needs you', body: 'two' })
    host.withdraw?.('attention')
    await base.clock.advance(COALESCE_MS * 2)
    expect(electron.notifications.map(({ state }) => state)).toEqual(['closed'])
    host.notify({ id: 'attention', title: 'Needs you', body: 'three' })
    await base.clock.advance(COALESCE_MS * 10)
    host.withdraw?.('attention')
    expect(electron.notifications.map(({ state }) => state)).toEqual(['closed', 'closed'])
  })

  it('of different ids stand beside each other and tell which was clicked', () => {
    const electron = new FakeElectron()
    const clicked: string[] = []
    const host = createElectronHost(electron.api, createFakeHost(), ({ id }) => clicked.push(id))
    host.notify({ id: 'a', title: 'A', body: '' })
    host.notify({ id: 'b', title: 'B', body: '' })
    electron.notifications[1]?.emit('click')
    expect(electron.notifications.map(({ state }) => state)).toEqual(['shown', 'shown'])
    expect(clicked).toEqual(['b'])
  })

  it('do nothing where the system shows none', () => {
    const electron = new FakeElectron()
    electron.notificationsSupported = false
    createElectronHost(electron.api, createFakeHost(), () => undefined).notify({ id: 'a', title: 'A', body: '' })
    expect(electron.notifications).toEqual([])
  })
})

describe('waking up', () => {
  it('follows sleep, unlocking and a network that comes back, once each', async () => {
    const electron = new FakeElectron()
    const clock = new VirtualClock()
    let woken = 0
    const end = watchWakeUps(electron.api, clock, () => woken++)
    electron.powerEvents.emit('resume')
    electron.powerEvents.emit('unlock-screen')
    expect(woken).toBe(2)
    electron.online = false
    await clock.advance(60_000)
    expect(woken).toBe(2)
    electron.online = true
    await clock.advance(60_000)
    expect(woken).toBe(3)
    end()
    expect(clock.pending).toBe(0)
    expect(electron.powerEvents.listenerCount('resume')).toBe(0)
  })
})

describe('starting with the computer', () => {
  it('writes a desktop entry on Linux and removes it again', async () => {
    const home = await mkdtemp(join(tmpdir(), 'tidekeep-autostart-'))
    const env = { XDG_CONFIG_HOME: home, APPIMAGE: '/home/some one/Tidekeep.AppImage' }
    const item = createLoginItem(new FakeElectron().api, { platform: 'linux', env })
    await item.set(true)
    await item.set(true)
    const file = join(home, 'autostart', 'app.tidekeep.desktop')
    const text = await readFile(file, 'utf8')
    expect(text).toMatch(/^\[Desktop Entry\]\nType=Application\n/)
    expect(text).toContain('\nExec="/home/some one/Tidekeep.AppImage" "--hidden"\n')
    await item.set(false)
    await item.set(false)
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('quotes what the specification reserves', () => {
    const exec = desktopEntry(['/opt/a "b" $c `d` \\e 100%'])
      .split('\n')
      .find((line) => line.startsWith('Exec='))
    expect(exec).toBe('Exec="/opt/a \\\\"b\\\\" \\\\$c \\\\`d\\\\` \\\\\\\\e 100%%"')
  })

  it('ignores a relative XDG_CONFIG_HOME, as the specification demands', () => {
    expect(autostartFile({ XDG_CONFIG_HOME: 'relative', HOME: '/home/x' })).toBe(
      '/home/x/.config/autostart/app.tidekeep.desktop',
    )
    expect(autostartFile({ XDG_CONFIG_HOME: '/cfg', HOME: '/home/x' })).toBe('/cfg/autostart/app.tidekeep.desktop')
  })

  it.each(['darwin', 'win32'] as const)('asks the system on %s', async (platform) => {
    const electron = new FakeElectron()
    await createLoginItem(electron.api, { platform, env: {} }).set(true)
    expect(electron.appCalls.at(-1)).toMatchObject({ name: 'setLoginItemSettings', args: [{ openAtLogin: true }] })
  })

  it('follows the setting at once when a window changes it', async () => {
    const { electron, popup } = await startFakeShell({ platform: 'win32' })
    await electron.invoke(popup, CHANNELS.call, 'settings.set', { key: 'autostart', value: true })
    expect(electron.appCalls.filter(({ name }) => name === 'setLoginItemSettings').map(({ args }) => args[0])).toEqual([
      { openAtLogin: false, args: ['--hidden'] },
      { openAtLogin: true, args: ['--hidden'] },
    ])
  })
})

describe('what the machine runs on', () => {
  it('is what the system tells by files, and else what Electron knows', async () => {
    const electron = new FakeElectron()
    const plain = createFakeHost()
    const host = createElectronHost(electron.api, plain, () => undefined)
    electron.onBattery = true
    expect(await host.surroundings?.look()).toEqual({ power: 'battery', network: 'unknown' })
    const told = { power: 'mains', network: 'metered' } as const
    const base = { ...plain, surroundings: { look: async () => told } }
    expect(await createElectronHost(electron.api, base, () => undefined).surroundings?.look()).toEqual(told)
  })
})
