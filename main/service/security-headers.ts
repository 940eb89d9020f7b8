import type { ServerResponse } from 'node:http'

/**
 * What every answer of the interface carries, in the browser and in the desktop application:
 * everything from its own origin, no inline code, nothing embedded. `connections` is where pages may
 * call to: their own origin, or nowhere where they talk through the preload.
 */
export function securityHeaders(connections: "'self'" | "'none'"): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      `connect-src ${connections}`,
      "form-action 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), hid=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  }
}

const HEADERS = { ...securityHeaders("'self'"), 'Cross-Origin-Embedder-Policy': 'require-corp' }

/** Puts the headers on a response before anything answers, so that refusals and crashes carry them, too. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
}
