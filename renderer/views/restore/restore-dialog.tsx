import { Dialog } from '@base-ui/react/dialog'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { RestoreRequest } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { restoreStrings } from '../../restore-strings.ts'
import { strings } from '../../strings.ts'
import { BrowseDialog } from '../wizard/browse-dialog.tsx'
import { RunReport } from './run-report.tsx'
import { isOver, useRun } from './use-run.ts'

/** What is to be brought back, and how that is called. */
export interface Wish {
  readonly request: Omit<RestoreRequest, 'to'>
  /** Such as `3 items`. */
  readonly what: string
  /** Such as `as of Nov 21, 14:01`. */
  readonly when: string
}

type Place = RestoreRequest['to']['kind']
const PLACES: readonly Place[] = ['in-place', 'beside', 'directory']
/** While a path is typed, every letter would begin a plan. */
const TYPING_MS = 400

interface RestoreDialogProps {
  readonly wish: Wish | null
  readonly onClose: () => void
  readonly opener: RefObject<HTMLElement | null>
}

/** Where to, what would happen, doing it, and what came of it. */
export function RestoreDialog({ wish, onClose, opener }: RestoreDialogProps) {
  return (
    <Dialog.Root open={wish !== null} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog restore-dialog" finalFocus={opener}>
          {wish === null ? null : <Restoring wish={wish} onClose={onClose} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Restoring({ wish, onClose }: { readonly wish: Wish; readonly onClose: () => void }) {
  const text = restoreStrings.restoring
  const isWhole = wish.request.paths.includes('')
  const [place, setPlace] = useState<Place>('in-place')
  const [directory, setDirectory] = useState('')
  const { run, error, begin, cancel, clear } = useRun()
  const isPlanning = run === null || run.isPlan
  const hasPlace = place !== 'directory' || directory.trim() !== ''
  const request = requestFor(wish, place, directory)
  const key = JSON.stringify(request)
  useEffect(() => {
    clear()
    if (!hasPlace) return undefined
    const wanted = JSON.parse(key) as RestoreRequest
    const timer = setTimeout(() => begin('plan', wanted), wanted.to.kind === 'directory' ? TYPING_MS : 0)
    return () => clearTimeout(timer)
  }, [key, hasPlace, begin, clear])
  const isReady = run?.isPlan === true && run.state === 'done' && run.restored > 0
  return (
    <>
      <Dialog.Title className="dialog-title">{text.title(wish.what)}</Dialog.Title>
      <Dialog.Description className="dialog-text" render={<div />}>
        <p>{wish.when}</p>
      </Dialog.Description>
      {isPlanning ? <Places {...{ place, isWhole, directory, onPlace: setPlace, onDirectory: setDirectory }} /> : null}
      <ErrorNote error={error} />
      <div className="run" aria-live="polite" hidden={error !== null}>
        {run === null ? <p className="muted">{hasPlace ? text.counting : text.choosePlace}</p> : null}
        {run === null ? null : <RunReport run={run} />}
      </div>
      <div className="dialog-actions">
        {run !== null && !run.isPlan && !isOver(run) ? (
          <Button onClick={cancel}>{strings.cancel}</Button>
        ) : (
          <Button onClick={onClose}>{isPlanning ? strings.cancel : strings.close}</Button>
        )}
        {isPlanning ? (
          <Button look="primary" pending={!isReady} onClick={() => begin('start', request)}>
            {text.start}
          </Button>
        ) : null}
      </div>
    </>
  )
}

function requestFor({ request }: Wish, place: Place, directory: string): RestoreRequest {
  if (place === 'directory') return { ...request, to: { kind: place, path: directory.trim() } }
  return { ...request, to: { kind: place } }
}

interface PlacesProps {
  readonly place: Place
  /** A whole folder cannot be put beside itself. */
  readonly isWhole: boolean
  readonly directory: string
  readonly onPlace: (place: Place) => void
  readonly onDirectory: (path: string) => void
}

function Places({ place, isWhole, directory, onPlace, onDirectory }: PlacesProps) {
  const text = restoreStrings.restoring
  const [isBrowsing, setBrowsing] = useState(false)
  const browse = useRef<HTMLButtonElement>(null)
  const choose = async (): Promise<void> => {
    if (window.tidekeep === undefined) return setBrowsing(true)
    const picked = await window.tidekeep.pickFolder()
    if (picked !== null) onDirectory(picked)
  }
  return (
    <>
      <fieldset className="restore-places">
        <legend>{text.where}</legend>
        {PLACES.filter((each) => each !== 'beside' || !isWhole).map((each) => (
          <label key={each} className="choice">
            <input type="radio" name="place" value={each} checked={place === each} onChange={() => onPlace(each)} />
            <span>
              {text.places[each]}
              <small className="restore-place-text">{text.placeTexts[each]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {place === 'directory' ? (
        <Field
          label={text.directory}
          value={directory}
          onChange={(event) => onDirectory(event.target.value)}
          after={
            <Button ref={browse} onClick={() => void choose()}>
              {text.browse}
            </Button>
          }
        />
      ) : null}
      <BrowseDialog
        open={isBrowsing}
        start={directory}
        onClose={() => setBrowsing(false)}
        onChoose={onDirectory}
        opener={browse}
      />
    </>
  )
}
