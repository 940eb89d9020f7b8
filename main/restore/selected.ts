import type { Entry, RelPath } from '../../common/model.ts'
import { ROOT_PATH, isWithin } from '../../common/paths.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { asOf, currentEntries, type PathAtMoment } from './as-of.ts'
import { findKept, keptReading, keptSource } from './kept-source.ts'
import { CURRENT_TOKEN } from './versions.ts'

/** What a person chose to bring back. */
export interface Choice {
  readonly provider: SourceProvider
  /** Files, and folders with everything below; at least one. */
  readonly paths: readonly RelPath[]
  /** Of the one path: exactly this version. */
  readonly token?: string | undefined
  /** Left out: what the target holds now. */
  readonly atMs?: number | undefined
  readonly signal: AbortSignal
}

/**
 * What a restore takes, each call anew. The target is asked at that time: what was read of it before, for
 * looking, decides nothing. Throws `not-found` for a version that is kept no longer, `unsupported` where
 * none are.
 */
export async function selectedBy(choice: Choice): Promise<() => AsyncIterable<PathAtMoment>> {
  const { provider, paths, token, atMs, signal } = choice
  if (atMs !== undefined) keptReading(provider)
  if (token === undefined || token === CURRENT_TOKEN) return () => chosen(choice)
  const path = paths[0]!
  const kept = await findKept(provider, path, { token, signal })
  const entry: Entry = { path, kind: 'file', size: kept.sizeBytes, mtimeNs: 0n }
  const from = keptSource(keptReading(provider), kept)
  return async function* () {
    yield { kind: 'there', entry, from, isCertain: true }
  }
}

/** One walk over what all of the paths lie in, so that none is brought back twice. */
async function* chosen({ provider, paths, atMs, signal }: Choice): AsyncGenerator<PathAtMoment> {
  const path = commonFolder(paths)
  for await (const item of atMs === undefined
    ? present({ provider, path, signal })
    : asOf({ provider, path, atMs, signal })) {
    const at = item.kind === 'there' ? item.entry.path : item.path
    if (paths.some((wanted) => isWithin(at, wanted))) yield item
  }
}

async function* present(options: Parameters<typeof currentEntries>[0]): AsyncGenerator<PathAtMoment> {
  for await (const entry of currentEntries(options)) yield { kind: 'there', entry, isCertain: true }
}

/** The deepest path that all of them are at or below. */
export function commonFolder(paths: readonly RelPath[]): RelPath {
  let common = (paths[0] ?? ROOT_PATH).split('/')
  for (const path of paths) {
    const segments = path.split('/')
    const differs = common.findIndex((segment, index) => segment !== segments[index])
    if (differs >= 0) common = common.slice(0, differs)
  }
  return common.join('/') as RelPath
}
