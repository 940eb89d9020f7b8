/** The scheme and host every page of the application comes from. */
export const SCHEME = 'app'
/** The host of every own address. */
export const HOST = 'tidekeep'
/** A folder's path of some hundred letters, each encoded. */
const MAX_ROUTE_CHARS = 4_096

/** True only for addresses whose origin is exactly `app://tidekeep`, decided by a URL parser. */
export function isOwnUrl(url: string): boolean {
  const parsed = URL.parse(url)
  return (
    parsed !== null &&
    parsed.protocol === `${SCHEME}:` &&
    parsed.host === HOST &&
    parsed.username === '' &&
    parsed.password === ''
  )
}

/** The address of a page; `route` becomes the part after `#/`, cleaned of anything a route cannot hold. */
export function pageUrl(page: 'index' | 'popup', route = ''): string {
  const clean = cleanRoute(route)
  return `${SCHEME}://${HOST}/${page}.html${clean === '' ? '' : `#/${clean}`}`
}

/** A route as the renderer writes them (`activity/history`); anything else becomes '', the first screen. */
export function cleanRoute(route: unknown): string {
  if (typeof route !== 'string' || route.length > MAX_ROUTE_CHARS) return ''
  const bare = route.replace(/^#?\/?/, '')
  return /^[a-z]+(\/[\w.%!~*'():-]*)?$/.test(bare) ? bare : ''
}
