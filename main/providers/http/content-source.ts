import { closeSync, fstatSync, read as readCallback } from 'node:fs'
import { promisify } from 'node:util'
import { TidekeepError } from '../../../common/errors.ts'
import { assertUnchanged, openSource, translateReadError } from '../../../workers/fs/stable-read.ts'
import type { Content, LocalFile } from '../provider.ts'
import { providerFailureTexts } from '../provider-failure-texts.ts'

const readFile = promisify(readCallback)

/** Content read once, from a byte on to its last, into the reader's own buffers, and checked to have stayed the same (I2). */
export interface ContentSource {
  /** Fills the buffer with the next bytes. Throws `changed` when there are fewer. */
  read(buffer: Uint8Array): Promise<void>
  /** After the last byte: throws `changed` unless the source is still what it was, and ends here. */
  finish(): Promise<void>
  close(): Promise<void>
}

/** Any content from its first byte on; files of this computer are read directly. */
export function openContentSource(content: Content): ContentSource {
  return content.file === undefined ? fromStream(content) : openFileSource(content.file)
}

/** A source that is longer or shorter than it was said to be. */
export function sourceChanged(): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: providerFailureTexts.content.changed,
    fix: providerFailureTexts.content.changedFix,
  })
}

/** A local file from byte `start` on. Throws `changed` or `vanished` where it is not what it was. */
export function openFileSource(file: LocalFile, start = 0): ContentSource {
  const fd = openSource(file)
  let position = start
  let closed = false
  const close = (): void => {
    if (!closed) closeSync(fd)
    closed = true
  }
  try {
    assertUnchanged(file, fstatSync(fd, { bigint: true }))
  } catch (error) {
    close()
    throw error
  }
  return {
    read: async (buffer) => {
      for (let done = 0; done < buffer.length;) {
        const bytesRead = await readAt(fd, buffer.subarray(done), { position, path: file.absolutePath })
        if (bytesRead === 0) throw sourceChanged()
        done += bytesRead
        position += bytesRead
      }
    },
    finish: async () => assertUnchanged(file, fstatSync(fd, { bigint: true })),
    close: async () => close(),
  }
}

async function readAt(
  fd: number,
  buffer: Uint8Array,
  { position, path }: { position: number; path: string },
): Promise<number> {
  try {
    return (await readFile(fd, buffer, 0, buffer.length, position)).bytesRead
  } catch (error) {
    throw translateReadError(error, path)
  }
}

function fromStream(content: Content): ContentSource {
  const iterator = content.open()[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  const next = async (): Promise<boolean> => {
    const step = await iterator.next()
    if (step.done !== true) rest = step.value
    return step.done !== true
  }
  return {
    read: async (buffer) => {
      for (let done = 0; done < buffer.length;) {
        if (rest.length === 0 && !(await next())) throw sourceChanged()
        const piece = rest.subarray(0, buffer.length - done)
        buffer.set(piece, done)
        rest = rest.subarray(piece.length)
        done += piece.length
      }
    },
    finish: async () => {
      while (rest.length === 0 && (await next())) continue
      if (rest.length > 0) throw sourceChanged()
    },
    close: async () => {
      await iterator.return?.()
    },
  }
}
