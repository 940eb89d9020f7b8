import { TidekeepError } from '../../../common/errors.ts'
import { nameOf } from '../../../common/paths.ts'
import type { Entry } from '../../../common/model.ts'
import type { CopyResults, PublishBatch, PublishResult, PublishResults, TargetPlace } from '../../../workers/tasks.ts'
import type { BatchItem, BatchResult, PutResult } from '../provider.ts'
import { toEntry } from './entry.ts'
import { keepAt, keptOf } from './kept.ts'

const HASH_LENGTH = 64

/** A copied batch: its items, and what copying gave for each of them. */
export interface CopiedBatch {
  readonly items: readonly BatchItem[]
  readonly copied: CopyResults
}

/** What there is to publish: directories that were staged as a whole, and files one by one. */
export function publishWork({ items, copied }: CopiedBatch): Pick<PublishBatch, 'directories' | 'items'> {
  const singles: PublishBatch['items'][number][] = []
  for (const [at, { path, expect, keep }] of items.entries()) {
    const place = copied.places[at]!
    if (place >= 0 || copied.failures.has(at)) continue
    singles.push({ path, staged: copied.singles[-place - 1]!, expect, ...keepAt({ keep }) })
  }
  return { directories: copied.directories, items: singles }
}

/** How each item of the batch ended, once {@link publishWork} was done. */
export function putResults(
  place: TargetPlace,
  { items, copied }: CopiedBatch,
  published: PublishResults,
): readonly BatchResult[] {
  const etags = copied.etags.split('\0')
  return items.map((item, at): BatchResult => {
    const failure = copied.failures.get(at)
    if (failure !== undefined) return { ok: false, error: new TidekeepError(failure) }
    const result = publishedAt(item, copied.places[at]!, published)
    if (result !== 'as-staged' && !result.ok) return { ok: false, error: new TidekeepError(result.failure) }
    const entry =
      result === 'as-staged'
        ? stagedEntry(item, { mtimeNs: copied.mtimesNs[at]!, mode: copied.modes[at]!, etag: etags[at]! })
        : toEntry(place, item.path, result.stat)
    const contentHash = copied.hashes.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH)
    const put: PutResult = { entry, contentHash, verifiedBy: 'read-back', bytesSent: entry.size }
    const isKept = result !== 'as-staged' && result.kept !== undefined
    return { ok: true, result: isKept ? { ...put, ...keptOf(item.path, result) } : put }
  })
}

function publishedAt(item: BatchItem, place: number, results: PublishResults): PublishResult | 'as-staged' {
  if (place < 0) return results.items[-place - 1]!
  const directory = results.directories[place]!
  return directory === 'whole' ? 'as-staged' : directory.get(nameOf(item.path))!
}

function stagedEntry({ path, content }: BatchItem, stat: Pick<Required<Entry>, 'mtimeNs' | 'mode' | 'etag'>): Entry {
  return { path, kind: 'file', size: content.file!.size, ...stat }
}
