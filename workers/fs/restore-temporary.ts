import { parentOf, toRelPath } from '../../common/paths.ts'
import type { RelPath } from '../../common/model.ts'
import { blake3Hex } from '../hash/blake3.ts'
import { hasCode, type SafeRoot } from './safe-root.ts'

/**
 * What a file that is brought back is called until it is whole: beside its place, and the same name for every attempt, so
 * that one that was cut off leaves at most one and the next takes it away.
 */
export function temporaryBeside(path: RelPath): RelPath {
  const parent = parentOf(path)
  const name = `.tidekeep-restore-${blake3Hex(Buffer.from(path)).slice(0, 16)}.part`
  return toRelPath(parent === '' ? name : `${parent}/${name}`)
}

/** Creates it for reading and writing, in the place of what an attempt that was cut off left. The caller closes the descriptor. */
export function createFresh(root: SafeRoot, temporary: RelPath): number {
  try {
    return root.createFile(temporary)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    root.removeFile(temporary)
    return root.createFile(temporary)
  }
}
