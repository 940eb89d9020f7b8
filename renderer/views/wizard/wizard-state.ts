import type { SyncMode } from '../../../common/model.ts'
import type { NewFolder, SourceSuggestion, TargetCheck } from '../../../common/protocol.ts'
import type { S3Options } from '../../../common/settings.ts'
import { folderName, isWindowsPath, placesFor } from '../../names.ts'

/** What was typed about the place to keep copies at. Secrets are not in it: they go to the secret store and leave an id. */
export interface TargetDraft {
  readonly kind: 'local' | 's3' | 'onedrive'
  readonly path: string
  readonly endpoint: string
  readonly bucket: string
  readonly prefix: string
  readonly region: string
  readonly accountId: string
  /** A OneDrive account by its name; '' until one is chosen. */
  readonly account: string
  /** The folder in its drive that gets the folders. */
  readonly driveFolder: string
}

/** Everything the wizard knows. Each step may be left and come back to. */
export interface WizardState {
  readonly step: number
  /** Folders that were browsed to or dropped, beside the suggested ones. */
  readonly added: readonly SourceSuggestion[]
  /** Absolute paths, in the order they were ticked. */
  readonly ticked: readonly string[]
  readonly target: TargetDraft
  /** The outcome for exactly this `target`; any change of it forgets the outcome. */
  readonly check: TargetCheck | null
  readonly mode: SyncMode
}

/** Everything that moves the wizard on. */
export type WizardEvent =
  | { readonly kind: 'went'; readonly step: number }
  | { readonly kind: 'ticked'; readonly path: string; readonly isOn: boolean }
  | { readonly kind: 'added'; readonly folder: SourceSuggestion }
  | { readonly kind: 'target-changed'; readonly change: Partial<TargetDraft> }
  | { readonly kind: 'checked'; readonly check: TargetCheck | null }
  | { readonly kind: 'mode-chosen'; readonly mode: SyncMode }

/** The state before anything was chosen. */
export function firstState(step: number): WizardState {
  return {
    step,
    added: [],
    ticked: [],
    target: {
      kind: 'local',
      path: '',
      endpoint: '',
      bucket: '',
      prefix: '',
      region: '',
      accountId: '',
      account: '',
      driveFolder: 'Tidekeep',
    },
    check: null,
    mode: 'backup',
  }
}

/** The state after an event. Pure. */
export function wizardReducer(state: WizardState, event: WizardEvent): WizardState {
  switch (event.kind) {
    case 'went':
      return { ...state, step: event.step }
    case 'ticked':
      return { ...state, ticked: tick(state.ticked, event.path, event.isOn) }
    case 'added':
      return {
        ...state,
        added: [...state.added.filter(({ path }) => path !== event.folder.path), event.folder],
        ticked: tick(state.ticked, event.folder.path, true),
      }
    case 'target-changed':
      return { ...state, target: { ...state.target, ...event.change }, check: null }
    case 'checked':
      return { ...state, check: event.check }
    case 'mode-chosen':
      return { ...state, mode: event.mode }
  }
}

/** A ticked folder takes what is inside of it along, so those lose their own tick. */
function tick(ticked: readonly string[], path: string, isOn: boolean): readonly string[] {
  const others = ticked.filter((each) => each !== path)
  return isOn ? [...others.filter((each) => !isInside(each, path)), path] : others
}

/** True where `path` lies below `ancestor`; on Windows, whatever the case. */
export function isInside(path: string, ancestor: string): boolean {
  const comparable = (text: string): string =>
    `${(isWindowsPath(text) ? text.replaceAll('\\', '/').toLowerCase() : text).replace(/\/+$/, '')}/`
  return comparable(path) !== comparable(ancestor) && comparable(path).startsWith(comparable(ancestor))
}

/** The location as `common/location.ts` reads it; '' while incomplete. */
export function targetLocation(target: TargetDraft): string {
  if (target.kind === 'local') return target.path.trim()
  if (target.kind === 'onedrive') return driveLocation(target)
  const prefix = withoutSlashes(target.prefix)
  if (target.bucket.trim() === '') return ''
  return prefix === '' ? `s3://${target.bucket.trim()}` : `s3://${target.bucket.trim()}/${prefix}`
}

function driveLocation({ account, driveFolder }: TargetDraft): string {
  const folder = withoutSlashes(driveFolder)
  if (account === '') return ''
  return folder === '' ? `onedrive://${account}` : `onedrive://${account}/${folder}`
}

function withoutSlashes(text: string): string {
  return text.trim().replace(/^\/+|\/+$/g, '')
}

/** How the store is reached; undefined for other targets. */
export function targetOptions({ kind, endpoint, region, accountId }: TargetDraft): S3Options | undefined {
  if (kind !== 's3') return undefined
  return {
    ...(endpoint.trim() === '' ? {} : { endpoint: endpoint.trim() }),
    ...(region.trim() === '' ? {} : { region: region.trim() }),
    ...(accountId === '' ? {} : { accountId }),
  }
}

/** The folders as they will be added: each with a place of its own that no other folder has. */
export function newFolders(state: WizardState, takenTargets: readonly string[]): readonly NewFolder[] {
  const s3 = targetOptions(state.target)
  const places = placesFor(state.ticked, targetLocation(state.target), takenTargets)
  return [...places].map(([path, target]) => ({
    path,
    target,
    name: folderName(path),
    mode: state.mode,
    ...(s3 === undefined ? {} : { s3 }),
  }))
}
