import type { RelPath } from '../../../common/model.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { CallOptions, FolderChild } from '../provider.ts'
import { findItem, notFound, shownPath, type OneDriveContext } from './context.ts'
import type { DriveItem } from './drive-item.ts'
import { entryAt } from './item-tree.ts'
import { driveSegments } from './names.ts'
import { Pages } from './pages.ts'
import { placeBelow } from './place.ts'

/** Beyond, what was told longest ago is looked up again. */
const MOST_ITEMS = 20_000

/** What is known of a file that a folder was listed with. */
export type ListedFile = Pick<DriveItem, 'id' | 'sizeBytes' | 'createdMs' | 'etag'>

/** Files as the last listing of their folder told them, so that their versions are asked for by id at once. */
export class ListedFiles {
  /** Oldest first. */
  readonly #files = new Map<RelPath, ListedFile>()

  get(path: RelPath): ListedFile | undefined {
    return this.#files.get(path)
  }

  put(path: RelPath, { id, sizeBytes, createdMs, etag }: DriveItem): void {
    this.#files.delete(path)
    this.#files.set(path, { id, sizeBytes, createdMs, etag })
    if (this.#files.size > MOST_ITEMS) this.#files.delete(this.#files.keys().next().value!)
  }

  forget(path: RelPath): void {
    this.#files.delete(path)
  }
}

/** See `Features.children`. Two requests, and one for each further page of 200. */
export async function listChildren(
  context: OneDriveContext,
  path: RelPath,
  { signal }: CallOptions,
): Promise<readonly FolderChild[] | undefined> {
  const folder = await findItem(context, path, signal)
  if (folder === undefined && path === ROOT_PATH && context.mustExist) throw notFound(context, path)
  if (folder?.kind !== 'directory') return undefined
  const place = { path, depth: driveSegments(context.folder, path).length }
  const items = new Map<string, DriveItem>()
  await new Pages(context, { about: shownPath(context, path), signal }).children(folder.id, (item) => {
    const isNews = !items.has(item.id)
    items.set(item.id, item)
    return isNews
  })
  const found: FolderChild[] = []
  for (const item of items.values()) {
    const entry = item.isDeleted ? undefined : entryAt(placeBelow(place, item.name), item)
    if (entry === undefined) continue
    if (entry.kind === 'file') context.listed.put(entry.path, item)
    found.push({ entry, ...(item.createdMs === undefined ? {} : { createdMs: item.createdMs }) })
  }
  return found
}
