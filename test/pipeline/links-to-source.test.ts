import { linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import { startEngine } from '../fakes/engine-harness.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { syncOnce } from '../fakes/run-once.ts'

/** Small ones are compared many at once, a large one alone. */
const LARGE_BYTES = 2 * 1024 * 1024
const CONTENTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`sub/file ${index}`, `content ${index}`])),
  large: 'x'.repeat(LARGE_BYTES),
}
const PATHS = Object.keys(CONTENTS)

let place: string
let source: string
let target: string
let host: ReturnType<typeof createFakeHost<typeof realClock>>

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-links-'))
  source = join(place, 'source')
  target = join(place, 'target')
  for (const [path, content] of Object.entries(CONTENTS)) write(source, path, content)
  host = createFakeHost({ clock: realClock })
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** In place, as many programs do: the same file under all its names. */
function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

/** As `cp -al` does it. */
function seedWithLinks(): void {
  for (const path of PATHS) {
    mkdirSync(dirname(join(target, path)), { recursive: true })
    linkSync(join(source, path), join(target, path))
  }
}

const sync = (mode: 'mirror' | 'two-way'): Promise<Summary> => syncOnce(host, { source, target, mode })
const inode = (path: string): bigint => lstatSync(path, { bigint: true }).ino
const shared = (): readonly string[] => PATHS.filter((path) => inode(join(source, path)) === inode(join(target, path)))
const contents = (root: string): Readonly<Record<string, string>> =>
  Object.fromEntries(PATHS.map((path) => [path, readFileSync(join(root, path), 'utf8')]))

/** Everything below the target but its own files and folders: what is kept of earlier versions. */
function kept(): readonly string[] {
  const area = join(target, '.tidekeep/kept')
  try {
    return readdirSync(area, { recursive: true }).map(String)
  } catch {
    return []
  }
}

describe.each(['mirror', 'two-way'] as const)('a target whose files are the source under second names (%s)', (mode) => {
  it('gets a copy of each, and keeps none of those names as an earlier version', async () => {
    seedWithLinks()
    const summary = await sync(mode)
    expect(summary).toMatchObject({ ok: true, counts: { failed: 0, conflicts: 0 }, failures: [] })
    expect(shared()).toEqual([])
    expect([contents(source), contents(target)]).toEqual([CONTENTS, CONTENTS])
    expect(kept()).toEqual([])
  })

  it('does nothing the next time', async () => {
    seedWithLinks()
    await sync(mode)
    expect(await sync(mode)).toMatchObject({ ok: true, actions: [] })
  })

  it('gets them as well where a file was agreed on and became such a name later', async () => {
    await sync(mode)
    for (const [from, to] of [
      [source, target],
      [target, source],
    ] as const) {
      for (const path of PATHS.slice(from === source ? 0 : 5, from === source ? 5 : 10)) {
        rmSync(join(to, path))
        linkSync(join(from, path), join(to, path))
      }
    }
    expect(shared()).toHaveLength(10)
    expect(await sync(mode)).toMatchObject({ ok: true, counts: { failed: 0, conflicts: 0 } })
    expect(shared()).toEqual([])
    expect([contents(source), contents(target), kept()]).toEqual([CONTENTS, CONTENTS, []])
    expect(await sync(mode)).toMatchObject({ ok: true, actions: [] })
  })
})

describe('one file with several names on both sides', () => {
  it('becomes one of its own for each name at the target, and stays one here', async () => {
    for (let index = 0; index < 10; index++) linkSync(join(source, 'large'), join(source, `sub/file ${index} again`))
    seedWithLinks()
    for (let index = 0; index < 10; index++) linkSync(join(source, 'large'), join(target, `sub/file ${index} again`))
    expect(await sync('mirror')).toMatchObject({ ok: true, counts: { failed: 0 }, failures: [] })
    expect(lstatSync(join(source, 'large')).nlink).toBe(11)
    expect(lstatSync(join(target, 'large')).nlink).toBe(1)
  })
})

describe('a backup that began with links to the source', () => {
  it('stays as it was when a file is edited in place', async () => {
    seedWithLinks()
    const harness = await startEngine({ place })
    try {
      await harness.until('protected')
      expect(shared()).toEqual([])
      await harness.stop()
    } finally {
      write(source, PATHS[0]!, 'edited in place')
    }
    expect(contents(target)).toEqual(CONTENTS)
  })

  it('is one again where a program makes one file of both while it is followed', async () => {
    const harness = await startEngine({ place })
    await harness.until('protected')
    const [to, from] = ['large', PATHS[0]!]
    rmSync(join(source, to))
    linkSync(join(target, to), join(source, to))
    rmSync(join(target, from))
    linkSync(join(source, from), join(target, from))
    expect(shared()).toHaveLength(2)
    harness.watcher.hint([to, from])
    await expect.poll(shared, { timeout: 20_000 }).toEqual([])
    await harness.until('protected')
    await harness.stop()
    expect([contents(source), contents(target), kept()]).toEqual([CONTENTS, CONTENTS, []])
  })

  it('is made anew where a file is taken for the same by what is recorded of it', async () => {
    seedWithLinks()
    const harness = await startEngine({ place, folder: { adopt: { comparePercent: 0 } } })
    expect(await harness.until('protected')).toMatchObject({ files: PATHS.length })
    expect(harness.folder().recordedFiles).toBeUndefined()
    await harness.stop()
    expect(shared()).toEqual([])
  })
})
