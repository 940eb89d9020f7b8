import type { Drive } from './drive.ts'
import { cTagOf, eTagOf } from './item-json.ts'
import { GraphFailure, type GraphRequest, type Item } from './types.ts'

/** If-Match against eTag or cTag: 412 resourceModified. What is not there matches nothing. */
export function assertIfMatch(request: GraphRequest, drive: Drive, item: Item | undefined): void {
  const wanted = request.headers['if-match']
  if (wanted === undefined || wanted === '*') return
  if (item !== undefined && (wanted === eTagOf(drive, item) || wanted === cTagOf(drive, item))) return
  throw new GraphFailure(412, 'resourceModified', 'entityTagDoesNotMatch')
}

/** If-None-Match: 412 for a mutation of what has that tag, or of what is there at all for `*`. */
export function assertIfNoneMatch(request: GraphRequest, drive: Drive, item: Item | undefined): void {
  const wanted = request.headers['if-none-match']
  if (wanted === undefined || item === undefined) return
  if (wanted !== '*' && wanted !== eTagOf(drive, item) && wanted !== cTagOf(drive, item)) return
  throw new GraphFailure(412, 'resourceModified', 'entityTagDoesNotMatch')
}
