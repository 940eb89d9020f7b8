import type { FolderId, RelPath } from '../../common/model.ts'
import type { Store } from '../state/store.ts'

/** Paths that passes changed at a target since, or are changing; undefined where they are too many. */
export type ChangesSince = () => readonly RelPath[] | undefined

/** Changes during one restore that are looked at again. */
const MAX_CHANGES = 1000
/** Rounds over what changed at the target while a restore was listing it. */
const MAX_ROUNDS = 4

/** Remembers how far passes are: by what they recorded, and what is under way. */
export function markChanges({ history, queue }: Pick<Store, 'history' | 'queue'>, folderId: FolderId): ChangesSince {
  const last = history.list({ folderId, limit: 1 })[0]?.id ?? 0
  return () => {
    const rows = history.list({ folderId, limit: MAX_CHANGES }).filter(({ id }) => id > last)
    if (rows.length === MAX_CHANGES) return undefined
    const since = rows.filter(({ kind }) => kind !== 'prune')
    const running = queue.list({ folderId, state: 'running', limit: MAX_CHANGES })
    return [...new Set([...since.map(({ path }) => path as RelPath), ...running.map(({ action }) => action.path)])]
  }
}

/** What {@link inRounds} is carried out by. */
export interface Rounds {
  readonly mark: () => ChangesSince
  readonly restore: (paths: readonly RelPath[]) => Promise<void>
  /** False: one round is enough, or all that is wanted. */
  readonly goesOn: () => boolean
  /** It was asked for, and is not back yet. */
  readonly isOpen: (path: RelPath) => boolean
  /** They are looked at again: what was said of them counts no more. */
  readonly onAgain: (paths: readonly RelPath[]) => void
}

/**
 * A target tells what it holds and what it keeps one after the other: what a pass changes in between is in neither.
 * So whatever was changed while it was listed is looked at again, until nothing was. Resolves to true where that did
 * not end: something may be missing.
 */
export async function inRounds(
  wanted: readonly RelPath[],
  { mark, restore, goesOn, isOpen, onAgain }: Rounds,
): Promise<boolean> {
  let paths = wanted
  for (let round = 1; paths.length > 0; round++) {
    const since = mark()
    await restore(paths)
    if (!goesOn()) return false
    const again = since()?.filter((path) => isOpen(path))
    if (again === undefined) return true
    if (round === MAX_ROUNDS) return again.length > 0
    onAgain(again)
    paths = again
  }
  return false
}
