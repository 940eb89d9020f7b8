import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../common/paths.ts'
import type { Counts, Summary } from '../../common/protocol.ts'
import type { DeltaDownloads } from '../delta/delta-download.ts'
import type { Clock } from '../host.ts'
import type { KeptVersion, SourceProvider } from '../providers/provider.ts'
import type { RunEvent } from '../run-once.ts'
import type { Nearest, PathAtMoment } from './as-of.ts'
import { isArchiveClass } from './compare-content.ts'
import { damagedVersion } from './damaged-version.ts'
import type { Destination } from './destination.ts'
import type { FileSource } from './kept-source.ts'
import { CopiesOut } from './copied-out.ts'
import { createLimiter, type Limiter } from './limiter.ts'
import { flatten } from './merge.ts'
import { NO_RECORDS, type Records } from './records.ts'
import { ReadAhead } from '../read-ahead.ts'
import { restoreFile, type FileOutcome } from './restore-file.ts'
import { createTally, type Tally } from './tally.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What to bring back, and where to. */
export interface RestoreOptions {
  readonly provider: SourceProvider
  readonly destination: Destination
  /** What this computer remembers of the target; stronger than what the target says of itself. */
  readonly records?: Records
  /** Only this file or folder of the target; '' for everything. */
  readonly path: RelPath
  /** What there is to bring back, instead of what the target holds now; each call begins anew. */
  readonly selected?: () => AsyncIterable<PathAtMoment>
  /** Nothing is written anywhere. */
  readonly dryRun: boolean
  /** Replaces files that differ; the old ones are kept beside them. */
  readonly overwrite: boolean
  /** Fetches only what files in the way do not hold already. */
  readonly delta?: DeltaDownloads
  readonly clock: Clock
  /** Aborted: no further file is begun. */
  readonly stop: AbortSignal
  /** Aborted: everything ends now. */
  readonly kill: AbortSignal
  readonly onEvent: (event: RunEvent) => void
  /** Told of each file that is in an archive class and is, or in a dry run would be, restored; `kept`: it is that earlier version. */
  readonly onArchived?: (entry: Entry, kept?: KeptVersion) => void
}

/** What a restore did; the rest of the summary is the caller's. */
export interface RestoreResult extends Pick<Summary, 'bytes' | 'actions' | 'failures'> {
  readonly counts: Counts
  /** Files whose target records no checksum: restored, but only their size could be compared. */
  readonly unverified: number
  /** Of the restored files, in an archive class: a dry run does not know whether they can be read. */
  readonly archived: number
  /** Of the failures, files that must be thawed first. */
  readonly frozen: number
  /** Files that are restored although the target does not tell whether they were there already. */
  readonly uncertain: number
  /** Files that are left out: everything the target has of them is younger. */
  readonly younger: number
  /** The target holds nothing at that path. */
  readonly isEmpty: boolean
}

/** What one file is restored by. */
type FileOptions = Omit<RestoreOptions, 'provider'> & {
  readonly provider: FileSource
  readonly contentHash?: string
  readonly ahead?: ReadAhead
  /** What to say where an earlier version is not what it was. */
  readonly damaged?: () => Promise<TidekeepError>
}

/** Parts of large files that are fetched before their turn, over all files: 24 MiB. */
const PARTS_AHEAD = 3
/** Files under way at once. */
const AT_ONCE = 8

/**
 * Brings files back, each verified before it gets its name. What is already there and equal is
 * skipped, so a restore that was cut off goes on where it was. One file's failure does not stop the
 * others. Throws what concerns the whole: `not-found` (the target), `quota-exceeded` before anything
 * is written, `unavailable`.
 */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
  const tally = createTally(options.onEvent)
  const isEmpty = !(await measure(options, tally))
  const directories: Entry[] = []
  const limiter = createLimiter(AT_ONCE)
  const keptHashes = keptHashesOf(options)
  const inParts = { ...options, ahead: new ReadAhead(PARTS_AHEAD) }
  const copies = options.dryRun ? undefined : copiesOut(options, limiter, tally)
  try {
    for await (const selected of selectedOf(options)) {
      if (options.stop.aborted || options.kill.aborted) break
      if (selected.kind !== 'there') {
        tellMissing(selected, tally)
        continue
      }
      const { entry } = selected
      if (!selected.isCertain) tally.uncertain()
      if (entry.kind === 'directory') await beginDirectory(entry, { options, tally, directories })
      else if (entry.kind === 'file' && (await isCopied(selected, copies, options))) continue
      else if (entry.kind === 'file')
        await limiter.start(async () =>
          oneFile(entry, await ofSelected(selected, { options: inParts, keptHashes }), tally),
        )
      else tally.problem(entry.path, 'special', restoreFailureTexts.restore.special({ path: entry.path }))
    }
    await copies?.flush()
  } finally {
    await limiter.finish()
  }
  await finishDirectories(directories, options)
  return { ...tally.result(), isEmpty }
}

