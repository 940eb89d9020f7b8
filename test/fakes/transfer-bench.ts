import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type {
  BaselineEntry,
  Entry,
  EntryKind,
  FolderId,
  Precondition,
  RelPath,
  UploadAction,
} from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { Clock } from '../../main/host.ts'
import { execute } from '../../main/engine/execute/executor.ts'
import type { ExecuteContext } from '../../main/engine/execute/run.ts'
import type { Presence } from '../../main/engine/scan/presence.ts'
import { createPool } from '../../main/pool.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { Features, TargetProvider } from '../../main/providers/provider.ts'
import { inodeOf } from '../../workers/fs/stable-read.ts'
import type { Pool } from '../../workers/tasks.ts'

/** The signal of work that nobody stops. */
export const unstopped = new AbortController().signal
export const FOLDER_ID = 'f1' as FolderId

/** A source on a real disk before a target in memory: what executing and transferring need. */
export interface TransferBench {
  readonly source: string
  readonly place: string
  readonly pool: Pool
  target: TargetProvider
  /** Paths that ignore rules leave out. */
  readonly ignored: Set<string>
  /** 0 at first: what is replaced or deleted is gone. */
  keepDays: number
  /** When the target says that what it gets now was stored; by the bench's clock if unset. */
  storedAtMs: number | undefined
  readonly context: ExecuteContext
  /** Writes a file and gives it as a scan would. */
  write(
    path: string,
    content: string | Uint8Array,
    attributes?: { readonly mtimeMs?: number; readonly mode?: number },
  ): Entry
  makeDirectory(path: string): Entry
  entry(path: string): Entry
  removeLocal(path: string): void
  /** Writes a file and uploads it, as an earlier pass would have. */
  keep(path: string, content: string): Promise<BaselineEntry>
  /** Puts something at the target that Tidekeep knows nothing of. */
  foreign(path: string, content: string): Promise<Entry>
  /** Every file at the target with its content, below Tidekeep's own area too. */
  remote(): Promise<Readonly<Record<string, string>>>
  close(): Promise<void>
}

export function createTransferBench(clock: Clock, wrap?: (target: TargetProvider) => TargetProvider): TransferBench {
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-transfer-'))
  const source = join(place, 'source')
  mkdirSync(source)
  const pool = createPool({ threads: 1 })
  const memory = createMemoryProvider({ name: '', now: () => bench.storedAtMs ?? clock.now() })
  const at = (path: string): string => join(source, path)
  const bench: TransferBench = {
    source,
    place,
    pool,
    ignored: new Set(),
    keepDays: 0,
    storedAtMs: undefined,
    target: wrap?.(memory) ?? memory,
    get context() {
      const presence = async (path: RelPath, kind?: EntryKind): Promise<Presence> => {
        const isWanted = isThere(at(path)) && (kind === undefined || lstatSync(at(path)).isFile() === (kind === 'file'))
        return !isWanted ? 'absent' : bench.ignored.has(path) ? 'left-out' : 'carried'
      }
      return { root: source, target: bench.target, pool, clock, presence, keepDays: () => bench.keepDays }
    },
    write: (path, content, { mtimeMs, mode } = {}) => {
      mkdirSync(dirname(at(path)), { recursive: true })
      writeFileSync(at(path), content)
      if (mode !== undefined) chmodSync(at(path), mode)
      if (mtimeMs !== undefined) utimesSync(at(path), mtimeMs / 1000, mtimeMs / 1000)
      return bench.entry(path)
    },
    makeDirectory: (path) => {
      mkdirSync(at(path), { recursive: true })
      chmodSync(at(path), 0o755)
      return bench.entry(path)
    },
    entry: (path) => {
      const stat = lstatSync(at(path), { bigint: true })
      return {
        path: toRelPath(path),
        kind: stat.isDirectory() ? 'directory' : 'file',
        size: stat.isDirectory() ? 0 : Number(stat.size),
        mtimeNs: stat.mtimeNs,
        mode: Number(stat.mode & 0o777n),
        identity: { inode: inodeOf(stat), ctimeNs: stat.ctimeNs },
      }
    },
    removeLocal: (path) => rmSync(at(path), { recursive: true }),
    keep: async (path, content) => {
      const outcome = await execute(bench.context, uploadOf(bench.write(path, content)), { signal: unstopped })
      return outcome.baseline!
    },
    foreign: async (path, content) => {
      const bytes = new TextEncoder().encode(content)
      const put = { open: () => pieces(bytes), size: bytes.length }
      const options = { metadata: { mtimeNs: 5n }, expect: { kind: 'any' } as const, signal: unstopped }
      return (await memory.put(toRelPath(path), put, options)).entry
    },
    remote: () => contentsOf(memory),
    close: async () => {
      await pool.close()
      rmSync(place, { recursive: true, force: true })
    },
  }
  return bench
}

/** The upload of a file that the target does not have. */
export function uploadOf(local: Entry, expect: Precondition = { kind: 'absent' }): UploadAction {
  return { kind: 'upload', path: local.path, local, expect }
}

/** That the target still holds what the baseline says. */
export function expecting(base: { readonly remote: { readonly etag?: string } }): Precondition {
  return base.remote.etag === undefined ? { kind: 'any' } : { kind: 'etag', etag: base.remote.etag }
}

/** The same target without some of its abilities. */
export function without(target: TargetProvider, ...abilities: readonly (keyof Features)[]): TargetProvider {
  return withFeatures(target, Object.fromEntries(abilities.map((ability) => [ability, undefined])))
}

/** The same target with some of its abilities replaced. */
export function withFeatures(
  target: TargetProvider,
  replaced: { readonly [Name in keyof Features]?: unknown },
): TargetProvider {
  const features = { ...target.features, ...replaced }
  return new Proxy(target, {
    get: (real, name) => {
      if (name === 'features') return features
      const member: unknown = Reflect.get(real, name)
      return typeof member === 'function' ? member.bind(real) : member
    },
  })
}

async function contentsOf(target: TargetProvider): Promise<Readonly<Record<string, string>>> {
  const contents: Record<string, string> = {}
  for (const root of ['', '.tidekeep'] as RelPath[])
    for await (const batch of target.list(root, { signal: unstopped }))
      for (const { path, kind } of batch) {
        if (kind === 'directory') continue
        const parts: Uint8Array[] = []
        for await (const piece of target.read(path, { signal: unstopped })) parts.push(piece)
        contents[path] = Buffer.concat(parts).toString()
      }
  return contents
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
