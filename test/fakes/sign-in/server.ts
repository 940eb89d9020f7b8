import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TokenIssuer } from '../graph/tokens.ts'
import { Faults } from '../faulty-http/faults.ts'
import { listen } from '../faulty-http/listen.ts'
import { Grants } from './grants.ts'
import { SignInFailure, type FormRequest, type Person, type Registration } from './types.ts'

export type { Person, Registration } from './types.ts'

/** A running authority. */
export interface SignInServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string
  readonly grants: Grants
  readonly faults: Faults
  /** Operations in the order they came: `Metadata`, `Authorize`, `DeviceCode`, `Token:refresh_token`, … */
  readonly requests: string[]
  /** Who is signed in in the browser, and agrees. */
  browserUser: Person | undefined
  /** Refusals repeat everything they were sent, as careless ones do. */
  repeats: boolean
  count(operation: string): number
  /** Moves the server's time on. */
  advance(durationMs: number): void
  close(): Promise<void>
}

/**
 * A strict sign-in authority on loopback, of the shape of Microsoft's. Its tokens open the Graph server whose issuer it
 * is given. Unknown form fields are ignored, as the real one does; what matters is checked.
 */
export async function startSignInServer(options: {
  readonly tokens: TokenIssuer
  readonly registrations: readonly Registration[]
}): Promise<SignInServer> {
  let skewMs = 0
  const http = await listen((message, response) => serve(server, message, response))
  const origin = `http://127.0.0.1:${http.port}`
  const requests: string[] = []
  const grants = new Grants({
    ...options,
    now: () => Date.now() + skewMs,
    origin: () => origin.replace('http', 'https'),
  })
  const server: SignInServer = {
    origin,
    grants,
    faults: new Faults(),
    requests,
    browserUser: undefined,
    repeats: false,
    count: (operation) => requests.filter((each) => each === operation).length,
    advance: (durationMs) => void (skewMs += durationMs),
    close: () => http.close(),
  }
  return server
}

async function serve(server: SignInServer, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(message.url ?? '/', server.origin)
  const [, tenant = '', rest = ''] = /^\/([^/]+)\/(.*)$/.exec(url.pathname) ?? []
  const isPost = message.method === 'POST'
  const form = isPost ? new URLSearchParams(await text(message)) : url.searchParams
  const operation = operationOf(rest, form)
  server.requests.push(operation)
  const fault = server.faults.next(operation)
  if (fault?.kind === 'reset-before') return void message.socket.destroy()
  if (fault?.kind === 'hang') return
  if (fault?.kind === 'run') await fault.run()
  if (fault?.kind === 'status') {
    response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
    return void response.end(JSON.stringify({ error: fault.code ?? 'server_error' }))
  }
  if (fault?.kind === 'error-in-200') return void response.end('<html>sign in to the hotspot</html>')
  try {
    const answer = work(server, operation, { tenant, form })
    if (fault?.kind === 'reset-after') return void message.socket.destroy()
    const isPage = typeof answer === 'string'
    response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'application/json' })
    response.end(isPage ? answer : JSON.stringify(answer))
  } catch (error) {
    refuse(response, error, server.repeats ? form.toString() : '')
  }
}

function operationOf(path: string, form: URLSearchParams): string {
  if (path === 'v2.0/.well-known/openid-configuration') return 'Metadata'
  if (path === 'oauth2/v2.0/authorize') return 'Authorize'
  if (path === 'oauth2/v2.0/devicecode') return 'DeviceCode'
  return path === 'oauth2/v2.0/token' ? `Token:${form.get('grant_type') ?? ''}` : 'Unknown'
}

function work(server: SignInServer, operation: string, request: FormRequest): object | string {
  const { grants, origin } = server
  if (operation === 'Metadata') return metadata(origin.replace('http', 'https'), request.tenant)
  if (operation === 'Authorize') return authorizePage(server, request)
  if (operation === 'DeviceCode') return grants.deviceCode(request)
  if (operation.startsWith('Token:')) return grants.token(request)
  throw new SignInFailure('invalid_request', 900144, { status: 404 })
}

function metadata(origin: string, tenant: string): object {
  return {
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/devicecode`,
    issuer: `${origin}/{tenantid}/v2.0`,
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
  }
}

/** The page a browser gets: a form that sends itself to the redirect address. */
function authorizePage(server: SignInServer, request: FormRequest): string {
  const person = server.browserUser
  const { form } = request
  const fields =
    person === undefined
      ? { error: 'access_denied', state: form.get('state') ?? '', to: form.get('redirect_uri') ?? '' }
      : agreed(server.grants.authorize(request, person))
  const { to, ...inputs } = fields
  const hidden = Object.entries(inputs).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  return `<form method="post" action="${to}">${hidden.join('')}</form><script>document.forms[0].submit()</script>`
}

function agreed({ code, redirectUri, state }: { code: string; redirectUri: string; state: string }): {
  code: string
  state: string
  to: string
} {
  return { code, state, to: redirectUri }
}

function refuse(response: ServerResponse, error: unknown, repeated: string): void {
  const known = error instanceof SignInFailure ? error : new SignInFailure('server_error', 0, { status: 500 })
  response.writeHead(known.status, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      error: known.error,
      error_description: `AADSTS${known.number}: What the authority says. Trace ID: 0 ada@contoso.example ${repeated}`,
      error_codes: [known.number],
      timestamp: '2026-01-01 00:00:00Z',
      trace_id: '00000000-0000-0000-0000-000000000000',
      correlation_id: '00000000-0000-0000-0000-000000000000',
      ...(known.suberror === undefined ? {} : { suberror: known.suberror }),
    }),
  )
}
