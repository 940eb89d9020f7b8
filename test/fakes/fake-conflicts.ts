import { TidekeepError } from '../../common/errors.ts'
import type { ConflictKind, ConflictRule } from '../../common/conflict.ts'
import type { Author } from '../../common/model.ts'
import type {
  ConflictCounts,
  ConflictDetail,
  ConflictQuery,
  ConflictView,
  DecidedItem,
  Decision,
  Evidence,
  Handlers,
  TextEvidence,
} from '../../common/protocol.ts'

type ConflictHandlers = Pick<Handlers, Extract<keyof Handlers, `conflicts.${string}`>>

/** Conflicts of a scripted application: decided ones are resolved at once. */
export class FakeConflicts {
  /** Hears of every change of their number. */
  onChange: () => void = () => undefined
  #rows: ConflictView[]
  #rules: readonly ConflictRule[] = [{ pattern: '*.log', resolution: 'newest' }]

  constructor(count: number, nowMs: number) {
    this.#rows = Array.from({ length: count }, (_, index) => conflictView(index, nowMs))
  }

  /** Holds what `other` holds from now on. */
  become(other: FakeConflicts): void {
    this.#rows = other.#rows
    this.onChange()
  }

  count(folderId: string): number {
    return this.#unresolved({ folderId }).length
  }

  /** The target's version of one is another now. */
  touch(id: number): void {
    this.#change(id, (row) => ({
      ...row,
      remote: { ...row.remote, size: row.remote.size + 7, version: versionFor(id, 99) },
    }))
  }

  /** The target has a folder in the place of the file. */
  againstFolder(id: number): void {
    const kind = 'directory' as const
    this.#change(id, (row) => ({ ...row, kind: 'type', remote: { ...row.remote, kind, version: versionFor(id, 98) } }))
  }

  handlers(): ConflictHandlers {
    return {
      'conflicts.list': async ({ state, after, limit, ...query }) => {
        const rows = state === 'unresolved' ? this.#unresolved(query) : this.#resolved(query)
        const from = after === undefined ? 0 : rows.findIndex(({ id }) => id === after) + 1
        return rows.slice(from, from + limit)
      },
      'conflicts.count': async (query) => countsOf(this.#unresolved(query)),
      'conflicts.show': async ({ id, fetch }) => detailOf(this.#find(id), fetch === true),
      'conflicts.leave': async () => ({}),
      'conflicts.resolve': async ({ decision, conflicts, query, seen, dryRun }) => {
        const rows = conflicts === undefined ? this.#unresolved(query ?? {}) : conflicts.map(({ id }) => this.#find(id))
        const counts = countsOf(rows)
        if (dryRun) return { dryRun, counts, decided: 0, items: [] }
        if (query !== undefined && seen !== counts.seen)
          throw new TidekeepError({
            code: 'precondition-failed',
            message: 'Nothing was decided: these are others by now.',
          })
        const items = rows.map((row, index): DecidedItem => {
          const about = { id: row.id, folderId: row.folderId, path: row.path }
          const shown = conflicts?.[index]
          if (shown !== undefined && (shown.local !== row.local.version || shown.remote !== row.remote.version))
            return {
              ...about,
              outcome: 'moved',
              conflict: row,
              failure: { code: 'precondition-failed', message: 'moved' },
            }
          const as = decision.kind === 'keep-both' ? { renamedTo: decision.as ?? copyName(row.path) } : {}
          return { ...about, outcome: 'decided', ...as }
        })
        this.#decided(decision.kind, items)
        const decided = items.filter(({ outcome }) => outcome === 'decided').length
        return { dryRun, counts, decided, items: items.slice(0, 200) }
      },
      'conflicts.undo': async ({ ids }) => ({
        items: ids.map((id): DecidedItem => {
          this.#change(id, ({ resolution: _resolution, undoable: _undoable, ...row }) => ({ ...row, state: 'open' }))
          const { folderId, path } = this.#find(id)
          return { id, folderId, path, outcome: 'reopened' }
        }),
      }),
      'conflicts.rules': async () => this.#listRules(),
      'conflicts.addRule': async ({ rule }) => {
        this.#rules = [rule, ...this.#rules.filter(({ pattern }) => pattern !== rule.pattern)]
        return this.#listRules()
      },
      'conflicts.removeRule': async ({ pattern }) => {
        this.#rules = this.#rules.filter((rule) => rule.pattern !== pattern)
        return this.#listRules()
      },
    }
  }

  #listRules() {
    return [{ folderId: FOLDER, name: 'Documents', rules: this.#rules }]
  }

  #unresolved({ folderId, kind, pattern }: ConflictQuery & { readonly pattern?: string }): ConflictView[] {
    const ending = pattern?.replace(/^\*/, '') ?? ''
    return this.#rows.filter(
      (row) =>
        row.state !== 'resolved' &&
        (folderId === undefined || row.folderId === folderId) &&
        (kind === undefined || row.kind === kind) &&
        row.path.endsWith(ending),
    )
  }

  #resolved({ folderId }: ConflictQuery): ConflictView[] {
    return this.#rows
      .filter((row) => row.state === 'resolved' && (folderId === undefined || row.folderId === folderId))
      .toReversed()
  }

  #find(id: number): ConflictView {
    const row = this.#rows.find((each) => each.id === id)
    if (row === undefined) throw new TidekeepError({ code: 'not-found', message: `There is no conflict ${id}.` })
    return row
  }

  #decided(kind: Decision['kind'], items: readonly DecidedItem[]): void {
    const decided = new Map(items.filter(({ outcome }) => outcome === 'decided').map((item) => [item.id, item]))
    this.#rows = this.#rows.map((row) => {
      const { renamedTo } = decided.get(row.id) ?? {}
      const resolution = { kind, atMs: row.detectedAtMs, ...(renamedTo === undefined ? {} : { renamedTo }) }
      return decided.has(row.id) ? { ...row, state: 'resolved', undoable: true, resolution } : row
    })
    this.onChange()
  }

  #change(id: number, to: (row: ConflictView) => ConflictView): void {
    this.#rows = this.#rows.map((row) => (row.id === id ? to(row) : row))
    this.onChange()
  }
}

