import { describe, expect, it } from 'vitest'
import type { AccountView, FolderView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type S3Options, type Settings } from '../../common/settings.ts'
import { accountUses, placesOf } from '../../renderer/views/targets/places.ts'

const folder = (id: string, target: string): FolderView => ({ id, target }) as FolderView
const ids = (folders: readonly FolderView[]): string => folders.map(({ id }) => id).join(' ')
const ADA: AccountView = { name: 'ada', kind: 'onedrive', userName: 'ada@x.example', state: 'signed-in' }
const KEYS: AccountView = { name: 'k1', kind: 's3', userName: '', state: 'signed-in' }

function settings(s3ById: Readonly<Record<string, S3Options>>): Settings {
  const folders = Object.entries(s3ById).map(([id, s3]) => ({ id, s3 }) as unknown as Settings['folders'][number])
  return { ...DEFAULT_SETTINGS, folders }
}

describe('places', () => {
  it('are each told once: a bucket reached the same way is one, by other keys or at another store it is another', () => {
    const folders = ['a', 'b', 'c', 'd'].map((id) => folder(id, `s3://keep/${id}`))
    const places = placesOf(
      [...folders, folder('e', '/mnt/disk/e'), folder('f', 'onedrive://ada/f')],
      settings({
        a: { accountId: 'k1' },
        b: { accountId: 'k1' },
        c: { accountId: 'k2' },
        d: { accountId: 'k1', endpoint: 'https://other.example' },
      }),
    )
    expect(places.map(({ kind, name, folders: kept }) => `${kind} ${name}: ${ids(kept)}`)).toEqual([
      's3 s3://keep: a b',
      's3 s3://keep: c',
      's3 s3://keep: d',
      'local /mnt/disk/e: e',
    ])
  })
})

describe('accounts', () => {
  it('know their folders whatever the case of the name, keys by the folders that are reached with them', () => {
    const folders = [folder('a', 'onedrive://ADA/a'), folder('b', 's3://keep/b'), folder('c', 's3://keep/c')]
    const uses = accountUses([ADA, KEYS], folders, settings({ b: { accountId: 'k1' } }))
    expect(uses.map(({ account, folders: kept }) => `${account.name}: ${ids(kept)}`)).toEqual(['ada: a', 'k1: b'])
  })

  it('that folders name and nobody has come first, then those that have to sign in', () => {
    const waiting: AccountView = { ...ADA, name: 'bob', state: 'sign-in-needed' }
    const uses = accountUses([ADA, waiting], [folder('a', 'onedrive://gone/a')], settings({}))
    expect(uses.map(({ account, isUnknown }) => [account.name, isUnknown])).toEqual([
      ['gone', true],
      ['bob', false],
      ['ada', false],
    ])
  })
})
