import type { Session, WebContents } from 'electron'
import type { Log } from '../host.ts'
import { cleanRoute, isOwnUrl } from './origin.ts'

/** What leaving the page may lead to. */
export interface Exits {
  /** Brings up the main window at a route. */
  readonly openWindow: (route: string) => void
  /** Hands an address to the system's browser; asked for those of {@link isSignInAddress} only. */
  readonly openBrowser: (url: string) => void
  readonly log: Log
}

/** Where people sign in to Microsoft, with a browser or a code; one for each of its clouds. */
const SIGN_IN_HOSTS: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
  'login.microsoft.com',
  'microsoft.com',
  'www.microsoft.com',
])

const hardened = new WeakSet<object>()

/**
 * Nails a page to where it is: no navigation, no redirect, no sub-frame, no webview, no new window.
 * Must run before anything is loaded; running it twice does no harm.
 */
export function hardenContents(contents: WebContents, exits: Exits): void {
  if (hardened.has(contents)) return
  hardened.add(contents)
  contents.setWindowOpenHandler(({ url }) => {
    leave(url, exits)
    return { action: 'deny' }
  })
  contents.on('will-navigate', (event) => refuse(event, 'navigation', exits))
  contents.on('will-frame-navigate', (event) => refuse(event, 'frame navigation', exits))
  contents.on('will-redirect', (event) => refuse(event, 'redirect', exits))
  contents.on('will-attach-webview', (event) => refuse(event, 'webview', exits))
}

/**
 * Denies a session every permission (Electron's default grants them), every download and every
 * request to anything but the application's own scheme.
 */
export function hardenSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, callback) => callback(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event) => event.preventDefault())
  session.webRequest.onBeforeRequest((details, callback) => callback({ cancel: !mayRequest(details.url) }))
}

function mayRequest(url: string): boolean {
  return isOwnUrl(url) || url.startsWith('devtools://') || url.startsWith('data:image/')
}

function leave(url: string, exits: Exits): void {
  if (isOwnUrl(url)) {
    exits.openWindow(cleanRoute(URL.parse(url)?.hash ?? ''))
    return
  }
  if (isSignInAddress(url)) return exits.openBrowser(url)
  // Nothing else of the interface links outside.
  exits.log.warn('window refused')
}

/** True for the pages people sign in at: a page that was taken over could lead nowhere else. */
export function isSignInAddress(url: string): boolean {
  const address = URL.parse(url)
  return (
    address?.protocol === 'https:' &&
    address.port === '' &&
    address.username === '' &&
    SIGN_IN_HOSTS.has(address.hostname)
  )
}

function refuse(event: { preventDefault(): void }, what: string, exits: Exits): void {
  event.preventDefault()
  exits.log.warn('page tried to leave', { what })
}
