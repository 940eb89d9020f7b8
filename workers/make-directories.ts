import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import type { RelPath } from '../common/model.ts'
import { SafeRoot } from './fs/safe-root.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { toTargetStat } from './fs/target-stat.ts'
import { toTaskFailure } from './task-failure.ts'
import type { MakeDirectories, MakeDirectoryResult } from './tasks.ts'
import { threadWordings } from './thread-wordings.ts'

type Wanted = MakeDirectories['items'][number]

/**
 * Makes directories with their missing parents and gives each its mtime and mode; existing ones are
 * kept. Each succeeds or fails alone; results are in the order of the items. Throws only when the
 * target as a whole cannot be used, or could not make them durable.
 */
export function makeDirectories({ place, items, fsync }: MakeDirectories): readonly MakeDirectoryResult[] {
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(place.root, { inode: place.rootInode })
    const open = root
    const results = items.map((item) => makeOne(open, item, fsync))
    if (fsync) root.syncDirectories()
    return results
  } catch (error) {
    throw translateTargetError(error, { path: place.root, root: place.root })
  } finally {
    root?.close()
  }
}

function makeOne(root: SafeRoot, { path, mtimeNs, mode = 0o755 }: Wanted, durable: boolean): MakeDirectoryResult {
  const wanted = path as RelPath
  try {
    root.makeDirectories(wanted)
    // Its owner must be able to fill it and to take it away again.
    root.setMetadata(wanted, { mtimeNs, mode: mode | 0o700, durable })
    const made = root.lstat(wanted)
    if (made === undefined) throw goneAgain(join(root.root, path))
    return { ok: true, stat: toTargetStat(made) }
  } catch (error) {
    return {
      ok: false,
      failure: toTaskFailure(translateTargetError(error, { path: join(root.root, path), root: root.root })),
    }
  }
}

function goneAgain(full: string): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: threadWordings.movedMeanwhile({ path: full }),
    path: full,
    fix: threadWordings.fix.triedAgain,
  })
}
