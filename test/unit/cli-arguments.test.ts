import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Accounts } from '../../main/accounts/accounts.ts'
import type { RunOnceOptions } from '../../main/run-once.ts'
import { CommandLineWorld, fakeSummary } from '../fakes/command-line.ts'

let place = ''
let source = ''
let target = ''
const links: string[] = []

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-cli-'))
  source = join(place, 'source')
  target = join(place, 'target')
  mkdirSync(source)
  writeFileSync(join(place, 'file.txt'), 'x')
  symlinkSync('circle', join(place, 'circle'))
})
afterAll(() => {
  for (const each of [place, ...links]) rmSync(each, { recursive: true, force: true })
})

/** Another name of a folder, beside it. */
function linkTo(folder: string): string {
  const link = join(mkdtempSync(join(tmpdir(), 'tidekeep-link-')), 'link')
  links.push(dirname(link))
  symlinkSync(folder, link)
  return link
}

/** Runs `sync` with these arguments and gives what the engine was asked for. */
async function asked(args: readonly string[], prepare?: (world: CommandLineWorld) => void): Promise<RunOnceOptions> {
  const world = new CommandLineWorld()
  let options: RunOnceOptions | undefined
  world.ports.runOnce = async (_host, given) => {
    options = given
    return fakeSummary()
  }
  prepare?.(world)
  const ran = await world.run('sync', ...args)
  expect(ran.stderr).toBe('')
  expect(ran.exitCode).toBe(0)
  return options!
}

