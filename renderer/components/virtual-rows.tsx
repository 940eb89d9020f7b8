import {
  type ComponentProps,
  type KeyboardEvent,
  memo,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import { useDrawnRows } from './drawn-rows.ts'
import type { MenuPlace } from './row-menu.tsx'
import { useTypeAhead } from './type-ahead.ts'

interface VirtualRowsProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  /** Asked again only for other rows. */
  readonly keyOf: (row: Row) => string | number
  readonly rowHeight: number
  /** Its `gridcell`s. Without state: an element may draw one row after another. */
  readonly renderRow: (row: Row) => ReactNode
  /** Enter, or a click. */
  readonly onOpen?: (row: Row) => void
  /** Further keys on the active row; true where the key did something. */
  readonly onRowKey?: (key: string, row: Row | undefined) => boolean
  /** The right button of the mouse, the menu key or Shift+F10. */
  readonly onMenu?: (row: Row, place: MenuPlace) => void
  /** What a person types to get to a row, where rows have names. */
  readonly wordOf?: (row: Row) => string
  /** Which rows are chosen, where rows can be. */
  readonly isChosen?: (row: Row) => boolean
  /** Called when the last rows come into view, for reading more. */
  readonly onNearEnd?: () => void
  /** False while more rows may follow than are known. */
  readonly complete?: boolean
  readonly className?: string
  /** Column headings, which stay at the top. Hidden from screen readers: the cells speak for themselves. */
  readonly head?: ReactNode
}

const PAGE = 10
const HEAD_HEIGHT = 34

/**
 * A list of any length of which only the visible rows exist in the page. One tab stop; arrows, Page
 * Up and Down, Home and End and the beginning of a name move, Enter opens. A screen reader is told the place of every row.
 */
