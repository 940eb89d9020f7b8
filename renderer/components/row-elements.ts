import { type RefObject, useState } from 'react'

type RowKey = string | number

/** The active row stays in the page wherever the others are. */
const MOST_STAYING = 1

/**
 * Which element of the page draws which row. While some rows stay in sight, every row keeps its element, and with it the focus and
 * the pointer inside. Where a dragged scroll bar or a jump brings nothing but other rows, they take over the elements that
 * are there: to write into one costs a fraction of making it. Rows must therefore have no state of their own.
 */
export class RowElements {
  #idByKey: ReadonlyMap<RowKey, number> = new Map()
  #nextId = 0

  /** An id for each row, in the same order; the same answer for the same rows. `mayTakeOver` false: rows that come get elements of their own. */
  idsFor(keys: readonly RowKey[], mayTakeOver: boolean): readonly number[] {
    const staying = new Set(keys.filter((key) => this.#idByKey.has(key)))
    const free =
      mayTakeOver && staying.size <= MOST_STAYING
        ? [...this.#idByKey].filter(([key]) => !staying.has(key)).map(([, id]) => id)
        : []
    const ids = keys.map((key) => this.#idByKey.get(key) ?? free.shift() ?? this.#nextId++)
    this.#idByKey = new Map(keys.map((key, index) => [key, ids[index] as number]))
    return ids
  }
}

interface RowElementsOptions {
  /** Where the rows are. The focus on one of them is a person's, and stays with its row. */
  readonly box: RefObject<HTMLElement | null>
  /** Something else refers to the element of a row. */
  readonly isHeld?: boolean
}

/** An id for the element of each row, in their order: see {@link RowElements}. */
export function useRowElements(
  keys: readonly RowKey[],
  { box, isHeld = false }: RowElementsOptions,
): readonly number[] {
  const [elements] = useState(() => new RowElements())
  const hasFocusInside = box.current?.querySelector(':focus') != null
  return elements.idsFor(keys, !hasFocusInside && !isHeld)
}
