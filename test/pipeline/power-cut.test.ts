import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Harness, startEngine } from '../fakes/engine-harness.ts'

const FILES = 40
/** Whole seconds: an exact time can be set again. */
const SAVED_S = 1_760_000_000
let place: string
let harness: Harness | undefined
let files = FILES

const source = (name = ''): string => join(place, 'source', name)
const target = (name = ''): string => join(place, 'target', name)
const nameOf = (index: number): string => `report-${index}.odt`
const contentOf = (index: number): string => `report ${index} ${'x'.repeat(index)}`

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-power-'))
  mkdirSync(source())
  mkdirSync(target())
  files = FILES
  for (let index = 0; index < files; index++) save(index)
  await start('boot 1')
  await harness!.until('protected')
})
afterEach(async () => {
  await harness?.stop()
  rmSync(place, { recursive: true, force: true })
})

async function start(bootId: string): Promise<Harness> {
  harness = await startEngine({ place, bootId, folder: { mode: 'mirror' } })
  return harness
}

/** Tidekeep ends without closing its state, whatever `lost` does happens to the files, and it starts again. */
async function goDown(lost: () => void, bootId = 'boot 2'): Promise<Harness> {
  await harness!.stop()
  const database = new DatabaseSync(join(place, 'state', 'state.db'))
  database.exec("UPDATE meta SET value = 1 WHERE name = 'open'")
  database.close()
  lost()
  return start(bootId)
}

/** Cut short, with the time it had: what was written did not reach the disk. */
function cut(name: string, size = 0): void {
  truncateSync(source(name), size)
  utimesSync(source(name), SAVED_S, SAVED_S)
}

function save(index: number): void {
  writeFileSync(source(nameOf(index)), contentOf(index))
  utimesSync(source(nameOf(index)), SAVED_S, SAVED_S)
}

const isSafe = (): boolean =>
  Array.from({ length: files }, (_, index) => index).every(
    (index) => readFileSync(target(nameOf(index)), 'utf8') === contentOf(index),
  )

const sent = (): readonly string[] => harness!.activity.filter(({ bytesSent }) => bytesSent > 0).map(({ path }) => path)

function loseEverything(): void {
  for (let index = 0; index < files; index++) cut(nameOf(index))
}

describe('after a power cut that left every file empty with the time it had', () => {
  it('nothing is sent, every file waits for a person, and what is new goes on', async () => {
    // As many as nextcloud/desktop#10547 tells of.
    files = 447
    for (let index = FILES; index < files; index++) save(index)
    await harness!.engine.syncNow()
    const { store, folderId } = await goDown(() => {
      loseEverything()
      writeFileSync(source('new.txt'), 'new')
    })
    const folder = await harness!.until('attention')
    expect(folder.holds).toEqual([{ reason: 'suspect', count: files }])
    expect(folder.sentence).toBe('447 files that may have lost content wait for your decision')
    expect(sent()).toEqual(['new.txt'])
    expect(isSafe()).toBe(true)
    expect(store.folders.get(folderId).mayHaveLostWrites).toBeUndefined()
    // Nor later, once the doubt is over.
    await harness!.engine.syncNow()
    expect([sent(), isSafe()]).toEqual([['new.txt'], true])
  })

  it('stays held across starts, also when a file is only given other rights', async () => {
    await goDown(loseEverything)
    await harness!.until('attention')
    await harness!.stop()
    await start('boot 2')
    chmodSync(source(nameOf(1)), 0o600)
    await harness!.engine.syncNow()
    expect(harness!.folder().holds).toEqual([{ reason: 'suspect', count: FILES }])
    expect([sent(), isSafe()]).toEqual([[], true])
  })

  it('comes back with every byte when a person asks for the safe versions', async () => {
    // A time to the nanosecond, and a later one: not every file system gives back exactly what was set.
    writeFileSync(source(nameOf(8)), contentOf(8))
    await harness!.engine.syncNow()
    const { engine } = await goDown(() => {
      loseEverything()
      truncateSync(source(nameOf(8)))
    })
    await harness!.until('attention')
    await engine.decide('f1', 'restore', 'suspect')
    await harness!.until('protected')
    await engine.syncNow()
    expect(readdirSync(source()).toSorted()).toEqual(
      readdirSync(target())
        .filter((name) => name !== '.tidekeep')
        .toSorted(),
    )
    expect(readFileSync(source(nameOf(39)), 'utf8')).toBe(contentOf(39))
    expect([sent().length, isSafe(), harness!.folder().held]).toEqual([0, true, 0])
  })

  it('is left alone when a person says so, asks no more, and sends what is saved again', async () => {
    const { engine } = await goDown(loseEverything)
    await harness!.until('attention')
    await engine.decide('f1', 'keep', 'suspect')
    await engine.syncNow()
    expect(await harness!.until('protected')).toMatchObject({
      refused: FILES,
      sentence: '40 files safe; 40 files kept as before, as you decided',
    })
    expect(isSafe()).toBe(true)
    appendFileSync(source(nameOf(7)), 'written anew')
    await engine.syncNow()
    expect([sent(), harness!.folder().refused]).toEqual([[nameOf(7)], FILES - 1])
    expect(readFileSync(target(nameOf(7)), 'utf8')).toBe('written anew')
  })

  it('goes out when a person says that it is right', async () => {
    const { engine } = await goDown(() => cut(nameOf(3)))
    await harness!.until('attention')
    await engine.decide('f1', 'approve', 'suspect')
    await harness!.until('protected')
    expect(readFileSync(target(nameOf(3)), 'utf8')).toBe('')
  })
})

