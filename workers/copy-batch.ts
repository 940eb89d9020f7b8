import { closeSync, fchmodSync, fstatSync, fsyncSync, readSync, writeSync, type BigIntStats } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import type { RelPath } from '../common/model.ts'
import { copyTasks, type CopyTask } from './copy-columns.ts'
import { TaskControl } from './fs/control.ts'
import { setFileTimes } from './fs/file-times.ts'
import { SafeRoot } from './fs/safe-root.ts'
import { readStable } from './fs/stable-read.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { TEMPORARY_AREA } from './fs/target-stat.ts'
import { blake3Hex, createBlake3 } from './hash/blake3.ts'
import { CopyOutcomes, StageLayout } from './stage-layout.ts'
import { toTaskFailure } from './task-failure.ts'
import type { CopyBatch, CopyResults } from './tasks.ts'
import { failpoint } from './failpoint.ts'
import { threadWordings } from './thread-wordings.ts'

/** One piece of a copy: small enough to stay in the processor's cache, large enough for few calls. */
const PIECE_BYTES = 1024 * 1024

/** Reused by every task of a thread; tasks of one thread never overlap. */
const outgoing = Buffer.allocUnsafeSlow(PIECE_BYTES)
const readBack = Buffer.allocUnsafeSlow(PIECE_BYTES)

/**
 * Copies files into the temporary area of a local target: each read while it stayed as scanned,
 * hashed, written, read back and compared, given its mtime and mode. Each succeeds or fails alone;
 * a failure leaves no temporary file.
 */
export function copyBatch(batch: CopyBatch): CopyResults {
  const { place, fsync } = batch
  const stage = `${TEMPORARY_AREA}/${batch.stage}` as RelPath
  const files = copyTasks(batch.files)
  const outcomes = new CopyOutcomes(files.length, place.etagBy)
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(place.root, { inode: place.rootInode })
    root.makeDirectories(stage, 0o700)
    const layout = new StageLayout(root, stage, files)
    const context = { root, layout, outcomes, control: new TaskControl(batch.control), fsync }
    for (const file of files) copyFile(context, file)
    return outcomes.finish(layout.directories)
  } catch (error) {
    const failure = toTaskFailure(translateTargetError(error, { path: place.root, root: place.root }))
    const failed = new CopyOutcomes(files.length, place.etagBy)
    for (const _ of files) failed.failed(failure)
    return failed.finish([])
  } finally {
    root?.close()
  }
}

interface CopyContext {
  readonly root: SafeRoot
  readonly layout: StageLayout
  readonly outcomes: CopyOutcomes
  readonly control: TaskControl
  readonly fsync: boolean
}

function copyFile(context: CopyContext, file: CopyTask): void {
  const { root, layout, outcomes } = context
  let created: RelPath | undefined
  try {
    context.control.check()
    const staging = layout.place(file.path as RelPath)
    const fd = root.createFile(staging.at, file.mode ?? 0o666)
    created = staging.at
    let blake3: string
    let stat: BigIntStats
    try {
      blake3 = copyContent(context, file, fd)
      failpoint('local.stage.before')
      stat = finish(fd, file, context.fsync)
      failpoint('local.stage.after')
    } finally {
      closeSync(fd)
    }
    outcomes.staged(blake3, staging, stat)
    if (staging.directory !== undefined) layout.directories[staging.directory]!.fileCount++
  } catch (error) {
    if (created !== undefined) root.removeFile(created)
    const path = join(root.root, file.path)
    outcomes.failed(
      toTaskFailure(translateTargetError(error, { path, root: root.root, neededBytes: file.source.size })),
    )
  }
}

function copyContent({ control }: CopyContext, item: CopyTask, fd: number): string {
  const { source } = item
  let whole: Uint8Array | undefined
  const hasher = source.size > PIECE_BYTES ? createBlake3() : undefined
  let written = 0
  readStable(source, outgoing, (piece) => {
    if (piece.length === source.size) whole = piece
    else hasher?.update(piece)
    writeFully(fd, piece, written)
    written += piece.length
    control.advance(piece.length)
  })
  const same = whole === undefined ? undefined : isStored(fd, whole)
  const blake3 = whole === undefined ? (hasher?.digestHex() ?? storedHash(fd, source.size)) : blake3Hex(whole)
  if (same === false || (same === undefined && storedHash(fd, source.size, control) !== blake3)) throw damaged(item)
  return blake3
}

function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done)
}

function isStored(fd: number, bytes: Uint8Array): boolean {
  const read = bytes.length === 0 ? 0 : readSync(fd, readBack, 0, bytes.length, 0)
  return read === bytes.length && readBack.subarray(0, read).equals(bytes)
}

/** Length and BLAKE3 of what is in an open file; never equal to a digest when the length differs. */
function storedHash(fd: number, size: number, control?: TaskControl): string {
  const hasher = createBlake3()
  let position = 0
  for (;;) {
    const read = readSync(fd, readBack, 0, PIECE_BYTES, position)
    if (read === 0) return position === size ? hasher.digestHex() : `${position} bytes`
    hasher.update(readBack.subarray(0, read))
    position += read
    control?.check()
  }
}

function finish(fd: number, { mtimeNs, mode }: CopyTask, fsync: boolean): BigIntStats {
  setFileTimes(fd, mtimeNs)
  let stat = fstatSync(fd, { bigint: true })
  if (mode !== undefined && process.platform !== 'win32' && Number(stat.mode & 0o777n) !== mode) {
    fchmodSync(fd, mode)
    stat = fstatSync(fd, { bigint: true })
  }
  if (fsync) fsyncSync(fd)
  return stat
}

function damaged(item: CopyTask): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: threadWordings.target.notKeptCopy({ path: item.path }),
    path: item.path,
    fix: threadWordings.fix.failingDisk,
  })
}
