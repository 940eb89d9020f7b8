import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { MIGRATIONS, type Migration } from '../../main/state/schema/migrations.ts'
import { openStore, openStoreForReading } from '../../main/state/sqlite-store.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import { FOLDER, baselineEntry, openBench, planned, rel, upload } from '../unit/state-support.ts'
import { startChild } from './support/children.ts'
import { SLOW_MIGRATIONS } from './support/migrations.ts'

const NEXT: readonly Migration[] = [
  ...MIGRATIONS,
  {
    version: MIGRATIONS.length + 1,
    sql: "ALTER TABLE baseline ADD COLUMN note TEXT; UPDATE baseline SET note = 'migrated'",
  },
]

/** A closed state of the newest version with `entries` entries and one job. */
async function stateWith(entries: number): Promise<FakeHost> {
  const { store, host } = await openBench()
  store.transaction(() => {
    for (let index = 0; index < entries; index++)
      store.baseline.put(FOLDER, baselineEntry(`f-${index}`, 1, `1:${index}`))
    store.queue.enqueue(FOLDER, [planned(upload('job'))])
    store.folders.set(FOLDER, { compared: true })
  })
  store.close()
  return host
}

function options(host: FakeHost, migrations?: readonly Migration[]) {
  return { directory: host.paths.state, clock: host.clock, log: host.log, ...(migrations && { migrations }) }
}

function readDatabase<T>(path: string, read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path)
  try {
    return read(database)
  } finally {
    database.close()
  }
}

describe('migrations', () => {
  it('are never edited once shipped', () => {
    const digests = MIGRATIONS.map(({ sql }) => createHash('sha256').update(sql).digest('hex').slice(0, 16))
    expect(digests).toEqual(['009dd995fa11bf8f'])
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1))
  })

  it('bring an older file up with all it holds, and keep a copy of it as it was', async () => {
    const host = await stateWith(50)
    const { store, recovered } = await openStore(options(host, NEXT))
    expect(recovered).toBe('none')
    expect(store.baseline.page(FOLDER, '' as RelPath, undefined, 100)).toHaveLength(50)
    expect(store.queue.counts(FOLDER).queued).toBe(1)
    expect(store.folders.get(FOLDER).compared).toBe(true)
    store.close()
    const copy = join(host.paths.state, `state.db.v${MIGRATIONS.length}`)
    const columns = (path: string): number =>
      readDatabase(path, (database) => database.prepare('PRAGMA table_info(baseline)').all().length)
    expect(columns(join(host.paths.state, 'state.db'))).toBe(columns(copy) + 1)
    expect(
      readDatabase(copy, (database) => database.prepare('SELECT count(*) AS n FROM baseline').get()),
    ).toMatchObject({ n: 50 })
  })

  it('leave the old version whole when a step fails, and can be run again', async () => {
    const host = await stateWith(5)
    const broken = [
      ...MIGRATIONS,
      { version: MIGRATIONS.length + 1, sql: 'UPDATE baseline SET size = 9; SELECT no_such_column FROM baseline' },
    ]
    await expect(openStore(options(host, broken))).rejects.toMatchObject({ name: 'TidekeepError' })
    const { store, recovered } = await openStore(options(host))
    expect(recovered).toBe('none')
    expect(store.baseline.get(FOLDER, rel('f-0'))!.size).toBe(1)
    store.close()
    const again = await openStore(options(host, NEXT))
    expect(again.recovered).toBe('none')
    again.store.close()
  })

  it('leave the old version whole when everything went well but the new number cannot be written', async () => {
    const host = await stateWith(5)
    const refusing = `UPDATE baseline SET size = 9;
      CREATE TRIGGER refuse BEFORE INSERT ON meta BEGIN SELECT raise(ABORT, 'refused'); END`
    const unnumbered = [...MIGRATIONS, { version: MIGRATIONS.length + 1, sql: refusing }]
    await expect(openStore(options(host, unnumbered))).rejects.toMatchObject({ name: 'TidekeepError' })
    const { store, recovered } = await openStore(options(host))
    expect(recovered).toBe('none')
    expect(store.baseline.get(FOLDER, rel('f-0'))!.size).toBe(1)
    store.close()
  })

  it('refuse a file of a newer version and touch nothing, also for a dry run', async () => {
    const host = await stateWith(5)
    ;(await openStore(options(host, NEXT))).store.close()
    const path = join(host.paths.state, 'state.db')
    const before = readFileSync(path)
    const names = readdirSync(host.paths.state)
    const refusal = { code: 'unsupported', message: expect.stringMatching(/newer version.*Nothing was touched/) }
    await expect(openStore(options(host))).rejects.toMatchObject(refusal)
    await expect(openStoreForReading(options(host))).rejects.toMatchObject(refusal)
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(host.paths.state)).toEqual(names)
  })

  it('are applied to a copy in memory for a dry run', async () => {
    const host = await stateWith(5)
    const before = readFileSync(join(host.paths.state, 'state.db'))
    const store = await openStoreForReading(options(host, NEXT))
    expect(store.baseline.totals(FOLDER).files).toBe(5)
    store.close()
    expect(readFileSync(join(host.paths.state, 'state.db')).equals(before)).toBe(true)
    expect(readdirSync(host.paths.state)).toEqual(['state.db', 'state.sum'])
  })

  it('leave the old version or the new when killed at any moment', async () => {
    const golden = await stateWith(4_000)
    let interrupted = 0
    // Where a busy computer looked too late every time, it looks again.
    for (let round = 0; round < 8 || (interrupted <= 3 && round < 80); round++) {
      const host = cloneState(golden)
      const child = startChild('./migrate-once.ts', host.paths.state)
      await child.until((line) => line === 'started')
      const path = join(host.paths.state, 'state.db')
      // How much the step has written into the log tells how far it has come.
      const wantedBytes = (round % 8) * 600_000
      const isThere = (): boolean => wantedBytes === 0 || sizeOf(`${path}-wal`) > wantedBytes
      while (!isThere() && !child.lines.includes('done')) await new Promise((resolve) => setTimeout(resolve, 2))
      await child.kill()
      if (!child.lines.includes('done')) interrupted++
      const { store, recovered } = await openStore(options(host, SLOW_MIGRATIONS))
      expect(recovered).toBe('none')
      expect(store.baseline.totals(FOLDER).files).toBe(4_000)
      expect(store.queue.counts(FOLDER).queued).toBe(1)
      store.close()
      const wrong = readDatabase(path, (database) =>
        Number(database.prepare('SELECT count(*) AS n FROM baseline WHERE note IS NOT path').get()!['n']),
      )
      expect(wrong).toBe(0)
      expect(readdirSync(host.paths.state)).toContain(`state.db.v${MIGRATIONS.length}`)
    }
    expect(interrupted).toBeGreaterThan(3)
  })
})

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function cloneState(from: FakeHost): FakeHost {
  const host = createFakeHost()
  mkdirSync(host.paths.state)
  copyFileSync(join(from.paths.state, 'state.db'), join(host.paths.state, 'state.db'))
  return host
}
