import { TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { decodeName, encodeName, type NameRules } from '../../../common/name-rules.ts'
import { joinRelPath } from '../../../common/paths.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** Whole decoded path, its folder included. "Restrictions and limitations in OneDrive and SharePoint". */
export const MAX_PATH_CHARACTERS = 400
export const MAX_NAME_CHARACTERS = 255

/** Names as the drive holds them, one for each segment of `folder` and of the path below it. */
export function driveSegments(folder: string, path: RelPath): readonly string[] {
  const segments = [...split(folder), ...split(path)].map((name, depth) => encodeName(name, rulesAt(depth)))
  if (segments.join('/').length > MAX_PATH_CHARACTERS || segments.some(({ length }) => length > MAX_NAME_CHARACTERS)) {
    throw new TidekeepError({
      code: 'invalid',
      message: onedriveFailureTexts.names.thePathIsLongerThan({
        path,
        MAXPATHCHARACTERS: MAX_PATH_CHARACTERS,
        MAXNAMECHARACTERS: MAX_NAME_CHARACTERS,
      }),
      path,
      fix: onedriveFailureTexts.names.thePathIsLongerThanFix,
    })
  }
  return segments
}

/**
 * The path of something called `name` in the drive, in the folder at `parent`; undefined where the name
 * stands for nothing this program could have put there. `depth` is that of the name below the drive's root.
 */
export function localPath(parent: RelPath, name: string, depth: number): RelPath | undefined {
  try {
    return joinRelPath(parent, decodeName(name, rulesAt(depth)))
  } catch {
    return undefined
  }
}

/** Segments as they go into an address of Graph. */
export function encodeSegments(segments: readonly string[]): string {
  return segments.map((segment) => encodeURIComponent(segment)).join('/')
}

/** In the root of a library one more name is taken. */
function rulesAt(depth: number): NameRules {
  return depth === 0 ? 'onedrive-root' : 'onedrive'
}

function split(path: string): readonly string[] {
  return path === '' ? [] : path.split('/')
}
