import { attentionRoute } from '../../common/attention-route.ts'
import type { AttentionView, FolderView, NoticeView, StatusView } from '../../common/protocol.ts'
import type { Host, Notice } from '../host.ts'
import { statusTexts } from './status-texts.ts'
import { gradeOf, isQuiet, isWanted, type Graded, type NoticeSettings } from './notice-grades.ts'

/** A target may be away for this long before those who want warnings are told: laptops leave networks all day. */
const UNREACHABLE_PATIENCE_MS = 15 * 60_000
/** What comes and goes by itself is told of again only after it was away for this long. */
const FLAP_MS = 60 * 60_000
/** What begins within this time after a notice of its grade is told together, as the next one. */
const COALESCE_MS = 15_000
/** News that asks for nothing is not listed for longer. */
const INFO_STANDS_MS = 60 * 60_000

const texts = statusTexts.notices

interface Known {
  readonly sinceMs: number
  lastSeenMs: number
  isTold: boolean
}

/** A notice and how it is graded. */
export interface GradedNotice extends Notice, Graded {}

interface Standing {
  readonly view: NoticeView
  readonly shownAtMs: number
  /** What it tells of: gone when none of it is there any more. Absent: it stands by itself. */
  readonly keys?: readonly string[]
}

/**
 * Tells a person, through the host, what is worth an interruption: something needs them, and a folder's first backup
 * is complete; more where they want more. A target that is away is told of by default only once files were unsafe for half
 * of what raises the alarm: most come back by themselves, and one that does not must be no surprise. Nothing twice, nothing in quiet hours that can wait, and what came up then is told
 * once afterwards if it still holds. What is no longer so is taken back.
 */
export class Notices {
  readonly #host: Pick<Host, 'clock' | 'notify' | 'withdraw'>
  readonly #settings: () => NoticeSettings
  readonly #knownByRow = new Map<string, Known>()
  /** Folders that were never looked at whole when they were first seen. */
  readonly #firstTimers = new Map<string, boolean>()
  readonly #waiting = new Map<string, GradedNotice>()
  readonly #standing = new Map<string, Standing>()
  /** How long folders were not safe that were not for half of what raises the alarm, ms of work. */
  #lateMsByFolder: ReadonlyMap<string, number> = new Map()
  /** When each id was last shown, monotonic. */
  readonly #shownAtMs = new Map<string, number>()

  constructor(host: Pick<Host, 'clock' | 'notify' | 'withdraw'>, settings: () => NoticeSettings) {
    this.#host = host
    this.#settings = settings
  }

