import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs'
import { TidekeepError } from '../../common/errors.ts'
import type { StableFile } from '../tasks.ts'
import { heldNs } from './held-times.ts'
import { systemCode } from './system-code.ts'
import { threadWordings } from '../thread-wordings.ts'

const texts = threadWordings.read

/**
 * Reads a file that must stay what the scan saw (I2): opened once, compared by device, inode, size,
 * mtime and ctime before the first and after the last byte. Only ctime catches a writer that
 * restores mtime. Throws `changed`, `vanished` or `forbidden`.
 *
 * `consume` gets each piece in order; the buffer it gets is reused.
 */
export function readStable(file: StableFile, buffer: Uint8Array, consume: (piece: Uint8Array) => void): void {
  const fd = openSource(file)
  try {
    const before = fstatSync(fd, { bigint: true })
    assertUnchanged(file, before)
    let position = 0
    while (position < file.size) {
      const read = readPiece(fd, file, buffer.subarray(0, Math.min(buffer.length, file.size - position)), position)
      if (read === 0) throw changed(file)
      consume(buffer.subarray(0, read))
      position += read
    }
    if (!isSame(before, fstatSync(fd, { bigint: true }))) throw changed(file)
  } finally {
    closeSync(fd)
  }
}

/** Two looks at one open file. */
function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs &&
    one.ino === other.ino &&
    one.dev === other.dev
  )
}

/** What `consume` throws stays its own; only reading is blamed on the source. */
function readPiece(fd: number, file: StableFile, into: Uint8Array, position: number): number {
  try {
    return readSync(fd, into, 0, into.length, position)
  } catch (error) {
    throw translateReadError(error, file.absolutePath)
  }
}

/** Opens a source file without following a link in its last place. */
export function openSource(file: Pick<StableFile, 'absolutePath'>): number {
  try {
    return openSync(file.absolutePath, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw translateReadError(error, file.absolutePath)
  }
}

/** Throws `changed` unless the open file is still what was scanned. */
export function assertUnchanged(file: StableFile, stat: BigIntStats): void {
  const same =
    stat.isFile() &&
    Number(stat.size) === file.size &&
    heldNs(stat.mtimeNs) === file.mtimeNs &&
    heldNs(stat.ctimeNs) === file.ctimeNs &&
    inodeOf(stat) === file.inode
  if (!same) throw changed(file)
}

/** The `device:inode` of a stat, as `FileIdentity` has it. */
export function inodeOf(stat: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${stat.dev}:${stat.ino}`
}

/**
 * Translates what reading a local file can throw. libuv makes EBUSY of what Windows calls ERROR_SHARING_VIOLATION,
 * ERROR_LOCK_VIOLATION and ERROR_PIPE_BUSY; EAGAIN is a mandatory lock of a network file system.
 */
export function translateReadError(error: unknown, path: string): TidekeepError {
  const code = systemCode(error)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new TidekeepError({
        code: 'vanished',
        message: threadWordings.goneMeanwhile({ path }),
        path,
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
      return new TidekeepError({
        code: 'forbidden',
        message: texts.denied({ path }),
        path,
        fix: texts.deniedFix,
        cause: error,
      })
    case 'ELOOP':
      return new TidekeepError({ code: 'changed', message: texts.link({ path }), path, cause: error })
    case 'EBUSY':
    case 'ETXTBSY':
    case 'EAGAIN':
      return new TidekeepError({
        code: 'in-use',
        message: threadWordings.inUse({ path }),
        path,
        fix: threadWordings.fix.triedAgain,
        cause: error,
      })
    case 'EMFILE':
    case 'ENFILE':
      return new TidekeepError({
        code: 'internal',
        message: texts.manyOpen({ path }),
        path,
        fix: threadWordings.fix.openFiles,
        cause: error,
      })
    default:
      // Not 'unavailable': that is said of a target, and would hold up every other file.
      return new TidekeepError({
        code: 'internal',
        message: texts.failed({ path, why: code === '' ? String(error) : code }),
        path,
        fix: threadWordings.fix.checkDisk,
        cause: error,
      })
  }
}

function changed(file: StableFile): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: threadWordings.changedWhileRead({ path: file.absolutePath }),
    path: file.absolutePath,
    fix: threadWordings.fix.triedWhenQuiet,
  })
}
