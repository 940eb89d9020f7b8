import { Dialog } from '@base-ui/react/dialog'
import { History, Undo2 } from 'lucide-react'
import type { Undoable } from '../../../common/model.ts'
import type { ActivityView, FolderView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { formatDuration, formatExact } from '../../format.ts'
import { displayName } from '../../names.ts'
import { differenceText } from '../../savings.ts'
import { navigate } from '../../state/route.ts'
import { METHODS, strings } from '../../strings.ts'
import { restoreSection } from '../restore/section.ts'
import { canUndo, type UndoState } from './use-undo.ts'

interface DetailDialogProps {
  readonly row: ActivityView | null
  readonly folders: readonly FolderView[]
  readonly undo: UndoState
  readonly onClose: () => void
}

/** One row of the history with everything that is known about it. */
export function DetailDialog({ row, folders, undo, onClose }: DetailDialogProps) {
  return (
    <Dialog.Root open={row !== null} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{strings.activity.details}</Dialog.Title>
          {row === null ? null : <Facts row={row} folder={folders.find((each) => each.id === row.folderId)} />}
          {row !== null && undo.refusal?.rowId === row.id ? (
            <p role="alert" className="undo-refusal">
              {undo.refusal.message}
            </p>
          ) : null}
          <div className="dialog-actions">
            {row === null ? null : <VersionsButton row={row} onClose={onClose} />}
            {row === null ? null : <UndoButtons row={row} undo={undo} onClose={onClose} />}
            <Dialog.Close className="button button-plain">{strings.close}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** False for what is no file. */
export function hasVersions({ kind }: ActivityView): boolean {
  return kind !== 'make-directory' && kind !== 'prune'
}

function VersionsButton({ row, onClose }: { readonly row: ActivityView; readonly onClose: () => void }) {
  if (!hasVersions(row)) return null
  const show = (): void => {
    onClose()
    navigate('restore', restoreSection(row.folderId, row.path))
  }
  return (
    <Button icon={History} onClick={show}>
      {strings.detail.versions}
    </Button>
  )
}

function UndoButtons({
  row,
  undo,
  onClose,
}: Pick<DetailDialogProps, 'undo' | 'onClose'> & { readonly row: ActivityView }) {
  if (!canUndo(row)) return null
  const isRefused = undo.refusal?.rowId === row.id
  if (isRefused && !undo.refusal.mayGoBeside) return null
  const run = async (): Promise<void> => {
    onClose()
    await undo.run(row, isRefused)
  }
  return (
    <Button look="primary" icon={Undo2} pending={undo.pending} onClick={() => void run()}>
      {isRefused ? strings.undoing.putBeside : strings.undo}
    </Button>
  )
}

function Facts({ row, folder }: { readonly row: ActivityView; readonly folder: FolderView | undefined }) {
  const { detail } = strings
  const facts: readonly (readonly [string, string])[] = [
    [detail.path, displayName(row.path)],
    [detail.folder, displayName(folder?.name ?? row.folderId)],
    [detail.what, differenceText(row) ?? METHODS[row.method]],
    [detail.when, formatExact(row.atMs)],
    [detail.size, detail.bytes({ n: row.size })],
    [detail.sent, detail.bytes({ n: row.bytesSent })],
    [detail.reused, detail.bytes({ n: row.bytesReused })],
    [detail.took, formatDuration(row.durationMs)],
    ...(row.kept === undefined ? [] : ([[strings.undoing.keptAs, keptText(row.kept, row.undone)]] as const)),
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

function keptText({ why, sizeBytes, keptAt }: Undoable, isUndone: true | undefined): string {
  const { whys, whysHere, kept } = strings.undoing
  const text = kept({ why: (keptAt === 'source' ? whysHere : whys)[why], size: sizeBytes })
  return isUndone === undefined ? text : `${text}, ${strings.undoing.isUndone}`
}
