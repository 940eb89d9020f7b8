import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { decorate } from '../../main/providers/decorators/stack.ts'
import { ByteLimiter } from '../../main/providers/decorators/limiter.ts'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'
import { startGraphFixture, type GraphFixture, type GraphFixtureOptions } from '../fakes/graph/harness.ts'
import { realClock } from '../fakes/real-clock.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

async function fixtureFor(options: GraphFixtureOptions): Promise<{ fixture: GraphFixture; place: string }> {
  const fixture = await startGraphFixture(options)
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-onedrive-'))
  mkdirSync(join(place, 'source'))
  cleanUps.push(() => fixture.close())
  cleanUps.push(() => rmSync(place, { recursive: true, force: true }))
  return { fixture, place }
}

/** The engine as composed, with this drive in the place of the target. */
function start({ fixture, place }: { fixture: GraphFixture; place: string }): Promise<Harness> {
  const { clock, random, log } = { ...fixture.host, clock: realClock }
  const wrap = (): ReturnType<typeof decorate> =>
    decorate(fixture.open(), { clock, random, log, limiter: new ByteLimiter(clock, 0) })
  return startEngine({ place, wrap })
}

describe.each([
  { name: 'a personal drive', kind: 'personal' },
  { name: 'a folder of a company', kind: 'business', folder: 'Backups' },
] as const)('continuous backup to $name', ({ kind, folder }) => {
  it('keeps names OneDrive refuses, follows a move without sending, and has nothing to do at the next start', async () => {
    const bench = await fixtureFor({ kind, ...(folder === undefined ? {} : { folder }) })
    const source = join(bench.place, 'source')
    mkdirSync(join(source, 'Photos: 2026?'), { recursive: true })
    const names = ['Photos: 2026?/con', 'a*b.txt', 'ends.with.', '~$lock', 'CON', 'plain']
    for (const name of names) writeFileSync(join(source, name), `content of ${name}`)
    let harness = await start(bench)
    expect(await harness.until('protected')).toMatchObject({ files: names.length })
    renameSync(join(source, 'plain'), join(source, 'Photos: 2026?', 'moved'))
    harness.activity.length = 0
    harness.watcher.hint(['plain', 'Photos: 2026?/moved'])
    await expect.poll(() => harness.activity.map(({ method }) => method)).toContain('move')
    await harness.stop()
    bench.fixture.server.forget()
    harness = await start(bench)
    await expect.poll(() => bench.fixture.server.count('Delta')).toBeGreaterThan(0)
    await harness.until('protected')
    const changes = bench.fixture.server.requests.filter(({ method }) => method !== 'GET')
    expect(changes).toEqual([])
    expect(harness.activity).toEqual([])
    await harness.stop()
  })
})

describe('a deep new tree on its way to OneDrive', () => {
  it('costs one request a folder, those of the groups that are under way at once included', async () => {
    const bench = await fixtureFor({ kind: 'personal' })
    const deep = Array.from({ length: 40 }, (_, number) => `d${number}`)
    mkdirSync(join(bench.place, 'source', ...deep), { recursive: true })
    writeFileSync(join(bench.place, 'source', ...deep, 'file'), 'at the bottom')
    const { server } = bench.fixture
    server.faults.add({ operation: '*', times: Number.POSITIVE_INFINITY, action: { kind: 'delay', delayMs: 10 } })
    const harness = await start(bench)
    expect(await harness.until('protected')).toMatchObject({ files: 1 })
    await harness.stop()
    expect(server.count('CreateFolder')).toBe(deep.length)
    expect(server.count('PatchItem')).toBe(0)
    expect(server.count('GetItem')).toBeLessThan(5)
  })
})

describe('continuous backup to a SharePoint library, which rewrites Office files', () => {
  it('keeps such a file as stored but altered, and never sends it again for that', async () => {
    const bench = await fixtureFor({ kind: 'documentLibrary', folder: 'Backups' })
    const file = join(bench.place, 'source', 'report.docx')
    writeFileSync(file, 'what was written')
    writeFileSync(join(bench.place, 'source', 'notes.txt'), 'as it is')
    let harness = await start(bench)
    expect(await harness.until('protected')).toMatchObject({
      files: 1,
      alteredFiles: 1,
      sentence: '1 file safe, 1 stored as the target rewrote them',
    })
    const verification = (name: string): string | undefined =>
      harness.store.baseline.get(harness.folderId, name as never)?.remote.verifiedBy
    expect([verification('report.docx'), verification('notes.txt')]).toEqual(['altered', 'checksum'])
    await harness.stop()
    // The library touches its files whenever it likes.
    const { drive, server } = bench.fixture
    drive.changed(drive.find(drive.root, ['Backups', 'report.docx'])!)
    server.forget()
    harness = await start(bench)
    await expect.poll(() => server.count('Delta')).toBeGreaterThan(1)
    await harness.until('protected')
    expect(server.count('UploadFragment')).toBe(0)
    writeFileSync(file, 'what was written later')
    harness.watcher.hint(['report.docx'])
    await expect.poll(() => server.count('UploadFragment')).toBe(1)
    await expect.poll(() => bench.fixture.bytes('Backups/report.docx')?.toString()).toMatch(/^what was written later</)
    await harness.stop()
  })
})
