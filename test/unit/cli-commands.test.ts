import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import type { Client, FolderView, JobView, StatusView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import type { Connection } from '../../main/cli/ports.ts'
import { NO_RECORDS } from '../../main/restore/records.ts'
import { CommandLineWorld, fakeSummary, jsonLines } from '../fakes/command-line.ts'
import { ListedTarget } from '../fakes/listed-target.ts'

const folder: FolderView = {
  id: 'f1',
  name: 'Documents',
  path: '/home/me/Documents',
  target: '/mnt/backup',
  mode: 'backup',
  state: 'protected',
  sentence: 'Everything is safe.',
  paused: false,
  files: 12,
  bytes: 3_000_000,
  pendingFiles: 0,
  pendingBytes: 0,
  held: 0,
  holds: [],
  refused: 0,
  skipped: 0,
  dead: 0,
  conflicts: 0,
  problems: 0,
  lastReconcileMs: null,
  lastChangeMs: null,
  coverage: { kind: 'live' },
}
const statusView: StatusView = {
  headline: 'protected',
  sentence: 'All 12 files are safe.',
  version: '1',
  pausedUntil: 0,
  folders: [folder],
  transfers: [],
  progress: null,
  reasons: [],
  attention: [],
}

/** A service that answers with `answers` and remembers what it was asked. */
function serviceOf(answers: Record<string, unknown>): Connection & { readonly asked: unknown[][]; closed: number } {
  const asked: unknown[][] = []
  const service = {
    asked,
    closed: 0,
    call: (async (name: string, params: unknown) => {
      asked.push([name, params])
      if (!(name in answers)) throw new Error(`not expected: ${name}`)
      return answers[name]
    }) as Client['call'],
    subscribe: () => () => undefined,
    close: () => void service.closed++,
  }
  return service
}

function running(answers: Record<string, unknown>): { world: CommandLineWorld; service: ReturnType<typeof serviceOf> } {
  const world = new CommandLineWorld()
  const service = serviceOf(answers)
  world.ports.connect = async () => service
  return { world, service }
}

describe('status', () => {
  it('shows what the service says, and closes the connection', async () => {
    const { world, service } = running({ 'status.get': statusView })
    const ran = await world.run('status')
    expect(ran.exitCode).toBe(0)
    expect(ran.stdout).toContain('All 12 files are safe.')
    expect(ran.stdout).toContain('/home/me/Documents -> /mnt/backup, backup')
    expect(service.closed).toBe(1)
    const json = JSON.parse((await world.run('status', '--json')).stdout) as object
    expect(json).toMatchObject({ type: 'status', running: true, headline: 'protected' })
  })

  it('says without a service that nothing is watched', async () => {
    const world = new CommandLineWorld()
    world.ports.offline = async () => serviceOf({ 'status.get': statusView })
    const ran = await world.run('status')
    expect(ran.exitCode).toBe(0)
    expect(ran.stdout).toContain('not running')
    expect(ran.stdout).not.toContain('All 12 files are safe.')
    expect(JSON.parse((await world.run('status', '--json')).stdout)).toMatchObject({ running: false })
  })

  it('says it once, however many folders there are, beside what else needs attention', async () => {
    const world = new CommandLineWorld()
    const each = { message: 'Nothing is watched: the service is not running.', fix: 'Start it.' }
    const attention = [each, each, { message: '2 files wait for your decision.' }]
    world.ports.offline = async () => serviceOf({ 'status.get': { ...statusView, attention } })
    const { stdout } = await world.run('status')
    expect(stdout.match(/service is not running/g)).toHaveLength(1)
    expect(stdout).toContain('! 2 files wait for your decision.\n')
  })

  it('does not say a reason and once more what needs attention for it', async () => {
    const world = new CommandLineWorld()
    const reasons = [
      { code: 'conflicts', text: 'a: 1 file changed on both sides', lift: 'never' },
      { code: 'limit', text: 'Slow: a limit', lift: 'never' },
    ] as unknown as StatusView['reasons']
    const attention = [{ message: 'a: 1 file changed on both sides. Both versions are safe.', fix: 'Look.' }]
    world.ports.connect = async () => serviceOf({ 'status.get': { ...statusView, reasons, attention } })
    const { stdout } = await world.run('status')
    expect(stdout.match(/changed on both sides/g)).toHaveLength(1)
    expect(stdout).toContain('Slow: a limit.\n')
  })

  it('ends with 10 where nothing is configured', async () => {
    const world = new CommandLineWorld()
    world.ports.offline = async () => serviceOf({ 'status.get': { ...statusView, folders: [] } })
    const ran = await world.run('status')
    expect(ran.exitCode).toBe(10)
    expect(ran.stdout).toContain('tidekeep folder add')
  })
})

describe('held', () => {
  const waiting: FolderView = { ...folder, held: 7, holds: [{ reason: 'suspect', count: 7 }] }
  const job: JobView = {
    id: 3,
    folderId: 'f1',
    kind: 'upload',
    path: 'report.odt',
    size: 0,
    lane: 'small',
    state: 'held',
    attempts: 0,
    notBeforeMs: 0,
    hold: 'report.odt is empty since.',
    holdReason: 'suspect',
  }

  it('says what waits, why, for example which file, and what each answer does', async () => {
    const { world, service } = running({ 'folders.list': [folder, waiting], 'queue.list': [job] })
    const ran = await world.run('held')
    expect(ran.exitCode).toBe(0)
    expect(ran.stdout).toContain('Documents: 7 files that may have lost content wait for your decision.')
    expect(ran.stdout).toContain('upload report.odt')
    expect(ran.stdout).toContain('tidekeep held restore f1 --reason suspect')
    expect(service.asked[1]).toEqual(['queue.list', { state: 'held', folderId: 'f1', reason: 'suspect', limit: 5 }])
    const json = JSON.parse((await world.run('held', 'list', '--json')).stdout) as object
    expect(json).toMatchObject({ type: 'held', held: [{ folderId: 'f1', reason: 'suspect', count: 7 }] })
  })

  it.each(['approve', 'keep', 'restore'])('%s answers for each reason, or for one alone', async (answer) => {
    const holds = [
      { reason: 'suspect' as const, count: 7 },
      { reason: 'mass-delete' as const, count: 3 },
    ]
    const { world, service } = running({
      'folders.list': [{ ...waiting, holds }],
      'folders.decide': folder,
    })
    expect((await world.run('held', answer, 'Documents')).exitCode).toBe(0)
    expect((await world.run('held', answer, 'Documents', '--reason', 'mass-delete')).exitCode).toBe(0)
    expect(service.asked.filter(([name]) => name === 'folders.decide').map(([, params]) => params)).toEqual([
      { id: 'f1', answer, reason: 'suspect' },
      { id: 'f1', answer, reason: 'mass-delete' },
      { id: 'f1', answer, reason: 'mass-delete' },
    ])
  })

  it('says so where nothing waits, and refuses a reason there is not', async () => {
    const { world } = running({ 'folders.list': [folder] })
    expect((await world.run('held')).stdout).toBe('Nothing waits for a decision.\n')
    expect((await world.run('held', 'keep', 'Documents')).stdout).toContain('Nothing of Documents waits')
    expect((await world.run('held', 'keep', 'Documents', '--reason', 'none')).exitCode).toBe(2)
  })
})

describe('what only a running service can do', () => {
  it.each([
    ['folder', 'prove', 'Documents'],
    ['held', 'restore', 'Documents'],
    ['pause', '5m'],
  ])('is refused with 1 where none runs: %s %s', async (...argv) => {
    const ran = await new CommandLineWorld().run(...argv)
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('service is not running') as string })
  })
})

