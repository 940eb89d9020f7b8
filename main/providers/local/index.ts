import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TidekeepError } from '../../../common/errors.ts'
import { MAX_SEGMENT_LENGTH } from '../../../common/name-rules.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { Checksum, Entry, Kept, Precondition, RelPath } from '../../../common/model.ts'
import { SETTABLE_MTIME_STEP_NS } from '../../../workers/fs/file-times.ts'
import { targetMissing, translateTargetError } from '../../../workers/fs/target-errors.ts'
import { entriesOfColumns, stretchOfColumns } from '../../../workers/entry-columns.ts'
import { isSameFile, mayHaveInode } from '../../../workers/fs/target-stat.ts'
import { digestOfListing } from '../../../workers/stretch-digest.ts'
import type {
  ListPage,
  ListTarget,
  TargetCall,
  TargetCallResult,
  TargetPlace,
  TargetStat,
} from '../../../workers/tasks.ts'
import type {
  CallOptions,
  Capacity,
  Features,
  HeldItem,
  Limits,
  ListedStretch,
  Metadata,
  RemoveOptions,
  TargetProvider,
} from '../provider.ts'
import type { ProviderDeps } from '../registry.ts'
import { LocalAssembly } from './assemble.ts'
import { Blame } from './blame.ts'
import { LocalDirectories } from './directories.ts'
import { toEntry } from './entry.ts'
import { LocalCopiesOut } from './copy-out.ts'
import { GroupSync } from './group-sync.ts'
import { beganAt, keptOf, localKept } from './kept.ts'
import { assertStorable, MAX_PATH_BYTES } from './names.ts'
import { Owners } from './owners.ts'
import { LocalPuts } from './put.ts'
import { throwIfCancelled } from './task-control.ts'
import { readLocal } from './read.ts'
import { TargetGuard } from './target-guard.ts'
import { localFailureTexts } from './local-failure-texts.ts'

/** Each page finds its way to where the last one ended, so short ones read directories twice. */
const LIST_PAGE_ENTRIES = 2000
/** Options of {@link createLocalProvider}. */
export interface LocalProviderOptions {
  /** Absolute. */
  readonly root: string
  readonly deps: Pick<ProviderDeps, 'host' | 'pool'>
  /**
   * True when the target was used before: a root that is missing, or lacks the marker of that use,
   * then means "the disk is not connected" (`unavailable`) and is never made anew.
   */
  readonly mustExist?: boolean
}

/**
 * A folder on this computer: an external disk, a NAS mount. Files are kept as they are, under their
 * own names. Conditions on absence are atomic; those on an etag are looked up right before the
 * rename. Etags follow inode, size, mtime and ctime.
 */
export function createLocalProvider(options: LocalProviderOptions): TargetProvider {
  return new LocalProvider(options)
}

class LocalProvider implements TargetProvider {
  readonly location: string
  readonly features: Features
  readonly #deps: LocalProviderOptions['deps']
  readonly #guard: TargetGuard
  readonly #groupSync: GroupSync
  readonly #puts: LocalPuts
  readonly #copiesOut: LocalCopiesOut
  readonly #assembly: LocalAssembly
  readonly #directories: LocalDirectories
  readonly #blame: Blame
  readonly #owners = new Owners()

