import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { Entry, Precondition, RelPath } from '../../../common/model.ts'
import { parentOf, ROOT_PATH } from '../../../common/paths.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import type { CallOptions, Metadata, RemoveOptions } from '../provider.ts'
import {
  callForItem,
  collision,
  driveName,
  findItem,
  hasName,
  lookUp,
  notFound,
  preconditionFailed,
  shownPath,
  type OneDriveContext,
} from './context.ts'
import { carriesMtime, toEntry, toFileSystemInfo, type DriveItem } from './drive-item.ts'
import { createFolder, ensureFolder } from './folders.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** What mutations of something that is there take. */
export type ChangeOptions = CallOptions & { readonly expect: Precondition }

/** Moves and renames in one request. The destination must be absent. */
export async function moveItem(
  context: OneDriveContext,
  from: RelPath,
  to: RelPath,
  options: ChangeOptions,
): Promise<Entry> {
  const { signal } = options
  throwIfCancelled(signal)
  const item = await expectedItem(context, from, options)
  const isNewFolder = parentOf(from) !== parentOf(to)
  const parent = isNewFolder ? await folderItem(context, parentOf(to), signal) : undefined
  try {
    const moved = await callForItem(context, {
      name: 'PatchItem',
      method: 'PATCH',
      path: await itemAddress(context, item, signal),
      headers: ifMatch(item),
      body: { name: driveName(context, to), ...(parent === undefined ? {} : { parentReference: { id: parent.id } }) },
      signal,
      about: shownPath(context, to),
    })
    if (item.kind === 'directory') forgetFolders(context, from)
    return toEntry(to, moved)
  } catch (error) {
    if (!isTidekeepError(error) || error.code !== 'already-exists') throw error
    const present = await lookUp(context, to, signal)
    if (present !== undefined && !hasName(context, to, present)) throw collision(context, to, present)
    throw preconditionFailed(context, to)
  }
}

/** Rewrites the time a file was changed at. */
export async function setItemMetadata(
  context: OneDriveContext,
  path: RelPath,
  metadata: Metadata,
  options: ChangeOptions,
): Promise<Entry> {
  throwIfCancelled(options.signal)
  const item = await expectedItem(context, path, options)
  return toEntry(path, await setTime(context, path, { item, mtimeNs: metadata.mtimeNs, signal: options.signal }))
}

/** Gives exactly this version of an item a time; asks for nothing where it has it. */
export async function setTime(
  context: OneDriveContext,
  path: RelPath,
  { item, mtimeNs, signal }: { readonly item: DriveItem; readonly mtimeNs: bigint; readonly signal: AbortSignal },
): Promise<DriveItem> {
  // On business drives a change of properties is a version, too.
  if (carriesMtime(item, mtimeNs)) return item
  return callForItem(context, {
    name: 'PatchItem',
    method: 'PATCH',
    path: await itemAddress(context, item, signal),
    headers: ifMatch(item),
    body: { fileSystemInfo: toFileSystemInfo(mtimeNs) },
    signal,
    about: shownPath(context, path),
  })
}

/** Makes a folder with its parents; gives one that is there already the time. */
export async function makeFolder(
  context: OneDriveContext,
  path: RelPath,
  { mtimeNs }: Metadata,
  { signal }: CallOptions,
): Promise<Entry> {
  throwIfCancelled(signal)
  await ensureFolder(context, path === ROOT_PATH ? path : parentOf(path), signal)
  if (path === ROOT_PATH) return { path, kind: 'directory', size: 0, mtimeNs }
  return toEntry(path, await createFolder(context, path, { signal, mtimeNs }))
}

/**
 * Sends a file, or an empty folder, to the recycle bin. Nothing there is fine. Graph would take a folder
 * with everything in it: what is below is asked for first.
 */
export async function removeItem(context: OneDriveContext, path: RelPath, options: RemoveOptions): Promise<void> {
  const { signal, expect } = options
  throwIfCancelled(signal)
  const item = await findItem(context, path, signal)
  if (item === undefined) return
  if (expect.kind === 'directory' && item.kind !== 'directory') throw preconditionFailed(context, path)
  if (expect.kind === 'absent' || (expect.kind === 'etag' && item.etag !== expect.etag))
    throw preconditionFailed(context, path)
  if (item.kind === 'directory') await assertEmpty(context, path, { item, signal })
  try {
    await context.graph.call({
      name: 'DeleteItem',
      method: 'DELETE',
      path: await itemAddress(context, item, signal),
      headers: ifMatch(item),
      signal,
      about: shownPath(context, path),
    })
  } catch (error) {
    if (!isTidekeepError(error) || error.code !== 'not-found') throw error
  }
  if (item.kind === 'directory') forgetFolders(context, path)
}

/** The item at a path as it is expected to be. Throws `not-found` and `precondition-failed`. */
async function expectedItem(
  context: OneDriveContext,
  path: RelPath,
  { expect, signal }: ChangeOptions,
): Promise<DriveItem> {
  const item = await findItem(context, path, signal)
  if (item === undefined) throw notFound(context, path)
  if (expect.kind === 'absent' || (expect.kind === 'etag' && item.etag !== expect.etag))
    throw preconditionFailed(context, path)
  return item
}

/** A folder as it is now: its id decides where something goes, and one that was remembered may have been renamed. */
async function folderItem(context: OneDriveContext, path: RelPath, signal: AbortSignal): Promise<DriveItem> {
  const present = await findItem(context, path, signal)
  if (present?.kind === 'directory') return present
  context.knownFolders.delete(path)
  await ensureFolder(context, path, signal)
  return (await findItem(context, path, signal)) ?? missing(context, path)
}

async function assertEmpty(
  context: OneDriveContext,
  path: RelPath,
  { item, signal }: { readonly item: DriveItem; readonly signal: AbortSignal },
): Promise<void> {
  const about = shownPath(context, path)
  const address = `${await itemAddress(context, item, signal)}/children?$top=1`
  const page = await context.graph.call({ name: 'ListChildren', method: 'GET', path: address, signal, about })
  const { value } = (page ?? {}) as { readonly value?: unknown }
  if (item.childCount === 0 && Array.isArray(value) && value.length === 0) return
  throw new TidekeepError({
    code: 'precondition-failed',
    message: onedriveFailureTexts.change.isNotEmpty({ about }),
    path: about,
  })
}

/** By id: what was looked at is what is changed, wherever it is by now. */
export async function itemAddress(context: OneDriveContext, { id }: DriveItem, signal: AbortSignal): Promise<string> {
  const drive = await context.drive(signal)
  return `/drives/${encodeURIComponent(drive.id)}/items/${encodeURIComponent(id)}`
}

/** Every change is of the version that was looked at (I3). */
export function ifMatch({ etag }: DriveItem): Record<string, string> {
  return etag === undefined ? {} : { 'if-match': etag }
}

function forgetFolders(context: OneDriveContext, path: RelPath): void {
  for (const known of context.knownFolders)
    if (known === path || known.startsWith(`${path}/`)) context.knownFolders.delete(known)
}

function missing(context: OneDriveContext, path: RelPath): never {
  throw notFound(context, path)
}
