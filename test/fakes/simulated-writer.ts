import { TidekeepError } from '../../common/errors.ts'
import type { Entry, Kept, Precondition, RelPath, RemovalPrecondition } from '../../common/model.ts'
import { isReserved, isWithin, parentOf, ROOT_PATH } from '../../common/paths.ts'
import type {
  Content,
  Features,
  PutOptions,
  PutResult,
  RemoveOptions,
  TargetProvider,
} from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { SimulatedSource } from './simulated-source.ts'
import type { ProcessClock } from './stepped-time.ts'

/** Told of everything that a process of Tidekeep does to the source, the moment it happens. */
export interface SourceWitness {
  /** `by`: what took the place; undefined: nothing. `keptAt`: where it is from now on; undefined: nowhere. */
  displacedHere(
    path: RelPath,
    content: string,
    how: { readonly by: string | undefined; readonly keptAt: string | undefined },
  ): void
  movedHere(from: RelPath, to: RelPath, content: string | undefined): void
  /** Something of the engine's is at the path now. */
  writtenHere(path: RelPath): void
  trace(line: string): void
}

/** What a variant of writing leaves out, to see that the simulation notices. */
export interface WriterVariant {
  readonly ignoresExpect?: true
  readonly keepsNothing?: true
}

/** The source of a simulation as somewhere to write, as the local provider does: all at once, and kept first. */
export class SimulatedWriter {
  /** Each kept version, by its token. */
  readonly #kept = new Map<string, { readonly content: string; readonly mtimeNs: bigint }>()
  /** What was put away whole, by its place: the entry itself, then what is below it. */
  readonly #aside = new Map<RelPath, readonly PutAway[]>()
  readonly #source: SimulatedSource
  readonly #witness: SourceWitness
  readonly #draw: (count: number) => number
  readonly #variant: WriterVariant
  /** The sign of an earlier use is there. */
  #isMarked = false

  constructor(parts: {
    source: SimulatedSource
    witness: SourceWitness
    draw: (count: number) => number
    variant?: WriterVariant
  }) {
    this.#source = parts.source
    this.#witness = parts.witness
    this.#draw = parts.draw
    this.#variant = parts.variant ?? {}
  }

