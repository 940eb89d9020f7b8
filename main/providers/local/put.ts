import { availableParallelism } from 'node:os'
import { TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { TaskControl } from '../../../workers/fs/control.ts'
import { copyColumns, type CopyItem } from '../../../workers/copy-columns.ts'
import type {
  CopyResults,
  PublishBatch,
  PublishResult,
  PublishResults,
  TaskFailure,
  TargetPlace,
} from '../../../workers/tasks.ts'
import type { BatchItem, BatchResult, CallOptions, Content, PutOptions, PutResult } from '../provider.ts'
import type { ProviderDeps } from '../registry.ts'
import { CopiesUnderWay } from './copies-under-way.ts'
import { CopyTurns } from './copy-turns.ts'
import { toEntry } from './entry.ts'
import { FSYNC_EACH_FILES, GroupCommits } from './group-commit.ts'
import { keepAt, keptOf } from './kept.ts'
import type { GroupSync } from './group-sync.ts'
import { assertStorable } from './names.ts'
import { publishWork, putResults } from './publish-plan.ts'
import { stageStream, type StreamPut } from './put-stream.ts'
import { splitByDirectory, type Share } from './split.ts'
import { throwIfCancelled, withControl } from './task-control.ts'
import type { TargetGuard } from './target-guard.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** Streams of a batch that are stored at the same time. */
const STREAM_LANES = 16
const COPY_THREADS = Math.min(4, Math.max(2, availableParallelism()))

/** What putting needs of the provider around it. */
export interface PutContext {
  readonly root: string
  readonly deps: Pick<ProviderDeps, 'host' | 'pool'>
  readonly guard: TargetGuard
  readonly groupSync: GroupSync
}

interface Staged {
  readonly copied: CopyResults
  readonly stage: string
}

/**
 * Puts in two halves: verified temporary files first, made durable; then their names, made durable.
 * So a name never appears before its content would survive a power cut (I9).
 */
export class LocalPuts {
  readonly #context: PutContext
  readonly #commits: GroupCommits
  readonly #turns = new CopyTurns(COPY_THREADS)
  readonly #copies: CopiesUnderWay
  #stageNumber = 0

  constructor(context: PutContext) {
    this.#context = context
    this.#copies = new CopiesUnderWay(context.deps.host.clock)
    this.#commits = new GroupCommits({ pool: context.deps.pool, groupSync: context.groupSync })
  }

  async put(path: RelPath, content: Content, options: PutOptions): Promise<PutResult> {
    const { signal, expect } = options
    throwIfCancelled(signal)
    const place = await this.#context.guard.prepare()
    const stage = this.#nextStage()
    try {
      return await this.#commits.around(content.size, async (fsync) => {
        const { blake3, staged } = await this.#stageOne(place, content, { path, options, stage, fsync })
        if (options.contentHash !== undefined && options.contentHash !== blake3) throw otherContent(path)
        const item = { path, staged, expect, ...keepAt(options) }
        const published = await this.#commits.commit({ place, stage, item, isDurable: fsync, signal })
        return toPutResult(place, path, blake3, published)
      })
    } catch (error) {
      await this.#discard(place, [stage])
      throw error
    }
  }

  async putBatch(items: readonly BatchItem[], { signal }: CallOptions): Promise<readonly BatchResult[]> {
    throwIfCancelled(signal)
    const results: BatchResult[] = Array.from({ length: items.length })
    const streams: number[] = []
    const files: number[] = []
    for (const [index, { path, content }] of items.entries()) {
      const refusal = this.#refusalOf(path)
      if (refusal !== undefined) results[index] = { ok: false, error: refusal }
      else (content.file === undefined ? streams : files).push(index)
    }
    await this.#putStreams(items, streams, { results, signal })
    if (files.length === 0) return results
    const put = await this.#putFiles(
      files.map((index) => items[index]!),
      signal,
    )
    for (const [at, index] of files.entries()) results[index] = put[at]!
    return results
  }

  #refusalOf(path: RelPath): TidekeepError | undefined {
    try {
      assertStorable(this.#context.root, path)
      return undefined
    } catch (error) {
      return toTidekeepError(error, path)
    }
  }

  /** One by one in lanes; `indexes` says which items, `results` takes the answers. */
  async #putStreams(
    items: readonly BatchItem[],
    indexes: readonly number[],
    { results, signal }: { readonly results: BatchResult[]; readonly signal: AbortSignal },
  ): Promise<void> {
    let next = 0
    const lane = async (): Promise<void> => {
      while (next < indexes.length) {
        const index = indexes[next++]!
        results[index] = await this.#putAlone(items[index]!, signal)
      }
    }
    await Promise.all(Array.from({ length: Math.min(STREAM_LANES, indexes.length) }, lane))
  }

  async #putAlone({ path, content, ...rest }: BatchItem, signal: AbortSignal): Promise<BatchResult> {
    try {
      return { ok: true, result: await this.put(path, content, { ...rest, signal }) }
    } catch (error) {
      return { ok: false, error: toTidekeepError(error, path) }
    }
  }

  async #putFiles(items: readonly BatchItem[], signal: AbortSignal): Promise<readonly BatchResult[]> {
    const place = await this.#context.guard.prepare()
    const fsync = items.length <= FSYNC_EACH_FILES || !(await this.#context.groupSync.available())
    const shares = splitByDirectory(items, COPY_THREADS)
    const staged = await this.#copies.run(() => this.#stageShares(place, shares, { fsync, signal }))
    try {
      throwIfCancelled(signal)
      if (!fsync) await this.#context.groupSync.sync()
      throwIfCancelled(signal)
      const published = await Promise.all(
        shares.map((share, at) => this.#publishShare(place, share, staged[at]!, fsync)),
      )
      if (!fsync) await this.#copies.next().then(() => this.#context.groupSync.sync())
      return inItemOrder(items.length, shares, published)
    } catch (error) {
      await this.#discard(
        place,
        staged.map(({ stage }) => stage),
      )
      const known = toTidekeepError(error)
      return items.map(() => ({ ok: false, error: known }))
    }
  }

  #stageShares(
    place: TargetPlace,
    shares: readonly Share[],
    { fsync, signal }: { readonly fsync: boolean; readonly signal: AbortSignal },
  ): Promise<readonly Staged[]> {
    return withControl({ clock: this.#context.deps.host.clock, signal }, (control) =>
      Promise.all(
        shares.map((share) => {
          const items = share.map(({ item }) => item)
          return this.#turns.run(() => this.#copy(place, items, { fsync, control }))
        }),
      ),
    )
  }

  async #publishShare(
    place: TargetPlace,
    share: Share,
    { copied, stage }: Staged,
    fsync: boolean,
  ): Promise<readonly BatchResult[]> {
    const batch = { items: share.map(({ item }) => item), copied }
    const published = await this.#publish({ place, stages: [stage], ...publishWork(batch), fsync })
    return putResults(place, batch, published)
  }

  async #stageOne(
    place: TargetPlace,
    content: Content,
    put: StreamPut,
  ): Promise<{ readonly blake3: string; readonly staged: PublishBatch['items'][number]['staged'] }> {
    const { path, options, stage, fsync } = put
    if (content.file === undefined) return stageStream(place, content, put)
    const item = { path, content, metadata: options.metadata, expect: options.expect }
    const { copied } = await withControl(
      { clock: this.#context.deps.host.clock, signal: options.signal, onProgress: options.onProgress },
      (control) => this.#copy(place, [item], { fsync, control, stage }),
    )
    const failure = copied.failures.get(0)
    if (failure !== undefined) throw revive(failure)
    return { blake3: copied.hashes, staged: copied.singles[0]! }
  }

  async #copy(
    place: TargetPlace,
    items: readonly BatchItem[],
    how: { readonly fsync: boolean; readonly control: TaskControl; readonly stage?: string },
  ): Promise<Staged> {
    const stage = how.stage ?? this.#nextStage()
    const copied = await this.#context.deps.pool.run(
      'copyBatch',
      { place, stage, files: copyColumns(items.map(toCopyItem)), fsync: how.fsync, control: how.control.memory },
      UNINTERRUPTED,
    )
    return { copied, stage }
  }

  #publish(batch: PublishBatch): Promise<PublishResults> {
    return this.#context.deps.pool.run('publishBatch', batch, UNINTERRUPTED)
  }

  /** What cannot be removed now is swept by a later run. */
  async #discard(place: TargetPlace, stages: readonly string[]): Promise<void> {
    try {
      await this.#publish({ place, stages, directories: [], items: [], fsync: false })
    } catch (error) {
      this.#context.deps.host.log.debug('temporary_files_left', { reason: toTidekeepError(error).code })
    }
  }

  #nextStage(): string {
    return `${this.#context.guard.instance}-${this.#stageNumber++}`
  }
}

