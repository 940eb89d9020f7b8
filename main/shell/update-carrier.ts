import type { Session } from 'electron'
import type { AppUpdater, UpdateInfo } from 'electron-updater'
import type { ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider.js'
import type { FileToCarry, UpdateCarrier } from '../updates/carrier.ts'
import { isFeedAddress } from '../updates/addresses.ts'
import type { PackageKind } from '../updates/manifest.ts'
import type { ElectronApi, Platform } from './electron-api.ts'

/** What the carrier takes of electron-updater: it fetches and puts in place. What it fetches was decided before, and is verified after. */
export interface UpdaterModule {
  readonly autoUpdater: AppUpdater
  readonly Provider: typeof import('electron-updater').Provider
}

/** What the carrier is put together from. */
export interface CarrierParts {
  readonly electron: Pick<ElectronApi, 'BrowserWindow'>
  readonly platform: Platform
  readonly arch: string
  readonly env: NodeJS.ProcessEnv
  readonly isPackaged: boolean
  /** Loaded when first needed. */
  readonly load: () => Promise<UpdaterModule>
  /** Stops the program gracefully and then runs `last` instead of ending. */
  readonly quitInto: (last: () => void) => void
  /** Starts the program afresh, where putting the new one in place failed after all. */
  readonly relaunch: () => void
}

/** Carries releases with electron-updater. Its own judgement (version files, downgrades, roll-outs, installing on quit) is switched off or fed with what was judged already. */
export function createUpdateCarrier(parts: CarrierParts): UpdateCarrier {
  let loaded: Promise<UpdaterModule> | undefined
  const updater = (): Promise<UpdaterModule> => (loaded ??= parts.load().then(prepare))
  return {
    platform: parts.platform,
    arch: parts.arch,
    kind: parts.isPackaged ? packageKind(parts) : undefined,
    fetchBytes: async (url, maxBytes, signal) => {
      const { autoUpdater } = await updater()
      return readAtMost(autoUpdater.netSession, { url, maxBytes, signal })
    },
    download: async (file, feed) => {
      const { autoUpdater, Provider } = await updater()
      stayAt(autoUpdater.netSession, feed)
      autoUpdater.setFeedURL({ provider: 'custom', updateProvider: providerOf(Provider, file) })
      const found = await autoUpdater.checkForUpdates()
      if (found?.isUpdateAvailable !== true) throw new Error('the updater does not take this release')
      const [path] = await autoUpdater.downloadUpdate()
      if (path === undefined) throw new Error('the updater brought nothing')
      return path
    },
    isWatched: () => parts.electron.BrowserWindow.getAllWindows().some((window) => window.isVisible()),
    install: () => parts.quitInto(() => void putInPlace(updater, parts.relaunch)),
  }
}

/** Everything is stopped by now: whatever happens, a program has to be running again afterwards. */
async function putInPlace(updater: () => Promise<UpdaterModule>, relaunch: () => void): Promise<void> {
  try {
    const { autoUpdater } = await updater()
    autoUpdater.once('error', relaunch)
    autoUpdater.quitAndInstall(true, true)
  } catch {
    relaunch()
  }
}

function prepare(module: UpdaterModule): UpdaterModule {
  const { autoUpdater } = module
  autoUpdater.autoDownload = false
  autoUpdater.autoInstallOnAppQuit = false
  autoUpdater.allowDowngrade = false
  autoUpdater.disableWebInstaller = true
  // The pieces of a difference are chosen by files that nobody signed.
  autoUpdater.disableDifferentialDownload = true
  autoUpdater.logger = null
  // Without a listener an emitter throws; the calls themselves reject.
  autoUpdater.on('error', () => undefined)
  return module
}

/** Only the kinds whose installer needs no questions; the system's own package tools look after the others. */
function packageKind({ platform, env }: CarrierParts): PackageKind | undefined {
  if (platform === 'win32') return 'nsis'
  if (platform === 'darwin') return 'zip'
  return env['APPIMAGE'] === undefined ? undefined : 'AppImage'
}

/** Every request of the updater's session is asked about here, those that redirects lead to as well. */
function stayAt(session: Session, feed: string): void {
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isFeedAddress(feed, url) }))
}

async function readAtMost(
  session: Session,
  { url, maxBytes, signal }: { readonly url: string; readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  const response = await session.fetch(url, { redirect: 'error', credentials: 'omit', cache: 'no-store', signal })
  if (response.status !== 200 || response.body === null) throw new Error(`the answer was ${response.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    // One byte more tells that it is too large.
    if (bytes > maxBytes + 1) break
    chunks.push(chunk)
  }
  if (bytes > maxBytes) throw new Error('the answer is too large')
  return Buffer.concat(chunks)
}

/** A source of releases that knows one file, by what its signed manifest says. */
function providerOf(Provider: UpdaterModule['Provider'], file: FileToCarry) {
  const { url, version, sizeBytes, sha512 } = file
  const info: UpdateInfo = {
    version,
    files: [{ url, sha512, size: sizeBytes }],
    path: url,
    sha512,
    releaseDate: '',
  }
  return class SignedRelease extends Provider<UpdateInfo> {
    constructor(_options: unknown, _updater: unknown, runtime: ProviderRuntimeOptions) {
      super(runtime)
    }
    /** Nothing tells the computers that ask apart. */
    override setRequestHeaders(): void {
      super.setRequestHeaders(null)
    }
    override async getLatestVersion(): Promise<UpdateInfo> {
      return info
    }
    override resolveFiles(): { url: URL; info: UpdateInfo['files'][number] }[] {
      return info.files.map((each) => ({ url: new URL(each.url), info: each }))
    }
  }
}
