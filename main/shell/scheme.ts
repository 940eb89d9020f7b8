import type { CustomScheme } from 'electron'
import { securityHeaders } from '../service/security-headers.ts'
import type { StaticFile } from '../service/static-files.ts'
import { HOST, SCHEME, isOwnUrl } from './origin.ts'

/** The privileges of `app:`; must be registered before the application is ready. */
export const SCHEME_PRIVILEGES: CustomScheme = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, codeCache: true },
}

/** No connections at all: pages talk through the preload. */
const HEADERS = securityHeaders("'none'")

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
