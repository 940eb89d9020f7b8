import { ArrowRight } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { NewFolder, PlanView } from '../../../common/protocol.ts'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { navigate } from '../../state/route.ts'
import { useAction, useClient } from '../../state/services.ts'
import { wizardStrings } from '../../wizard-strings.ts'
import { StepFrame } from './step-frame.tsx'
import { newFolders } from './wizard-state.ts'
import type { StepProps } from './wizard.tsx'

type Preview = { readonly plan: PlanView } | { readonly error: TidekeepError }

/** What will happen to each folder, before it does. The last button is the only one that changes anything. */
export function ReviewStep({ state, send, folders, onBack }: StepProps) {
  const text = wizardStrings.review
  const client = useClient()
  // Fixed when the step opens: folders that were added while starting must not move the places of the rest.
  const [taken] = useState(() => folders.map((folder) => folder.target))
  const [present] = useState(() => new Set(folders.map((folder) => folder.path)))
  const planned = useMemo(() => newFolders(state, taken), [state, taken])
  const previews = usePreviews(planned)
  const [failed, setFailed] = useState<string | null>(null)
  const start = useAction(async () => {
    const added = new Set((await client.call('folders.list', {})).map((folder) => folder.path))
    for (const folder of planned) {
      // A second try, after one of several failed, goes on with those that are still missing.
      if (added.has(folder.path) && !present.has(folder.path)) continue
      setFailed(folder.name ?? folder.path)
      await client.call('folders.add', folder)
    }
    setFailed(null)
    navigate('folders')
  })
  return (
    <StepFrame
      title={text.title}
      text={text.text}
      next={start.pending ? text.starting : text.start}
      pending={start.pending}
      onBack={onBack}
      onNext={() => void start.run()}
      foot={<Total previews={previews} count={planned.length} />}
    >
      <ul className="plans">
        {planned.map((folder) => (
          <PlanCard key={folder.path} folder={folder} preview={previews.get(folder.path)} />
        ))}
      </ul>
      <fieldset className="modes">
        <legend>{text.mode}</legend>
        {(['backup', 'mirror'] as const).map((mode) => (
          <label key={mode} className="choice">
            <input
              type="radio"
              name="mode"
              checked={state.mode === mode}
              onChange={() => send({ kind: 'mode-chosen', mode })}
            />
            <span>
              {text[mode]}
              <small>{mode === 'backup' ? text.backupText : text.mirrorText}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {start.error === null || failed === null ? null : (
        <p className="field-error">{text.failed({ name: displayName(failed) })}</p>
      )}
      <ErrorNote error={start.error} />
    </StepFrame>
  )
}

function PlanCard({ folder, preview }: { readonly folder: NewFolder; readonly preview: Preview | undefined }) {
  return (
    <li className="card plan">
      <h2>
        <bdi>{displayName(folder.name ?? folder.path)}</bdi>
      </h2>
      <p className="folder-way">
        <PathText path={folder.path} />
        <ArrowRight size={15} aria-hidden="true" className="muted" />
        <PathText path={folder.target} />
      </p>
      <div aria-live="polite" className="plan-outcome numbers">
        {preview === undefined ? (
          <p className="muted">{wizardStrings.review.planning}</p>
        ) : (
          <Outcome preview={preview} />
        )}
      </div>
    </li>
  )
}

function Outcome({ preview }: { readonly preview: Preview }) {
  const text = wizardStrings.review
  if ('error' in preview) return <ErrorNote error={preview.error} />
  const { counts, bytesToSend, problems, holds } = preview.plan
  return (
    <>
      <p>{counts.uploaded === 0 ? text.nothing : text.toSend({ files: counts.uploaded, bytes: bytesToSend })}</p>
      {counts.skipped === 0 ? null : <p className="muted">{text.adopt({ n: counts.skipped })}</p>}
      {problems === 0 ? null : <p className="muted">{text.problems({ n: problems })}</p>}
      {holds.map((hold) => (
        <Note key={hold} tone="warn">
          <p>{text.held}</p>
          <p className="muted">{hold}</p>
        </Note>
      ))}
    </>
  )
}

function Total({ previews, count }: { readonly previews: ReadonlyMap<string, Preview>; readonly count: number }) {
  const plans = [...previews.values()].flatMap((preview) => ('plan' in preview ? [preview.plan] : []))
  if (plans.length < count || count < 2) return null
  const files = plans.reduce((sum, plan) => sum + plan.counts.uploaded, 0)
  const bytes = plans.reduce((sum, plan) => sum + plan.bytesToSend, 0)
  const { total, toSend } = wizardStrings.review
  return (
    <span className="muted numbers">
      {total}: {toSend({ files, bytes })}
    </span>
  )
}

const NO_PREVIEWS: ReadonlyMap<string, Preview> = new Map()

/** Plans one folder after the other; a change of the folders or of the mode begins again. */
function usePreviews(planned: readonly NewFolder[]): ReadonlyMap<string, Preview> {
  const client = useClient()
  const [found, setFound] = useState({ of: planned, previews: NO_PREVIEWS })
  useEffect(() => {
    let isCurrent = true
    const planAll = async (): Promise<void> => {
      for (const folder of planned) {
        const preview = await client.call('plan.preview', folder).then(
          (plan): Preview => ({ plan }),
          (thrown: unknown): Preview => ({ error: toTidekeepError(thrown) }),
        )
        if (!isCurrent) return
        setFound((before) => ({
          of: planned,
          previews: new Map(before.of === planned ? before.previews : []).set(folder.path, preview),
        }))
      }
    }
    void planAll()
    return () => void (isCurrent = false)
  }, [client, planned])
  return found.of === planned ? found.previews : NO_PREVIEWS
}
