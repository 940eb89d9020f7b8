import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { nameOf, parentOf } from '../../../common/paths.ts'
import type { Host } from '../../host.ts'
import type { UploadSessions } from '../registry.ts'
import type { Drive } from './drive.ts'
import { parseItem, type DriveItem } from './drive-item.ts'
import type { GraphCall, GraphClient } from './graph-client.ts'
import type { LookedItems } from './looked-items.ts'
import type { CallOptions } from '../provider.ts'
import { driveSegments, encodeSegments, localPath } from './names.ts'
import type { SessionSeal } from './session-seal.ts'
import type { Transport } from './transport.ts'
import type { Pacer } from '../registry.ts'
import type { ListedFiles } from './children.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** Sizes that decide which way content takes. Tests lower them. */
export interface Tuning {
  /** Of one request of an upload session: a multiple of 320 KiB, below 60 MiB. */
  readonly fragmentBytes: number
  /** Tidekeep's own small files up to this go out in one request: their time is worth nothing. */
  readonly ownPutBytes: number
  /** Folders whose children are asked for at the same time. */
  readonly foldersAtOnce: number
}

export const FRAGMENT_STEP_BYTES = 327_680

export const DEFAULT_TUNING: Tuning = {
  // Microsoft's advice for fast lines.
  fragmentBytes: 32 * FRAGMENT_STEP_BYTES,
  ownPutBytes: 4 * 1024 ** 2,
  foldersAtOnce: 4,
}

/** What the parts of this provider share. */
export interface OneDriveContext {
  readonly graph: GraphClient
  readonly transport: Transport
  readonly host: Host
  readonly sessions: UploadSessions
  /** Whether `sessions` outlive this process. */
  readonly isResumable: boolean
  readonly seal: SessionSeal
  readonly pacer: Pacer | undefined
  readonly tuning: Tuning
  /** `onedrive://account/folder` */
  readonly location: string
  /** The folder in the drive that everything is below; empty for the drive itself. */
  readonly folder: string
  /** A folder that is missing must not be made anew. */
  readonly mustExist: boolean
  /** Folders that are there under exactly these names. */
  readonly knownFolders: Set<RelPath>
  /** Folders that are being looked for or made just now. */
  readonly foldersUnderWay: Map<RelPath, Promise<void>>
  /** Paths that a put was sent to without its outcome being heard of (I4). */
  readonly doubts: Set<RelPath>
  /** Files that were just looked at. */
  readonly looked: LookedItems
  /** Files as folders were listed with them. */
  readonly listed: ListedFiles
  readonly onRequest: (name: string) => void
  /** Asks once, then remembers. */
  drive(signal: AbortSignal): Promise<Drive>
  /** Asks each time. */
  readDriveNow(signal: AbortSignal): Promise<Drive>
}

/** Address of what is at a path, below `/v1.0`; with `action`, of what can be done there. */
export async function addressOf(
  context: OneDriveContext,
  path: RelPath,
  { signal, action = '' }: { readonly signal: AbortSignal; readonly action?: string },
): Promise<string> {
  const segments = driveSegments(context.folder, path)
  const { id } = await context.drive(signal)
  const base = `/drives/${encodeURIComponent(id)}/root`
  if (segments.length === 0) return action === '' ? base : `${base}/${action}`
  return `${base}:/${encodeSegments(segments)}:${action === '' ? '' : `/${action}`}`
}

/** A path as the user knows it. */
export function shownPath(context: OneDriveContext, path: RelPath): string {
  return path === '' ? context.location : `${context.location}/${path}`
}

/** The name something at this path has in the drive; undefined for the drive itself. */
export function driveName(context: OneDriveContext, path: RelPath): string | undefined {
  return driveSegments(context.folder, path).at(-1)
}

/** Calls whose answer is an item. */
export async function callForItem(context: OneDriveContext, call: GraphCall): Promise<DriveItem> {
  return parseItem(await context.graph.call(call), call.about)
}

/** What Graph finds at a path, whatever the case of its name; undefined where nothing is. */
export async function lookUp(
  context: OneDriveContext,
  path: RelPath,
  signal: AbortSignal,
): Promise<DriveItem | undefined> {
  const about = shownPath(context, path)
  try {
    const address = await addressOf(context, path, { signal })
    return await callForItem(context, { name: 'GetItem', method: 'GET', path: address, signal, about })
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'not-found') return undefined
    throw error
  }
}

/** As {@link lookUp}, but what is called otherwise, if only by case, is another thing (I16). */
export async function findItem(
  context: OneDriveContext,
  path: RelPath,
  signal: AbortSignal,
): Promise<DriveItem | undefined> {
  const item = await lookUp(context, path, signal)
  return item === undefined || hasName(context, path, item) ? item : undefined
}

/** The name that the drive has for what it finds at a path, as this program spells it. */
export async function spellingOf(
  context: OneDriveContext,
  path: RelPath,
  { signal }: CallOptions,
): Promise<string | undefined> {
  const item = await lookUp(context, path, signal)
  const spelled = item && localPath(parentOf(path), item.name, driveSegments(context.folder, parentOf(path)).length)
  return spelled === undefined ? undefined : nameOf(spelled)
}

/** True where an item is called exactly what something at this path is to be called. */
export function hasName(context: OneDriveContext, path: RelPath, item: DriveItem): boolean {
  const wanted = driveName(context, path)
  return wanted === undefined || item.name === wanted
}

export function notFound(context: OneDriveContext, path: RelPath): TidekeepError {
  const shown = shownPath(context, path)
  return new TidekeepError({
    code: 'not-found',
    message: onedriveFailureTexts.context.doesNotExist({ shown }),
    path: shown,
  })
}

export function preconditionFailed(context: OneDriveContext, path: RelPath): TidekeepError {
  const shown = shownPath(context, path)
  return new TidekeepError({
    code: 'precondition-failed',
    message: onedriveFailureTexts.context.isNotWhatItWas({ shown }),
    path: shown,
  })
}

/** OneDrive does not tell upper from lower case: two such names cannot both be there. */
export function collision(context: OneDriveContext, path: RelPath, present: DriveItem): TidekeepError {
  const shown = shownPath(context, path)
  return new TidekeepError({
    code: 'invalid',
    message: onedriveFailureTexts.context.cannotBeKeptBesideOnedrive({ shown, name: present.name }),
    path: shown,
    fix: onedriveFailureTexts.context.cannotBeKeptBesideOnedriveFix({ path: nameOf(path) }),
  })
}
