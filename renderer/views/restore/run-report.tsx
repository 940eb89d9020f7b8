import { CircleCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import type { RestoreRunView } from '../../../common/protocol.ts'
import { Note } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { formatShare } from '../../format.ts'
import { restoreStrings } from '../../restore-strings.ts'
import { strings } from '../../strings.ts'

/** Rows of a list that are drawn. */
const LISTED = 20

/** What would happen, what happens, or what came of it. */
export function RunReport({ run }: { readonly run: RestoreRunView }) {
  const text = restoreStrings.restoring
  if (run.state === 'failed')
    return (
      <Note tone="bad">
        <p>{run.error?.message}</p>
        {run.error?.fix === undefined ? null : <p className="muted">{run.error.fix}</p>}
      </Note>
    )
  if (run.isPlan) return run.state === 'done' ? <Planned run={run} /> : <p className="muted">{text.counting}</p>
  if (run.state === 'done') return <Done run={run} />
  if (run.state === 'cancelled') return <Note tone="warn">{text.cancelled({ n: run.restored })}</Note>
  return <Running run={run} />
}

function Planned({ run }: { readonly run: RestoreRunView }) {
  const text = restoreStrings.restoring
  return (
    <>
      <p className="run-main numbers">
        {run.restored === 0 ? text.wouldNothing : text.would({ n: run.restored, bytes: run.restoredBytes })}
      </p>
      <Into run={run} />
      <Counted run={run} replaced={text.wouldReplace({ n: run.replaced })} />
    </>
  )
}

function Running({ run }: { readonly run: RestoreRunView }) {
  const text = restoreStrings.restoring
  const share =
    run.bytesTotal > 0 ? run.bytesDone / run.bytesTotal : run.filesTotal > 0 ? run.filesDone / run.filesTotal : 0
  const counted = `${strings.progress.files({ done: run.filesDone, total: run.filesTotal })}, ${strings.progress.bytes({ done: run.bytesDone, total: run.bytesTotal })}`
  return (
    <>
      <p className="run-main">{text.running}</p>
      {/* Figures that change by themselves are for the eyes, and for whoever asks. */}
      <div className="run-progress" aria-live="off">
        <ProgressBar share={share} label={text.progress} text={`${formatShare(share)}, ${counted}`} />
        <p className="muted numbers">{counted}</p>
      </div>
    </>
  )
}

function Done({ run }: { readonly run: RestoreRunView }) {
  const text = restoreStrings.restoring
  return (
    <>
      <p className="run-main run-done numbers">
        <CircleCheck size={18} aria-hidden="true" />
        {text.done({ n: run.restored })}
      </p>
      <Into run={run} />
      {run.restored > run.unverified ? <p>{text.verified}</p> : null}
      {run.unverified > 0 ? <p className="muted">{text.unverified({ n: run.unverified })}</p> : null}
      {run.receivedBytes < run.restoredBytes ? (
        <p className="muted">{text.fetched({ received: run.receivedBytes, whole: run.restoredBytes })}</p>
      ) : null}
      <Counted run={run} replaced={text.replaced({ n: run.replaced })} />
    </>
  )
}

function Into({ run: { directory } }: { readonly run: RestoreRunView }) {
  return (
    <p className="run-into muted">
      <span>{restoreStrings.restoring.into}</span> <PathText path={directory} />
    </p>
  )
}

/** What is the same for what would be and for what was. */
function Counted({ run, replaced }: { readonly run: RestoreRunView; readonly replaced: string }) {
  const text = restoreStrings.restoring
  return (
    <>
      {run.equal > 0 ? <p className="muted">{text.equal({ n: run.equal })}</p> : null}
      {run.unsure > 0 ? <p className="muted">{text.unsure({ n: run.unsure })}</p> : null}
      <Paths title={text.younger({ n: run.younger })} count={run.younger} paths={run.leftOut} />
      <Paths title={text.renamed} count={run.renamed.length} paths={run.renamed.map(({ to }) => to)} />
      <Paths title={replaced} count={run.replaced} paths={run.replacements.map(({ keptAs }) => keptAs)} />
      {run.isUnsettled ? <Note tone="warn">{text.unsettled}</Note> : null}
      {run.failed === 0 ? null : (
        <Note tone="warn">
          <p>{text.failed({ n: run.failed, isPlan: run.isPlan })}</p>
          <ul className="run-failures">
            {run.failures.slice(0, LISTED).map(({ path, message }) => (
              <li key={path}>
                <PathText path={path} />
                <small>{message}</small>
              </li>
            ))}
          </ul>
          <More shown={LISTED} of={run.failed} />
        </Note>
      )}
    </>
  )
}

interface PathsProps {
  readonly title: string
  readonly count: number
  readonly paths: readonly string[]
}

function Paths({ title, count, paths }: PathsProps): ReactNode {
  if (count === 0) return null
  return (
    <div className="run-paths">
      <p>{title}</p>
      <ul>
        {paths.slice(0, LISTED).map((path) => (
          <li key={path}>
            <PathText path={path} />
          </li>
        ))}
      </ul>
      <More shown={LISTED} of={count} />
    </div>
  )
}

function More({ shown, of }: { readonly shown: number; readonly of: number }) {
  return of <= shown ? null : <p className="muted numbers">{restoreStrings.restoring.more({ n: of - shown })}</p>
}
