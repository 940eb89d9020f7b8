import { TidekeepError } from '../../common/errors.ts'
import { relPathProblem } from '../../common/paths.ts'

/** Whose naming rules apply: the computer's that writes. */
export type NameRules = 'posix' | 'win32'

/** Longest file name of every common file system: bytes on POSIX systems, UTF-16 units on Windows. */
export const MAX_SEGMENT_LENGTH = 255

const WIN32_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/i
// eslint-disable-next-line no-control-regex
const WIN32_FORBIDDEN = /[<>:"\\|?*\u0000-\u001f]/

/** Paths that break no rule of POSIX systems, by far the most: short names of plain letters that begin with no dot. */
const PLAIN_PATH = /^[\w-][\w .-]{0,200}(?:\/[\w-][\w .-]{0,200})*$/

/**
 * Says why `path` may not be written below a root, or undefined. Looks at each segment by itself:
 * comparing resolved prefixes lets `../root2` through and refuses the legal name `..foo`.
 */
export function pathProblem(path: string, rules: NameRules): string | undefined {
  if (rules === 'posix' && PLAIN_PATH.test(path)) return undefined
  const general = relPathProblem(path)
  if (general !== undefined || path === '') return general
  for (const segment of path.split('/')) {
    const problem = segmentProblem(segment, rules)
    if (problem !== undefined) return problem
  }
  return undefined
}

/**
 * Says why one name cannot be kept under exactly that name, or undefined. Source of the Windows
 * rules: "Naming Files, Paths, and Namespaces" of the Windows documentation. A colon would open an
 * alternate stream, a trailing dot or space is dropped silently, a device name is a device.
 */
export function segmentProblem(segment: string, rules: NameRules): string | undefined {
  if (rules === 'posix') {
    return Buffer.byteLength(segment) > MAX_SEGMENT_LENGTH
      ? `a name in it is longer than ${MAX_SEGMENT_LENGTH} bytes`
      : undefined
  }
  if (segment.length > MAX_SEGMENT_LENGTH) return `a name in it is longer than ${MAX_SEGMENT_LENGTH} characters`
  if (WIN32_FORBIDDEN.test(segment)) return 'a name in it has a character that Windows does not allow'
  if (/[. ]$/.test(segment)) return 'a name in it ends with a dot or a space, which Windows drops'
  if (WIN32_DEVICE.test(segment)) return 'a name in it is the name of a Windows device'
  return undefined
}

/** The error for a name with a problem: `unsupported` where only its length is at fault, else `invalid`. */
export function invalidName(path: string, problem: string): TidekeepError {
  return new TidekeepError({
    code: problem.includes('longer than') ? 'unsupported' : 'invalid',
    message: `${path} cannot be written: ${problem}.`,
    path,
    fix: 'Rename it, or exclude it with an ignore rule.',
  })
}
