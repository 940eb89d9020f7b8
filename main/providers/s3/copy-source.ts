import { encodeKey } from './address.ts'

/** Value of `x-amz-copy-source`: bucket and key, percent-encoded (a `+` would be read as a space). */
export function copySource(bucket: string, key: string): string {
  return `${bucket}/${encodeKey(key)}`
}
