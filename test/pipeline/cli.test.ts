import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import { processEnd, TidekeepProcesses, type Ended } from '../fakes/tidekeep-process.ts'

let place = ''
let source = ''
let target = ''
let tidekeep: TidekeepProcesses

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tk-'))
  source = join(place, 'source')
  target = join(place, 'target')
  mkdirSync(source)
  tidekeep = new TidekeepProcesses(join(place, 'home'))
})
afterEach(() => {
  tidekeep.killAll()
  rmSync(place, { recursive: true, force: true })
})

const run = (...args: readonly string[]): Promise<Ended> => tidekeep.run(...args)
const summaryOf = (...args: readonly string[]): Promise<Summary> => tidekeep.json<Summary>(...args)

function fill(files: number): void {
  for (let index = 0; index < files; index++) {
    const folder = join(source, `folder ${index % 5}`)
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `file ${index}.txt`)
    writeFileSync(file, `content ${index} `.repeat(1 + (index % 50)))
    utimesSync(file, 1_700_000_000, 1_700_000_000 + index)
  }
}

/** Content, mtime and mode of everything below a directory, Tidekeep's own area left out. */
function treeOf(root: string): Record<string, string> {
  const tree: Record<string, string> = {}
  for (const item of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(item.parentPath, item.name)
    const below = path.slice(root.length + 1)
    if (below.split('/')[0] === '.tidekeep') continue
    const { mtimeMs, mode } = statSync(path)
    tree[below] = item.isFile()
      ? `${mtimeMs} ${mode.toString(8)} ${readFileSync(path, 'base64')}`
      : `directory ${mode.toString(8)}`
  }
  return tree
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not happen within a minute')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

describe('two computers that back up to one target', () => {
  it('are each told that somebody else writes there, and lose nothing', async () => {
    const other = new TidekeepProcesses(join(place, 'other-home'))
    const others = join(place, 'others')
    mkdirSync(others)
    writeFileSync(join(source, 'notes.txt'), 'ours, and longer')
    writeFileSync(join(others, 'notes.txt'), 'theirs')
    try {
      const first = await run('sync', source, target)
      expect(first.stdout).not.toContain('made way')
      const second = await other.run('sync', others, target)
      expect(second.stdout).toContain('1 version at the target that was not known here made way')
      const again = await summaryOf('sync', source, target)
      expect(again.counts).toMatchObject({ putAside: 1, failed: 0 })
      expect(readFileSync(join(target, 'notes.txt'), 'utf8')).toBe('ours, and longer')
      const kept = readdirSync(join(target, '.tidekeep/kept'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      expect(kept.toSorted()).toEqual(['ours, and longer', 'theirs'])
    } finally {
      other.killAll()
    }
  })
})

describe('sync, restore and verify as processes', () => {
  it('keep a folder safe and bring it back exactly', async () => {
    fill(60)
    chmodSync(join(source, 'folder 1', 'file 1.txt'), 0o600)
    mkdirSync(join(source, 'empty'))
    const planned = await summaryOf('plan', source, target)
    expect(planned).toMatchObject({ command: 'plan', dryRun: true, exitCode: 0, counts: { uploaded: 60 } })
    expect(existsSync(target)).toBe(false)
    expect(existsSync(join(place, 'home', 'state'))).toBe(false)
    const first = await summaryOf('sync', source, target)
    expect(first).toMatchObject({ ok: true, exitCode: 0, counts: { uploaded: 60, failed: 0 } })
    const again = await summaryOf('sync', source, target)
    expect(again).toMatchObject({ exitCode: 0, bytes: { sent: 0 } })
    expect((await run('plan', source, target, '--detailed-exitcode')).exitCode).toBe(0)
    const restored = join(place, 'restored')
    expect(await summaryOf('restore', target, restored)).toMatchObject({ exitCode: 0, counts: { downloaded: 60 } })
    expect(treeOf(restored)).toEqual(treeOf(source))
    expect(await summaryOf('restore', target, restored)).toMatchObject({ counts: { downloaded: 0, skipped: 60 } })
    writeFileSync(join(source, 'new.txt'), 'new')
    expect((await run('plan', source, target, '--detailed-exitcode')).exitCode).toBe(6)
    const compared = await run('verify', target, '--source', source, '--json')
    expect(JSON.parse(compared.stdout)).toMatchObject({ findings: [{ path: 'new.txt', kind: 'not-backed-up' }] })
  })

  it('find faults at the target: exit 6, each named, and no false alarm before', async () => {
    fill(30)
    await run('sync', source, target)
    expect((await run('verify', target)).exitCode).toBe(0)
    expect(await summaryOf('verify', target, '--read-data')).toMatchObject({ exitCode: 0, filesRead: 30 })
    rmSync(join(target, 'folder 0', 'file 0.txt'))
    truncateSync(join(target, 'folder 1', 'file 1.txt'), 3)
    renameSync(join(target, 'folder 2', 'file 2.txt'), join(target, 'folder 2', 'file 7.txt'))
    const found = await run('verify', target, '--json')
    expect(found.exitCode).toBe(6)
    const { findings } = JSON.parse(found.stdout) as { findings: { path: string; kind: string }[] }
    expect(findings.map(({ path, kind }) => [path, kind])).toEqual([
      ['folder 0/file 0.txt', 'missing'],
      ['folder 1/file 1.txt', 'resized'],
      ['folder 2/file 2.txt', 'missing'],
      ['folder 2/file 7.txt', 'resized'],
    ])
    const damaged = await run('restore', target, join(place, 'restored'), '--json')
    expect(damaged.exitCode).toBe(0)
  })

  it('print events as JSON lines that end in the summary', async () => {
    fill(3)
    const { stdout } = await run('sync', source, target, '--jsonl')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; ts: string })
    expect(lines.filter(({ type }) => type === 'action').length).toBeGreaterThanOrEqual(3)
    expect(lines.filter(({ type }) => type === 'summary')).toHaveLength(1)
    expect(lines.at(-1)?.type).toBe('summary')
  })

  it('survive a reader that goes away in the middle', async () => {
    fill(400)
    const child = tidekeep.start('plan', source, target, '--jsonl')
    child.stdout!.once('data', () => child.stdout!.destroy())
    const stderr = text(child.stderr!)
    const exitCode = await new Promise((resolve) => child.on('exit', resolve))
    expect(exitCode).toBe(0)
    expect(await stderr).not.toContain('EPIPE')
  })

  it('stop at Ctrl-C with what was finished saved, and go on from there', async () => {
    fill(200)
    writeFileSync(join(source, 'large.bin'), Buffer.alloc(32_000_000, 'tide'))
    const child = tidekeep.start('sync', source, target, '--jsonl', '--bwlimit', '1MiB')
    let seen = ''
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        seen += chunk.toString()
      })
    }
    const end = processEnd(child)
    await until(() => seen.includes('"type":"action"'))
    child.kill('SIGINT')
    await until(() => seen.includes('Stopping:'))
    child.kill('SIGINT')
    const { exitCode, stdout } = await end
    expect(exitCode).toBe(130)
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ exitCode: 130 })
    expect(await summaryOf('sync', source, target)).toMatchObject({ exitCode: 0 })
    expect(await summaryOf('verify', target, '--source', source, '--read-data')).toMatchObject({ exitCode: 0 })
  })

  it('say one sentence for a missing target and a missing source', async () => {
    const missing = await run('restore', join(place, 'nowhere'), join(place, 'out'))
    expect(missing).toMatchObject({ exitCode: 13, stdout: '' })
    expect(missing.stderr).toMatch(/^tidekeep: The target .+ is not there\.\n {2}.+\n$/)
    expect((await run('sync', join(place, 'nowhere'), target)).exitCode).toBe(1)
  })
})

