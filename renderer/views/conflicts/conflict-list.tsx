import { Check, Eye, Hash, SquareCheck } from 'lucide-react'
import { whatItDid } from '../../../common/conflict-texts.ts'
import type { ConflictView } from '../../../common/protocol.ts'
import type { MenuEntry } from '../../components/action-menu.tsx'
import { useFileEntries } from '../../components/file-entries.ts'
import { PathText } from '../../components/path-text.tsx'
import { useCopy, useRowMenu } from '../../components/row-menu.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { formatExact, formatMoment } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { useNow } from '../../state/clock.ts'
import { strings } from '../../strings.ts'

/** Those that are chosen for one decision: some, or every one that the filter lets through. */
export type Chosen = ReadonlySet<number> | 'all'

interface ConflictListProps {
  readonly rows: readonly ConflictView[]
  readonly complete: boolean
  readonly onNearEnd: () => void
  /** The one whose card is shown. */
  readonly shownId: number | undefined
  readonly onOpen: (conflict: ConflictView) => void
  readonly chosen: Chosen
  /** Left out where nothing can be chosen. */
  readonly onChoose?: (conflict: ConflictView) => void
}

/** Conflicts in a list of any length. Enter shows one, the space bar chooses it. */
export function ConflictList(props: ConflictListProps) {
  const { rows, complete, onNearEnd, shownId, onOpen, chosen, onChoose } = props
  const isChosen = (row: ConflictView): boolean => chosen === 'all' || chosen.has(row.id)
  const fileEntries = useFileEntries()
  const hashEntries = useHashEntries()
  const text = strings.rows
  const menu = useRowMenu<ConflictView>({
    label: ({ path }) => displayName(path),
    entries: (row) => [
      { label: text.show, icon: Eye, onSelect: () => onOpen(row) },
      ...(onChoose === undefined
        ? []
        : [{ label: isChosen(row) ? text.unchoose : text.choose, icon: SquareCheck, onSelect: () => onChoose(row) }]),
      ...fileEntries(row),
      ...hashEntries(row),
    ],
  })
  return (
    <div className="table-frame">
      <VirtualRows
        label={conflictStrings.list}
        rows={rows}
        keyOf={(row) => row.id}
        wordOf={(row) => splitPath(row.path).name}
        rowHeight={54}
        className="table conflict-rows"
        complete={complete}
        onNearEnd={onNearEnd}
        onOpen={onOpen}
        onMenu={menu.open}
        {...(onChoose === undefined
          ? {}
          : {
              isChosen,
              onRowKey: (key: string, row: ConflictView | undefined) => {
                if (key !== ' ' || row === undefined) return false
                onChoose(row)
                return true
              },
            })}
        renderRow={(row) => (
          <Row
            conflict={row}
            isShown={row.id === shownId}
            isChosen={isChosen(row)}
            {...(onChoose === undefined ? {} : { onChoose: () => onChoose(row) })}
          />
        )}
      />
      {menu.menu}
    </div>
  )
}

/** What was read of either version, for whoever compares it with another copy. */
function useHashEntries(): (conflict: ConflictView) => readonly MenuEntry[] {
  const copy = useCopy()
  return (conflict) =>
    (['local', 'remote'] as const).flatMap((which) => {
      const { contentHash } = conflict[which]
      if (contentHash === undefined) return []
      const onSelect = (): void => copy(contentHash, strings.rows.hashCopied)
      return [{ label: conflictStrings.copyHash[which], icon: Hash, onSelect }]
    })
}

interface RowProps {
  readonly conflict: ConflictView
  readonly isShown: boolean
  readonly isChosen: boolean
  readonly onChoose?: () => void
}

function Row({ conflict, isShown, isChosen, onChoose }: RowProps) {
  const nowMs = useNow()
  const { path, state, resolution, newer, detectedAtMs } = conflict
  const atMs = resolution?.atMs ?? detectedAtMs
  const word = resolution === undefined ? words(state, newer) : whatItDid(resolution.kind, conflict)
  return (
    <>
      {onChoose === undefined ? null : (
        <Cell className="cell-choose">
          {/* The keyboard is with the grid: the space bar does the same there. */}
          {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions */}
          <span
            className="tick"
            data-ticked={isChosen || undefined}
            onClick={(event) => {
              event.stopPropagation()
              onChoose()
            }}
          >
            {isChosen ? <Check size={14} strokeWidth={3} aria-hidden="true" /> : null}
          </span>
        </Cell>
      )}
      <Cell className="cell-file" data-shown={isShown || undefined}>
        <PathText path={path} />
        <span className="muted row-words">
          <span className="row-word" title={word}>
            {word}
          </span>
          <span className="numbers" title={formatExact(atMs)}>
            {formatMoment(atMs, nowMs)}
          </span>
        </span>
      </Cell>
    </>
  )
}

function words(state: ConflictView['state'], newer: ConflictView['newer']): string {
  if (state === 'resolving') return conflictStrings.onItsWay
  return conflictStrings.newerRow[newer]
}
