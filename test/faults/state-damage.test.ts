import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { openStore, openStoreForReading, type OpenedStore } from '../../main/state/sqlite-store.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'
import { FOLDER, baselineEntry, openBench, outcome, planned, rel, upload } from '../unit/state-support.ts'

const ENTRIES = 400
const JOBS = 60
const PAGE_BYTES = 4_096

/** A closed state file with something in every table. */
async function goodFile(): Promise<Buffer> {
  const bench = await openBench()
  const { store } = bench
  store.transaction(() => {
    for (let index = 0; index < ENTRIES; index++) {
      store.baseline.put(FOLDER, baselineEntry(`directory-${index % 7}/file-${index}`, index, `1:${index}`))
    }
    store.queue.enqueue(
      FOLDER,
      Array.from({ length: JOBS }, (_, index) => planned(upload(`new-${index}`))),
    )
    for (let index = 0; index < 40; index++) store.history.append(FOLDER, [outcome(upload(`old-${index}`))], 1)
    store.folders.set(FOLDER, { compared: true })
    store.folders.putProblems(FOLDER, '' as RelPath, [{ path: rel('p'), reason: 'symlink', message: 'a link' }])
    store.sessions.put({ target: 't', path: rel('s'), token: 'k', body: '{}', updatedAtMs: 1 })
  })
  store.close()
  return readFileSync(join(bench.host.paths.state, 'state.db'))
}

interface Verdict {
  readonly kind: 'fine' | 'quarantined' | 'refused'
  readonly detail: string
}

