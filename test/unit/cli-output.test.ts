import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TidekeepError, type ErrorCode } from '../../common/errors.ts'
import { EXIT_BY_ERROR } from '../../main/cli/exit-codes.ts'
import { wantsColor } from '../../main/cli/output.ts'
import { printable } from '../../main/cli/printable.ts'
import type { RunOnce } from '../../main/run-once.ts'
import { CommandLineWorld, fakeSummary, FakeStream, jsonLines } from '../fakes/command-line.ts'

const source = mkdtempSync(join(tmpdir(), 'tidekeep-cli-'))
const target = '/tmp/somewhere/else'
const MIB = 1024 ** 2

function worldOf(runOnce: RunOnce): CommandLineWorld {
  const world = new CommandLineWorld()
  world.ports.runOnce = runOnce
  return world
}

const busyRun: RunOnce = async (_host, { onEvent }) => {
  onEvent({
    type: 'progress',
    phase: 'transferring',
    scanned: 2,
    filesDone: 1,
    filesTotal: 2,
    bytesDone: 5,
    bytesTotal: 9,
  })
  onEvent({ type: 'action', kind: 'upload', path: 'a.txt', bytesSent: 5, bytesReused: 0, method: 'whole' })
  onEvent({ type: 'failure', path: 'b.txt', code: 'forbidden', message: 'b.txt cannot be read.', fix: 'Allow it.' })
  const counts = { ...fakeSummary().counts, uploaded: 1, failed: 1 }
  return fakeSummary({ ok: false, exitCode: 3, counts, failures: [{ path: 'b.txt', code: 'forbidden', message: 'x' }] })
}

describe('the JSON modes', () => {
  it('print exactly one object with --json, and everything else on stderr', async () => {
    const ran = await worldOf(busyRun).run('sync', source, target, '--json')
    const summary = JSON.parse(ran.stdout) as Record<string, unknown>
    expect(summary).toMatchObject({ type: 'summary', command: 'sync', ok: false, exitCode: 3, dryRun: false })
    expect(Object.keys(summary)).toEqual(
      expect.arrayContaining(['durationMs', 'counts', 'bytes', 'requests', 'actions', 'failures']),
    )
    expect(ran.stderr).toContain('b.txt cannot be read. Allow it.')
    expect(ran.exitCode).toBe(3)
  })

  it('print one object a line with --jsonl, each with type and ts, the summary last', async () => {
    const lines = jsonLines((await worldOf(busyRun).run('sync', source, target, '--jsonl')).stdout)
    expect(lines.map(({ type }) => type)).toEqual(['progress', 'action', 'failure', 'summary'])
    for (const line of lines) expect(Number.isNaN(Date.parse(line['ts'] as string))).toBe(false)
    expect(lines.at(-1)).toMatchObject({ command: 'sync', exitCode: 3 })
  })

  it.each(['--json', '--jsonl'])('print an error as the object of %s, and as a sentence on stderr', async (flag) => {
    const world = worldOf(async () => {
      throw new TidekeepError({ code: 'unavailable', message: 'The store is away.', fix: 'Wait.', path: 's3://b' })
    })
    const ran = await world.run('sync', source, target, flag)
    expect(jsonLines(flag === '--jsonl' ? ran.stdout : JSON.stringify(JSON.parse(ran.stdout)))).toMatchObject([
      { type: 'error', code: 'unavailable', message: 'The store is away.', fix: 'Wait.', exitCode: 13 },
    ])
    expect(ran.stderr).toBe('tidekeep: The store is away.\n  Wait.\n')
    expect(ran.exitCode).toBe(13)
  })

  it('print usage errors as an object, too', async () => {
    const ran = await new CommandLineWorld().run('sync', '--json')
    expect(JSON.parse(ran.stdout)).toMatchObject({ type: 'error', code: 'invalid', exitCode: 2 })
    const lines = await new CommandLineWorld().run('frobnicate', '--jsonl')
    expect(jsonLines(lines.stdout)).toMatchObject([{ type: 'error', exitCode: 2 }])
  })

  it('name the command plan, though the same engine ran', async () => {
    const ran = await worldOf(async () => fakeSummary({ dryRun: true })).run('plan', source, target, '--json')
    expect(JSON.parse(ran.stdout)).toMatchObject({ command: 'plan', dryRun: true })
  })
})

