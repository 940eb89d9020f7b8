import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { quitGracefully } from '../../main/shell/quit.ts'
import { type CarrierParts, createUpdateCarrier, type UpdaterModule } from '../../main/shell/update-carrier.ts'
import { trayMenu } from '../../main/shell/tray-menu.ts'
import { createFakeApplication } from '../fakes/application.ts'
import { createFakeHost } from '../fakes/host.ts'
import { choose, FakeElectron } from './fake-electron.ts'
import { settle, startFakeShell } from './start-fake.ts'

const FEED = 'https://updates.example/tidekeep'
const FILE = { url: `${FEED}/stable/Tidekeep-1.3.0.AppImage`, version: '1.3.0', sizeBytes: 9, sha512: 'ab' }

interface FakeProvider {
  getLatestVersion(): Promise<{ readonly version: string; readonly files: readonly unknown[] }>
  resolveFiles(): readonly { readonly url: URL; readonly info: unknown }[]
  setRequestHeaders(headers: unknown): void
}

/** electron-updater as far as the carrier uses it. */
class FakeUpdater extends EventEmitter {
  autoDownload = true
  autoInstallOnAppQuit = true
  allowDowngrade = true
  disableWebInstaller = false
  disableDifferentialDownload = false
  logger: unknown = console
  installs: unknown[] = []
  answer = async (): Promise<Response> => new Response('manifest')
  provider: FakeProvider | undefined
  fetched: { readonly url: string; readonly options: RequestInit }[] = []
  guard: ((details: { url: string }, answer: (verdict: { cancel?: boolean }) => void) => void) | undefined
  netSession = {
    fetch: (url: string, options: RequestInit) => {
      this.fetched.push({ url, options })
      return this.answer()
    },
    webRequest: { onBeforeRequest: (guard: NonNullable<FakeUpdater['guard']>) => void (this.guard = guard) },
  }
  setFeedURL({ updateProvider }: { updateProvider: new (...args: unknown[]) => FakeProvider }): void {
    this.provider = new updateProvider({}, this, {})
  }
  async checkForUpdates(): Promise<unknown> {
    return { isUpdateAvailable: true }
  }
  async downloadUpdate(): Promise<string[]> {
    return ['/cache/installer']
  }
  quitAndInstall(...args: unknown[]): void {
    this.installs.push(args)
  }
}

class Provider {
  headers: unknown = 'unset'
  setRequestHeaders(value: unknown): void {
    this.headers = value
  }
}

function bench(parts: Partial<CarrierParts> = {}) {
  const electron = new FakeElectron()
  const updater = new FakeUpdater()
  const said: string[] = []
  const carrier = createUpdateCarrier({
    electron: electron.api,
    platform: 'linux',
    arch: 'x64',
    env: { APPIMAGE: '/home/a/Tidekeep.AppImage' },
    isPackaged: true,
    load: async () => ({ autoUpdater: updater, Provider }) as unknown as UpdaterModule,
    quitInto: (last) => last(),
    relaunch: () => void said.push('relaunch'),
    ...parts,
  })
  return { updater, carrier, said }
}

describe('what electron-updater may do', () => {
  it('is to fetch one file that was decided on, with everything it would decide itself switched off', async () => {
    const { updater, carrier } = bench()
    expect(await carrier.download(FILE, FEED)).toBe('/cache/installer')
    expect(updater).toMatchObject({
      autoDownload: false,
      autoInstallOnAppQuit: false,
      allowDowngrade: false,
      disableWebInstaller: true,
      disableDifferentialDownload: true,
      logger: null,
    })
    expect((await updater.provider!.getLatestVersion()).version).toBe('1.3.0')
    expect(updater.provider!.resolveFiles()).toEqual([
      { url: new URL(FILE.url), info: { url: FILE.url, sha512: 'ab', size: 9 } },
    ])
  })

  it('is to ask at the feed’s own host by https, and to be cut off wherever a redirect leads elsewhere', async () => {
    const { updater, carrier } = bench()
    await carrier.download(FILE, FEED)
    const isCut = (url: string): boolean | undefined => {
      let cut: boolean | undefined
      updater.guard!({ url }, ({ cancel }) => void (cut = cancel))
      return cut
    }
    expect(isCut(FILE.url)).toBe(false)
    for (const url of ['https://evil.example/x', 'http://updates.example/tidekeep/x', 'file:///etc/passwd'])
      expect(isCut(url), url).toBe(true)
  })

  it('is to send nothing that tells one computer from another', async () => {
    const { updater, carrier } = bench()
    await carrier.download(FILE, FEED)
    updater.provider!.setRequestHeaders({ 'x-user-staging-id': 'abc' })
    expect((updater.provider as unknown as Provider).headers).toBeNull()
  })
})

