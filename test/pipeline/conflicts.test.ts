import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import { textsBelow } from '../fakes/files-below.ts'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

let base: string
let tidekeep: TidekeepProcesses

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'tk-conflicts-')))
  tidekeep = new TidekeepProcesses(join(base, 'home'))
  for (const side of ['source', 'target']) mkdirSync(join(base, side, 'docs'), { recursive: true })
})

afterEach(() => {
  tidekeep.killAll()
  rmSync(base, { recursive: true, force: true })
})

function write(side: 'source' | 'target', path: string, content: string): void {
  writeFileSync(join(base, side, path), content)
}

/** Files of a side by path, without what Tidekeep keeps there. */
function contents(side: 'source' | 'target'): Readonly<Record<string, string>> {
  return textsBelow(join(base, side))
}

const sync = (...more: string[]) =>
  tidekeep.run('sync', join(base, 'source'), join(base, 'target'), '--mode', 'two-way', ...more)

/** Two files that both sides changed. */
async function conflicted(): Promise<void> {
  for (const path of ['a.txt', 'docs/b.txt']) write('source', path, 'agreed')
  expect((await sync()).exitCode).toBe(0)
  for (const path of ['a.txt', 'docs/b.txt']) {
    write('source', path, `mine of ${path}`)
    write('target', path, `theirs, of ${path}`)
  }
}

