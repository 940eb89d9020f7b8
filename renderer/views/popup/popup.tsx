import { ArrowUpRight, FolderPlus, RefreshCw, TriangleAlert } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { AttentionView, StatusView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ConnectionBanner } from '../../components/connection-banner.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { PauseControl, PauseCountdown } from '../../components/pause-control.tsx'
import { ProgressBlock } from '../../components/progress-block.tsx'
import { ReasonLine } from '../../components/reason-line.tsx'
import { StateAnnouncer } from '../../components/state-announcer.tsx'
import { StateIcon } from '../../components/state-icon.tsx'
import type { ConnectionState } from '../../transports/connection.ts'
import type { Toast } from '../../components/toasts.tsx'
import { useAction, useClient, useSnapshot } from '../../state/services.ts'
import { NOTICE_MS, UNDO_MS } from '../../passing.ts'
import { openMainWindow, routeForAttention } from '../../shell.ts'
import { HEADLINES, strings } from '../../strings.ts'
import { syncStartedText } from '../../sync-text.ts'
import { RecentList } from './recent-list.tsx'
import type { RowSubject } from './row-menu.tsx'
import { UpdateRow } from './update-row.tsx'
import { useOnlyConflict } from './use-only-conflict.ts'

/** Looked at now and then: the popup opens without it. */
const ConflictInPlace = lazy(async () => ({ default: (await import('./conflict-in-place.tsx')).ConflictInPlace }))

const IgnoreInPlace = lazy(async () => ({ default: (await import('./ignore-in-place.tsx')).IgnoreInPlace }))

/** The tray popup, 360 by 520: how things stand, what needs a person, what happened last. */
export function Popup() {
  const { status, connection, recent } = useSnapshot()
  const only = useOnlyConflict()
  useEscapeHides()
  const [notice, setNotice] = useNotice()
  const [ignoring, setIgnoring] = useState<RowSubject | null>(null)
  const [stopIgnoring] = useState(() => () => setIgnoring(null))
  if (status === null) return <Waiting connection={connection} />
  if (only.conflict !== null) {
    return (
      <main className="popup" data-stale={connection !== 'live' || undefined}>
        <ConnectionBanner connection={connection} />
        <Suspense>
          <ConflictInPlace conflict={only.conflict} folders={status.folders} onClose={only.close} />
        </Suspense>
      </main>
    )
  }
  const ignored = status.folders.find(({ id }) => id === ignoring?.folderId)
  if (ignoring !== null && ignored !== undefined) {
    return (
      <main className="popup" data-stale={connection !== 'live' || undefined}>
        <ConnectionBanner connection={connection} />
        <Suspense>
          <IgnoreInPlace subject={ignoring} folder={ignored} onClose={stopIgnoring} />
        </Suspense>
      </main>
    )
  }
  return (
    <main className="popup" data-stale={connection !== 'live' || undefined}>
      <ConnectionBanner connection={connection} />
      <Head status={status} />
      {status.headline === 'unconfigured' ? (
        <SetUp />
      ) : (
        <>
          <ProgressBlock status={status} />
          <Attention attention={status.attention} onConflict={only.open} />
          {status.updateReady === undefined ? null : <UpdateRow version={status.updateReady} />}
          <RecentList status={status} recent={recent} onNotice={setNotice} onIgnore={setIgnoring} />
          <Foot status={status} notice={notice} onNotice={setNotice} />
        </>
      )}
    </main>
  )
}

/** As `popup.html` draws it before any script has run. */
function Waiting({ connection }: { readonly connection: ConnectionState }) {
  return (
    <main className="popup popup-waiting" aria-busy="true">
      <ConnectionBanner connection={connection} />
      <img src={new URL('../../mark.svg', import.meta.url).href} alt="" width={40} height={40} />
      {connection === 'connecting' ? <p className="waiting-words muted">{strings.connecting}</p> : null}
    </main>
  )
}

