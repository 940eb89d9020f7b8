import { TidekeepError } from '../../common/errors.ts'
import { parseLocation } from '../../common/location.ts'
import type { S3Options } from '../../common/settings.ts'
import type { Pool } from '../../workers/tasks.ts'
import type { Host, Secrets } from '../host.ts'
import type { Feeds } from './feeds.ts'
import type { OneDriveAccounts } from './onedrive/account.ts'
import type { TargetProvider } from './provider.ts'
import { resolve } from 'node:path'
import { providerFailureTexts } from './provider-failure-texts.ts'

/** Unfinished uploads a provider may remember between runs; `main/state` implements it. */
export interface UploadSessions {
  get(target: string, path: string): string | undefined
  put(target: string, path: string, token: string, body: string): void
  remove(target: string, path: string): void
}

/** What every provider is made from. */
export interface ProviderDeps {
  readonly host: Host
  readonly pool: Pool
  readonly secrets: Pick<Secrets, 'get' | 'set'>
  readonly sessions?: UploadSessions
  /** What targets that tell of their changes were last known to hold; without it, each listing begins from nothing. */
  readonly feeds?: Feeds
  /** The target was used before: a missing root is an unplugged disk, and must not be made anew. */
  readonly mustExist?: boolean
  /** Resolves when so many bytes may go over the wire; for providers that pace themselves. */
  readonly pacer?: Pacer
  /** Signed-in Microsoft accounts; without them no OneDrive location opens. */
  readonly oneDrive?: OneDriveAccounts
  /** What targets that can remember it are told of this computer with what it sends; undefined: nothing. */
  readonly deviceName?: () => string | undefined
  /** Called for each request made, with the name the store has for it. */
  readonly onRequest?: (name: string) => void
}

/** The bandwidth limit of what is sent, as a provider sees it. */
export interface Pacer {
  /** Of what is received; without it the same bucket. */
  readonly received?: Pacer
  readonly isLimited: boolean
  /** Largest piece to take at once, bytes. */
  readonly pieceBytes: number
  take(bytes: number, signal: AbortSignal): Promise<void>
}

/**
 * Opens the target a location names. The one place that knows all providers; adding one means a
 * folder beside this file and a line here. Throws `invalid` for a location nobody can open;
 * reaching the target is left to the first call.
 */
export async function openTarget(location: string, s3: S3Options, deps: ProviderDeps): Promise<TargetProvider> {
  const parsed = parseLocation(location, (path) => resolve(path))
  switch (parsed.scheme) {
    case 'file':
      return (await import('./local/index.ts')).createLocalProvider({
        root: parsed.path,
        deps,
        mustExist: deps.mustExist ?? false,
      })
    case 's3':
      return (await import('./s3/index.ts')).createS3Provider({
        bucket: parsed.bucket,
        prefix: parsed.prefix,
        options: s3,
        deps,
      })
    case 'onedrive':
      return openOneDrive(parsed, deps)
    case 'memory':
      return (await import('./memory/index.ts')).createMemoryProvider({ name: parsed.name })
  }
}

async function openOneDrive(
  { account, folder }: { readonly account: string; readonly folder: string },
  deps: ProviderDeps,
): Promise<TargetProvider> {
  if (deps.oneDrive === undefined) {
    throw new TidekeepError({
      code: 'unauthenticated',
      message: providerFailureTexts.registry.notSignedIn({ account }),
      path: `onedrive://${account}`,
      fix: providerFailureTexts.registry.notSignedInFix,
    })
  }
  const { createOneDriveProvider } = await import('./onedrive/index.ts')
  return createOneDriveProvider({ account: await deps.oneDrive.open(account), folder, deps })
}
