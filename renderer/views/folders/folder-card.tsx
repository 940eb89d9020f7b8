import { ArrowLeftRight, ArrowRight, CircleAlert, FilePen, SkipForward } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { FolderView } from '../../../common/protocol.ts'
import { Note } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { StateIcon } from '../../components/state-icon.tsx'
import { formatAgo, formatBytes, formatExact } from '../../format.ts'
import { routeHref } from '../../state/route.ts'
import { useNow } from '../../state/clock.ts'
import { COVERAGE, FOLDER_STATES, strings } from '../../strings.ts'
import { FolderActions } from './folder-actions.tsx'
import { FolderName } from './folder-name.tsx'
import { HeldCard } from './held-card.tsx'
import { ProblemList } from './problem-list.tsx'

interface FolderProp {
  readonly folder: FolderView
}

interface Stat {
  readonly name: string
  readonly value: string
  readonly more?: string
  /** The moment, for whoever points at it. */
  readonly exact?: string
}

/** Of what could not be brought back. */
const FAILURES_SHOWN = 5

interface FolderCardProps {
  readonly folder: FolderView
  /** Scrolls into view once: the reader was sent here. */
  readonly isAsked: boolean
}

/** One folder: where it is, where it is kept, how it stands, and what needs a person. F2 renames it, Del asks whether to let go of it. */
export function FolderCard({ folder, isAsked }: FolderCardProps) {
  const Arrow = folder.mode === 'two-way' ? ArrowLeftRight : ArrowRight
  const card = useRef<HTMLElement>(null)
  const more = useRef<HTMLButtonElement>(null)
  const [asking, setAsking] = useState<'rename' | 'remove' | null>(null)
  useEffect(() => {
    if (isAsked) card.current?.scrollIntoView({ block: 'start' })
  }, [isAsked])
  const headingId = `folder-${folder.id}`
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
    const isInside = event.target instanceof Node && event.currentTarget.contains(event.target)
    if (isTyping || !isInside || (event.key !== 'F2' && event.key !== 'Delete')) return
    event.preventDefault()
    setAsking(event.key === 'F2' ? 'rename' : 'remove')
  }
  return (
    // The keys are a shortcut for two entries of its menu.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article
      className="card folder"
      aria-labelledby={headingId}
      ref={card}
      data-asked={isAsked || undefined}
      onKeyDown={onKeyDown}
    >
      <header className="folder-head">
        <StateIcon state={folder.state} />
        <div className="folder-words">
          <h2 id={headingId}>
            <FolderName
              folder={folder}
              isRenaming={asking === 'rename'}
              onEnd={() => {
                setAsking(null)
                more.current?.focus()
              }}
            />
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
        <FolderActions folder={folder} more={more} asking={asking} onAsk={setAsking} />
      </header>
      <p className="folder-way">
        <span className="visually-hidden">{strings.folders.from}</span>
        <PathText path={folder.path} />
        <Arrow size={15} aria-hidden="true" className="muted" />
        <span className="visually-hidden">{strings.folders.to}</span>
        <PathText path={folder.target} />
      </p>
      <FolderNumbers folder={folder} />
      {folder.alteredFiles === undefined ? null : (
        <p className="folder-altered">
          <FilePen size={16} aria-hidden="true" />
          <span>
            {strings.folders.altered({ n: folder.alteredFiles })}
            <small>{strings.folders.alteredText}</small>
          </span>
        </p>
      )}
      <UnprovenNote folder={folder} />
      {folder.holds.map((held) => (
        <HeldCard key={held.reason} folder={folder} held={held} />
      ))}
      {folder.dead > 0 ? (
        <p className="folder-dead">
          <CircleAlert size={16} aria-hidden="true" />
          {strings.folders.dead({ n: folder.dead })}
          <a href={routeHref('activity', 'errors')}>{strings.folders.showErrors}</a>
        </p>
      ) : null}
      {folder.skipped > 0 ? (
        <p className="folder-dead">
          <SkipForward size={16} aria-hidden="true" className="muted" />
          {strings.folders.skipped({ n: folder.skipped })}
          <a href={routeHref('activity', 'live')}>{strings.skipping.show}</a>
        </p>
      ) : null}
      <CoverageNote folder={folder} />
      {folder.problems > 0 ? <ProblemList folder={folder} /> : null}
    </article>
  )
}

function FolderNumbers({ folder }: { readonly folder: FolderView }) {
  const nowMs = useNow()
  const { files, bytes, pendingFiles, pendingBytes, lastReconcileMs, coverage, safeUpToMs, conflicts, proof } = folder
  const { nothingPending, never, keptSafe, pending, checked, safeUpTo, proven, notProven, provenBy } = strings.folders
  const at = (atMs: number | null | undefined, otherwise: string): Pick<Stat, 'value' | 'exact'> =>
    typeof atMs === 'number' ? { value: formatAgo(atMs, nowMs), exact: formatExact(atMs) } : { value: otherwise }
  const stats: readonly Stat[] = [
    { name: keptSafe, value: strings.files({ n: files }), more: formatBytes(bytes) },
    pendingFiles === 0
      ? { name: pending, value: nothingPending }
      : { name: pending, value: strings.files({ n: pendingFiles }), more: formatBytes(pendingBytes) },
    {
      name: safeUpTo,
      ...at(safeUpToMs, never),
      ...(conflicts === 0 ? {} : { more: strings.folders.safeBut({ n: conflicts }) }),
    },
    {
      name: proven,
      ...at(proof?.provenAtMs, notProven),
      ...(proof === undefined ? {} : { exact: provenBy({ n: proof.files, size: proof.bytes }) }),
    },
    { name: checked, ...at(lastReconcileMs, never) },
    { name: strings.about.coverage, value: COVERAGE[coverage.kind] },
  ]
  return (
    <dl className="stats">
      {stats.map(({ name, value, more, exact }) => (
        <div className="stat" key={name}>
          <dt>{name}</dt>
          <dd className="numbers" title={exact}>
            {value}
            {more === undefined ? null : <small> {more}</small>}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** What could not be brought back, by name: nobody should learn of it when it is needed. */
function UnprovenNote({ folder: { proof } }: FolderProp) {
  if (proof === undefined || proof.failedFiles === 0) return null
  return (
    <Note tone="warn">
      <p>{strings.folders.unproven({ failed: proof.failedFiles, n: proof.files })}</p>
      <ul>
        {proof.failures.slice(0, FAILURES_SHOWN).map(({ path, message }) => (
          <li key={path}>
            <PathText path={path} /> <span className="muted">{message}</span>
          </li>
        ))}
      </ul>
    </Note>
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
