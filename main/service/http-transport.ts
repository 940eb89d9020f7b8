import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Application } from '../application.ts'
import type { Host } from '../host.ts'
import { refusalBody } from './answer.ts'
import { refuse } from './gate.ts'
import { closeServer, createHttpServer, listen, type Patience } from './listener.ts'
import { peerUserId } from './peer-user.ts'
import { addApiRoutes, addFallbacks, addHealthRoutes, type Routes } from './routes.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { createSessions } from './sessions.ts'
import { createSignIn } from './sign-in.ts'
import { loadStaticFiles, type StaticFile } from './static-files.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

/** What the interface in a browser serves. */
export interface HttpTransportOptions {
  readonly application: Application
  readonly host: Host
  /** 0 or absent: any free port. */
  readonly port?: number
  /** The built renderer (`out/renderer`). Without it, pages say how to build it; the API works. */
  readonly rendererDirectory: string
  /** Accepted as `Authorization: Bearer`, for operators. */
  readonly token?: string
  readonly patience?: Patience
  /** Who is at the other end of a connection; the system's answer unless a test has another. */
  readonly peerUser?: (socket: Socket) => Promise<number | undefined>
}

/** The interface as served on this computer's loopback addresses. */
export interface HttpTransport {
  /** `http://127.0.0.1:port`, without a trailing slash. */
  readonly address: string
  readonly port: number
  /** A fresh one-use link. The first is valid for ten minutes, later ones for 60 seconds. */
  signInUrl(): string
  close(): Promise<void>
}

/** Serves the interface and the API over loopback HTTP. Throws `locked` when the port is taken. */
export async function startHttpTransport(options: HttpTransportOptions): Promise<HttpTransport> {
  const { host, token } = options
  const sessions = createSessions({ clock: host.clock, random: host.random, ...(token === undefined ? {} : { token }) })
  const files = await loadStaticFiles(options.rendererDirectory)
  let port = options.port ?? 0
  const routes = createRoutes(
    options,
    createSignIn({ sessions, port: () => port, peerUser: options.peerUser ?? peerUserId }),
    files,
  )
  const listener = guard(getRequestListener(routes.fetch, { overrideGlobalObjects: false }), () => port)
  const server = createHttpServer(listener, options.patience)
  await listen(server, { host: '127.0.0.1', port })
  port = (server.address() as AddressInfo).port
  const twin = await listenOnIpv6(listener, port, options)
  const address = `http://127.0.0.1:${port}`
  return {
    address,
    port,
    signInUrl: () => `${address}/sign-in?code=${sessions.issueCode()}`,
    close: async () => {
      await Promise.all([server, ...twin].map((each) => closeServer(each)))
    },
  }
}

/** `localhost` may mean ::1; a machine without it, or with the port taken there, is fine. */
async function listenOnIpv6(
  listener: RequestListener,
  port: number,
  options: HttpTransportOptions,
): Promise<readonly Server[]> {
  const server = createHttpServer(listener, options.patience)
  try {
    await listen(server, { host: '::1', port, ipv6Only: true })
    return [server]
  } catch (error) {
    options.host.log.debug('no ipv6 loopback', { error: String(error) })
    return []
  }
}

/** The checks of {@link refuse} stand before everything else; what fails them is answered and hung up on. */
function guard(next: ReturnType<typeof getRequestListener>, port: () => number): RequestListener {
  return (request, response) => {
    setSecurityHeaders(response)
    const refusal = refuse(
      {
        method: request.method ?? '',
        url: request.url ?? '',
        httpVersion: request.httpVersion,
        rawHeaders: request.rawHeaders,
        remoteAddress: request.socket.remoteAddress,
      },
      port(),
    )
    if (refusal === undefined) return void next(request, response)
    response.writeHead(refusal.status, { 'Content-Type': 'application/json; charset=utf-8', Connection: 'close' })
    const code = refusal.status === 403 ? 'forbidden' : 'invalid'
    response.end(refusalBody(refusal.message, code), () => request.destroy())
  }
}

function createRoutes(
  { application, host }: HttpTransportOptions,
  signIn: ReturnType<typeof createSignIn>,
  files: ReadonlyMap<string, StaticFile>,
): Routes {
  const routes: Routes = new Hono<{ Bindings: HttpBindings }>()
  addHealthRoutes(routes, application)
  routes.get('/sign-in', signIn.redeem)
  routes.use('*', signIn.required)
  routes.post('/api/sign-out', signIn.end)
  addApiRoutes(routes, { application, host, transport: 'http', onStream: signIn.endStreamWithSession })
  routes.get('*', async (c, next) => {
    const file = files.get(c.req.path)
    if (file === undefined && (c.req.path === '/' || c.req.path === '/popup'))
      return c.text(`${serviceFailureTexts.routes.notBuilt}\n`, 503)
    if (file === undefined) return next()
    return c.body(file.body, 200, {
      'Content-Type': file.type,
      'Cache-Control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-store',
    })
  })
  addFallbacks(routes, host)
  return routes
}