/** Opens a state directory that holds `image`, uses everything in it, and says what came of it. */
async function openDamaged(image: Uint8Array): Promise<Verdict> {
  const host = createFakeHost()
  const directory = mkdtempSync(join(tmpdir(), 'tidekeep-damage-'))
  writeFileSync(join(directory, 'state.db'), image)
  try {
    await openStoreForReading({ directory, clock: host.clock, log: host.log }).then(
      (store) => store.close(),
      tolerateTyped,
    )
    let opened: OpenedStore
    try {
      opened = await openStore({ directory, clock: host.clock, log: host.log })
    } catch (error) {
      expect(isTidekeepError(error), String(error)).toBe(true)
      expect(
        Buffer.from(image).equals(readFileSync(join(directory, 'state.db'))),
        'a refused file is not touched',
      ).toBe(true)
      return { kind: 'refused', detail: (error as { code: string }).code }
    }
    if (opened.recovered === 'quarantined') {
      expectFresh(opened, directory, image)
      closeTyped(opened)
      return { kind: 'quarantined', detail: opened.note ?? '' }
    }
    const detail = digest(opened)
    useEverything(opened)
    closeTyped(opened)
    return { kind: 'fine', detail }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Every baseline entry and every job, in full. */
function digest({ store }: OpenedStore): string {
  try {
    const trusted = [
      store.baseline.page(FOLDER, '' as RelPath, undefined, ENTRIES * 2),
      store.queue.list({ limit: JOBS * 2 }),
      store.folders.get(FOLDER),
    ]
    const text = JSON.stringify(trusted, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    return createHash('sha256').update(text).digest('hex')
  } catch (error) {
    tolerateTyped(error)
    return 'unreadable'
  }
}

function tolerateTyped(error: unknown): void {
  expect(isTidekeepError(error), String(error)).toBe(true)
}

function closeTyped(opened: OpenedStore): void {
  try {
    opened.store.close()
  } catch (error) {
    tolerateTyped(error)
  }
}

/** A fresh store that knows nothing, with the damaged bytes kept beside it and a sentence that says so. */
function expectFresh({ store, note }: OpenedStore, directory: string, image: Uint8Array): void {
  expect(note).toMatch(/put aside/)
  expect(store.folders.get(FOLDER).compared).toBe(false)
  expect(store.baseline.totals(FOLDER)).toEqual({ files: 0, bytes: 0 })
  const aside = readdirSync(directory).find((name) => /^state\.db\.corrupt-[^.]+Z$/.test(name))
  expect(Buffer.from(image).equals(readFileSync(join(directory, aside!)))).toBe(true)
}

/** Damage that opening cannot see (a bit inside a value) must still leave every row there and every error typed. */
function useEverything({ store }: OpenedStore): void {
  try {
    const known = store.baseline.page(FOLDER, '' as RelPath, undefined, ENTRIES * 2).length
    const { files } = store.baseline.totals(FOLDER)
    const counts = store.queue.counts(FOLDER)
    // The folder's own name may be what was hit: then it is a folder never seen, which is never compared.
    if (store.folders.get(FOLDER).compared || files > 0) expect([known, files]).toEqual([ENTRIES, ENTRIES])
    store.queue.list({ limit: 500 })
    store.queue.claim(FOLDER, 'small', 500)
    store.history.list({ limit: 500 })
    store.folders.problems(FOLDER, 10)
    store.sessions.list()
    store.baseline.put(FOLDER, baselineEntry('written afterwards'))
    store.queue.enqueue(FOLDER, [planned(upload('queued afterwards'))])
    expect(counts.queued).toBeGreaterThanOrEqual(0)
  } catch (error) {
    tolerateTyped(error)
  }
}

describe('a damaged state file', () => {
  it('is put aside or refused, never taken for an empty one, for hundreds of flips, zeroed and exchanged pages and cuts', async () => {
    const good = await goodFile()
    const pages = good.length / PAGE_BYTES
    const random = seededRandom(20_260_101)
    const below = (limit: number): number => Math.floor(random.next() * limit)
    const cases: { name: string; image: Buffer }[] = []
    const add = (name: string, change: (image: Buffer) => Buffer | void): void => {
      const copy = Buffer.from(good)
      cases.push({ name, image: change(copy) ?? copy })
    }
    // Every byte of the header, then anywhere.
    for (let at = 0; at < 100; at++) {
      const bit = 1 << below(8)
      add(`header byte ${at} bit ${bit}`, (image) => void (image[at] = image[at]! ^ bit))
    }
    for (let turn = 0; turn < 140; turn++) {
      const at = below(good.length)
      const bit = 1 << below(8)
      add(`byte ${at} bit ${bit}`, (image) => void (image[at] = image[at]! ^ bit))
    }
    for (let page = 0; page < Math.min(pages, 40); page++)
      add(`page ${page} zeroed`, (image) => void image.fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES))
    for (let turn = 0; turn < 80; turn++) {
      const [a, b] = [below(pages), below(pages)]
      if (a === b) continue
      add(`pages ${a} and ${b} exchanged`, (image) => {
        good.copy(image, a * PAGE_BYTES, b * PAGE_BYTES, (b + 1) * PAGE_BYTES)
        good.copy(image, b * PAGE_BYTES, a * PAGE_BYTES, (a + 1) * PAGE_BYTES)
      })
    }
    for (let turn = 0; turn < 30; turn++) {
      const length = below(good.length)
      add(`cut to ${length}`, (image) => image.subarray(0, length))
    }
    const intact = (await openDamaged(good)).detail
    const tally = { fine: 0, quarantined: 0, refused: 0 }
    for (const { name, image } of cases) {
      const verdict = await openDamaged(image).catch((error: unknown) => {
        throw new Error(`${name}: ${String(error)}`, { cause: error })
      })
      tally[verdict.kind]++
      if (/zeroed|cut/.test(name) && !image.equals(good)) expect(verdict.kind, name).not.toBe('fine')
      // An exchange may stay unseen only where nothing is lost that a pass relies on.
      if (/exchanged/.test(name) && verdict.kind === 'fine') expect(verdict.detail, name).toBe(intact)
    }
    console.log(`${cases.length} damaged files: ${JSON.stringify(tally)}`)
    expect(cases.length).toBeGreaterThan(350)
    expect(tally.quarantined).toBeGreaterThan(150)
  })

  it.each([
    ['an empty file', Buffer.alloc(0)],
    [
      'a text',
      Buffer.from('not a database at all, but longer than a header of one hundred bytes would be. '.repeat(9)),
    ],
    ['zeroes', Buffer.alloc(PAGE_BYTES * 3)],
  ])('is put aside when it is %s', async (_name, image) => {
    expect(await openDamaged(image)).toMatchObject({ kind: 'quarantined' })
  })

  it('is put aside when it is the database of another program', async () => {
    const host = createFakeHost()
    const path = join(host.paths.home, 'other.db')
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 1')
    other.close()
    expect(await openDamaged(readFileSync(path))).toMatchObject({ kind: 'quarantined' })
  })

  it('is put aside when a whole table is gone from it', async () => {
    const host = createFakeHost()
    const path = join(host.paths.home, 'copy.db')
    writeFileSync(path, await goodFile())
    const file = new DatabaseSync(path)
    file.exec('PRAGMA journal_mode = DELETE; DROP TABLE jobs')
    file.close()
    expect(await openDamaged(readFileSync(path))).toMatchObject({ kind: 'quarantined' })
  })

  it('is put aside when a table has all its columns but one, under its name', async () => {
    const host = createFakeHost()
    const path = join(host.paths.home, 'copy.db')
    writeFileSync(path, await goodFile())
    const file = new DatabaseSync(path)
    file.exec('ALTER TABLE sessions RENAME COLUMN token TO other')
    file.close()
    expect(await openDamaged(readFileSync(path))).toMatchObject({ kind: 'quarantined' })
  })

  it('is put aside when entries were taken out of it behind its back', async () => {
    const host = createFakeHost()
    const path = join(host.paths.home, 'copy.db')
    writeFileSync(path, await goodFile())
    const file = new DatabaseSync(path)
    file.exec("PRAGMA journal_mode = DELETE; DELETE FROM baseline WHERE path LIKE 'directory-3/%'")
    file.close()
    const verdict = await openDamaged(readFileSync(path))
    expect(verdict).toMatchObject({ kind: 'quarantined', detail: expect.stringMatching(/do not add up/) })
  })

  it('never lets the log of a lost file be replayed into a new one', async () => {
    const bench = await openBench()
    bench.store.baseline.put(FOLDER, baselineEntry('a'))
    const lost = createFakeHost()
    mkdirSync(lost.paths.state)
    copyFileSync(join(bench.host.paths.state, 'state.db-wal'), join(lost.paths.state, 'state.db-wal'))
    bench.store.close()
    const opened = await openStore({ directory: lost.paths.state, clock: lost.clock, log: lost.log })
    expect(opened.recovered).toBe('quarantined')
    expect(opened.store.baseline.totals(FOLDER).files).toBe(0)
    opened.store.close()
    expect(readdirSync(lost.paths.state).some((name) => name.endsWith('-wal') && name.includes('corrupt'))).toBe(true)
  })

  it('keeps every file it puts aside, also two in the same millisecond', async () => {
    const host = createFakeHost()
    for (let turn = 0; turn < 3; turn++) {
      const opened = await openStore({ directory: host.paths.state, clock: host.clock, log: host.log })
      opened.store.close()
      truncateSync(join(host.paths.state, 'state.db'), 1_000 + turn)
    }
    const opened = await openStore({ directory: host.paths.state, clock: host.clock, log: host.log })
    opened.store.close()
    expect(readdirSync(host.paths.state).filter((name) => name.includes('corrupt'))).toHaveLength(3)
    expect(existsSync(join(host.paths.state, 'state.db'))).toBe(true)
  })

  it('shows as a typed error, not a crash, when it breaks while in use', async () => {
    const bench = await openBench()
    const path = join(bench.host.paths.state, 'state.db')
    bench.store.transaction(() => {
      for (let index = 0; index < 20_000; index++)
        bench.store.baseline.put(FOLDER, baselineEntry(`f-${index}`, 1, `1:${index}`))
    })
    const again = await bench.reopen()
    truncateSync(path, PAGE_BYTES * 20)
    let code = ''
    try {
      for (let after: RelPath | undefined; ;) {
        const page = again.store.baseline.page(FOLDER, '' as RelPath, after, 1_000)
        if (page.length === 0) break
        after = page.at(-1)!.path
      }
    } catch (error) {
      tolerateTyped(error)
      code = (error as { code: string }).code
    }
    expect(code).toBe('corrupt')
    closeTyped(again)
  })
})
