import { attentionRoute } from '../../common/attention-route.ts'
import type { AttentionView, FolderView, StatusView } from '../../common/protocol.ts'
import type { Host } from '../host.ts'
import { statusTexts } from './status-texts.ts'

/** A target may be away for this long before anyone is told: laptops leave networks all day. */
const UNREACHABLE_PATIENCE_MS = 15 * 60_000
/** What comes and goes by itself is told of again only after it was away for this long. */
const FLAP_MS = 60 * 60_000

const texts = statusTexts.notices

interface Known {
  readonly sinceMs: number
  lastSeenMs: number
  isTold: boolean
}

/**
 * Tells a person, through the host, the two things worth an interruption: a folder's first backup
 * is complete, and something needs them. Silent about success, and about what was told already.
 */
export class Notices {
  readonly #host: Pick<Host, 'clock' | 'notify'>
  readonly #knownByRow = new Map<string, Known>()
  /** Folders that were never looked at whole when they were first seen. */
  readonly #firstTimers = new Map<string, boolean>()

  constructor(host: Pick<Host, 'clock' | 'notify'>) {
    this.#host = host
  }

  /** Takes each status in turn. */
  update(status: StatusView): void {
    for (const folder of status.folders) this.#greet(folder)
    this.#attend(status.attention)
  }

  #greet(folder: FolderView): void {
    const isFirst = this.#firstTimers.get(folder.id) ?? folder.lastReconcileMs === null
    const isDone = isFirst && folder.state === 'protected' && folder.files > 0
    this.#firstTimers.set(folder.id, isFirst && !isDone)
    if (!isDone) return
    this.#host.notify({
      id: `first-backup:${folder.id}`,
      title: texts.firstTitle,
      body: texts.first(folder),
      route: `folders/${folder.id}`,
    })
  }

  #attend(rows: readonly AttentionView[]): void {
    const nowMs = this.#host.clock.monotonic()
    const due = rows.filter((row) => this.#isDue(row, nowMs))
    this.#forget(nowMs)
    const [first] = due
    if (first === undefined) return
    const { message } = first
    this.#host.notify({
      id: 'attention',
      title: texts.attentionTitle,
      body: due.length === 1 ? message : texts.more({ message, n: due.length - 1 }),
      route: attentionRoute(first).join('/'),
    })
  }

  #isDue(row: AttentionView, nowMs: number): boolean {
    const key = `${row.kind}:${row.folderId}`
    const known = this.#knownByRow.get(key) ?? { sinceMs: nowMs, lastSeenMs: nowMs, isTold: false }
    this.#knownByRow.set(key, known)
    known.lastSeenMs = nowMs
    if (known.isTold || nowMs - known.sinceMs < patienceMs(row.kind)) return false
    known.isTold = true
    return true
  }

  /** Rows that are no longer there: decisions at once, weather only after a while. */
  #forget(nowMs: number): void {
    for (const [key, { lastSeenMs, isTold }] of this.#knownByRow) {
      const keepMs = isTold && comesAndGoes(key.slice(0, key.indexOf(':')) as AttentionView['kind']) ? FLAP_MS : 0
      if (nowMs > lastSeenMs + keepMs) this.#knownByRow.delete(key)
    }
  }
}

function patienceMs(kind: AttentionView['kind']): number {
  return kind === 'target-unreachable' ? UNREACHABLE_PATIENCE_MS : 0
}

function comesAndGoes(kind: AttentionView['kind']): boolean {
  return kind === 'target-unreachable' || kind === 'source-missing' || kind === 'coverage'
}
