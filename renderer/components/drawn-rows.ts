import { defaultRangeExtractor, useVirtualizer, type VirtualItem, type Virtualizer } from '@tanstack/react-virtual'
import { type RefObject, useCallback, useEffect, useRef } from 'react'
import { useRowElements } from './row-elements.ts'

interface DrawnRowsOptions<Row> {
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
  readonly rowHeight: number
  /** Of the column headings; 0: none. */
  readonly headHeight: number
  /** The active row; -1: none. */
  readonly active: number
  readonly scroller: RefObject<HTMLDivElement | null>
}

/** Which rows are in the page, and which element each of them has. */
export interface DrawnRows {
  readonly virtual: Virtualizer<HTMLDivElement, Element>
  readonly items: readonly VirtualItem[]
  /** A key for the element of each item, in their order. */
  readonly ids: readonly number[]
}

/** The rows in sight and a few around them, and the active one wherever it is. */
export function useDrawnRows<Row>(options: DrawnRowsOptions<Row>): DrawnRows {
  const { rows, keyOf, rowHeight, headHeight, active, scroller } = options
  const latestKeyOf = useRef(keyOf)
  useEffect(() => {
    latestKeyOf.current = keyOf
  })
  // The same function for the same rows: another one would have every row placed anew, in every frame of scrolling.
  const getItemKey = useCallback((index: number) => latestKeyOf.current(rows[index] as Row), [rows])
  // The compiler that could not memoise this is not used here.
  // oxlint-disable-next-line react/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey,
    overscan: 4,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    // The active row stays in the page while it is scrolled away, or the reader would lose it.
    rangeExtractor: (range) => {
      const visible = defaultRangeExtractor(range)
      return active < 0 || visible.includes(active) ? visible : [...visible, active].sort((a, b) => a - b)
    },
  })
  const items = virtual.getVirtualItems()
  const ids = useRowElements(
    items.map((item) => item.key as string | number),
    { box: scroller },
  )
  return { virtual, items, ids }
}
