import { serviceFailureTexts } from './service-failure-texts.ts'
/** A request as Node's parser saw it, before anything is trusted. */
export interface RawRequest {
  readonly method: string
  /** The request target as it stood on the request line. */
  readonly url: string
  readonly httpVersion: string
  /** Names and values in turn, duplicates kept. */
  readonly rawHeaders: readonly string[]
  readonly remoteAddress: string | undefined
}

/** Why a request goes no further. */
export interface Refusal {
  readonly status: number
  readonly message: string
}

/** Headers that two of would let a proxy and this server read one request in two ways. */
const SINGLE_HEADERS = ['host', 'origin', 'authorization', 'content-type', 'content-length', 'sec-fetch-site', 'cookie']
const METHODS = ['GET', 'HEAD', 'POST']
const MAX_TARGET_CHARS = 1024
/** No percent escape, backslash, empty or dotted segment can hide in a path made of these. */
const PATH_PATTERN = /^(\/|(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+)$/
const QUERY_PATTERN = /^[A-Za-z0-9=&,._~%-]*$/
const LOOPBACK = ['127.0.0.1', '::1', '::ffff:127.0.0.1']

/**
 * The checks every request passes first, on the headers as sent: a loopback peer, HTTP/1.1, a plain
 * path, exactly one Host that is ours (which ends DNS rebinding), and an Origin and Sec-Fetch-Site
 * that are ours when a browser sent them (which ends cross-site requests).
 */
export function refuse(request: RawRequest, port: number): Refusal | undefined {
  const headers = headersByName(request.rawHeaders)
  return (
    refuseConnection(request) ??
    refuseTarget(request.url) ??
    refuseDuplicates(headers) ??
    refuseHost(headers, port) ??
    refuseSite(headers, port) ??
    refuseBody(request.method, headers)
  )
}

/** The origins the interface answers to. */
function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]
}

function refuseConnection(request: RawRequest): Refusal | undefined {
  if (request.remoteAddress === undefined || !LOOPBACK.includes(request.remoteAddress)) {
    return { status: 403, message: serviceFailureTexts.gate.onlyThisComputerMayConnect }
  }
  if (request.httpVersion !== '1.1') return { status: 505, message: serviceFailureTexts.gate.onlyHttpIsSpokenHere }
  if (!METHODS.includes(request.method))
    return { status: 405, message: serviceFailureTexts.gate.thisMethodIsNotAllowed }
  return undefined
}

function refuseTarget(url: string): Refusal | undefined {
  const [path = '', ...queries] = url.split('?')
  const query = queries.join('?')
  if (url.length > MAX_TARGET_CHARS || !PATH_PATTERN.test(path) || !QUERY_PATTERN.test(query)) {
    return { status: 400, message: serviceFailureTexts.gate.theAddressIsMalformed }
  }
  const mayCarrySecret = path === '/sign-in'
  if (!mayCarrySecret && /(^|&)(token|access_token|code|key|session)=/i.test(query)) {
    return { status: 400, message: serviceFailureTexts.gate.secretsDoNotBelongIn }
  }
  return undefined
}

function refuseDuplicates(headers: ReadonlyMap<string, readonly string[]>): Refusal | undefined {
  const twice = SINGLE_HEADERS.find((name) => (headers.get(name)?.length ?? 0) > 1)
  return twice === undefined
    ? undefined
    : { status: 400, message: serviceFailureTexts.gate.thereAreTwoHeaders({ twice }) }
}

function refuseHost(headers: ReadonlyMap<string, readonly string[]>, port: number): Refusal | undefined {
  const host = headers.get('host')?.[0]
  if (host !== undefined && ownHosts(port).includes(host)) return undefined
  return { status: 403, message: serviceFailureTexts.gate.theHostHeaderDoesNot }
}

function refuseSite(headers: ReadonlyMap<string, readonly string[]>, port: number): Refusal | undefined {
  const origin = headers.get('origin')?.[0]
  const site = headers.get('sec-fetch-site')?.[0]
  const isOwnOrigin = origin === undefined || origin === `http://${headers.get('host')?.[0] ?? ''}`
  if (!isOwnOrigin || !(origin === undefined || ownHosts(port).includes(origin.slice('http://'.length)))) {
    return { status: 403, message: serviceFailureTexts.gate.requestsFromOtherSitesAre }
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, message: serviceFailureTexts.gate.requestsFromOtherSitesAre }
  }
  return undefined
}

/** A form cannot send JSON across sites without asking first, and nobody here answers that question. */
function refuseBody(method: string, headers: ReadonlyMap<string, readonly string[]>): Refusal | undefined {
  const type = headers.get('content-type')?.[0]
  if (method === 'POST' && !/^application\/json(; ?charset=utf-8)?$/i.test(type ?? '')) {
    return { status: 415, message: serviceFailureTexts.gate.theBodyMustBeApplication }
  }
  const hasBody = headers.has('transfer-encoding') || (headers.get('content-length')?.[0] ?? '0') !== '0'
  if (method !== 'POST' && hasBody) return { status: 400, message: serviceFailureTexts.gate.thisRequestMustNotHave }
  if (headers.has('upgrade')) return { status: 400, message: serviceFailureTexts.gate.connectionsCannotBeUpgraded }
  return undefined
}

function headersByName(rawHeaders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const values = headers.get(name) ?? []
    values.push(rawHeaders[index + 1] ?? '')
    headers.set(name, values)
  }
  return headers
}