  constructor({ root, deps, mustExist = false }: LocalProviderOptions) {
    this.location = root
    this.#deps = deps
    this.#guard = new TargetGuard({ root, deps, mustExist })
    this.#groupSync = new GroupSync(root)
    const shared = { guard: this.#guard, groupSync: this.#groupSync }
    this.#puts = new LocalPuts({ root, deps, ...shared })
    this.#copiesOut = new LocalCopiesOut({ root, deps, guard: this.#guard })
    this.#assembly = new LocalAssembly({ root, deps, ...shared })
    this.#directories = new LocalDirectories({ pool: deps.pool, ...shared })
    this.#blame = new Blame({ root, pool: deps.pool, guard: this.#guard })
    this.features = this.#makeFeatures()
  }

  #makeFeatures(): Features {
    const limits = (): Limits => this.#limits()
    return {
      get limits() {
        return limits()
      },
      preconditions: 'checked',
      isSameFile,
      isLinkTo: (found, options) => this.#isLinkTo(found, options),
      listStretches: (path, options) => this.#listStretches(path, options),
      putBatch: (items, options) => this.#blame.judgedBatch(() => this.#puts.putBatch(items, options)),
      move: (from, to, options) => this.#move(from, to, options),
      spelling: (path, options) => this.#spelling(path, options),
      setMetadata: (path, metadata, { expect, signal }) =>
        this.#change({ kind: 'set-metadata', path, expect, ...metadata }, signal),
      makeDirectory: (path, metadata, options) =>
        this.#blame.judged(() => this.#makeDirectory(path, metadata, options)),
      checksum: (path, options) => this.#blame.judged(() => this.#checksum(path, options)),
      checksums: (items, options) => this.#checksums(items, options),
      copyOut: (items, options) => this.#copiesOut.copyOut(items, options),
      freeBytes: async () => (await this.#capacity()).freeBytes,
      capacity: () => this.#capacity(),
      assemblyLimits: () => this.#assembly.limits(),
      assemble: (path, content, parts, options) =>
        this.#blame.judged(() => this.#assembly.assemble(path, content, parts, options)),
      ...localKept(this, { location: this.location, guard: this.#guard, pool: this.#deps.pool }),
    }
  }

  #limits(): Limits {
    const { maxFileBytes = Number.MAX_SAFE_INTEGER, mtimeStepNs = SETTABLE_MTIME_STEP_NS } = this.#guard.traits
    return {
      maxObjectBytes: maxFileBytes,
      maxPathBytes: MAX_PATH_BYTES - Buffer.byteLength(this.location) - 1,
      maxSegmentBytes: MAX_SEGMENT_LENGTH,
      nameFolding: this.#guard.names.folding,
      nameRules: this.#guard.names.rules,
      mtimeStepNs,
      makesDirectoriesTogether: true,
      // One of 3,150 is copied, one is made durable, one waits for its names to be durable with that, and one is next: with three,
      // nobody copied for a sixth of the time. They are large since each sync of the file system holds up what creates files
      // meanwhile. 50,000 small files took 3.6 s for the first time, with three groups of 2,100 4.1 s (medians of runs in turns).
      smallConcurrency: 12_600,
      smallGroups: 4,
      largeConcurrency: 2,
    }
  }

  async *list(path: RelPath, options: CallOptions): AsyncGenerator<readonly Entry[]> {
    for await (const { stretches } of this.#pages(path, options))
      for (const columns of stretches) if (columns.kinds.length > 0) yield entriesOfColumns(columns)
  }

  async *#listStretches(path: RelPath, options: CallOptions): AsyncGenerator<ListedStretch> {
    for await (const { stretches } of this.#pages(path, options, true))
      for (const columns of stretches)
        if (columns.kinds.length > 0)
          yield { ...stretchOfColumns(columns, digestOfListing), entries: () => entriesOfColumns(columns) }
  }

  async *#pages(path: RelPath, { signal }: CallOptions, isInStretches = false): AsyncGenerator<ListPage> {
    const place = await this.#guard.find()
    if (place === undefined) return
    for (let coming = this.#page(place, path, { signal, isInStretches }); ;) {
      throwIfCancelled(signal)
      const page = await coming
      const { more, unreadableNames } = page
      await this.#assertSame(place)
      if (more === undefined && unreadableNames > 0)
        this.#deps.host.log.warn('names_not_unicode', { count: unreadableNames })
      // Read while this one is looked at.
      if (more !== undefined) coming = this.#page(place, path, { signal, isInStretches, after: more })
      yield page
      if (more === undefined) return
    }
  }

  #page(
    { root, etagBy }: TargetPlace,
    path: RelPath,
    { signal, isInStretches, after }: CallOptions & Pick<ListTarget, 'after' | 'isInStretches'>,
  ): Promise<ListPage> {
    const wanted: ListTarget = {
      root,
      path,
      etagBy,
      limit: LIST_PAGE_ENTRIES,
      ...(isInStretches === true ? { isInStretches } : {}),
      ...(after === undefined ? {} : { after }),
    }
    const page = this.#deps.pool.run('listTarget', wanted, { signal })
    // A reader that stops early never asks how it ended.
    page.catch(() => undefined)
    return page
  }

  /** A disk that went away in the middle must not pass for an empty one (I12). */
  async #assertSame(place: TargetPlace): Promise<void> {
    const now = await this.#guard.find()
    if (now?.rootInode !== place.rootInode) throw targetMissing(this.location)
  }

  async stat(path: RelPath, { signal }: CallOptions): Promise<Entry> {
    const { place, stat } = await this.#statNow(path, signal)
    const owner = stat.uid === undefined ? undefined : await this.#owners.nameOf(stat.uid)
    return { ...toEntry(place, path, stat), ...(owner === undefined ? {} : { changedBy: { owner } }) }
  }

