import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS, type FolderSettings } from '../../common/settings.ts'
import { readPrices } from '../../main/delta/price-list.ts'
import { examine } from '../../main/diagnosis/examine.ts'
import { proofsPerMonth } from '../../main/restore/proof-price.ts'
import { createFakeHost } from '../fakes/host.ts'

const MIB = 1024 ** 2

describe('what a month of daily proofs costs at most', () => {
  const prices = readPrices('/nowhere')

  it('is a look and a read of a hundred files a day, and what leaving the class costs', () => {
    expect(proofsPerMonth(prices, 32 * MIB)).toBeCloseTo(6 * 0.0004, 8)
    expect(proofsPerMonth(prices, 1024 * MIB, 'GLACIER_IR')).toBeCloseTo(6 * 0.01 + 30 * 0.03, 8)
  })

  it('is nothing where nothing is read, and unknown where the list does not tell', () => {
    expect(proofsPerMonth(prices, 32 * MIB, 'DEEP_ARCHIVE')).toBe(0)
    expect(proofsPerMonth(prices, 32 * MIB, 'OF_ANOTHER_STORE')).toBeUndefined()
    expect(proofsPerMonth(undefined, 32 * MIB)).toBeUndefined()
  })

  it('is said of every folder at such a store, and of no other', async () => {
    const folder = (id: string, target: string): FolderSettings => ({
      id,
      name: id,
      path: '/nowhere',
      target,
      mode: 'backup',
      paused: false,
      ignore: [],
    })
    const said: string[] = []
    const settings = { ...DEFAULT_SETTINGS, folders: [folder('bucket', 's3://bucket'), folder('disk', '/mnt/disk')] }
    for await (const { name, message } of examine({
      paths: createFakeHost().paths,
      nowMs: () => Date.UTC(2026, 10, 21),
      settings: () => settings,
      describeSecrets: () => 'nowhere',
      isServiceRunning: () => false,
      openTarget: () => Promise.reject(new Error('away')),
      proofsPerMonth: (_folder, maxBytes) => proofsPerMonth(prices, maxBytes, 'GLACIER_IR'),
    }))
      if (name.startsWith('proofs of')) said.push(`${name}: ${message}`)
    expect(said).toEqual([
      'proofs of bucket: once a day at most 100 files, 32 MiB, are read back, none of an archive class: 6,000 requests a month, at most $0.09 a month; what leaves the store costs extra',
    ])
  })
})
