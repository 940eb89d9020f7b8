import type { ConflictRule } from '../../common/conflict.ts'
import { choicesForMany } from './choices.ts'
import { decide } from './decide.ts'
import { newerOf, selected } from './select.ts'
import type { ConflictSides } from './sides.ts'

/** Decides every conflict of the folder that waits, in one way, where that is a way to settle it. */
export async function decideOpen(sides: ConflictSides, resolution: ConflictRule['resolution']): Promise<void> {
  const waiting = selected(sides.store.conflicts, { folderId: sides.folder.id })
  const kindFor = resolution === 'newest' ? NEWEST : { local: resolution, remote: resolution, neither: resolution }
  const byKind = Map.groupBy(waiting, (conflict) => kindFor[newerOf(conflict)])
  for (const [kind, conflicts] of byKind) {
    if (kind === undefined) continue
    const possible = conflicts.filter((conflict) => choicesForMany(conflict, sides).includes(kind))
    await decide(sides, possible, { kind }, true)
  }
}

/** Of one age: neither is the newest, so a person is asked. */
const NEWEST = { local: 'keep-local', remote: 'keep-remote', neither: undefined } as const
