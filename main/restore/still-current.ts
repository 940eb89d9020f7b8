import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import type { SourceProvider } from '../providers/provider.ts'
import { coveringVersion, NOW, placeOf, type Timeline } from './timeline/timeline.ts'
import { currentFile } from './versions.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/**
 * The present version of a file is still the one that was read: people must not be shown, or given, other
 * content under its time and size. Throws `precondition-failed`.
 */
export async function checkStillCurrent(
  { timeline, provider }: { readonly timeline: Timeline; readonly provider: SourceProvider },
  path: RelPath,
  signal: AbortSignal,
): Promise<void> {
  const at = placeOf(timeline.paths, path, comparePaths)
  const version = timeline.paths[at] === path ? coveringVersion(timeline, at, NOW) : undefined
  const isKnown = version !== undefined && version < timeline.first[at + 1]!
  const entry = await currentFile(provider, path, { signal })
  const isSame =
    entry !== undefined &&
    isKnown &&
    entry.size === timeline.sizeBytes[version] &&
    isSameSecond(entry.storedAtMs ?? Number.NaN, timeline.begunMs[version]!)
  if (!isSame) throw changedSinceRead(path)
}

/** What was read of the path is not what is there. */
export function changedSinceRead(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'precondition-failed',
    message: restoreFailureTexts.stillCurrent.changedAtTheTargetSince({ path }),
    path,
    fix: restoreFailureTexts.stillCurrent.changedAtTheTargetSinceFix,
  })
}

/** Some stores tell milliseconds in one answer and seconds in another; what one of them does not tell is no difference. */
function isSameSecond(aMs: number, bMs: number): boolean {
  return Number.isNaN(aMs) || Number.isNaN(bMs) || Math.floor(aMs / 1000) === Math.floor(bMs / 1000)
}