describe('pause and resume', () => {
  it('ask the service, with a duration or until resumed', async () => {
    const { world, service } = running({ 'pause.set': statusView, 'pause.clear': statusView })
    expect((await world.run('pause', '2h')).stdout).toBe('Paused for 2\u00a0h.\n')
    expect((await world.run('pause')).exitCode).toBe(0)
    expect((await world.run('resume', '--json')).stdout).toContain('"type": "resume"')
    expect(service.asked).toEqual([
      ['pause.set', { durationMs: 7_200_000 }],
      ['pause.set', { durationMs: 'forever' }],
      ['pause.clear', {}],
    ])
  })

  it('set aside what slows or stops work, of what can be', async () => {
    const reasons: StatusView['reasons'] = [
      { kind: 'battery', text: 'Paused on battery (9%)', stops: true, lift: 'possible' },
      { kind: 'limit', text: 'Full speed for now', lift: 'lifted' },
      { kind: 'throttled', text: 'OneDrive (ada) asked us to wait until 14:03' },
    ]
    const { world, service } = running({
      'pause.clear': { ...statusView, reasons },
      'status.get': { ...statusView, reasons },
      'speed.lift': statusView,
    })
    const { stdout } = await world.run('status')
    expect(stdout).toContain('Paused on battery (9%). To go on anyway: "tidekeep resume --anyway".')
    expect(stdout).toContain('OneDrive (ada) asked us to wait until 14:03.\n')
    await world.run('resume')
    await world.run('resume', '--anyway')
    expect(service.asked.slice(1)).toEqual([
      ['pause.clear', {}],
      ['pause.clear', {}],
      ['speed.lift', { kind: 'battery', lifted: true }],
    ])
  })

  it('say that they need the service', async () => {
    const ran = await new CommandLineWorld().run('pause')
    expect(ran.exitCode).toBe(1)
    expect(ran.stderr).toContain('tidekeep serve')
  })
})

