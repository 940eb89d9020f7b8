import { ArrowRight, CircleAlert, FilePen } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { FolderView } from '../../../common/protocol.ts'
import { Note } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { StateIcon } from '../../components/state-icon.tsx'
import { formatAgo, formatBytes, formatExact } from '../../format.ts'
import { displayName } from '../../names.ts'
import { routeHref } from '../../state/route.ts'
import { useNow } from '../../state/clock.ts'
import { COVERAGE, FOLDER_STATES, strings } from '../../strings.ts'
import { FolderActions } from './folder-actions.tsx'
import { HeldCard } from './held-card.tsx'
import { ProblemList } from './problem-list.tsx'

interface FolderCardProps {
  readonly folder: FolderView
  /** Scrolls into view once: the reader was sent here. */
  readonly isAsked: boolean
}

/** One folder: where it is, where it is kept, how it stands, and what needs a person. */
export function FolderCard({ folder, isAsked }: FolderCardProps) {
  const card = useRef<HTMLElement>(null)
  useEffect(() => {
    if (isAsked) card.current?.scrollIntoView({ block: 'start' })
  }, [isAsked])
  const headingId = `folder-${folder.id}`
  return (
    <article className="card folder" aria-labelledby={headingId} ref={card} data-asked={isAsked || undefined}>
      <header className="folder-head">
        <StateIcon state={folder.state} />
        <div className="folder-words">
          <h2 id={headingId}>
            <bdi>{displayName(folder.name)}</bdi>
            <span className="tag" title={strings.folders.modeText[folder.mode]}>
              {strings.folders.modes[folder.mode]}
            </span>
          </h2>
          <p>
            <strong className="folder-state" data-state={folder.state}>
              {FOLDER_STATES[folder.state]}
            </strong>
            <span className="muted"> · {folder.sentence}</span>
          </p>
        </div>
        <FolderActions folder={folder} />
      </header>
      <p className="folder-way">
        <span className="visually-hidden">{strings.folders.from}</span>
        <PathText path={folder.path} />
        <ArrowRight size={15} aria-hidden="true" className="muted" />
        <span className="visually-hidden">{strings.folders.to}</span>
        <PathText path={folder.target} />
      </p>
      <FolderNumbers folder={folder} />
      {folder.alteredFiles === undefined ? null : (
        <p className="folder-altered">
          <FilePen size={16} aria-hidden="true" />
          <span>
            {strings.folders.altered(folder.alteredFiles)}
            <small>{strings.folders.alteredText}</small>
          </span>
        </p>
      )}
      {folder.holds.map((held) => (
        <HeldCard key={held.reason} folder={folder} held={held} />
      ))}
      {folder.dead > 0 ? (
        <p className="folder-dead">
          <CircleAlert size={16} aria-hidden="true" />
          {strings.folders.dead(folder.dead)}
          <a href={routeHref('activity', 'errors')}>{strings.folders.showErrors}</a>
        </p>
      ) : null}
      <CoverageNote folder={folder} />
      {folder.problems > 0 ? <ProblemList folder={folder} /> : null}
    </article>
  )
}

function FolderNumbers({ folder }: { readonly folder: FolderView }) {
  const nowMs = useNow()
  const { files, bytes, pendingFiles, pendingBytes, lastReconcileMs, coverage } = folder
  const { nothingPending, never, keptSafe, pending, checked } = strings.folders
  const stats: readonly (readonly [name: string, value: string, more: string])[] = [
    [keptSafe, strings.files(files), formatBytes(bytes)],
    [
      pending,
      pendingFiles === 0 ? nothingPending : strings.files(pendingFiles),
      pendingFiles === 0 ? '' : formatBytes(pendingBytes),
    ],
    [
      checked,
      lastReconcileMs === null ? never : formatAgo(lastReconcileMs, nowMs),
      lastReconcileMs === null ? '' : formatExact(lastReconcileMs),
    ],
    [strings.about.coverage, COVERAGE[coverage.kind], ''],
  ]
  return (
    <dl className="stats">
      {stats.map(([name, value, more], index) => (
        <div className="stat" key={name}>
          <dt>{name}</dt>
          <dd className="numbers" title={index === 2 ? more : undefined}>
            {value}
            {index === 2 || more === '' ? null : <small> {more}</small>}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Why changes are not noticed at once, and the step that lifts the limit. */
function CoverageNote({ folder }: { readonly folder: FolderView }) {
  const { kind, reason, fix } = folder.coverage
  if (kind === 'live' || (reason === undefined && fix === undefined)) return null
  return (
    <Note tone={kind === 'polled' ? 'info' : 'warn'}>
      <p>{reason ?? COVERAGE[kind]}</p>
      {fix === undefined ? null : (
        <p className="muted">
          {strings.folders.fix}: <span className="command">{fix}</span>
        </p>
      )}
    </Note>
  )
}