describe('settings without a service', () => {
  it('are changed, listed and removed directly', async () => {
    expect((await run('status')).exitCode).toBe(10)
    expect(await run('folder', 'add', source, '--target', target, '--name', 'Docs')).toMatchObject({ exitCode: 0 })
    const status = await run('status', '--json')
    expect(status.exitCode).toBe(0)
    expect(JSON.parse(status.stdout)).toMatchObject({ running: false, folders: [{ name: 'Docs', path: source }] })
    expect((await run('folder', 'add', source, '--target', target)).exitCode).toBe(1)
    expect((await run('folder', 'add', source, '--target', join(source, 'inside'))).exitCode).toBe(2)
    expect((await run('config', 'set', 'guard-files', '7')).exitCode).toBe(0)
    expect((await run('config', 'get', 'guardFiles')).stdout).toBe('7\n')
    expect((await run('queue', 'list')).stdout).toBe('Nothing is waiting.\n')
    writeFileSync(join(source, '.tidekeepignore'), '# logs\n*.log\n')
    const ignored = await run('ignore', 'check', join(source, 'x.log'))
    expect(ignored.stdout).toContain(`${join(source, '.tidekeepignore')}:2: *.log`)
    writeFileSync(join(source, 'a.txt'), 'a')
    expect((await run('serve', '--once')).exitCode).toBe(0)
    expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('a')
    expect((await run('verify', target)).exitCode).toBe(0)
    expect(await tidekeep.json('doctor')).toMatchObject({ type: 'doctor', ok: true, exitCode: 0 })
    renameSync(target, `${target} unplugged`)
    const unwell = await tidekeep.json<{ checks: { name: string; state: string; fix?: string }[] }>('doctor')
    expect(unwell).toMatchObject({ ok: false, exitCode: 6 })
    const failed = unwell.checks.filter(({ state }) => state === 'failed')
    expect(failed).toMatchObject([{ name: 'target of Docs', fix: expect.stringContaining('Connect') }])
    expect(existsSync(target)).toBe(false)
    renameSync(`${target} unplugged`, target)
    expect((await run('folder', 'remove', 'Docs')).exitCode).toBe(0)
    expect(existsSync(join(target, 'a.txt'))).toBe(true)
  })
})

describe('a running service', () => {
  it('is asked by the other commands, keeps a second one out, and ends at SIGTERM', async () => {
    writeFileSync(join(source, 'a.txt'), 'a')
    await run('folder', 'add', source, '--target', target)
    const service = tidekeep.start('serve', '--no-ui')
    const end = processEnd(service)
    await until(() => existsSync(join(target, 'a.txt')))
    await until(async () => {
      const { stdout } = await run('status', '--json')
      const view = JSON.parse(stdout) as { running: boolean; headline: string }
      return view.running && view.headline === 'protected'
    })
    expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('a')
    expect((await run('pause', '2h')).stdout).toBe('Paused for 2\u00a0h.\n')
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({ headline: 'paused' })
    expect((await run('resume')).exitCode).toBe(0)
    expect((await run('serve', '--no-ui')).exitCode).toBe(11)
    service.kill('SIGTERM')
    expect(await end).toMatchObject({ exitCode: 0, signal: null })
  })
})

describe('provider check', () => {
  it('ticks every check of a folder', async () => {
    mkdirSync(target)
    const ran = await run('provider', 'check', target, '--json')
    const { checks } = JSON.parse(ran.stdout) as { checks: { outcome: string }[] }
    expect(checks.length).toBeGreaterThan(10)
    expect(checks.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(ran.exitCode).toBe(0)
  })
})
