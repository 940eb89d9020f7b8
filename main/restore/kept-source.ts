import { TidekeepError } from '../../common/errors.ts'
import type { Kept, RelPath } from '../../common/model.ts'
import type { Features, KeptVersion, SourceProvider } from '../providers/provider.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What one file is looked at and read by. */
export type FileSource = Pick<SourceProvider, 'stat' | 'read'>

/** The abilities that earlier versions are reached by. */
export type KeptReading = Required<Pick<Features, 'keptVersions' | 'statKept' | 'readKept'>>

/** Of whole folders. Throws `unsupported` for a target that keeps no earlier versions, or tells of them file by file only. */
export function keptReading({ location, features }: SourceProvider): KeptReading {
  const canRead = canReadKept(features)
  if (features.keptVersions !== undefined && canRead)
    return {
      keptVersions: (path, options) => features.keptVersions!(path, options),
      statKept: (kept, options) => features.statKept!(kept, options),
      readKept: (kept, options) => features.readKept!(kept, options),
    }
  const texts = restoreFailureTexts.keptSource
  const isByFile = features.fileVersions !== undefined && canRead
  throw new TidekeepError({
    code: 'unsupported',
    message: (isByFile ? texts.tellsOfVersionsByFile : texts.keepsNoEarlierVersions)({ location }),
    path: location,
    fix: isByFile ? texts.tellsOfVersionsByFileFix : texts.keepsNoEarlierVersionsFix,
  })
}

/** Of one file, whether or not the target tells the versions of whole folders. Throws `unsupported` for a target that keeps none. */
export function fileReading(provider: SourceProvider): KeptReading {
  const { features } = provider
  if (features.fileVersions === undefined || !canReadKept(features)) return keptReading(provider)
  return {
    keptVersions: async function* (path, options) {
      yield* (await features.fileVersions!(path, options))?.kept ?? []
    },
    statKept: (kept, options) => features.statKept!(kept, options),
    readKept: (kept, options) => features.readKept!(kept, options),
  }
}

function canReadKept(features: Features): boolean {
  return features.statKept !== undefined && features.readKept !== undefined
}

/** An earlier version in the place of the file it was, whatever path is asked for. It never changes, so nothing is expected of it. */
export function keptSource({ statKept, readKept }: KeptReading, kept: Kept): FileSource {
  return {
    stat: (_path, options) => statKept(kept, options),
    read: (_path, { signal, range }) => readKept(kept, { signal, ...(range === undefined ? {} : { range }) }),
  }
}

/** The version of `path` that `token` names. Throws `not-found`. */
export async function findKept(
  provider: SourceProvider,
  path: RelPath,
  { token, signal }: { readonly token: string; readonly signal: AbortSignal },
): Promise<KeptVersion> {
  for await (const kept of fileReading(provider).keptVersions(path, { signal }))
    if (kept.path === path && kept.token === token) return kept
  throw new TidekeepError({
    code: 'not-found',
    message: restoreFailureTexts.keptSource.hasNoVersionAt({ path, token, location: provider.location }),
    path,
    fix: restoreFailureTexts.keptSource.hasNoVersionAtFix,
  })
}
