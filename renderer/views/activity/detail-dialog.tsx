import { Dialog } from '@base-ui/react/dialog'
import type { ActivityView, FolderView } from '../../../common/protocol.ts'
import { formatDuration, formatExact } from '../../format.ts'
import { displayName } from '../../names.ts'
import { differenceText } from '../../savings.ts'
import { METHODS, strings } from '../../strings.ts'

interface DetailDialogProps {
  readonly row: ActivityView | null
  readonly folders: readonly FolderView[]
  readonly onClose: () => void
}

/** One row of the history with everything that is known about it. */
export function DetailDialog({ row, folders, onClose }: DetailDialogProps) {
  return (
    <Dialog.Root open={row !== null} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{strings.activity.details}</Dialog.Title>
          {row === null ? null : <Facts row={row} folder={folders.find((each) => each.id === row.folderId)} />}
          <div className="dialog-actions">
            <Dialog.Close className="button button-plain">{strings.close}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Facts({ row, folder }: { readonly row: ActivityView; readonly folder: FolderView | undefined }) {
  const { detail } = strings
  const facts: readonly (readonly [string, string])[] = [
    [detail.path, displayName(row.path)],
    [detail.folder, displayName(folder?.name ?? row.folderId)],
    [detail.what, differenceText(row) ?? METHODS[row.method]],
    [detail.when, formatExact(row.atMs)],
    [detail.size, detail.bytes(row.size)],
    [detail.sent, detail.bytes(row.bytesSent)],
    [detail.reused, detail.bytes(row.bytesReused)],
    [detail.took, formatDuration(row.durationMs)],
    ...(row.keptAside === undefined ? [] : ([[detail.keptAside, displayName(row.keptAside)]] as const)),
  ]
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="numbers">
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  )
}
