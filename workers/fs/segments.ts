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

/** {@link pathProblem} for many paths, one directory after the other: each directory is looked at once. */
export class PathCheck {
  readonly #rules: NameRules
  /** The directory of the last good path, with the slash at its end. */
  #goodDirectory = ''

  constructor(rules: NameRules) {
    this.#rules = rules
  }

  problem(path: string): Wording | undefined {
    const nameAt = path.lastIndexOf('/') + 1
    const isInGood = nameAt > 0 && nameAt === this.#goodDirectory.length && path.startsWith(this.#goodDirectory)
    if (isInGood && nameAt < path.length) return pathProblem(path.slice(nameAt), this.#rules)
    const problem = pathProblem(path, this.#rules)
    if (problem === undefined) this.#goodDirectory = path.slice(0, nameAt)
    return problem
  }
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
