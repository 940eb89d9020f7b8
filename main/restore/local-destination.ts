import { close, existsSync, fchmodSync, fsync, read, realpathSync, write } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import type { BigIntStats } from 'node:fs'
import { TidekeepError } from '../../common/errors.ts'
import { say } from '../../common/messages/wording.ts'
import type { ByteRange, RelPath } from '../../common/model.ts'
import { parentOf, ROOT_PATH, toRelPath } from '../../common/paths.ts'
import { setFileTimes } from '../../workers/fs/file-times.ts'
import { createFresh, temporaryBeside } from '../../workers/fs/restore-temporary.ts'
import { SafeRoot } from '../../workers/fs/safe-root.ts'
import { pathProblem } from '../../workers/fs/segments.ts'
import { heldNs } from '../../workers/fs/held-times.ts'
import { inodeOf } from '../../workers/fs/stable-read.ts'
import { translateTargetError } from '../../workers/fs/target-errors.ts'
import type { StableFile } from '../../workers/tasks.ts'
import { GroupSync } from '../providers/local/group-sync.ts'
import type { Metadata } from '../providers/provider.ts'
import type { Destination, Occupant, StagedFile } from './destination.ts'
import { failpoint } from '../../workers/failpoint.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** Up to this many folders each is synced by itself; beyond, one sync of the file system costs less. */
const FSYNC_EACH_DIRECTORIES = 4
const READ_BYTES = 1024 * 1024
/** One write: most files need no second one, and large ones should not need many. */
const FIRST_WRITE_BYTES = 64 * 1024
const WRITE_BYTES = 1024 * 1024
const RULES = process.platform === 'win32' ? 'win32' : 'posix'
const writeTo = promisify(write)
const readFrom = promisify(read)
const syncFile = promisify(fsync)
const closeFile = promisify(close)

/**
 * A folder of this computer, absolute. It is made, parents included, by the first write; looking
 * makes nothing. Errors are those of a local target.
 */
export function openLocalDestination(directory: string): Destination {
  return new LocalDestination(directory)
}

class LocalDestination implements Destination {
  readonly #directory: string
  readonly #sync: GroupSync
  #root: SafeRoot | undefined
  /** As far as was asked, and until it is made. */
  #wasMissing: boolean | undefined
  readonly #made = new Set<RelPath>()
  /** Folders that got their times since the last close. */
  #setDirectories = 0

  constructor(directory: string) {
    this.#directory = directory
    this.#sync = new GroupSync(directory)
  }

  pathProblem(path: string): string | undefined {
    const problem = pathProblem(path, RULES)
    return problem === undefined ? undefined : say(problem)
  }

