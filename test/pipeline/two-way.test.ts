import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import type { Summary } from '../../common/protocol.ts'
import { copyPath } from '../../main/conflicts/copy-name.ts'
import type { RunOnceOptions } from '../../main/run-once.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { syncOnce } from '../fakes/run-once.ts'

let place: string
let here: string
let there: string
let host: ReturnType<typeof createFakeHost<typeof realClock>>

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-two-way-'))
  here = join(place, 'here')
  there = join(place, 'there')
  mkdirSync(here)
  mkdirSync(there)
  host = createFakeHost({ clock: realClock })
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

function sync(options: Partial<RunOnceOptions> = {}): Promise<Summary> {
  return syncOnce(host, { source: here, target: there, mode: 'two-way' }, options)
}

const write = (side: string, path: string, content: string, mtimeMs?: number): void => {
  mkdirSync(dirname(join(side, path)), { recursive: true })
  writeFileSync(join(side, path), content)
  if (mtimeMs !== undefined) utimesSync(join(side, path), mtimeMs / 1000, mtimeMs / 1000)
}

/** Every file and folder of one side with its content, Tidekeep's own area left out. */
function tree(side: string, below = ''): Record<string, string> {
  return Object.assign(
    {},
    ...readdirSync(join(side, below), { withFileTypes: true })
      .filter(({ name }) => below !== '' || name !== '.tidekeep')
      .map((entry) => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`
        return entry.isDirectory()
          ? { [`${path}/`]: '', ...tree(side, path) }
          : { [path]: readFileSync(join(side, path), 'utf8') }
      }),
  ) as Record<string, string>
}

/** Contents of what one side keeps. */
function kept(side: string): string[] {
  const area = join(side, '.tidekeep/kept')
  if (!existsSync(area)) return []
  return Object.entries(tree(area))
    .filter(([path]) => !path.endsWith('/'))
    .map(([, content]) => content)
    .toSorted()
}

/** Synchronises until a run finds nothing, and gives what the runs before it did. */
async function settle(options: Partial<RunOnceOptions> = {}): Promise<readonly string[]> {
  const did: string[] = []
  for (let turn = 0; turn < 6; turn++) {
    const { actions } = await sync(options)
    if (actions.length === 0) return did
    did.push(...actions.map(({ kind, method, path }) => `${kind}/${method} ${path}`))
  }
  throw new Error(`it never comes to rest: ${did.join(', ')}`)
}

const FIRST = { a: 'first a', 'd/b': 'first b', 'd/c': 'first c' }

async function agreeOn(files: Record<string, string> = FIRST): Promise<void> {
  for (const [path, content] of Object.entries(files)) write(here, path, content, 1_600_000_000_000)
  await settle()
  expect(tree(there)).toEqual(tree(here))
}

describe('two folders that follow each other', () => {
  it('join what either has, and then find nothing to do', async () => {
    write(here, 'only here', '1')
    write(there, 'only there', '2')
    write(there, 'deep/er/file', '3')
    mkdirSync(join(there, 'empty'))
    mkdirSync(join(here, 'empty too'))
    await settle()
    expect(tree(here)).toEqual({
      'only here': '1',
      'only there': '2',
      'deep/': '',
      'deep/er/': '',
      'deep/er/file': '3',
      'empty/': '',
      'empty too/': '',
    })
    expect(tree(there)).toEqual(tree(here))
    expect((await sync()).actions).toEqual([])
  })

  it('take over what is the same already, without sending or fetching, with the newer times', async () => {
    write(here, 'old here', 'same', 1_600_000_000_000)
    write(there, 'old here', 'same', 1_700_000_000_000)
    write(here, 'new here', 'same', 1_700_000_000_000)
    write(there, 'new here', 'same', 1_600_000_000_000)
    const did = await settle()
    expect(did.toSorted()).toEqual(['settle/adopt new here', 'settle/metadata old here'])
    for (const side of [here, there])
      for (const name of ['old here', 'new here']) expect(statSync(join(side, name)).mtimeMs).toBe(1_700_000_000_000)
  })

  it('bring a change at the target here, and keep what it took the place of', async () => {
    await agreeOn()
    write(there, 'a', 'edited there')
    expect(await settle()).toEqual(['download/download a'])
    expect(tree(here)).toMatchObject({ a: 'edited there' })
    expect(kept(here)).toEqual(['first a'])
    expect(statSync(join(here, 'a')).mtimeMs).toBeCloseTo(statSync(join(there, 'a')).mtimeMs, 1)
  })

  it('bring a deletion at the target here, and keep the file', async () => {
    await agreeOn()
    rmSync(join(there, 'd'), { recursive: true })
    await settle()
    expect(tree(here)).toEqual({ a: 'first a' })
    expect(kept(here)).toEqual(['first b', 'first c'])
  })

  it('follow a rename at the target without fetching', async () => {
    await agreeOn()
    renameSync(join(there, 'd'), join(there, 'e'))
    const did = await settle()
    expect(did.filter((each) => each.includes('download'))).toEqual([])
    expect(did).toContain('move-local/move-local e/b')
    expect(tree(here)).toEqual({ a: 'first a', 'e/': '', 'e/b': 'first b', 'e/c': 'first c' })
    expect(kept(here)).toEqual([])
  })

  it('let an edit beat a deletion, whichever side it is on', async () => {
    await agreeOn()
    write(here, 'a', 'edited here')
    rmSync(join(there, 'a'))
    rmSync(join(here, 'd/b'))
    write(there, 'd/b', 'edited there')
    await settle()
    expect(tree(here)).toEqual({ a: 'edited here', 'd/': '', 'd/b': 'edited there', 'd/c': 'first c' })
    expect(tree(there)).toEqual(tree(here))
  })

  it('leave two versions as they are where both were edited, once, until one of them changes', async () => {
    await agreeOn()
    write(here, 'a', 'edited here')
    write(there, 'a', 'edited there')
    const first = await sync()
    expect(first).toMatchObject({ exitCode: 0, counts: { conflicts: 1, failed: 0 } })
    expect((await sync()).actions).toEqual([])
    expect([readFileSync(join(here, 'a'), 'utf8'), readFileSync(join(there, 'a'), 'utf8')]).toEqual([
      'edited here',
      'edited there',
    ])
    expect([kept(here), kept(there)]).toEqual([[], []])
    // Who makes both the same ends it.
    write(there, 'a', 'edited here')
    await settle()
    write(here, 'a', 'and on')
    expect(await settle()).toEqual(['upload/whole a'])
  })

  it('take what is older than what was agreed on for a mistake, not for an update', async () => {
    await agreeOn()
    write(there, 'a', 'from a backup', 1_500_000_000_000)
    expect(await sync()).toMatchObject({ counts: { conflicts: 1 } })
    expect(tree(here)).toMatchObject({ a: 'first a' })
    expect(tree(there)).toMatchObject({ a: 'from a backup' })
  })

  it('follow a file that became a folder, and a folder that became a file, on either side', async () => {
    await agreeOn({ h1: 'x', 'h2/in': 'x', t1: 'x', 't2/in': 'x' })
    rmSync(join(here, 'h1'))
    write(here, 'h1/in', 'new')
    rmSync(join(here, 'h2'), { recursive: true })
    write(here, 'h2', 'new')
    rmSync(join(there, 't1'))
    write(there, 't1/in', 'new')
    rmSync(join(there, 't2'), { recursive: true })
    write(there, 't2', 'new')
    await settle()
    expect(tree(here)).toEqual({ 'h1/': '', 'h1/in': 'new', h2: 'new', 't1/': '', 't1/in': 'new', t2: 'new' })
    expect(tree(there)).toEqual(tree(here))
  })

  it('ask before they empty the folder because the target was emptied, and copy it there again if told to keep it', async () => {
    await agreeOn()
    for (const name of ['a', 'd']) rmSync(join(there, name), { recursive: true })
    expect(await sync()).toMatchObject({ exitCode: 5, counts: { deleted: 0, held: 4 } })
    expect(tree(here)).toMatchObject(FIRST)
    await settle({ held: 'keep' })
    expect(tree(there)).toMatchObject(FIRST)
    for (const name of ['a', 'd']) rmSync(join(there, name), { recursive: true })
    await sync()
    await settle({ held: 'approve' })
    expect(tree(here)).toEqual({})
    expect(kept(here)).toEqual(['first a', 'first b', 'first c'])
  })

  it('write nothing into the empty mount point that an unplugged disk leaves behind', async () => {
    await agreeOn()
    renameSync(here, join(place, 'elsewhere'))
    mkdirSync(here)
    write(there, 'a', 'edited there')
    await expect(sync()).rejects.toMatchObject({ code: 'unavailable' })
    expect(readdirSync(here)).toEqual([])
    expect(tree(there)).toMatchObject({ ...FIRST, a: 'edited there' })
    rmSync(here, { recursive: true })
    renameSync(join(place, 'elsewhere'), here)
    await settle()
    expect(tree(here)).toMatchObject({ a: 'edited there' })
  })

  it('leave what the ignore rules leave out where it is, on both sides', async () => {
    write(there, 'a.part', '1')
    write(there, 'skip/x', '2')
    write(here, 'skip/y', '3')
    write(there, 'b', '4')
    await settle({ ignore: ['*.part', 'skip/'] })
    expect(tree(here)).toEqual({ 'skip/': '', 'skip/y': '3', b: '4' })
    expect(tree(there)).toEqual({ 'a.part': '1', 'skip/': '', 'skip/x': '2', b: '4' })
  })

  it('carry a large file, an empty one and a mode over', async () => {
    await agreeOn()
    write(there, 'large', 'x'.repeat(20_000_000))
    write(there, 'empty', '')
    write(there, 'run.sh', '#!')
    chmodSync(join(there, 'run.sh'), 0o750)
    await settle()
    expect(tree(here)).toEqual(tree(there))
    expect(statSync(join(here, 'run.sh')).mode & 0o777).toBe(0o750)
    chmodSync(join(there, 'run.sh'), 0o700)
    await settle()
    expect(statSync(join(here, 'run.sh')).mode & 0o777).toBe(0o700)
  })

  it('make one copy of a version that keeps both, also where a crash left it under its old name and its new one', async () => {
    await agreeOn()
    write(here, 'a', 'edited here')
    write(there, 'a', 'edited there, too')
    await sync()
    const deviceName = 'desk'
    const copy = copyPath('a' as RelPath, { hostName: deviceName, nowMs: host.clock.now() })
    linkSync(join(here, 'a'), join(here, copy))
    await settle({ resolve: 'keep-both', deviceName })
    expect(tree(here)).toEqual({ ...FIRST, 'd/': '', a: 'edited there, too', [copy]: 'edited here' })
    expect(tree(there)).toEqual(tree(here))
  })

  it('compare everything again after their state is lost, and delete nothing', async () => {
    await agreeOn()
    rmSync(join(there, 'd/b'))
    rmSync(join(here, 'a'))
    rmSync(host.paths.state, { recursive: true, force: true })
    await settle()
    expect(tree(here)).toMatchObject(FIRST)
    expect(tree(there)).toEqual(tree(here))
  })

  it('say what they would do, and do nothing, when asked for a plan', async () => {
    await agreeOn()
    write(there, 'new', 'n')
    write(there, 'a', 'edited there')
    rmSync(join(there, 'd/b'))
    const before = [tree(here), tree(there)]
    const { actions, counts } = await sync({ dryRun: true })
    expect(actions.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'download a',
      'remove-local d/b',
      'download new',
    ])
    expect(counts).toMatchObject({ downloaded: 2, deleted: 1 })
    expect([tree(here), tree(there)]).toEqual(before)
  })
})

describe('a plan', () => {
  const plan = (options: Partial<RunOnceOptions> = {}): Promise<Summary> => sync({ ...options, dryRun: true })

  it('tells conflicts that sizes alone show, leaves the others to be compared, and the run finds them all', async () => {
    write(here, 'longer', 'one here')
    write(there, 'longer', 'one')
    write(here, 'same', '1')
    write(there, 'same', '2')
    const planned = await plan()
    expect(planned.actions.map(({ kind, path, method }) => [kind, path, method])).toEqual([
      ['settle', 'longer', 'conflict'],
      ['settle', 'same', 'adopt'],
    ])
    expect(planned.counts).toMatchObject({ conflicts: 1, metadata: 1 })
    expect((await sync()).counts.conflicts).toBe(2)
    // Those that are open are told by the next plan, once each.
    expect((await plan()).counts.conflicts).toBe(2)
  })

  it('calls nothing a conflict that a rule may settle', async () => {
    write(here, 'longer', 'one here')
    write(there, 'longer', 'one')
    expect((await plan({ resolve: 'newest' })).counts.conflicts).toBe(0)
  })
})