describe('folder', () => {
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-cli-'))
  it('adds with everything that was said', async () => {
    const { world, service } = running({ 'folders.add': folder })
    const flags = ['--name', 'Docs', '--mode', 'mirror', '--exclude', '*.tmp', '--s3-endpoint', 'http://127.0.0.1:9']
    const ran = await world.run('folder', 'add', place, '--target', 's3://bucket/x', ...flags)
    expect(ran.exitCode).toBe(0)
    const s3 = { endpoint: 'http://127.0.0.1:9' }
    expect(service.asked).toEqual([
      ['folders.add', { path: place, target: 's3://bucket/x', mode: 'mirror', name: 'Docs', ignore: ['*.tmp'], s3 }],
    ])
  })

  it('takes no copy over that is not there, which would be a new one in the wrong place', async () => {
    const place = mkdtempSync(join(tmpdir(), 'tidekeep-cli-'))
    const { world, service } = running({ 'folders.add': folder })
    const ran = await world.run('folder', 'adopt', place, '--target', join(place, '..', 'nowhere', 'copy'))
    expect(ran.exitCode).toBe(13)
    expect(ran.stderr).toContain('nowhere/copy is not there.')
    expect(service.asked).toEqual([])
    expect((await world.run('folder', 'adopt', place, '--target', tmpdir())).exitCode).toBe(0)
    expect(service.asked).toMatchObject([['folders.add', { target: tmpdir(), adopt: { comparePercent: 0 } }]])
  })

  it('finds a folder by id, name or path, and says when there is none', async () => {
    const { world, service } = running({ 'folders.list': [folder], 'folders.remove': {}, 'folders.pause': folder })
    for (const named of ['f1', 'Documents', '/home/me/Documents/']) {
      expect((await world.run('folder', 'pause', named)).exitCode).toBe(0)
    }
    expect((await world.run('folder', 'remove', 'Documents')).stdout).toContain('stays as it is')
    expect(service.asked.at(-1)).toEqual(['folders.remove', { id: 'f1' }])
    const missing = await world.run('folder', 'remove', 'Pictures')
    expect(missing.exitCode).toBe(1)
    expect(missing.stderr).toContain('There is no folder "Pictures"')
    const mistyped = await world.run('folder', 'remove', 'Documnets')
    expect(mistyped.stderr).toContain('There is no folder "Documnets".\n  Did you mean Documents? Look at')
  })

  it('lists as one JSON object', async () => {
    const { world } = running({ 'folders.list': [folder] })
    expect(JSON.parse((await world.run('folder', 'list', '--json')).stdout)).toMatchObject({
      type: 'folders',
      folders: [{ id: 'f1' }],
    })
  })
})

describe('queue', () => {
  const job: JobView = {
    id: 7,
    folderId: 'f1',
    kind: 'upload',
    path: 'a.txt',
    size: 10,
    lane: 'small',
    state: 'dead',
    attempts: 3,
    notBeforeMs: 0,
    failure: { code: 'forbidden', message: 'a.txt cannot be read.' },
  }
  it('lists with the reason, retries and drops', async () => {
    const { world, service } = running({ 'queue.list': [job], 'queue.retry': { count: 1 }, 'queue.drop': { count: 0 } })
    const listed = await world.run('queue', 'list', '--state', 'dead')
    expect(listed.stdout).toBe('7  dead  upload  a.txt  10\u00a0B  a.txt cannot be read.\n')
    expect(service.asked.at(-1)).toEqual(['queue.list', { limit: 100, state: 'dead' }])
    expect((await world.run('queue', 'retry')).exitCode).toBe(0)
    expect((await world.run('queue', 'retry', '7')).exitCode).toBe(0)
    expect(service.asked.at(-1)).toEqual(['queue.retry', { id: 7 }])
    expect((await world.run('queue', 'drop', '9')).exitCode).toBe(1)
  })
})

