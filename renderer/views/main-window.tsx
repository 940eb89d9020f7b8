import {
  Activity,
  Cloud,
  FolderClosed,
  GitCompareArrows,
  History,
  Info,
  type LucideIcon,
  Settings2,
  Stethoscope,
} from 'lucide-react'
import { memo, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { ConnectionBanner } from '../components/connection-banner.tsx'
import { Deferred } from '../components/deferred.tsx'
import { PauseControl, PauseCountdown } from '../components/pause-control.tsx'
import { ReasonLine } from '../components/reason-line.tsx'
import { StateAnnouncer } from '../components/state-announcer.tsx'
import { StateIcon } from '../components/state-icon.tsx'
import { WindowDrop } from '../components/window-drop.tsx'
import { navigate, type Route, routeHref, type Screen, SCREENS, useRoute } from '../state/route.ts'
import { useSnapshot } from '../state/services.ts'
import type { ConnectionState } from '../transports/connection.ts'
import { HEADLINES, strings } from '../strings.ts'
import type { StatusView } from '../../common/protocol.ts'
import { loadOtherScreens, PARTS } from './screens.ts'

const ICONS: Readonly<Record<Screen, LucideIcon>> = {
  activity: Activity,
  folders: FolderClosed,
  restore: History,
  conflicts: GitCompareArrows,
  targets: Cloud,
  settings: Settings2,
  diagnostics: Stethoscope,
  about: Info,
}

/** The main window: a rail of screens, or the wizard while nothing is kept safe yet. */
export function MainWindow() {
  const { status, connection } = useSnapshot()
  const route = useRoute()
  const content = useRef<HTMLElement>(null)
  useScreenKeys(content)
  useEffect(() => {
    // Of a service that is away nothing can be said, least of all that things are protected.
    const words = status === null || connection !== 'live' ? '' : `${HEADLINES[status.headline]} - `
    document.title = words + strings.app
  }, [status, connection])

  const hasStatus = status !== null
  useEffect(() => {
    if (hasStatus) loadOtherScreens()
  }, [hasStatus])

  if (status === null) return <Waiting connection={connection} />
  const isStale = connection !== 'live' || undefined
  if (route.screen === 'add' || (status.folders.length === 0 && !isPastWelcome(route))) {
    return (
      <div className="window-wizard" data-stale={isStale}>
        <ConnectionBanner connection={connection} />
        <Suspense>
          <Deferred
            part={PARTS.add}
            props={{ folders: status.folders, asked: route.screen === 'add' ? route.section : '' }}
          />
        </Suspense>
        <WindowDrop />
      </div>
    )
  }
  return (
    <div className="window" data-stale={isStale}>
      <a
        className="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault()
          content.current?.focus()
        }}
      >
        {strings.skipToContent}
      </a>
      <Rail route={route} status={status} />
      <main className="content" id="content" tabIndex={-1} ref={content}>
        <ConnectionBanner connection={connection} />
        <Suspense fallback={<div className="screen" aria-busy="true" />}>
          <ScreenOf route={route} status={status} />
        </Suspense>
      </main>
      <WindowDrop />
      <Suspense>
        <Deferred part={PARTS.palette} props={{ content }} />
      </Suspense>
    </div>
  )
}

/** As `index.html` draws it before any script has run: nothing moves when the first answer is there. */
function Waiting({ connection }: { readonly connection: ConnectionState }) {
  return (
    <div className="window" aria-busy="true">
      <header className="rail">
        <Brand />
      </header>
      <main className="content">
        <ConnectionBanner connection={connection} />
        {connection === 'connecting' ? <p className="waiting-words muted">{strings.connecting}</p> : null}
      </main>
    </div>
  )
}

/** Whoever leaves the wizard with "Not now" goes to a named screen and stays out of it. */
function isPastWelcome(route: Route): boolean {
  return route.section === 'empty' || route.screen !== 'folders'
}

function ScreenOf({ route, status }: { readonly route: Route; readonly status: StatusView }): ReactNode {
  switch (route.screen) {
    case 'activity':
      return <Deferred key="activity" part={PARTS.activity} props={{ status, section: route.section }} />
    case 'restore':
      return <Deferred key="restore" part={PARTS.restore} props={{ status, section: route.section }} />
    case 'targets':
      return <Deferred key="targets" part={PARTS.targets} props={{ status }} />
    case 'conflicts':
      return <Deferred key="conflicts" part={PARTS.conflicts} props={{ status, section: route.section }} />
    case 'settings':
      return <Deferred key="settings" part={PARTS.settings} props={{}} />
    case 'diagnostics':
      return <Deferred key="diagnostics" part={PARTS.diagnostics} props={{ section: route.section }} />
    case 'about':
      return <Deferred key="about" part={PARTS.about} props={{ status }} />
    default:
      return <Deferred key="folders" part={PARTS.folders} props={{ status, section: route.section }} />
  }
}

function Rail({ route, status }: { readonly route: Route; readonly status: StatusView }) {
  const errors = status.folders.reduce((sum, folder) => sum + folder.dead, 0)
  const conflicts = status.folders.reduce((sum, folder) => sum + folder.conflicts, 0)
  return (
    <header className="rail">
      <Brand />
      <RailScreens shown={route.screen} errors={errors} conflicts={conflicts} />
      <section className="rail-state">
        <StateAnnouncer />
        <StateIcon state={status.headline} />
        <div className="rail-words">
          <strong>{HEADLINES[status.headline]}</strong>
          <p className="muted">
            {status.pausedUntil === 0 ? status.sentence : <PauseCountdown pausedUntil={status.pausedUntil} />}
          </p>
        </div>
        {status.headline === 'unconfigured' ? null : <PauseControl pausedUntil={status.pausedUntil} />}
        <ReasonLine status={status} show="all" />
      </section>
    </header>
  )
}

interface RailScreensProps {
  readonly shown: Route['screen']
  readonly errors: number
  readonly conflicts: number
}

/** Drawn again only where something of it is different: a status comes with every few files. */
const RailScreens = memo(function RailScreens({ shown, errors, conflicts }: RailScreensProps) {
  const badges: Partial<Record<Screen, number>> = { activity: errors, conflicts }
  return (
    <nav aria-label={strings.navigation}>
      <ul className="rail-screens">
        {SCREENS.map((screen) => {
          const Icon = ICONS[screen]
          return (
            <li key={screen}>
              <a className="rail-link" href={routeHref(screen)} aria-current={shown === screen ? 'page' : undefined}>
                <Icon size={18} aria-hidden="true" />
                <span>{strings.screens[screen]}</span>
                {(badges[screen] ?? 0) > 0 ? <span className="badge numbers">{badges[screen]}</span> : null}
              </a>
            </li>
          )
        })}
      </ul>
    </nav>
  )
})

function Brand() {
  return (
    <p className="brand">
      <img src={new URL('../mark.svg', import.meta.url).href} alt="" width={24} height={24} />
      <span>{strings.app}</span>
    </p>
  )
}

/** Ctrl or Cmd with a digit goes to that screen and puts the focus there. */
function useScreenKeys(content: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      const screen = SCREENS[Number(event.key) - 1]
      if (screen === undefined) return
      event.preventDefault()
      navigate(screen)
      content.current?.focus()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [content])
}
