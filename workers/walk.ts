import { IgnoreLevel, toIgnoreLines } from './ignore/ignore-level.ts'
import type { WalkParams } from './tasks.ts'
import { Exclusions } from './walk/exclusions.ts'
import { BatchFeed } from './walk/feed.ts'
import { realFiles, type WalkFiles } from './walk/files.ts'
import { WalkRoot } from './walk/root.ts'
import { walkScopes } from './walk/scopes.ts'
import { TreeWalk, type WalkContext } from './walk/tree.ts'

/**
 * Streams scopes of a folder as `WalkMessage`s in `comparePaths` order; the last one is the end, or
 * the failure: `not-found` when the root is gone or was replaced meanwhile, `forbidden` or
 * `unavailable` when it cannot be read. The root itself is not among the entries.
 */
export async function walk(params: WalkParams, files: WalkFiles = realFiles): Promise<undefined> {
  const feed = new BatchFeed(params.port, params.batchesAhead)
  try {
    if (await walkInto(feed, params, files)) feed.end()
  } catch (error) {
    feed.fail(error)
  }
}

/** False when nobody reads any more. */
async function walkInto(feed: BatchFeed, params: WalkParams, files: WalkFiles): Promise<boolean> {
  const root = new WalkRoot(params.root, files)
  const context: WalkContext = {
    root,
    files,
    exclusions: new Exclusions(root.resolve(''), params.excludedPaths, files),
    send: (batch) => feed.send(batch),
  }
  const tree = new TreeWalk(context)
  const outermost = IgnoreLevel.outermost(toIgnoreLines(params.ignoreLines, 'settings'))
  if (!(await walkScopes(tree, context, params.scopes, outermost)) || !(await tree.finish())) return false
  root.assertSame()
  return true
}