describe('after a power cut', () => {
  it('files that are gone, older, shorter or full of zeros wait; one that was saved again does not', async () => {
    await goDown(() => {
      rmSync(source(nameOf(1)))
      writeFileSync(source(nameOf(2)), 'an older version')
      utimesSync(source(nameOf(2)), 1, 1)
      cut(nameOf(30), 5)
      writeFileSync(source(nameOf(4)), Buffer.alloc(contentOf(4).length))
      appendFileSync(source(nameOf(5)), ' and more')
    })
    await harness!.engine.syncNow()
    expect(harness!.folder().holds).toEqual([{ reason: 'suspect', count: 4 }])
    expect(sent()).toEqual([nameOf(5)])
    expect(readFileSync(target(nameOf(1)), 'utf8')).toBe(contentOf(1))
    // A file that is suspect no longer once its content is there again.
    writeFileSync(source(nameOf(2)), contentOf(2))
    await harness!.engine.syncNow()
    expect(harness!.folder().held).toBe(3)
  })

  it('an empty file is an ordinary edit where only Tidekeep was killed, and where it had been closed', async () => {
    await goDown(() => cut(nameOf(1)), 'boot 1')
    await harness!.until('protected')
    expect(readFileSync(target(nameOf(1)), 'utf8')).toBe('')
    await harness!.stop()
    cut(nameOf(2))
    await start('boot 3')
    await harness!.until('protected')
    expect(readFileSync(target(nameOf(2)), 'utf8')).toBe('')
  })
})

/** The check of the disk took a file for lost, and somebody finds it again under another name: `found` is done to it on the way. */
async function findAgain(found: (place: string) => void): Promise<void> {
  const lost = join(place, 'lost+found')
  await goDown(() => renameSync(source(nameOf(3)), lost))
  await harness!.until('attention')
  expect(harness!.folder().holds).toEqual([{ reason: 'suspect', count: 1 }])
  found(lost)
  renameSync(lost, source('found.odt'))
  await harness!.engine.syncNow()
  await harness!.engine.syncNow()
}

describe('a file that was missing after a power cut and is found under another name', () => {
  it('is moved at the target, and asked about no more', async () => {
    await findAgain(() => undefined)
    expect(await harness!.until('protected')).toMatchObject({ held: 0 })
    expect([sent(), existsSync(target(nameOf(3)))]).toEqual([[], false])
    expect(readFileSync(target('found.odt'), 'utf8')).toBe(contentOf(3))
  })

  it('is asked about no more where the target had that name already', async () => {
    await findAgain(() => writeFileSync(target('found.odt'), contentOf(3)))
    expect(await harness!.until('protected')).toMatchObject({ held: 0 })
    expect([sent(), existsSync(target(nameOf(3)))]).toEqual([[], false])
  })

  it('was not found where nothing but zeros is left of it: the target keeps what was safe until a person decides', async () => {
    await findAgain((lost) => {
      writeFileSync(lost, Buffer.alloc(contentOf(3).length))
      utimesSync(lost, SAVED_S, SAVED_S)
    })
    expect(harness!.folder().holds).toEqual([{ reason: 'suspect', count: 1 }])
    expect(readFileSync(target(nameOf(3)), 'utf8')).toBe(contentOf(3))
  })
})