describe('config', () => {
  it('prints one bare value, so that scripts can use it', async () => {
    const world = new CommandLineWorld()
    world.env = { TIDEKEEP_BANDWIDTH_LIMIT: '1MiB' }
    expect((await world.run('config', 'get', 'bandwidthLimit')).stdout).toBe('1048576\n')
    expect((await world.run('config', 'get', 'guard-files')).stdout).toBe('50\n')
    expect((await world.run('config', 'get', 'heartbeatUrl')).stdout).toBe('\n')
  })

  it('says where a value comes from', async () => {
    const world = new CommandLineWorld()
    world.env = { TIDEKEEP_BANDWIDTH_LIMIT: '1MiB' }
    const ran = await world.run('config', 'explain', 'bandwidthLimit')
    expect(ran.stdout).toBe('bandwidthLimit  environment  TIDEKEEP_BANDWIDTH_LIMIT  1048576\n')
    expect(ran.stderr).toContain('Whoever starts the program sets it, with TIDEKEEP_BANDWIDTH_LIMIT.')
    expect((await world.run('config', 'explain')).stdout).toContain('guardPercent')
  })

  it('says who can change a value, and what would override it', async () => {
    const world = new CommandLineWorld()
    const ran = await world.run('config', 'explain', 'keepDays')
    expect(ran.stderr).toContain('tidekeep config set keepDays VALUE')
    expect(ran.stderr).toContain('TIDEKEEP_KEEP_DAYS would override it')
    expect((await world.run('config', 'explain', 's3.region')).stderr).toContain('--region')
  })

  it('says what is set now, and shows a text that is empty as one', async () => {
    const { world } = running({ 'settings.set': { ...DEFAULT_SETTINGS, heartbeatUrl: '' } })
    expect((await world.run('config', 'set', 'heartbeatUrl', '')).stdout).toBe('heartbeatUrl is now "".\n')
  })

  it.each([
    ['de', 'Numbers and dates follow de, but there are no texts in it: they stay English. There are texts in: en.\n'],
    ['en-GB', ''],
    ['system', ''],
  ])('says of a language that has no texts which ones have: %s', async (language, note) => {
    const { world } = running({ 'settings.set': { ...DEFAULT_SETTINGS, language } })
    const ran = await world.run('config', 'set', 'language', language)
    expect(ran).toMatchObject({ exitCode: 0, stdout: `language is now ${language}.\n`, stderr: note })
  })

  it('warns when the environment overrides what was just set', async () => {
    const { world } = running({ 'settings.set': { ...DEFAULT_SETTINGS, bandwidthLimit: 5 } })
    world.env = { TIDEKEEP_BANDWIDTH_LIMIT: '1MiB' }
    const ran = await world.run('config', 'set', 'bandwidthLimit', '5')
    expect(ran.exitCode).toBe(0)
    expect(ran.stderr).toContain('TIDEKEEP_BANDWIDTH_LIMIT overrides it')
  })
})

