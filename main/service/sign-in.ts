import type { HttpBindings } from '@hono/node-server'
import type { Handler, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Socket } from 'node:net'
import { getuid } from 'node:process'
import { refusalBody } from './answer.ts'
import type { RouteContext } from './routes.ts'
import type { Sessions } from './sessions.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

type Env = { Bindings: HttpBindings }

/** The routes and checks around {@link Sessions}. */
export interface SignIn {
  /** GET: trades the code of a link for a cookie and leads away from the address that holds it. */
  readonly redeem: Handler<Env>
  /** Lets a live session or the operator's token pass. */
  readonly required: MiddlewareHandler<Env>
  /** POST: ends the session, its event streams and what the browser kept. */
  readonly end: Handler<Env>
  /** Ends a stream together with the session that opened it. */
  readonly endStreamWithSession: (context: RouteContext, end: () => void) => void
}

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }

/** What signing in needs. */
export interface SignInOptions {
  readonly sessions: Sessions
  readonly port: () => number
  /** See `peerUserId`. */
  readonly peerUser: (socket: Socket) => Promise<number | undefined>
}

/** `port` names the cookie: cookies know no ports, and two services must not sign each other out. */
export function createSignIn({ sessions, port, peerUser }: SignInOptions): SignIn {
  const cookieName = (): string => `tidekeep-${port()}`
  const sessionOf = (c: RouteContext): string | undefined => getCookie(c, cookieName())
  return {
    redeem: async (c) => {
      if (c.req.method !== 'GET') return c.body(null, 405)
      const userId = await peerUser(c.env.incoming.socket)
      if (userId !== undefined && getuid !== undefined && userId !== getuid()) {
        return c.text(`${serviceFailureTexts.signIn.otherUser}\n`, 403)
      }
      const session = sessions.redeem(c.req.query('code') ?? '')
      if (session === undefined) return refused(c, sessions, serviceFailureTexts.signIn.oldLink)
      c.header('Set-Cookie', `${cookieName()}=${session}; Path=/; HttpOnly; SameSite=Strict`)
      return c.redirect('/', 303)
    },
    required: async (c, next) => {
      const authorization = c.req.header('authorization')
      if (authorization === undefined) {
        if (sessions.isLive(sessionOf(c))) return next()
        return refused(c, sessions, serviceFailureTexts.signIn.first)
      }
      const token = /^Bearer ([\x21-\x7e]{1,512})$/.exec(authorization)?.[1] ?? ''
      if (sessions.checkToken(token) === 'accepted') return next()
      return refused(c, sessions, serviceFailureTexts.signIn.token)
    },
    end: (c) => {
      const session = sessionOf(c)
      if (session !== undefined) sessions.end(session)
      c.header('Set-Cookie', `${cookieName()}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`)
      c.header('Clear-Site-Data', '"cache", "storage"')
      return c.body(JSON.stringify({ ok: true, result: {} }), 200, JSON_TYPE)
    },
    endStreamWithSession: (c, end) => {
      const session = sessionOf(c)
      const unsubscribe = sessions.onEnd((ended) => void (ended === session && end()))
      c.env.outgoing.once('close', unsubscribe)
    },
  }
}

/** Pages get a sentence, calls get JSON; both say what to do. */
function refused(c: RouteContext, sessions: Sessions, message: string): Response {
  const lockedMs = sessions.lockedForMs()
  if (lockedMs > 0) c.header('Retry-After', String(Math.ceil(lockedMs / 1000)))
  else c.header('WWW-Authenticate', 'Bearer realm="tidekeep"')
  const status = lockedMs > 0 ? 429 : 401
  const text = lockedMs > 0 ? serviceFailureTexts.signIn.wait : message
  if (c.req.path.startsWith('/api/')) return c.body(refusalBody(text, 'unauthenticated'), status, JSON_TYPE)
  return c.text(`${text}\n${serviceFailureTexts.signIn.newLink}\n`, status)
}
