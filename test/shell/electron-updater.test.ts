import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import electronUpdater from 'electron-updater'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createUpdateCarrier } from '../../main/shell/update-carrier.ts'
import { FakeElectron } from './fake-electron.ts'

const FEED = 'https://updates.example/tidekeep'
const CONTENT = Buffer.from('the installer of 1.3.0')
const SHA512 = createHash('sha512').update(CONTENT).digest('hex')
const NAME = 'Tidekeep-1.3.0-linux-x86_64.AppImage'

interface Download {
  readonly url: URL
  readonly options: { readonly sha512?: string; readonly headers?: Readonly<Record<string, string>> | null }
}

/** The real updater for AppImages around a transport that reads a file; there is no Electron. */
function bench() {
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-updater-'))
  const source = join(place, 'served')
  writeFileSync(source, CONTENT)
  mkdirSync(join(place, 'user'))
  writeFileSync(join(place, 'app-update.yml'), 'updaterCacheDirName: tidekeep-updater\n')
  const app = {
    version: '1.2.0',
    name: 'tidekeep',
    isPackaged: true,
    appUpdateConfigPath: join(place, 'app-update.yml'),
    userDataPath: join(place, 'user'),
    baseCachePath: join(place, 'cache'),
    whenReady: () => Promise.resolve(),
    relaunch: () => undefined,
    quit: () => undefined,
    onQuit: () => undefined,
  }
  const updater = new electronUpdater.AppImageUpdater({ provider: 'generic', url: FEED } as never, app)
  const downloads: Download[] = []
  const guards: unknown[] = []
  const session = { webRequest: { onBeforeRequest: (guard: unknown) => void guards.push(guard) } }
  Object.defineProperty(updater, 'netSession', { value: session })
  Object.defineProperty(updater, 'httpExecutor', {
    value: {
      request: () => Promise.reject(new Error('nothing else is asked for')),
      download: async (url: URL, to: string, options: Download['options']) => {
        downloads.push({ url, options })
        copyFileSync(source, to)
        return to
      },
    },
  })
  const carrier = createUpdateCarrier({
    electron: new FakeElectron().api,
    platform: 'linux',
    arch: 'x64',
    env: { APPIMAGE: join(place, 'Tidekeep.AppImage') },
    isPackaged: true,
    load: async () => ({ autoUpdater: updater, Provider: electronUpdater.Provider }),
    quitInto: (last) => last(),
    relaunch: () => undefined,
  })
  const file = { url: `${FEED}/stable/${NAME}`, version: '1.3.0', sizeBytes: CONTENT.length, sha512: SHA512 }
  return { carrier, downloads, guards, file, source }
}

describe('the real electron-updater', () => {
  const before = process.env['APPIMAGE']
  beforeEach(() => {
    process.env['APPIMAGE'] = '/nowhere/Tidekeep.AppImage'
  })
  afterEach(() => {
    if (before === undefined) delete process.env['APPIMAGE']
    else process.env['APPIMAGE'] = before
  })

  it('downloads exactly the file it was given, with its digest, and asks for no version file', async () => {
    const { carrier, downloads, guards, file } = bench()
    const path = await carrier.download(file, FEED)
    expect(readFileSync(path)).toEqual(CONTENT)
    expect(path.endsWith(NAME)).toBe(true)
    expect(downloads.map(({ url, options }) => [url.href, options.sha512])).toEqual([[file.url, SHA512]])
    expect(JSON.stringify(downloads[0]?.options.headers ?? {})).not.toContain('staging')
    expect(guards).toHaveLength(1)
  })

  it('refuses to carry what is not newer than what runs', async () => {
    const { carrier, downloads, file } = bench()
    await expect(carrier.download({ ...file, version: '1.1.0' }, FEED)).rejects.toThrow('does not take')
    expect(downloads).toEqual([])
  })
})
