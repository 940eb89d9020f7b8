import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { BaselineEntry, Entry, RelPath } from '../../common/model.ts'
import { comparePaths, ROOT_PATH } from '../../common/paths.ts'
import type { Clock, Random } from '../host.ts'
import type { SourceProvider } from '../providers/provider.ts'
import type { RunEvent } from '../run-once.ts'
import type { VerifyProgress } from '../state/verify-progress.ts'
import { compareContent, isArchived } from './compare-content.ts'
import { strongest } from '../digests.ts'
import { keptReading } from './kept-source.ts'
import { createLimiter } from './limiter.ts'
import { flatten, mergeByPath } from './merge.ts'
import { agrees, recordOf, type Records } from './records.ts'
import { createSelection, type ReadDataChoice, type Selection } from './selection.ts'
import { Watermark } from './watermark.ts'
import { compareWithSource, type SourceTree } from './verify-source.ts'
import { verifyKept } from './verify-kept.ts'
import { createVerifyTally, type Finding, type VerifyResult, type VerifyTally } from './verify-tally.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What to verify, and how thoroughly. */
export interface VerifyOptions {
  readonly provider: SourceProvider
  /** What must be there. */
  readonly records: Records
  /** Content to read back; undefined reads only what metadata leaves in doubt. */
  readonly readData?: ReadDataChoice
  /** Earlier versions are read back as well, all of them. Throws `unsupported` for a target that keeps none. */
  readonly kept?: boolean
  /** The source, to compare with as well. */
  readonly source?: SourceTree
  /** What is drawn, is drawn by it; undefined: by chance. */
  readonly seed?: string
  /** Goes on where an earlier run was cut off: what that one has read is not read again. */
  readonly from?: VerifyProgress
  /** Told now and then, and once more where the run ends before it is complete. */
  readonly onProgress?: (progress: VerifyProgress) => void
  readonly clock: Clock
  readonly random: Random
  readonly stop: AbortSignal
  readonly kill: AbortSignal
  readonly onEvent: (event: RunEvent) => void
}

/** One path with everything known of it. */
export interface Subject {
  readonly path: RelPath
  readonly records: readonly BaselineEntry[]
  readonly entry: Entry | undefined
  readonly local: Entry | undefined
}

/** What the steps of a verification share. */
export interface VerifyWork extends VerifyOptions {
  readonly tally: VerifyTally
  readonly isSelected: Selection
}

/** Files read at once. */
const AT_ONCE = 8
/** A run that is cut off loses no more than this much. */
const PROGRESS_MS = 5_000

/**
 * Compares a target with what was agreed on: missing and resized files are always found, changed
 * content wherever it is read back. Before something counts as a finding it is looked at again, so
 * that a service that works meanwhile causes no false alarm. Throws what concerns the target as a
 * whole: `not-found`, `unavailable`, `unauthenticated`.
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult & { readonly seed: string }> {
  if (options.kept === true) keptReading(options.provider)
  const tally = createVerifyTally(options.onEvent)
  const seed = options.from?.seed ?? options.seed ?? options.random.hex(8)
  const totalBytes = options.readData === undefined ? 0 : (options.from?.totalBytes ?? (await bytesAt(options)))
  const isDrawn: Selection =
    options.readData === undefined ? () => false : createSelection(options.readData, totalBytes, seed)
  const work: VerifyWork = { ...options, tally, isSelected: withoutRead(isDrawn, options.from) }
  const mark = new Watermark<RelPath>()
  const tell = progressOf({ seed, totalBytes, mark }, work)
  const limiter = createLimiter(AT_ONCE)
  let isComplete = false
  try {
    for await (const subject of subjectsOf(options)) {
      if (options.stop.aborted || options.kill.aborted) break
      tally.saw(subject.entry)
      const end = mark.begin(subject.path)
      await limiter.start(async () => {
        await examine(subject, work)
        if (!options.kill.aborted) end()
        tell('now and then')
      })
    }
    await limiter.finish()
    isComplete = !options.stop.aborted && !options.kill.aborted
    if (isComplete && options.kept === true) await verifyKept(work)
  } finally {
    await limiter.finish().catch(() => undefined)
    if (!isComplete) tell('at the end')
  }
  return { ...tally.result(), seed }
}

/** What an earlier run has read is drawn again, in its order, but not read; but for what was wrong with it. */
function withoutRead(isDrawn: Selection, from: VerifyProgress | undefined): Selection {
  const after = from?.after
  if (from === undefined || after === undefined) return isDrawn
  const again = new Set<string>(from.again)
  return (file) => {
    const isWanted = isDrawn(file)
    return again.has(file.path) || (isWanted && comparePaths(file.path, after) > 0)
  }
}

