import { GraphFailure } from './types.ts'

const FORBIDDEN_CHARACTERS = /["*:<>?/\\|]/
// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u001f]/
const FORBIDDEN_NAMES = /^(\.lock|con|prn|aux|nul|com[0-9]|lpt[0-9]|desktop\.ini)$/i
const MAX_PATH_CHARACTERS = 400
const MAX_NAME_CHARACTERS = 255

/**
 * Refuses what OneDrive refuses of a name: "Restrictions and limitations in OneDrive and SharePoint".
 * `isFolder` and `isAtRoot` are where more is refused.
 */
export function assertName(name: string, { isFolder, isAtRoot }: { isFolder: boolean; isAtRoot: boolean }): void {
  const isBad =
    name === '' ||
    FORBIDDEN_CHARACTERS.test(name) ||
    CONTROL_CHARACTERS.test(name) ||
    FORBIDDEN_NAMES.test(name) ||
    name.includes('_vti_') ||
    name.startsWith('~$') ||
    name.trim() !== name ||
    (isFolder && name.endsWith('.')) ||
    (isAtRoot && name.toLowerCase() === 'forms') ||
    name.length > MAX_NAME_CHARACTERS
  if (isBad) throw new GraphFailure(400, 'invalidRequest', 'invalidPath')
}

/** Refuses a decoded path, without its leading slash, that is too long. */
export function assertPathLength(path: string): void {
  if (path.length > MAX_PATH_CHARACTERS) throw new GraphFailure(400, 'invalidRequest', 'pathIsTooLong')
}

/** What two names are compared by. */
export function fold(name: string): string {
  return name.toLowerCase()
}