function Head({ status }: { readonly status: StatusView }) {
  // What the row below says is not said twice.
  const sentence = status.attention[0]?.message === status.sentence ? '' : status.sentence
  return (
    <header className="popup-head">
      <StateAnnouncer />
      <StateIcon state={status.headline} size="large" />
      <div className="popup-words">
        <h1>{HEADLINES[status.headline]}</h1>
        <p title={sentence}>
          {status.pausedUntil === 0 ? sentence : <PauseCountdown pausedUntil={status.pausedUntil} />}
        </p>
      </div>
      {status.headline === 'unconfigured' ? null : <PauseControl pausedUntil={status.pausedUntil} />}
    </header>
  )
}

function SetUp() {
  return (
    <section className="popup-setup">
      <p>{strings.popup.setUpText}</p>
      <Button look="primary" className="button-wraps" icon={FolderPlus} onClick={() => openMainWindow('add')}>
        {strings.popup.setUp}
      </Button>
    </section>
  )
}

interface AttentionProps {
  readonly attention: readonly AttentionView[]
  /** Shows the conflict there is, where there is one. */
  readonly onConflict: (count: number) => Promise<void>
}

/** The highest matter only: a list of alarms trains people to ignore them. */
function Attention({ attention, onConflict }: AttentionProps) {
  const first = attention[0]
  const conflicts = attention.reduce((sum, { kind, count }) => sum + (kind === 'conflict' ? count : 0), 0)
  const review = useAction(async (row: AttentionView) => {
    if (row.kind === 'conflict') await onConflict(conflicts)
    else openMainWindow(...routeForAttention(row))
  })
  if (first === undefined) return null
  return (
    <section className="attention" aria-label={HEADLINES.attention}>
      <TriangleAlert size={18} aria-hidden="true" />
      <p>
        {first.message}
        {attention.length > 1 ? (
          <span className="muted"> {strings.popup.others({ n: attention.length - 1 })}</span>
        ) : null}
      </p>
      <Button pending={review.pending} onClick={() => void review.run(first)}>
        {strings.popup.review}
      </Button>
    </section>
  )
}

interface FootProps {
  readonly status: StatusView
  readonly notice: Toast | null
  readonly onNotice: (notice: Toast | null) => void
}

function Foot({ status, notice, onNotice }: FootProps) {
  const client = useClient()
  const sync = useAction(() => client.call('folders.sync', {}))
  const undo = useAction(async (done: Toast) => {
    onNotice(null)
    await done.undo?.()
  })
  const syncNow = async (): Promise<void> => {
    onNotice(null)
    if (!(await sync.run())) return
    onNotice({ text: syncStartedText(status.pausedUntil, Date.now()) })
  }
  return (
    <footer className="popup-foot">
      <div className="popup-notice">
        <output className="reasons" title={notice?.text}>
          {notice?.text}
        </output>
        {notice?.undo === undefined ? null : (
          <Button look="quiet" className="reason-lift" pending={undo.pending} onClick={() => void undo.run(notice)}>
            {strings.undo}
          </Button>
        )}
      </div>
      {notice === null || notice.text === '' ? <ReasonLine status={status} show="first" /> : null}
      <ErrorNote error={sync.error ?? undo.error} />
      <div className="popup-buttons">
        <Button look="quiet" icon={RefreshCw} pending={sync.pending} onClick={() => void syncNow()}>
          {strings.popup.syncNow}
        </Button>
        <Button look="quiet" icon={FolderPlus} onClick={() => openMainWindow('add')}>
          {strings.popup.addFolder}
        </Button>
        <Button look="quiet" icon={ArrowUpRight} className="push" onClick={() => openMainWindow('folders')}>
          {strings.popup.open}
        </Button>
      </div>
    </footer>
  )
}

/** A sentence about what was just done; it goes by itself. */
function useNotice(): readonly [Toast | null, (notice: Toast | null) => void] {
  const [notice, setNotice] = useState<Toast | null>(null)
  useEffect(() => {
    if (notice === null) return undefined
    const timer = setTimeout(() => setNotice(null), notice.undo === undefined ? NOTICE_MS : UNDO_MS)
    return () => clearTimeout(timer)
  }, [notice])
  return [notice, setNotice]
}

function useEscapeHides(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) window.tidekeep?.hide()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
}
