import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS, type FolderSettings } from '../../common/settings.ts'
import { readPrices } from '../../main/delta/price-list.ts'
import { examine } from '../../main/diagnosis/examine.ts'
import { proofPrice, proofsPerMonth } from '../../main/restore/proof-price.ts'
import { CommandLineWorld } from '../fakes/command-line.ts'
import { createFakeHost } from '../fakes/host.ts'

const MIB = 1024 ** 2

describe('what a month of daily proofs costs at most', () => {
  const prices = readPrices('/nowhere')

  it('is a look and a read of a hundred files a day, and what leaving the class and the store costs', () => {
    expect(proofsPerMonth(prices, 32 * MIB)).toBeCloseTo(6 * 0.0004 + (30 / 32) * 0.09, 8)
    expect(proofsPerMonth(prices, 1024 * MIB, 'GLACIER_IR')).toBeCloseTo(6 * 0.01 + 30 * (0.03 + 0.09), 8)
    expect(proofsPerMonth(prices, 0)).toBe(0)
  })

  it('is nothing where nothing is read, and unknown where the list does not tell', () => {
    expect(proofsPerMonth(prices, 32 * MIB, 'DEEP_ARCHIVE')).toBe(0)
    expect(proofsPerMonth(prices, 32 * MIB, 'OF_ANOTHER_STORE')).toBeUndefined()
    expect(proofsPerMonth(undefined, 32 * MIB)).toBeUndefined()
  })

  it('is the sum of all folders at a store, and says how many of them have no known price', () => {
    const at = (target: string) => ({ target })
    const folders = [at('s3://one'), at('s3://two'), at('s3://elsewhere'), at('/mnt/disk'), at('onedrive://me')]
    const known = ({ target }: { readonly target: string }) => (target === 's3://elsewhere' ? undefined : prices)
    const each = proofsPerMonth(prices, 32 * MIB)!
    expect(proofPrice(folders, 32 * MIB, known)).toEqual({ priced: 2, unpriced: 1, dollarsPerMonth: 2 * each })
    expect(proofPrice([at('/mnt/disk')], 32 * MIB, known)).toEqual({ priced: 0, unpriced: 0, dollarsPerMonth: 0 })
  })

  it('is said by config explain, for the folders that are configured', async () => {
    const world = new CommandLineWorld()
    const folder = { id: 'f', name: 'f', path: '/nowhere', mode: 'backup', paused: false, ignore: [] } as const
    world.settings = {
      ...DEFAULT_SETTINGS,
      folders: [
        { ...folder, target: 's3://bucket' },
        { ...folder, id: 'g', target: 's3://other', s3: { endpoint: 'https://store.example' } },
      ],
    }
    const { stdout } = await world.run('config', 'explain', 'proofBytes')
    expect(stdout).toMatch(/at most \$0\.09 a month for 1 folder at Amazon: .* an estimate by the price list of \d{4}-/)
    expect(stdout).toContain('for 1 folder at another store is not known')
    expect((await world.run('config', 'explain', 'keepDays')).stdout).not.toContain('$')
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
      'proofs of bucket: once a day at most 100 files, 32\u00a0MiB, are read back, none of an archive class: 6,000 requests a month, at most $0.17 a month with what leaves the store, an estimate',
    ])
  })
})
