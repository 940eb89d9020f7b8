import type { ConflictRule } from '../../common/conflict.ts'
import type { RelPath } from '../../common/model.ts'
import { IgnoreLevel } from '../../workers/ignore/ignore-level.ts'

/** Says whether a gitignore pattern, relative to the folder, takes the file at a path: by itself, or a folder it lies in. */
export function createMatch(pattern: string): (path: RelPath) => boolean {
  const level = IgnoreLevel.outermost([{ pattern, source: 'rule', line: 1 }])
  return (path) => {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (level.ignoredBy(path.slice(0, at), true) !== undefined) return true
    }
    return level.ignoredBy(path, false) !== undefined
  }
}

/** The first of the rules that takes a path. */
export function createRules(rules: readonly ConflictRule[]): (path: RelPath) => ConflictRule | undefined {
  const compiled = rules.map((rule) => ({ rule, takes: createMatch(rule.pattern) }))
  return (path) => compiled.find(({ takes }) => takes(path))?.rule
}