  async #isLinkTo(
    { path, etag, identity }: Entry,
    { inode, signal }: CallOptions & { readonly inode: string },
  ): Promise<boolean> {
    if (identity !== undefined && identity.inode !== inode) return false
    if (etag !== undefined && !mayHaveInode(etag, inode)) return false
    throwIfCancelled(signal)
    const place = await this.#guard.find()
    const stat = place === undefined ? undefined : (await this.#call(place, { kind: 'stat', path })).stat
    // With a single name it is the source itself that is seen from two places (a bind mount): a copy would take its place in both.
    return stat?.kind === 'file' && stat.inode === inode && stat.names !== 1
  }

  async *read(
    path: RelPath,
    options: CallOptions & { readonly range?: { start: number; end: number }; readonly expect?: Precondition },
  ): AsyncGenerator<Uint8Array> {
    throwIfCancelled(options.signal)
    const place = await this.#guard.find()
    if (place === undefined) throw this.#missing(path)
    yield* readLocal(place, { path, ...options })
  }

  put: TargetProvider['put'] = async (path, content, options) => {
    assertStorable(this.location, path)
    return this.#blame.judged(() => this.#puts.put(path, content, options))
  }

  async remove(path: RelPath, { expect, keep, signal }: RemoveOptions): Promise<Kept | undefined> {
    throwIfCancelled(signal)
    assertStorable(this.location, path)
    const place = await this.#guard.find()
    if (place === undefined) return undefined
    const call: TargetCall =
      keep === undefined
        ? { kind: 'remove', path, expect }
        : { kind: 'keep-deleted', path, expect, atMs: keep.atMs, ...beganAt(keep) }
    return keptOf(path, await this.#call(place, call), 'deleted').kept
  }

  close(): Promise<void> {
    this.#groupSync.close()
    this.#copiesOut.close()
    return Promise.resolve()
  }

  async #move(
    from: RelPath,
    to: RelPath,
    { expect, signal }: CallOptions & { readonly expect: Precondition },
  ): Promise<Entry> {
    assertStorable(this.location, from)
    return this.#change({ kind: 'move', from, path: to, expect }, signal)
  }

  async #spelling(path: RelPath, { signal }: CallOptions): Promise<string | undefined> {
    throwIfCancelled(signal)
    const place = await this.#guard.find()
    return place === undefined ? undefined : (await this.#call(place, { kind: 'spelling', path })).spelling
  }

  async #makeDirectory(
    path: RelPath,
    metadata: Metadata,
    { signal, onMade }: CallOptions & { readonly onMade?: () => void },
  ): Promise<Entry> {
    if (path === ROOT_PATH) {
      await this.#guard.prepare()
      return this.stat(path, { signal })
    }
    throwIfCancelled(signal)
    assertStorable(this.location, path)
    const { place, stat } = await this.#directories.make(path, metadata, onMade)
    return toEntry(place, path, stat)
  }

  async #checksum(path: RelPath, { signal }: CallOptions): Promise<Checksum> {
    const { stat } = await this.#statNow(path, signal)
    const source = { absolutePath: join(this.location, path), ...stat }
    return { algorithm: 'blake3', value: await this.#deps.pool.run('hashFile', source, { signal }) }
  }

  async #checksums(files: readonly HeldItem[], { signal }: CallOptions): Promise<readonly (Checksum | undefined)[]> {
    throwIfCancelled(signal)
    const place = await this.#guard.find()
    if (place === undefined) return files.map(() => undefined)
    const hashes = await this.#deps.pool.run('hashHeld', { place, files }, { signal })
    return hashes.map((value) => (value === undefined ? undefined : { algorithm: 'blake3', value }))
  }

  async #capacity(): Promise<Required<Capacity>> {
    const place = await this.#guard.find()
    try {
      const { bavail, bfree, blocks, bsize } = await statfs(place?.root ?? dirname(this.location))
      return { totalBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize, freeBytes: bavail * bsize }
    } catch (error) {
      throw translateTargetError(error, { path: this.location, root: this.location })
    }
  }

  async #change(call: TargetCall, signal: AbortSignal): Promise<Entry> {
    throwIfCancelled(signal)
    assertStorable(this.location, call.path as RelPath)
    const place = await this.#guard.prepare()
    const { stat } = await this.#call(place, call)
    if (stat === undefined) throw this.#missing(call.path)
    return toEntry(place, call.path as RelPath, stat)
  }

  async #statNow(path: RelPath, signal: AbortSignal): Promise<{ place: TargetPlace; stat: TargetStat }> {
    throwIfCancelled(signal)
    const place = await this.#guard.find()
    const stat = place === undefined ? undefined : (await this.#call(place, { kind: 'stat', path })).stat
    if (place === undefined || stat === undefined) throw this.#missing(path)
    return { place, stat }
  }

  /** Not interrupted: a call that changes something must be known to have ended. */
  #call(place: TargetPlace, call: TargetCall): Promise<TargetCallResult> {
    return this.#blame.judged(() =>
      this.#deps.pool.run('callTarget', { place, call }, { signal: new AbortController().signal }),
    )
  }

  #missing(path: string): TidekeepError {
    const full = join(this.location, path)
    return new TidekeepError({ code: 'not-found', message: localFailureTexts.index.isNotThere({ full }), path: full })
  }
}
