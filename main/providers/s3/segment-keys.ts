import { hash } from 'node:crypto'
import type { RelPath } from '../../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../../common/paths.ts'
import type { S3Context } from './context.ts'

const PROBE = new RegExp(`^${RESERVED_DIRECTORY.replaceAll('.', '\\.')}/probe-[0-9a-f]{16}(-[a-z]+)?$`)
const PLACE = new RegExp(`^${RESERVED_DIRECTORY.replaceAll('.', '\\.')}/segments/([0-9a-f]{32})/([1-9][0-9]{0,4})$`)

/** Below which key every temporary object of a folder lies; ends with a slash. Nothing else is kept there. */
export function segmentArea(context: S3Context): string {
  return `${context.keyOf('' as RelPath)}${RESERVED_DIRECTORY}/segments/`
}

/** How every key begins by which it is found out what a store can do. */
export function probeArea(context: S3Context): string {
  return `${context.keyOf('' as RelPath)}${RESERVED_DIRECTORY}/probe-`
}

/** True for a key that only such a trial has: it lasts seconds, and nobody else writes there. */
export function isProbe(context: S3Context, key: string): boolean {
  const root = context.keyOf('' as RelPath)
  return key.startsWith(root) && PROBE.test(key.slice(root.length))
}

/** The directory of one upload's temporary objects: made of its id, so that whoever sees the upload knows which are its own. */
export function segmentDirectory(uploadId: string): string {
  return hash('sha256', uploadId).slice(0, 32)
}

/** Key of the temporary object that becomes a part of an upload. */
export function segmentKey(context: S3Context, uploadId: string, partNumber: number): string {
  return `${segmentArea(context)}${segmentDirectory(uploadId)}/${partNumber}`
}

/** The directory in which a key of this folder is a temporary object; undefined for every other key. */
export function segmentDirectoryOf(context: S3Context, key: string): string | undefined {
  const root = context.keyOf('' as RelPath)
  return key.startsWith(root) ? PLACE.exec(key.slice(root.length))?.[1] : undefined
}
