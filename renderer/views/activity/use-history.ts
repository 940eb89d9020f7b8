import { useCallback, useEffect, useRef, useState } from 'react'
import type { ActivityView, Client } from '../../../common/protocol.ts'
import { MOST_PUSHED_ROWS } from '../../../common/pushed-rows.ts'
import { useServices, useSnapshot } from '../../state/services.ts'

const PAGE_ROWS = 500
const SHORTEST_READ_MS = 1_000

/** Everything recorded so far that was read, newest first. */
export interface History {
  readonly rows: readonly ActivityView[]
  /** True once the oldest row was read. */
  readonly complete: boolean
  readonly loaded: boolean
  /** Reads the next older page; does nothing while one is on its way. */
  readonly more: () => void
  /** A row has nothing to undo any more. */
  readonly markUndone: (id: number) => void
}

interface Pages {
  readonly rows: readonly ActivityView[]
  readonly complete: boolean
  readonly loaded: boolean
}

const NOTHING: Pages = { rows: [], complete: false, loaded: false }

/** Pages through the history of one folder, or of all, and puts new rows on top as they are recorded. Read anew after a lost connection, and once a second while more are recorded than are pushed. */
export function useHistory(folderId: string | undefined): History {
  const { connection, pictures } = useServices()
  const isLive = useSnapshot().connection === 'live'
  const [pages, setPages] = useState(NOTHING)
  const reader = useRef<PageReader | null>(null)
  useEffect(() => {
    if (!isLive) return undefined
    const begin = (isFirst: boolean): void => {
      reader.current?.stop()
      reader.current = new PageReader(connection, folderId)
      void reader.current.next((page) => pictures.change(() => setPages(page), isFirst))
    }
    const again = createThrottle(() => begin(false))
    begin(true)
    const end = connection.subscribe('activity', (rows) => {
      // There were more before them, which a list with a hole would not tell.
      if (rows.length >= MOST_PUSHED_ROWS) return again.ask()
      const ours = folderId === undefined ? rows : rows.filter((row) => row.folderId === folderId)
      if (ours.length > 0) pictures.change(() => setPages((known) => ({ ...known, rows: joined(known.rows, ours) })))
    })
    return () => {
      end()
      again.stop()
      reader.current?.stop()
    }
  }, [connection, pictures, folderId, isLive])
  const more = useCallback(() => {
    void reader.current?.next((page) => setPages((known) => ({ ...page, rows: joined(known.rows, page.rows) })))
  }, [])
  const markUndone = useCallback((id: number) => {
    setPages((known) => ({
      ...known,
      rows: known.rows.map((row) => (row.id === id ? { ...row, undone: true as const } : row)),
    }))
  }, [])
  return { ...pages, markUndone, more: pages.complete || !pages.loaded ? nothing : more }
}

/** Runs `run` at most once a second, and once more for what was asked meanwhile. */
function createThrottle(run: () => void): { ask(): void; stop(): void } {
  let lastMs = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined
  const due = (): void => {
    timer = undefined
    lastMs = performance.now()
    run()
  }
  return {
    ask: () => (timer ??= setTimeout(due, Math.max(0, lastMs + SHORTEST_READ_MS - performance.now()))),
    stop: () => clearTimeout(timer),
  }
}

/** Reads older and older pages, one at a time. */
class PageReader {
  readonly #client: Client
  readonly #folderId: string | undefined
  #before: number | undefined
  #isBusy = false
  #isStopped = false

  constructor(client: Client, folderId: string | undefined) {
    this.#client = client
    this.#folderId = folderId
  }

  stop(): void {
    this.#isStopped = true
  }

  async next(take: (page: Pages) => void): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      const rows = await this.#client.call('activity.list', {
        limit: PAGE_ROWS,
        ...(this.#folderId === undefined ? {} : { folderId: this.#folderId }),
        ...(this.#before === undefined ? {} : { before: this.#before }),
      })
      this.#before = rows.at(-1)?.id ?? this.#before
      if (!this.#isStopped) take({ rows, complete: rows.length < PAGE_ROWS, loaded: true })
    } catch {
      // The banner says that the service is away; the list is read anew when it is back.
    } finally {
      this.#isBusy = false
    }
  }
}

function nothing(): void {}

/** Newest first, each row once. An older page and new rows, which is nearly all there is, cost no more than they are long. */
export function joined(known: readonly ActivityView[], added: readonly ActivityView[]): readonly ActivityView[] {
  const rows = [...added].sort(newestFirst)
  const [newest, oldest] = [known[0], known.at(-1)]
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return known
  if (newest === undefined || oldest === undefined) return rows
  if (first.id < oldest.id) return [...known, ...rows]
  if (last.id > newest.id) return [...rows, ...known]
  const ids = new Set(known.map((row) => row.id))
  const fresh = rows.filter((row) => !ids.has(row.id))
  return fresh.length === 0 ? known : [...known, ...fresh].sort(newestFirst)
}

function newestFirst(a: ActivityView, b: ActivityView): number {
  return b.id - a.id
}
