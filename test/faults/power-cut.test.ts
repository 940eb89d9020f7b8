import { cpSync, closeSync, fsyncSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { openSealedFile } from '../../main/secrets/sealed-file.ts'
import { openSettings } from '../../main/state/settings-store.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'
import { DISK_KINDS, type DiskKind } from '../fixtures/loop-disk.ts'
import { baselineEntry, FOLDER, openBench } from '../unit/state-support.ts'
import { cutsOf, forEachDisk, SEED } from './power-cut/disks.ts'
import { DiskPlace, type HaltingProgram } from '../fixtures/disk-place.ts'
import { CUT_SCENARIOS } from './power-cut/scenarios.ts'
import { SLOW_MIGRATIONS } from './support/migrations.ts'

const LIES = 'fsync,fdatasync,syncfs,sync_file_range'
/** It writes nothing by itself, however long a program takes that is traced on a busy computer. */
const FORGETFUL: DiskKind = { ...DISK_KINDS.ext4, mountOptions: 'commit=3600' }

describe('the harness of power cuts', () => {
  forEachDisk(Object.values(DISK_KINDS), 'keeps what was synced and loses what was not', async (kind) => {
    using place = new DiskPlace(kind, 'everything')
    const write = (name: string, isSynced: boolean): void => {
      const descriptor = openSync(join(place.disk.path, name), 'w')
      writeFileSync(descriptor, Buffer.alloc(100_000, 1))
      if (isSynced) fsyncSync(descriptor)
      closeSync(descriptor)
    }
    write('synced', true)
    const directory = openSync(place.disk.path, 'r')
    fsyncSync(directory)
    closeSync(directory)
    write('not synced', false)
    place.disk.insert(place.disk.photograph())
    const left = readdirSync(place.disk.path).filter((name) => statSync(join(place.disk.path, name)).isFile())
    expect(left).toEqual(['synced'])
    expect(statSync(join(place.disk.path, 'synced')).size).toBe(100_000)
  })

  // On a disk of its own and together with the state: either way more was promised than was kept.
  for (const scenario of CUT_SCENARIOS.filter(({ name }) => name.startsWith('a first backup'))) {
    forEachDisk([FORGETFUL], `notices a disk that lies about fsync in ${scenario.name}`, async (kind) => {
      using place = new DiskPlace(kind, scenario.layout)
      place.rememberQuiet()
      const truth = scenario.change(place)
      const liar = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${LIES}`, '-e', `inject=${LIES}:retval=0`]
      const { exitCode } = await place.start(scenario.args(place), liar).ended
      expect(exitCode).toBe(0)
      place.disk.insert(place.disk.photograph())
      const found = await scenario.judge(place, truth, exitCode)
      expect(found.length).toBeGreaterThanOrEqual(truth.after.size)
    })
  }
})

describe(`a power cut (seed ${SEED})`, () => {
  forEachDisk([DISK_KINDS.ext4, DISK_KINDS.btrfs], 'leaves every saved setting and secret', async (kind) => {
    using place = new DiskPlace(kind, 'everything')
    const random = seededRandom(SEED)
    const script = fileURLToPath(new URL('power-cut/write-settings.ts', import.meta.url))
    const config = join(place.disk.path, 'config')
    mkdirSync(config)
    let safe = 0
    for (let cut = 0; cut < cutsOf(kind); cut++) {
      const program = place.startScript(script, [config])
      const lines = linesOf(program)
      await lines.until(2)
      await program.haltAfter(random.next() * 60)
      const image = place.disk.photograph()
      await program.kill()
      safe = Number(lines.seen().at(-1))
      place.disk.insert(image)
      const { bandwidthLimit } = (await openSettings(config)).get()
      const secrets = openSealedFile({ directory: config, passphrase: undefined, log: createFakeHost().log })
      // The next one may have reached the disk without having been told.
      expect([safe, safe + 1]).toContain(bandwidthLimit)
      expect([safe, safe + 1]).toContain(Number(await secrets.get('account')))
    }
    expect(safe).toBeGreaterThan(cutsOf(kind))
  })

  forEachDisk([DISK_KINDS.ext4, DISK_KINDS.xfs], 'leaves the old version of the state or the new', async (kind) => {
    const { store, host } = await openBench()
    store.transaction(() => {
      for (let index = 0; index < 4_000; index++) store.baseline.put(FOLDER, baselineEntry(`f-${index}`))
    })
    store.close()
    using place = new DiskPlace(kind, 'everything')
    const random = seededRandom(SEED)
    const script = fileURLToPath(new URL('support/migrate-once.ts', import.meta.url))
    const directory = join(place.disk.path, 'state')
    cpSync(host.paths.state, directory, { recursive: true })
    place.rememberQuiet()
    for (let cut = 0; cut < cutsOf(kind); cut++) {
      place.restoreQuiet()
      const program = place.startScript(script, [directory])
      await linesOf(program).until(1)
      await program.haltAfter(random.next() * 120)
      const image = place.disk.photograph()
      await program.kill()
      place.disk.insert(image)
      const opened = await openStore({ ...host, directory, migrations: SLOW_MIGRATIONS })
      expect(opened.recovered).toBe('none')
      expect(opened.store.baseline.totals(FOLDER).files).toBe(4_000)
      opened.store.close()
    }
  })
})

interface Lines {
  seen(): readonly string[]
  until(count: number): Promise<void>
}

/** What a program prints, by whole lines. Rejects when it ends before. */
function linesOf(program: HaltingProgram): Lines {
  let text = ''
  const seen = (): readonly string[] => text.split('\n').slice(0, -1)
  program.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return {
    seen,
    until: async (count) => {
      const ended = program.ended.then(({ stderr }) => {
        throw new Error(`it ended: ${stderr}`)
      })
      ended.catch(() => undefined)
      while (seen().length < count)
        await Promise.race([new Promise((resolve) => program.stdout.once('data', resolve)), ended])
    },
  }
}
