import { TidekeepError } from '../../../common/errors.ts'
import type { BaselineEntry, Entry } from '../../../common/model.ts'
import { ROOT_PATH, comparePaths } from '../../../common/paths.ts'
import type { KeptVersion, SourceProvider } from '../../providers/provider.ts'
import { isBefore } from '../at-moment.ts'
import { isArchiveClass } from '../compare-content.ts'
import { flatten, mergeByPath } from '../merge.ts'
import { agrees, type Records } from '../records.ts'
import type { Timeline } from './timeline.ts'
import { restoreFailureTexts } from '../restore-failure-texts.ts'

/** What a timeline is read from. */
export interface ReadTimelineOptions {
  readonly provider: SourceProvider
  /** Tells the own times of files where a listing does not. */
  readonly records: Records
  readonly signal: AbortSignal
  /** Counts so far; called once for every {@link PROGRESS_EVERY}. */
  readonly onProgress: (found: { readonly files: number; readonly earlierVersions: number }) => void
  /** Lets others have their turn, where the target answers faster than it is worked through. */
  readonly pause: () => Promise<void>
  /** For tests; see {@link MAX_VERSIONS}. */
  readonly maxVersions?: number
}

/** About 500 MB. */
const MAX_VERSIONS = 2_000_000
const PROGRESS_EVERY = 1000
/** Paths, or versions to be sorted, between two pauses: some 20 ms. */
const WORK_AT_ONCE = 10_000

interface KeptGroup {
  readonly path: string
  readonly versions: readonly KeptVersion[]
}

/**
 * Reads everything a target holds and keeps, once. Throws what the target throws, and `unsupported`
 * where there is more than may be held in memory.
 */
export async function readTimeline(options: ReadTimelineOptions): Promise<Timeline> {
  const kept = await readKept(options)
  const columns = emptyColumns()
  const count = bound(
    options,
    kept.reduce((sum, stretch) => sum + stretch.length, 0),
  )
  const sequences = [current(options), ...kept.map(groups), ...options.records.trees()]
  for await (const { path, items } of mergeByPath<Entry | KeptGroup | BaselineEntry>(sequences)) {
    const entry = items[0] as Entry | undefined
    const versions = (items.slice(1, 1 + kept.length) as (KeptGroup | undefined)[]).flatMap(
      (group) => group?.versions ?? [],
    )
    if (entry === undefined && versions.length === 0) continue
    columns.paths.push(path)
    columns.first.push(columns.endedMs.length)
    for (const version of versions.sort(byAge)) addKept(columns, version)
    if (columns.paths.length % WORK_AT_ONCE === 0) await options.pause()
    if (entry === undefined) continue
    addCurrent(columns, entry, items.slice(1 + kept.length) as (BaselineEntry | undefined)[])
    count.file()
  }
  columns.first.push(columns.endedMs.length)
  return { ...columns, keepsVersions: options.provider.features.keptVersions !== undefined }
}

/** In stretches, each in the order of paths: all at once would take long to sort. */
async function readKept(options: ReadTimelineOptions): Promise<readonly (readonly KeptVersion[])[]> {
  const { provider, signal, onProgress, pause, maxVersions = MAX_VERSIONS } = options
  const stretches: KeptVersion[][] = []
  let stretch: KeptVersion[] = []
  let count = 0
  const end = (): void => void stretches.push(stretch.sort((a, b) => comparePaths(a.path, b.path)))
  if (provider.features.keptVersions === undefined) return stretches
  for await (const version of provider.features.keptVersions(ROOT_PATH, { signal })) {
    stretch.push(version)
    count++
    if (count % PROGRESS_EVERY === 0) onProgress({ files: 0, earlierVersions: count })
    if (count > maxVersions) throw tooMany(maxVersions)
    if (stretch.length < stretchLength(stretches.length)) continue
    end()
    stretch = []
    await pause()
  }
  end()
  return stretches
}

/** Longer ones, the more there are: merging takes time by their number. */
function stretchLength(stretches: number): number {
  return WORK_AT_ONCE * 2 ** Math.floor(stretches / 4)
}

function byAge(a: KeptVersion, b: KeptVersion): number {
  return isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0
}

async function* current({ provider, signal }: ReadTimelineOptions): AsyncGenerator<Entry> {
  for await (const entry of flatten(provider.list(ROOT_PATH, { signal }))) if (entry.kind === 'file') yield entry
}

function* groups(sorted: readonly KeptVersion[]): Generator<KeptGroup> {
  for (let from = 0; from < sorted.length;) {
    const { path } = sorted[from]!
    let to = from + 1
    while (sorted[to]?.path === path) to++
    yield { path, versions: sorted.slice(from, to) }
    from = to
  }
}

function bound(options: ReadTimelineOptions, earlierVersions: number): { file(): void } {
  const { onProgress, maxVersions = MAX_VERSIONS } = options
  let files = 0
  onProgress({ files, earlierVersions })
  return {
    file: () => {
      files++
      if (files % PROGRESS_EVERY === 0) onProgress({ files, earlierVersions })
      if (files + earlierVersions > maxVersions) throw tooMany(maxVersions)
    },
  }
}

interface Columns {
  readonly paths: string[]
  readonly first: number[]
  readonly begunMs: number[]
  readonly endedMs: number[]
  readonly sizeBytes: number[]
  readonly mtimeMs: number[]
  readonly kept: (KeptVersion | undefined)[]
  readonly isArchived: boolean[]
}

function emptyColumns(): Columns {
  return { paths: [], first: [], begunMs: [], endedMs: [], sizeBytes: [], mtimeMs: [], kept: [], isArchived: [] }
}

function addKept(columns: Columns, version: KeptVersion): void {
  columns.begunMs.push(version.storedAtMs ?? Number.NaN)
  columns.endedMs.push(version.keptAtMs)
  columns.sizeBytes.push(version.sizeBytes)
  columns.mtimeMs.push(version.mtimeMs ?? Number.NaN)
  columns.kept.push(version)
  columns.isArchived.push(isArchiveClass(version.storageClass))
}

function addCurrent(columns: Columns, entry: Entry, records: readonly (BaselineEntry | undefined)[]): void {
  columns.begunMs.push(entry.storedAtMs ?? Number.NaN)
  columns.endedMs.push(Infinity)
  columns.sizeBytes.push(entry.size)
  columns.mtimeMs.push(ownTimeMs(entry, records))
  columns.kept.push(undefined)
  columns.isArchived.push(isArchiveClass(entry.storageClass))
}

/** Some listings put the time of storing in the place of a file's own time, which they do not know. */
function ownTimeMs(entry: Entry, records: readonly (BaselineEntry | undefined)[]): number {
  const record = records.find((candidate) => candidate !== undefined && agrees(entry, candidate))
  const mtimeMs = Number((record ?? entry).mtimeNs / 1_000_000n)
  return record === undefined && mtimeMs === entry.storedAtMs ? Number.NaN : mtimeMs
}

function tooMany(maxVersions: number): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: restoreFailureTexts.readTimeline.theTargetHoldsMoreThan({ maxVersions }),
    fix: restoreFailureTexts.readTimeline.theTargetHoldsMoreThanFix,
  })
}
