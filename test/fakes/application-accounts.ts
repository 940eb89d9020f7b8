import { TidekeepError } from '../../common/errors.ts'
import type { AccountView, FolderView, Handlers, Look } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings, type Settings } from '../../common/settings.ts'
import type { Clock } from '../../main/host.ts'

type AccountHandlers = Pick<Handlers, Extract<keyof Handlers, `accounts.${string}`> | 'targets.look'>

/** A signed-in account, one that has to sign in again, and keys. */
export function fakeAccounts(clock: Clock): AccountView[] {
  return [
    {
      name: 'ada',
      kind: 'onedrive',
      userName: 'ada@contoso.example',
      state: 'signed-in',
      owner: 'work',
      waitUntilMs: clock.now() + 9 * 60_000,
    },
    {
      name: 'family',
      kind: 'onedrive',
      userName: 'ada.lovelace@outlook.example',
      state: 'sign-in-needed',
      owner: 'personal',
    },
    { name: 'a1b2c3d4', kind: 's3', userName: '', state: 'signed-in' },
  ]
}

/** The folders with one at each kind of target, as the settings hold them. */
export function spreadOverAccounts(folders: readonly FolderView[]): FolderView[] {
  const targets = ['onedrive://ada/Backup/Documents', '/media/ada/Backup/pictures', 's3://ada-backup/code']
  return folders.map((folder, index) => ({
    ...folder,
    target: targets[index] ?? folder.target,
    ...(index === 0 ? { alteredFiles: 37 } : {}),
  }))
}

/** Settings with these folders; those in a bucket are reached with the fake keys. */
export function settingsOf(folders: readonly FolderView[]): Settings {
  return {
    ...DEFAULT_SETTINGS,
    microsoftClientId: '11111111-2222-4333-8444-555555555555',
    folders: folders.map(({ id, name, path, target, mode, paused }): FolderSettings => {
      const s3 = { endpoint: 'https://s3.store.example', region: 'eu-central-1', accountId: 'a1b2c3d4' }
      return { id, name, path, target, mode, paused, ignore: [], ...(target.startsWith('s3:') ? { s3 } : {}) }
    }),
  }
}

/** Accounts as they are shown; nobody can sign in here. */
export function fakeAccountHandlers(
  state: { accounts: AccountView[]; readonly folders: readonly FolderView[] },
  clock: Clock,
): AccountHandlers {
  const look = (change: Partial<Look>): Look => ({
    askedAtMs: clock.now() - 40_000,
    isReachable: true,
    capacity: {},
    ...change,
  })
  return {
    'accounts.save': async () => ({ id: 'a1b2c3d4' }),
    'accounts.list': async () => state.accounts,
    'accounts.signIn': async () => {
      throw new TidekeepError({ code: 'invalid', message: 'There is nobody to sign in here.' })
    },
    'accounts.signInState': async () => {
      throw new TidekeepError({ code: 'not-found', message: 'This sign-in is over.' })
    },
    'accounts.endSignIn': async () => ({}),
    'accounts.look': async () =>
      look({ capacity: { totalBytes: 1_099_511_627_776, usedBytes: 441_000_000_000, freeBytes: 658_511_627_776 } }),
    'accounts.remove': async ({ name }) => {
      state.accounts = state.accounts.filter((account) => account.name !== name)
      return {}
    },
    'accounts.goOn': async () => ({}),
    'targets.look': async ({ folderId }) => {
      const folder = state.folders.find(({ id }) => id === folderId)
      if (folder?.state === 'offline') {
        const message = `${folder.target} is not there.`
        return look({ isReachable: false, error: { code: 'unavailable', message, fix: 'Connect the drive.' } })
      }
      if (folder?.target.startsWith('/') !== true) return look({})
      return look({
        capacity: { totalBytes: 2_000_000_000_000, usedBytes: 1_880_000_000_000, freeBytes: 120_000_000_000 },
      })
    },
  }
}
