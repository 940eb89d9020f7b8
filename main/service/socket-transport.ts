import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { getuid, platform } from 'node:process'
import { makeDirectories } from '../make-directories.ts'
import { TidekeepError } from '../../common/errors.ts'
import type { Application } from '../application.ts'
import type { Host } from '../host.ts'
import { closeServer, createHttpServer, listen } from './listener.ts'
import { addApiRoutes, addFallbacks, addHealthRoutes, type Routes } from './routes.ts'
import { socketPath } from './socket-path.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

const PROBE_MS = 2_000

/** What the control socket serves. */
export interface SocketTransportOptions {
  readonly application: Application
  readonly host: Host
  /** A fresh sign-in link of the loopback interface, or undefined while it is off. */
  readonly signInUrl: () => string | undefined
}

/** The control socket of a running service. */
export interface SocketTransport {
  readonly path: string
  close(): Promise<void>
}

/**
 * Serves the API to the command line over a socket only this user can reach: whoever may open it
 * may do everything, so there is no token. Throws `locked` when another service answers there.
 */
export async function startSocketTransport(options: SocketTransportOptions): Promise<SocketTransport> {
  const { application, host } = options
  const path = socketPath(host.paths)
  const routes: Routes = new Hono<{ Bindings: HttpBindings }>()
  addHealthRoutes(routes, application)
  routes.post('/api/sign-in-url', (c) => c.json({ ok: true, result: options.signInUrl() ?? null }))
  addApiRoutes(routes, { application, host, transport: 'socket' })
  addFallbacks(routes, host)
  const respond = getRequestListener(routes.fetch, { overrideGlobalObjects: false })
  const server = createHttpServer((request, response) => void respond(request, response))
  if (platform !== 'win32') await preparePlace(host.paths.run, path)
  await listen(server, { path })
  // Node removes the socket file when the server closes.
  return { path, close: () => closeServer(server) }
}

/** A directory of this user alone, without the socket of a service that ended without cleaning up. */
async function preparePlace(directory: string, path: string): Promise<void> {
  makeDirectories(directory)
  const found = await lstat(directory)
  if (!found.isDirectory() || (getuid !== undefined && found.uid !== getuid())) {
    throw new TidekeepError({
      code: 'forbidden',
      message: serviceFailureTexts.socketTransport.doesNotBelongToYou({ directory }),
      path: directory,
      fix: serviceFailureTexts.socketTransport.doesNotBelongToYouFix,
    })
  }
  if ((found.mode & 0o077) !== 0) await chmod(directory, 0o700)
  if (await isAnswered(path)) {
    throw new TidekeepError({
      code: 'locked',
      message: serviceFailureTexts.socketTransport.tidekeepAlreadyRunsOnThis,
      fix: serviceFailureTexts.socketTransport.tidekeepAlreadyRunsOnThisFix,
    })
  }
  await unlink(path).catch(ignoreMissing)
}

/** True when a process accepts connections there, or might: only a clear refusal makes a socket stale. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: PROBE_MS })
    const settle = (answered: boolean): void => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(true))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle(!['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(error.code ?? ''))
    })
  })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