describe('provider check', () => {
  it('ticks each check and ends with 6 when one fails', async () => {
    const world = new CommandLineWorld()
    world.ports.openTarget = async () => ({
      target: new ListedTarget() as never,
      requests: () => ({}),
      close: async () => {},
    })
    world.ports.openRecords = async () => ({
      records: NO_RECORDS,
      trees: 0,
      s3: {},
      isNeeded: () => false,
      markChanges: () => () => [],
      close: () => undefined,
    })
    world.ports.checkProvider = async (_target, { onCheck }) => {
      onCheck({ name: 'puts', outcome: 'passed' })
      onCheck({ name: 'moves', outcome: 'skipped', message: 'cannot' })
      onCheck({ name: 'lists', outcome: 'failed', message: 'one is missing' })
      return { leftBehind: undefined }
    }
    const ran = await world.run('provider', 'check', 's3://bucket')
    expect(ran).toMatchObject({ exitCode: 6 })
    expect(ran.stdout).toBe('✓ puts\n- moves: cannot\n✗ lists: one is missing\n1 check failed.\n')
    const lines = jsonLines((await world.run('provider', 'check', 's3://bucket', '--jsonl')).stdout)
    expect(lines.map(({ type }) => type)).toEqual(['check', 'check', 'check', 'provider-check'])
  })

  it.each([
    ['not-found', 13],
    ['unauthenticated', 12],
    ['unavailable', 13],
  ] as const)('says once that nobody answers (%s), and checks nothing', async (code, exitCode) => {
    const world = new CommandLineWorld()
    const next = async (): Promise<never> => {
      throw new TidekeepError({ code, message: 'The bucket does not exist.', fix: 'Create it.' })
    }
    const list = (): AsyncIterable<never> => ({ [Symbol.asyncIterator]: () => ({ next }) })
    const opened = { target: { list } as never, requests: () => ({}), close: async () => undefined }
    world.ports.openTarget = async () => opened
    world.ports.openRecords = async () => ({
      records: NO_RECORDS,
      trees: 0,
      s3: {},
      isNeeded: () => false,
      markChanges: () => () => [],
      close: () => undefined,
    })
    const ran = await world.run('provider', 'check', 's3://bucket')
    expect(ran).toEqual({ exitCode, stdout: '', stderr: 'tidekeep: The bucket does not exist.\n  Create it.\n' })
  })
})

describe('serve --once', () => {
  it('brings every folder up to date, one failure not stopping the others', async () => {
    const world = new CommandLineWorld()
    const settings = ['a', 'b', 'c'].map((name) => ({ ...folder, id: name, name, ignore: [], paused: name === 'b' }))
    world.settings = { ...DEFAULT_SETTINGS, folders: settings }
    const seen: string[] = []
    world.ports.runOnce = async () => {
      seen.push('ran')
      if (seen.length === 1) throw Object.assign(new Error('odd'))
      return fakeSummary()
    }
    const ran = await world.run('serve', '--once', '--json')
    expect(ran.exitCode).toBe(1)
    expect(JSON.parse(ran.stdout)).toMatchObject({ type: 'serve-once', folders: [{ name: 'a' }, { name: 'c' }] })
  })

  it('ends with 10 where nothing is configured', async () => {
    expect((await new CommandLineWorld().run('serve', '--once')).exitCode).toBe(10)
  })
})

describe('a run that stored nothing for want of room', () => {
  const full = { path: 'a', code: 'quota-exceeded', message: 'The disk is full.' } as const
  const refused = { path: 'b', code: 'forbidden', message: 'b cannot be read.' } as const
  const { counts } = fakeSummary()

  it.each([
    ['nothing fitted', 14, { failures: [full] }],
    ['some of it fitted', 3, { failures: [full], counts: { ...counts, uploaded: 1 } }],
    ['something else failed, too', 3, { failures: [full, refused] }],
  ] as const)('%s: %i', async (_what, exitCode, changes) => {
    const world = new CommandLineWorld()
    world.settings = {
      ...DEFAULT_SETTINGS,
      folders: [{ id: 'f', name: 'a', path: tmpdir(), target: '/mnt/x', mode: 'backup', paused: false, ignore: [] }],
    }
    world.ports.runOnce = async () => fakeSummary({ ok: false, exitCode: 3, ...changes })
    const source = mkdtempSync(join(tmpdir(), 'tidekeep-cli-'))
    const ran = await world.run('sync', source, `${source}-target`, '--json')
    expect([ran.exitCode, JSON.parse(ran.stdout)]).toMatchObject([exitCode, { exitCode, ok: false }])
    expect((await world.run('serve', '--once')).exitCode).toBe(exitCode)
  })
})

describe('serve', () => {
  it('says where it is, then stops gracefully at the first signal and at once at the second', async () => {
    for (const [signals, exitCode, expected] of [
      [['SIGTERM'], 0, [undefined]],
      [['SIGINT', 'SIGINT'], 130, [undefined, { now: true }]],
    ] as const) {
      const world = new CommandLineWorld()
      const closes: unknown[] = []
      world.ports.startService = async () => {
        setImmediate(() => {
          for (const signal of signals) world.interrupt(signal)
        })
        return {
          address: 'http://127.0.0.1:1',
          signInUrl: () => 'http://127.0.0.1:1/#t',
          close: async (options) => void closes.push(options),
        }
      }
      const ran = await world.run('serve')
      expect(ran.stdout).toBe('Sign in: http://127.0.0.1:1/#t\n')
      expect(ran.exitCode).toBe(exitCode)
      expect(closes).toEqual(expected)
    }
  })
})

