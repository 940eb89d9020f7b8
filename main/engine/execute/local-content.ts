import { lstat, open, type FileHandle } from 'node:fs/promises'
import { constants } from 'node:fs'
import { join, sep } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import type { ByteRange, Entry, RelPath } from '../../../common/model.ts'
import { heldNs } from '../../../workers/fs/held-times.ts'
import { assertUnchanged, inodeOf, translateReadError } from '../../../workers/fs/stable-read.ts'
import type { Content, LocalFile } from '../../providers/provider.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

const PIECE_BYTES = 1024 * 1024

/** A scanned file as content that refuses to be anything else (I2): see `Content`. */
export function localContent(root: string, entry: Entry): Content {
  const file = localFile(root, entry)
  return { size: entry.size, file, open: (range) => readRange(file, range ?? { start: 0, end: file.size }) }
}

/** What a worker needs to read a scanned file and to notice any change. */
export function localFile(root: string, entry: Entry): LocalFile {
  if (entry.identity === undefined)
    throw new TidekeepError({
      code: 'internal',
      message: engineFailureTexts.localContent.wasNotScannedAsA({ path: entry.path }),
      path: entry.path,
    })
  return {
    absolutePath: absoluteOf(root, entry.path),
    size: entry.size,
    mtimeNs: entry.mtimeNs,
    ctimeNs: entry.identity.ctimeNs,
    inode: entry.identity.inode,
  }
}

/**
 * The same file as a scan would give it now, where nothing but its ctime moved, as with each name that it gets or loses. What
 * differs otherwise, or cannot be looked at, is given as it was: reading it says what it is.
 */
export async function withItsCtime(root: string, entry: Entry): Promise<Entry> {
  const found = await lstat(absoluteOf(root, entry.path), { bigint: true }).catch(() => undefined)
  if (found === undefined || !found.isFile() || inodeOf(found) !== entry.identity?.inode) return entry
  const isSame = Number(found.size) === entry.size && heldNs(found.mtimeNs) === entry.mtimeNs
  if (!isSame || (entry.mode !== undefined && (Number(found.mode) & 0o777) !== entry.mode)) return entry
  return { ...entry, identity: { ...entry.identity, ctimeNs: heldNs(found.ctimeNs) } }
}

/** What was scanned is plain already: joining would look at each character again, for each file. */
function absoluteOf(root: string, path: RelPath): string {
  return sep === '/' && !root.endsWith('/') ? `${root}/${path}` : join(root, path)
}

async function* readRange(file: LocalFile, range: ByteRange): AsyncGenerator<Uint8Array> {
  const handle = await openFile(file)
  try {
    assertUnchanged(file, await handle.stat({ bigint: true }))
    let position = range.start
    while (position < range.end) {
      const buffer = new Uint8Array(Math.min(PIECE_BYTES, range.end - position))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
      // Shorter than it was when scanned: the check after the loop would say so, but a zero read would never end.
      if (bytesRead === 0) throw shrunk(file)
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
    assertUnchanged(file, await handle.stat({ bigint: true }))
  } finally {
    await handle.close()
  }
}

async function openFile(file: LocalFile): Promise<FileHandle> {
  try {
    return await open(file.absolutePath, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw translateReadError(error, file.absolutePath)
  }
}

function shrunk(file: LocalFile): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: engineFailureTexts.localContent.becameShorterWhileItWas({ absolutePath: file.absolutePath }),
    path: file.absolutePath,
    fix: engineFailureTexts.localContent.becameShorterWhileItWasFix,
  })
}
