import { toTidekeepError } from '../../common/errors.ts'
import type { Author, Entry, KeptWhy, RelPath } from '../../common/model.ts'
import type { CallOptions, FileVersions, KeptVersion, SourceProvider } from '../providers/provider.ts'
import { isFollowed, toldBeginning } from './at-moment.ts'
import { keptReading } from './kept-source.ts'

/** Names what a path holds now, where the token of a version is asked for. */
export const CURRENT_TOKEN = 'current'

/** One version of a file that can be had. Times are the target's, milliseconds since the epoch. */
export interface FileVersion {
  readonly token: string
  readonly sizeBytes: number
  /** When the path got it; absent where the target does not tell. */
  readonly storedAtMs?: number
  /** When it was replaced, deleted or moved out of the way; absent for what is there now. */
  readonly endedAtMs?: number
  readonly why?: KeptWhy
  readonly keptBy?: KeptVersion['keptBy']
  /** Who made it, where the target tells that with its versions. */
  readonly changedBy?: Author
}

/**
 * Everything that can be had of the file at `path`, newest first: what is there now, and what the
 * target keeps. Empty where it never was, or nothing of it is left.
 */
export async function versionsOf(
  provider: SourceProvider,
  path: RelPath,
  options: CallOptions,
): Promise<readonly FileVersion[]> {
  if (provider.features.fileVersions !== undefined)
    return versionsTold(await provider.features.fileVersions(path, options))
  const { keptVersions } = keptReading(provider)
  const kept: KeptVersion[] = []
  for await (const version of keptVersions(path, options)) if (version.path === path) kept.push(version)
  kept.sort((a, b) => b.keptAtMs - a.keptAtMs)
  const current = await currentFile(provider, path, options)
  const now = current === undefined ? [] : [currentVersion(current, kept[0])]
  return [...now, ...kept.map((version, at) => earlierVersion(version, kept[at + 1]))]
}

/** Of a store that keeps versions by itself, and tells of one file at a time: newest first; none where no file is. */
export function versionsTold(told: FileVersions | undefined): readonly FileVersion[] {
  if (told === undefined) return []
  const { sizeBytes, presentSinceMs: storedAtMs, changedBy, kept } = told
  const present = { token: CURRENT_TOKEN, sizeBytes, storedAtMs, ...(changedBy === undefined ? {} : { changedBy }) }
  return [present, ...kept.map((version) => earlierVersion(version, undefined))]
}

/** What is at a path now, where that is a file. */
export async function currentFile(
  provider: SourceProvider,
  path: RelPath,
  options: CallOptions,
): Promise<Entry | undefined> {
  try {
    const entry = await provider.stat(path, options)
    return entry.kind === 'file' ? entry : undefined
  } catch (error) {
    if (toTidekeepError(error).code === 'not-found') return undefined
    throw error
  }
}

function currentVersion({ size: sizeBytes, storedAtMs }: Entry, before: KeptVersion | undefined): FileVersion {
  return { token: CURRENT_TOKEN, sizeBytes, ...begun(storedAtMs, before) }
}

function earlierVersion(version: KeptVersion, before: KeptVersion | undefined): FileVersion {
  const { token, sizeBytes, keptAtMs: endedAtMs, why, keptBy, changedBy } = version
  const told = changedBy === undefined ? {} : { changedBy }
  return { token, sizeBytes, endedAtMs, why, keptBy, ...begun(toldBeginning(version, before), before), ...told }
}

/** By what the target says of it; else, it began where the version it replaced ended. */
function begun(storedAtMs: number | undefined, before: KeptVersion | undefined): { readonly storedAtMs?: number } {
  const atMs = storedAtMs ?? (isFollowed(before) ? before.keptAtMs : undefined)
  return atMs === undefined ? {} : { storedAtMs: atMs }
}