/** There is one for each file, and spreading objects costs most of making them. */
function toCopyItem({ path, content, metadata: { mtimeNs, mode }, expect }: BatchItem): CopyItem {
  const source = content.file!
  return mode === undefined ? { source, path, expect, mtimeNs } : { source, path, expect, mtimeNs, mode }
}

function toPutResult(place: TargetPlace, path: RelPath, contentHash: string, published: PublishResult): PutResult {
  if (!published.ok) throw revive(published.failure)
  const { stat } = published
  const entry = toEntry(place, path, stat)
  return { entry, contentHash, verifiedBy: 'read-back', bytesSent: stat.size, ...keptOf(path, published) }
}

function inItemOrder(
  count: number,
  shares: readonly Share[],
  results: readonly (readonly BatchResult[])[],
): readonly BatchResult[] {
  const ordered: BatchResult[] = Array.from({ length: count })
  shares.forEach((share, at) => share.forEach(({ index }, within) => (ordered[index] = results[at]![within]!)))
  return ordered
}

function revive(failure: TaskFailure): TidekeepError {
  return new TidekeepError(failure)
}

/** Tasks that write are asked to end (see TaskControl), never killed. */
const UNINTERRUPTED = {}

function otherContent(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'changed',
    message: localFailureTexts.put.isNotTheContentIt({ path }),
    path,
    fix: localFailureTexts.put.isNotTheContentItFix,
  })
}
