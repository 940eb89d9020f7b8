import { closeSync, fchmodSync, fstatSync, fsyncSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import type { RelPath } from '../common/model.ts'
import { TaskControl } from './fs/control.ts'
import { setFileTimes } from './fs/file-times.ts'
import { CANNOT_CLONE, hasCode, SafeRoot, type CloneFile } from './fs/safe-root.ts'
import { assertUnchanged, openSource, translateReadError } from './fs/stable-read.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { assertExpected, TEMPORARY_AREA, toTargetStat } from './fs/target-stat.ts'
import { createBlake3 } from './hash/blake3.ts'
import type { PatchClone, StableFile, StagedFile, TargetPlace } from './tasks.ts'
import { threadWordings } from './thread-wordings.ts'

const PIECE_BYTES = 1024 * 1024

/**
 * Makes a temporary file at a local target that is the held file with some ranges of the source
 * written over it. The clone shares its blocks with the held file, so only those ranges are written;
 * all of it is read back and compared. Durable when it returns. Throws `unsupported` where the file
 * system cannot clone, `precondition-failed` when another file is held, `corrupt` when the result
 * is not the source; no temporary file is left then.
 */
export function patchClone(work: PatchClone, clone?: CloneFile): StagedFile {
  const { place, source } = work
  const shown = join(place.root, work.path)
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(place.root, { inode: place.rootInode })
    return stage(root, work, clone)
  } catch (error) {
    throw translateTargetError(error, { path: shown, root: place.root, neededBytes: source.size })
  } finally {
    root?.close()
  }
}

function stage(root: SafeRoot, work: PatchClone, clone: CloneFile | undefined): StagedFile {
  const directory = `${TEMPORARY_AREA}/${work.stage}` as RelPath
  const at = `${directory}/0` as RelPath
  root.makeDirectories(directory, 0o700)
  try {
    makeClone(root, work, { at, clone })
    const fd = root.openForWriting(at)
    try {
      return { at, stat: patch(fd, work) }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    root.removeFile(at)
    throw error
  }
}

function makeClone(
  root: SafeRoot,
  { place, path, etag }: PatchClone,
  { at, clone }: { readonly at: RelPath; readonly clone: CloneFile | undefined },
): void {
  const assertHeld = (): void => assertIsHeld(root, place, path as RelPath, etag)
  assertHeld()
  try {
    root.cloneFile(path as RelPath, at, clone)
  } catch (error) {
    if (!hasCode(error, ...CANNOT_CLONE)) throw error
    throw new TidekeepError({
      code: 'unsupported',
      message: threadWordings.target.cannotClone({ root: place.root }),
      path: place.root,
      cause: error,
    })
  }
  // Replaced while it was cloned: nobody knows then what was cloned.
  assertHeld()
}

function assertIsHeld(root: SafeRoot, place: TargetPlace, path: RelPath, etag: string): void {
  const stat = root.lstat(path)
  assertExpected(place, path, { kind: 'etag', etag }, stat === undefined ? undefined : toTargetStat(stat))
}

function patch(fd: number, work: PatchClone): StagedFile['stat'] {
  const { source, contentHash, mtimeNs, mode } = work
  const control = new TaskControl(work.control)
  ftruncateSync(fd, source.size)
  writeRanges(fd, work, control)
  if (storedHash(fd, source.size, control) !== contentHash) throw notTheSource(work)
  if (process.platform !== 'win32') fchmodSync(fd, (mode ?? 0o666 & ~process.umask()) & 0o777)
  setFileTimes(fd, mtimeNs)
  fsyncSync(fd)
  return toTargetStat(fstatSync(fd, { bigint: true }))
}

/** From a source that is the same before the first and after the last byte (I2). */
function writeRanges(fd: number, { source, ranges }: PatchClone, control: TaskControl): void {
  const from = openSource(source)
  try {
    assertUnchanged(source, fstatSync(from, { bigint: true }))
    for (let at = 0; at < ranges.length; at += 2) {
      copyRange({ from, source, to: fd }, ranges[at]!, ranges[at + 1]!, control)
    }
    assertUnchanged(source, fstatSync(from, { bigint: true }))
  } finally {
    closeSync(from)
  }
}

function copyRange(
  files: { readonly from: number; readonly source: StableFile; readonly to: number },
  start: number,
  end: number,
  control: TaskControl,
): void {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - start))
  for (let position = start; position < end;) {
    const length = Math.min(buffer.length, end - position)
    const count = readPiece(files, buffer.subarray(0, length), position)
    // The check after the last range tells what became of the source.
    if (count === 0) return
    let done = 0
    while (done < count) done += writeSync(files.to, buffer, done, count - done, position + done)
    position += count
    control.advance(count)
  }
}

function readPiece(
  { from, source }: { readonly from: number; readonly source: StableFile },
  into: Uint8Array,
  position: number,
): number {
  try {
    return readSync(from, into, 0, into.length, position)
  } catch (error) {
    throw translateReadError(error, source.absolutePath)
  }
}

/** BLAKE3 of what is stored; never equal to a digest when the length differs. */
function storedHash(fd: number, size: number, control: TaskControl): string {
  const hasher = createBlake3()
  const buffer = Buffer.allocUnsafe(PIECE_BYTES)
  for (let position = 0; ;) {
    const count = readSync(fd, buffer, 0, buffer.length, position)
    if (count === 0) return position === size ? hasher.digestHex() : `${position} bytes`
    hasher.update(buffer.subarray(0, count))
    position += count
    control.check()
  }
}

function notTheSource({ path }: PatchClone): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: threadWordings.target.notTheSource({ path }),
    path,
    retry: { kind: 'never' },
  })
}
