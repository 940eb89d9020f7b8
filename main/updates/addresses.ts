import type { PackageKind } from './manifest.ts'

const ENDINGS: Readonly<Record<PackageKind, string>> = { AppImage: '.AppImage', deb: '.deb', nsis: '.exe', zip: '.zip' }
/** No quotes, spaces, separators or `%`: names like these end up on command lines of installers. */
const PLAIN_NAME = /^[A-Za-z\d][A-Za-z\d._-]{0,119}$/
const FEED = /^https:\/\/[a-z\d.-]+(:\d{1,5})?(\/[A-Za-z\d._~-]+)*$/

/** True for names that mean nothing but themselves, to every shell, file system and address. */
export function isPlainFileName(name: string, kind: PackageKind): boolean {
  return PLAIN_NAME.test(name) && !name.includes('..') && name.endsWith(ENDINGS[kind])
}

/** The address of a file of a channel. Undefined where the feed is not a plain https address. */
export function addressOf(feed: string, channel: string, name: string): string | undefined {
  return FEED.test(feed) && !feed.split('/').includes('..') ? `${feed}/${channel}/${name}` : undefined
}

/**
 * True for requests that a download from `feed` may lead to: https, the same host and port, no user name.
 * Redirects are asked about like everything else.
 */
export function isFeedAddress(feed: string, url: string): boolean {
  try {
    const [asked, own] = [new URL(url), new URL(feed)]
    return own.protocol === 'https:' && asked.origin === own.origin && asked.username === '' && asked.password === ''
  } catch {
    return false
  }
}
