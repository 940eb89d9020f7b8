import { closeSync, fsyncSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import { isWithin, nameOf, parentOf, ROOT_PATH } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import { Keeper, removeKept } from './fs/keep.ts'
import { SafeRoot } from './fs/safe-root.ts'
import { isOne, respell, spellingOf } from './respell.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { assertExpected, etagOf, isSameFile, toTargetStat } from './fs/target-stat.ts'
import type { TargetCall, TargetCallResult, TargetPlace, TargetStat } from './tasks.ts'
import { failpoint } from './failpoint.ts'
import { threadWordings } from './thread-wordings.ts'

/** One call on one entry of a local target; durable when it returns. */
export function callTarget({
  place,
  call,
}: {
  readonly place: TargetPlace
  readonly call: TargetCall
}): TargetCallResult {
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(place.root, { inode: place.rootInode })
    failpoint('local.change.before')
    const result = perform(root, place, call)
    root.syncDirectories()
    failpoint('local.change.after')
    return result
  } catch (error) {
    throw translateTargetError(error, { path: join(place.root, call.path), root: place.root })
  } finally {
    root?.close()
  }
}

function perform(root: SafeRoot, place: TargetPlace, call: TargetCall): TargetCallResult {
  const path = call.path as RelPath
  switch (call.kind) {
    case 'stat':
      return answer(ownedStatOf(root, path))
    case 'spelling': {
      const spelled = root.lstat(path) === undefined ? undefined : spellingOf(root, path)
      return spelled === undefined ? {} : { spelling: nameOf(spelled) }
    }
    case 'probe':
      probe(root, path)
      return {}
    case 'remove':
      return remove(root, place, call)
    case 'keep-deleted':
      return keepDeleted(root, place, call)
    case 'remove-kept':
      removeKept(root, path)
      return {}
    case 'move':
      return answer(move(root, place, call))
    case 'set-metadata':
      assertExpected(place, path, call.expect, present(root, path))
      root.setMetadata(path, call)
      return answer(statOf(root, path))
  }
}

function probe(root: SafeRoot, path: RelPath): void {
  const fd = root.createFile(path)
  try {
    writeSync(fd, 'x')
    fsyncSync(fd)
  } finally {
    closeSync(fd)
    root.removeFile(path)
  }
}

function answer(stat: TargetStat | undefined): TargetCallResult {
  return stat === undefined ? {} : { stat }
}

type Removal = TargetCall & { kind: 'remove' | 'keep-deleted' }

function remove(root: SafeRoot, place: TargetPlace, call: Removal): TargetCallResult {
  const path = call.path as RelPath
  if (path === ROOT_PATH) throw new TidekeepError({ code: 'invalid', message: threadWordings.target.itself })
  const stat = statOf(root, path)
  if (stat === undefined) return {}
  assertExpected(place, path, call.expect, stat)
  if (stat.kind === 'directory') root.removeDirectory(path)
  else root.removeFile(path)
  return {}
}

/** One rename deletes and keeps at once: a crash leaves the file under the one name or the other. */
function keepDeleted(
  root: SafeRoot,
  place: TargetPlace,
  call: TargetCall & { kind: 'keep-deleted' },
): TargetCallResult {
  const path = call.path as RelPath
  const present = root.lstat(path)
  if (present?.isFile() !== true) return remove(root, place, call)
  assertExpected(place, path, call.expect, toTargetStat(present))
  const { atMs, storedAtMs } = call
  return { kept: new Keeper(root, place).move({ path, present, why: 'deleted', atMs, storedAtMs }) }
}

/** A move that a crash cut off after its first step: the expected file has both names, and with the second got another etag. */
function isCutOff(root: SafeRoot, place: TargetPlace, { from, path, expect }: TargetCall & { kind: 'move' }): boolean {
  const [stat, there] = [statOf(root, from as RelPath), statOf(root, path as RelPath)]
  if (expect.kind !== 'etag' || stat?.kind !== 'file' || there?.inode !== stat.inode || from === path) return false
  return isSameFile(expect.etag, etagOf(stat, place.etagBy) ?? '')
}

function move(root: SafeRoot, place: TargetPlace, call: TargetCall & { kind: 'move' }): TargetStat | undefined {
  const from = call.from as RelPath
  const path = call.path as RelPath
  const stat = present(root, from)
  if (!isCutOff(root, place, call)) assertExpected(place, from, call.expect, stat)
  if (from !== ROOT_PATH && isOne(root, from, path)) {
    respell(root, path)
    return statOf(root, path)
  }
  if (isWithin(path, from) || from === ROOT_PATH) {
    throw new TidekeepError({ code: 'invalid', message: threadWordings.target.cannotMove({ from, path }), path })
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

function ownedStatOf(root: SafeRoot, path: RelPath): TargetStat | undefined {
  const stat = root.lstat(path)
  if (stat === undefined) return undefined
  const owner = process.getuid === undefined ? {} : { uid: Number(stat.uid) }
  return { ...toTargetStat(stat), ...owner, names: Number(stat.nlink) }
}

function present(root: SafeRoot, path: RelPath): TargetStat {
  const stat = statOf(root, path)
  if (stat !== undefined) return stat
  const full = join(root.root, path)
  throw new TidekeepError({ code: 'not-found', message: threadWordings.gone({ path: full }), path: full })
}
