import { TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import { KEPT_AREA, parseKeptPath } from '../../../common/kept-area.ts'
import { DISTINCT_NAMES, type NameFolding } from '../../../common/name-folding.ts'
import { isWithin, nameOf, ROOT_PATH } from '../../../common/paths.ts'
import type { Entry, Kept, Precondition, RelPath } from '../../../common/model.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import type {
  BatchItem,
  BatchResult,
  CallOptions,
  Content,
  Features,
  KeptVersion,
  Limits,
  ListOptions,
  PutOptions,
  PutResult,
  RemoveOptions,
  TargetChange,
  TargetProvider,
} from '../provider.ts'
import { FaultScript, type MemoryCall, type MemoryFault } from './faults.ts'
import { MemoryTree, type Node } from './tree.ts'
import { sharedWordings } from '../../../common/shared-wordings.ts'

export type { MemoryCall, MemoryFault } from './faults.ts'

const LIST_BATCH_ENTRIES = 1000
const READ_PIECE_BYTES = 64 * 1024

const LIMITS: Limits = {
  maxObjectBytes: 2 ** 31,
  maxPathBytes: 4096,
  maxSegmentBytes: 255,
  nameFolding: DISTINCT_NAMES,
  nameRules: 'posix',
  mtimeStepNs: 1n,
  smallConcurrency: 4,
  largeConcurrency: 2,
}

/** One tree for each name, for the life of the process; a nameless provider has one of its own. */
const treeByName = new Map<string, MemoryTree>()

/** What the store of that name said so far of where to go on among its changes is worth nothing from now on. */
export function loseMemoryPlaces(name: string): void {
  treeByName.get(name)?.losePlaces()
}

/** Options of {@link createMemoryProvider}. */
export interface MemoryProviderOptions {
  /** Providers of one name share what is stored; the empty name shares nothing. */
  readonly name: string
  /** Takes these names for one, as a disk does that folds them. Of providers that share what is stored, the first decides. */
  readonly nameFolding?: NameFolding
  /** Holds objects, as a bucket does: no folders, and a file and others below its name may both be there. Of providers that share what is stored, the first decides. */
  readonly isFlat?: boolean
  readonly faults?: readonly MemoryFault[]
  /** It tells of its changes, to whoever listed it with `follow`. */
  readonly tellsChanges?: boolean
  /** The store's clock, milliseconds since the epoch; without one it does not tell when something was stored. */
  readonly now?: () => number
}

/** The port as it is meant: preconditions enforced, everything atomic, nothing random. For tests and dry experiments. */
export function createMemoryProvider(options: MemoryProviderOptions): TargetProvider {
  return new MemoryProvider(options)
}

class MemoryProvider implements TargetProvider {
  readonly location: string
  readonly features: Features
  readonly #tree: MemoryTree
  readonly #faults: FaultScript

  readonly #limits: Limits
  /** As of which this instance told everything. */
  #toldUpTo: number | undefined

  constructor(options: MemoryProviderOptions) {
    const { name, nameFolding = DISTINCT_NAMES, isFlat = false, faults = [], tellsChanges, now } = options
    this.location = `memory:${name}`
    this.#tree = treeByName.get(name) ?? new MemoryTree(nameFolding, now, isFlat)
    if (name !== '') treeByName.set(name, this.#tree)
    this.#faults = new FaultScript(faults)
    this.#limits = { ...LIMITS, nameFolding }
    const features = this.#makeFeatures()
    // Without directories of its own it makes none, as a bucket.
    if (isFlat) delete features.makeDirectory
    this.features = tellsChanges === true ? { ...features, changes: (options) => this.#changesFor(options) } : features
  }

  async #changesFor({ signal }: CallOptions): Promise<readonly TargetChange[] | 'unknown'> {
    const { place, changes } = await this.#faults.around('changes', () => {
      throwIfCancelled(signal)
      const told = this.#toldUpTo === undefined ? undefined : this.#tree.changesSince(this.#toldUpTo)
      return { place: this.#tree.place, changes: told }
    })
    if (changes === undefined) return 'unknown'
    // An answer that was lost on its way is told again.
    this.#toldUpTo = place
    return changes
  }

