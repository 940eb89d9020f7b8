import { closeSync, fsync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { SafeRoot } from '../../../workers/fs/safe-root.ts'
import { translateTargetError } from '../../../workers/fs/target-errors.ts'
import { TEMPORARY_AREA, toTargetStat } from '../../../workers/fs/target-stat.ts'
import { TemporaryFile } from '../../../workers/fs/temporary-file.ts'
import type { StagedFile, TargetPlace } from '../../../workers/tasks.ts'
import type { Content, PutOptions } from '../provider.ts'
import { localFailureTexts } from './local-failure-texts.ts'

const fsyncAsync = promisify(fsync)

/** One put on its way. */
export interface StreamPut {
  readonly path: RelPath
  readonly options: PutOptions
  /** Name of a directory of temporary files, used by this put alone. */
  readonly stage: string
  /** Make the content durable; otherwise the caller does. */
  readonly fsync: boolean
}

/** Content that is no file of this computer, made a verified temporary file. */
export async function stageStream(
  place: TargetPlace,
  content: Content,
  put: StreamPut,
): Promise<{ readonly blake3: string; readonly staged: StagedFile }> {
  const { path, options, stage, fsync: isDurable } = put
  const at = `${TEMPORARY_AREA}/${stage}/0` as RelPath
  let root: SafeRoot | undefined
  let file: TemporaryFile | undefined
  try {
    root = SafeRoot.open(place.root, { inode: place.rootInode })
    root.makeDirectories(`${TEMPORARY_AREA}/${stage}` as RelPath, 0o700)
    file = TemporaryFile.create(root, at, options.metadata.mode ?? 0o666)
    await fill(file, content, path, options)
    const { contentHash, stat } = await file.finish(options.metadata, isDurable)
    return { blake3: contentHash, staged: { at, stat: toTargetStat(stat) } }
  } catch (error) {
    await file?.discard().catch(() => undefined)
    const shown = join(place.root, path)
    throw translateTargetError(error, { path: shown, root: place.root, neededBytes: content.size })
  } finally {
    root?.close()
  }
}

/** Makes the content of a temporary file durable. */
export async function syncStaged(place: TargetPlace, { at }: StagedFile): Promise<void> {
  let root: SafeRoot | undefined
  try {
    root = SafeRoot.open(place.root, { inode: place.rootInode })
    const fd = root.openForWriting(at as RelPath)
    try {
      await fsyncAsync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw translateTargetError(error, { path: join(place.root, at), root: place.root })
  } finally {
    root?.close()
  }
}

async function fill(file: TemporaryFile, content: Content, path: RelPath, options: PutOptions): Promise<void> {
  for await (const piece of content.open()) {
    if (options.signal.aborted)
      throw new TidekeepError({ code: 'cancelled', message: localFailureTexts.putStream.cancelled })
    if (file.size + piece.length > content.size) throw wrongLength(path, 'longer')
    await file.write(piece)
    options.onProgress?.(file.size)
  }
  if (file.size !== content.size) throw wrongLength(path, 'shorter')
}

function wrongLength(path: RelPath, how: 'longer' | 'shorter'): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: localFailureTexts.putStream.turnedOutThanItWas({ path, how }),
    path,
    fix: localFailureTexts.putStream.turnedOutThanItWasFix,
  })
}
