import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { TidekeepError } from '../../common/errors.ts'
import { parentOf, toRelPath } from '../../common/paths.ts'
import type { FolderId, RelPath } from '../../common/model.ts'
import type { Area } from './area.ts'
import type { ApiDeps } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/** Single files of a folder, where they are. */
export function createFileHandlers({
  settings,
  host,
  store,
}: Pick<ApiDeps, 'settings' | 'host' | 'store'>): Area<'files'> {
  return {
    'files.reveal': async ({ folderId, path }) => {
      const folder = settings.get().folders.find(({ id }) => id === folderId)
      if (folder === undefined) throw new TidekeepError({ code: 'not-found', message: apiFailureTexts.files.noFolder })
      if (host.reveal === undefined) {
        throw new TidekeepError({ code: 'unsupported', message: apiFailureTexts.files.noDesktop })
      }
      await host.reveal(await nearest(folder.path, toRelPath(path)))
      return {}
    },
    'files.digest': async ({ folderId, path }) => {
      const contentHash = store.baseline.get(folderId as FolderId, toRelPath(path))?.contentHash
      return contentHash === undefined ? {} : { contentHash }
    },
  }
}

/** The file, or the nearest directory above it that is there. Names only: links are not followed by us. */
async function nearest(root: string, path: RelPath): Promise<string> {
  for (let at = path; at !== ''; at = parentOf(at)) {
    const found = join(root, at)
    if (
      await lstat(found).then(
        () => true,
        () => false,
      )
    )
      return found
  }
  return root
}
