import { hash } from 'node:crypto'

/** Without quotes and weakness mark, for comparing with computed values only. */
export function unquote(etag: string): string {
  return etag.replace(/^(?:W\/)?"|"$/g, '')
}

/**
 * The ETag of a multipart object: MD5 over the parts' raw MD5s, and their number. Undefined where a
 * part's ETag is no MD5 (encryption with other keys). Recognises an object; proves nothing about it.
 */
export function multipartEtag(partEtags: readonly string[]): string | undefined {
  const digests = partEtags.map(unquote)
  if (!digests.every((digest) => /^[0-9a-f]{32}$/i.test(digest))) return undefined
  return `"${hash('md5', Buffer.from(digests.join(''), 'hex'))}-${digests.length}"`
}