describe('arguments that cannot be understood', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['frobnicate'], /Unknown command 'frobnicate'/],
    ['a mistyped command', ['synk', 'a', 'b'], /Did you mean sync\?/],
    ['an unknown flag', ['sync', 'SOURCE', 'TARGET', '--frob'], /Unknown option '--frob'/],
    ['a mistyped flag', ['sync', 'SOURCE', 'TARGET', '--dry-rum'], /Did you mean --dry-run\?/],
    ['a missing operand', ['sync', 'SOURCE'], /Missing required argument 'target'/],
    ['an operand too many', ['sync', 'SOURCE', 'TARGET', 'more'], /Too many arguments/i],
    ['a bad size', ['sync', 'SOURCE', 'TARGET', '--bwlimit', 'fast'], /"fast" is not a size/],
    ['a bad number', ['sync', 'SOURCE', 'TARGET', '-j', '0'], /whole number from 1 to 64/],
    ['a bad mode', ['sync', 'SOURCE', 'TARGET', '--mode', 'sideways'], /backup, mirror or two-way/],
    ['two-way with --delete', ['sync', 'SOURCE', 'TARGET', '--mode', 'two-way', '--delete'], /contradicts/],
    ['a low threshold', ['sync', 'SOURCE', 'TARGET', '--delta-threshold', '4KiB'], /at least 1MiB/],
    ['a large block', ['sync', 'SOURCE', 'TARGET', '--block-size', '6MiB'], /from 64KiB to 5MiB/],
    ['--delete with backup', ['sync', 'SOURCE', 'TARGET', '--delete', '--mode', 'backup'], /contradicts/],
    ['a bad share', ['sync', 'SOURCE', 'TARGET', '--max-delete', '120%'], /up to 100%/],
    ['an unknown scheme', ['sync', 'SOURCE', 'ftp://host/x'], /no target of kind "ftp"/],
    ['a bad bucket', ['sync', 'SOURCE', 's3://B/x'], /bucket name/],
    ['a bad endpoint', ['sync', 'SOURCE', 'TARGET', '--s3-endpoint', 'localhost'], /https:\/\/s3/],
    ['an unreadable --exclude-from', ['sync', 'SOURCE', 'TARGET', '--exclude-from', '/nowhere'], /--exclude-from/],
    ['a source that is a file', ['sync', 'FILE', 'TARGET'], /is not a folder/],
    ['a target that is a file', ['sync', 'SOURCE', 'FILE'], /file\.txt is not a folder/],
    ['a target below a file', ['sync', 'SOURCE', 'FILE/a/b'], /file\.txt is not a folder/],
    ['a folder to keep in a file', ['folder', 'add', 'SOURCE', '--target', 'FILE'], /file\.txt is not a folder/],
    ['a target that is a circle of links', ['sync', 'SOURCE', 'CIRCLE'], /cannot be a path on this computer/],
    ['a source that is a bucket', ['sync', 's3://bucket', 'TARGET'], /not a folder of this computer/],
    ['a group without its command', ['folder'], /needs to know what to do: add, adopt, list/],
    ['an unknown command of a group', ['folder', 'burn'], /Unknown command 'burn'/],
    ['a mistyped command beside a default', ['conflicts', 'lst'], /Unknown command 'lst'\.\n {2}Did you mean list\?/],
    ['a mistyped command with --help', ['snyc', '--help'], /Unknown command 'snyc'\.\n {2}Did you mean sync\?/],
    ['help for a mistyped command', ['help', 'fodler'], /Unknown command 'fodler'\.\n {2}Did you mean folder\?/],
    ['help for a mistyped sub-command', ['help', 'folder', 'ad'], /Unknown command 'ad'\.\n {2}Did you mean add\?/],
    ['a command of a later release', ['cost', 'list'], /"cost" is not available yet/],
    ['an unknown shell', ['completion', 'tcsh'], /bash, zsh, fish/],
    ['a folder without target', ['folder', 'add', 'SOURCE'], /--target/],
    ['a bad duration', ['pause', 'soon'], /not a duration/],
    ['a bad rotation', ['verify', 'TARGET', '--read-data=8/7'], /from 1 to t/],
    ['an amount that is none', ['verify', 'TARGET', '--read-data=much'], /such as 5%, .* 10GiB, .* 1\/7/],
    ['a bad share to read', ['verify', 'TARGET', '--read-data=0%'], /above 0%/],
    ['a moment that is none', ['restore', 'TARGET', 'OUT', '--at', 'yesterday'], /must be a moment/],
    ['a day that is none', ['restore', 'TARGET', 'OUT', '--at', '2026-02-30'], /must be a moment/],
    ['two ways to say when', ['restore', 'T', 'O', '--path', 'a', '--at', '1h ago', '--token', 'x'], /both say/],
    ['a version of no file', ['restore', 'T', 'O', '--token', 'x'], /--path/],
    ['an unknown setting', ['config', 'get', 'colour'], /no setting called "colour"\.\n {2}Use one of: ignore, /],
    [
      'a mistyped setting',
      ['config', 'get', 'keepDsay'],
      /no setting called "keepDsay"\.\n {2}Did you mean keepDays\?/,
    ],
    ['the beginning of a setting', ['config', 'set', 'bandwidth', '1'], /Did you mean bandwidthLimit\?/],
    ['a restore into a file', ['restore', 'SOURCE', 'FILE'], /file\.txt is not a folder/],
    ['a restore below a file', ['restore', 'SOURCE', 'FILE/a/b'], /file\.txt is not a folder/],
    ['a drill in a file', ['drill', '--in', 'FILE'], /file\.txt is not a folder/],
  ]
  it.each(cases)('refuses %s with one sentence, a fix and exit code 2', async (_name, args, message) => {
    const world = new CommandLineWorld()
    const names: Record<string, string> = {
      SOURCE: source,
      TARGET: target,
      PLACE: place,
      FILE: join(place, 'file.txt'),
      CIRCLE: join(place, 'circle'),
    }
    const named = args.map((arg) => names[arg] ?? arg.replace('SOURCE', source).replace(/^FILE\//, `${names['FILE']}/`))
    const ran = await world.run(...named)
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr).toMatch(/^tidekeep: .+\n {2}.+\n$/)
    expect(ran.stderr).not.toContain('    at ')
    expect(ran.stdout).toBe('')
    expect(ran.exitCode).toBe(2)
  })

  it('refuses both JSON modes at once', async () => {
    const ran = await new CommandLineWorld().run('status', '--json', '--jsonl')
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toContain('exclude each other')
  })

  it('shows the help of a command however deep, and of the program', async () => {
    const world = new CommandLineWorld()
    expect((await world.run('help', 'folder', 'add')).stdout).toMatch(/^Usage: tidekeep folder add /)
    expect(await world.run('help')).toEqual(await world.run('--help'))
  })

  describe.each(['sync', 'plan'])('%s', (command) => {
    it.each([
      ['the source as its own target', () => [source, `${source}/.`], /cannot be its own target/],
      ['a target inside the source', () => [source, join(source, 'new', 'copies')], /The target lies inside .*source/],
      ['a target inside by way of ..', () => [source, `${target}/../source/inner`], /The target lies inside/],
      ['a target inside through a link', () => [source, join(linkTo(source), 'inner')], /The target lies inside/],
      ['a source that a link leads inside', () => [linkTo(source), join(source, 'inner')], /The target lies inside/],
      ['a source inside the target', () => [source, place], /lies inside its target/],
      ['a source inside the target through a link', () => [source, linkTo(place)], /lies inside its target/],
    ] as const)('refuses %s, and makes nothing', async (_name, paths, message) => {
      const [from, to] = paths() as [string, string]
      const ran = await new CommandLineWorld().run(command, from, to)
      expect(ran.stderr).toMatch(message)
      expect(ran.stderr).toMatch(/\n {2}Choose another folder or another target\.\n$/)
      expect({ exitCode: ran.exitCode, inner: existsSync(join(source, 'inner')) }).toEqual({
        exitCode: 2,
        inner: false,
      })
    })
  })

  it.each(['sync', 'plan'])('%s says that there is no account of a name, with exit code 12', async (command) => {
    const world = new CommandLineWorld()
    const accounts = async (): Promise<Accounts> => ({ hasKeys: async (name) => name === 'kept' }) as Accounts
    world.ports.accounts = accounts
    const ran = await world.run(command, source, 's3://bucket', '--account', 'nobody')
    expect(ran).toMatchObject({ exitCode: 12, stdout: '' })
    expect(ran.stderr).toMatch(
      /^tidekeep: There is no account "nobody" [^\n]+\n {2}See "tidekeep account list", or [^\n]+\n$/,
    )
    expect(
      await asked([source, 's3://bucket', '--account', 'kept'], ({ ports }) => (ports.accounts = accounts)),
    ).toMatchObject({ s3: { accountId: 'kept' } })
  })

  it('says that a missing source is missing with exit code 1', async () => {
    const ran = await new CommandLineWorld().run('sync', join(place, 'nowhere'), target)
    expect(ran.exitCode).toBe(1)
    expect(ran.stderr).toContain('does not exist')
  })
})

