import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { GraphFixtureOptions } from '../fakes/graph/harness.ts'
import { Pair } from '../fakes/graph/pair.ts'
import type { HarnessOptions } from '../fakes/engine-harness.ts'

const FIRST = Object.fromEntries(
  Array.from({ length: 30 }, (_, number) => [`d${number % 5}/f${number}`, `first ${number}`]),
)

const opened: Pair[] = []
afterEach(async () => {
  for (const pair of opened.splice(0)) await pair.close()
})

async function start(options: GraphFixtureOptions = {}, engine: HarnessOptions = {}): Promise<Pair> {
  const pair = await Pair.open(FIRST, { quirks: { pageItems: 5 }, ...options })
  await pair.start(engine)
  opened.push(pair)
  await pair.settle()
  pair.fixture.server.forget()
  return pair
}

const requestsOf = ({ fixture }: Pair): readonly string[] =>
  fixture.server.requests.map(
    ({ operation, query }) => `${operation} ${/token=(?!latest)/.test(query) ? 'since' : query}`,
  )

describe.each([
  { name: 'a personal drive, two-way', kind: 'personal', mode: 'two-way' },
  { name: 'a folder of a personal drive, two-way', kind: 'personal', folder: 'Shared', mode: 'two-way' },
  { name: 'a folder of a company, two-way', kind: 'business', folder: 'Shared', mode: 'two-way' },
  { name: 'a folder of a company, backup', kind: 'business', folder: 'Shared', mode: 'backup' },
  { name: 'a personal drive, mirror', kind: 'personal', mode: 'mirror' },
] as const)('a look at $name', ({ kind, mode, ...rest }) => {
  const folder = { mode }

  it('costs one request where nothing changed, also with what was put there itself', async () => {
    const pair = await start({ kind, ...rest }, { folder })
    await pair.harness.engine.syncNow()
    expect(requestsOf(pair)).toEqual(['Delta since'])
    pair.write('d1/new', 'put there')
    expect(await pair.settle()).toEqual(['whole d1/new'])
    pair.fixture.server.forget()
    await pair.harness.engine.syncNow()
    expect(requestsOf(pair)).toEqual(['Delta since'])
  })

  it('lists nothing anew after a restart', async () => {
    const pair = await start({ kind, ...rest }, { folder })
    await pair.harness.stop()
    pair.fixture.server.forget()
    await pair.start({ folder })
    expect(requestsOf(pair).filter((each) => !/^(GetDrive|GetItem) /.test(each))).toEqual(['Delta since'])
    expect(requestsOf(pair).length).toBeLessThanOrEqual(4)
    expect(pair.harness.activity).toEqual([])
  })

  it('begins anew where the drive says so, and takes nothing for deleted', async () => {
    const pair = await start({ kind, ...rest }, { folder })
    pair.fixture.drive.expireTokens()
    expect(await pair.settle()).toEqual([])
    expect(pair.fixture.server.requests.some(({ status }) => status === 410)).toBe(true)
    expect(pair.here()).toMatchObject(FIRST)
    expect(pair.cloud.tree()).toMatchObject(FIRST)
    pair.fixture.server.forget()
    await pair.harness.engine.syncNow()
    expect(requestsOf(pair)).toEqual(['Delta since'])
  })
})

describe('what a drive tells of its changes', () => {
  it('is never taken for everything where it breaks off, and is told again', async () => {
    const pair = await start({ kind: 'personal' })
    for (const number of [0, 1, 2, 3, 4, 5, 6, 7]) pair.cloud.write(`new/${number}`, 'new there')
    pair.cloud.remove('d0')
    const { quirks } = pair.fixture.drive
    pair.fixture.drive.quirks = { ...quirks, badDelta: 'breaks-off' }
    await pair.harness.engine.syncNow()
    expect(pair.harness.folder().state).not.toBe('protected')
    expect(pair.here()).toMatchObject(FIRST)
    pair.fixture.drive.quirks = quirks
    await pair.settle()
    expect(pair.here()).toEqual(pair.cloud.tree())
    expect(pair.here()).toMatchObject({ 'new/7': 'new there' })
    expect(existsSync(join(pair.source, 'd0'))).toBe(false)
  })

  it('is asked for again where a page of it was lost, and nothing is missed', async () => {
    const pair = await start({ kind: 'business', folder: 'Shared' })
    for (const number of [0, 1, 2, 3, 4, 5, 6, 7]) pair.cloud.write(`new/${number}`, 'new there')
    pair.fixture.server.faults.add({ operation: 'Delta', nth: 2, times: 2, action: { kind: 'reset-after' } })
    await pair.settle()
    expect(pair.here()).toEqual(pair.cloud.tree())
  })

  it('is not believed where the folder is at another path by now', async () => {
    const pair = await start({ kind: 'personal', folder: 'Above/Shared' }, { folder: { mode: 'backup' } })
    const { drive } = pair.fixture
    const above = drive.find(drive.root, ['Above'])!
    drive.place(above, { name: 'Elsewhere', parentId: drive.root.id })
    drive.changed(above)
    await pair.harness.engine.syncNow()
    // Made anew where the settings say, with everything in it: what was moved is no copy of this folder any more.
    await pair.settle()
    expect(pair.cloud.tree()).toMatchObject(FIRST)
  })
})

describe('a two-way folder of the service at a drive', () => {
  it('leaves nothing of what the drive told behind when it is removed from the settings', async () => {
    const { harness } = await start({ kind: 'personal' })
    expect(harness.store.feeds.get('onedrive://ada')).toBeDefined()
    harness.settings = { ...harness.settings, folders: [] }
    await harness.engine.applySettings()
    expect(harness.store.feeds.get('onedrive://ada')).toBeUndefined()
    expect(harness.store.feeds.page('onedrive://ada', undefined, 10)).toEqual([])
  })

  it('is brought what changes there without a look at this computer meanwhile', async () => {
    let looks = 0
    const pair = await start(
      { kind: 'business', folder: 'Shared' },
      { settings: { remotePollMs: 50 }, listeners: { onScanned: () => void looks++ } },
    )
    const before = looks
    await expect.poll(() => requestsOf(pair).length).toBeGreaterThan(1)
    expect(new Set(requestsOf(pair))).toEqual(new Set(['Delta since']))
    expect(looks).toBe(before)
    pair.cloud.write('d1/new', 'new there')
    await expect.poll(() => pair.here()['d1/new']).toBe('new there')
    pair.cloud.write('d1/f1', 'edited there')
    await expect.poll(() => pair.here()['d1/f1']).toBe('edited there')
    // What is put there from here is told, too, and is no news.
    writeFileSync(join(pair.source, 'd1/own'), 'new here')
    pair.harness.watcher.hint(['d1/own'])
    await expect.poll(() => pair.cloud.tree()['d1/own']).toBe('new here')
    pair.cloud.move('d2', 'renamed')
    await expect.poll(() => existsSync(join(pair.source, 'renamed'))).toBe(true)
    await expect.poll(() => pair.here()).toEqual(pair.cloud.tree())
  })
})