/** Tells how far it has come: not before the mark of the run that it goes on from. */
function progressOf(
  run: { readonly seed: string; readonly totalBytes: number; readonly mark: Watermark<RelPath> },
  { clock, from, onProgress, tally }: VerifyWork,
): (when: 'now and then' | 'at the end') => void {
  let toldMs = clock.monotonic()
  return (when) => {
    if (onProgress === undefined || (when === 'now and then' && clock.monotonic() - toldMs < PROGRESS_MS)) return
    toldMs = clock.monotonic()
    const [before, here] = [from?.after, run.mark.reached]
    const isFurther = here !== undefined && (before === undefined || comparePaths(here, before) > 0)
    const after = isFurther ? here : before
    const { failures, filesRead, bytes } = tally.result()
    onProgress({
      seed: run.seed,
      totalBytes: run.totalBytes,
      ...(after === undefined ? {} : { after }),
      again: [...new Set([...(from?.again ?? []), ...failures.map(({ path }) => path as RelPath)])],
      filesRead: (from?.filesRead ?? 0) + filesRead,
      bytesRead: (from?.bytesRead ?? 0) + bytes.received,
    })
  }
}

/** Only an amount needs it; the other choices look at each file alone. */
async function bytesAt({ provider, readData, kill }: VerifyOptions): Promise<number> {
  if (readData?.kind !== 'bytes') return 0
  let bytes = 0
  for await (const entry of flatten(provider.list(ROOT_PATH, { signal: kill }))) bytes += entry.size
  return bytes
}

/** The trees come before the listing, so that each page of records is older than the objects it is compared with. */
async function* subjectsOf({ provider, records, source, kill }: VerifyOptions): AsyncGenerator<Subject> {
  const trees = records.trees()
  const listing = flatten(provider.list(ROOT_PATH, { signal: kill }))
  const local = source === undefined ? [] : [source.files(kill)]
  for await (const { path, items } of mergeByPath<BaselineEntry | Entry>([...trees, listing, ...local])) {
    yield {
      path: path as RelPath,
      records: items.slice(0, trees.length).filter((item) => item !== undefined) as readonly BaselineEntry[],
      entry: items[trees.length],
      local: items[trees.length + 1],
    }
  }
}

async function examine(subject: Subject, work: VerifyWork): Promise<void> {
  if (work.kill.aborted) return
  try {
    const finding = (await compareWithRecords(subject, work)) ?? (await compareWithSource(subject, work))
    if (finding !== undefined) work.tally.found(finding)
  } catch (error) {
    if (work.kill.aborted) return
    const failure = toTidekeepError(error, subject.path)
    if (failure.code === 'unauthenticated') throw failure
    work.tally.failed(subject.path, failure)
  }
}

async function compareWithRecords(subject: Subject, work: VerifyWork): Promise<Finding | undefined> {
  const { entry, records } = subject
  if (records.length === 0) return entry === undefined ? undefined : checkUnremembered(entry, work)
  const suspicion = suspect(entry, records)
  if (suspicion === undefined) return checkContent(entry!, recordOf(entry!, records), work)
  return confirm(subject, suspicion, work)
}

