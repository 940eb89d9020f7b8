import { randomFillSync } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Harness, startEngine } from '../fakes/engine-harness.ts'

const FILES = 2_000
/** What may reach the target before the guard knows, of 2,000 files (T12). */
const PROPAGATED = 200
const BURST = 125
let harness: Harness | undefined

afterEach(async () => harness?.remove())

const nameOf = (index: number): string => `d${index % 40}/letter-${index}.txt`
const contentOf = (index: number): string => `Letter number ${index}. ${'Dear all, '.repeat(60)}`

async function startSafe(mode: 'backup' | 'mirror'): Promise<Harness> {
  harness = await startEngine({
    folder: { mode },
    prepare: (source) => {
      for (let folder = 0; folder < 40; folder++) mkdirSync(join(source, `d${folder}`))
      for (let index = 0; index < FILES; index++) writeFileSync(join(source, nameOf(index)), contentOf(index))
    },
  })
  await harness.engine.syncNow()
  expect(harness.folder().files).toBe(FILES)
  return harness
}

/** Every file in turn, with the watcher telling of each burst, as fast as the engine looks. */
async function attack(encrypt: (source: string) => readonly string[]): Promise<void> {
  const { source, watcher, engine } = harness!
  for (let start = 0; start < FILES; start += BURST) {
    const changed = Array.from({ length: BURST }, (_, index) => nameOf(start + index)).flatMap((name) => [
      name,
      ...encrypt(join(source, name)).map((absolute) => absolute.slice(source.length + 1)),
    ])
    watcher.hint(changed)
    await looked(engine)
  }
}

/** Until the hints were looked at and what was let through is done. */
async function looked(engine: Harness['engine']): Promise<void> {
  const { store, folderId, host } = harness!
  const before = harness!.watcher.acknowledged
  while (harness!.watcher.acknowledged === before) await host.clock.sleep(5)
  const isBusy = (): boolean => {
    const { queued, running } = store.queue.counts(folderId)
    return queued + running > 0
  }
  while (isBusy()) await host.clock.sleep(5)
  expect(engine.status().folders[0]!.dead).toBe(0)
}

function encrypted(): Buffer {
  return randomFillSync(Buffer.alloc(1_500))
}

/** How many safe versions are no longer at the target, and how many new names of the attack are. */
function propagated(): { readonly replaced: number; readonly locked: number } {
  const { target } = harness!
  let replaced = 0
  for (let index = 0; index < FILES; index++) {
    const path = join(target, nameOf(index))
    if (!existsSync(path) || readFileSync(path, 'utf8') !== contentOf(index)) replaced++
  }
  const names = readdirSync(target, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.startsWith('.tidekeep'),
  )
  return { replaced, locked: names.filter((name) => name.endsWith('.locked')).length }
}

/** How many files in the source are what they were. */
function intact(): number {
  let count = 0
  for (let index = 0; index < FILES; index++) {
    const path = join(harness!.source, nameOf(index))
    if (existsSync(path) && readFileSync(path, 'utf8') === contentOf(index)) count++
  }
  return count
}

describe('2,000 files turned into noise in a minute', () => {
  it.each(['mirror', 'backup'] as const)('in place wait after at most 200 in %s mode, and come back', async (mode) => {
    const { engine } = await startSafe(mode)
    await attack((path) => {
      writeFileSync(path, encrypted())
      return []
    })
    const { replaced } = propagated()
    expect(replaced).toBeLessThanOrEqual(PROPAGATED)
    expect(harness!.folder().holds).toEqual([{ reason: 'mass-overwrite', count: FILES - replaced }])
    // A later look leaks nothing either.
    await engine.syncNow()
    expect(propagated().replaced).toBe(replaced)
    await engine.decide('f1', 'restore', 'mass-overwrite')
    expect(intact()).toBe(FILES - replaced)
    console.log(`${mode}, in place: ${replaced} of ${FILES} before the hold, ${intact()} brought back`)
  })

  it('and renamed to .locked wait after at most 200, and come back', async () => {
    const { engine } = await startSafe('mirror')
    await attack((path) => {
      writeFileSync(path, encrypted())
      renameSync(path, `${path}.locked`)
      return [`${path}.locked`]
    })
    const { replaced, locked } = propagated()
    expect(Math.max(replaced, locked)).toBeLessThanOrEqual(PROPAGATED)
    await engine.syncNow()
    expect(propagated()).toEqual({ replaced, locked })
    await engine.decide('f1', 'restore')
    expect(intact()).toBe(FILES - replaced)
    console.log(`renamed: ${replaced} gone and ${locked} new before the hold, ${intact()} brought back`)
  })

  it('in copies, the originals deleted, lose at most 200', async () => {
    const { engine } = await startSafe('mirror')
    await attack((path) => {
      writeFileSync(`${path}.locked`, encrypted())
      rmSync(path)
      return [`${path}.locked`]
    })
    // What is missing counts as deleted a moment later.
    const asked = (): boolean => {
      const { replaced, locked } = propagated()
      return harness!.folder().held === 2 * FILES - replaced - locked
    }
    await expect.poll(asked, { interval: 250 }).toBe(true)
    const { replaced, locked } = propagated()
    expect(Math.max(replaced, locked)).toBeLessThanOrEqual(PROPAGATED)
    await engine.decide('f1', 'restore')
    expect(intact()).toBe(FILES - replaced)
    console.log(`copied: ${replaced} gone and ${locked} new before the hold, ${intact()} brought back`)
  })
})

describe('2,000 files edited in a minute by honest work', () => {
  it('go out without a question', async () => {
    await startSafe('mirror')
    await attack((path) => {
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('Dear', 'Dearest'))
      return []
    })
    expect(harness!.folder()).toMatchObject({ held: 0, dead: 0 })
    expect(propagated().replaced).toBe(FILES)
  })
})
