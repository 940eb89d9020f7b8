import { TidekeepError } from '../../common/errors.ts'
import type { KeptVersion, SourceProvider } from '../providers/provider.ts'
import { fileReading } from './kept-source.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What to say of an earlier version whose content is not what it was: which one it is, and which may be taken instead. */
export async function damagedVersion(
  provider: SourceProvider,
  { path, keptAtMs, token }: KeptVersion,
  signal: AbortSignal,
): Promise<TidekeepError> {
  const older = await nextOlder(provider, { path, keptAtMs, token }, signal).catch(() => undefined)
  return new TidekeepError({
    code: 'corrupt',
    message: restoreFailureTexts.damagedVersion.wasNotRestoredTheVersion({
      path,
      moment: new Date(keptAtMs).toISOString(),
      location: provider.location,
    }),
    path,
    fix:
      older === undefined
        ? restoreFailureTexts.damagedVersion.wasNotRestoredTheVersionFix
        : restoreFailureTexts.damagedVersion.takeOlder({
            moment: new Date(older.keptAtMs).toISOString(),
            path: JSON.stringify(path),
            token: JSON.stringify(older.token),
          }),
    retry: { kind: 'never' },
  })
}

async function nextOlder(
  provider: SourceProvider,
  { path, keptAtMs, token }: Pick<KeptVersion, 'path' | 'keptAtMs' | 'token'>,
  signal: AbortSignal,
): Promise<KeptVersion | undefined> {
  let best: KeptVersion | undefined
  for await (const version of fileReading(provider).keptVersions(path, { signal })) {
    if (version.path !== path || version.token === token || version.keptAtMs >= keptAtMs) continue
    if (best === undefined || version.keptAtMs > best.keptAtMs) best = version
  }
  return best
}