const FOLDER = 'd0c0d0c0'
const PATHS = [
  'Finance/2026/budget.xlsx',
  'notes/meeting 2026-11-20.md',
  'Pictures/house front.png',
  'invoice\u202Efdp.exe',
  'projects/<img src=x onerror=alert(1)>/readme.md',
  'Videos/holiday clip.mov',
  '👩‍🚀 plans/launch “final” (2).docx',
  `${'deeply/nested/'.repeat(12)}archive of everything that was ever written down here.txt`,
]
const KINDS: readonly ConflictKind[] = ['edit-edit', 'edit-edit', 'create-create', 'edit-edit', 'rolled-back']

function conflictView(index: number, nowMs: number): ConflictView {
  const known = PATHS[index % PATHS.length]!
  const path = index < PATHS.length ? known : `batch ${Math.floor(index / PATHS.length)}/${known}`
  const id = index + 1
  const isLocalNewer = index % 3 !== 1
  const agoMs = (hours: number): number => nowMs - hours * 3_600_000
  return {
    id,
    folderId: index % 5 === 4 ? 'c0dec0de' : FOLDER,
    path,
    kind: KINDS[index % KINDS.length]!,
    state: 'open',
    detectedAtMs: agoMs(0.2),
    local: {
      kind: 'file',
      size: 48_211 + index * 17,
      mtimeMs: agoMs(isLocalNewer ? 1 : 5),
      version: versionFor(id, 1),
      contentHash: 'a1'.repeat(32),
      changedBy: { owner: 'ada' },
    },
    remote: {
      kind: 'file',
      size: 47_002 + index,
      mtimeMs: agoMs(isLocalNewer ? 3.2 : 2),
      version: versionFor(id, 2),
      contentHash: 'b2'.repeat(32),
      changedBy: AUTHORS[index % AUTHORS.length]!,
    },
    ...(KINDS[index % KINDS.length] === 'create-create' ? {} : { base: { size: 46_000, mtimeMs: agoMs(70) } }),
    newer: isLocalNewer ? 'local' : 'remote',
  }
}

const AUTHORS: readonly Author[] = [
  { user: 'Anna Berg', device: 'laptop-7' },
  { device: 'studio-pc' },
  { user: 'Bo\u202ENilsson', program: 'Word' },
]

function versionFor(id: number, salt: number): string {
  return (id * 1000 + salt).toString(16).padStart(32, '0')
}