describe('conflicts between two folders', () => {
  it('wait, are told of in every run and plan, and can be an exit code', async () => {
    await conflicted()
    const first = await sync('--fail-on-conflict')
    expect([first.exitCode, first.stdout]).toEqual([4, expect.stringContaining('2 conflicts to decide') as string])
    expect(first.stderr).toContain('Run again with --resolve')
    expect(await sync()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('2 conflicts to decide') as string,
    })
    const planned = await tidekeep.json<Summary>(
      'plan',
      join(base, 'source'),
      join(base, 'target'),
      '--mode',
      'two-way',
    )
    expect(planned.counts.conflicts).toBe(2)
    expect(contents('source')).toEqual({ 'a.txt': 'mine of a.txt', 'docs/b.txt': 'mine of docs/b.txt' })
    expect(contents('target')).toEqual({ 'a.txt': 'theirs, of a.txt', 'docs/b.txt': 'theirs, of docs/b.txt' })
  })

  it('are listed by path without being configured, with what decides them, until a folder of its own has them', async () => {
    await conflicted()
    const [source, target] = [join(base, 'source'), join(base, 'target')]
    expect((await sync()).stderr).toContain('See them with "tidekeep conflicts"')
    const listed = await tidekeep.run('conflicts')
    expect(listed).toMatchObject({ exitCode: 0 })
    expect(listed.stdout).not.toContain('There are no conflicts')
    for (const text of [
      `Between ${source} and ${target}:`,
      'a.txt',
      'docs/b.txt',
      'changed on both sides',
      '--resolve',
    ])
      expect(listed.stdout).toContain(text)
    expect((await tidekeep.run('conflicts', 'list', '--limit', '1')).stdout).toContain('and 1 more (--limit)')
    expect((await tidekeep.run('conflicts', 'list', '--kind', 'type')).stdout).toBe('There are no conflicts.\n')
    type Listed = { readonly conflicts: readonly { readonly path: string }[] }
    const { pairs } = await tidekeep.json<{ readonly pairs: readonly Listed[] }>('conflicts')
    expect(pairs).toMatchObject([{ source, target, unresolved: 2 }])
    // Listed as they were found, and both files are read at once.
    expect(pairs[0]?.conflicts.map(({ path }) => path).toSorted()).toEqual(['a.txt', 'docs/b.txt'])
    await tidekeep.run('folder', 'add', source, '--target', target, '--mode', 'two-way')
    expect(await tidekeep.json('conflicts')).toMatchObject({ pairs: [] })
  })

  it.each([
    ['keep-local', 'mine of'],
    ['keep-remote', 'theirs, of'],
  ] as const)('are settled by --resolve %s, those of earlier runs too', async (how, words) => {
    await conflicted()
    await sync()
    // One more that no run has seen yet.
    write('source', 'new.txt', 'mine of new.txt')
    write('target', 'new.txt', 'theirs, of new.txt')
    expect(await sync('--resolve', how, '--fail-on-conflict')).toMatchObject({ exitCode: 0 })
    const expected = Object.fromEntries(['a.txt', 'docs/b.txt', 'new.txt'].map((path) => [path, `${words} ${path}`]))
    expect([contents('source'), contents('target')]).toEqual([expected, expected])
  })

  it('are settled by --resolve keep-both under two names', async () => {
    await conflicted()
    expect(await sync('--resolve', 'keep-both')).toMatchObject({ exitCode: 0 })
    // What got another name is sent by the next pass, if not by this one.
    await sync()
    const there = contents('target')
    expect(contents('source')).toEqual(there)
    expect(Object.values(there).toSorted()).toEqual([
      'mine of a.txt',
      'mine of docs/b.txt',
      'theirs, of a.txt',
      'theirs, of docs/b.txt',
    ])
  })

  it('are for a person again when what would have carried the decision out was dropped', async () => {
    await tidekeep.run('folder', 'add', join(base, 'source'), '--target', join(base, 'target'), '--mode', 'two-way')
    await conflicted()
    await sync()
    expect((await tidekeep.run('conflicts', 'resolve', 'keep-local', '--all')).exitCode).toBe(0)
    const { jobs } = await tidekeep.json<{ readonly jobs: readonly { readonly id: number }[] }>('queue', 'list')
    expect(jobs).toHaveLength(2)
    for (const { id } of jobs) expect((await tidekeep.run('queue', 'drop', String(id))).exitCode).toBe(0)
    await sync()
    const left = await tidekeep.json<{ readonly conflicts: readonly { readonly state: string }[] }>('conflicts')
    expect(left.conflicts.map(({ state }) => state)).toEqual(['open', 'open'])
    expect(await sync('--resolve', 'keep-remote', '--fail-on-conflict')).toMatchObject({ exitCode: 0 })
    expect(contents('source')).toEqual({ 'a.txt': 'theirs, of a.txt', 'docs/b.txt': 'theirs, of docs/b.txt' })
  })

  it('are decided from another command where the folder is configured, without a service, and undone', async () => {
    await tidekeep.run('folder', 'add', join(base, 'source'), '--target', join(base, 'target'), '--mode', 'two-way')
    await conflicted()
    await sync()
    expect((await tidekeep.run('conflicts', 'resolve', 'keep-local', '--all')).exitCode).toBe(0)
    await sync()
    expect(contents('target')).toEqual({ 'a.txt': 'mine of a.txt', 'docs/b.txt': 'mine of docs/b.txt' })
    expect((await tidekeep.run('conflicts', 'undo', '1')).exitCode).toBe(0)
    await sync()
    const both = [contents('source'), contents('target')].map((side) => Object.values(side).join(' | '))
    expect(both.filter((side) => side.includes('theirs'))).toHaveLength(1)
    const { conflicts } = await tidekeep.json<{ readonly conflicts: readonly unknown[] }>('conflicts')
    expect(conflicts).toMatchObject([{ id: 1, state: 'open' }])
  })

  it('of a file against a folder are settled under two names, and the folder comes with what is in it', async () => {
    await tidekeep.run('folder', 'add', join(base, 'source'), '--target', join(base, 'target'), '--mode', 'two-way')
    await sync()
    write('source', 'thing', 'a file')
    mkdirSync(join(base, 'target', 'thing'))
    write('target', 'thing/inside', 'in the folder')
    await sync()
    expect((await tidekeep.run('conflicts', 'resolve', 'keep-both', '1', '--as', 'thing (file)')).exitCode).toBe(0)
    for (let turn = 0; turn < 2; turn++) expect(await sync()).toMatchObject({ exitCode: 0, stderr: '' })
    const both = { 'thing (file)': 'a file', 'thing/inside': 'in the folder' }
    expect([contents('source'), contents('target')]).toEqual([both, both])
    const { conflicts } = await tidekeep.json<{ readonly conflicts: readonly object[] }>(
      'conflicts',
      'list',
      '--resolved',
    )
    expect(conflicts).toMatchObject([{ state: 'resolved', resolution: { kind: 'keep-both' } }])
    expect(conflicts).toMatchObject([{ undoable: true }])
  })

  it('of a folder against a file let what lies below wait: nothing failed, and the exit code is that of conflicts', async () => {
    await tidekeep.run('folder', 'add', join(base, 'source'), '--target', join(base, 'target'), '--mode', 'two-way')
    await sync()
    mkdirSync(join(base, 'source', 'thing/deep'), { recursive: true })
    for (const path of ['thing/inside', 'thing/deep/too']) write('source', path, 'in the folder')
    write('target', 'thing', 'a file')
    for (let turn = 0; turn < 2; turn++) {
      const ran = await tidekeep.run(
        'sync',
        '--json',
        '--fail-on-conflict',
        join(base, 'source'),
        join(base, 'target'),
        '--mode',
        'two-way',
      )
      const { counts, failures } = JSON.parse(ran.stdout) as Summary
      expect([ran.exitCode, failures, counts]).toMatchObject([4, [], { conflicts: 1, waiting: 2, failed: 0 }])
    }
    const shown = await tidekeep.run('conflicts', 'show', '1')
    expect(shown.stdout).toContain('The file at the target gets another name')
    expect((await tidekeep.run('conflicts', 'resolve', 'keep-both', '1', '--as', 'thing (file)')).exitCode).toBe(0)
    for (let turn = 0; turn < 2; turn++)
      expect(await sync('--fail-on-conflict')).toMatchObject({ exitCode: 0, stderr: '' })
    const both = { 'thing (file)': 'a file', 'thing/deep/too': 'in the folder', 'thing/inside': 'in the folder' }
    expect([contents('source'), contents('target')]).toEqual([both, both])
    expect((await tidekeep.run('conflicts', 'undo', '1')).exitCode).toBe(0)
    expect(contents('target')).toEqual({ thing: 'a file' })
    expect(await sync('--fail-on-conflict', '--max-delete', '10')).toMatchObject({ exitCode: 4 })
    const { 'thing (file)': _file, ...folder } = both
    expect([contents('source'), contents('target')]).toEqual([folder, { thing: 'a file' }])
  })

  it.each(['file', 'folder'] as const)(
    'of a file against a folder end when the %s here is renamed by hand',
    async (what) => {
      await sync()
      const [file, folder] = what === 'file' ? (['source', 'target'] as const) : (['target', 'source'] as const)
      write(file, 'thing', 'a file')
      mkdirSync(join(base, folder, 'thing'))
      write(folder, 'thing/inside', 'in the folder')
      expect((await sync()).stdout).toContain('1 conflict to decide')
      renameSync(join(base, 'source', 'thing'), join(base, 'source', 'mine'))
      for (let turn = 0; turn < 2; turn++) await sync()
      expect(await sync('--fail-on-conflict')).toMatchObject({ exitCode: 0 })
      const both =
        what === 'file'
          ? { mine: 'a file', 'thing/inside': 'in the folder' }
          : { 'mine/inside': 'in the folder', thing: 'a file' }
      expect([contents('source'), contents('target')]).toEqual([both, both])
    },
  )

  it('are decided by a rule of the folder without asking', async () => {
    await tidekeep.run('folder', 'add', join(base, 'source'), '--target', join(base, 'target'), '--mode', 'two-way')
    expect(
      (await tidekeep.run('conflicts', 'rules', 'add', join(base, 'source'), 'docs/', 'keep-remote')).exitCode,
    ).toBe(0)
    await conflicted()
    expect((await sync('--fail-on-conflict')).exitCode).toBe(4)
    expect(contents('source')).toEqual({ 'a.txt': 'mine of a.txt', 'docs/b.txt': 'theirs, of docs/b.txt' })
    const settled = await tidekeep.json<{ readonly conflicts: readonly unknown[] }>('conflicts', 'list', '--resolved')
    expect(settled.conflicts).toMatchObject([
      { path: 'docs/b.txt', resolution: { kind: 'keep-remote', rule: 'docs/' }, undoable: true },
    ])
  })

  it('are no reason for --resolve in another mode', async () => {
    const { exitCode, stderr } = await tidekeep.run(
      'sync',
      join(base, 'source'),
      join(base, 'target'),
      '--resolve',
      'newest',
    )
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('only two-way mode') as string])
  })
})
