import { statfs } from 'node:fs/promises'
import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { PublishBatch, PublishResults, TargetPlace } from '../../../workers/tasks.ts'
import type { AssembleOptions, AssemblyLimits, AssemblyPart, Content, PutResult } from '../provider.ts'
import { toEntry } from './entry.ts'
import { keepAt, keptOf } from './kept.ts'
import { assertStorable } from './names.ts'
import type { PutContext } from './put.ts'
import { throwIfCancelled, withControl } from './task-control.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** A file is changed in place of a copy, so nothing but what a file can be limits the parts. */
const LIMITS: AssemblyLimits = {
  minPartBytes: 1,
  maxPartBytes: Number.MAX_SAFE_INTEGER,
  maxCopyBytes: Number.MAX_SAFE_INTEGER,
  maxParts: 1_000_000,
  minSourceBytes: 1,
  segments: false,
}

/** `statfs(2)` types of file systems whose files can share blocks: btrfs, XFS, bcachefs, OCFS2, ZFS. */
const CLONING_TYPES: ReadonlySet<number> = new Set([0x9123683e, 0x58465342, 0xca451a4e, 0x7461636f, 0x2fc12fc1])

/**
 * Puts files together from a clone of the held one: what did not change is shared, not written. By
 * the kind of file system at first; the first attempt is the proof (XFS may have been made without).
 */
export class LocalAssembly {
  readonly #context: PutContext
  readonly #mayClone: (root: string) => Promise<boolean>
  #known: boolean | undefined
  #stageNumber = 0

  constructor(context: PutContext, mayClone: (root: string) => Promise<boolean> = isCloningFileSystem) {
    this.#context = context
    this.#mayClone = mayClone
  }

  /** Undefined where files are copied whole. Writes nothing: a dry run asks too. */
  async limits(): Promise<AssemblyLimits | undefined> {
    const place = this.#known === false ? undefined : await this.#context.guard.find()
    if (place === undefined) return undefined
    this.#known ??= await this.#mayClone(place.root)
    return this.#known ? LIMITS : undefined
  }

  /** As `Features.assemble`. Copied ranges that moved are written: a clone shares in place only. */
  async assemble(
    path: RelPath,
    content: Content,
    parts: readonly AssemblyPart[],
    options: AssembleOptions,
  ): Promise<PutResult> {
    throwIfCancelled(options.signal)
    assertStorable(this.#context.root, path)
    const { contentHash } = options
    // A paced stream: what is known of a file is not known of it.
    if (content.file === undefined || contentHash === undefined) throw wholeOnly(path)
    const ranges = writtenRanges(parts, content.size, options.from.sizeBytes)
    const place = await this.#context.guard.prepare()
    const stage = `${this.#context.guard.instance}-a${this.#stageNumber++}`
    try {
      const staged = await this.#stage(place, stage, { path, content, ranges, options })
      throwIfCancelled(options.signal)
      const { items } = await this.#publish({
        place,
        stages: [stage],
        directories: [],
        items: [{ path, staged, expect: options.expect, ...keepAt(options) }],
        fsync: true,
      })
      const published = items[0]!
      if (!published.ok) throw new TidekeepError(published.failure)
      const bytesSent = bytesIn(ranges)
      const entry = toEntry(place, path, published.stat)
      const bytesReused = content.size - bytesSent
      return { entry, contentHash, verifiedBy: 'read-back', bytesSent, bytesReused, ...keptOf(path, published) }
    } catch (error) {
      if (isTidekeepError(error) && error.code === 'unsupported') this.#known = false
      await this.#discard(place, stage)
      throw error
    }
  }

  #stage(
    place: TargetPlace,
    stage: string,
    work: {
      readonly path: RelPath
      readonly content: Content
      readonly ranges: Float64Array
      readonly options: AssembleOptions
    },
  ): Promise<PublishBatch['items'][number]['staged']> {
    const { path, content, ranges, options } = work
    const { signal, onProgress, metadata, from, contentHash } = options
    const { clock } = this.#context.deps.host
    return withControl({ clock, signal, onProgress }, (control) =>
      this.#context.deps.pool.run(
        'patchClone',
        {
          place,
          stage,
          source: content.file!,
          path,
          etag: from.etag,
          ranges,
          contentHash: contentHash!,
          ...metadata,
          control: control.memory,
        },
        { signal: new AbortController().signal },
      ),
    )
  }

  #publish(batch: PublishBatch): Promise<PublishResults> {
    return this.#context.deps.pool.run('publishBatch', batch, { signal: new AbortController().signal })
  }

  /** What cannot be removed now is swept by a later run. */
  async #discard(place: TargetPlace, stage: string): Promise<void> {
    await this.#publish({ place, stages: [stage], directories: [], items: [], fsync: false }).catch(() => undefined)
  }
}

/**
 * Start and end of what has to be written, in order, neighbours joined. Throws `invalid` for parts
 * that leave gaps, overlap, do not cover the content or lie outside the held file.
 */
function writtenRanges(parts: readonly AssemblyPart[], sizeBytes: number, heldBytes: number): Float64Array {
  const bounds: number[] = []
  let position = 0
  for (const part of parts) {
    const { start, end } = part.range
    if (start !== position || end <= start) throw badPart(start)
    position = end
    const isShared = part.kind === 'copy' && part.fromStart === start
    if (isShared && end <= heldBytes) continue
    if (part.kind === 'segment' || isShared) throw badPart(start)
    if (bounds.at(-1) === start) bounds[bounds.length - 1] = end
    else bounds.push(start, end)
  }
  if (position !== sizeBytes) throw badPart(position)
  return Float64Array.from(bounds)
}

function bytesIn(ranges: Float64Array): number {
  let bytes = 0
  for (let at = 0; at < ranges.length; at += 2) bytes += ranges[at + 1]! - ranges[at]!
  return bytes
}

async function isCloningFileSystem(root: string): Promise<boolean> {
  // APFS, which every Mac since 2017 has; another one says so at the first attempt.
  if (process.platform === 'darwin') return true
  return process.platform === 'linux' && CLONING_TYPES.has((await statfs(root)).type)
}

function wholeOnly(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: localFailureTexts.assemble.canOnlyBeStoredWhole({ path }),
    path,
  })
}

function badPart(start: number): TidekeepError {
  return new TidekeepError({ code: 'invalid', message: localFailureTexts.assemble.thePartAtCannotBe({ start }) })
}
