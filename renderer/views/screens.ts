import type { RefObject } from 'react'
import type { FolderView, StatusView } from '../../common/protocol.ts'
import { loadWhenIdle, type Part, partOf } from '../components/deferred.tsx'
import { prepareFormats } from '../format.ts'
import { parseRoute } from '../state/route.ts'

type StatusPart = Part<{ readonly status: StatusView }>
type SectionPart = Part<{ readonly status: StatusView; readonly section: string }>

interface Parts {
  readonly activity: SectionPart
  readonly folders: SectionPart
  readonly restore: SectionPart
  readonly conflicts: SectionPart
  readonly targets: StatusPart
  readonly settings: Part<object>
  readonly diagnostics: Part<{ readonly section: string }>
  readonly about: StatusPart
  readonly add: Part<{ readonly folders: readonly FolderView[]; readonly asked: string }>
  readonly palette: Part<{ readonly content: RefObject<HTMLElement | null> }>
}

/** Every screen, fetched apart: a window shows one of them first. */
export const PARTS: Parts = {
  activity: partOf(async () => (await import('./activity/activity-screen.tsx')).ActivityScreen),
  folders: partOf(async () => (await import('./folders/folders-screen.tsx')).FoldersScreen),
  restore: partOf(async () => (await import('./restore/restore-screen.tsx')).RestoreScreen),
  conflicts: partOf(async () => (await import('./conflicts/conflicts-screen.tsx')).ConflictsScreen),
  targets: partOf(async () => (await import('./targets/targets-screen.tsx')).TargetsScreen),
  settings: partOf(async () => (await import('./settings/settings-screen.tsx')).SettingsScreen),
  diagnostics: partOf(async () => (await import('./diagnostics/diagnostics-screen.tsx')).DiagnosticsScreen),
  about: partOf(async () => (await import('./about.tsx')).AboutScreen),
  add: partOf(async () => (await import('./wizard/wizard.tsx')).Wizard),
  palette: partOf(async () => (await import('./palette/command-palette.tsx')).CommandPalette),
}

/** Before anything is drawn: the screen that the address names is on its way while the service is asked how things stand. */
export function loadFirstScreen(): void {
  void PARTS[parseRoute(window.location.hash).screen].load()
}

/** Afterwards, so that neither going to a screen nor the first picture of work waits. */
export function loadOtherScreens(): void {
  loadWhenIdle([...Object.values(PARTS), { load: prepareFormats }])
}