  #makeFeatures(): Features & { makeDirectory?: Features['makeDirectory'] } {
    const tree = this.#tree
    return {
      limits: this.#limits,
      preconditions: 'enforced',
      putBatch: (items, options) => this.#change('putBatch', options, () => this.#putBatch(items, options)),
      move: (from, to, options) => this.#change('move', options, () => this.#move(from, to, options.expect)),
      spelling: (path) =>
        this.#faults.around('stat', () => (tree.get(path) === undefined ? undefined : nameOf(tree.spellingOf(path)))),
      setMetadata: (path, metadata, options) =>
        this.#change('setMetadata', options, () => {
          tree.require(path)
          tree.assertExpected(path, options.expect)
          return tree.setMetadata(path, metadata)
        }),
      makeDirectory: (path, metadata, options) =>
        this.#change('makeDirectory', options, () => {
          if (path === ROOT_PATH) return { path, kind: 'directory', size: 0, ...metadata }
          assertName(path)
          tree.assertNoFile(path)
          return tree.setDirectory(path, metadata)
        }),
      checksum: (path) =>
        this.#faults.around('checksum', () => ({ algorithm: 'blake3', value: blake3Hex(tree.require(path).bytes) })),
      ...this.#keeping(),
    }
  }

  #keeping(): Partial<Features> {
    const tree = this.#tree
    const requireKept = ({ token }: Kept): Node => {
      if (parseKeptPath(token) === undefined) throw notKept(token)
      return tree.require(token as RelPath)
    }
    return {
      keptVersions: (path, options) => this.#keptVersions(path, options),
      statKept: async (kept) => ({ ...requireKept(kept).entry, path: kept.path }),
      readKept: (kept, options) => {
        requireKept(kept)
        return this.read(kept.token as RelPath, options)
      },
      removeKept: (kept, options) =>
        this.#change('removeKept', options, () => {
          if (parseKeptPath(kept.token) === undefined) throw notKept(kept.token)
          tree.delete(kept.token as RelPath)
        }),
      putBackKept: (kept, options) =>
        this.#change('putBackKept', options, () => {
          requireKept(kept)
          return this.#move(kept.token as RelPath, kept.path, { kind: 'any' })
        }),
    }
  }

  async *#keptVersions(path: RelPath, options: CallOptions): AsyncGenerator<KeptVersion> {
    for await (const page of this.list(KEPT_AREA, options)) {
      for (const { path: token, kind, size: sizeBytes, mtimeNs } of page) {
        const place = kind === 'file' ? parseKeptPath(token) : undefined
        if (place === undefined || !isWithin(place.path, path)) continue
        yield { ...place, mtimeMs: Number(mtimeNs / 1_000_000n), sizeBytes, token, keptBy: 'tidekeep' }
      }
    }
  }

  async *list(path: RelPath, { signal, follow }: ListOptions): AsyncGenerator<readonly Entry[]> {
    const { place, entries } = await this.#faults.around('list', () => ({
      place: this.#tree.place,
      entries: this.#tree.below(path),
    }))
    for (let start = 0; start < entries.length; start += LIST_BATCH_ENTRIES) {
      throwIfCancelled(signal)
      yield entries.slice(start, start + LIST_BATCH_ENTRIES)
    }
    if (follow === true && path === ROOT_PATH) this.#toldUpTo = place
  }

  stat(path: RelPath, { signal }: CallOptions): Promise<Entry> {
    return this.#faults.around('stat', () => {
      throwIfCancelled(signal)
      return this.#tree.require(path).entry
    })
  }

  async *read(
    path: RelPath,
    options: CallOptions & { readonly range?: { start: number; end: number }; readonly expect?: Precondition },
  ): AsyncGenerator<Uint8Array> {
    const bytes = await this.#faults.around('read', () => this.#open(path, options.expect))
    const { start, end } = options.range ?? { start: 0, end: bytes.length }
    if (start < 0 || end < start || end > bytes.length) {
      throw new TidekeepError({
        code: 'invalid',
        message: `Bytes ${start} to ${end} of ${path} were asked for, but it has ${bytes.length}.`,
        path,
      })
    }
    for (let position = start; position < end; position += READ_PIECE_BYTES) {
      throwIfCancelled(options.signal)
      yield bytes.slice(position, Math.min(end, position + READ_PIECE_BYTES))
    }
  }

  #open(path: RelPath, expect: Precondition = { kind: 'any' }): Uint8Array {
    const { entry, bytes } = this.#tree.require(path)
    this.#tree.assertExpected(path, expect)
    if (entry.kind === 'file') return bytes
    throw new TidekeepError({ code: 'invalid', message: `${path} is not a file.`, path })
  }

  put(path: RelPath, content: Content, options: PutOptions): Promise<PutResult> {
    return this.#change('put', options, () => this.#put(path, content, options))
  }

  remove(path: RelPath, { expect, keep, ...options }: RemoveOptions): Promise<Kept | undefined> {
    return this.#change('remove', options, () => {
      if (this.#tree.get(path) === undefined) return undefined
      this.#tree.assertExpected(path, expect)
      const kept = keep === undefined ? undefined : this.#tree.keep(path, 'deleted', keep)
      this.#tree.delete(path)
      return kept
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #put(path: RelPath, content: Content, options: PutOptions): Promise<PutResult> {
    assertName(path)
    if (content.size > LIMITS.maxObjectBytes) throw unsupported(path, 'is larger than this target can hold')
    const bytes = await collect(path, content, options)
    const contentHash = blake3Hex(bytes)
    if (options.contentHash !== undefined && options.contentHash !== contentHash) throw changed(path)
    throwIfCancelled(options.signal)
    // From here to the end nothing else can run: the check and the change are one.
    this.#tree.assertExpected(path, options.expect)
    this.#tree.assertPlace(path)
    const { keep, metadata } = options
    const kept = keep === undefined ? undefined : this.#tree.keep(path, 'replaced', keep)
    const entry = this.#tree.setFile(path, bytes, metadata, contentHash)
    return {
      entry,
      contentHash,
      verifiedBy: 'checksum',
      bytesSent: bytes.length,
      ...(kept === undefined ? {} : { kept }),
    }
  }

  async #putBatch(items: readonly BatchItem[], options: CallOptions): Promise<readonly BatchResult[]> {
    const results: BatchResult[] = []
    for (const { path, content, ...item } of items) {
      try {
        results.push({ ok: true, result: await this.#put(path, content, { ...options, ...item }) })
      } catch (error) {
        results.push({ ok: false, error: toTidekeepError(error, path) })
      }
    }
    return results
  }

  #move(from: RelPath, to: RelPath, expect: Precondition): Entry {
    assertName(to)
    this.#tree.require(from)
    this.#tree.assertExpected(from, expect)
    if (this.#tree.isOne(from, to)) return this.#tree.respell(to)
    if (isWithin(to, from) && this.features.makeDirectory !== undefined)
      throw new TidekeepError({ code: 'invalid', message: `${from} lies above ${to}.`, path: to })
    this.#tree.assertExpected(to, { kind: 'absent' })
    this.#tree.assertPlace(to)
    return this.#tree.move(from, to)
  }

  async #change<T>(
    call: Exclude<MemoryCall, 'list' | 'changes' | 'stat' | 'read' | 'checksum'>,
    { signal }: CallOptions,
    run: () => T | Promise<T>,
  ): Promise<T> {
    throwIfCancelled(signal)
    return this.#faults.around(call, run)
  }
}

