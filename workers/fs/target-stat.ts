import { constants, type BigIntStats } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import { nameOf, RESERVED_DIRECTORY } from '../../common/paths.ts'
import type { RelPath, RemovalPrecondition } from '../../common/model.ts'
import type { TargetPlace, TargetStat } from '../tasks.ts'
import { heldNs } from './held-times.ts'
import { inodeOf } from './stable-read.ts'
import { threadWordings } from '../thread-wordings.ts'

const { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } = constants

/** Below a target: where temporary files are. Nothing else may be put there. */
export const TEMPORARY_AREA = `${RESERVED_DIRECTORY}/tmp` as RelPath
/** Below a target: the sign that it was used before. An empty mount point has none. */
export const TARGET_MARKER = `${RESERVED_DIRECTORY}/target.json` as RelPath

/** The part of a stat that crosses threads. */
export function toTargetStat(stat: BigIntStats): TargetStat {
  const bornMs = bornAtMs(stat)
  return {
    kind: kindOf(stat),
    size: stat.isFile() ? Number(stat.size) : 0,
    mtimeNs: heldNs(stat.mtimeNs),
    ctimeNs: heldNs(stat.ctimeNs),
    inode: inodeOf(stat),
    mode: Number(stat.mode & 0o777n),
    ...(bornMs === undefined ? {} : { bornAtMs: bornMs }),
  }
}

/** Milliseconds since the epoch; undefined where the file system does not say. */
export function bornAtMs({ birthtimeNs }: BigIntStats): number | undefined {
  return birthtimeNs > 0n ? Number(birthtimeNs / 1_000_000n) : undefined
}

/** What an entry is, links not followed. */
export function kindOf(stat: BigIntStats): TargetStat['kind'] {
  // One number for all questions: BigIntStats would make several of each.
  const type = Number(stat.mode) & S_IFMT
  if (type === S_IFREG) return 'file'
  if (type === S_IFDIR) return 'directory'
  return type === S_IFLNK ? 'symlink' : 'special'
}

/**
 * The etag of a file, undefined for anything else. The device number is left out (it differs from
 * mount to mount); with `times` inode and ctime are, too.
 */
export function etagOf(stat: TargetStat, by: TargetPlace['etagBy']): string | undefined {
  if (stat.kind !== 'file') return undefined
  const { size, mtimeNs, ctimeNs, inode } = stat
  return etagFor({ size, mtimeNs, ctimeNs, ino: BigInt(inode.slice(inode.indexOf(':') + 1)) }, by)
}

/** As {@link etagOf}, of a file just looked at: there is one of these for each file that is copied. */
export function etagFor(
  file: Pick<BigIntStats, 'mtimeNs' | 'ctimeNs' | 'ino'> & { readonly size: bigint | number },
  by: TargetPlace['etagBy'],
): string {
  const times = `${file.size.toString(36)}-${heldNs(file.mtimeNs).toString(36)}`
  return by === 'times' ? times : `${file.ino.toString(36)}-${times}-${heldNs(file.ctimeNs).toString(36)}`
}

/** Whether etags by inode are those of one file, of the same length and mtime: only its ctime differs. Those by times never are. */
export function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one.split('-'), other.split('-')]
  return first.length === 4 && second.length === 4 && first.slice(0, 3).join('-') === second.slice(0, 3).join('-')
}

/** False where an etag is of another inode than that of a `device:inode`. Those by times may be of any. */
export function mayHaveInode(etag: string, inode: string): boolean {
  const parts = etag.split('-')
  return parts.length !== 4 || parts[0] === BigInt(inode.slice(inode.indexOf(':') + 1)).toString(36)
}

/** Throws `precondition-failed` unless `expect` holds for what is at `path` (undefined: nothing). */
export function assertExpected(
  place: TargetPlace,
  path: RelPath,
  expect: RemovalPrecondition,
  stat: TargetStat | undefined,
): void {
  if (expect.kind === 'any') return
  if (expect.kind === 'absent' && stat === undefined) return
  if (expect.kind === 'directory' && stat?.kind === 'directory') return
  if (expect.kind === 'etag' && stat !== undefined && etagOf(stat, place.etagBy) === expect.etag) return
  const full = join(place.root, path)
  throw new TidekeepError({
    code: 'precondition-failed',
    message:
      expect.kind === 'absent'
        ? threadWordings.taken({ path: full })
        : stat === undefined
          ? threadWordings.goneMeanwhile({ path: full })
          : threadWordings.foreign({ path: full }),
    path: full,
    fix: threadWordings.target.foreignFix({ name: nameOf(path) }),
  })
}