  /** What every kept version holds. */
  get keptContents(): readonly string[] {
    const aside = [...this.#aside.values()].flat().flatMap(({ content }) => content ?? [])
    return [...[...this.#kept.values()].map(({ content }) => content), ...aside]
  }

  /** As one process sees it. */
  connect(clock: ProcessClock): TargetProvider {
    const act = async <T>(what: string, run: () => T): Promise<T> => {
      await clock.sleep(this.#draw(10))
      this.#witness.trace(`here ${what}`)
      const result = run()
      await clock.sleep(this.#draw(10))
      return result
    }
    return {
      location: '/source',
      features: this.#features(act),
      list: (path) => this.#list(path, act),
      stat: (path) => act(`stat ${path}`, () => this.#stat(path)),
      read: (path, { expect }) => this.#read(path, { expect, act }),
      put: (path, content, options) => this.#put(path, { content, options, act }),
      remove: (path, options) => act(`remove ${path}`, () => this.#remove(path, options)),
      close: async () => undefined,
    }
  }

  #features(act: <T>(what: string, run: () => T) => Promise<T>): Features {
    return {
      limits: {
        maxObjectBytes: 1e9,
        maxPathBytes: 1e4,
        maxSegmentBytes: 255,
        nameFolding: { case: 'distinct', normalization: false },
        nameRules: 'posix',
        mtimeStepNs: 1n,
        smallConcurrency: 8,
        largeConcurrency: 2,
      },
      preconditions: 'checked',
      move: (from, to, { expect }) => act(`move ${from} ${to}`, () => this.#move(from, to, expect)),
      setMetadata: (path, { mtimeNs, mode = 0o644 }, { expect }) =>
        act(`set ${path}`, () => {
          this.#assertExpected(path, expect)
          this.#source.apply({ kind: 'set', path, mtime: Number(mtimeNs), mode })
          this.#source.sync()
          this.#witness.writtenHere(path)
          return this.#stat(path)
        }),
      makeDirectory: (path) =>
        act(`make ${path}`, () => {
          if (path === ROOT_PATH) {
            this.#assertThere(false)
            this.#isMarked = true
            return this.#stat(path)
          }
          this.#assertThere()
          this.#assertRoom(path)
          if (this.#source.entry(path)?.kind === 'file') throw failed('already-exists', path)
          this.#source.apply({ kind: 'make-directory', path })
          this.#source.sync()
          this.#witness.writtenHere(path)
          return this.#stat(path)
        }),
      statKept: ({ path, token }) =>
        act(`stat kept ${token}`, () => {
          const { content, mtimeNs } = this.#keptAt(path, token)
          return { path, kind: 'file', size: content.length, mtimeNs } as const
        }),
      readKept: async function* (this: SimulatedWriter, { path, token }: Kept): AsyncGenerator<Uint8Array> {
        yield Buffer.from(this.#keptAt(path, token).content)
      }.bind(this),
      // Wanted of whoever keeps versions; nobody lists them here.
      // eslint-disable-next-line require-yield
      async *keptVersions() {
        throw new Error('nobody asks')
      },
    }
  }

  async *#list(path: RelPath, act: <T>(what: string, run: () => T) => Promise<T>): AsyncGenerator<readonly Entry[]> {
    yield await act(`list ${path}`, () =>
      this.#source.paths.filter((each) => each !== path && isWithin(each, path)).map((each) => this.#stat(each)),
    )
  }

  async *#read(
    path: RelPath,
    {
      expect,
      act,
    }: {
      readonly expect: Precondition | undefined
      readonly act: <T>(what: string, run: () => T) => Promise<T>
    },
  ): AsyncGenerator<Uint8Array> {
    yield await act(`read ${path}`, () => {
      if (this.#stat(path).kind !== 'file') throw failed('not-found', path)
      this.#assertExpected(path, expect ?? { kind: 'any' })
      this.#assertReadable(path)
      return Buffer.from(this.#source.files.get(path)!)
    })
  }

  #keptAt(path: RelPath, token: string): { readonly content: string; readonly mtimeNs: bigint } {
    this.#assertThere()
    const found = this.#kept.get(token)
    if (found === undefined) throw failed('not-found', path)
    return found
  }

  async #put(
    path: RelPath,
    {
      content,
      options,
      act,
    }: {
      readonly content: Content
      readonly options: PutOptions
      readonly act: <T>(what: string, run: () => T) => Promise<T>
    },
  ): Promise<PutResult> {
    let text = ''
    for await (const piece of content.open()) text += Buffer.from(piece).toString()
    if (text.length !== content.size) throw failed('changed', path)
    return act(`put ${path}`, () => this.#publish(path, text, options))
  }

  #publish(path: RelPath, text: string, { metadata, expect, keep }: PutOptions): PutResult {
    this.#assertThere()
    this.#assertRoom(path)
    this.#assertExpected(path, expect)
    const there = this.#source.entry(path)
    if (there?.kind === 'directory') throw failed('already-exists', path)
    const had = this.#source.files.get(path)
    const kept = had === undefined || keep === undefined ? undefined : this.#keep(path, had, 'replaced')
    if (kept !== undefined && this.#draw(25) === 0) {
      // The disk failed between the two steps of keeping and replacing.
      this.#source.apply({ kind: 'link', path })
      this.#source.sync()
      throw failed('internal', path)
    }
    this.#source.apply({
      kind: 'place',
      path,
      content: text,
      mtime: Number(metadata.mtimeNs),
      mode: metadata.mode ?? 0o644,
    })
    this.#source.sync()
    if (had !== undefined) this.#witness.displacedHere(path, had, { by: text, keptAt: kept?.token })
    this.#witness.writtenHere(path)
    return {
      entry: this.#stat(path),
      contentHash: blake3Hex(Buffer.from(text)),
      verifiedBy: 'read-back',
      bytesSent: text.length,
      ...(kept === undefined ? {} : { kept }),
    }
  }

  #remove(path: RelPath, { expect, keep }: RemoveOptions): Kept | undefined {
    this.#assertThere()
    const entry = this.#source.entry(path)
    if (entry === undefined) return undefined
    this.#assertWritable(path)
    if (entry.kind === 'directory') {
      if (expect.kind === 'etag' || expect.kind === 'absent') throw failed('precondition-failed', path)
      const isEmpty = !this.#source.paths.some((each) => each !== path && isWithin(each, path))
      if (!isEmpty || this.#source.locked.has(path)) throw failed('precondition-failed', path)
      this.#source.apply({ kind: 'remove', path })
      this.#source.sync()
      this.#witness.writtenHere(path)
      return undefined
    }
    this.#assertExpected(path, expect)
    const had = this.#source.files.get(path)!
    const kept = keep === undefined ? undefined : this.#keep(path, had, 'deleted')
    this.#source.apply({ kind: 'remove', path })
    this.#source.sync()
    this.#witness.displacedHere(path, had, { by: undefined, keptAt: kept?.token })
    this.#witness.writtenHere(path)
    return kept
  }

  #move(from: RelPath, to: RelPath, expect: Precondition): Entry {
    this.#assertThere()
    if (isReserved(from)) return this.#putBack(from, to)
    if (this.#source.entry(from) === undefined) throw failed('not-found', from)
    this.#assertExpected(from, expect)
    this.#assertWritable(from)
    if (isReserved(to)) return this.#putAway(from, to)
    this.#assertRoom(to)
    if (this.#source.entry(to) !== undefined || isWithin(to, from)) throw failed('precondition-failed', to)
    this.#source.apply({ kind: 'rename', path: from, to })
    this.#source.sync()
    this.#witness.movedHere(from, to, this.#source.files.get(to))
    this.#witness.writtenHere(from)
    this.#witness.writtenHere(to)
    return this.#stat(to)
  }

  #putAway(from: RelPath, to: RelPath): Entry {
    if (this.#aside.has(to)) throw failed('precondition-failed', to)
    const paths = this.#source.paths.filter((each) => isWithin(each, from))
    const all = paths.map((path): PutAway => ({ entry: this.#stat(path), content: this.#source.files.get(path) }))
    this.#aside.set(to, all)
    this.#source.apply({ kind: 'remove', path: from })
    this.#source.sync()
    for (const { entry, content } of all)
      if (content !== undefined) this.#witness.displacedHere(entry.path, content, { by: undefined, keptAt: to })
    this.#witness.writtenHere(from)
    return { ...all[0]!.entry, path: to }
  }

  #putBack(from: RelPath, to: RelPath): Entry {
    const all = this.#aside.get(from)
    if (all === undefined) throw failed('not-found', from)
    this.#assertRoom(to)
    if (this.#source.entry(to) !== undefined) throw failed('precondition-failed', to)
    this.#aside.delete(from)
    const top = all[0]!.entry.path
    for (const { entry, content } of all) {
      const path = `${to}${entry.path.slice(top.length)}` as RelPath
      const { mtimeNs, mode = 0o644 } = entry
      if (content === undefined) this.#source.apply({ kind: 'make-directory', path })
      else this.#source.apply({ kind: 'place', path, content, mtime: Number(mtimeNs), mode })
      this.#witness.writtenHere(path)
    }
    this.#source.sync()
    return this.#stat(to)
  }

  #keep(path: RelPath, content: string, why: Kept['why']): Kept | undefined {
    if (this.#variant.keepsNothing === true) return undefined
    const token = `${this.#kept.size}-${why}/${path}`
    this.#kept.set(token, { content, mtimeNs: this.#source.entry(path)?.mtimeNs ?? 0n })
    return { path, why, sizeBytes: content.length, token }
  }

  #stat(path: RelPath): Entry {
    this.#assertThere()
    if (path === ROOT_PATH) return { path, kind: 'directory', size: 0, mtimeNs: 0n }
    if (isReserved(path)) {
      const aside = this.#aside.get(path)?.[0]
      if (aside === undefined) throw failed('not-found', path)
      return { ...aside.entry, path }
    }
    if (this.#source.lockAbove(path) !== undefined) throw failed('forbidden', path)
    const entry = this.#source.entry(path)
    if (entry === undefined) throw failed('not-found', path)
    return entry.kind === 'file' ? { ...entry, etag: etagOf(entry) } : entry
  }

  /** An empty mount point has no sign that it was ever used. */
  #assertThere(mustBeMarked = this.#isMarked): void {
    const { mount } = this.#source
    if (mount === 'missing' || (mustBeMarked && mount === 'empty')) throw failed('unavailable', '/source')
  }

  /** As the file system has it: no name below a file, and none in a folder that may not be entered. */
  #assertRoom(path: RelPath): void {
    if (this.#source.lockAbove(path) !== undefined || this.#source.locked.has(parentOf(path)))
      throw failed('forbidden', path)
    this.#assertWritable(path)
    for (let parent = parentOf(path); parent !== ROOT_PATH; parent = parentOf(parent))
      if (this.#source.entry(parent)?.kind === 'file') throw failed('already-exists', path)
  }

  /** What is in a folder that may not be written to is neither made nor taken away. */
  #assertWritable(path: RelPath): void {
    if (this.#source.writeProtected.has(parentOf(path))) throw failed('forbidden', path)
  }

  #assertReadable(path: RelPath): void {
    if (this.#source.isUnreadable(path)) throw failed('forbidden', path)
  }

  #assertExpected(path: RelPath, expect: RemovalPrecondition): void {
    this.#assertThere()
    if (expect.kind === 'any' || this.#variant.ignoresExpect === true) return
    if (expect.kind === 'directory') throw failed('precondition-failed', path)
    const entry = this.#source.entry(path)
    const isMet =
      expect.kind === 'absent' ? entry === undefined : entry?.kind === 'file' && etagOf(entry) === expect.etag
    if (!isMet) throw failed('precondition-failed', path)
  }
}

/** A file or folder as it was when it was put away; a folder has no content. */
interface PutAway {
  readonly entry: Entry
  readonly content: string | undefined
}

function etagOf({ identity, size, mtimeNs }: Entry): string {
  return `${identity?.inode}-${size}-${mtimeNs}-${identity?.ctimeNs}`
}

function failed(code: TidekeepError['code'], path: string): TidekeepError {
  return new TidekeepError({ code, message: `${path}: ${code}.`, path })
}