  async look(path: RelPath): Promise<Occupant | undefined> {
    if (this.#isMissing()) return undefined
    return this.#translated(path, () => {
      const stat = this.#open().lstat(path)
      return stat === undefined ? undefined : { kind: kindOf(stat), size: Number(stat.size) }
    })
  }

  isNew(path: RelPath): boolean {
    return this.#made.has(parentOf(path))
  }

  async stable(path: RelPath): Promise<StableFile | undefined> {
    return this.#translated(path, () => {
      const stat = this.#open().lstat(path)
      if (stat === undefined || !stat.isFile()) return undefined
      return {
        absolutePath: join(this.#directory, path),
        size: Number(stat.size),
        mtimeNs: heldNs(stat.mtimeNs),
        ctimeNs: heldNs(stat.ctimeNs),
        inode: inodeOf(stat),
      }
    })
  }

  async *read(path: RelPath, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const fd = this.#translated(path, () => this.#open().openFile(path))
    try {
      const { start, end } = range ?? { start: 0, end: Number.POSITIVE_INFINITY }
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - start))
      for (let position = start; position < end;) {
        const length = Math.min(buffer.length, end - position)
        const { bytesRead } = await readFrom(fd, buffer, 0, length, position)
        if (bytesRead === 0) return
        position += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await closeFile(fd)
    }
  }

  async makeDirectory(path: RelPath): Promise<void> {
    if (this.#translated(path, () => this.#make().makeDirectories(path))) this.#made.add(path)
  }

  async stage(path: RelPath): Promise<StagedFile> {
    failpoint('restore.stage.before')
    const root = this.#translated(path, () => this.#make())
    const temporary = temporaryBeside(path)
    const fd = this.#translated(path, () => {
      root.makeDirectories(parentOf(path))
      return createFresh(root, temporary)
    })
    failpoint('restore.stage.after')
    return new LocalStagedFile({ root, fd, temporary, path, translated: (work) => this.#translated(path, work) })
  }

  async setAside(path: RelPath, to: RelPath): Promise<void> {
    failpoint('restore.keep-aside.before')
    this.#translated(path, () => this.#make().renameFileIfAbsent(path, to))
    failpoint('restore.keep-aside.after')
  }

  async sweep(path: RelPath): Promise<void> {
    this.#translated(path, () => this.#make().removeFile(temporaryBeside(path)))
  }

  async asideName(path: RelPath, begin: string): Promise<RelPath | undefined> {
    return this.#translated(path, () => {
      const root = this.#open()
      const stat = root.lstat(path)
      if (stat === undefined || stat.nlink < 2n) return undefined
      const parent = parentOf(path)
      const names = root.readDirectory(parent).filter((name) => name.startsWith(begin))
      const paths = names.map((name) => (parent === '' ? name : `${parent}/${name}`) as RelPath)
      return paths.find((candidate) => isSameFile(root.lstat(candidate), stat))
    })
  }

  async removeSame(path: RelPath, same: StableFile): Promise<boolean> {
    const now = await this.stable(path)
    const isSame = now !== undefined && now.inode === same.inode && now.size === same.size
    if (!isSame || now.mtimeNs !== same.mtimeNs || now.ctimeNs !== same.ctimeNs) return false
    this.#translated(path, () => this.#make().removeFile(path))
    return true
  }

  async removeEmpty(path: RelPath): Promise<void> {
    this.#translated(path, () => {
      const root = this.#make()
      const stat = root.lstat(path)
      if (stat !== undefined && stat.isFile() && stat.size === 0n) root.removeFile(path)
    })
  }

  async localDirectory(): Promise<string> {
    this.#translated(ROOT_PATH, () => this.#make())
    return this.#directory
  }

  async setDirectoryMetadata(path: RelPath, metadata: Metadata): Promise<void> {
    this.#setDirectories++
    const durable = this.#setDirectories <= FSYNC_EACH_DIRECTORIES || !(await this.#sync.available())
    this.#translated(path, () => this.#make().setMetadata(path, { ...metadata, durable }))
  }

  async freeBytes(): Promise<number | undefined> {
    try {
      const { bavail, bsize } = await statfs(nearestExisting(this.#directory))
      return bavail * bsize
    } catch {
      // Some network file systems do not say; the restore then finds out by writing.
      return undefined
    }
  }

  async close(): Promise<void> {
    try {
      if (this.#setDirectories > FSYNC_EACH_DIRECTORIES && (await this.#sync.available())) await this.#sync.sync()
      this.#setDirectories = 0
      this.#translated(ROOT_PATH, () => this.#root?.syncDirectories())
    } finally {
      this.#sync.close()
      this.#root?.close()
      this.#root = undefined
    }
  }

  #open(): SafeRoot {
    return (this.#root ??= SafeRoot.open(this.#directory))
  }

  #make(): SafeRoot {
    if (this.#root === undefined && !existsSync(this.#directory)) makeRoot(this.#directory)
    this.#wasMissing = false
    return this.#open()
  }

  /** Asked once: a folder that somebody else makes meanwhile is met by what is written into it. */
  #isMissing(): boolean {
    if (this.#root !== undefined) return false
    return (this.#wasMissing ??= !existsSync(this.#directory))
  }

  #translated<T>(path: RelPath, work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw translateTargetError(error, { path: join(this.#directory, path), root: this.#directory })
    }
  }
}

/** What one staged file is made of. */
interface StagedParts {
  readonly root: SafeRoot
  readonly fd: number
  readonly temporary: RelPath
  readonly path: RelPath
  readonly translated: <T>(work: () => T) => T
}

class LocalStagedFile implements StagedFile {
  readonly #parts: StagedParts
  #position = 0
  #isOpen = true
  #gathered: Buffer = Buffer.allocUnsafe(FIRST_WRITE_BYTES)
  #filled = 0
  #spare: Buffer | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: StagedParts) {
    this.#parts = parts
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.byteLength;) {
      // Copied: whoever gives the bytes may use their place again while they are written.
      const taken = Math.min(bytes.byteLength - done, this.#gathered.length - this.#filled)
      this.#gathered.set(bytes.subarray(done, done + taken), this.#filled)
      this.#filled += taken
      done += taken
      if (this.#filled === this.#gathered.length) await this.#flush()
    }
  }

  /** Begins to write what was gathered, once what was gathered before is written; more can be gathered meanwhile. */
  async #flush(): Promise<void> {
    await this.#writing
    const full = this.#gathered.subarray(0, this.#filled)
    this.#gathered = this.#spare ?? Buffer.allocUnsafe(WRITE_BYTES)
    this.#spare = full.length === WRITE_BYTES ? full : undefined
    this.#filled = 0
    this.#writing = this.#writeFully(full)
    // Told by whoever waits for it next.
    this.#writing.catch(() => undefined)
  }

  async #writeFully(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.byteLength;) {
      const { bytesWritten } = await this.#awaited(
        writeTo(this.#parts.fd, bytes, done, bytes.byteLength - done, this.#position),
      )
      done += bytesWritten
      this.#position += bytesWritten
    }
  }

  async commit({ mtimeNs, mode }: Metadata): Promise<void> {
    const { root, fd, temporary, path, translated } = this.#parts
    await this.#flush()
    await this.#writing
    // A temporary is private; a file without a recorded mode gets what a new file usually has.
    translated(() => fchmodSync(fd, (mode ?? 0o666 & ~process.umask()) & 0o777))
    translated(() => setFileTimes(fd, mtimeNs))
    await this.#awaited(syncFile(fd))
    await this.#close()
    try {
      failpoint('restore.publish.before')
      translated(() => root.renameFileIfAbsent(temporary, path))
      failpoint('restore.publish.after')
    } catch (error) {
      if (!(error instanceof TidekeepError) || error.code !== 'precondition-failed') throw error
      throw appeared(path)
    }
  }

  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined)
    await this.#close()
    this.#parts.translated(() => this.#parts.root.removeFile(this.#parts.temporary))
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await closeFile(this.#parts.fd)
  }

  async #awaited<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      return this.#parts.translated(() => {
        throw error
      })
    }
  }
}

/** Makes the folder to restore into through the same guarded writer, anchored where the path begins to exist. */
function makeRoot(directory: string): void {
  const base = nearestExisting(directory)
  const anchor = SafeRoot.open(realpathSync(base))
  try {
    anchor.makeDirectories(toRelPath(relative(base, directory).split(sep).join('/')))
    anchor.syncDirectories()
  } finally {
    anchor.close()
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path))
}

function isSameFile(one: BigIntStats | undefined, other: BigIntStats): boolean {
  return one !== undefined && inodeOf(one) === inodeOf(other)
}

function kindOf(stat: BigIntStats): Occupant['kind'] {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  return stat.isSymbolicLink() ? 'symlink' : 'special'
}

function appeared(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'already-exists',
    message: restoreFailureTexts.localDestination.wasNotRestoredAFile({ path }),
    path,
    fix: restoreFailureTexts.localDestination.wasNotRestoredAFileFix,
  })
}
