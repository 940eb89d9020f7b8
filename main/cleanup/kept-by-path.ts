import type { RelPath } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import type { Features, KeptVersion } from '../providers/provider.ts'

/** Everything that is kept of one path. */
export interface KeptOfPath {
  readonly path: RelPath
  readonly versions: readonly KeptVersion[]
}

/** What is asked for. */
export interface KeptByPathOptions {
  readonly path: RelPath
  readonly signal: AbortSignal
  /** Versions held in memory at once. */
  readonly maxHeld?: number
}

/** About 60 MB. */
const MAX_HELD = 100_000

/**
 * All kept versions, path by path in `comparePaths` order. They are listed in no order: each look at the listing holds
 * those of the first paths after what was given already, so that memory is bounded and few versions take one look. A
 * path alone is never parted.
 */
export async function* keptByPath(
  keptVersions: NonNullable<Features['keptVersions']>,
  options: KeptByPathOptions,
): AsyncGenerator<KeptOfPath> {
  let after: RelPath | undefined
  for (;;) {
    const { paths, isLast } = await firstAfter(keptVersions, after, options)
    yield* paths
    if (isLast) return
    after = paths.at(-1)!.path
  }
}

async function firstAfter(
  keptVersions: NonNullable<Features['keptVersions']>,
  after: RelPath | undefined,
  { path, signal, maxHeld = MAX_HELD }: KeptByPathOptions,
): Promise<{ readonly paths: readonly KeptOfPath[]; readonly isLast: boolean }> {
  let held = new Map<RelPath, KeptVersion[]>()
  let heldVersions = 0
  let last: RelPath | undefined
  for await (const version of keptVersions(path, { signal })) {
    if (after !== undefined && comparePaths(version.path, after) <= 0) continue
    if (last !== undefined && comparePaths(version.path, last) > 0) continue
    const versions = held.get(version.path)
    if (versions === undefined) held.set(version.path, [version])
    else versions.push(version)
    heldVersions++
    if (heldVersions <= maxHeld || held.size === 1) continue
    const first = firstHalf(sorted(held), maxHeld / 2)
    last = first.at(-1)!.path
    held = new Map(first.map((each) => [each.path, each.versions as KeptVersion[]]))
    heldVersions = countOf(first)
  }
  return { paths: sorted(held), isLast: last === undefined }
}

function sorted(held: ReadonlyMap<RelPath, readonly KeptVersion[]>): readonly KeptOfPath[] {
  return [...held].map(([path, versions]) => ({ path, versions })).sort((a, b) => comparePaths(a.path, b.path))
}

/** The first paths with so many versions at most; one at least. */
function firstHalf(paths: readonly KeptOfPath[], maxVersions: number): readonly KeptOfPath[] {
  let count = 0
  const end = paths.findIndex(({ versions }) => (count += versions.length) > maxVersions)
  return paths.slice(0, Math.max(1, end < 0 ? paths.length : end))
}

function countOf(paths: readonly KeptOfPath[]): number {
  return paths.reduce((sum, { versions }) => sum + versions.length, 0)
}
