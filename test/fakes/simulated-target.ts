import { TidekeepError, type ErrorCode } from '../../common/errors.ts'
import type { Checksum, Entry, Kept, Precondition, RelPath } from '../../common/model.ts'
import { DISTINCT_NAMES, foldPath, isFolding, type NameFolding } from '../../common/name-folding.ts'
import { comparePaths, isWithin, RESERVED_DIRECTORY, ROOT_PATH } from '../../common/paths.ts'
import type { Random } from '../../main/host.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type {
  BatchResult,
  Content,
  Features,
  HeldItem,
  PutOptions,
  PutResult,
  RemoveOptions,
  TargetProvider,
} from '../../main/providers/provider.ts'
import { createBlake3 } from '../../workers/hash/blake3.ts'
import type { Edit } from './model-source.ts'
import type { ProcessClock, SteppedTime } from './stepped-time.ts'

/** A file at the target, and whose it is. */
export interface TargetFile {
  readonly content: string
  readonly isOurs: boolean
}

/** Told of everything that a process of Tidekeep destroys at the target, the moment it happens. */
export interface TargetWitness {
  /** `keptAt` is where it is from now on; undefined: nowhere. */
  replaced(path: RelPath, had: TargetFile, by: { readonly content: string; readonly keptAt: string | undefined }): void
  /** `asked`: what `agreedOn` told when this was asked for. */
  removed(path: RelPath, had: TargetFile, keptAt: string | undefined, asked?: readonly string[]): void
  /** The digests of what is agreed on at a path just now. Who asks for a change goes by that, and not by what is there when it arrives. */
  agreedOn?(path: RelPath): readonly string[]
  moved(from: RelPath, to: RelPath, had: TargetFile): void
  /** Something of ours is there now. */
  stored(path: RelPath): void
  /** Something that a process asked for which has ended since is about to happen to these paths: it went by what it knew then. */
  arrivesLate?(paths: readonly RelPath[]): void
  /** It happened. */
  arrivedLate(paths: readonly RelPath[]): void
  trace(line: string): void
}

/** What a variant of the target's client does wrong, to see that the simulation notices. */
export interface TargetVariant {
  /** Answers before what was written is durable. */
  readonly answersEarly?: true
  /** Ignores preconditions of the given calls. */
  readonly ignoresExpect?: true
}

/** What a process needs to speak to the target. */
export interface TargetClient {
  readonly clock: ProcessClock
  readonly abilities: {
    readonly directories: boolean
    readonly metadata: boolean
    readonly batches: boolean
    readonly checksums: boolean
  }
}

/** Content that nothing else has. */
export const UNLIKE_ANY: unique symbol = Symbol('unlike any')

interface Fault {
  readonly kind: 'refused' | 'lost-request' | 'lost-answer' | 'slow' | 'unproven'
  readonly code: ErrorCode
}

const unstopped = new AbortController().signal
/** Unless a world has a slower one. */
const LATENCY_MS = 40
/** Entries a listing gives at a time. */
const PAGE = 4
const SLOW_MS = 90_000
/** More than one layer of retries bears. */
const BROKEN_LISTINGS = 12

/**
 * A target on the far side of a network, over the memory provider: a request travels, is carried
 * out all at once and durably, and its answer travels back, each with a delay of its own. Either may
 * be lost. What a killed process sent may still arrive. Others use the same target.
 */
export class SimulatedTarget {
  /** Share of calls that fail in one way or another. */
  faultRate = 0
  isOut = false
  brokenListings = 0
  readonly faults = new Map<string, number>()
  readonly files = new Map<RelPath, TargetFile>()
  readonly #memory: TargetProvider
  readonly #folding: NameFolding
  readonly #time: SteppedTime
  readonly #random: Random
  readonly #witness: TargetWitness
  readonly #variant: TargetVariant
  readonly #mostLatencyMs: number
  readonly #isFlat: boolean
  /** What each version that was ever told of held. */
  readonly #contentByEtag = new Map<string, string>()
  /** Answered for, but not durable yet. */
  readonly #volatile: { readonly path: RelPath; readonly had: TargetFile | undefined }[] = []
  #foreignCount = 0

