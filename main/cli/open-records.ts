import type { FolderId } from '../../common/model.ts'
import type { S3Options } from '../../common/settings.ts'
import { isKeptNeeded, isKnownAsPresent } from '../cleanup/needed.ts'
import type { Host } from '../host.ts'
import { pairsOf, stateDirectory } from '../pairs.ts'
import { createRecords, type RememberedTree } from '../restore/records.ts'
import { markChanges } from '../restore/rounds.ts'
import { openSettings } from '../state/settings-store.ts'
import { openStoreForReading } from '../state/sqlite-store.ts'
import type { Store } from '../state/store.ts'
import type { OpenRecords } from './ports.ts'

const PAIR = 'pair' as FolderId

/** One tree that may have been recorded for the target. */
interface Candidate {
  readonly directory: string
  readonly folderId: FolderId
  readonly s3: S3Options
}

/** What configured folders and earlier `sync` runs remember of one target. Nothing is written; a running service is not disturbed. */
export async function openRecords(host: Host, target: string): Promise<OpenRecords> {
  const stores = new Map<string, Store>()
  const trees: RememberedTree[] = []
  const found = await candidates(host, target)
  const kept: { readonly store: Store; readonly folderId: FolderId }[] = []
  for (const { directory, folderId } of found) {
    const store = stores.get(directory) ?? (await openStoreForReading({ directory, clock: host.clock, log: host.log }))
    stores.set(directory, store)
    kept.push({ store, folderId })
    const isKnown = store.folders.get(folderId).compared || store.baseline.totals(folderId).files > 0
    if (isKnown) trees.push({ baseline: store.baseline, history: store.history, folderId })
  }
  return {
    records: createRecords(trees),
    trees: trees.length,
    s3: found[0]?.s3 ?? {},
    markChanges: () => {
      const marks = kept.map(({ store, folderId }) => markChanges(store, folderId))
      return () => {
        const changed = marks.map((since) => since())
        return changed.some((paths) => paths === undefined) ? undefined : changed.flatMap((paths) => paths ?? [])
      }
    },
    isNeeded: (path) => kept.some(({ store, folderId }) => isKeptNeeded(store, folderId, path)),
    isKnownAsPresent: (version) =>
      knowing(kept).some(({ store, folderId }) => isKnownAsPresent(store, folderId, version)),
    close: () => {
      for (const store of stores.values()) store.close()
    },
  }
}

/** Configured folders, else earlier runs of `sync`: one that was made once would hold what followed for ever. */
function knowing<T extends { readonly folderId: FolderId }>(kept: readonly T[]): readonly T[] {
  const configured = kept.filter(({ folderId }) => folderId !== PAIR)
  return configured.length > 0 ? configured : kept
}

async function candidates(host: Host, target: string): Promise<readonly Candidate[]> {
  const { folders } = (await openSettings(host.paths.config)).get()
  const configured = folders
    .filter((folder) => folder.target === target)
    .map(({ id, s3 }) => ({ directory: stateDirectory(host.paths), folderId: id as FolderId, s3: s3 ?? {} }))
  const pairs = pairsOf(host.paths, target).map(({ directory, s3 }) => ({
    directory,
    folderId: PAIR,
    s3,
  }))
  return [...configured, ...pairs]
}
