import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inventoryOf, lostOf, makeDataSet } from '../../main/cli/drill/data-set.ts'
import { openDrillPlace } from '../../main/cli/drill/drill-place.ts'
import type { DrillWork } from '../../main/cli/drill/drill-steps.ts'
import { restoreDrill } from '../../main/cli/drill/restore-drill.ts'
import { createPorts } from '../../main/cli/node-ports.ts'
import type { RunOnce } from '../../main/run-once.ts'
import { fakeSummary } from '../fakes/command-line.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tk-'))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

describe('tidekeep drill', () => {
  it('destroys a folder of its own, brings back both states of it, and leaves nothing behind', async () => {
    const tidekeep = new TidekeepProcesses(join(parent, 'home'))
    const done = await tidekeep.run('drill', 'restore', '--files', '120', '--seed', 'abcd', '--in', parent, '--json')
    expect(JSON.parse(done.stdout)).toMatchObject({
      type: 'drill',
      ok: true,
      exitCode: 0,
      seed: 'abcd',
      drills: [{ kind: 'restore', files: 120, lost: [], lostAsOf: [] }],
    })
    expect(readdirSync(parent).filter((name) => name.startsWith('tidekeep-drill'))).toEqual([])
    // The installation it was started from knows nothing of it.
    expect(await tidekeep.json('folder', 'list')).toMatchObject({ folders: [] })
  })

  it('lets an attack on a folder run into the guard, and brings back everything as it was before', async () => {
    const tidekeep = new TidekeepProcesses(join(parent, 'home'))
    const done = await tidekeep.run('drill', 'ransomware', '--files', '300', '--in', parent, '--json')
    const { exitCode, drills } = JSON.parse(done.stdout) as { exitCode: number; drills: Record<string, unknown>[] }
    expect([exitCode, done.exitCode]).toEqual([0, 0])
    expect(drills).toMatchObject([{ kind: 'ransomware', ok: true, files: 300, lost: [], allowed: 50 }])
    expect(drills[0]!['held']).toBeGreaterThan(0)
    expect(readdirSync(parent).filter((name) => name.startsWith('tidekeep-drill'))).toEqual([])
  })

  it('works on a disk of this computer only, and says what tries a store instead', async () => {
    const tidekeep = new TidekeepProcesses(join(parent, 'home'))
    const { exitCode, stderr } = await tidekeep.run('drill', '--in', 'onedrive://ada/backups')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/signed in nowhere[\s\S]*verify onedrive:\/\/ada\/backups --read-data 5%/)
  })
})

describe('a drill', () => {
  const workOf = (runOnce: RunOnce): DrillWork => ({
    ports: { ...createPorts(), runOnce },
    env: {},
    files: 40,
    seed: 'abcd',
    signal: new AbortController().signal,
    tell: () => undefined,
  })

  it('says what was lost where a backup was none', async () => {
    const host = createFakeHost({ clock: realClock })
    const place = openDrillPlace(parent, host)
    const { runOnce } = createPorts()
    let runs = 0
    const onlyTheFirst: RunOnce = async (used, options) => (runs++ === 0 ? runOnce(used, options) : fakeSummary())
    const result = await restoreDrill(place, workOf(onlyTheFirst))
    expect(result).toMatchObject({ ok: false, files: 40, lostAsOf: [] })
    expect(result.lost).toHaveLength(6)
    place.remove()
    expect(existsSync(place.root)).toBe(false)
  })

  it('compares content and times: one byte and one microsecond are losses', async () => {
    const directory = join(parent, 'data')
    const made = await makeDataSet(directory, { files: 30, seed: 'ef' })
    const found = await inventoryOf(directory, made.keys())
    expect(lostOf(made, found)).toEqual([])
    const [first, second, third] = [...made.keys()]
    const changed = new Map(found)
    changed.set(first!, { ...found.get(first!)!, mtimeNs: found.get(first!)!.mtimeNs + 2_000n })
    changed.delete(second!)
    writeFileSync(join(directory, third!), 'x')
    changed.set(third!, (await inventoryOf(directory, [third!])).get(third!)!)
    expect(new Set(lostOf(made, changed))).toEqual(new Set([first, second, third]))
  })

  it('makes the same files from the same seed', async () => {
    const one = await makeDataSet(join(parent, 'one'), { files: 120, seed: 'ef' })
    const other = await makeDataSet(join(parent, 'other'), { files: 120, seed: 'ef' })
    expect(other).toEqual(one)
    const third = await makeDataSet(join(parent, 'third'), { files: 120, seed: 'ee' })
    expect([...third.values()].map(({ hash }) => hash)).not.toEqual([...one.values()].map(({ hash }) => hash))
  })
})
