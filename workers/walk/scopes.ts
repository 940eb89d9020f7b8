import type { BigIntStats } from 'node:fs'
import { parentsOf } from '../ignore/explain.ts'
import { IGNORE_FILE, type IgnoreLevel } from '../ignore/ignore-level.ts'
import { systemCode } from '../fs/system-code.ts'
import { otherDevice, unreadable } from './problems.ts'
import type { TreeWalk, WalkContext } from './tree.ts'

/** A part of the folder to walk; the path '' is the root. */
export interface WalkScope {
  readonly path: string
  readonly recursive: boolean
}

/** How far a scope's parents let it be reached. */
type Reach =
  | { readonly kind: 'level'; readonly level: IgnoreLevel }
  | { readonly kind: 'absent' | 'ignored' | 'reported' }

/** Walks one scope after the other. Precondition: disjoint and in `comparePaths` order. False when nobody reads any more. */
export async function walkScopes(
  walk: TreeWalk,
  context: WalkContext,
  scopes: readonly WalkScope[],
  outermost: IgnoreLevel,
): Promise<boolean> {
  const rootLevel = outermost.below('', context.files.readIgnoreFile(context.root.resolve(IGNORE_FILE)))
  for (const scope of scopes) {
    if (scope.path === '') {
      if (scope.recursive && !(await walk.visitRoot(outermost))) return false
      continue
    }
    const reach = reachOf(scope.path, rootLevel, context, walk)
    if (reach.kind === 'ignored') walk.countIgnored()
    if (reach.kind === 'level' && !(await walk.visit(scope.path, scope.recursive, reach.level))) return false
  }
  return true
}

/** The ignore level in the parent of `path`. A parent that is no directory any more leaves nothing to visit. */
function reachOf(path: string, rootLevel: IgnoreLevel, context: WalkContext, walk: TreeWalk): Reach {
  const { root, files, exclusions } = context
  let level = rootLevel
  for (const parent of parentsOf(path)) {
    let stat: BigIntStats | undefined
    try {
      stat = files.lstat(root.resolve(parent))
    } catch (error) {
      if (systemCode(error) === '') throw error
      walk.report(unreadable(path, error))
      return { kind: 'reported' }
    }
    if (stat === undefined) root.assertSame()
    if (stat === undefined || !stat.isDirectory()) return { kind: 'absent' }
    if (exclusions.has(parent, true, stat) || level.ignoredBy(parent, true) !== undefined) return { kind: 'ignored' }
    if (stat.dev !== root.device) {
      walk.report(otherDevice(path))
      return { kind: 'reported' }
    }
    level = level.below(parent, files.readIgnoreFile(root.resolve(`${parent}/${IGNORE_FILE}`)))
  }
  return { kind: 'level', level }
}
