import { Dialog } from '@base-ui/react/dialog'
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { RestoreRequest } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { restoreStrings } from '../../restore-strings.ts'
import { useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { askText, thawStrings } from '../../thaw-strings.ts'
import { BrowseDialog } from '../wizard/browse-dialog.tsx'
import { RunReport } from './run-report.tsx'
import { FIRST_ORDER, mustThaw, ThawChoice } from './thaw-choice.tsx'
import { isOver, useRun } from './use-run.ts'
import { useThawPlan } from './use-thaw.ts'

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
  /** Archived files were asked for. */
  readonly onThaw: () => void
  readonly opener: RefObject<HTMLElement | null>
}

/** Where to, what would happen, doing it, and what came of it. */
export function RestoreDialog({ wish, onClose, onThaw, opener }: RestoreDialogProps) {
  return (
    <Dialog.Root open={wish !== null} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog restore-dialog" finalFocus={opener}>
          {wish === null ? null : <Restoring wish={wish} onClose={onClose} onThaw={onThaw} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

interface RestoringProps {
  readonly wish: Wish
  readonly onClose: () => void
  readonly onThaw: () => void
}

function Restoring({ wish, onClose, onThaw }: RestoringProps) {
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
  const thaw = useThaw(isReady && run.archived > 0 ? run.id : null, onThaw)
  return (
    <>
      <Dialog.Title className="dialog-title">{text.title({ what: wish.what })}</Dialog.Title>
      <Dialog.Description className="dialog-text" render={<div />}>
        <p>{wish.when}</p>
      </Dialog.Description>
      {isPlanning && !thaw.isAsked ? (
        <Places {...{ place, isWhole, directory, onPlace: setPlace, onDirectory: setDirectory }} />
      ) : null}
      <ErrorNote error={error} />
      <div className="run" aria-live="polite" hidden={error !== null}>
        {run === null ? <p className="muted">{hasPlace ? text.counting : text.choosePlace}</p> : null}
        {run === null || thaw.isAsked ? null : <RunReport run={run} />}
        {thaw.isAsked ? <p>{thawStrings.asked}</p> : thaw.choice}
      </div>
      <div className="dialog-actions">
        {run !== null && !run.isPlan && !isOver(run) ? (
          <Button onClick={cancel}>{strings.cancel}</Button>
        ) : (
          <Button onClick={onClose}>{isPlanning && !thaw.isAsked ? strings.cancel : strings.close}</Button>
        )}
        {isPlanning && !thaw.isAsked ? (
          <Button
            look="primary"
            pending={!isReady || thaw.isBusy}
            onClick={thaw.ask ?? (() => begin('start', request))}
          >
            {thaw.askText ?? text.start}
          </Button>
        ) : null}
      </div>
    </>
  )
}

interface Thawing {
  /** The archived files are being looked at, or asked for. */
  readonly isBusy: boolean
  readonly isAsked: boolean
  readonly choice: ReactNode
  /** In the place of restoring at once: undefined where nothing has to be thawed. */
  readonly ask: (() => void) | undefined
  readonly askText: string | undefined
}

/** What must be thawed of a restore, how, and asking for it. */
function useThaw(runId: string | null, onAsked: () => void): Thawing {
  const client = useClient()
  const { plan, error } = useThawPlan(runId)
  const [order, setOrder] = useState(FIRST_ORDER)
  const [step, setStep] = useState<'choosing' | 'asking' | 'asked'>('choosing')
  const [refusal, setRefusal] = useState<TidekeepError | null>(null)
  const tier = plan?.tiers.find(({ speed }) => speed === order.speed)
  const frozen = plan?.frozen.files ?? 0
  const ask = async (id: string): Promise<void> => {
    setStep('asking')
    try {
      await client.call('thaw.request', { id, ...order })
      setStep('asked')
      onAsked()
    } catch (thrown) {
      setStep('choosing')
      setRefusal(toTidekeepError(thrown))
    }
  }
  const isNeeded = mustThaw(plan)
  return {
    isBusy: runId !== null && (plan?.state !== 'ready' || step === 'asking' || (frozen > 0 && tier === undefined)),
    isAsked: step === 'asked',
    choice: runId === null ? null : <ThawChoice {...{ plan, order }} error={refusal ?? error} onOrder={setOrder} />,
    ask: isNeeded && plan !== null ? () => void ask(plan.id) : undefined,
    askText: isNeeded ? (frozen > 0 ? askText(tier?.dollars) : thawStrings.follow) : undefined,
  }
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
