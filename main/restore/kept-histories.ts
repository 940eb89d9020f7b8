import type { RelPath } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import type { KeptVersion } from '../providers/provider.ts'
import { isBefore } from './at-moment.ts'
import type { KeptReading } from './kept-source.ts'

/** What a target keeps of one path, seen from a moment. */
export interface KeptHistory {
  readonly path: RelPath
  /** The last version that had ended by the moment. */
  ended?: KeptVersion
  /** The first version that ended after it: the one the path had, if it had begun. */
  covering?: KeptVersion
}

/** What is wanted of the kept versions. */
export interface HistoriesOptions {
  readonly path: RelPath
  readonly atMs: number
  readonly signal: AbortSignal
  /** Paths held in memory at once; half of it is what one look at the listing gives at least. */
  readonly maxHeld?: number
}

/** About 100 MB. */
const MAX_HELD = 200_000

/**
 * A history for each path that has kept versions, in `comparePaths` order. They are listed in no order:
 * each look keeps the first paths after those that were given already, so that memory is bounded and
 * few versions take one look.
 */
export async function* keptHistories(kept: KeptReading, options: HistoriesOptions): AsyncGenerator<KeptHistory> {
  let after: RelPath | undefined
  for (;;) {
    const { histories, isLast } = await firstAfter(kept, after, options)
    yield* histories
    if (isLast) return
    after = histories.at(-1)!.path
  }
}

async function firstAfter(
  { keptVersions }: KeptReading,
  after: RelPath | undefined,
  { path, atMs, signal, maxHeld = MAX_HELD }: HistoriesOptions,
): Promise<{ readonly histories: readonly KeptHistory[]; readonly isLast: boolean }> {
  let held = new Map<RelPath, KeptHistory>()
  let last: RelPath | undefined
  for await (const version of keptVersions(path, { signal })) {
    if (after !== undefined && comparePaths(version.path, after) <= 0) continue
    if (last !== undefined && comparePaths(version.path, last) > 0) continue
    const history = held.get(version.path) ?? { path: version.path }
    held.set(version.path, history)
    add(history, version, atMs)
    if (held.size <= maxHeld) continue
    const first = sorted(held).slice(0, Math.max(1, maxHeld / 2))
    last = first.at(-1)!.path
    held = new Map(first.map((each) => [each.path, each]))
  }
  return { histories: sorted(held), isLast: last === undefined }
}

function add(history: KeptHistory, version: KeptVersion, atMs: number): void {
  const { ended, covering } = history
  if (version.keptAtMs <= atMs) {
    if (ended === undefined || !isBefore(version, ended)) history.ended = version
  } else if (covering === undefined || isBefore(version, covering)) history.covering = version
}

function sorted(held: ReadonlyMap<RelPath, KeptHistory>): readonly KeptHistory[] {
  return [...held.values()].sort((a, b) => comparePaths(a.path, b.path))
}
