import { TidekeepError } from '../../common/errors.ts'
import type { Wording } from '../../common/messages/wording.ts'
import { isTooLong, nameProblem, type NameRules } from '../../common/name-rules.ts'
import { relPathProblem } from '../../common/paths.ts'
import { threadWordings } from '../thread-wordings.ts'

/** Paths that break no rule of POSIX systems, by far the most: short names of plain letters that begin with no dot. */
const PLAIN_PATH = /^[\w-][\w .-]{0,200}(?:\/[\w-][\w .-]{0,200})*$/

/**
 * Says why `path` may not be written below a root, or undefined. Looks at each segment by itself:
 * comparing resolved prefixes lets `../root2` through and refuses the legal name `..foo`.
 */
export function pathProblem(path: string, rules: NameRules): Wording | undefined {
  if (rules === 'posix' && PLAIN_PATH.test(path)) return undefined
  const general = relPathProblem(path)
  if (general !== undefined || path === '') return general
  for (const segment of path.split('/')) {
    const problem = nameProblem(segment, rules)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The error for a name with a problem: `unsupported` where only its length is at fault, else `invalid`. */
export function invalidName(path: string, problem: Wording): TidekeepError {
  return new TidekeepError({
    code: isTooLong(problem) ? 'unsupported' : 'invalid',
    message: threadWordings.target.unwritable({ path, why: problem }),
    path,
    fix: threadWordings.fix.rename,
  })
}
