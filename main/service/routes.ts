import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { HttpBindings } from '@hono/node-server'
import type { Context, Handler, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Caller, TopicName } from '../../common/protocol.ts'
import { createDispatch } from '../api/dispatch.ts'
import type { Application } from '../application.ts'
import type { Host } from '../host.ts'
import { refusalBody, statusOf } from './answer.ts'
import { openEventStream } from './event-stream.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

/** A Hono application over Node's own request and response. */
export type Routes = Hono<{ Bindings: HttpBindings }>
/** A request with Node's own objects beside it. */
export type RouteContext = Context<{ Bindings: HttpBindings }>

/** What the routes of the interface are made of. */
export interface ApiOptions {
  readonly application: Application
  readonly host: Host
  readonly transport: Caller['transport']
  /** Told of each event stream with the function that ends it, for transports whose sessions end. */
  readonly onStream?: (context: RouteContext, end: () => void) => void
}

const MAX_BODY_BYTES = 1024 * 1024
const MAX_STREAMS = 32
const TOPICS: readonly TopicName[] = ['status', 'activity']
const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }

/** Liveness, readiness and metrics, for monitors on this computer. */
export function addHealthRoutes(routes: Routes, application: Application): void {
  routes.get('/healthz', (c) => c.text('live\n'))
  routes.get('/readyz', (c) => (application.ready() ? c.text('ready\n') : c.text('starting\n', 503)))
  routes.get('/metrics', async (c) =>
    c.body(await application.metrics(), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )
}

/** Calls and events: the part HTTP and the control socket share. */
export function addApiRoutes(routes: Routes, options: ApiOptions): void {
  routes.post(
    '/api/call/:name',
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => tooLarge(c) }),
    callHandler(options),
  )
  routes.get('/api/events', eventsHandler(options))
}

/** Nothing matched, or something broke: JSON, without details. */
export function addFallbacks(routes: Routes, host: Host): void {
  routes.notFound((c) => c.body(refusalBody(serviceFailureTexts.routes.nothingHere, 'not-found'), 404, JSON_TYPE))
  routes.onError((error, c) => {
    host.log.error('request failed', { error: `${error.name}: ${error.message}` })
    return c.body(refusalBody(serviceFailureTexts.routes.fault, 'internal'), 500, JSON_TYPE)
  })
}

function callHandler({ application, host, transport }: ApiOptions): Handler<{ Bindings: HttpBindings }> {
  const dispatch = createDispatch(application.handlers, host.log)
  return async (c) => {
    const params = parseJson(await c.req.text())
    if (params === undefined) return c.body(refusalBody(serviceFailureTexts.routes.notJson, 'invalid'), 400, JSON_TYPE)
    const answer = await dispatch({ name: c.req.param('name'), params: params.value, caller: { transport } })
    return c.body(JSON.stringify(answer), statusOf(answer), JSON_TYPE)
  }
}

function eventsHandler({ application, host, onStream }: ApiOptions): Handler<{ Bindings: HttpBindings }> {
  let streams = 0
  return (c) => {
    const topics = parseTopics(c.req.query('topics'))
    if (topics === undefined) return c.body(refusalBody(serviceFailureTexts.routes.noTopic, 'invalid'), 400, JSON_TYPE)
    if (streams >= MAX_STREAMS)
      return c.body(refusalBody(serviceFailureTexts.routes.windows, 'throttled'), 503, JSON_TYPE)
    streams++
    const response = c.env.outgoing
    response.once('close', () => streams--)
    const end = openEventStream({ application, clock: host.clock, topics, response })
    onStream?.(c, end)
    return RESPONSE_ALREADY_SENT
  }
}

function parseTopics(text: string | undefined): readonly TopicName[] | undefined {
  const names = (text ?? 'status').split(',')
  return names.length <= TOPICS.length && names.every((name) => (TOPICS as readonly string[]).includes(name))
    ? (names as TopicName[])
    : undefined
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  if (text.trim() === '') return { value: {} }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function tooLarge(c: Context): Response {
  return c.body(refusalBody(serviceFailureTexts.routes.large, 'invalid'), 413, { ...JSON_TYPE, Connection: 'close' })
}
