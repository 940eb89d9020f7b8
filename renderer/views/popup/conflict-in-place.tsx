import { ArrowLeft, ArrowUpRight } from 'lucide-react'
import { useState } from 'react'
import '../../styles/conflicts.css'
import type { ConflictView, FolderView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { useBack } from '../../components/use-back.ts'
import { conflictStrings } from '../../conflict-strings.ts'
import { openMainWindow } from '../../shell.ts'
import { useAction } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { ConflictCard } from '../conflicts/conflict-card.tsx'
import { useDecisions } from '../conflicts/use-decisions.ts'

interface ConflictInPlaceProps {
  readonly conflict: ConflictView
  readonly folders: readonly FolderView[]
  readonly onClose: () => void
}

/** The one conflict there is, settled without leaving the popup. Escape goes back. */
export function ConflictInPlace({ conflict, folders, onClose }: ConflictInPlaceProps) {
  const decisions = useDecisions(async () => undefined)
  const back = useBack(onClose)
  const [isDone, setDone] = useState(false)
  const undo = useAction(async () => {
    await decisions.undo([conflict.id])
    setDone(false)
  })
  const folder = folders.find(({ id }) => id === conflict.folderId)
  return (
    <section className="popup-conflict" aria-label={strings.screens.conflicts}>
      <div className="popup-conflict-bar">
        <Button look="quiet" className="button-small" icon={ArrowLeft} ref={back} onClick={onClose}>
          {strings.back}
        </Button>
        <Button
          look="quiet"
          className="button-small push"
          icon={ArrowUpRight}
          onClick={() => openMainWindow('conflicts', String(conflict.id))}
        >
          {conflictStrings.showIt}
        </Button>
      </div>
      {isDone ? (
        <div className="popup-quiet">
          <p aria-live="polite">{conflictStrings.decidedHere}</p>
          <Button pending={undo.pending} onClick={() => void undo.run()}>
            {strings.undo}
          </Button>
        </div>
      ) : (
        <div className="popup-conflict-card">
          <ConflictCard
            conflict={conflict}
            folderName={folder?.name ?? ''}
            decisions={decisions}
            onDecided={() => setDone(true)}
            onLater={onClose}
          />
        </div>
      )}
    </section>
  )
}
