import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Author, Entry, FolderId } from '../../common/model.ts'
import { authorText, authorTexts } from '../../common/conflict-texts.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { Cloud } from '../fakes/graph/cloud.ts'
import { startGraphFixture } from '../fakes/graph/harness.ts'
import { createFakeHost } from '../fakes/host.ts'
import { collectEntries, contentOf, never, rel, startS3Fixture } from '../fakes/s3/harness.ts'
import { openBench } from './state-support.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const put = (target: TargetProvider, path: string, text: string): Promise<unknown> =>
  target.put(rel(path), contentOf(text), { metadata: { mtimeNs: 0n }, expect: { kind: 'any' }, signal: never })

async function authorIn(target: TargetProvider, path: string): Promise<Author | undefined> {
  return (await target.stat(rel(path), { signal: never })).changedBy
}

describe('who changed a file in OneDrive', () => {
  const theirs = { user: { displayName: 'Anna Berg' }, device: { displayName: 'laptop-7' } }
  const anna = { user: 'Anna Berg', device: 'laptop-7' }

  it('is told with listings and looks, with no further request, and is known after a restart', async () => {
    const { store } = await openBench()
    ends.push(() => store.close())
    const fixture = await startGraphFixture({ feeds: store.feeds })
    ends.push(() => fixture.close())
    const cloud = new Cloud(fixture.drive, '')
    cloud.write('plan.txt', 'hers')
    cloud.signedBy('plan.txt', theirs)
    const list = async (target: TargetProvider): Promise<readonly Entry[]> =>
      collectEntries(target.list(rel(''), { signal: never, follow: true }))
    expect((await list(fixture.provider))[0]).toMatchObject({ changedBy: anna })
    expect(await authorIn(fixture.provider, 'plan.txt')).toEqual(anna)
    cloud.write('plan.txt', 'hers again')
    cloud.signedBy('plan.txt', { user: { displayName: 'Bo' }, application: { displayName: 'Excel' } })
    const told = await fixture.provider.features.changes!({ signal: never })
    expect(told).toMatchObject([{ entry: { changedBy: { user: 'Bo', program: 'Excel' } } }])
    fixture.server.forget()
    expect((await list(fixture.open()))[0]).toMatchObject({ changedBy: { user: 'Bo', program: 'Excel' } })
    expect(fixture.server.requests.map(({ operation }) => operation).filter((each) => each !== 'GetDrive')).toEqual([
      'Delta',
    ])
  })
})

describe('which computer sent an object', () => {
  it('is told by the object, whole or in parts, and stays with its content', async () => {
    const fixture = await startS3Fixture({ deviceName: 'Ädas Rechner (2)', tuning: { singlePutBytes: 1024 } })
    ends.push(() => fixture.close())
    const { provider } = fixture
    await put(provider, 'small', 'few bytes')
    await put(provider, 'large', 'x'.repeat(20_000))
    const device = 'Ädas Rechner (2)'
    expect([await authorIn(provider, 'small'), await authorIn(provider, 'large')]).toEqual([{ device }, { device }])
    const other = await fixture.open({ deviceName: 'other' })
    await other.features.setMetadata!(rel('small'), { mtimeNs: 5n }, { expect: { kind: 'any' }, signal: never })
    await other.features.move!(rel('small'), rel('moved'), { expect: { kind: 'any' }, signal: never })
    expect(await authorIn(other, 'moved')).toEqual({ device })
    await put(other, 'moved', 'other bytes')
    expect(await authorIn(provider, 'moved')).toEqual({ device: 'other' })
  })

  it('is not told where nothing is to be told, nor of what Tidekeep keeps for itself', async () => {
    const fixture = await startS3Fixture()
    ends.push(() => fixture.close())
    await put(fixture.provider, 'a', 'few bytes')
    expect(await authorIn(fixture.provider, 'a')).toBeUndefined()
    const named = await fixture.open({ deviceName: 'ada' })
    await put(named, '.tidekeep/signatures/a.hssig', 'a signature')
    expect(await authorIn(named, '.tidekeep/signatures/a.hssig')).toBeUndefined()
  })
})

describe('whom a file of this computer belongs to', () => {
  it('is told by a look at it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tidekeep-owner-'))
    const pool = createPool({ threads: 1 })
    ends.push(() => rmSync(root, { recursive: true }))
    ends.push(() => pool.close())
    writeFileSync(join(root, 'a'), 'mine')
    const provider = createLocalProvider({ root, deps: { host: createFakeHost(), pool } })
    expect(await authorIn(provider, 'a')).toEqual(
      process.getuid === undefined ? undefined : { owner: userInfo().username },
    )
  })
})

describe('an author', () => {
  it('is kept with the conflict', async () => {
    const bench = await openBench()
    const entry = { path: rel('a'), kind: 'file' as const, size: 1, mtimeNs: 1n }
    const changedBy = { user: 'Anna', device: 'laptop-7', program: 'Word', owner: 'anna' }
    const found = {
      path: rel('a'),
      kind: 'edit-edit' as const,
      local: { entry },
      remote: { entry: { ...entry, changedBy } },
    }
    const { id } = bench.store.conflicts.found('f' as FolderId, found, 1)
    const { store } = await bench.reopen()
    expect(store.conflicts.get(id)?.remote.entry.changedBy).toEqual(changedBy)
    expect(store.conflicts.get(id)?.local.entry.changedBy).toBeUndefined()
    store.close()
  })

  it.each([
    [{ user: 'Anna', device: 'laptop-7', program: 'Word' }, 'by Anna on laptop-7'],
    [{ user: 'Anna', program: 'Word' }, 'by Anna, with Word'],
    [{ user: 'Anna' }, 'by Anna'],
    [{ device: 'laptop-7' }, 'on laptop-7'],
    [{ program: 'Word' }, 'with Word'],
    [{ owner: 'anna' }, 'belongs to anna'],
    [{}, ''],
  ])('is told in words: %j', (author, words) => {
    expect(authorText(author)).toBe(words)
  })

  it('does not say of both versions that they belong to the same person', () => {
    expect(authorTexts({ owner: 'anna' }, { owner: 'anna' })).toEqual(['', ''])
    expect(authorTexts({ owner: 'anna' }, { owner: 'bo' })).toEqual(['belongs to anna', 'belongs to bo'])
    expect(authorTexts({ owner: 'anna' }, undefined)).toEqual(['belongs to anna', ''])
    expect(authorTexts({ user: 'Anna' }, { user: 'Anna' })).toEqual(['by Anna', 'by Anna'])
  })
})
