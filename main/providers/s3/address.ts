import { TidekeepError } from '../../../common/errors.ts'
import type { S3Options } from '../../../common/settings.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** Where a bucket is reached. */
export interface S3Address {
  /** `https://host:port`, no path. */
  readonly origin: string
  /** The same without the bucket's name: the store, for all of its buckets. */
  readonly endpoint: string
  /** Value of the Host header, as the client will send it. */
  readonly host: string
  /** `/bucket` in path style, empty otherwise; keys follow after a slash. */
  readonly basePath: string
  readonly region: string
  /** False for Amazon's own endpoints, whose abilities are documented. */
  readonly isCustom: boolean
  /** True where nobody between can alter a request unnoticed: TLS, or this very computer. */
  readonly isPrivate: boolean
}

/** The environment and the profile, where options are silent. */
export interface S3Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly profile: { readonly region?: string; readonly endpoint?: string }
}

/** Resolves endpoint, region and style. Throws `invalid` for an endpoint that is no http(s) URL. */
export function resolveAddress(bucket: string, options: S3Options, { env, profile }: S3Surroundings): S3Address {
  const endpoint =
    nonEmpty(options.endpoint) ??
    nonEmpty(env['AWS_ENDPOINT_URL_S3']) ??
    nonEmpty(env['AWS_ENDPOINT_URL']) ??
    profile.endpoint
  const region =
    nonEmpty(options.region) ??
    nonEmpty(env['AWS_REGION']) ??
    nonEmpty(env['AWS_DEFAULT_REGION']) ??
    profile.region ??
    'us-east-1'
  const url = endpoint === undefined ? amazonUrl(region) : parseEndpoint(endpoint)
  // A certificate for *.s3.… covers no bucket with dots in its name.
  const pathStyle = options.pathStyle ?? (endpoint !== undefined || bucket.includes('.'))
  const host = pathStyle ? url.host : `${bucket}.${url.host}`
  const rootPath = url.pathname.replace(/\/+$/, '')
  return {
    origin: `${url.protocol}//${host}`,
    endpoint: url.origin,
    host,
    basePath: pathStyle ? `${rootPath}/${bucket}` : rootPath,
    region,
    isCustom: endpoint !== undefined && !/(^|\.)amazonaws\.com(\.cn)?$/.test(url.hostname),
    isPrivate: url.protocol === 'https:' || /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname),
  }
}

/**
 * Percent-encodes everything but unreserved characters (RFC 3986), as Signature Version 4 wants it
 * in paths (`/` kept) and query values.
 */
export function encodeKey(key: string): string {
  return /^[A-Za-z0-9._~/-]*$/.test(key) ? key : key.split('/').map(encodeStrictly).join('/')
}

/** As {@link encodeKey}, slashes included. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A query string in the order Signature Version 4 sorts it, so that it is canonical as sent. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  const names = Object.keys(query).sort()
  return names.map((name) => `${encodeStrictly(name)}=${encodeStrictly(query[name]!)}`).join('&')
}

function amazonUrl(region: string): URL {
  if (!/^[a-z0-9-]+$/.test(region)) throw invalid(s3FailureTexts.address.noRegion({ region }))
  return new URL(`https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`)
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.parse(endpoint.includes('://') ? endpoint : `https://${endpoint}`)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw invalid(s3FailureTexts.address.noAddress({ endpoint: withoutCredentials(endpoint) }))
  if (url.username !== '' || url.password !== '' || url.search !== '') {
    throw invalid(s3FailureTexts.address.carries)
  }
  return url
}

function withoutCredentials(endpoint: string): string {
  return endpoint.replace(/\/\/[^/@]*@/, '//')
}

function invalid(why: string): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: s3FailureTexts.address.theSEndpointCannotBe({ why }),
    fix: s3FailureTexts.address.theSEndpointCannotBeFix,
  })
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}
