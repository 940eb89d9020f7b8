import type { Entry } from '../../common/model.ts'
import { isWithin } from '../../common/paths.ts'
import type { FileVersions, KeptVersion, SourceProvider } from '../providers/provider.ts'
import { currentEntries, listedEntry, type AsOf, type PathAtMoment } from './as-of.ts'
import { fileReading, keptSource } from './kept-source.ts'
import type { Records } from './records.ts'
import type { Told } from './told-versions.ts'

/** The moment that is asked for of a target that tells versions file by file, and what this computer remembers of it. */
export interface AsOfByFile extends AsOf {
  readonly records: Pick<Records, 'pathsAt'>
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>
  /** What the target told before, by path and etag: for a second walk. */
  readonly told: Told
}

/** Files asked about at once. */
export const FILES_AT_ONCE = 8
/** Answers that are kept for a second walk; beyond, it asks again. */
const MAX_TOLD = 100_000

/**
 * Everything at and below a path as it was at a moment, by what a store tells of each file that changed since: what
 * did not is not asked about. Then what this computer's history knows to have been there and the target does not hold
 * any more, and once that the store does not tell what else was deleted.
 */
export async function* asOfByFile(options: AsOfByFile): AsyncGenerator<PathAtMoment> {
  const { path, atMs, records, pause } = options
  const gone = new Set(await records.pathsAt?.(atMs, pause))
  for await (const was of inOrder(currentEntries(options), (entry) => entryAt(entry, options))) {
    if (was.kind === 'there') gone.delete(was.entry.path)
    else gone.delete(was.path)
    yield was
  }
  for (const each of gone) if (isWithin(each, path)) yield { kind: 'gone-since', path: each }
  yield { kind: 'deleted-untold', path }
}

async function entryAt(entry: Entry, options: AsOfByFile): Promise<PathAtMoment> {
  const { provider, atMs } = options
  const present = { kind: 'there', entry, isCertain: true } as const
  if (entry.kind !== 'file' || (entry.storedAtMs !== undefined && entry.storedAtMs <= atMs)) return present
  const told = await toldOf(entry, options)
  // Deleted while this walk went on.
  if (told === undefined) return { kind: 'gone-since', path: entry.path }
  const was = toldAt(told, atMs)
  if (was.kind === 'present') return present
  return was.kind === 'earlier' ? earlier(provider, was.version) : { kind: was.kind, path: entry.path }
}

/** What a file was at a moment, by all that its store tells of it. */
export type ToldAt =
  | { readonly kind: 'present' }
  | { readonly kind: 'earlier'; readonly version: KeptVersion }
  | { readonly kind: 'not-kept' | 'younger' }

/** By when versions began; what the store let go of by its own limit is told from what was not there yet by when the file came to be. */
export function toldAt({ presentSinceMs, createdMs, kept }: FileVersions, atMs: number): ToldAt {
  // Only its name or its times changed since.
  if (presentSinceMs <= atMs) return { kind: 'present' }
  const version = kept.find(({ storedAtMs }) => storedAtMs !== undefined && storedAtMs <= atMs)
  if (version !== undefined) return { kind: 'earlier', version }
  const wasThere = createdMs !== undefined && createdMs <= atMs
  return { kind: wasThere ? 'not-kept' : 'younger' }
}

/** With all that its listing tells, so that it need not be asked for again. */
function earlier(provider: SourceProvider, version: KeptVersion): PathAtMoment {
  const { storedAtMs = 0, checksum } = version
  const mtimeNs = BigInt(Math.floor(storedAtMs / 1000)) * 1_000_000_000n
  const entry = { ...listedEntry(version), mtimeNs, checksums: checksum === undefined ? [] : [checksum] }
  return { kind: 'there', entry, from: keptSource(fileReading(provider), version), kept: version, isCertain: true }
}

async function toldOf(
  { path, etag }: Entry,
  { provider, told, signal }: AsOfByFile,
): Promise<FileVersions | undefined> {
  const key = `${path}\0${etag ?? ''}`
  const before = etag === undefined ? undefined : told.get(key)
  if (before !== undefined) return before
  const found = await provider.features.fileVersions!(path, { signal })
  if (found !== undefined && told.size < MAX_TOLD) told.set(key, found)
  return found
}

/** What becomes of each, in their order, a few at a time. */
async function* inOrder<T, R>(items: AsyncIterable<T>, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const begun: Promise<R>[] = []
  for await (const item of items) {
    const one = work(item)
    // Its failure is told when its turn comes, if it comes.
    one.catch(() => undefined)
    begun.push(one)
    if (begun.length === FILES_AT_ONCE) yield begun.shift()!
  }
  for (const one of begun) yield one
}
