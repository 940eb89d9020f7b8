import { SkipForward } from 'lucide-react'
import { memo, type MouseEvent, useRef } from 'react'
import type { TransferView } from '../../../common/protocol.ts'
import { IconButton } from '../../components/button.tsx'
import { MethodIcon } from '../../components/method-icon.tsx'
import { PathText } from '../../components/path-text.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { useRowElements } from '../../components/row-elements.ts'
import { type MenuPlace, useRowMenu } from '../../components/row-menu.tsx'
import { formatNumber, formatShare } from '../../format.ts'
import { displayName } from '../../names.ts'
import { isSkippable } from '../../skipping.ts'
import { ACTIONS, strings } from '../../strings.ts'
import { useCopyEntries } from './copy-entries.ts'
import { type OnSkip, skipEntry } from './skip-entry.ts'

interface TransferListProps {
  readonly transfers: readonly TransferView[]
  readonly onSkip: OnSkip
}

/** What moves now. */
export function TransferList({ transfers, onSkip }: TransferListProps) {
  const list = useRef<HTMLUListElement>(null)
  const copyEntries = useCopyEntries()
  const rowMenu = useRowMenu<TransferView>({
    label: ({ path }) => displayName(path),
    entries: (transfer) => [
      ...(isSkippable(transfer) ? [skipEntry(() => onSkip(transfer))] : []),
      ...copyEntries(transfer),
    ],
  })
  const ids = useRowElements(
    transfers.map(({ jobId }) => jobId),
    // Where the menu goes back to belongs to the same file still.
    { box: list, isHeld: rowMenu.isOpen },
  )
  return (
    <section aria-labelledby="live-transfers">
      <h2 className="section-title" id="live-transfers">
        {strings.activity.transfers} <span className="muted numbers">{formatNumber(transfers.length)}</span>
      </h2>
      <ul className="transfers" ref={list}>
        {transfers.map((transfer, at) => (
          <Transfer key={ids[at]} transfer={transfer} onSkip={onSkip} openMenu={rowMenu.open} />
        ))}
      </ul>
      {rowMenu.menu}
    </section>
  )
}

/** The rows of transfers are no grid: the buttons in them are for the keyboard. */
function openAtPointer(event: MouseEvent<HTMLElement>, open: (place: MenuPlace) => void): void {
  event.preventDefault()
  const { clientX, clientY, currentTarget } = event
  const list = currentTarget.querySelector('button') ?? currentTarget
  open({ list, anchor: { getBoundingClientRect: () => new DOMRect(clientX, clientY, 0, 0) } })
}

interface TransferProps {
  readonly transfer: TransferView
  readonly onSkip: OnSkip
  readonly openMenu: (transfer: TransferView, place: MenuPlace) => void
}

/** Every status brings new objects of the same transfers: those that did not move stay as they are drawn. */
const Transfer = memo(
  TransferRow,
  (before, after) =>
    before.onSkip === after.onSkip &&
    before.openMenu === after.openMenu &&
    before.transfer.jobId === after.transfer.jobId &&
    before.transfer.bytesDone === after.transfer.bytesDone &&
    before.transfer.bytesTotal === after.transfer.bytesTotal,
)

/** Without state: its element may show one file after another. */
function TransferRow({ transfer, onSkip, openMenu }: TransferProps) {
  const { path, kind, bytesDone, bytesTotal } = transfer
  const share = bytesTotal > 0 ? bytesDone / bytesTotal : 0
  const counted = strings.progress.bytes({ done: bytesDone, total: bytesTotal })
  return (
    // The button in it is for the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li className="transfer" onContextMenu={(event) => openAtPointer(event, (place) => openMenu(transfer, place))}>
      <MethodIcon method={kind} isMoving />
      <div className="transfer-main">
        <PathText path={path} />
        <ProgressBar
          share={share}
          label={`${ACTIONS[kind]} ${path.slice(-80)}`}
          text={`${formatShare(share)}, ${counted}`}
        />
      </div>
      <span className="numbers transfer-counted">
        {formatShare(share)}
        <small>{counted}</small>
      </span>
      {isSkippable(transfer) ? (
        <IconButton
          icon={SkipForward}
          label={strings.skipping.skipOf({ path: displayName(path) })}
          onClick={() => onSkip(transfer)}
        />
      ) : null}
    </li>
  )
}
