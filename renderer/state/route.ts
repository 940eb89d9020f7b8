import { useSyncExternalStore } from 'react'

/** The screens of the main window, in the order of the rail and of Ctrl/Cmd+1..n. */
export const SCREENS = [
  'activity',
  'folders',
  'restore',
  'conflicts',
  'targets',
  'settings',
  'diagnostics',
  'about',
] as const
/** One of {@link SCREENS}. */
export type Screen = (typeof SCREENS)[number]

/** `section` is what follows the screen, such as `history` in `#/activity/history`. */
export interface Route {
  readonly screen: Screen | 'add'
  readonly section: string
}

/** Reads the part of an address after `#`. Anything unknown is the first screen. */
export function parseRoute(hash: string): Route {
  const [screen = '', section = ''] = hash.replace(/^#?\/?/, '').split('/')
  const known = screen === 'add' || (SCREENS as readonly string[]).includes(screen)
  return { screen: known ? (screen as Route['screen']) : 'folders', section }
}

/** The address `parseRoute` reads back. */
export function routeHref(screen: Route['screen'], section = ''): string {
  return section === '' ? `#/${screen}` : `#/${screen}/${section}`
}

/** Goes to a screen; Back returns. */
export function navigate(screen: Route['screen'], section = ''): void {
  window.location.hash = routeHref(screen, section)
}

/** The present route, following the address. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(followHash, () => window.location.hash))
}

function followHash(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}
