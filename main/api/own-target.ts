import { TidekeepError } from '../../common/errors.ts'
import { formatLocation, type Location } from '../../common/location.ts'
import { realPlace } from '../own-directories.ts'
import { apiFailureTexts } from './api-failure-texts.ts'
import { isInside, type Route } from './routes-between.ts'

/** Where data flows from and to, links resolved, so that two names of one place are seen to be one. */
export async function routeOf(path: string, location: Location): Promise<Route> {
  const to = location.scheme === 'file' ? await realPlace(location.path) : formatLocation(location)
  return { from: await realPlace(path), to, isLocal: location.scheme === 'file' }
}

/**
 * The one rule for a folder that is kept safe and for a single run: throws `invalid` where the target
 * is the folder itself, lies inside it, or holds it. `path` is the folder as the user knows it.
 */
export function refuseSelf({ from, to, isLocal }: Route, path: string): void {
  if (!isLocal) return
  if (from === to) throw invalid(apiFailureTexts.newFolder.itself({ path }), path)
  if (isInside(to, from)) throw invalid(apiFailureTexts.newFolder.targetInside({ path }), path)
  if (isInside(from, to)) throw invalid(apiFailureTexts.newFolder.insideTarget({ path }), path)
}

/** A folder and a target that do not go together (`invalid`). */
export function invalid(message: string, path: string): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message,
    path,
    fix: apiFailureTexts.newFolder.chooseAnotherFolderOrAnother,
  })
}
