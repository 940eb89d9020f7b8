import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { openStoreForReading } from '../../main/state/sqlite-store.ts'
import { copyStateOfOtherVersion, recordVersion } from '../../main/state/version-backup.ts'
import { createFakeHost } from '../fakes/host.ts'
import { baselineEntry, FOLDER, openBench } from '../unit/state-support.ts'

const copiesIn = (directory: string): string[] =>
  readdirSync(directory).filter((name) => /^state\.db\.before-[\d.]+$/.test(name))

/** One start of a version of the program, as `createApplication` does it. */
async function startOf(version: string, host = createFakeHost()) {
  const { state } = host.paths
  copyStateOfOtherVersion(state, version)
  const bench = await openBench(host)
  recordVersion(state, version)
  return bench
}

describe('the first start of a new version', () => {
  it('finds no state to copy in a new installation', async () => {
    const { store, host } = await startOf('1.0.0')
    store.close()
    expect(copiesIn(host.paths.state)).toEqual([])
  })

  it('copies the state as the old version left it, once, and the copy can be opened', async () => {
    const first = await startOf('1.0.0')
    first.store.baseline.put(FOLDER, baselineEntry('before.txt'))
    first.store.close()
    const second = await startOf('1.1.0', first.host)
    second.store.baseline.put(FOLDER, baselineEntry('after.txt'))
    second.store.close()
    const third = await startOf('1.1.0', first.host)
    third.store.close()
    expect(copiesIn(first.host.paths.state)).toEqual(['state.db.before-1.1.0'])
    const directory = mkdtempSync(join(tmpdir(), 'tidekeep-before-'))
    copyFileSync(join(first.host.paths.state, 'state.db.before-1.1.0'), join(directory, 'state.db'))
    const old = await openStoreForReading({ directory, clock: first.host.clock, log: first.host.log })
    expect(old.baseline.page(FOLDER, '' as RelPath, undefined, 10).map(({ path }) => path)).toEqual(['before.txt'])
    old.close()
  })

  it('copies what only the log of a killed version holds, too', async () => {
    const { store, host } = await startOf('1.0.0')
    store.baseline.put(FOLDER, baselineEntry('in-the-log.txt'))
    // Not closed: the log is still beside the file.
    copyStateOfOtherVersion(host.paths.state, '1.1.0')
    const directory = mkdtempSync(join(tmpdir(), 'tidekeep-before-'))
    for (const suffix of ['', '-wal']) {
      copyFileSync(join(host.paths.state, `state.db.before-1.1.0${suffix}`), join(directory, `state.db${suffix}`))
    }
    const old = await openStoreForReading({ directory, clock: host.clock, log: host.log })
    expect(old.baseline.page(FOLDER, '' as RelPath, undefined, 10).map(({ path }) => path)).toEqual(['in-the-log.txt'])
    old.close()
    store.close()
  })

  it('copies again where it was cut off before it had opened the state', async () => {
    const { store, host } = await startOf('1.0.0')
    store.close()
    copyStateOfOtherVersion(host.paths.state, '1.1.0')
    rmSync(join(host.paths.state, 'state.db.before-1.1.0'))
    copyStateOfOtherVersion(host.paths.state, '1.1.0')
    expect(copiesIn(host.paths.state)).toEqual(['state.db.before-1.1.0'])
  })

  it('copies damaged state as it is, which is then put aside as ever', async () => {
    const { store, host } = await startOf('1.0.0')
    store.close()
    writeFileSync(join(host.paths.state, 'state.db'), 'damaged')
    const next = await startOf('1.1.0', host)
    expect(next.recovered).toBe('quarantined')
    expect(copiesIn(host.paths.state)).toEqual(['state.db.before-1.1.0'])
    next.store.close()
  })

  it('keeps the copies of the last two versions, by number', async () => {
    let host = createFakeHost()
    for (const version of ['1.8.0', '1.9.0', '1.10.0', '1.11.0']) {
      const { store, host: same } = await startOf(version, host)
      store.close()
      host = same
    }
    expect(copiesIn(host.paths.state).sort()).toEqual(['state.db.before-1.10.0', 'state.db.before-1.11.0'])
    expect(existsSync(join(host.paths.state, 'last-version'))).toBe(true)
  })
})
