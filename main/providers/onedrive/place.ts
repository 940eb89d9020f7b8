import type { RelPath } from '../../../common/model.ts'
import { localPath } from './names.ts'

/** Where in a followed folder something is. */
export interface Place {
  /** Undefined for what has a name that stands for none of this side, and for what is below it: it is nobody's, and nothing can be asked to be there. */
  readonly path: RelPath | undefined
  /** Names above what is in it, from the drive's root on. */
  readonly depth: number
}

/** Where something called `name` is that lies at a place. */
export function placeBelow({ path, depth }: Place, name: string): Place {
  return { path: path === undefined ? undefined : localPath(path, name, depth), depth: depth + 1 }
}
