import { encodeKey, encodeStrictly } from './address.ts'

/** Value of `x-amz-copy-source`: bucket and key, percent-encoded (a `+` would be read as a space), and the version if a certain one is meant. */
export function copySource(bucket: string, key: string, versionId?: string): string {
  const path = `${bucket}/${encodeKey(key)}`
  return versionId === undefined ? path : `${path}?versionId=${encodeStrictly(versionId)}`
}
