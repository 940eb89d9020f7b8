import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Conflict, ConflictKind, Displaced } from '../../common/conflict.ts'
import type { Action, BaselineEntry, Entry, FolderId, Job, Kept } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { ShownConflict } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings, type Settings } from '../../common/settings.ts'
import { createConflictHandlers } from '../../main/api/conflicts.ts'
import { conflictView } from '../../main/conflicts/views.ts'
import { execute } from '../../main/engine/execute/executor.ts'
import { record } from '../../main/engine/record/record.ts'
import { ContentComparison } from '../../main/delta/compare-content.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Store } from '../../main/state/store.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { Pool } from '../../workers/tasks.ts'
import { filesBelow } from './files-below.ts'
import { createFakeHost, type FakeHost } from './host.ts'
import { localContent } from '../../main/engine/execute/local-content.ts'

const FOLDER_ID = 'documents' as FolderId
const SIGNAL = new AbortController().signal
const BEGAN_MS = Date.UTC(2026, 10, 21, 9)

/** What both sides hold of one path, for {@link ConflictBench.conflict}. */
export interface BothVersions {
  readonly local: string | Uint8Array
  readonly remote: string | Uint8Array
  /** What both had before, and the target keeps. */
  readonly base?: string
  readonly kind?: ConflictKind
}