  constructor(parts: {
    time: SteppedTime
    random: Random
    witness: TargetWitness
    variant?: TargetVariant
    nameFolding?: NameFolding
    /** It holds objects, as a bucket does; see `MemoryProviderOptions`. */
    isFlat?: boolean
    /** A request or an answer takes up to this long; each draws its own, so that answers overtake each other. */
    latencyMs?: number
  }) {
    this.#folding = parts.nameFolding ?? DISTINCT_NAMES
    this.#isFlat = parts.isFlat === true
    this.#memory = createMemoryProvider({ name: '', nameFolding: this.#folding, isFlat: this.#isFlat })
    this.#time = parts.time
    this.#random = parts.random
    this.#witness = parts.witness
    this.#variant = parts.variant ?? {}
    this.#mostLatencyMs = parts.latencyMs ?? LATENCY_MS
  }

  /** What is found at the path, however it is spelled there. */
  file(path: RelPath): TargetFile | undefined {
    return this.files.get(this.#spellingOf(path))
  }

  breakListing(): void {
    this.brokenListings = BROKEN_LISTINGS
  }

  /** The target as one process sees it. */
  connect(client: TargetClient): TargetProvider {
    const memory = this.#memory
    const ask = <T>(what: string, run: () => Promise<T>) => this.#ask(client, what, run)
    return {
      location: 'simulated:',
      features: this.#features(client),
      list: (path) => this.#list(client, path),
      stat: (path) =>
        ask(`stat ${path}`, async () => this.#told(client, await memory.stat(path, { signal: unstopped }))),
      read: (path, options) => this.#read(client, path, options),
      put: (path, content, options) => this.#put(client, { path, content, options }),
      remove: (path, options) => {
        const asked = this.#witness.agreedOn?.(path)
        return this.#change(client, { what: `remove ${path}`, paths: [path], signal: options.signal }, () =>
          this.#removeNow(path, options, asked),
        )
      },
      close: async () => undefined,
    }
  }

  /** Another program stores or removes something; what does not fit does not happen. */
  async meddle(path: RelPath, content: string | typeof UNLIKE_ANY | undefined): Promise<boolean> {
    const expect = { kind: 'any' } as const
    try {
      if (content === undefined) {
        await this.#memory.remove(path, { expect, signal: unstopped })
        this.files.delete(this.#spellingOf(path))
        return true
      }
      const text = content === UNLIKE_ANY ? `F${String(++this.#foreignCount).padStart(3, '0')}` : content
      await this.#memory.put(path, contentOf(text), { expect, signal: unstopped, metadata: { mtimeNs: 7n } })
      this.files.set(await this.#listed(path), { content: text, isOurs: false })
      return true
    } catch {
      return false
    }
  }

  /** What a person does at the target with a file manager, dated `mtimeNs`; what does not fit does not happen. */
  async edit(edit: Edit, mtimeNs: bigint): Promise<boolean> {
    const { path } = edit
    const how = { expect: { kind: 'any' }, signal: unstopped } as const
    const { features } = this.#memory
    try {
      if (edit.kind === 'make-directory') await features.makeDirectory!(path, { mtimeNs }, how)
      else if (edit.kind === 'rename') await this.#editName(path, edit.to)
      else if (edit.kind === 'remove') await this.#editAway(path)
      else if (edit.kind === 'touch' || edit.kind === 'chmod') {
        const { mode = 0o644, mtimeNs: had, kind } = await this.#memory.stat(path, how)
        if (kind !== 'file') return false
        const changed = edit.kind === 'touch' ? { mtimeNs, mode } : { mtimeNs: had, mode: mode ^ 0o040 }
        await features.setMetadata!(path, changed, how)
      } else if (edit.kind === 'write') {
        await this.#memory.put(path, contentOf(edit.content), { ...how, metadata: { mtimeNs, mode: 0o644 } })
        this.files.set(await this.#listed(path), { content: edit.content, isOurs: false })
      } else return false
      return true
    } catch {
      return false
    }
  }

  async #editName(from: RelPath, to: RelPath): Promise<void> {
    if (this.#isFlat) return this.#editNames(from, to)
    const source = isFolding(this.#folding) ? await this.#listed(from) : from
    await this.#memory.features.move!(from, to, { expect: { kind: 'any' }, signal: unstopped })
    if (isFolding(this.#folding) && this.#fold(from) === this.#fold(to)) return this.#respelled()
    for (const [path, file] of new Map(this.files)) {
      if (!isWithin(path, source)) continue
      const moved = await this.#listed(`${to}${path.slice(source.length)}` as RelPath)
      this.files.delete(path)
      this.files.set(moved, file)
    }
  }

  /** Object by object; what is taken already stays where it is. */
  async #editNames(from: RelPath, to: RelPath): Promise<void> {
    if (isWithin(to, from)) return
    for (const [path, file] of [...this.files].filter(([each]) => isWithin(each, from))) {
      const moved = `${to}${path.slice(from.length)}` as RelPath
      if (this.files.has(moved)) continue
      await this.#memory.features.move!(path, moved, { expect: { kind: 'any' }, signal: unstopped })
      this.files.delete(path)
      this.files.set(moved, file)
    }
  }

  async #editAway(top: RelPath): Promise<void> {
    const place = await this.#listed(top)
    const below = [...(await this.entries()).keys()].filter((path) => isWithin(path, place)).toSorted(comparePaths)
    for (const path of below.toReversed()) {
      await this.#memory.remove(path, { expect: { kind: 'any' }, signal: unstopped })
      this.files.delete(path)
    }
  }

  /** Power is lost: what was not durable is undone. Nothing, unless a variant answers too early. */
  async powerCut(): Promise<void> {
    for (const { path, had } of this.#volatile.splice(0).toReversed()) {
      await this.meddle(path, had?.content)
      if (had !== undefined) this.files.set(this.#spellingOf(path), had)
    }
  }

  /** What the version with this etag held, when a client was told of it. */
  contentOf(etag: string | undefined): string | undefined {
    return etag === undefined ? undefined : this.#contentByEtag.get(etag)
  }

  /** What was agreed on is ours, whoever put it there. */
  adopt(path: RelPath): void {
    const found = this.file(path)
    if (found !== undefined) this.files.set(this.#spellingOf(path), { ...found, isOurs: true })
  }

  /** What every kept version holds, by where it is, as a client of the target would find it. */
  async keptContents(): Promise<ReadonlyMap<RelPath, string>> {
    const { features } = this.#memory
    const contents = new Map<RelPath, string>()
    for await (const kept of features.keptVersions!(ROOT_PATH, { signal: unstopped })) {
      let content = ''
      for await (const piece of features.readKept!(kept, { signal: unstopped }))
        content += Buffer.from(piece).toString()
      contents.set(kept.token as RelPath, content)
    }
    return contents
  }

  /** Everything at the target, also what was put aside. */
  async entries(): Promise<ReadonlyMap<RelPath, Entry>> {
    const found = new Map<RelPath, Entry>()
    for (const root of [ROOT_PATH, RESERVED_DIRECTORY as RelPath])
      for await (const page of this.#memory.list(root, { signal: unstopped }))
        for (const entry of page) found.set(entry.path, entry)
    return found
  }

  #features(client: TargetClient): Features {
    const { features } = this.#memory
    const { abilities } = client
    const change = <T>(
      name: string,
      { paths, signal }: { readonly paths: readonly RelPath[]; readonly signal: AbortSignal },
      run: () => Promise<T>,
    ) => this.#change(client, { what: `${name} ${paths.join(' ')}`, paths, signal }, run)
    const anything = { kind: 'any' } as const
    const late = { signal: unstopped }
    return {
      limits: { ...features.limits, smallConcurrency: 6 },
      preconditions: 'enforced',
      move: (from, to, options) =>
        change('move', { ...options, paths: [from, to] }, () => this.#moveNow(from, to, options.expect)),
      spelling: (path, options) => this.#ask(client, `spelling ${path}`, () => features.spelling!(path, options)),
      ...(abilities.batches
        ? {
            putBatch: (items, { signal }) =>
              Promise.all(
                items.map(({ path, content, ...item }) =>
                  this.#put(client, { path, content, options: { ...item, signal } }).then(
                    (result): BatchResult => ({ ok: true, result }),
                    (error: Error): BatchResult => ({ ok: false, error }),
                  ),
                ),
              ),
          }
        : {}),
      ...(abilities.metadata
        ? {
            setMetadata: (path, metadata, options) =>
              change('set', { ...options, paths: [path] }, async () => {
                const expect = this.#variant.ignoresExpect === true ? anything : options.expect
                const entry = await features.setMetadata!(path, metadata, { ...late, expect })
                this.#note(entry)
                return entry
              }),
          }
        : {}),
      ...(abilities.directories && !this.#isFlat
        ? {
            makeDirectory: (path, metadata, options) =>
              path === ROOT_PATH
                ? Promise.resolve({ path, kind: 'directory', size: 0, mtimeNs: 0n } as const)
                : change('make', { ...options, paths: [path] }, () => features.makeDirectory!(path, metadata, late)),
          }
        : {}),
      ...(abilities.checksums
        ? {
            checksum: (path) => this.#ask(client, `checksum ${path}`, () => features.checksum!(path, late)),
            checksums: (items) =>
              this.#ask(client, `checksums of ${items.length}`, () =>
                Promise.all(items.map((item) => this.#checksumOf(item))),
              ),
          }
        : {}),
      keptVersions: (path, options) => features.keptVersions!(path, options),
      statKept: (kept, options) => this.#ask(client, `stat kept ${kept.path}`, () => features.statKept!(kept, options)),
      readKept: (kept, options) => features.readKept!(kept, options),
    }
  }

  async #checksumOf({ path, etag }: HeldItem): Promise<Checksum | undefined> {
    const hasher = createBlake3()
    try {
      const expect = { kind: 'etag', etag } as const
      for await (const piece of this.#memory.read(path, { signal: unstopped, expect })) hasher.update(piece)
    } catch {
      return undefined
    }
    return { algorithm: 'blake3', value: hasher.digestHex() }
  }

  async #put(
    client: TargetClient,
    { path, content, options }: { readonly path: RelPath; readonly content: Content; readonly options: PutOptions },
  ): Promise<PutResult> {
    let text = ''
    for await (const piece of content.open()) text += Buffer.from(piece).toString()
    if (text.length !== content.size) throw new TidekeepError({ code: 'changed', message: `${path} changed.`, path })
    const { signal } = options
    return this.#change(
      client,
      { what: `put ${path}`, paths: [path], signal, canBeUnproven: options.expect.kind === 'absent' },
      (fault) =>
        this.#putNow(path, fault?.kind === 'unproven' ? `?${text.slice(1)}` : text, {
          options,
          isProven: fault?.kind !== 'unproven',
        }),
    )
  }

  async #putNow(
    path: RelPath,
    text: string,
    { options, isProven }: { readonly options: PutOptions; readonly isProven: boolean },
  ): Promise<PutResult> {
    const expect: Precondition = this.#variant.ignoresExpect === true ? { kind: 'any' } : options.expect
    const result = await this.#memory.put(path, contentOf(text), { ...options, expect, signal: unstopped })
    const had = this.file(path)
    const keptAt = this.#noteKept(result.kept, had)
    if (had !== undefined && had.content !== text) this.#witness.replaced(path, had, { content: text, keptAt })
    if (this.#variant.answersEarly === true) this.#volatile.push({ path, had })
    this.files.set(await this.#listed(path), { content: text, isOurs: true })
    this.#note(result.entry)
    this.#witness.stored(path)
    return isProven ? result : { ...result, verifiedBy: 'none' }
  }

  async #removeNow(
    path: RelPath,
    options: RemoveOptions,
    asked: readonly string[] | undefined,
  ): Promise<Kept | undefined> {
    const expect: RemoveOptions['expect'] = this.#variant.ignoresExpect === true ? { kind: 'any' } : options.expect
    const kept = await this.#memory.remove(path, { ...options, expect, signal: unstopped })
    const had = this.file(path)
    this.files.delete(this.#spellingOf(path))
    const keptAt = this.#noteKept(kept, had)
    if (had !== undefined) this.#witness.removed(path, had, keptAt, asked)
    return kept
  }

  /** What the memory provider kept is what was there. */
  #noteKept(kept: Kept | undefined, had: TargetFile | undefined): string | undefined {
    if (kept === undefined || had === undefined) return undefined
    this.files.set(kept.token as RelPath, had)
    return kept.token
  }

  async #moveNow(from: RelPath, to: RelPath, expect: Precondition): Promise<Entry> {
    const source = isFolding(this.#folding) ? await this.#listed(from) : from
    const entry = await this.#memory.features.move!(from, to, { expect, signal: unstopped })
    if (isFolding(this.#folding) && this.#fold(from) === this.#fold(to)) {
      await this.#respelled()
      this.#note(entry)
      return entry
    }
    for (const [path, file] of new Map(this.files)) {
      if (this.#isFlat ? path !== source : !isWithin(path, source)) continue
      const moved = await this.#listed(`${to}${path.slice(source.length)}` as RelPath)
      this.files.delete(path)
      this.files.set(moved, file)
      this.#witness.moved(path, moved, file)
    }
    this.#note(entry)
    return entry
  }

  async *#list(client: TargetClient, path: RelPath): AsyncGenerator<readonly Entry[]> {
    let last: RelPath | undefined
    for (;;) {
      const page = await this.#ask(client, `list ${path} ${last ?? ''}`, async () => {
        const entries: Entry[] = []
        for await (const batch of this.#memory.list(path, { signal: unstopped })) entries.push(...batch)
        return entries
          .filter((entry) => last === undefined || comparePaths(entry.path, last) > 0)
          .map((entry) => this.#told(client, entry))
      })
      if (this.brokenListings > 0 && (last !== undefined || page.length <= PAGE)) {
        this.brokenListings--
        throw new TidekeepError({ code: 'unavailable', message: 'The listing broke off.' })
      }
      if (page.length === 0) return
      const shown = page.slice(0, PAGE)
      yield shown
      last = shown.at(-1)!.path
    }
  }

  async *#read(
    client: TargetClient,
    path: RelPath,
    options: Parameters<TargetProvider['read']>[1],
  ): AsyncGenerator<Uint8Array> {
    const pieces = await this.#ask(client, `read ${path}`, async () => {
      const found: Uint8Array[] = []
      for await (const piece of this.#memory.read(path, { ...options, signal: unstopped })) found.push(piece)
      return found
    })
    for (const piece of pieces) {
      const isCut = this.#random.next() < this.faultRate / 2
      yield isCut ? piece.subarray(0, piece.length / 2) : piece
      if (isCut) throw new TidekeepError({ code: 'corrupt', message: `Reading ${path} broke off.`, path })
    }
  }

  /** An entry as a client sees it. A target that computes no digests does not tell any: content must be read back. */
  #told({ abilities }: TargetClient, entry: Entry): Entry {
    this.#note(entry)
    if (abilities.checksums) return entry
    const { checksums: _checksums, ...rest } = entry
    return rest
  }

  #note({ path, etag }: Entry): void {
    const file = this.file(path)
    if (etag !== undefined && file !== undefined) this.#contentByEtag.set(etag, file.content)
  }

  #fold(path: RelPath): string {
    return foldPath(path, this.#folding)
  }

  /** The key of the file, if one is there. */
  #spellingOf(path: RelPath): RelPath {
    if (!isFolding(this.#folding)) return path
    const folded = this.#fold(path)
    return [...this.files.keys()].find((each) => this.#fold(each) === folded) ?? path
  }

  /** As the store lists the path, which is there. */
  async #listed(path: RelPath): Promise<RelPath> {
    if (!isFolding(this.#folding)) return path
    const folded = this.#fold(path)
    return [...(await this.entries()).keys()].find((each) => this.#fold(each) === folded) ?? path
  }

  /** Something was given another spelling, or several things were. */
  async #respelled(): Promise<void> {
    const listed = new Map([...(await this.entries()).keys()].map((path) => [this.#fold(path), path]))
    const files = [...this.files]
    this.files.clear()
    for (const [path, file] of files) this.files.set(listed.get(this.#fold(path)) ?? path, file)
  }

  /** A call that changes nothing. */
  async #ask<T>(client: TargetClient, what: string, run: () => Promise<T>): Promise<T> {
    const fault = this.#drawFault(false)
    this.#witness.trace(`${what} ${fault?.kind ?? ''}`)
    await this.#travel(client, fault)
    if (fault !== undefined && fault.kind !== 'slow') throw errorOf(fault)
    const result = await run()
    await this.#pause(client)
    return result
  }

  /** A call that changes something: once sent, it may arrive whatever becomes of its sender. */
  #change<T>(
    client: TargetClient,
    call: {
      readonly what: string
      readonly paths: readonly RelPath[]
      readonly signal: AbortSignal
      readonly canBeUnproven?: boolean
    },
    run: (fault: Fault | undefined) => Promise<T>,
  ): Promise<T> {
    if (call.signal.aborted) return Promise.reject(new TidekeepError({ code: 'cancelled', message: 'Cancelled.' }))
    const fault = this.#drawFault(call.canBeUnproven === true)
    this.#witness.trace(`${call.what} ${fault?.kind ?? ''}`)
    const isRefused = fault?.kind === 'refused' || fault?.kind === 'lost-request'
    return new Promise<T>((resolve, reject) => {
      const arrive = async (): Promise<void> => {
        if (client.clock.isDead && this.#random.next() < 0.5) return
        this.#witness.trace(`arrived ${call.what}`)
        if (isRefused) return answer(() => reject(errorOf(fault)))
        try {
          if (client.clock.isDead) this.#witness.arrivesLate?.(call.paths)
          const result = await run(fault)
          if (client.clock.isDead) this.#witness.arrivedLate(call.paths)
          answer(() => (fault?.kind === 'lost-answer' ? reject(errorOf(fault)) : resolve(result)))
        } catch (error) {
          answer(() => reject(error))
        }
      }
      const answer = (end: () => void): void => void client.clock.after(this.#latencyMs(), end)
      const travelMs = this.#latencyMs() + (fault?.kind === 'slow' ? SLOW_MS : 0)
      this.#time.after(travelMs, () => void arrive())
    })
  }

  async #travel(client: TargetClient, fault: Fault | undefined): Promise<void> {
    await this.#pause(client)
    if (fault?.kind === 'slow') await client.clock.sleep(SLOW_MS)
  }

  #pause(client: TargetClient): Promise<void> {
    return client.clock.sleep(this.#latencyMs())
  }

  #latencyMs(): number {
    return Math.floor(this.#random.next() ** 2 * this.#mostLatencyMs)
  }

  #drawFault(canBeUnproven: boolean): Fault | undefined {
    if (this.isOut) return { kind: 'refused', code: 'unavailable' }
    if (this.faultRate === 0 || this.#random.next() >= this.faultRate) return undefined
    const drawn = this.#random.next()
    const fault = FAULTS.find(([upTo]) => drawn < upTo)![1]
    const fit = fault.kind === 'unproven' && !canBeUnproven ? FAULTS[0]![1] : fault
    this.faults.set(`${fit.kind} ${fit.code}`, (this.faults.get(`${fit.kind} ${fit.code}`) ?? 0) + 1)
    return fit
  }
}

const FAULTS: readonly (readonly [number, Fault])[] = [
  [0.2, { kind: 'lost-request', code: 'timeout' }],
  [0.4, { kind: 'lost-answer', code: 'timeout' }],
  [0.5, { kind: 'lost-answer', code: 'unavailable' }],
  [0.62, { kind: 'refused', code: 'throttled' }],
  [0.72, { kind: 'refused', code: 'unavailable' }],
  [0.78, { kind: 'refused', code: 'corrupt' }],
  [0.83, { kind: 'refused', code: 'quota-exceeded' }],
  [0.87, { kind: 'refused', code: 'forbidden' }],
  [0.93, { kind: 'unproven', code: 'corrupt' }],
  [1, { kind: 'slow', code: 'timeout' }],
]

function errorOf({ kind, code }: Fault): TidekeepError {
  return new TidekeepError({
    code,
    message: `The target said ${code}.`,
    ambiguous: kind === 'lost-answer' || kind === 'lost-request',
    ...(code === 'throttled' ? { retry: { kind: 'after', delayMs: 3_000 } } : {}),
  })
}

function contentOf(text: string): Content {
  const bytes = Buffer.from(text)
  return {
    size: bytes.length,
    open: async function* () {
      yield bytes
    },
  }
}
