import type { CustomScheme } from 'electron'
import type { StaticFile } from '../service/static-files.ts'
import { HOST, SCHEME, isOwnUrl } from './origin.ts'

/** The privileges of `app:`; must be registered before the application is ready. */
export const SCHEME_PRIVILEGES: CustomScheme = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, codeCache: true },
}

/** Nothing inline, nothing from elsewhere, no connections at all: pages talk through the preload. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), hid=()',
  'Cache-Control': 'no-store',
}

/**
 * Answers requests for `app://tidekeep/…` from an enumerated set of files: the address is only ever
 * a key of that set, never part of a path. Everything else is 404, anything but GET 405.
 */
export function createSchemeHandler(files: ReadonlyMap<string, StaticFile>): (request: Request) => Response {
  return (request) => {
    if (request.method !== 'GET') return refuse(405)
    const file = isOwnUrl(request.url) ? files.get(new URL(request.url).pathname) : undefined
    if (file === undefined) return refuse(404)
    return new Response(file.body, { status: 200, headers: { ...HEADERS, 'Content-Type': file.type } })
  }
}

function refuse(status: number): Response {
  return new Response(`${HOST}: ${status}`, { status, headers: { ...HEADERS, 'Content-Type': 'text/plain' } })
}
