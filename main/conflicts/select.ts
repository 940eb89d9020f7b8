import { sideOfFile, type Conflict, type ConflictId } from '../../common/conflict.ts'
import type { Entry, FolderId } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { ConflictCounts, ConflictQuery } from '../../common/protocol.ts'
import type { ConflictStore } from '../state/store.ts'
import { createMatch } from './rules.ts'
import { seenOf } from './version-of.ts'

const PAGE = 1000

/** The query as the store takes it. Throws `invalid` for a scope that is no path. */
export function filterOf({ folderId, kind, scope }: ConflictQuery): {
  readonly folderId?: FolderId
  readonly kind?: Conflict['kind']
  readonly scope?: ReturnType<typeof toRelPath>
} {
  return {
    ...(folderId === undefined ? {} : { folderId: folderId as FolderId }),
    ...(kind === undefined ? {} : { kind }),
    ...(scope === undefined || scope === '' ? {} : { scope: toRelPath(scope) }),
  }
}

/** All that are not resolved and that a query finds, oldest first. */
export function selected(
  store: ConflictStore,
  query: ConflictQuery & { readonly pattern?: string },
): readonly Conflict[] {
  const takes = query.pattern === undefined ? undefined : createMatch(query.pattern)
  const found: Conflict[] = []
  let after: ConflictId | undefined
  for (;;) {
    const page = store.list({
      ...filterOf(query),
      state: 'unresolved',
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    })
    for (const conflict of page) if (takes === undefined || takes(conflict.path)) found.push(conflict)
    after = page.at(-1)?.id
    if (after === undefined) return found
  }
}

/** What a person is told before deciding many at once. */
export function countsOf(conflicts: readonly Conflict[]): ConflictCounts {
  const ofFiles = conflicts.filter((each) => sideOfFile(each) === undefined)
  const newer = ofFiles.map(newerOf)
  return {
    conflicts: conflicts.length,
    localNewer: newer.filter((side) => side === 'local').length,
    remoteNewer: newer.filter((side) => side === 'remote').length,
    againstFolder: conflicts.length - ofFiles.length,
    seen: seenOf(conflicts),
  }
}

/** Which version was changed later, by what the file systems say. */
export function newerOf({ local, remote }: Pick<Conflict, 'local' | 'remote'>): 'local' | 'remote' | 'neither' {
  const [mine, theirs] = [local.entry.mtimeNs, remote.entry.mtimeNs]
  if (mine === theirs || isTimeless(remote.entry)) return 'neither'
  return mine > theirs ? 'local' : 'remote'
}

/** What lies below a name at a target without folders stands for one, and has no time of its own. */
export function isTimeless({ kind, mtimeNs }: Entry): boolean {
  return kind === 'directory' && mtimeNs === 0n
}
