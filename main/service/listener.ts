import { createServer, type RequestListener, type Server } from 'node:http'
import type { ListenOptions } from 'node:net'
import { TidekeepError } from '../../common/errors.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

/** How long a client may take, in milliseconds. */
export interface Patience {
  readonly headersMs: number
  readonly requestMs: number
  readonly keepAliveMs: number
  /** How often the two above are looked at. */
  readonly checkMs: number
}

const DEFAULT_PATIENCE: Patience = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 5_000, checkMs: 1_000 }

const MAX_HEADER_BYTES = 16 * 1024
const MAX_CONNECTIONS = 128

/** An HTTP server that gives nobody unlimited time, headers or connections. */
export function createHttpServer(listener: RequestListener, patience: Patience = DEFAULT_PATIENCE): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: patience.headersMs,
      requestTimeout: patience.requestMs,
      keepAliveTimeout: patience.keepAliveMs,
      connectionsCheckingInterval: patience.checkMs,
      requireHostHeader: true,
      insecureHTTPParser: false,
    },
    listener,
  )
  server.maxConnections = MAX_CONNECTIONS
  server.on('upgrade', (_request, socket) => socket.destroy())
  server.on('connect', (_request, socket) => socket.destroy())
  return server
}

/** Starts listening. Throws `locked` when the place is taken, `forbidden` when it may not be used. */
export function listen(server: Server, options: ListenOptions): Promise<void> {
  const place = options.path ?? `port ${options.port ?? 0}`
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(translateListenError(error, place))
    server.once('error', onError)
    server.listen(options, () => {
      server.off('error', onError)
      resolve()
    })
  })
}

/** Stops listening and ends every connection. Idempotent. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function translateListenError(error: NodeJS.ErrnoException, place: string): TidekeepError {
  if (error.code === 'EADDRINUSE') {
    return new TidekeepError({
      code: 'locked',
      message: serviceFailureTexts.listener.anotherProgramAlreadyUses({ place }),
      fix: serviceFailureTexts.listener.anotherProgramAlreadyUsesFix,
      cause: error,
    })
  }
  const port = (error as { readonly port?: number }).port ?? 0
  const isLow = error.code === 'EACCES' && port > 0 && port < 1024
  return new TidekeepError({
    code: error.code === 'EACCES' || error.code === 'EPERM' ? 'forbidden' : 'unavailable',
    message: serviceFailureTexts.listener.tidekeepCannotListenAt({ place }),
    ...(isLow ? { fix: serviceFailureTexts.listener.tidekeepCannotListenAtLowFix } : {}),
    cause: error,
  })
}