export function VirtualRows<Row>(props: VirtualRowsProps<Row>) {
  const { label, rows, keyOf, rowHeight, renderRow, onOpen, onRowKey, onMenu, wordOf, isChosen } = props
  const { onNearEnd, complete = true, className = '', head } = props
  const headHeight = head === undefined ? 0 : HEAD_HEIGHT
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const [marked, setMarked] = useState<Marked | null>(null)
  const active = activeIndex(marked, rows, keyOf)
  const typeAhead = useTypeAhead()
  const activeKey = rows[active] === undefined ? null : keyOf(rows[active])
  const { virtual, items, ids } = useDrawnRows({ rows, keyOf, rowHeight, headHeight, active, scroller })
  const last = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (last >= rows.length - PAGE) onNearEnd?.()
  }, [last, rows.length, onNearEnd])

  const moveTo = (index: number): void => {
    const next = Math.min(rows.length - 1, Math.max(0, index))
    const row = rows[next]
    if (row === undefined) return
    setMarked({ key: keyOf(row), index: next })
    virtual.scrollToIndex(next)
  }
  const openMenu = (index: number, anchor?: MenuPlace['anchor']): void => {
    const [row, list] = [rows[index], scroller.current]
    if (row === undefined || list === null) return
    onMenu?.(row, { list, anchor: anchor ?? list.querySelector(`[aria-rowindex="${index + 1}"]`) ?? list })
  }
  const onContextMenu = (event: MouseEvent): void => {
    event.preventDefault()
    const index = pointedIndex(event.target)
    // The keyboard means the list as a whole, and with it the active row.
    if (index < 0) return openMenu(active)
    moveTo(index)
    openMenu(index, pointOf(event))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = targetIndex(event.key, active, rows.length)
    if (target !== undefined) {
      event.preventDefault()
      moveTo(target)
      return
    }
    // A control inside a row has its own use for the others.
    if (event.target !== event.currentTarget) return
    const row = rows[active]
    if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      event.preventDefault()
      openMenu(active)
    } else if (event.key === 'Enter' && row !== undefined && onOpen !== undefined) onOpen(row)
    else if (onRowKey?.(event.key, row) === true) event.preventDefault()
    else if (wordOf !== undefined) {
      const typed = typeAhead(event, { rows, wordOf, active })
      if (typed !== undefined) moveTo(typed)
    }
  }
  return (
    <div
      ref={scroller}
      className={`rows ${className}`}
      role="grid"
      aria-label={label}
      aria-rowcount={complete ? rows.length : -1}
      aria-multiselectable={isChosen === undefined ? undefined : true}
      aria-activedescendant={active < 0 ? undefined : `${id}-${activeKey}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onContextMenu={onMenu === undefined ? undefined : onContextMenu}
      onFocus={() => (active < 0 && rows[0] !== undefined ? setMarked({ key: keyOf(rows[0]), index: 0 }) : undefined)}
    >
      {head === undefined ? null : (
        <div className="table-head" aria-hidden="true" style={{ blockSize: HEAD_HEIGHT }}>
          {head}
        </div>
      )}
      <div className="rows-inner" role="presentation" style={{ blockSize: virtual.getTotalSize() }}>
        {items.map(({ index, key, start }, at) => {
          const row = rows[index] as Row
          return (
            // Rows are placed one by one, which table elements cannot be; the grid takes the keys for all of them.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={ids[at]}
              id={`${id}-${key}`}
              className="row"
              // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- as said above
              role="row"
              aria-rowindex={index + 1}
              aria-selected={isChosen?.(row)}
              data-active={index === active || undefined}
              style={{ blockSize: rowHeight, transform: `translateY(${start - headHeight}px)` }}
              onClick={() => {
                setMarked({ key: keyOf(row), index })
                onOpen?.(row)
              }}
            >
              <Cells row={row} renderRow={renderRow} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function CellsOf<Row>({ row, renderRow }: Pick<VirtualRowsProps<Row>, 'renderRow'> & { readonly row: Row }) {
  return renderRow(row)
}

/** While the list scrolls, rows that stay in it are not drawn again. */
const Cells = memo(CellsOf) as typeof CellsOf

/** The row that has the mark, and where it was: when it goes, the mark stays at its place. */
interface Marked {
  readonly key: string | number
  readonly index: number
}

function activeIndex<Row>(marked: Marked | null, rows: readonly Row[], keyOf: (row: Row) => string | number): number {
  if (marked === null) return -1
  const there = rows[marked.index]
  if (there !== undefined && keyOf(there) === marked.key) return marked.index
  const found = rows.findIndex((row) => keyOf(row) === marked.key)
  return found >= 0 ? found : Math.min(marked.index, rows.length - 1)
}

/** The row at the pointer; -1 where there is none. */
function pointedIndex(target: EventTarget): number {
  const row = target instanceof Element ? target.closest('[aria-rowindex]') : null
  return row === null ? -1 : Number(row.getAttribute('aria-rowindex')) - 1
}

function pointOf({ clientX, clientY }: MouseEvent): MenuPlace['anchor'] {
  return { getBoundingClientRect: () => new DOMRect(clientX, clientY, 0, 0) }
}

interface CellProps extends ComponentProps<'span'> {
  /** What is told of it in full to whoever points at it. Made then, and not for every row that scrolls by. */
  readonly tip?: () => string | undefined
}

/** One cell of a row. */
export function Cell({ tip, ...rest }: CellProps) {
  if (tip === undefined) {
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- see the rows
    return <span {...rest} role="gridcell" />
  }
  const tell = ({ currentTarget }: { readonly currentTarget: HTMLElement }): void => {
    currentTarget.title = tip() ?? ''
  }
  // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- see the rows
  return <span {...rest} role="gridcell" onPointerMove={tell} />
}

function targetIndex(key: string, active: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return active + 1
    case 'ArrowUp':
      return active - 1
    case 'PageDown':
      return active + PAGE
    case 'PageUp':
      return active - PAGE
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}
