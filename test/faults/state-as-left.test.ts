import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../main/state/schema/migrations.ts'
import { openingsSinceCheck, SUM_FILE } from '../../main/state/sqlite/as-left.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'
import { baselineEntry, FOLDER, openBench, rel } from '../unit/state-support.ts'

/** A state file that was closed as it should be, and says so. */
async function leftBehind(): Promise<{ readonly directory: string; readonly path: string }> {
  const { store, host } = await openBench()
  for (let index = 0; index < 200; index++) store.baseline.put(FOLDER, baselineEntry(`file-${index}`, index))
  store.close()
  return { directory: host.paths.state, path: join(host.paths.state, 'state.db') }
}

async function openAndClose(directory: string): Promise<void> {
  const { clock, log } = createFakeHost()
  const { store } = await openStore({ directory, clock, log })
  store.close()
}

const since = (path: string): number | undefined => openingsSinceCheck(path, MIGRATIONS)

describe('a state file that was closed', () => {
  it('is known again while it is what it was, and counts the openings that did without a check', async () => {
    const { directory, path } = await leftBehind()
    expect(since(path)).toBe(0)
    await openAndClose(directory)
    await openAndClose(directory)
    expect(since(path)).toBe(2)
  })

  it('is checked once in a while although nothing says it must be', async () => {
    const { directory, path } = await leftBehind()
    const seen: (number | undefined)[] = []
    for (let opening = 0; opening < 70; opening++) {
      seen.push(since(path))
      await openAndClose(directory)
    }
    expect(seen.indexOf(undefined)).toBe(64)
    expect(seen[65]).toBe(0)
  })

  it('is checked when any of its bytes is another one, or one is missing', async () => {
    const { path } = await leftBehind()
    const image = readFileSync(path)
    const random = seededRandom(3)
    for (let flip = 0; flip < 50; flip++) {
      const damaged = Buffer.from(image)
      const at = Math.floor(random.next() * image.length)
      damaged[at]! ^= 1 << Math.floor(random.next() * 8)
      writeFileSync(path, damaged)
      expect(since(path)).toBeUndefined()
    }
    writeFileSync(path, image)
    expect(since(path)).toBe(0)
    truncateSync(path, image.length - 1)
    expect(since(path)).toBeUndefined()
  })

  it('is checked when a log lies beside it', async () => {
    const { path } = await leftBehind()
    writeFileSync(`${path}-wal`, '')
    expect(since(path)).toBeUndefined()
  })

  it('is checked by a program whose tables are others', async () => {
    const { path } = await leftBehind()
    const later = [...MIGRATIONS, { version: MIGRATIONS.length + 1, sql: 'CREATE TABLE more (id INTEGER) STRICT;' }]
    expect(openingsSinceCheck(path, later)).toBeUndefined()
  })

  it('is checked where what is said of it is cut short, or was written by nobody', async () => {
    const { directory, path } = await leftBehind()
    const sum = join(directory, SUM_FILE)
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"digest":1}',
      readFileSync(sum, 'utf8').replace(/"unchecked":0/, '"unchecked":"0"'),
    ]) {
      writeFileSync(sum, text)
      expect(since(path)).toBeUndefined()
    }
    rmSync(sum)
    expect(since(path)).toBeUndefined()
  })

  it('is checked after a process that was killed', async () => {
    const { store, host } = await openBench()
    store.close()
    const again = await openBench(host)
    again.store.baseline.put(FOLDER, baselineEntry('written'))
    const killed = mkdtempSync(join(tmpdir(), 'tidekeep-left-'))
    for (const name of ['state.db', 'state.db-wal', SUM_FILE])
      copyFileSync(join(host.paths.state, name), join(killed, name))
    again.store.close()
    expect(since(join(killed, 'state.db'))).toBeUndefined()
    rmSync(killed, { recursive: true })
  })

  it('is checked after SQLite failed at anything in it', async () => {
    const { host, store } = await openBench()
    store.close()
    const path = join(host.paths.state, 'state.db')
    const again = await openBench(host)
    const other = new DatabaseSync(path, { timeout: 0 })
    other.exec('BEGIN IMMEDIATE')
    expect(() => again.store.baseline.put(FOLDER, baselineEntry('in the way'))).toThrow(/in use/)
    other.exec('ROLLBACK')
    other.close()
    again.store.close()
    expect(since(path)).toBeUndefined()
  })

  it('is used as it is, once it is known again', async () => {
    const { directory } = await leftBehind()
    const { clock, log } = createFakeHost()
    const { store, recovered } = await openStore({ directory, clock, log })
    expect(recovered).toBe('none')
    expect(store.baseline.get(FOLDER, rel('file-7'))).toEqual(baselineEntry('file-7', 7))
    store.close()
  })
})