describe('exit codes', () => {
  const expected: Record<ErrorCode, number> = {
    'not-found': 1,
    'already-exists': 1,
    'precondition-failed': 1,
    unauthenticated: 12,
    forbidden: 12,
    throttled: 13,
    'quota-exceeded': 14,
    unavailable: 13,
    timeout: 13,
    corrupt: 1,
    unsupported: 1,
    invalid: 2,
    changed: 1,
    vanished: 1,
    locked: 11,
    'in-use': 1,
    cancelled: 130,
    internal: 1,
  }
  it('cover every error code as published', () => expect(EXIT_BY_ERROR).toEqual(expected))

  it.each(Object.entries(expected))('end with the code of %s', async (code, exitCode) => {
    const world = worldOf(async () => {
      throw new TidekeepError({ code: code as ErrorCode, message: 'Something.' })
    })
    // The source is there, so for a pass `not-found` is the target: unreachable.
    expect((await world.run('sync', source, target)).exitCode).toBe(code === 'not-found' ? 13 : exitCode)
  })

  it('are those of the summary: some files failed, guard', async () => {
    for (const exitCode of [3, 5]) {
      const ran = await worldOf(async () => fakeSummary({ ok: false, exitCode })).run('sync', source, target)
      expect(ran.exitCode).toBe(exitCode)
    }
  })

  it('tell conflicts with --fail-on-conflict only', async () => {
    const world = worldOf(async () => fakeSummary({ counts: { ...fakeSummary().counts, conflicts: 1 } }))
    expect((await world.run('sync', source, target)).exitCode).toBe(0)
    const ran = await world.run('sync', source, target, '--fail-on-conflict', '--json')
    expect(ran.exitCode).toBe(4)
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, exitCode: 4 })
  })

  it('are 0 where something went away meanwhile, of which the summary tells', async () => {
    const world = worldOf(async () => fakeSummary({ counts: { ...fakeSummary().counts, vanished: 2 } }))
    const ran = await world.run('sync', source, target)
    expect([ran.exitCode, ran.stdout]).toEqual([
      0,
      expect.stringContaining('2 files or folders went away while this run was under way') as string,
    ])
  })

  it('tell that there is something to do with plan --detailed-exitcode only', async () => {
    const action = { kind: 'upload', path: 'a', bytesSent: 1, bytesReused: 0, method: 'whole' } as const
    const world = worldOf(async () => fakeSummary({ dryRun: true, actions: [action] }))
    expect((await world.run('plan', source, target)).exitCode).toBe(0)
    expect((await world.run('plan', source, target, '--detailed-exitcode')).exitCode).toBe(6)
    const idle = worldOf(async () => fakeSummary({ dryRun: true }))
    expect((await idle.run('plan', source, target, '--detailed-exitcode')).exitCode).toBe(0)
  })
})

describe('Ctrl-C', () => {
  it('stops gracefully first, ends at the second, leaves at the third', async () => {
    const seen: boolean[][] = []
    const world = worldOf(async (_host, { stop, kill }) => {
      for (let turn = 0; turn < 3; turn++) {
        world.interrupt()
        seen.push([stop.aborted, kill.aborted])
      }
      return fakeSummary({ exitCode: 0 })
    })
    const ran = await world.run('sync', source, target, '--json')
    expect(seen).toEqual([
      [true, false],
      [true, true],
      [true, true],
    ])
    expect(world.left).toEqual([130])
    expect(ran.exitCode).toBe(130)
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: false, exitCode: 130 })
  })
})