/** True for what goes back in a batch. */
async function isCopied(
  { entry, from }: Extract<PathAtMoment, { readonly kind: 'there' }>,
  copies: CopiesOut | undefined,
  options: RestoreOptions,
): Promise<boolean> {
  if (copies === undefined || from !== undefined || nameProblem(entry.path, options) !== undefined) return false
  return copies.take(entry)
}

function copiesOut(options: RestoreOptions, limiter: Limiter, tally: Tally): CopiesOut {
  const { provider, destination, records = NO_RECORDS, kill } = options
  return new CopiesOut({
    provider,
    destination,
    records,
    kill,
    start: (work) => limiter.start(work),
    alone: (entry) => oneFile(entry, options, tally),
    onRestored: (entry, { verified }) => {
      tally.received(entry.size)
      report(entry, { kind: 'restored', bytes: entry.size, reused: 0, verified }, tally)
    },
  })
}

/** Counts what there is to do, so that a full disk is known before the first byte. Answers false when there is nothing. */
async function measure(options: RestoreOptions, tally: Tally): Promise<boolean> {
  let neededBytes = 0
  let isEmpty = true
  for await (const selected of selectedOf(options)) {
    if (selected.kind === 'deleted-untold') continue
    isEmpty = false
    if (options.stop.aborted || options.kill.aborted) return true
    if (selected.kind !== 'there') continue
    const { entry } = selected
    if (entry.kind !== 'file') continue
    tally.expect(entry.size)
    if (nameProblem(entry.path, options) === undefined && !(await hasSameSize(entry, options.destination))) {
      neededBytes += entry.size
    }
  }
  const free = options.dryRun ? undefined : await options.destination.freeBytes()
  if (free !== undefined && neededBytes > free) {
    throw new TidekeepError({
      code: 'quota-exceeded',
      message: restoreFailureTexts.restore.theRestoreNeedsAndThe({ neededBytes, free }),
      fix: restoreFailureTexts.restore.theRestoreNeedsAndTheFix,
    })
  }
  return !isEmpty
}

async function hasSameSize(entry: Entry, destination: Destination): Promise<boolean> {
  try {
    const occupant = await destination.look(entry.path)
    return occupant?.kind === 'file' && occupant.size === entry.size
  } catch {
    // Whatever is wrong with this place is reported when the file's turn comes.
    return false
  }
}

async function* selectedOf(options: RestoreOptions): AsyncGenerator<PathAtMoment> {
  if (options.selected !== undefined) return yield* options.selected()
  for await (const entry of entriesOf(options)) yield { kind: 'there', entry, isCertain: true }
}

type KeptHash = (token: string) => string | undefined

/** Read where the first earlier version is brought back. */
function keptHashesOf({ records, clock }: RestoreOptions): () => Promise<KeptHash> {
  let read: Promise<KeptHash> | undefined
  return () => (read ??= records?.keptHashes?.(() => clock.sleep(0)) ?? Promise.resolve(() => undefined))
}

/** What is remembered of a path, and what can be put together from parts, is of what it holds now. */
async function ofSelected(
  { from, kept }: Extract<PathAtMoment, { readonly kind: 'there' }>,
  { options, keptHashes }: { readonly options: RestoreOptions; readonly keptHashes: () => Promise<KeptHash> },
): Promise<FileOptions> {
  if (from === undefined) return options
  const { delta: _delta, onArchived, ...rest } = options
  const contentHash = kept === undefined ? undefined : (await keptHashes())(kept.token)
  return {
    ...rest,
    provider: from,
    records: NO_RECORDS,
    ...(onArchived === undefined ? {} : { onArchived: (entry: Entry) => onArchived(entry, kept) }),
    ...(contentHash === undefined ? {} : { contentHash }),
    ...(kept === undefined ? {} : { damaged: () => damagedVersion(options.provider, kept, options.kill) }),
  }
}

function tellMissing(selected: Exclude<PathAtMoment, { readonly kind: 'there' }>, tally: Tally): void {
  const { kind, path } = selected
  const texts = restoreFailureTexts.restore
  if (kind === 'younger') return tally.younger(path)
  if (kind === 'deleted-untold') return tally.notice(texts.whatWasDeletedIsNotTold)
  const isGone = kind === 'gone-since'
  const error = new TidekeepError({
    code: 'not-found',
    message: isGone ? texts.isNotThereAnyMore({ path }) : notKept(selected),
    path,
    fix: isGone ? texts.isNotThereAnyMoreFix : texts.wasNotRestoredTheVersionFix,
  })
  tally.failed(path, error)
}

