import { type KeyboardEvent, useRef } from 'react'

/** Letters typed within this time belong together. */
const PAUSE_MS = 1_000

/** What is looked through, and where the search begins. */
export interface Sought<Row> {
  readonly rows: readonly Row[]
  readonly wordOf: (row: Row) => string
  /** The active row; -1: none. */
  readonly active: number
}

/**
 * The row that `typed` leads to: the active one while it still fits, else the next, around the end; undefined where no
 * word begins so. The same letter again and again steps through everything that begins with it.
 */
export function typedIndex<Row>(typed: string, { rows, wordOf, active }: Sought<Row>): number | undefined {
  const letter = String.fromCodePoint(typed.codePointAt(0) ?? 0)
  const isRepeated = typed.replaceAll(letter, '') === ''
  const wanted = isRepeated ? letter : typed
  const from = isRepeated ? active + 1 : Math.max(0, active)
  for (let step = 0; step < rows.length; step++) {
    const index = (from + step) % rows.length
    if (
      wordOf(rows[index] as Row)
        .toLocaleLowerCase()
        .startsWith(wanted)
    )
      return index
  }
  return undefined
}

/** Follows what is typed in a list; answers where it leads, or undefined for a key that is not part of a word. */
export function useTypeAhead(): <Row>(event: KeyboardEvent, sought: Sought<Row>) => number | undefined {
  const last = useRef({ text: '', atMs: Number.NEGATIVE_INFINITY })
  return (event, sought) => {
    if (!/^[^\p{C}\s]$/u.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return undefined
    const { text, atMs } = last.current
    const typed = (event.timeStamp - atMs < PAUSE_MS ? text : '') + event.key.toLocaleLowerCase()
    last.current = { text: typed, atMs: event.timeStamp }
    return typedIndex(typed, sought)
  }
}