describe('what a person sees', () => {
  it('has no progress without a terminal', async () => {
    expect((await worldOf(busyRun).run('sync', source, target)).stderr).not.toContain('\r')
  })

  it('has one progress line on a terminal, cleared before anything else is printed', async () => {
    const world = worldOf(busyRun)
    world.stderr.isTTY = true
    world.env = { NO_COLOR: '1' }
    const ran = await world.run('sync', source, target)
    expect(ran.stderr).toContain('\r\u001B[K1 of 2 files · 5\u00a0B of 9\u00a0B')
    expect(ran.stderr).toContain('\r\u001B[Kwarning: b.txt')
    expect(ran.stderr.endsWith('\r\u001B[K')).toBe(true)
    expect(ran.stdout).toContain('1 file uploaded')
  })

  it('says nothing but failures with -q, and each action with -v', async () => {
    const quiet = await worldOf(busyRun).run('sync', source, target, '-q')
    expect(quiet.stdout).toBe('')
    expect(quiet.stderr).toBe('warning: b.txt cannot be read. Allow it.\n')
    expect((await worldOf(busyRun).run('sync', source, target, '-v')).stderr).toContain('upload a.txt')
  })

  it('lists the actions of a plan with control characters made visible', async () => {
    const action = { kind: 'upload', path: 'evil\u001B[2J', bytesSent: 2048, bytesReused: 0, method: 'whole' } as const
    const world = worldOf(async () => fakeSummary({ dryRun: true, actions: [action] }))
    expect((await world.run('plan', source, target)).stdout).toContain('+ upload evil\\u001b[2J  2\u00a0KiB\n')
  })

  it('reads in a plan what the uploads take and what differences save, as far as it can be known', async () => {
    const action = {
      kind: 'upload',
      path: 'image',
      method: 'segments',
      bytesSent: 16 * MIB,
      bytesReused: 1008 * MIB,
    } as const
    const known = { bytesPerSecond: 4 * MIB, seconds: 9.2, dollars: 0.0031 }
    const requests = { UploadPart: 100, UploadPartCopy: 300, CompleteMultipartUpload: 101 }
    const planned = { bytesSent: 16 * MIB, bytesReused: 1008 * MIB, requests, ...known }
    const plan = fakeSummary({ dryRun: true, actions: [action], estimate: planned })
    const { stdout } = await worldOf(async () => plan).run('plan', source, target)
    expect(stdout).toContain('+ upload image  16\u00a0MiB of 1\u00a0GiB\n')
    expect(stdout).toContain('1 large file to be sent as differences: 16\u00a0MiB of 1\u00a0GiB, 98.4% saved.\n')
    expect(stdout).toContain(
      'Uploads: 16\u00a0MiB to send; 501 requests, 300 of them copies inside the store; about 10\u00a0s at 4\u00a0MiB/s; about $0.0031 for requests.\n',
    )
    const unknown = { ...plan, estimate: { bytesSent: 5, bytesReused: 0, requests: {} } }
    expect((await worldOf(async () => unknown).run('plan', source, target)).stdout).toContain(
      'Uploads: 5\u00a0B to send.\n',
    )
  })

  it('says after a run what differences saved', async () => {
    const action = { kind: 'upload', path: 'image', method: 'delta', bytesSent: MIB, bytesReused: 3 * MIB } as const
    const { stdout } = await worldOf(async () => fakeSummary({ actions: [action] })).run('sync', source, target)
    expect(stdout).toContain('1 large file sent as differences: 1\u00a0MiB of 4\u00a0MiB, 75% saved.\n')
    expect(stdout).not.toContain('Uploads:')
  })

  it('has a stack only with --debug', async () => {
    const world = worldOf(async () => {
      throw new TidekeepError({ code: 'corrupt', message: 'Odd.', cause: new Error('inner') })
    })
    expect((await world.run('sync', source, target)).stderr).toBe('tidekeep: Odd.\n')
    const debug = (await world.run('sync', source, target, '--debug')).stderr
    expect(debug).toContain('    at ')
    expect(debug).toContain('Caused by: Error: inner')
  })

  it('has colour as NO_COLOR, FORCE_COLOR, CLICOLOR and the terminal say', () => {
    const terminal = Object.assign(new FakeStream(), { isTTY: true })
    const pipe = new FakeStream()
    expect(wantsColor(terminal, {})).toBe(true)
    expect(wantsColor(pipe, {})).toBe(false)
    expect(wantsColor(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
    expect(wantsColor(terminal, { NO_COLOR: '' })).toBe(true)
    expect(wantsColor(pipe, { FORCE_COLOR: '1' })).toBe(true)
    expect(wantsColor(terminal, { FORCE_COLOR: '0' })).toBe(false)
    expect(wantsColor(terminal, { CLICOLOR: '0' })).toBe(false)
    expect(wantsColor(terminal, { TERM: 'dumb' })).toBe(false)
  })
})

describe('files that changed on both sides', () => {
  const action = { type: 'action', kind: 'settle', bytesSent: 0, bytesReused: 0, method: 'conflict' } as const
  const withConflicts = (n: number): RunOnce => {
    return async (_host, { onEvent }) => {
      for (let at = 1; at <= n; at++) onEvent({ ...action, path: `a${at}\n` })
      onEvent({ type: 'notice', message: 'Decide.' })
      return fakeSummary({ counts: { ...fakeSummary().counts, conflicts: n } })
    }
  }

  it('are named, before what is said of all of them', async () => {
    const ran = await worldOf(withConflicts(2)).run('sync', source, target, '--mode', 'two-way')
    expect(ran.stderr).toBe('changed on both sides: a1\\u000a\nchanged on both sides: a2\\u000a\nDecide.\n')
  })

  it('are counted where there are many, unless every one is asked for', async () => {
    const run = (...args: readonly string[]) => worldOf(withConflicts(23)).run('sync', source, target, ...args)
    const { stderr } = await run()
    expect(stderr.split('\n').slice(19)).toEqual([
      'changed on both sides: a20\\u000a',
      'and 3 more: --verbose names all',
      'Decide.',
      '',
    ])
    expect((await run('-v')).stderr.match(/changed on both sides/g)).toHaveLength(23)
    expect((await run('-q')).stderr).toBe('')
  })
})

describe('a pass that was interrupted', () => {
  it('does not say that there was nothing to do, of which it knows nothing', async () => {
    const cut = async (): Promise<string> => {
      const world = worldOf(async () => {
        world.interrupt()
        return fakeSummary({ ok: false, exitCode: 130 })
      })
      return (await world.run('sync', source, target)).stdout
    }
    expect(await cut()).toMatch(/^Nothing was done\. .*\nInterrupted: /)
    expect((await worldOf(async () => fakeSummary()).run('sync', source, target)).stdout).toMatch(/^Nothing to do\./)
  })
})

describe('a reader that goes away', () => {
  it('does not end the pass: the rest of the output goes nowhere', async () => {
    const world = worldOf(busyRun)
    world.stdout.failsWith = 'EPIPE'
    expect((await world.run('sync', source, target, '--jsonl')).exitCode).toBe(3)
  })

  it('is not confused with a disk that is full', async () => {
    const world = worldOf(async () => fakeSummary())
    world.stdout.failsWith = 'ENOSPC'
    expect((await world.run('sync', source, target, '--json')).exitCode).toBe(1)
    world.stdout.failsWith = undefined
    expect((await world.run('sync', source, target, '--json')).exitCode).toBe(0)
  })

  it.each([
    ['a pass that went well', 1, ['sync', source, target]],
    ['a pass that ended in an error of its own', 2, ['sync', source, source]],
    ['help', 1, ['--help']],
  ])('a full disk that says so only after the last word is told of, too: %s', async (_what, exitCode, args) => {
    const world = worldOf(async () => fakeSummary())
    world.stdout.failsWith = 'ENOSPC'
    world.stdout.tellsLate = true
    const ran = await world.run(...args, ...(exitCode === 2 ? ['--json'] : []))
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stderr).toMatch(/could not be written \(ENOSPC\)\.\n {2}Make room/)
  })
})

describe('a name in the output', () => {
  it.each([
    ['invoice\u202egpj.exe', 'invoice\\u202egpj.exe'],
    ['a\nb\u001b[2J', 'a\\u000ab\\u001b[2J'],
    ['one\u2028two', 'one\\u2028two'],
    ['ünï 𝄞 \u{1f469}\u200d\u{1f52c}', 'ünï 𝄞 \u{1f469}\u200d\u{1f52c}'],
  ])('cannot drive the terminal, end a line or turn it around: %j', (name, shown) => {
    expect(printable(name)).toBe(shown)
  })
})
