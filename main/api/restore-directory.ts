import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, normalize } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import { parseLocation } from '../../common/location.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { Paths } from '../host.ts'
import { ownDirectories } from '../own-directories.ts'
import { isInside } from './routes-between.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/**
 * Refuses directories that a restore must not write into, links followed: relative ones, the target
 * itself, which would mix copies with what they are made of, and Tidekeep's own. Throws `invalid`.
 */
export function checkRestoreDirectory(folder: FolderSettings, directory: string, paths: Paths): void {
  if (!isAbsolute(directory) || trimmed(directory) !== trimmed(normalize(directory)))
    throw refused(directory, apiFailureTexts.restoreDirectory.relative)
  const place = realPlace(directory)
  const target = parseLocation(folder.target, (path) => path)
  if (target.scheme === 'file' && isInside(place, realPlace(target.path)))
    throw refused(directory, apiFailureTexts.restoreDirectory.insideTarget({ target: folder.target }))
  if (ownDirectories(paths).some((own) => isInside(place, realPlace(own))))
    throw refused(directory, apiFailureTexts.restoreDirectory.own)
}

/** A slash at the end says nothing. */
function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/[\\/]+$/, '') : path
}

/** Links followed as far as the path exists. */
function realPlace(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPlace(parent), basename(path))
  }
}

function refused(directory: string, why: string): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: apiFailureTexts.restoreDirectory.nothingCanBeRestoredInto({ directory }),
    path: directory,
    fix: why,
  })
}
