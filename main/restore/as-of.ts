import type { Entry, RelPath } from '../../common/model.ts'
import type { KeptVersion, SourceProvider } from '../providers/provider.ts'
import { isFollowed, isOfMoment, isToldPresent, isYounger, toldBeginning } from './at-moment.ts'
import { keptHistories, type KeptHistory } from './kept-histories.ts'
import { keptReading, keptSource, type FileSource, type KeptReading } from './kept-source.ts'
import { flatten, mergeByPath } from './merge.ts'
import { currentFile } from './versions.ts'

/** The moment that is asked for, and of what. */
export interface AsOf {
  readonly provider: SourceProvider
  readonly path: RelPath
  readonly atMs: number
  readonly signal: AbortSignal
  /** For tests; see {@link keptHistories}. */
  readonly maxHeld?: number
}

/** What a path was at a moment. */
export type PathAtMoment =
  /**
   * `kept`: the earlier version it is, read from `from`, if it is not what the path holds now. `isCertain` false: the
   * target does not tell whether the path had it already.
   */
  | {
      readonly kind: 'there'
      readonly entry: Entry
      readonly from?: FileSource
      readonly kept?: KeptVersion
      readonly isCertain: boolean
    }
  /** It was there, and the version it had was not kept, or is not any more. */
  | { readonly kind: 'not-kept'; readonly path: RelPath; readonly nearest?: Nearest }
  /** What is known of it is younger: it was not there yet, or what it was is not kept. */
  | { readonly kind: 'younger'; readonly path: RelPath }
  /** It was there, is not there any more, and the target does not tell what is deleted. */
  | { readonly kind: 'gone-since'; readonly path: RelPath }
  /** Of everything at and below the path: what else was deleted since is not told. */
  | { readonly kind: 'deleted-untold'; readonly path: RelPath }

/** The versions around a moment that none is kept of. Milliseconds since the epoch. */
export interface Nearest {
  /** The one before was there until then. */
  readonly untilMs: number
  /** The one after it was there from then on, where that is known. */
  readonly fromMs?: number
}

/**
 * Everything at and below a path as it was at a moment, in `comparePaths` order, by what the target
 * records: when it stored what is there now, and when what it keeps began and ended. Something is left out only
 * where the target's time *and* the file's own time are both after the moment, or where the whole
 * life of a version is told, by its name or a versioned store: a copy or a touch at the target makes it look younger than
 * it is. Throws `unsupported` for a target that keeps no versions.
 */
export async function* asOf(options: AsOf): AsyncGenerator<PathAtMoment> {
  const kept = keptReading(options.provider)
  const histories = keptHistories(kept, options)
  for await (const { items } of mergeByPath<Entry | KeptHistory>([currentEntries(options), histories])) {
    const current = items[0] as Entry | undefined
    const was = await pathAt(kept, options, { current, history: items[1] })
    if (was !== undefined) yield was
  }
}

/**
 * Everything at and below a path as it was last, in `comparePaths` order: what is there now, and of what is gone the
 * version that ended last. Throws `unsupported` for a target that keeps no versions.
 */
export async function* asLast(options: Omit<AsOf, 'atMs'>): AsyncGenerator<PathAtMoment> {
  const kept = keptReading(options.provider)
  const histories = keptHistories(kept, { ...options, atMs: Infinity })
  for await (const { items } of mergeByPath<Entry | KeptHistory>([currentEntries(options), histories])) {
    const [current, history] = items as readonly [Entry | undefined, KeptHistory | undefined]
    if (current !== undefined) yield { kind: 'there', entry: current, isCertain: true }
    else if (history?.ended !== undefined) yield { kind: 'there', ...earlier(kept, history.ended), isCertain: true }
  }
}

/** Everything at and below a path as it is now, in the order of the listing. */
export async function* currentEntries({
  provider,
  path,
  signal,
}: Pick<AsOf, 'provider' | 'path' | 'signal'>): AsyncGenerator<Entry> {
  let isEmpty = true
  for await (const entry of flatten(provider.list(path, { signal }))) {
    isEmpty = false
    yield entry
  }
  const itself = isEmpty && path !== '' ? await currentFile(provider, path, { signal }) : undefined
  if (itself !== undefined) yield itself
}

async function pathAt(
  kept: KeptReading,
  { provider, atMs, signal }: AsOf,
  known: { readonly current: Entry | undefined; readonly history: KeptHistory | undefined },
): Promise<PathAtMoment | undefined> {
  const { current, history } = known
  const ended = history?.ended
  if (history?.covering !== undefined) return keptAt(kept, history.covering, { ended, atMs, signal })
  if (current === undefined) return undefined
  if (isOfMoment(current.storedAtMs, ended, atMs)) return { kind: 'there', entry: current, isCertain: true }
  if (current.kind === 'directory') {
    // Those that files need are made with them.
    return current.storedAtMs === undefined ? { kind: 'there', entry: current, isCertain: true } : undefined
  }
  // Some listings tell only when something was stored.
  const entry = current.checksums === undefined ? await provider.stat(current.path, { signal }) : current
  const isTold = isToldPresent(current.storedAtMs, ended)
  if (isTold || isYounger(mtimeMsOf(entry), atMs, current.storedAtMs))
    return missingAt(entry.path, ended, current.storedAtMs)
  return { kind: 'there', entry, isCertain: false }
}

async function keptAt(
  kept: KeptReading,
  version: KeptVersion,
  {
    ended,
    atMs,
    signal,
  }: { readonly ended: KeptVersion | undefined; readonly atMs: number; readonly signal: AbortSignal },
): Promise<PathAtMoment> {
  const { path, keptAtMs } = version
  const begunMs = toldBeginning(version, ended)
  const listed = earlier(kept, version)
  if (isOfMoment(begunMs, ended, atMs)) return { kind: 'there', ...listed, isCertain: true }
  const missing = missingAt(path, ended, begunMs)
  if (begunMs !== undefined) return missing
  const entry = await kept.statKept(version, { signal })
  if (isYounger(mtimeMsOf(entry), atMs, keptAtMs)) return missing
  return { kind: 'there', ...listed, entry, isCertain: false }
}

/** What ended before was followed by one that is gone; or was not, and what is known is younger. */
function missingAt(path: RelPath, ended: KeptVersion | undefined, fromMs: number | undefined): PathAtMoment {
  if (!isFollowed(ended)) return { kind: 'younger', path }
  return {
    kind: 'not-kept',
    path,
    nearest: { untilMs: ended.keptAtMs, ...(fromMs === undefined ? {} : { fromMs }) },
  }
}

/** A kept version before it is looked at. */
function earlier(
  kept: KeptReading,
  version: KeptVersion,
): { readonly entry: Entry; readonly from: FileSource; readonly kept: KeptVersion } {
  return { entry: listedEntry(version), from: keptSource(kept, version), kept: version }
}

/** What its listing tells of a kept version. */
export function listedEntry({ path, sizeBytes: size, storageClass }: KeptVersion): Entry {
  return { path, kind: 'file', size, mtimeNs: 0n, ...(storageClass === undefined ? {} : { storageClass }) }
}

function mtimeMsOf({ mtimeNs }: Entry): number {
  return Number(mtimeNs / 1_000_000n)
}
