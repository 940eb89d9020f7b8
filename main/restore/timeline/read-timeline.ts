import { TidekeepError } from '../../../common/errors.ts'
import type { BaselineEntry, Entry } from '../../../common/model.ts'
import { ROOT_PATH, comparePaths } from '../../../common/paths.ts'
import type { KeptVersion, SourceProvider } from '../../providers/provider.ts'
import { isBefore } from '../at-moment.ts'
import { flatten, mergeByPath } from '../merge.ts'
import { agrees, type Records } from '../records.ts'
import type { Timeline } from './timeline.ts'

/** What a timeline is read from. */
export interface ReadTimelineOptions {
  readonly provider: SourceProvider
  /** Tells the own times of files where a listing does not. */
  readonly records: Records
  readonly signal: AbortSignal
  /** Counts so far; called once for every {@link PROGRESS_EVERY}. */
  readonly onProgress: (found: { readonly files: number; readonly earlierVersions: number }) => void
  /** For tests; see {@link MAX_VERSIONS}. */
  readonly maxVersions?: number
}

/** About 500 MB. */
const MAX_VERSIONS = 2_000_000
const PROGRESS_EVERY = 1000

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
  const count = bound(options, kept.length)
  const sequences = [current(options), groups(kept), ...options.records.trees()]
  for await (const { path, items } of mergeByPath<Entry | KeptGroup | BaselineEntry>(sequences)) {
    const [entry, group, ...records] = items as [Entry | undefined, KeptGroup | undefined, ...BaselineEntry[]]
    if (entry === undefined && group === undefined) continue
    columns.paths.push(path)
    columns.first.push(columns.endedMs.length)
    for (const version of group?.versions ?? []) addKept(columns, version)
    if (entry === undefined) continue
    addCurrent(columns, entry, records)
    count.file()
  }
  columns.first.push(columns.endedMs.length)
  return { ...columns, keepsVersions: options.provider.features.keptVersions !== undefined }
}

async function readKept(options: ReadTimelineOptions): Promise<readonly KeptVersion[]> {
  const { provider, signal, onProgress, maxVersions = MAX_VERSIONS } = options
  const found: KeptVersion[] = []
  if (provider.features.keptVersions === undefined) return found
  for await (const version of provider.features.keptVersions(ROOT_PATH, { signal })) {
    found.push(version)
    if (found.length % PROGRESS_EVERY === 0) onProgress({ files: 0, earlierVersions: found.length })
    if (found.length > maxVersions) throw tooMany(maxVersions)
  }
  return found.sort((a, b) => comparePaths(a.path, b.path) || (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0))
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
}

function emptyColumns(): Columns {
  return { paths: [], first: [], begunMs: [], endedMs: [], sizeBytes: [], mtimeMs: [], kept: [] }
}

function addKept(columns: Columns, version: KeptVersion): void {
  columns.begunMs.push(version.storedAtMs ?? Number.NaN)
  columns.endedMs.push(version.keptAtMs)
  columns.sizeBytes.push(version.sizeBytes)
  columns.mtimeMs.push(version.mtimeMs ?? Number.NaN)
  columns.kept.push(version)
}

function addCurrent(columns: Columns, entry: Entry, records: readonly (BaselineEntry | undefined)[]): void {
  columns.begunMs.push(entry.storedAtMs ?? Number.NaN)
  columns.endedMs.push(Infinity)
  columns.sizeBytes.push(entry.size)
  columns.mtimeMs.push(ownTimeMs(entry, records))
  columns.kept.push(undefined)
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
    message: `The target holds more than ${maxVersions.toLocaleString('en')} versions, which is more than can be shown at once.`,
    fix: 'Restore a part of it: tidekeep restore TARGET DIRECTORY --path FOLDER --at TIME.',
  })
}
