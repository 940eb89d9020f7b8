import { nameOf, parentOf } from '../../../common/paths.ts'
import type { RelPath } from '../../../common/model.ts'
import type { CopyResult, PublishBatch, PublishResult, PublishResults, StagedFile } from '../../../workers/tasks.ts'
import type { BatchItem } from '../provider.ts'

/** An item and what its copying gave. */
export interface CopiedItem {
  readonly item: BatchItem
  readonly copied: CopyResult
}

/** Work for `publishBatch`, and the way from its answer back to each item. */
export interface PublishPlan {
  readonly work: Pick<PublishBatch, 'directories' | 'items'>
  /** Precondition: `item` was copied successfully. */
  resultOf(item: BatchItem, results: PublishResults): PublishResult
}

type Place =
  | { readonly kind: 'file'; readonly index: number }
  | { readonly kind: 'directory'; readonly index: number; readonly staged: StagedFile }

/** Directories that were staged as a whole are told in one line instead of one a file. */
export function planPublish(members: readonly CopiedItem[]): PublishPlan {
  const items: PublishBatch['items'][number][] = []
  const directories: { path: string; staged: string; fileCount: number }[] = []
  const directoryByStaged = new Map<string, number>()
  const placeByItem = new Map<BatchItem, Place>()
  for (const { item, copied } of members) {
    if (!copied.ok) continue
    const staged = parentOf(copied.staged.at as RelPath)
    if (!nameOf(staged).startsWith('d')) {
      placeByItem.set(item, { kind: 'file', index: items.length })
      items.push({ path: item.path, staged: copied.staged, expect: item.expect })
      continue
    }
    const index = directoryByStaged.get(staged) ?? directories.length
    if (index === directories.length) directories.push({ path: parentOf(item.path), staged, fileCount: 0 })
    directoryByStaged.set(staged, index)
    directories[index]!.fileCount++
    placeByItem.set(item, { kind: 'directory', index, staged: copied.staged })
  }
  return {
    work: { directories, items },
    resultOf: (item, results) => {
      const place = placeByItem.get(item)!
      if (place.kind === 'file') return results.items[place.index]!
      const published = results.directories[place.index]!
      return published === 'whole' ? { ok: true, stat: place.staged.stat } : published.get(nameOf(item.path))!
    },
  }
}