/** What the listing alone says: right if any tree agrees. */
function suspect(entry: Entry | undefined, records: readonly BaselineEntry[]): Finding['kind'] | undefined {
  if (entry === undefined || entry.kind !== 'file') return 'missing'
  if (records.some((record) => agrees(entry, record))) return undefined
  return records.some((record) => record.remote.size === entry.size) ? 'changed' : 'resized'
}

/** Looks again with fresh eyes on both sides before anybody is alarmed. */
async function confirm(subject: Subject, first: Finding['kind'], work: VerifyWork): Promise<Finding | undefined> {
  const { path } = subject
  const records = work.records.get(path)
  if (records.length === 0) return undefined
  const entry = await statOrAbsent(path, work)
  const kind = suspect(entry, records)
  if (kind === undefined) return undefined
  if (kind === 'changed' && entry !== undefined) return checkChanged(entry, records, work)
  const size = records[0]?.remote.size ?? 0
  const message =
    kind === 'missing'
      ? restoreFailureTexts.verify.missing({ path })
      : restoreFailureTexts.verify.otherSize({ path, held: entry?.size ?? 0, size })
  return { path, kind: kind === 'changed' ? first : kind, message }
}

/** Another etag may be no more than a copy or a touched file: only the content decides. */
async function checkChanged(
  entry: Entry,
  records: readonly BaselineEntry[],
  work: VerifyWork,
): Promise<Finding | undefined> {
  const { path } = entry
  const changed: Finding = {
    path,
    kind: 'changed',
    message: restoreFailureTexts.verify.wasChangedAtTheTarget({ path }),
  }
  const hashes = records.flatMap(({ contentHash }) => contentHash ?? [])
  if (hashes.length === 0 || isArchived(entry)) return changed
  for (const value of hashes) {
    if (await compareContent(entry, { algorithm: 'blake3', value }, work)) return undefined
  }
  return changed
}

async function checkContent(
  entry: Entry,
  record: BaselineEntry | undefined,
  work: VerifyWork,
): Promise<Finding | undefined> {
  if (record === undefined || !work.isSelected(entry)) return undefined
  if (isArchived(entry)) return work.tally.archived()
  if (record.contentHash === undefined || record.remote.verifiedBy === 'altered') return work.tally.unverifiable()
  const expected = { algorithm: 'blake3', value: record.contentHash } as const
  if (await compareContent(entry, expected, work)) return undefined
  return confirmCorrupt(entry, work)
}

/** The service may have replaced the file between listing and reading: the newest record decides. */
async function confirmCorrupt(entry: Entry, work: VerifyWork): Promise<Finding | undefined> {
  const { path } = entry
  for (const { contentHash } of work.records.get(path)) {
    if (contentHash !== undefined && (await compareContent(entry, { algorithm: 'blake3', value: contentHash }, work))) {
      return undefined
    }
  }
  return { path, kind: 'corrupt', message: restoreFailureTexts.verify.hasOtherContentAtThe({ path }) }
}

/** Nothing is remembered of it: only a checksum that was stored with it can speak. */
async function checkUnremembered(entry: Entry, work: VerifyWork): Promise<Finding | undefined> {
  if (entry.kind !== 'file' || !work.isSelected(entry)) return undefined
  if (isArchived(entry)) return work.tally.archived()
  const known = entry.checksums === undefined ? await work.provider.stat(entry.path, { signal: work.kill }) : entry
  const expected = strongest(known.checksums ?? [])
  if (expected === undefined) return work.tally.unverifiable()
  if (await compareContent(known, expected, work)) return undefined
  const { path } = entry
  return { path, kind: 'corrupt', message: restoreFailureTexts.verify.doesNotMatchTheChecksum({ path }) }
}

async function statOrAbsent(path: RelPath, { provider, kill }: VerifyWork): Promise<Entry | undefined> {
  try {
    return await provider.stat(path, { signal: kill })
  } catch (error) {
    if (error instanceof TidekeepError && error.code === 'not-found') return undefined
    throw error
  }
}
