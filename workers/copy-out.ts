import { closeSync, fchmodSync, fsyncSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TidekeepError } from '../common/errors.ts'
import { parentOf } from '../common/paths.ts'
import type { RelPath } from '../common/model.ts'
import { failpoint } from './failpoint.ts'
import { TaskControl } from './fs/control.ts'
import { setFileTimes } from './fs/file-times.ts'
import { notAsListed, readHeld } from './fs/read-held.ts'
import { createFresh, temporaryBeside } from './fs/restore-temporary.ts'
import { SafeRoot } from './fs/safe-root.ts'
import { translateTargetError } from './fs/target-errors.ts'
import { blake3Hex } from './hash/blake3.ts'
import { toTaskFailure } from './task-failure.ts'
import type { CopyOut, CopyOutFile, CopyOutResult, PublishOut, TaskFailure } from './tasks.ts'
import { sharedWordings } from '../common/shared-wordings.ts'

/** Largest file that is copied out in one piece. */
export const MAX_COPY_OUT_BYTES = 1024 * 1024

/** Reused by every task of a thread; tasks of one thread never overlap. One byte more than a file may have. */
const buffer = Buffer.allocUnsafeSlow(MAX_COPY_OUT_BYTES + 1)

/**
 * Copies small files of a local target into another folder, each read while it stayed as it was listed, compared with its
 * digest, and written under a temporary name beside its place with its mtime and mode. Each succeeds or fails alone; a
 * failure leaves no temporary file. Names come with {@link publishOut}, once the content is durable.
 */
export function copyOut(work: CopyOut): readonly CopyOutResult[] {
  const { place, directory, files } = work
  const control = new TaskControl(work.control)
  const from = SafeRoot.open(place.root, { inode: place.rootInode })
  try {
    const to = SafeRoot.open(directory)
    try {
      const copier = new Copier(work, from, to)
      return files.map((file) => (control.isCancelled ? CANCELLED : copier.copy(file)))
    } finally {
      to.close()
    }
  } finally {
    from.close()
  }
}

const CANCELLED: CopyOutResult = {
  ok: false,
  failure: toTaskFailure(new TidekeepError({ code: 'cancelled', message: sharedWordings.cancelled })),
}

class Copier {
  readonly #work: CopyOut
  readonly #from: SafeRoot
  readonly #to: SafeRoot
  /** Files come in the order of their folders: the last one is there. */
  #made: RelPath | undefined

  constructor(work: CopyOut, from: SafeRoot, to: SafeRoot) {
    this.#work = work
    this.#from = from
    this.#to = to
  }

  copy(file: CopyOutFile): CopyOutResult {
    try {
      const bytes = readHeld(this.#from, file, { etagBy: this.#work.place.etagBy, buffer })
      const blake3 = blake3Hex(bytes)
      if (file.contentHash !== undefined && file.contentHash !== blake3) throw notAsListed(file)
      this.#write(file, bytes)
      return { ok: true, blake3 }
    } catch (error) {
      const at = { path: join(this.#work.directory, file.path), root: this.#work.directory }
      return { ok: false, failure: toTaskFailure(translateTargetError(error, at)) }
    }
  }

  #write({ path, mtimeNs, mode }: CopyOutFile, bytes: Uint8Array): void {
    const parent = parentOf(path as RelPath)
    if (parent !== this.#made) this.#to.makeDirectories(parent)
    this.#made = parent
    const temporary = temporaryBeside(path as RelPath)
    const fd = createFresh(this.#to, temporary)
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, done)
      // A temporary is private; a file without a recorded mode gets what a new file usually has.
      if (process.platform !== 'win32') fchmodSync(fd, (mode ?? 0o666 & ~process.umask()) & 0o777)
      setFileTimes(fd, mtimeNs)
      if (this.#work.fsync) fsyncSync(fd)
    } catch (error) {
      this.#to.removeFile(temporary)
      throw error
    } finally {
      closeSync(fd)
    }
  }
}

/**
 * Gives what {@link copyOut} made its names, or with `discard` takes it away. What appeared at a name meanwhile stays, and
 * that file fails. Answers what failed, by its index.
 */
export function publishOut({ directory, paths, discard, fsync }: PublishOut): ReadonlyMap<number, TaskFailure> {
  const root = SafeRoot.open(directory)
  const failures = new Map<number, TaskFailure>()
  try {
    for (const [index, path] of (paths as readonly RelPath[]).entries()) {
      const temporary = temporaryBeside(path)
      try {
        failpoint('restore.publish.before')
        if (!discard) root.renameFileIfAbsent(temporary, path)
        failpoint('restore.publish.after')
      } catch (error) {
        const at = { path: join(directory, path), root: directory }
        failures.set(index, toTaskFailure(translateTargetError(error, at)))
      }
      if (discard || failures.has(index)) root.removeFile(temporary)
    }
    if (fsync) root.syncDirectories()
    return failures
  } finally {
    root.close()
  }
}
