import type { AccountView, FolderView } from '../../../common/protocol.ts'
import type { S3Options, Settings } from '../../../common/settings.ts'

/** A disk directory or a bucket that folders are kept at, with the folders. */
export interface Place {
  readonly key: string
  readonly kind: 'local' | 's3'
  /** The directory, or `s3://bucket`. */
  readonly name: string
  readonly s3: S3Options
  readonly folders: readonly FolderView[]
}

/** An account with the folders kept there. `isUnknown`: folders name it, but nobody is signed in under that name. */
export interface AccountUse {
  readonly account: AccountView
  readonly folders: readonly FolderView[]
  readonly isUnknown: boolean
}

/** Disks and stores, each once: a bucket reached the same way is one place, whatever the prefix. OneDrive is told of with its account. */
export function placesOf(folders: readonly FolderView[], settings: Settings): readonly Place[] {
  const byKey = new Map<string, Place>()
  for (const folder of folders) {
    if (accountNameIn(folder.target) !== undefined) continue
    const s3 = optionsOf(folder, settings)
    const isS3 = folder.target.startsWith('s3://')
    const name = isS3 ? `s3://${folder.target.slice(5).split('/')[0] ?? ''}` : folder.target
    const key = isS3 ? JSON.stringify([name, s3.endpoint, s3.accountId, s3.profile]) : name
    const before = byKey.get(key)
    byKey.set(key, { key, kind: isS3 ? 's3' : 'local', name, s3, folders: [...(before?.folders ?? []), folder] })
  }
  return [...byKey.values()]
}

/** Every account, with those that folders name and nobody has. */
export function accountUses(
  accounts: readonly AccountView[],
  folders: readonly FolderView[],
  settings: Settings,
): readonly AccountUse[] {
  const uses = (account: AccountView): readonly FolderView[] =>
    folders.filter((folder) =>
      account.kind === 's3'
        ? optionsOf(folder, settings).accountId === account.name
        : accountNameIn(folder.target)?.toLowerCase() === account.name.toLowerCase(),
    )
  const known = accounts.map((account) => ({ account, folders: uses(account), isUnknown: false }))
  const present = new Set(known.flatMap((use) => use.folders.map(({ id }) => id)))
  const missing = new Map<string, AccountView>()
  for (const folder of folders) {
    const name = accountNameIn(folder.target)
    if (name === undefined || present.has(folder.id)) continue
    missing.set(name.toLowerCase(), { name, kind: 'onedrive', userName: '', state: 'sign-in-needed' })
  }
  return [
    ...[...missing.values()].map((account) => ({ account, folders: uses(account), isUnknown: true })),
    ...known.toSorted(
      (a, b) => Number(b.account.state === 'sign-in-needed') - Number(a.account.state === 'sign-in-needed'),
    ),
  ]
}

/** The account in `onedrive://account/folder`; undefined for other targets. */
export function accountNameIn(target: string): string | undefined {
  return /^onedrive:\/\/([^/]+)/i.exec(target)?.[1]
}

function optionsOf(folder: FolderView, settings: Settings): S3Options {
  return settings.folders.find(({ id }) => id === folder.id)?.s3 ?? {}
}
