import type { Application } from '../application.ts'
import type { Host } from '../host.ts'
import { startHttpTransport, type HttpTransport } from './http-transport.ts'
import { openBrowser } from './open-browser.ts'
import { startSocketTransport } from './socket-transport.ts'

/** What a service serves, and how. */
export interface ServiceOptions {
  /** Composed, not yet started: the service starts and stops it. */
  readonly application: Application
  readonly host: Host
  /** False: no port is opened, only the control socket. */
  readonly ui: boolean
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Shows the interface in the browser. */
  readonly open?: boolean
  readonly rendererDirectory: string
  /** See `readOperatorToken`. */
  readonly token?: string
}

/** A service that runs until it is closed. */
export interface RunningService {
  /** `http://127.0.0.1:port`; undefined without interface. */
  readonly address: string | undefined
  /** A fresh one-use link: the first is valid for ten minutes, later ones for 60 seconds. */
  signInUrl(): string | undefined
  /**
   * Stops taking calls, then stops the engine, gracefully unless `now`. Idempotent; a second call
   * with `now` hurries the first one up.
   */
  close(options?: { readonly now?: boolean }): Promise<void>
}

/**
 * Serves an application without a desktop. The socket comes first: a second service on one
 * installation is refused with `locked` before it touched anything. Health answers as soon as this
 * listens, readiness once every folder is open, and this resolves then. Prints nothing.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { application, host } = options
  let http: HttpTransport | undefined
  const socket = await startSocketTransport({ application, host, signInUrl: () => http?.signInUrl() })
  let closing: Promise<void> | undefined
  const close = (how?: { readonly now?: boolean }): Promise<void> => {
    // Asked again, now in a hurry: transfers that were given time to finish are abandoned.
    if (closing !== undefined && how?.now === true)
      return Promise.all([closing, application.stop(how)]).then(() => undefined)
    closing ??= (async () => {
      await Promise.all([http?.close(), socket.close()])
      await application.stop(how)
    })()
    return closing
  }
  try {
    if (options.ui) http = await startHttpTransport(options)
    await application.start()
  } catch (error) {
    await close({ now: true })
    throw error
  }
  const signInUrl = (): string | undefined => http?.signInUrl()
  const url = options.open === true ? signInUrl() : undefined
  if (url !== undefined && !(await openBrowser(url))) host.log.warn('browser not opened')
  return { address: http?.address, signInUrl, close }
}