describe('verify and restore', () => {
  function worldOf(
    target: ListedTarget,
    trees: number,
    markChanges: () => () => readonly RelPath[] | undefined = () => () => [],
  ): CommandLineWorld {
    const world = new CommandLineWorld()
    world.ports.openTarget = async () => ({
      target: target as never,
      requests: () => ({ List: 1 }),
      close: async () => {},
    })
    world.ports.openRecords = async () => ({
      records: NO_RECORDS,
      trees,
      s3: {},
      isNeeded: () => false,
      markChanges,
      close: () => undefined,
    })
    return world
  }

  it('restore looks again at what passes changed while the target was listed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tk-rounds-'))
    const target = new ListedTarget()
    target.put('a', 'x')
    let marks = 0
    const markChanges = () => {
      const round = ++marks
      return () => {
        if (round > 1) return []
        target.put('late', 'came meanwhile')
        return ['late' as RelPath, 'a' as RelPath]
      }
    }
    const ran = await worldOf(target, 0, markChanges).run('restore', 's3://bucket', directory, '--json')
    expect([ran.exitCode, marks, readFileSync(join(directory, 'late'), 'utf8')]).toEqual([0, 2, 'came meanwhile'])
    expect(JSON.parse(ran.stdout)).toMatchObject({ counts: { downloaded: 2, failed: 0 } })
    rmSync(directory, { recursive: true })
  })

  it('restore says that something may be missing where passes never stop changing the target', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tk-rounds-'))
    const target = new ListedTarget()
    target.put('a', 'x')
    const restless = worldOf(target, 0, () => () => ['b' as RelPath])
    const ran = await restless.run('restore', 's3://bucket', directory)
    expect([ran.exitCode, ran.stderr]).toEqual([3, expect.stringContaining('files may be missing')])
    const tooMany = await worldOf(target, 0, () => () => undefined).run('restore', 's3://bucket', directory)
    expect(tooMany.exitCode).toBe(3)
    const dry = await worldOf(target, 0, () => () => ['b' as RelPath]).run('restore', 's3://bucket', directory, '-n')
    expect(dry.exitCode).toBe(0)
    rmSync(directory, { recursive: true })
  })

  it('verify ends with 10 rather than call good what it could not compare', async () => {
    const target = new ListedTarget()
    target.put('a', 'x', { checksums: [] })
    expect((await worldOf(target, 0).run('verify', 's3://bucket')).exitCode).toBe(10)
    expect((await worldOf(target, 0).run('verify', 's3://bucket', '--read-data')).exitCode).toBe(10)
  })

  it('verify --read-data takes the target for the target, and ends with 6 for a flipped bit', async () => {
    const target = new ListedTarget()
    target.put('a', 'x')
    expect((await worldOf(target, 0).run('verify', '--read-data', 's3://bucket')).exitCode).toBe(0)
    target.flipBit('a', 1)
    const ran = await worldOf(target, 0).run('verify', 's3://bucket', '--read-data', '--json')
    expect(ran.exitCode).toBe(6)
    expect(JSON.parse(ran.stdout)).toMatchObject({
      type: 'summary',
      command: 'verify',
      ok: false,
      exitCode: 6,
      failures: [{ path: 'a', code: 'corrupt' }],
      findings: [{ path: 'a', kind: 'corrupt' }],
    })
  })

  it('verify --read-data goes on where Ctrl-C cut it off, says so, and begins anew with --restart', async () => {
    const target = new ListedTarget()
    for (let index = 0; index < 60; index++) target.put(`file ${String(index).padStart(2, '0')}`, `content ${index}`)
    const world = worldOf(target, 0)
    target.beforeRead = (path) => {
      if (path === 'file 40') world.interrupt()
    }
    const command = ['verify', 's3://bucket', '--read-data'] as const
    const cut = await world.run(...command)
    expect(cut).toMatchObject({
      exitCode: 130,
      stdout: expect.stringMatching(/same command goes on from here/) as string,
    })
    const next = worldOf(target, 0)
    Object.assign(next, { host: world.host })
    target.readPaths.length = 0
    const rest = await next.run(...command)
    expect(rest).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/Goes on after file 4/) as string })
    expect(target.readPaths).not.toContain('file 30')
    expect(target.readPaths).toContain('file 59')
    target.readPaths.length = 0
    expect((await next.run(...command)).stderr).not.toContain('Goes on')
    expect(target.readPaths).toHaveLength(60)
  })

  it('restore ends with 3 when a file failed, with its summary on stdout', async () => {
    const target = new ListedTarget()
    target.put('../evil', 'x')
    target.put('fine', 'x')
    const directory = join(mkdtempSync(join(tmpdir(), 'tidekeep-cli-')), 'out')
    const ran = await worldOf(target, 0).run('restore', 's3://bucket', directory, '--json')
    expect(ran.exitCode).toBe(3)
    expect(JSON.parse(ran.stdout)).toMatchObject({ command: 'restore', counts: { downloaded: 1, failed: 1 } })
    expect(readFileSync(join(directory, 'fine'), 'utf8')).toBe('x')
  })

  it('say that a target is unreachable with 13', async () => {
    for (const args of [
      ['verify', '/nowhere/at/all'],
      ['restore', '/nowhere/at/all', '/tmp/out'],
    ]) {
      expect((await worldOf(new ListedTarget(), 1).run(...args)).exitCode).toBe(13)
    }
  })
})