describe('what sync hands to the engine', () => {
  it('has careful defaults', async () => {
    const options = await asked([source, target])
    expect(options).toMatchObject({ source, target, mode: 'backup', dryRun: false, concurrency: 0, bandwidthLimit: 0 })
    expect(options).toMatchObject({ guardFiles: 50, guardPercent: 10, ignore: [], include: [], s3: {} })
  })

  it('takes every option', async () => {
    const lines = join(place, 'lines')
    writeFileSync(lines, '*.log\r\n!keep.log\n')
    const flags = ['--delete', '-n', '-j', '3', '--include', '*.md', '--include', '*.txt', '--exclude', 'tmp/']
    const more = ['--exclude-from', lines, '--bwlimit', '5MiB', '--max-delete', '20%', '--storage-class', 'STANDARD_IA']
    const s3 = ['--s3-endpoint', 'http://127.0.0.1:9000', '--s3-region', 'eu-1', '--profile', 'work']
    const options = await asked([source, 's3://bucket/prefix/', ...flags, ...more, ...s3])
    expect(options).toMatchObject({
      target: 's3://bucket/prefix',
      mode: 'mirror',
      dryRun: true,
      concurrency: 3,
      include: ['*.md', '*.txt'],
      ignore: ['*.log', '!keep.log', '', 'tmp/'],
      bandwidthLimit: 5 * 1024 * 1024,
      guardFiles: 0,
      guardPercent: 20,
      s3: { endpoint: 'http://127.0.0.1:9000', region: 'eu-1', profile: 'work', storageClass: 'STANDARD_IA' },
    })
  })

  it('reads a --max-delete without % as a number of files', async () => {
    expect(await asked([source, target, '--max-delete', '250'])).toMatchObject({
      guardFiles: 250,
      guardPercent: 0,
      allowsDeletions: true,
    })
  })

  it('makes paths absolute and plain, so that one place has one state', async () => {
    const world = (each: CommandLineWorld): void => void (each.workingDirectory = place)
    expect(await asked(['source/', './target/../target/'], world)).toMatchObject({ source, target })
    expect(await asked([`file://${source}/`, `file://${target}/`])).toMatchObject({ source, target })
  })

  it('takes ~ for the home directory where the shell left it, and a folder of that name for itself', async () => {
    const world = (each: CommandLineWorld): void => {
      each.workingDirectory = '/elsewhere'
      each.env = { HOME: place }
    }
    expect(await asked(['~/source', '~/target'], world)).toMatchObject({ source, target })
    expect(await asked([source, './~/target'], world)).toMatchObject({ target: '/elsewhere/~/target' })
    expect(await asked([source, '~other/target'], world)).toMatchObject({ target: '/elsewhere/~other/target' })
    const homeless = (each: CommandLineWorld): void => void (each.workingDirectory = '/elsewhere')
    expect(await asked([source, '~/target'], homeless)).toMatchObject({ target: '/elsewhere/~/target' })
  })

  it('lets a flag win over the environment and the environment over the file', async () => {
    const setUp = (world: CommandLineWorld): void => {
      world.settings = { ...world.settings, concurrency: 2, bandwidthLimit: 1 }
      world.env = { TIDEKEEP_CONCURRENCY: '5', TIDEKEEP_BANDWIDTH_LIMIT: '7', AWS_ENDPOINT_URL_S3: 'http://a:1' }
    }
    expect(await asked([source, target, '-j', '9'], setUp)).toMatchObject({ concurrency: 9, bandwidthLimit: 7 })
    expect(await asked([source, target], setUp)).toMatchObject({ concurrency: 5, s3: { endpoint: 'http://a:1' } })
    const flagged = await asked([source, target, '--s3-endpoint', 'http://b:2'], setUp)
    expect(flagged.s3).toEqual({ endpoint: 'http://b:2' })
  })

  it('takes global flags before and after the command', async () => {
    const homes: (string | undefined)[] = []
    for (const args of [
      ['--home', '/tmp/h', 'sync', source, target],
      ['sync', source, target, '--home', '/tmp/h'],
    ]) {
      const world = new CommandLineWorld()
      world.ports.runOnce = async () => fakeSummary()
      world.ports.paths = (home) => {
        homes.push(home)
        return world.host.paths
      }
      expect((await world.run(...args)).exitCode).toBe(0)
    }
    // For the language, then for the command.
    expect(homes).toEqual(['/tmp/h', '/tmp/h', '/tmp/h', '/tmp/h'])
  })
})

describe('help', () => {
  it('is printed on stdout with exit code 0, without options of later releases', async () => {
    const world = new CommandLineWorld()
    const ran = await world.run('sync', '--help')
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ran.stdout).toContain('--max-delete')
    expect(ran.stdout).toContain('--json')
    for (const args of [[], ['--help'], ['help'], ['folder', '--help'], ['help', 'verify']]) {
      expect(await world.run(...args)).toMatchObject({ exitCode: 0, stderr: '' })
    }
    expect((await world.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
