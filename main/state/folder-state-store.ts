import type { FolderId, Problem, RelPath, RestoreProof } from '../../common/model.ts'
import type { FolderIds } from './folder-ids.ts'
import { LIMIT, type Connection, type Statement, type TransactionListener } from './sqlite/connection.ts'
import type { FolderState, FolderStateStore } from './store.ts'
import { asInteger, asObject, asString, compact, optional, parseStored } from './stored-json.ts'
import { failpoint } from '../../workers/failpoint.ts'

/** {@link FolderStateStore} over SQLite. */
export class SqliteFolderState implements FolderStateStore, TransactionListener {
  readonly #connection: Connection
  readonly #folders: FolderIds
  readonly #problemCounts = new Map<number, ReadonlyMap<Problem['reason'], number>>()
  /** As last read, until something changes it: every pass and every status asks. */
  readonly #known = new Map<number, FolderState>()
  readonly #select: Statement
  readonly #update: Statement
  readonly #doubtAll: Statement
  #isInDoubt = false
  readonly #clearAllProblems: Statement
  readonly #clearProblems: Statement
  readonly #clearProblemsBelow: Statement
  readonly #insertProblem: Statement
  readonly #problems: Statement
  readonly #countProblems: Statement

  constructor(connection: Connection, folders: FolderIds) {
    this.#connection = connection
    this.#folders = folders
    this.#select = connection.statement(
      'SELECT root_device, root_inode, last_reconcile_ms, last_change_ms, compared, may_have_lost_writes, safe_up_to_ms, unsafe_awake_ms, proof FROM folders WHERE id = ?',
    )
    this.#update = connection.statement(
      'UPDATE folders SET root_device = ?, root_inode = ?, last_reconcile_ms = ?, last_change_ms = ?, compared = ?, may_have_lost_writes = ?, safe_up_to_ms = ?, unsafe_awake_ms = ?, proof = ? WHERE id = ?',
    )
    this.#doubtAll = connection.statement('UPDATE folders SET may_have_lost_writes = 1')
    this.#clearAllProblems = connection.statement('DELETE FROM problems WHERE folder = ?')
    this.#clearProblems = connection.statement('DELETE FROM problems WHERE folder = ? AND path = ?')
    this.#clearProblemsBelow = connection.statement('DELETE FROM problems WHERE folder = ? AND path > ? AND path < ?')
    this.#insertProblem = connection.statement(
      'INSERT OR REPLACE INTO problems (folder, path, reason, message) VALUES (?, ?, ?, ?)',
    )
    this.#problems = connection.statement(
      `SELECT path, reason, message FROM problems WHERE folder = ? ORDER BY path, reason ${LIMIT}`,
    )
    this.#countProblems = connection.statement('SELECT reason, count(*) FROM problems WHERE folder = ? GROUP BY reason')
    connection.listen(this)
  }

  get(folderId: FolderId): FolderState {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return { compared: false }
    this.#connection.assertOpen()
    let state = this.#known.get(folder)
    if (state === undefined) this.#known.set(folder, (state = this.#read(folder)))
    return state
  }

  #read(folder: number): FolderState {
    const row = this.#select.get(folder)
    if (row === undefined) return { compared: false }
    const [
      rootDevice,
      rootInode,
      lastReconcileMs,
      lastChangeMs,
      compared,
      mayHaveLostWrites,
      safeUpToMs,
      awakeMs,
      proof,
    ] = row
    return compact<FolderState>({
      rootDevice: (rootDevice as string | null) ?? undefined,
      rootInode: (rootInode as string | null) ?? undefined,
      lastReconcileMs: (lastReconcileMs as number | null) ?? undefined,
      lastChangeMs: (lastChangeMs as number | null) ?? undefined,
      compared: compared === 1,
      ...(mayHaveLostWrites === 1 || this.#isInDoubt ? { mayHaveLostWrites: true } : {}),
      safeUpToMs: (safeUpToMs as number | null) ?? undefined,
      ...(awakeMs === 0 ? {} : { unsafeAwakeMs: Number(awakeMs) }),
      proof: typeof proof === 'string' ? decodeProof(proof) : undefined,
    })
  }

  set(folderId: FolderId, state: Partial<FolderState>): void {
    failpoint('folder.set.before')
    this.#connection.transaction(() => {
      const folder = this.#folders.require(folderId)
      const next = { ...this.get(folderId), ...state }
      // Forgetting that a folder must be compared again could let a deletion through.
      if (state.compared === false) this.#connection.mustReachDisk()
      this.#known.delete(folder)
      this.#update.run(
        next.rootDevice ?? null,
        next.rootInode ?? null,
        next.lastReconcileMs ?? null,
        next.lastChangeMs ?? null,
        next.compared ? 1 : 0,
        next.mayHaveLostWrites === true ? 1 : 0,
        next.safeUpToMs ?? null,
        Math.round(next.unsafeAwakeMs ?? 0),
        next.proof === undefined ? null : JSON.stringify(next.proof),
        folder,
      )
    })
    failpoint('folder.set.after')
  }

  /** As `doubtAll`, for a store that is only read. */
  doubtAllUnwritten(): void {
    this.#isInDoubt = true
    this.#known.clear()
  }

  /** The machine went down: what any folder holds may be older than what is safe. */
  doubtAll(): void {
    this.#connection.transaction(() => {
      this.#known.clear()
      this.#doubtAll.run()
    })
  }

  putProblems(folderId: FolderId, scope: RelPath, problems: readonly Problem[], reach?: 'alone'): void {
    // Every look at a path tells that it found none, and there hardly ever is one to take away.
    if (problems.length === 0 && this.problemCount(folderId) === 0) return
    this.#connection.transaction(() => {
      const folder = this.#folders.require(folderId)
      this.#problemCounts.delete(folder)
      if (scope === '' && reach !== 'alone') this.#clearAllProblems.run(folder)
      else {
        this.#clearProblems.run(folder, scope)
        if (reach !== 'alone') this.#clearProblemsBelow.run(folder, `${scope}/`, `${scope}0`)
      }
      for (const { path, reason, message } of problems) this.#insertProblem.run(folder, path, reason, message)
    })
  }

  problems(folderId: FolderId, limit: number): readonly Problem[] {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return []
    return this.#problems.all(folder, Math.max(0, limit)).map(([path, reason, message]) => ({
      path: path as RelPath,
      reason: reason as Problem['reason'],
      message: message as string,
    }))
  }

  problemCount(folderId: FolderId, reasons?: readonly Problem['reason'][]): number {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return 0
    let counts = this.#problemCounts.get(folder)
    if (counts === undefined) {
      counts = new Map(
        this.#countProblems.all(folder).map(([reason, count]) => [reason as Problem['reason'], Number(count)]),
      )
      this.#problemCounts.set(folder, counts)
    }
    return [...counts].reduce((sum, [reason, count]) => sum + (reasons?.includes(reason) === false ? 0 : count), 0)
  }

  clear(folderId: FolderId): void {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return
    this.#connection.transaction(() => {
      this.#problemCounts.delete(folder)
      this.#known.delete(folder)
      this.#clearAllProblems.run(folder)
      this.#update.run(null, null, null, null, 0, 0, null, 0, null, folder)
    })
  }

  afterRollback(): void {
    this.#problemCounts.clear()
    this.#known.clear()
  }
}

/** What is not as it was written counts as no proof. */
function decodeProof(text: string): RestoreProof | undefined {
  try {
    const stored = parseStored(text)
    const failures = Array.isArray(stored['failures']) ? (stored['failures'] as unknown[]) : []
    return compact<RestoreProof>({
      atMs: asInteger(stored['atMs']),
      files: asInteger(stored['files']),
      bytes: asInteger(stored['bytes']),
      failedFiles: asInteger(stored['failedFiles']),
      failures: failures
        .map(asObject)
        .map(({ path, message }) => ({ path: asString(path), message: asString(message) })),
      provenAtMs: optional(stored['provenAtMs'], asInteger),
    })
  } catch {
    return undefined
  }
}
