import { closeSync, fstatSync, readSync } from 'node:fs'
import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import type { HeldFile, TargetPlace } from '../tasks.ts'
import { threadWordings } from '../thread-wordings.ts'
import type { SafeRoot } from './safe-root.ts'
import { etagOf, toTargetStat } from './target-stat.ts'

/**
 * The bytes of a small file of a local target, which is the version that was listed before the first and after the last of them.
 * They are at the beginning of `buffer`, which is larger than the file. Throws `changed`, also for a file that it must not be, or
 * what the system throws.
 */
export function readHeld(
  root: SafeRoot,
  file: HeldFile,
  { etagBy, buffer }: Pick<TargetPlace, 'etagBy'> & { readonly buffer: Uint8Array },
): Uint8Array {
  const fd = root.openFile(file.path as RelPath)
  try {
    mustBe(fd, file, etagBy)
    let length = 0
    for (let read = -1; read !== 0 && length <= file.size; length += read)
      read = readSync(fd, buffer, length, file.size + 1 - length, length)
    if (length !== file.size) throw notAsListed(file)
    mustBe(fd, file, etagBy)
    return buffer.subarray(0, length)
  } finally {
    closeSync(fd)
  }
}

function mustBe(fd: number, file: HeldFile, etagBy: TargetPlace['etagBy']): void {
  const stat = toTargetStat(fstatSync(fd, { bigint: true }))
  if (etagOf(stat, etagBy) !== file.etag || stat.inode === file.apartFrom) throw notAsListed(file)
}

/** Looked at once more by itself before anything is said of it. */
export function notAsListed({ path }: Pick<HeldFile, 'path'>): TidekeepError {
  return new TidekeepError({ code: 'changed', message: threadWordings.read.notAsListed({ path }), path })
}