/** What may be taken instead is part of it: a list of failures has room for nothing else. */
function notKept({ path, nearest }: { readonly path: RelPath; readonly nearest?: Nearest }): string {
  const texts = restoreFailureTexts.restore
  if (nearest === undefined) return texts.wasNotRestoredTheVersion({ path })
  const until = new Date(nearest.untilMs).toISOString()
  if (nearest.fromMs === undefined) return texts.nearestUntil({ path, until })
  return texts.nearest({ path, until, from: new Date(nearest.fromMs).toISOString() })
}

/** Everything below the path; the path itself where it is a file. */
async function* entriesOf({ provider, path, kill }: RestoreOptions): AsyncGenerator<Entry> {
  let isEmpty = true
  for await (const entry of flatten(provider.list(path, { signal: kill }))) {
    isEmpty = false
    yield entry
  }
  if (!isEmpty || path === '') return
  const itself = await provider.stat(path, { signal: kill }).catch((error: unknown) => {
    if (toTidekeepError(error).code === 'not-found') return undefined
    throw error
  })
  if (itself !== undefined) yield itself
}

async function oneFile(entry: Entry, options: FileOptions, tally: Tally): Promise<void> {
  try {
    refuseHostileName(entry.path, options)
    const outcome = await restoreFile(entry, {
      ...options,
      records: options.records ?? NO_RECORDS,
      onBytes: tally.received,
    })
    report(entry, outcome, tally)
    if (outcome.kind === 'restored' && isArchiveClass(entry.storageClass)) options.onArchived?.(entry)
  } catch (error) {
    if (options.kill.aborted) return
    const failure = toTidekeepError(error, entry.path)
    if (endsEverything(failure)) throw failure
    if (failure.code === 'unsupported' && isArchiveClass(entry.storageClass)) tally.frozen()
    const told = failure.code === 'corrupt' && options.damaged !== undefined ? await options.damaged() : failure
    tally.failed(entry.path, told)
  }
}

function report(entry: Entry, outcome: FileOutcome, tally: Tally): void {
  if (outcome.kind === 'equal') return tally.equal(entry)
  tally.restored(entry, outcome)
  if (outcome.keptAs !== undefined)
    tally.notice(restoreFailureTexts.restore.replaced({ path: entry.path, keptAs: outcome.keptAs }))
}

async function beginDirectory(
  entry: Entry,
  { options, tally, directories }: { options: RestoreOptions; tally: Tally; directories: Entry[] },
): Promise<void> {
  try {
    refuseHostileName(entry.path, options)
    if (!options.dryRun) await options.destination.makeDirectory(entry.path)
    directories.push(entry)
  } catch (error) {
    const failure = toTidekeepError(error, entry.path)
    if (endsEverything(failure)) throw failure
    tally.failed(entry.path, failure)
  }
}

/** Last and innermost first: writing into a folder changes its mtime, and its mode may forbid it. */
async function finishDirectories(directories: readonly Entry[], options: RestoreOptions): Promise<void> {
  if (options.dryRun || options.kill.aborted) return
  for (const { path, mtimeNs, mode } of directories.toReversed()) {
    await options.destination.setDirectoryMetadata(path, { mtimeNs, ...(mode === undefined ? {} : { mode }) })
  }
}

/** Names come from the target, which may be anybody's (I15). Throws `invalid`. */
function refuseHostileName(path: string, options: Pick<RestoreOptions, 'destination'>): void {
  const problem = nameProblem(path, options)
  if (problem === undefined) return
  throw new TidekeepError({
    code: 'invalid',
    message: restoreFailureTexts.restore.wasNotRestored({ path: JSON.stringify(path), problem }),
    path,
    fix: restoreFailureTexts.restore.wasNotRestoredFix,
  })
}

function nameProblem(path: string, { destination }: Pick<RestoreOptions, 'destination'>): string | undefined {
  if (path === '') return restoreFailureTexts.restore.noName
  if (path === RESERVED_DIRECTORY || path.startsWith(`${RESERVED_DIRECTORY}/`))
    return restoreFailureTexts.restore.reservedName
  return destination.pathProblem(path)
}

/** Errors that every further file would meet as well. */
function endsEverything({ code }: TidekeepError): boolean {
  return code === 'unauthenticated' || code === 'quota-exceeded'
}