/** A content's bytes, exactly as many as it has. */
async function collect(path: RelPath, content: Content, options: PutOptions): Promise<Uint8Array> {
  const bytes = new Uint8Array(content.size)
  let done = 0
  for await (const piece of content.open()) {
    throwIfCancelled(options.signal)
    if (done + piece.length > content.size) throw changed(path)
    bytes.set(piece, done)
    done += piece.length
    options.onProgress?.(done)
  }
  if (done !== content.size) throw changed(path)
  return bytes
}

function assertName(path: RelPath): void {
  if (path === ROOT_PATH)
    throw new TidekeepError({ code: 'invalid', message: 'The target itself is not a file.', path })
  const tooLong =
    Buffer.byteLength(path) > LIMITS.maxPathBytes ||
    path.split('/').some((segment) => Buffer.byteLength(segment) > LIMITS.maxSegmentBytes)
  if (tooLong) throw unsupported(path, `has a name longer than ${LIMITS.maxSegmentBytes} bytes`)
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new TidekeepError({ code: 'cancelled', message: sharedWordings.cancelled })
}

function unsupported(path: RelPath, why: string): TidekeepError {
  return new TidekeepError({ code: 'unsupported', message: `${path} ${why}.`, path })
}

function notKept(token: string): TidekeepError {
  return new TidekeepError({ code: 'invalid', message: `${token} is not the name of a kept version.` })
}

function changed(path: RelPath): TidekeepError {
  return new TidekeepError({ code: 'changed', message: `${path} is not what it was when it was found.`, path })
}
