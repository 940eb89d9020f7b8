import { useCallback, useEffect, useRef, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { Client, ListView, SearchView } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

const PAGE_ROWS = 200
/** The most that one call gives. */
const MAX_ROWS = 1000
/** How often it is looked whether the target told more. Looking asks the target nothing. */
const LOOK_MS = 400

/** What is looked at: a folder at a moment, or what is found by a name. */
export type Wanted =
  | { readonly kind: 'list'; readonly path: string; readonly atMs: number | undefined; readonly gone: boolean }
  | { readonly kind: 'search'; readonly text: string }

type ListWanted = Extract<Wanted, { readonly kind: 'list' }>

/** One line of the list, from a folder or from a search. */
export type Row =
  | (ListView['rows'][number] & { readonly from: 'list' })
  | (SearchView['rows'][number] & { readonly from: 'search' })

/** The rows read so far. While others are on their way, the last ones stay. */
export interface Rows {
  readonly rows: readonly Row[]
  /** What the rows are of. */
  readonly of: Wanted | null
  readonly summary: Omit<ListView, 'rows'> | null
  readonly isComplete: boolean
  readonly error: TidekeepError | null
  /** Others are on their way. */
  readonly isLoading: boolean
  readonly more: () => void
  /** Asks the target once more for what it did not tell. */
  readonly askAgain: () => void
}

type Page = Pick<Rows, 'rows' | 'summary' | 'isComplete'>
interface Pages extends Page {
  readonly of: Wanted | null
}

const NOTHING: Pages = { rows: [], of: null, summary: null, isComplete: false }

/** Pages through what is wanted. `onLost`: the service let go of the timeline. */
export function useRows(id: string, wanted: Wanted, onLost: () => void): Rows {
  const client = useClient()
  const [pages, setPages] = useState(NOTHING)
  const [error, setError] = useState<TidekeepError | null>(null)
  const reader = useRef<Reader | null>(null)
  const key = JSON.stringify(wanted)
  useEffect(() => {
    const of = JSON.parse(key) as Wanted
    const mine = new Reader(client, id, of)
    reader.current = mine
    const failed = (thrown: unknown): void => {
      const reason = toTidekeepError(thrown)
      if (reason.code === 'not-found') onLost()
      else setError(reason)
    }
    mine.next((page) => {
      setError(null)
      setPages({ ...page, of })
    }, failed)
    return () => mine.stop()
  }, [client, id, key, onLost])
  const more = useCallback(() => {
    // What failed is shown when the list is read again.
    reader.current?.next(
      (page) => setPages((known) => ({ ...page, of: known.of, rows: [...known.rows, ...page.rows] })),
      () => undefined,
    )
  }, [])
  const refresh = useCallback(
    (again: boolean) => {
      const take = (page: Page): void => setPages((known) => ({ ...page, of: known.of }))
      reader.current?.refresh({ take, failed: (thrown) => setError(toTidekeepError(thrown)), again })
    },
    [setPages],
  )
  useEffect(() => {
    if ((pages.summary?.byFile?.asking ?? 0) === 0) return undefined
    const timer = setInterval(() => refresh(false), LOOK_MS)
    return () => clearInterval(timer)
  }, [pages, refresh])
  return {
    ...pages,
    error,
    isLoading: error === null && JSON.stringify(pages.of) !== key,
    more: pages.isComplete ? nothing : more,
    askAgain: () => refresh(true),
  }
}

function nothing(): void {}

interface Refresh {
  readonly take: (page: Page) => void
  readonly failed: (thrown: unknown) => void
  readonly again: boolean
}

/** Reads one page after the other, one at a time. */
class Reader {
  readonly #client: Client
  readonly #id: string
  readonly #wanted: Wanted
  #position = 0
  #isBusy = false
  #isStopped = false

  constructor(client: Client, id: string, wanted: Wanted) {
    this.#client = client
    this.#id = id
    this.#wanted = wanted
  }

  stop(): void {
    this.#isStopped = true
  }

  next(take: (page: Page) => void, failed: (thrown: unknown) => void): void {
    if (this.#isBusy || this.#isStopped) return
    this.#isBusy = true
    const page = this.#wanted.kind === 'list' ? this.#list(this.#wanted) : this.#search(this.#wanted.text)
    page
      .then((found) => (this.#isStopped ? undefined : take(found)))
      .catch((thrown: unknown) => (this.#isStopped ? undefined : failed(thrown)))
      .finally(() => (this.#isBusy = false))
  }

  /** Reads what was read already once more; nothing while another page is on its way. */
  refresh({ take, failed, again }: Refresh): void {
    if (this.#isBusy || this.#isStopped || this.#wanted.kind !== 'list' || this.#position === 0) return
    this.#isBusy = true
    this.#readAgain(this.#wanted, again)
      .then((found) => (this.#isStopped ? undefined : take(found)))
      .catch((thrown: unknown) => (this.#isStopped ? undefined : failed(thrown)))
      .finally(() => (this.#isBusy = false))
  }

  async #readAgain(wanted: ListWanted, again: boolean): Promise<Page> {
    const until = this.#position
    this.#position = 0
    let page = await this.#list(wanted, { limit: Math.min(MAX_ROWS, until), again })
    while (this.#position < until && !page.isComplete) {
      const next = await this.#list(wanted, { limit: Math.min(MAX_ROWS, until - this.#position) })
      page = { ...next, rows: [...page.rows, ...next.rows] }
    }
    return page
  }

  async #list(
    { path, atMs, gone }: ListWanted,
    { limit = PAGE_ROWS, again = false }: { readonly limit?: number; readonly again?: boolean } = {},
  ): Promise<Page> {
    const { rows, ...summary } = await this.#client.call('restore.list', {
      id: this.#id,
      path,
      ...(atMs === undefined ? { gone } : { atMs }),
      ...(again ? { again } : {}),
      offset: this.#position,
      limit,
    })
    this.#position += rows.length
    return {
      rows: rows.map((row) => ({ ...row, from: 'list' as const })),
      summary,
      isComplete: rows.length === 0 || this.#position >= summary.total,
    }
  }

  async #search(text: string): Promise<Page> {
    const { rows, next } = await this.#client.call('restore.search', {
      id: this.#id,
      text,
      after: this.#position,
      limit: PAGE_ROWS,
    })
    this.#position = next ?? this.#position
    return {
      rows: rows.map((row) => ({ ...row, from: 'search' as const })),
      summary: null,
      isComplete: next === undefined,
    }
  }
}
