import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { parentOf, ROOT_PATH } from '../../../common/paths.ts'
import {
  addressOf,
  callForItem,
  collision,
  driveName,
  hasName,
  lookUp,
  notFound,
  shownPath,
  type OneDriveContext,
} from './context.ts'
import { toFileSystemInfo, type DriveItem } from './drive-item.ts'
import { driveSegments, encodeSegments } from './names.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/**
 * Makes sure that a folder is there under exactly this name, with its parents. Known ones cost nothing.
 * Throws `already-exists` where a file is, `invalid` where something is whose name differs by case.
 */
export async function ensureFolder(context: OneDriveContext, path: RelPath, signal: AbortSignal): Promise<void> {
  // Between the last look and its own entry nothing waits, so that one asks and the others wait for it.
  for (let others = othersMake(context, path); others !== undefined; others = othersMake(context, path)) await others
  if (context.knownFolders.has(path)) return
  await made(context, path, async () => {
    if (path === ROOT_PATH) return ensureRoot(context, signal)
    if ((await checkFolder(context, path, signal)) !== undefined) return
    await ensureFolder(context, parentOf(path), signal)
    await createNow(context, path, { signal })
  })
}

/** Who looks for the folder, or makes it, just now: many files of one new folder need it at once. */
function othersMake(context: OneDriveContext, path: RelPath): Promise<void> | undefined {
  return context.knownFolders.has(path) ? undefined : context.foldersUnderWay.get(path)
}

/** Lets others wait for a folder; how it ended is for whoever asked. */
async function made<T>(context: OneDriveContext, path: RelPath, make: () => Promise<T>): Promise<T> {
  const making = make()
  const ended = making.then(
    () => undefined,
    () => undefined,
  )
  context.foldersUnderWay.set(path, ended)
  try {
    return await making
  } finally {
    if (context.foldersUnderWay.get(path) === ended) context.foldersUnderWay.delete(path)
  }
}

/** As {@link ensureFolder}, but makes nothing: false where it is missing. */
export async function isFolderThere(context: OneDriveContext, path: RelPath, signal: AbortSignal): Promise<boolean> {
  return context.knownFolders.has(path) || (await checkFolder(context, path, signal)) !== undefined
}

/** Makes one folder below one that is there; what is there already is fine. */
export async function createFolder(
  context: OneDriveContext,
  path: RelPath,
  options: { readonly signal: AbortSignal; readonly mtimeNs?: bigint },
): Promise<DriveItem> {
  const others = othersMake(context, path)
  await others
  const present =
    others !== undefined && context.knownFolders.has(path)
      ? await checkFolder(context, path, options.signal)
      : undefined
  if (present !== undefined) return present
  return made(context, path, () => createNow(context, path, options))
}

async function createNow(
  context: OneDriveContext,
  path: RelPath,
  { signal, mtimeNs }: { readonly signal: AbortSignal; readonly mtimeNs?: bigint },
): Promise<DriveItem> {
  const about = shownPath(context, path)
  try {
    const made = await callForItem(context, {
      name: 'CreateFolder',
      method: 'POST',
      path: await addressOf(context, parentOf(path), { signal, action: 'children' }),
      body: {
        name: driveName(context, path),
        folder: {},
        '@microsoft.graph.conflictBehavior': 'fail',
        ...(mtimeNs === undefined ? {} : { fileSystemInfo: toFileSystemInfo(mtimeNs) }),
      },
      signal,
      about,
    })
    context.knownFolders.add(path)
    return made
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'not-found') context.knownFolders.delete(parentOf(path))
    // Made by someone else meanwhile, or by our own request whose answer was lost (I4).
    if (!isTidekeepError(error) || error.code !== 'already-exists') throw error
    const present = await checkFolder(context, path, signal)
    if (present === undefined) throw error
    return present
  }
}

/** The folder at a path, if one is there under exactly that name, and so are its parents. */
async function checkFolder(
  context: OneDriveContext,
  path: RelPath,
  signal: AbortSignal,
): Promise<DriveItem | undefined> {
  const present = await lookUp(context, path, signal)
  if (present === undefined) return undefined
  if (!hasName(context, path, present)) throw collision(context, path, present)
  if (present.kind !== 'directory') throw notAFolder(context, path)
  if (path !== ROOT_PATH && !(await isFolderThere(context, parentOf(path), signal))) return undefined
  context.knownFolders.add(path)
  return present
}

/** The folder of the location, which may be new, but only for a target that was never used. */
async function ensureRoot(context: OneDriveContext, signal: AbortSignal): Promise<void> {
  if ((await lookUp(context, ROOT_PATH, signal)) === undefined) {
    if (context.mustExist) throw notFound(context, ROOT_PATH)
    await createRoot(context, signal)
  }
  context.knownFolders.add(ROOT_PATH)
}

async function createRoot(context: OneDriveContext, signal: AbortSignal): Promise<void> {
  const { id } = await context.drive(signal)
  const segments = driveSegments(context.folder, ROOT_PATH)
  for (let depth = 1; depth <= segments.length; depth++) {
    const parent = encodeSegments(segments.slice(0, depth - 1))
    const base = `/drives/${encodeURIComponent(id)}/root`
    try {
      await context.graph.call({
        name: 'CreateFolder',
        method: 'POST',
        path: parent === '' ? `${base}/children` : `${base}:/${parent}:/children`,
        body: { name: segments[depth - 1], folder: {}, '@microsoft.graph.conflictBehavior': 'fail' },
        signal,
        about: context.location,
      })
    } catch (error) {
      if (!isTidekeepError(error) || error.code !== 'already-exists') throw error
    }
  }
}

/** A file is where a folder is to be. */
export function notAFolder(context: OneDriveContext, path: RelPath): TidekeepError {
  const shown = shownPath(context, path)
  return new TidekeepError({
    code: 'already-exists',
    message: onedriveFailureTexts.folders.isAFileNotA({ shown }),
    path: shown,
  })
}
