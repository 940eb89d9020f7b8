import { closeSync, fchmodSync, fstatSync, fsyncSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import { nameOf, parentOf } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import { TaskControl } from './fs/control.ts'
import { setFileTimes } from './fs/file-times.ts'
import { SafeRoot } from './fs/safe-root.ts'
import { readStable } from './fs/stable-read.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { TEMPORARY_AREA, toTargetStat } from './fs/target-stat.ts'
import { blake3Hex, createBlake3 } from './hash/blake3.ts'
import { toTaskFailure } from './task-failure.ts'
import type { CopyBatch, CopyItem, CopyResult } from './tasks.ts'

/** One piece of a copy: small enough to stay in the processor's cache, large enough for few calls. */
const PIECE_BYTES = 1024 * 1024
/** New directories with at least this many files are staged as a whole and take one rename instead of two calls a file. */
const WHOLE_DIRECTORY_FILES = 3

/** Reused by every task of a thread; tasks of one thread never overlap. */
const outgoing = Buffer.allocUnsafeSlow(PIECE_BYTES)
const readBack = Buffer.allocUnsafeSlow(PIECE_BYTES)

/**
 * Copies files into the temporary area of a local target: each read while it stayed as scanned,
 * hashed, written, read back and compared, given its mtime and mode. Each succeeds or fails alone;
 * a failure leaves no temporary file. Results are in the order of the items.
 */
export function copyBatch(batch: CopyBatch): readonly CopyResult[] {
  const stage = `${TEMPORARY_AREA}/${batch.stage}` as RelPath
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(batch.place.root, { inode: batch.place.rootInode })
    root.makeDirectories(stage, 0o700)
    const open = root
    const layout = new StageLayout(open, stage, batch.items)
    const control = new TaskControl(batch.control)
    return batch.items.map((item) => copyItem({ root: open, layout, control, fsync: batch.fsync }, item))
  } catch (error) {
    const failure = toTaskFailure(translateTargetError(error, { path: batch.place.root, root: batch.place.root }))
    return batch.items.map(() => ({ ok: false, failure }))
  } finally {
    root?.close()
  }
}

interface CopyContext {
  readonly root: SafeRoot
  readonly layout: StageLayout
  readonly control: TaskControl
  readonly fsync: boolean
}

function copyItem(context: CopyContext, item: CopyItem): CopyResult {
  const { root, layout } = context
  let created: RelPath | undefined
  try {
    context.control.check()
    const at = layout.place(item)
    const fd = root.createFile(at, item.mode === undefined ? 0o666 : item.mode & 0o777)
    created = at
    try {
      const blake3 = copyContent(context, item, fd)
      return { ok: true, blake3, staged: { at, stat: finish(fd, item, context.fsync) } }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (created !== undefined) root.removeFile(created)
    const path = join(root.root, item.path)
    return {
      ok: false,
      failure: toTaskFailure(translateTargetError(error, { path, root: root.root, neededBytes: item.source.size })),
    }
  }
}

function copyContent({ control }: CopyContext, item: CopyItem, fd: number): string {
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

function finish(fd: number, item: CopyItem, fsync: boolean): ReturnType<typeof toTargetStat> {
  setFileTimes(fd, item.mtimeNs)
  let stat = fstatSync(fd, { bigint: true })
  if (item.mode !== undefined && process.platform !== 'win32' && Number(stat.mode & 0o777n) !== (item.mode & 0o777)) {
    fchmodSync(fd, item.mode & 0o777)
    stat = fstatSync(fd, { bigint: true })
  }
  if (fsync) fsyncSync(fd)
  return toTargetStat(stat)
}

function damaged(item: CopyItem): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: `The target did not keep ${item.path} as it was written.`,
    path: item.path,
    fix: 'Check the disk: it may be failing.',
  })
}

/** Where temporary files go: one directory for each new target directory, one for all the rest. */
class StageLayout {
  readonly #root: SafeRoot
  readonly #stage: RelPath
  readonly #filesByDirectory = new Map<string, number>()
  readonly #stagedByDirectory = new Map<string, RelPath>()
  #number = 0

  constructor(root: SafeRoot, stage: RelPath, items: readonly CopyItem[]) {
    this.#root = root
    this.#stage = stage
    for (const { path, expect } of items) {
      const directory = parentOf(path as RelPath)
      const files = this.#filesByDirectory.get(directory) ?? 0
      this.#filesByDirectory.set(directory, expect.kind === 'absent' ? files + 1 : Number.NEGATIVE_INFINITY)
    }
  }

  place(item: CopyItem): RelPath {
    const directory = parentOf(item.path as RelPath)
    if (directory === '' || (this.#filesByDirectory.get(directory) ?? 0) < WHOLE_DIRECTORY_FILES) {
      return `${this.#stage}/${this.#number++}` as RelPath
    }
    let staged = this.#stagedByDirectory.get(directory)
    if (staged === undefined) {
      staged = `${this.#stage}/d${this.#number++}` as RelPath
      this.#root.makeDirectories(staged)
      this.#stagedByDirectory.set(directory, staged)
    }
    return `${staged}/${nameOf(item.path as RelPath)}` as RelPath
  }
}