  /** Takes each status in turn. */
  update(status: StatusView): void {
    for (const folder of status.folders) this.#greet(folder)
    this.#forgetFolders(status.folders)
    this.#lateMsByFolder = new Map(
      status.folders.flatMap(({ id, lateMs }) => (lateMs === undefined ? [] : [[id, lateMs]])),
    )
    for (const grade of ['attention', 'warning'] as const) {
      this.#attend(
        grade,
        status.attention.filter(({ kind }) => gradeOf(kind).grade === grade),
      )
    }
    this.#forget(this.#host.clock.monotonic())
    // What still has to wait is put back while this goes on.
    const waiting = [...this.#waiting.values()]
    for (const notice of waiting) this.tell(notice)
  }

  /** Tells now, or once the quiet hours are over; not at all where nobody wants to know. */
  tell(notice: GradedNotice): void {
    const settings = this.#settings()
    this.#waiting.delete(notice.id)
    if (!isWanted(notice, settings)) return
    if (isQuiet(notice, settings, this.#host.clock.now())) this.#waiting.set(notice.id, notice)
    else this.#show(notice)
  }

  /** It is no longer so, told or not. */
  withdraw(id: string): void {
    this.#waiting.delete(id)
    if (this.#standing.delete(id)) this.#host.withdraw?.(id)
  }

  /** What was told and still holds, newest last, for interfaces that show it themselves. */
  standing(): readonly NoticeView[] {
    return [...this.#standing.values()].map(({ view }) => view)
  }

  #greet(folder: FolderView): void {
    const isFirst = this.#firstTimers.get(folder.id) ?? folder.lastReconcileMs === null
    const isDone = isFirst && folder.state === 'protected' && folder.files > 0
    this.#firstTimers.set(folder.id, isFirst && !isDone)
    if (!isDone) return
    this.tell({
      id: firstBackupId(folder.id),
      title: texts.firstTitle,
      body: texts.first(folder),
      route: `folders/${folder.id}`,
      grade: 'info',
      isCritical: false,
      isFirstBackup: true,
    })
  }

  #forgetFolders(folders: readonly FolderView[]): void {
    for (const id of this.#firstTimers.keys()) {
      if (folders.some((folder) => folder.id === id)) continue
      this.#firstTimers.delete(id)
      this.withdraw(firstBackupId(id))
    }
  }

  #attend(grade: 'attention' | 'warning', rows: readonly AttentionView[]): void {
    const nowMs = this.#host.clock.monotonic()
    const due = rows.filter((row) => this.#isDue(row, nowMs))
    const keys = rows.map(keyOf)
    const standing = this.#standing.get(grade)
    if (standing?.keys?.some((key) => keys.includes(key)) === false) this.withdraw(grade)
    const [first] = due
    const sinceMs = nowMs - (this.#shownAtMs.get(grade) ?? Number.NEGATIVE_INFINITY)
    if (first === undefined || sinceMs < COALESCE_MS) return
    for (const row of due) this.#knownByRow.get(keyOf(row))!.isTold = true
    const message = this.#bodyOf(first)
    this.#show(
      {
        id: grade,
        title: grade === 'attention' ? texts.attentionTitle : texts.warningTitle,
        body: due.length === 1 ? message : texts.more({ message, n: due.length - 1 }),
        route: attentionRoute(first).join('/'),
        ...gradeOf(first.kind),
      },
      keys.filter((key) => this.#knownByRow.get(key)?.isTold === true),
    )
  }

  #bodyOf({ kind, folderId, message }: AttentionView): string {
    const lateMs = this.#lateMsByFolder.get(folderId)
    return kind !== 'target-unreachable' || lateMs === undefined ? message : texts.late({ message, unsafe: lateMs })
  }

  #isDue(row: AttentionView, nowMs: number): boolean {
    const key = keyOf(row)
    const known = this.#knownByRow.get(key) ?? { sinceMs: nowMs, lastSeenMs: nowMs, isTold: false }
    this.#knownByRow.set(key, known)
    known.lastSeenMs = nowMs
    if (known.isTold || nowMs - known.sinceMs < patienceMs(row.kind)) return false
    const settings = this.#settings()
    const graded = gradeOf(row.kind)
    // What may mend itself is for those who ask for it, until it has cost so much that the alarm is not far.
    const isLate = row.kind === 'target-unreachable' && this.#lateMsByFolder.has(row.folderId)
    const isTellable = isWanted(graded, settings) || (isLate && settings.notifyAttention)
    return isTellable && !isQuiet(graded, settings, this.#host.clock.now())
  }

  #show({ id, title, body, route, grade }: GradedNotice, keys?: readonly string[]): void {
    const { clock } = this.#host
    const shownAtMs = clock.monotonic()
    const said = { id, title, body, ...(route === undefined ? {} : { route }) }
    this.#shownAtMs.set(id, shownAtMs)
    this.#standing.delete(id)
    this.#standing.set(id, {
      view: { ...said, grade, atMs: clock.now() },
      shownAtMs,
      ...(keys === undefined ? {} : { keys }),
    })
    this.#host.notify(said)
  }

  /** Rows that are no longer there: decisions at once, weather only after a while. */
  #forget(nowMs: number): void {
    for (const [key, { lastSeenMs, isTold }] of this.#knownByRow) {
      const keepMs = isTold && comesAndGoes(key.slice(0, key.indexOf(':')) as AttentionView['kind']) ? FLAP_MS : 0
      if (nowMs > lastSeenMs + keepMs) this.#knownByRow.delete(key)
    }
    for (const [id, { view, shownAtMs }] of this.#standing) {
      if (view.grade === 'info' && nowMs > shownAtMs + INFO_STANDS_MS) this.#standing.delete(id)
    }
  }
}

function keyOf({ kind, folderId }: AttentionView): string {
  return `${kind}:${folderId}`
}

function firstBackupId(folderId: string): string {
  return `first-backup:${folderId}`
}

function patienceMs(kind: AttentionView['kind']): number {
  return kind === 'target-unreachable' ? UNREACHABLE_PATIENCE_MS : 0
}

/** What is tried again by itself, and may end by itself. */
const COMES_AND_GOES: ReadonlySet<AttentionView['kind']> = new Set([
  'target-unreachable',
  'target-full',
  'source-missing',
  'coverage',
])

function comesAndGoes(kind: AttentionView['kind']): boolean {
  return COMES_AND_GOES.has(kind)
}
