import { constants } from 'node:fs'
import { lstat, open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import { parentOf } from '../../../common/paths.ts'
import type { ByteRange, Precondition, RelPath } from '../../../common/model.ts'
import { translateTargetError } from '../../../workers/fs/target-errors.ts'
import { assertExpected, toTargetStat } from '../../../workers/fs/target-stat.ts'
import type { TargetPlace } from '../../../workers/tasks.ts'
import type { CallOptions } from '../provider.ts'
import { throwIfCancelled } from './task-control.ts'
import { localFailureTexts } from './local-failure-texts.ts'

const PIECE_BYTES = 1024 * 1024

/** What of a file is read, and as what. */
export interface ReadRequest extends CallOptions {
  readonly path: RelPath
  readonly range?: ByteRange
  readonly expect?: Precondition
}

/** The bytes of one file, which has to stay the same from the first to the last. Each piece is a buffer of its own. */
export async function* readLocal(place: TargetPlace, request: ReadRequest): AsyncGenerator<Uint8Array> {
  const { path, signal } = request
  const full = join(place.root, path)
  let file: FileHandle | undefined
  try {
    await assertPlainParents(place.root, path)
    file = await open(full, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    const range = await openingRange(place, request, file)
    for (let position = range.start; position < range.end;) {
      throwIfCancelled(signal)
      const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, range.end - position))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) throw truncated(full)
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
    if (request.expect !== undefined) assertExpected(place, path, request.expect, await statOf(file))
  } catch (error) {
    throw translateTargetError(error, { path: full, root: place.root })
  } finally {
    await file?.close()
  }
}

async function openingRange(place: TargetPlace, request: ReadRequest, file: FileHandle): Promise<ByteRange> {
  const stat = await statOf(file)
  if (stat.kind !== 'file') throw notFile(join(place.root, request.path))
  if (request.expect !== undefined) assertExpected(place, request.path, request.expect, stat)
  const { start, end } = request.range ?? { start: 0, end: stat.size }
  if (start >= 0 && start <= end && end <= stat.size) return { start, end }
  throw new TidekeepError({
    code: 'invalid',
    message: localFailureTexts.read.bytesToOfWereAsked({ start, end, path: request.path, size: stat.size }),
    path: request.path,
  })
}

async function statOf(file: FileHandle): Promise<ReturnType<typeof toTargetStat>> {
  return toTargetStat(await file.stat({ bigint: true }))
}

/** A link in the way would lead out of the target. */
async function assertPlainParents(root: string, path: RelPath): Promise<void> {
  for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) {
    if ((await lstat(join(root, parent))).isSymbolicLink()) {
      throw Object.assign(new Error('link'), { code: 'ELOOP' })
    }
  }
}

function truncated(path: string): TidekeepError {
  return new TidekeepError({ code: 'corrupt', message: localFailureTexts.read.becameShorterWhileItWas({ path }), path })
}

function notFile(path: string): TidekeepError {
  return new TidekeepError({ code: 'invalid', message: localFailureTexts.read.isNotAFile({ path }), path })
}
