import { statSync, type Stats } from 'node:fs'
import { rootError } from '../../workers/walk/problems.ts'
import { usageError } from './failure.ts'
import { cliTexts } from './cli-texts.ts'

/** What is at a path that was typed, links followed; undefined where nothing is. Throws `forbidden`, `unavailable`, or a usage error for what cannot be a path here. */
export function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (!IMPOSSIBLE.has(code)) throw rootError(path, error)
    throw usageError(cliTexts.look.cannotBeAPathOn({ path: shown(path), code }), cliTexts.look.cannotBeAPathOnFix)
  }
}

/** Too long, a circle of links, a NUL or half a character in it. */
const IMPOSSIBLE = new Set(['ENAMETOOLONG', 'ELOOP', 'EINVAL', 'EILSEQ', 'ERR_INVALID_ARG_VALUE'])

function shown(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path
}
