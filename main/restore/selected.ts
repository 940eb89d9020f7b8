import type { RelPath } from '../../common/model.ts'
import { ROOT_PATH, isWithin } from '../../common/paths.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { asOfByFile } from './as-of-by-file.ts'
import { asLast, asOf, currentEntries, listedEntry, type PathAtMoment } from './as-of.ts'
import { fileReading, findKept, keptReading, keptSource } from './kept-source.ts'
import type { Records } from './records.ts'
import type { Told } from './told-versions.ts'
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
  /** What is there now, and of what is gone its last version. */
  readonly last?: boolean | undefined
  /** What this computer remembers of the target: it tells what was there where the target does not. */
  readonly records?: Pick<Records, 'pathsAt'>
  /** Lets others have their turn while those are read. */
  readonly pause?: () => Promise<void>
  /** What the target told of files before; left out: nothing. */
  readonly told?: Told
  readonly signal: AbortSignal
}

/**
 * What a restore takes, each call anew. The target is asked at that time: what was read of it before, for
 * looking, decides nothing. Throws `not-found` for a version that is kept no longer, `unsupported` where
 * none are.
 */
export async function selectedBy(choice: Choice): Promise<() => AsyncIterable<PathAtMoment>> {
  const { provider, paths, token, atMs, last, signal } = choice
  const isByFile = provider.features.fileVersions !== undefined
  if ((atMs !== undefined || last === true) && !isByFile) keptReading(provider)
  const { told = new Map() as Told } = choice
  if (token === undefined || token === CURRENT_TOKEN) return () => chosen(choice, told)
  const path = paths[0]!
  const kept = await findKept(provider, path, { token, signal })
  const entry = listedEntry(kept)
  const from = keptSource(fileReading(provider), kept)
  return async function* () {
    yield { kind: 'there', entry, from, kept, isCertain: true }
  }
}

/** One walk over what all of the paths lie in, so that none is brought back twice. */
async function* chosen(choice: Choice, told: Told): AsyncGenerator<PathAtMoment> {
  const { paths } = choice
  for await (const item of everythingBelow(choice, { path: commonFolder(paths), told })) {
    const at = item.kind === 'there' ? item.entry.path : item.path
    if (item.kind === 'deleted-untold' || paths.some((wanted) => isWithin(at, wanted))) yield item
  }
}

function everythingBelow(
  { provider, atMs, last, records = {}, pause = async () => undefined, signal }: Choice,
  { path, told }: { readonly path: RelPath; readonly told: Told },
): AsyncIterable<PathAtMoment> {
  const isByFile = provider.features.fileVersions !== undefined
  if (atMs !== undefined)
    return isByFile
      ? asOfByFile({ provider, path, atMs, records, pause, told, signal })
      : asOf({ provider, path, atMs, signal })
  // Of what is gone, a target that tells versions file by file tells nothing.
  return last === true && !isByFile ? asLast({ provider, path, signal }) : present({ provider, path, signal })
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