/** A folder and its target on disk, a state, and the calls about conflicts; jobs are carried out when a test says so. */
export class ConflictBench {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'tidekeep-conflicts-')))
  readonly host: FakeHost = createFakeHost()
  readonly folder: FolderSettings
  readonly handlers: ReturnType<typeof createConflictHandlers>
  readonly store: Store
  settings: Settings
  /** What the target keeps of its contents. */
  readonly signatures = { load: async (): Promise<Uint8Array | undefined> => undefined }
  /** How often the engine was told to look. */
  told = 0
  readonly #pool: Pool
  /** In the place of the target on disk. */
  readonly #target: TargetProvider | undefined
  #touched = 0

  static async open(pool = createPool({ threads: 2 }), target?: TargetProvider): Promise<ConflictBench> {
    const host = createFakeHost()
    const { store } = await openStore({ directory: host.paths.state, clock: host.clock, log: host.log })
    return new ConflictBench(pool, store, target)
  }

  private constructor(pool: Pool, store: Store, other: TargetProvider | undefined) {
    this.#pool = pool
    // Each call closes what it opened.
    this.#target = other === undefined ? undefined : { ...other, close: async () => undefined }
    this.store = store
    const [path, target] = [join(this.root, 'source'), join(this.root, 'target')]
    mkdirSync(path)
    mkdirSync(target)
    this.folder = { id: FOLDER_ID, name: 'Documents', path, target, mode: 'two-way', paused: false, ignore: [] }
    this.settings = { ...DEFAULT_SETTINGS, folders: [this.folder] }
    this.handlers = createConflictHandlers({
      store,
      settings: {
        get: () => this.settings,
        update: async (change) => void (this.settings = change(this.settings)),
      },
      host: this.host,
      hostName: 'ADA-LAPTOP.lan',
      openTarget: async (location) => this.provider(location),
      compareIn: (_target, work) => work(new ContentComparison({ pool, signatures: this.signatures })),
      engine: { applySettings: async () => void this.told++ },
    })
  }

  provider(root: string): TargetProvider {
    if (this.#target !== undefined && root === this.folder.target) return this.#target
    return createLocalProvider({ root, deps: { pool: this.#pool, host: this.host } })
  }

  /** Writes both versions, each later than the one before, and finds the conflict. */
  async conflict(path: string, { local, remote, base, kind = 'edit-edit' }: BothVersions): Promise<Conflict> {
    const agreed = base === undefined ? undefined : await this.#agreed(path, base)
    this.write('target', path, remote)
    this.write('source', path, local)
    const found = {
      path: toRelPath(path),
      kind,
      local: { entry: this.scanned(path) },
      remote: { entry: await this.stat('target', path) },
      ...(agreed === undefined ? {} : { base: agreed }),
    }
    return this.store.conflicts.found(FOLDER_ID, found, this.host.clock.now())
  }

  write(side: 'source' | 'target', path: string, content: string | Uint8Array): void {
    const at = join(this.root, side, path)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, content)
    const seconds = BEGAN_MS / 1000 + this.#touched++
    utimesSync(at, seconds, seconds)
  }

  read(side: 'source' | 'target', path: string): string {
    return readFileSync(join(this.root, side, path), 'utf8')
  }

  /** Every file below a side, kept versions included, by content. */
  contents(side: 'source' | 'target'): readonly string[] {
    return Array.from(filesBelow(join(this.root, side)).values(), (file) => readFileSync(file, 'utf8'))
  }

  /** As a scan of the source sees it. */
  scanned(path: string): Entry {
    const { size, mtimeNs, ctimeNs, mode, dev, ino } = statSync(join(this.root, 'source', path), { bigint: true })
    const kind = (Number(mode) & 0o170000) === 0o040000 ? 'directory' : 'file'
    return {
      path: toRelPath(path),
      kind,
      size: kind === 'file' ? Number(size) : 0,
      mtimeNs,
      mode: Number(mode) & 0o777,
      identity: { inode: `${dev}:${ino}`, ctimeNs },
    }
  }

  stat(side: 'source' | 'target', path: string): Promise<Entry> {
    return this.provider(join(this.root, side)).stat(toRelPath(path), { signal: SIGNAL })
  }

  shown(conflict: Conflict): ShownConflict {
    const { id, local, remote } = conflictView(conflict)
    return { id, local: local.version, remote: remote.version }
  }

  queued(): readonly Action[] {
    return this.store.queue.list({ folderId: FOLDER_ID, limit: 1000 }).map(({ action }) => action)
  }

  /** Does what the queue says, as *execute* and *record* do: each guarded, what is displaced kept. */
  async carryOut(): Promise<void> {
    for (const lane of ['small', 'large'] as const) {
      for (const job of this.store.queue.claim(FOLDER_ID, lane, 1000)) {
        if (job.action.kind === 'make-way') await this.#execute(job)
        else await this.#carryOut(job.action)
        this.store.queue.complete([job.id])
      }
    }
  }

  /** Carries all that is queued out through *execute* and *record* themselves. */
  async executeAll(): Promise<void> {
    for (const job of this.store.queue.claim(FOLDER_ID, 'small', 1000)) await this.#execute(job)
  }

  async close(): Promise<void> {
    this.store.close()
    await this.#pool.close()
    rmSync(this.root, { recursive: true, force: true })
  }

  async #execute(job: Job): Promise<void> {
    const { clock } = this.host
    const context = {
      root: this.folder.path,
      source: this.provider(this.folder.path),
      target: this.provider(this.folder.target),
      pool: this.#pool,
      clock,
      presence: async () => 'carried' as const,
      keepDays: () => 30,
    }
    const outcome = await execute(context, job.action, { signal: SIGNAL })
    record(this.store, FOLDER_ID, [{ job, outcome }], { nowMs: clock.now(), isTwoWay: true })
  }

  async #carryOut(action: Action): Promise<void> {
    const [source, target] = [this.provider(this.folder.path), this.provider(this.folder.target)]
    const keep = { atMs: this.host.clock.now() }
    const nowMs = this.host.clock.now()
    if (action.kind === 'upload') {
      const { path, expect, local } = action
      const put = await target.put(path, localContent(this.folder.path, local), {
        signal: SIGNAL,
        expect,
        keep,
        metadata: { mtimeNs: local.mtimeNs },
      })
      this.#agree(path, put.contentHash, put.entry)
      const displaced = [...(action.resolves?.displaced ?? []), ...displacedAt('remote', put.kept)]
      const { conflictId, kind } = action.resolves!
      this.store.conflicts.resolved(conflictId, { kind, atMs: nowMs, displaced })
      return
    }
    if (action.kind !== 'download' && action.kind !== 'keep-both') throw new Error(`not made for ${action.kind}`)
    const { path, remote } = action
    const { etag } = await source.stat(path, { signal: SIGNAL })
    const here = { kind: 'etag', etag: etag! } as const
    if (action.kind === 'keep-both') await source.features.move!(path, action.as, { signal: SIGNAL, expect: here })
    const content = { size: remote.size, open: () => target.read(path, { signal: SIGNAL, expect: action.expect }) }
    const expect = action.kind === 'keep-both' ? ({ kind: 'absent' } as const) : here
    const put = await source.put(path, content, { signal: SIGNAL, expect, keep, metadata: { mtimeNs: remote.mtimeNs } })
    this.#agree(path, put.contentHash, remote)
    const renamed = action.kind === 'keep-both' ? { renamedTo: action.as } : {}
    const displaced = put.kept === undefined ? {} : { displaced: displacedAt('local', put.kept) }
    const { conflictId, kind } = action.resolves!
    this.store.conflicts.resolved(conflictId, { kind, atMs: nowMs, ...renamed, ...displaced })
  }

  #agree(path: string, contentHash: string, remote: Entry): void {
    const { size, mtimeNs, mode, identity } = this.scanned(path)
    const local = { path: toRelPath(path), kind: 'file' as const, size, mtimeNs, mode: mode!, identity: identity! }
    const proof = { etag: remote.etag!, size: remote.size, verifiedBy: 'checksum' as const }
    this.store.baseline.put(FOLDER_ID, { ...local, contentHash, remote: proof, recordedAtMs: 0 })
  }

  /** Puts it at the target, then replaces it there, so that the target keeps it. */
  async #agreed(path: string, base: string): Promise<BaselineEntry> {
    this.write('source', path, base)
    const target = this.provider(this.folder.target)
    const local = this.scanned(path)
    const options = { signal: SIGNAL, metadata: { mtimeNs: local.mtimeNs }, keep: { atMs: this.host.clock.now() } }
    const any = { kind: 'any' } as const
    const put = await target.put(toRelPath(path), localContent(this.folder.path, local), { ...options, expect: any })
    this.#agree(path, put.contentHash, put.entry)
    const other = Buffer.from('in between')
    const content = { size: other.length, open: () => streamOf(other) }
    await target.put(toRelPath(path), content, { ...options, expect: any, contentHash: blake3Hex(other) })
    return this.store.baseline.get(FOLDER_ID, toRelPath(path))!
  }
}

function displacedAt(side: Displaced['side'], kept: Kept | undefined): readonly Displaced[] {
  return kept === undefined ? [] : [{ side, kept }]
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
