import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { toRelPath } from '../../common/paths.ts'
import { SafeRoot } from '../../workers/fs/safe-root.ts'

/** Removes a scratch directory with everything in it; links are removed, never followed. Missing is fine. */
export function removeScratch(directory: string): void {
  const parent = dirname(directory)
  if (!existsSync(parent)) return
  const root = SafeRoot.open(parent)
  try {
    root.removeTree(toRelPath(basename(directory)))
  } finally {
    root.close()
  }
}