describe('ignore check', () => {
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-cli-'))
  const there = join(place, 'there.txt')
  writeFileSync(there, '')

  /** What is said of the path where `place` is kept safe, or nothing is. */
  async function told(isConfigured: boolean, ...args: readonly string[]): Promise<string> {
    const world = new CommandLineWorld()
    world.ports.checkIgnore = async () => ({ ignored: false })
    const kept = { id: 'f', name: 'a', path: place, target: '/t', mode: 'backup', paused: false, ignore: [] } as const
    if (isConfigured) world.settings = { ...DEFAULT_SETTINGS, folders: [kept] }
    const ran = await world.run('ignore', 'check', ...args)
    expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
    return ran.stdout
  }

  it('calls kept safe only what is there, in a folder that is kept safe', async () => {
    expect(await told(true, there)).toBe(`${there} is kept safe.\n`)
    expect(await told(true, join(place, 'gone'))).toBe(`${join(place, 'gone')} is not left out.\n`)
    expect(await told(false, there)).toBe(`${there} is not left out, but lies in no folder that is kept safe.\n`)
    expect(await told(false, there, '--root', place)).toBe(`${there} is not left out.\n`)
  })
})

describe('completion', () => {
  it('prints scripts that the shell accepts', async () => {
    const world = new CommandLineWorld()
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      const { stdout } = await world.run('completion', shell)
      const installed = readFileSync(new URL(`../../resources/completions/tidekeep.${shell}`, import.meta.url), 'utf8')
      expect(stdout, `run: tidekeep completion ${shell} > resources/completions/tidekeep.${shell}`).toBe(installed)
    }
    const { stdout } = await world.run('completion', 'bash')
    expect(spawnSync('bash', ['-n'], { input: stdout }).status).toBe(0)
  })

  it('offers commands, sub-commands and flags in bash, without those of later releases', async () => {
    const { stdout } = await new CommandLineWorld().run('completion', 'bash')
    const complete = (...words: readonly string[]): readonly string[] => {
      const line = words.map((word) => `'${word}'`).join(' ')
      const script = `${stdout}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _tidekeep; printf '%s\\n' "\${COMPREPLY[@]}"`
      return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split('\n')
    }
    expect(complete('tidekeep', 're')).toEqual(['restore', 'resume'])
    expect(complete('tidekeep', 'folder', 'a')).toEqual(['add', 'adopt', 'alarm'])
    expect(complete('tidekeep', '--json', 'sync', 'x', '--max')).toEqual(['--max-delete'])
    expect(complete('tidekeep', 'sync', '--del')).toEqual(['--delete', '--delta-threshold'])
    expect(complete('tidekeep', 'folder', '')).not.toContain('--json')
    // Nothing of its own, so that the shell offers paths.
    for (const words of [
      ['sync', ''],
      ['sync', 'a', ''],
      ['sync', '--exclude-from', ''],
      ['folder', 'add', ''],
    ])
      expect(complete('tidekeep', ...words), words.join(' ')).toEqual([''])
    for (const words of [
      ['--mode', ''],
      ['--mode', '='],
      ['--mode', '=', ''],
    ])
      expect(complete('tidekeep', 'sync', 'a', ...words)).toEqual(['backup', 'mirror', 'two-way'])
    expect(complete('tidekeep', 'completion', '')).toEqual(['bash', 'zsh', 'fish'])
  })
})
