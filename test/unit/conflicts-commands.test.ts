import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallName, FolderView, Handlers } from '../../common/protocol.ts'
import { CommandLineWorld } from '../fakes/command-line.ts'
import { ConflictBench } from '../fakes/conflict-bench.ts'

const TEXT = 'one\ntwo\nthree\nfour\nfive\n'

let bench: ConflictBench
let world: CommandLineWorld

beforeEach(async () => {
  bench = await ConflictBench.open()
  world = new CommandLineWorld()
  const { id, name, path } = bench.folder
  const handlers: Partial<Handlers> = {
    ...bench.handlers,
    'folders.list': async () => [{ id, name, path } as FolderView],
  }
  world.ports.connect = async () => ({
    call: async (name: CallName, params: never) => handlers[name]!(params, { transport: 'socket' }),
    subscribe: () => () => undefined,
    close: () => undefined,
  })
})

afterEach(() => bench.close())

const conflicts = (...argv: string[]) => world.run('conflicts', ...argv)

describe('tidekeep conflicts', () => {
  it('lists what waits, and says so where nothing does', async () => {
    expect(await conflicts('list')).toMatchObject({ exitCode: 0, stdout: 'There are no conflicts.\n' })
    const { id } = await bench.conflict('a\u202Etxt.exe', { local: 'mine', remote: 'theirs' })
    const { stdout, exitCode } = await conflicts('list', '--folder', 'Documents')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^1 {2}Documents {2}a\\u202etxt\.exe {2}changed on both sides {2}4\u00a0B here, 6\u00a0B there {2}newer here\n$/,
    )
    const json = JSON.parse((await conflicts('list', '--json')).stdout) as unknown
    expect(json).toMatchObject({ type: 'conflicts', unresolved: 1, conflicts: [{ id, state: 'open' }] })
    expect((await conflicts('list', '--kind', 'type')).stdout).toBe('There are no conflicts.\n')
  })

  it('shows how both versions differ, and what can be done', async () => {
    const versions = { base: TEXT, local: TEXT.replace('one', 'ONE'), remote: TEXT.replace('five', 'FIVE') }
    await bench.conflict('a.txt', versions)
    const { stdout } = await conflicts('show', '1')
    for (const line of ['-ONE\n', '+one\n', '-five\n', '+FIVE\n', 'conflicts resolve merge 1', 'Advice: merge.'])
      expect(stdout).toContain(line)
  })

  it('decides one, and opens it again', async () => {
    await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    const done = await conflicts('resolve', 'keep-both', '1', '--as', 'a (mine).txt')
    expect(done).toMatchObject({ exitCode: 0 })
    expect(done.stdout).toContain('Decided 1 conflict')
    await bench.carryOut()
    expect(bench.read('source', 'a (mine).txt')).toBe('mine')
    expect((await conflicts('list', '--resolved')).stdout).toContain('now a (mine).txt, can be undone')
    const undone = await conflicts('undo', '1', '--json')
    expect(JSON.parse(undone.stdout)).toMatchObject({
      type: 'conflicts-undone',
      ok: true,
      items: [{ outcome: 'reopened' }],
    })
    expect([bench.read('source', 'a.txt'), bench.read('target', 'a.txt')]).toEqual(['mine', 'theirs'])
  })

  it('decides all that match, in one go; a dry run only counts', async () => {
    for (const path of ['a.xlsx', 'b/c.xlsx', 'd.txt']) await bench.conflict(path, { local: 'mine', remote: 'theirs' })
    const all = ['resolve', 'keep-remote', '--all', '--pattern', '*.xlsx']
    expect((await conflicts(...all, '-n')).stdout).toBe('Would decide 2 conflicts (newer here: 2, newer there: 0).\n')
    expect(bench.queued()).toEqual([])
    expect((await conflicts(...all)).stdout).toContain('Decided 2 conflicts')
    expect(bench.queued()).toHaveLength(2)
  })

  it('ends with 3 where something changed since', async () => {
    await bench.conflict('a.txt', { local: 'mine', remote: 'theirs' })
    bench.write('target', 'a.txt', 'newer still')
    const { exitCode, stdout } = await conflicts('resolve', 'keep-local', '1')
    expect(exitCode).toBe(3)
    expect(stdout).toContain('changed since, left alone')
  })

  it.each([
    [['resolve', 'keep-mine', '1'], /is no decision/],
    [['resolve', 'keep-local'], /Say which/],
    [['resolve', 'keep-local', '1', '--all'], /Say which/],
    [['resolve', 'keep-local', 'x'], /is no id/],
    [['resolve', 'keep-local', '7'], /does not wait/],
    [['resolve', 'keep-local', '7', '--as', 'x'], /--as needs/],
    [['list', '--path', 'x'], /--path needs --folder/],
    [['rules', 'add', 'Documents', '*.txt', 'oldest'], /oldest/],
  ])('refuses %j as wrong usage', async (argv, message) => {
    const { exitCode, stderr } = await conflicts(...argv)
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message) as string])
  })

  it('lists, adds and removes rules', async () => {
    expect((await conflicts('rules')).stdout).toContain('There are no rules')
    expect((await conflicts('rules', 'add', 'Documents', '*.xlsx', 'newest')).stdout).toBe(
      'Documents  *.xlsx  newest\n',
    )
    expect(await conflicts('rules', 'remove', 'Documents', '*.xlsx')).toMatchObject({ exitCode: 0 })
    expect(await conflicts('rules', 'remove', 'Documents', '*.xlsx')).toMatchObject({ exitCode: 1 })
  })
})
