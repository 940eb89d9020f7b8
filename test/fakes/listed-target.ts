import { createHash } from 'node:crypto'
import { TidekeepError } from '../../common/errors.ts'
import type { BaselineEntry, Checksum, Entry, FolderId, Precondition, RelPath } from '../../common/model.ts'
import { DISTINCT_NAMES } from '../../common/name-folding.ts'
import { comparePaths, isWithin } from '../../common/paths.ts'
import type { CallOptions, SourceProvider } from '../../main/providers/provider.ts'
import type { BaselineStore } from '../../main/state/store.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'

interface StoredObject {
  readonly entry: Entry
  readonly bytes: Uint8Array
}

/** What a test says of one object; the rest follows from its content. */
export interface ObjectOptions {
  readonly mtimeNs?: bigint
  readonly mode?: number
  /** Digests stored with it; BLAKE3 of the content unless said otherwise. */
  readonly checksums?: readonly Checksum[]
  readonly storageClass?: string
  /** The listing leaves the checksums out, as S3 does. */
  readonly terse?: boolean
}

/** A target whose every entry, name and byte the test decides, hostile ones too. */
export class ListedTarget implements SourceProvider {
  readonly location = 'fake:target'
  readonly features = {
    preconditions: 'enforced',
    limits: {
      maxObjectBytes: 2 ** 40,
      maxPathBytes: 4096,
      maxSegmentBytes: 255,
      nameFolding: DISTINCT_NAMES,
      nameRules: 'posix',
      mtimeStepNs: 1n,
      smallConcurrency: 8,
      largeConcurrency: 2,
    },
  } as const
  readonly objects = new Map<string, StoredObject>()
  readonly #terse = new Set<string>()
  /** Called before each read; a test throws from it or changes things. */
  beforeRead: (path: string) => void = () => undefined
  /** Called after each listed batch. */
  afterBatch: () => void = () => undefined
  readonly readPaths: string[] = []

  put(path: string, content: string | Uint8Array, options: ObjectOptions = {}): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    const { mtimeNs = 1_700_000_000_000_000_000n, mode, checksums, storageClass, terse } = options
    const entry: Entry = {
      path: path as RelPath,
      kind: 'file',
      size: bytes.byteLength,
      mtimeNs,
      etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
      checksums: checksums ?? [{ algorithm: 'blake3', value: blake3Hex(bytes) }],
      ...(mode === undefined ? {} : { mode }),
      ...(storageClass === undefined ? {} : { storageClass }),
    }
    this.objects.set(path, { entry, bytes })
    if (terse === true) this.#terse.add(path)
  }

  putDirectory(path: string, mtimeNs = 1_600_000_000_000_000_000n, mode = 0o755): void {
    const entry: Entry = { path: path as RelPath, kind: 'directory', size: 0, mtimeNs, mode }
    this.objects.set(path, { entry, bytes: new Uint8Array() })
  }

  /** Changes content without anything that metadata would show. */
  flipBit(path: string, bit: number): void {
    const { entry, bytes } = this.objects.get(path)!
    const flipped = Uint8Array.from(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    this.objects.set(path, { entry, bytes: flipped })
  }

  async *list(path: RelPath, { signal }: CallOptions): AsyncGenerator<readonly Entry[]> {
    const entries = [...this.objects.values()]
      .map(({ entry }) => entry)
      .filter((entry) => entry.path !== path && isWithin(entry.path, path))
      .toSorted((left, right) => comparePaths(left.path, right.path))
    for (let start = 0; start < entries.length; start += 7) {
      signal.throwIfAborted()
      yield entries.slice(start, start + 7).map((entry) => this.#listed(entry))
      this.afterBatch()
    }
  }

  async stat(path: RelPath): Promise<Entry> {
    const found = this.objects.get(path)
    if (found === undefined) throw new TidekeepError({ code: 'not-found', message: `${path} is not there.`, path })
    return found.entry
  }

  async *read(path: RelPath, { expect }: { readonly expect?: Precondition } = {}): AsyncGenerator<Uint8Array> {
    this.readPaths.push(path)
    this.beforeRead(path)
    const found = this.objects.get(path)
    if (found === undefined) throw new TidekeepError({ code: 'not-found', message: `${path} is not there.`, path })
    if (expect?.kind === 'etag' && found.entry.etag !== expect.etag)
      throw new TidekeepError({ code: 'precondition-failed', message: `${path} is another one now.`, path })
    for (let start = 0; start < found.bytes.byteLength; start += 1000) yield found.bytes.subarray(start, start + 1000)
  }

  async close(): Promise<void> {}

  /** What a computer that backed everything up remembers. */
  baseline(): BaselineStore & { readonly entries: Map<string, BaselineEntry> } {
    const entries = new Map<string, BaselineEntry>()
    for (const [path, { entry, bytes }] of this.objects)
      if (entry.kind === 'file') entries.set(path, recordOf(entry, bytes))
    return fakeBaseline(entries)
  }

  #listed(entry: Entry): Entry {
    if (!this.#terse.has(entry.path)) return entry
    const { checksums: _checksums, ...rest } = entry
    return { ...rest, mtimeNs: 0n }
  }
}

/** The record of an object as it was put. */
export function recordOf(entry: Entry, bytes: Uint8Array): BaselineEntry {
  return {
    path: entry.path,
    kind: 'file',
    size: entry.size,
    mtimeNs: entry.mtimeNs,
    contentHash: blake3Hex(bytes),
    remote: { size: entry.size, verifiedBy: 'checksum', ...(entry.etag === undefined ? {} : { etag: entry.etag }) },
    recordedAtMs: 0,
  }
}

function fakeBaseline(
  entries: Map<string, BaselineEntry>,
): BaselineStore & { readonly entries: Map<string, BaselineEntry> } {
  const unused = (): never => {
    throw new Error('not used by what is tested')
  }
  return {
    entries,
    get: (_folderId: FolderId, path) => entries.get(path),
    page: (_folderId, scope, after, limit) =>
      [...entries.values()]
        .filter(({ path }) => isWithin(path, scope) && (after === undefined || comparePaths(path, after) > 0))
        .toSorted((left, right) => comparePaths(left.path, right.path))
        .slice(0, limit),
    byInode: unused,
    twins: unused,
    folding: unused,
    setFolding: unused,
    put: unused,
    remove: unused,
    totals: () => ({ files: entries.size, bytes: 0 }),
    recorded: () => ({ files: 0, bytes: 0 }),
    altered: () => ({ files: 0, bytes: 0 }),
    quietAt: () => undefined,
    keepQuiet: unused,
    revision: () => 0,
    clear: unused,
  }
}
