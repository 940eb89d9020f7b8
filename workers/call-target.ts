import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import { isWithin, parentOf, ROOT_PATH } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import { SafeRoot } from './fs/safe-root.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { assertExpected, toTargetStat } from './fs/target-stat.ts'
import type { TargetCall, TargetPlace, TargetStat } from './tasks.ts'

/**
 * One call on one entry of a local target; durable when it returns. Gives the entry as it is now,
 * undefined when it is missing or gone.
 */
export function callTarget({
  place,
  call,
}: {
  readonly place: TargetPlace
  readonly call: TargetCall
}): TargetStat | undefined {
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(place.root, { inode: place.rootInode })
    const stat = perform(root, place, call)
    root.syncDirectories()
    return stat
  } catch (error) {
    throw translateTargetError(error, { path: join(place.root, call.path), root: place.root })
  } finally {
    root?.close()
  }
}

function perform(root: SafeRoot, place: TargetPlace, call: TargetCall): TargetStat | undefined {
  const path = call.path as RelPath
  switch (call.kind) {
    case 'stat':
      return statOf(root, path)
    case 'remove':
      return remove(root, place, call)
    case 'move':
      return move(root, place, call)
    case 'set-metadata':
      assertExpected(place, path, call.expect, present(root, path))
      root.setMetadata(path, call)
      return statOf(root, path)
  }
}

function remove(root: SafeRoot, place: TargetPlace, call: TargetCall & { kind: 'remove' }): undefined {
  const path = call.path as RelPath
  if (path === ROOT_PATH) throw new TidekeepError({ code: 'invalid', message: 'The target itself cannot be removed.' })
  const stat = statOf(root, path)
  if (stat === undefined) return undefined
  assertExpected(place, path, call.expect, stat)
  if (stat.kind === 'directory') root.removeDirectory(path)
  else root.removeFile(path)
  return undefined
}

function move(root: SafeRoot, place: TargetPlace, call: TargetCall & { kind: 'move' }): TargetStat | undefined {
  const from = call.from as RelPath
  const path = call.path as RelPath
  const stat = present(root, from)
  assertExpected(place, from, call.expect, stat)
  if (isWithin(path, from) || from === ROOT_PATH) {
    throw new TidekeepError({ code: 'invalid', message: `${from} cannot be moved to ${path}.`, path })
  }
  if (stat.kind === 'directory') assertExpected(place, path, { kind: 'absent' }, statOf(root, path))
  root.makeDirectories(parentOf(path))
  if (stat.kind === 'directory') root.renameDirectory(from, path)
  else root.renameFileIfAbsent(from, path)
  return statOf(root, path)
}

function statOf(root: SafeRoot, path: RelPath): TargetStat | undefined {
  const stat = root.lstat(path)
  return stat === undefined ? undefined : toTargetStat(stat)
}

function present(root: SafeRoot, path: RelPath): TargetStat {
  const stat = statOf(root, path)
  if (stat !== undefined) return stat
  const full = join(root.root, path)
  throw new TidekeepError({ code: 'not-found', message: `${full} is not there.`, path: full })
}
