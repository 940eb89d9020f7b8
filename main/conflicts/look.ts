import { isTidekeepError } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import type { SourceProvider } from '../providers/provider.ts'

/** What is at a path; undefined where nothing is. */
export async function look(side: SourceProvider, path: RelPath, signal: AbortSignal): Promise<Entry | undefined> {
  try {
    return await side.stat(path, { signal })
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'not-found') return undefined
    throw error
  }
}