describe('the manifest', () => {
  const signal = new AbortController().signal
  it('is fetched without redirects, cookies and caches, and only so far', async () => {
    const { updater, carrier } = bench()
    expect(Buffer.from(await carrier.fetchBytes(`${FEED}/m`, 100, signal)).toString()).toBe('manifest')
    expect(updater.fetched[0]?.options).toMatchObject({ redirect: 'error', credentials: 'omit', cache: 'no-store' })
    await expect(carrier.fetchBytes(`${FEED}/m`, 7, signal)).rejects.toThrow('too large')
    updater.answer = async () => new Response('gone', { status: 404 })
    await expect(carrier.fetchBytes(`${FEED}/m`, 100, signal)).rejects.toThrow('404')
  })
})

describe('an installation', () => {
  it('updates itself where its package can: AppImage, Windows, macOS; not from source, nor as a package of the system', () => {
    expect(bench().carrier.kind).toBe('AppImage')
    expect(bench({ platform: 'win32' }).carrier.kind).toBe('nsis')
    expect(bench({ platform: 'darwin' }).carrier.kind).toBe('zip')
    expect(bench({ env: {} }).carrier.kind).toBeUndefined()
    expect(bench({ isPackaged: false }).carrier.kind).toBeUndefined()
  })

  it('is replaced only after everything was stopped, and starts afresh where that fails', async () => {
    let last: (() => void) | undefined
    const { updater, carrier, said } = bench({ quitInto: (run) => void (last = run) })
    carrier.install()
    await settle()
    expect(updater.installs).toEqual([])
    last!()
    await settle()
    expect(updater.installs).toEqual([[true, true]])
    updater.emit('error', new Error('no space'))
    expect(said).toEqual(['relaunch'])
    updater.quitAndInstall = () => {
      throw new Error('no rights')
    }
    last!()
    await settle()
    expect(said).toEqual(['relaunch', 'relaunch'])
  })

  it('is stopped gracefully, and ends in the installer instead of quitting', async () => {
    const electron = new FakeElectron()
    const { clock, log } = createFakeHost()
    const steps: string[] = []
    const quitting = quitGracefully({
      electron: electron.api,
      clock,
      log,
      stop: async (now) => void steps.push(`stop ${now}`),
      release: () => void steps.push('release'),
    })
    quitting.into(() => void steps.push('install'))
    await settle()
    expect(steps).toEqual(['release', 'stop false', 'install'])
    expect(electron.appCalls.map(({ name }) => name)).not.toContain('quit')
  })
})

describe('a version that waits', () => {
  it('has an item in the tray menu that restarts into it, and none otherwise', async () => {
    const { tray, application } = await startFakeShell()
    const template = () => tray.menus.at(-1)!.template
    expect(template().some(({ id }) => id === 'update')).toBe(false)
    application.patchStatus({ updateReady: '1.3.0' })
    const status = await createFakeApplication().handlers['status.get']({}, { transport: 'direct' })
    const labels = trayMenu({ ...status, updateReady: '1.3.0' }, {} as never, 0).map(({ label }) => label)
    expect(labels).toContain('Restart to update to 1.3.0')
    choose(
      trayMenu(
        { ...status, updateReady: '1.3.0' },
        { update: () => application.handlers['updates.install']({}, { transport: 'direct' }) } as never,
        0,
      ),
      'Restart to update to 1.3.0',
    )
    await settle()
    expect(application.calls.map(({ name }) => name)).toContain('updates.install')
  })
})