function countsOf(rows: readonly ConflictView[]): ConflictCounts {
  const newer = (side: 'local' | 'remote'): number => rows.filter((row) => row.newer === side).length
  const seen = versionFor(
    rows.reduce((sum, row) => sum + row.id, rows.length),
    0,
  )
  const againstFolder = rows.filter(({ local, remote }) => local.kind !== remote.kind).length
  return { conflicts: rows.length, localNewer: newer('local'), remoteNewer: newer('remote'), againstFolder, seen }
}

function copyName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return `${name.slice(0, dot)} (ADA-LAPTOP 2026-11-21)${name.slice(dot)}`
}

/** A file here, a folder at the target. */
function againstFolder(conflict: ConflictView): ConflictDetail {
  return {
    conflict,
    names: { local: 'ADA-LAPTOP', remote: '/mnt/backup/documents' },
    evidence: { kind: 'folder', at: 'remote', files: 12, bytes: 48_000 },
    merge: { isPossible: false, why: 'Only texts of up to 1 MiB can be merged.' },
    copyName: copyName(conflict.path),
    choices: conflict.state === 'resolved' ? [] : ['keep-local', 'keep-remote', 'keep-both'],
  }
}

function detailOf(conflict: ConflictView, isFetched: boolean): ConflictDetail {
  if (conflict.kind === 'type') return againstFolder(conflict)
  const evidence = evidenceOf(conflict.path, isFetched)
  const isText = evidence.kind === 'text'
  return {
    conflict,
    names: { local: 'ADA-LAPTOP', remote: 's3://ada-backup/documents' },
    evidence,
    merge: isText
      ? { isPossible: true, digest: 'ab'.repeat(32), size: 412, changes: MERGED }
      : { isPossible: false, why: 'Only texts of up to 1 MiB can be merged.' },
    copyName: copyName(conflict.path),
    choices:
      conflict.state === 'resolved'
        ? []
        : ['keep-local', 'keep-remote', 'keep-both', ...(isText ? (['merge'] as const) : [])],
    ...(isText
      ? { advice: { resolution: 'merge', reason: 'The changes of both are in different places.' } as const }
      : {}),
  }
}

const TEXT: TextEvidence = {
  kind: 'text',
  onlyLocal: 2,
  onlyRemote: 3,
  isCut: false,
  hunks: [
    {
      localLine: 3,
      remoteLine: 3,
      lines: [
        { at: 'both', text: '## Agenda' },
        { at: 'both', text: '' },
        { at: 'local', text: '- Budget for 2027: 41,200 (Ada)' },
        { at: 'remote', text: '- Budget for 2027: to be decided' },
        { at: 'both', text: '- Hiring' },
        { at: 'both', text: '- <script>alert("not run")</script>' },
      ],
    },
    {
      localLine: 21,
      remoteLine: 21,
      lines: [
        { at: 'both', text: '## Decisions' },
        { at: 'local', text: '- Move the launch to March' },
        { at: 'remote', text: '- Launch stays in February' },
        { at: 'remote', text: '- Ask the printer for a second quote' },
      ],
    },
  ],
}

const MERGED: TextEvidence = {
  kind: 'text',
  onlyLocal: 0,
  onlyRemote: 1,
  isCut: false,
  hunks: [
    {
      localLine: 21,
      remoteLine: 21,
      lines: [
        { at: 'both', text: '## Decisions' },
        { at: 'both', text: '- Move the launch to March' },
        { at: 'remote', text: '- Ask the printer for a second quote' },
      ],
    },
  ],
}

/** A picture of one colour, as small as a PNG can be. */
const RED =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const BLUE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

function evidenceOf(path: string, isFetched: boolean): Evidence {
  if (/\.(md|txt)$/.test(path)) return TEXT
  if (path.endsWith('.png')) return { kind: 'image', local: RED, remote: BLUE }
  if (path.endsWith('.exe'))
    return { kind: 'none', why: 'The target keeps its version in an archive, which must be thawed first.' }
  if (path.endsWith('.docx'))
    return {
      kind: 'parts',
      same: 11,
      differing: ['word/document.xml', 'docProps/core.xml'],
      onlyLocal: [],
      onlyRemote: ['word/media/image2.png'],
      isCut: false,
    }
  if (path.endsWith('.mov') && !isFetched)
    return { kind: 'unread', readBytes: 1_288_490_188, fetchBytes: 1_288_490_188 }
  return { kind: 'binary', differingPercent: 12.4, firstDifferenceAt: 4_096 }
}
