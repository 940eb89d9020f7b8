import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Summary } from '../../common/protocol.ts'
import { processEnd, type Ended } from '../fakes/tidekeep-process.ts'
import { startS3Server, type S3Server } from '../fakes/s3/server.ts'
import { contentsOf, notRun, RoughPlace, temporariesOf, unprivilegedPrefix } from '../fixtures/rough-place.ts'

let server: S3Server
beforeAll(async () => {
  server = await startS3Server({ accessKeyId: 'KEY', secretAccessKey: 'right-secret', buckets: ['bucket'] })
})
afterAll(() => server.close())

const DENIED_PREFIX = unprivilegedPrefix()
const S3_ENV = { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'right-secret', AWS_REGION: 'us-east-1' }

/** One command that cannot do anything, and what it must say. */
interface Row {
  readonly name: string
  readonly args: (place: RoughPlace) => readonly string[]
  readonly exitCode: number
  /** The sentence; what to do about it is demanded of every row. */
  readonly says: RegExp
  /** Makes the bad case; false when this machine cannot. */
  readonly arrange?: (place: RoughPlace) => Promise<boolean | void> | boolean | void
  readonly env?: () => Readonly<Record<string, string>>
  readonly denied?: true
  /** What must be so afterwards: true, or the row fails. */
  readonly holds?: (place: RoughPlace) => boolean
}

const sync = (place: RoughPlace): readonly string[] => ['sync', place.source, place.target]
const syncTo =
  (target: string) =>
  (place: RoughPlace): readonly string[] => ['sync', place.source, target]
const s3 = (): Readonly<Record<string, string>> => ({ ...S3_ENV, AWS_ENDPOINT_URL_S3: server.endpoint })
const settingsFile = (place: RoughPlace): string => place.at('home/config/settings.json')
const withSettings = (text: string) => (place: RoughPlace) => {
  mkdirSync(place.at('home/config'), { recursive: true })
  writeFileSync(settingsFile(place), text)
}
const settingsAre =
  (text: string) =>
  (place: RoughPlace): boolean =>
    readFileSync(settingsFile(place), 'utf8') === text
const firstSync = async (place: RoughPlace): Promise<void> => void (await place.run(sync(place)))
const stateFile = (place: RoughPlace): string => {
  const [pair = ''] = readdirSync(place.at('home/state/pairs'))
  return place.at('home/state/pairs', pair, 'state.db')
}
const noTarget = (place: RoughPlace): boolean => !existsSync(place.target)

const TYPED: readonly Row[] = [
  {
    name: 'an unknown flag',
    args: (p) => [...sync(p), '--frob'],
    exitCode: 2,
    says: /Unknown option '--frob'/,
    holds: noTarget,
  },
  { name: 'an unknown command', args: () => ['frob'], exitCode: 2, says: /Unknown command 'frob'/ },
  {
    name: 'a missing operand',
    args: (p) => ['sync', p.source],
    exitCode: 2,
    says: /Missing required argument 'target'/,
  },
  {
    name: 'an operand too many',
    args: (p) => [...sync(p), 'x'],
    exitCode: 2,
    says: /Too many arguments/,
    holds: noTarget,
  },
  { name: 'a group without its verb', args: () => ['folder'], exitCode: 2, says: /needs to know what to do/ },
  {
    name: 'a value out of range',
    args: (p) => ['sync', '-j', '0', p.source, p.target],
    exitCode: 2,
    says: /from 1 to 64/,
  },
  {
    name: 'a size that is none',
    args: (p) => [...sync(p), '--bwlimit', 'fast'],
    exitCode: 2,
    says: /"fast" is not a size/,
  },
  {
    name: 'a kind of target that does not exist',
    args: syncTo('ftp://host/x'),
    exitCode: 2,
    says: /no target of kind "ftp"/,
  },
  { name: 's3 without a bucket', args: syncTo('s3://'), exitCode: 2, says: /a bucket name has/ },
  { name: 'a broken percent escape', args: syncTo('file:///%zz'), exitCode: 2, says: /broken percent escape/ },
  { name: 'an empty target', args: syncTo(''), exitCode: 2, says: /it is empty/ },
  {
    name: 'a file of rules that is missing',
    args: (p) => [...sync(p), '--exclude-from', 'no'],
    exitCode: 2,
    says: /exclude-from cannot be read \(ENOENT\)\./,
    holds: noTarget,
  },
  {
    name: 'an unknown setting',
    args: () => ['config', 'set', 'nope', '1'],
    exitCode: 2,
    says: /There is no setting called "nope"/,
  },
  {
    name: 'an unknown folder',
    args: () => ['folder', 'pause', 'nope'],
    exitCode: 1,
    says: /There is no folder "nope"/,
  },
  { name: 'a pause without a service', args: () => ['pause', '5m'], exitCode: 1, says: /service is not running/ },
  { name: 'an absurd duration', args: () => ['pause', 'banana'], exitCode: 2, says: /"banana" is not a duration/ },
]

const PLACES: readonly Row[] = [
  {
    name: 'a source that is missing',
    args: (p) => ['sync', 'nowhere', p.target],
    exitCode: 1,
    says: /nowhere does not exist\./,
    holds: noTarget,
  },
  {
    name: 'a source that is a file',
    args: (p) => ['sync', join(p.source, 'f1'), p.target],
    exitCode: 2,
    says: /f1 is not a folder\./,
  },
  {
    name: 'a name that would drive the terminal',
    args: (p) => ['sync', 'no\u001B[31m\nsuch', p.target],
    exitCode: 1,
    says: /no\\u001b\[31m\\u000asuch does not exist/,
  },
  {
    name: 'a target that is a file',
    args: (p) => ['sync', p.source, join(p.source, 'f1')],
    exitCode: 2,
    says: /f1 is not a folder\./,
  },
  {
    name: 'a target that is the source',
    args: (p) => ['sync', p.source, p.source],
    exitCode: 2,
    says: /cannot be its own target\./,
  },
  {
    name: 'a source inside the target',
    args: (p) => ['sync', p.source, p.base],
    exitCode: 2,
    says: /lies inside its target/,
  },
  ...[
    { name: 'a target inside the source', args: ['sync'] },
    { name: 'a target inside the source for a plan', args: ['plan'] },
    { name: 'a target inside the folder that is to be kept safe', args: ['folder', 'add'] },
  ].map(({ name, args }) => ({
    name,
    args: (p: RoughPlace) => [...args, p.source, ...(args.length > 1 ? ['--target'] : []), join(p.source, 'copies')],
    exitCode: 2,
    says: /The target lies inside [^\n]+, so the copy would become part of what is copied\.\n {2}Choose another folder or another target\.\n$/,
    holds: (p: RoughPlace) => !existsSync(join(p.source, 'copies')),
  })),
  {
    name: 'a target whose parent is missing',
    args: (p) => ['sync', p.source, p.at('no/such/disk')],
    exitCode: 13,
    says: /The target .+ is not there\./,
    holds: (p) => !existsSync(p.at('no')),
  },
  {
    name: 'a disk that was unplugged',
    arrange: async (p) => {
      await firstSync(p)
      renameSync(p.target, p.at('unplugged'))
    },
    args: sync,
    exitCode: 13,
    says: /The target .+ is not there\./,
    holds: noTarget,
  },
  {
    name: 'the empty mount point of an unplugged disk',
    arrange: async (p) => {
      await firstSync(p)
      renameSync(p.target, p.at('unplugged'))
      mkdirSync(p.target)
    },
    args: sync,
    exitCode: 13,
    says: /is not the target that was used before\./,
    holds: (p) => readdirSync(p.target).length === 0,
  },
  {
    name: 'a disk that is read-only',
    arrange: (p) => p.mountDisk(p.target, '1m', 'ro'),
    args: sync,
    exitCode: 13,
    says: /The disk holding .+ is read-only\./,
  },
  {
    name: 'a target of another user',
    arrange: (p) => {
      p.openForNobody()
      mkdirSync(p.at('theirs'), { mode: 0o555 })
    },
    args: (p) => ['sync', p.source, p.at('theirs')],
    denied: true,
    exitCode: 12,
    says: /theirs cannot be changed: permission denied\./,
  },
  {
    name: 'a source of another user',
    arrange: (p) => {
      p.openForNobody()
      mkdirSync(p.at('theirs'), { mode: 0o300 })
    },
    args: (p) => ['sync', p.at('theirs'), p.target],
    denied: true,
    exitCode: 12,
    says: /theirs cannot be read: permission denied\./,
  },
  { name: 'a bucket that is missing', args: syncTo('s3://nobucket/x'), env: s3, exitCode: 13, says: /nobucket/ },
  {
    name: 'a wrong key',
    args: syncTo('s3://bucket/x'),
    env: () => ({ ...s3(), AWS_SECRET_ACCESS_KEY: 'wrong-secret' }),
    exitCode: 12,
    says: /\S/,
  },
  {
    name: 'an endpoint nobody listens at',
    args: syncTo('s3://bucket/x'),
    env: () => ({ ...S3_ENV, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }),
    exitCode: 13,
    says: /127\.0\.0\.1:1 cannot be reached\./,
  },
]

const NEWER_SETTINGS = '{"version": 99, "folders": []}'
const OWN_FILES: readonly Row[] = [
  {
    name: 'settings that are no JSON',
    arrange: withSettings('{ "folders": [ }'),
    args: sync,
    exitCode: 2,
    says: /settings\.json cannot be read/,
    holds: settingsAre('{ "folders": [ }'),
  },
  {
    name: 'settings that make no sense',
    arrange: withSettings('{"version": 1, "folders": 7}'),
    args: () => ['status'],
    exitCode: 2,
    says: /folders/,
    holds: settingsAre('{"version": 1, "folders": 7}'),
  },
  {
    name: 'settings of a newer version',
    arrange: withSettings(NEWER_SETTINGS),
    args: sync,
    exitCode: 1,
    says: /newer version of Tidekeep/,
    holds: settingsAre(NEWER_SETTINGS),
  },
  {
    name: 'state of a newer version',
    arrange: async (p) => {
      await firstSync(p)
      const database = new DatabaseSync(stateFile(p))
      database.exec("PRAGMA user_version = 99; UPDATE meta SET value = 99 WHERE name = 'schema'")
      database.close()
    },
    args: sync,
    exitCode: 1,
    says: /newer version/,
    holds: (p) =>
      existsSync(stateFile(p)) && !readdirSync(join(stateFile(p), '..')).some((name) => name.includes('corrupt')),
  },
]

describe.concurrent('a command that cannot do anything says one sentence and what to do', () => {
  for (const row of [...TYPED, ...PLACES, ...OWN_FILES]) {
    it(`about ${row.name}`, async ({ expect }) => {
      using place = new RoughPlace()
      const ended = await runRow(row, place)
      if (ended === undefined) return
      expect(`${ended.exitCode} ${ended.stderr}`).toMatch(
        new RegExp(`^${row.exitCode} tidekeep: [^\\n]+\\n {2}[A-Z][^\\n]+[.)]\\n$`),
      )
      expect(ended.stderr).toMatch(row.says)
      expect(ended.stderr).not.toMatch(/\[object|undefined|\bat \S+:\d+|wrong-secret|right-secret/)
      expect(JSON.parse(ended.stdout)).toMatchObject({ type: 'error', exitCode: row.exitCode })
      expect(row.holds?.(place) ?? true).toBe(true)
    })
  }
})

/** Undefined when this machine cannot stage the row. The source must come out of it as it was. */
async function runRow(row: Row, place: RoughPlace): Promise<Ended | undefined> {
  if (row.denied === true && DENIED_PREFIX === undefined) {
    notRun(`${row.name} (run as another user, or install setpriv)`)
    return undefined
  }
  if ((await row.arrange?.(place)) === false) {
    notRun(`${row.name} (mounting a tmpfs needs root)`)
    return undefined
  }
  const before = contentsOf(place.source)
  const ended = await place.run([...row.args(place), '--json'], {
    env: row.env?.() ?? {},
    prefix: row.denied === true ? (DENIED_PREFIX ?? []) : [],
  })
  const after = contentsOf(place.source)
  if (JSON.stringify(before) !== JSON.stringify(after)) throw new Error(`the source was changed by ${row.name}`)
  return ended
}

/** Something odd among files that are fine. */
interface OddRow {
  readonly name: string
  readonly arrange: (place: RoughPlace) => Promise<boolean | void> | boolean | void
  readonly args?: (place: RoughPlace) => readonly string[]
  readonly denied?: true
  readonly exitCode: 0 | 3
  /** Every line on stderr matches one of these, and each is matched. */
  readonly warnings: readonly RegExp[]
  /** What of the source is not at the target; undefined for the rows that compare by themselves. */
  readonly missing?: readonly string[]
  readonly sentBytes?: number
  readonly holds?: (place: RoughPlace) => boolean
}

const rawName = (text: string, ...bytes: readonly number[]): Buffer => Buffer.from([...Buffer.from(text), ...bytes])

const ODD: readonly OddRow[] = [
  {
    name: 'links, pipes and sockets',
    arrange: (p) => {
      for (const [to, name] of [
        ['f1', 'link'],
        ['/nowhere', 'dangling'],
        ['.', 'loop'],
        ['x', 'escape\u001B[31m'],
      ] as const)
        symlinkSync(to, join(p.source, name))
      execFileSync('mkfifo', [join(p.source, 'pipe')])
      leaveSocket(join(p.source, 'socket'))
    },
    exitCode: 0,
    warnings: [
      /^dangling is a symb/,
      /^escape\\u001b\[31m is/,
      /^link is/,
      /^loop is/,
      /^pipe is a named pipe/,
      /^socket is a sock/,
    ],
    missing: ['dangling', 'escape\u001B[31m', 'link', 'loop', 'pipe', 'socket'],
  },
  {
    name: 'names that are odd but fine: empty files, both forms of é, line breaks, 255 bytes, 4,000 bytes of path',
    arrange: (p) => {
      const names = [
        'empty',
        'e\u0301',
        '\u00E9',
        ' spaces ',
        'new\nline',
        '-rf',
        'back\\slash',
        'con',
        'n'.repeat(255),
        '\u202Egnp.exe',
        'red\u001B[31m',
        '*?<>|:"',
      ]
      for (const name of names) writeFileSync(join(p.source, name), name === 'empty' ? '' : `of ${name}`)
      const deep = join(p.source, ...Array.from({ length: 19 }, () => 'd'.repeat(200)))
      mkdirSync(deep, { recursive: true })
      writeFileSync(join(deep, 'deep'), 'deep')
    },
    exitCode: 0,
    warnings: [],
    missing: [],
  },
  {
    name: 'a path that is longer than any target can hold',
    arrange: (p) => {
      makeDeep(p.source, 22)
    },
    exitCode: 3,
    warnings: [/^(The (path|name of) )?d{200}\/.+ (longer than|too long)/],
  },
  {
    name: 'a name that is not Unicode',
    arrange: (p) => writeFileSync(rawName(`${p.source}/bad`, 0xff, 0xfe), 'bad'),
    exitCode: 3,
    warnings: [/^The name bad\\xff\\xfe .+ is not valid Unicode\. Rename it/],
  },
  {
    name: 'a file that cannot be read',
    arrange: (p) => {
      p.openForNobody()
      chmodSync(join(p.source, 'f2'), 0o000)
    },
    denied: true,
    exitCode: 3,
    warnings: [/f2 cannot be read: permission denied\. Give your user read access/],
    missing: ['f2'],
  },
  {
    name: 'a folder that cannot be read any more: its copy stays, in a mirror too',
    arrange: async (p) => {
      p.openForNobody()
      mkdirSync(join(p.source, 'closed'))
      writeFileSync(join(p.source, 'closed/inside'), 'inside')
      await p.run(['sync', p.source, p.target], { prefix: DENIED_PREFIX ?? [] })
      chmodSync(join(p.source, 'closed'), 0o000)
    },
    args: (p) => ['sync', p.source, p.target, '--delete'],
    denied: true,
    exitCode: 3,
    warnings: [/^closed cannot be read: permission denied\./],
    holds: (p) => readFileSync(join(p.target, 'closed/inside'), 'utf8') === 'inside',
  },
  {
    name: 'one file that is too large for the disk',
    arrange: (p) => {
      writeFileSync(join(p.source, 'large'), Buffer.alloc(2_000_000, 1))
      return p.mountDisk(p.target, '1m')
    },
    exitCode: 3,
    warnings: [/is full: 1\.91\u00a0MiB more are needed\. Free some space/],
    missing: ['large'],
    holds: (p) => temporariesOf(p.target).length === 0,
  },
  {
    name: 'the reserved folder of a source that was a target once',
    arrange: async (p) => {
      await p.run(['sync', p.source, p.at('first')])
      await p.run(['sync', p.at('first'), p.target])
    },
    args: (p) => ['sync', p.at('first'), p.target],
    exitCode: 0,
    warnings: [],
    missing: [],
    sentBytes: 0,
  },
  {
    name: 'a damaged record of what is safe: it is put aside, and nothing is sent twice',
    arrange: async (p) => {
      await firstSync(p)
      writeFileSync(stateFile(p), randomBytes(40_960))
    },
    exitCode: 0,
    warnings: [/^The record of what is already safe was damaged .+ put aside as /],
    missing: [],
    sentBytes: 0,
    holds: (p) => readdirSync(join(stateFile(p), '..')).some((name) => name.includes('corrupt')),
  },
]

describe.concurrent('files that are fine go on in spite of', () => {
  for (const row of ODD) {
    it(
      row.name,
      async ({ expect }) => {
        using place = new RoughPlace()
        if (!(await arranged(row, place))) return
        const before = contentsOf(place.source)
        const ended = await place.run([...(row.args ?? sync)(place), '--json'], {
          prefix: row.denied === true ? (DENIED_PREFIX ?? []) : [],
        })
        const told = ended.stderr
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => line.replace(/^warning: /, ''))
        expect(told.filter((line) => !row.warnings.some((warning) => warning.test(line)))).toEqual([])
        expect(row.warnings.filter((warning) => !told.some((line) => warning.test(line)))).toEqual([])
        expect(told.length).toBe(row.warnings.length)
        const summary = JSON.parse(ended.stdout) as Summary
        expect(summary).toMatchObject({ exitCode: row.exitCode, counts: { failed: row.exitCode === 0 ? 0 : 1 } })
        expect(ended.exitCode).toBe(row.exitCode)
        const copy = contentsOf(place.target)
        for (const name of ['f1', 'f3', 'f4', 'f5']) expect(copy[name]).toBe(before[name])
        if (row.missing !== undefined) {
          const expected = Object.entries(before).filter(([path]) => !row.missing?.includes(path))
          expect(copy).toEqual(Object.fromEntries(expected))
        }
        expect(contentsOf(place.source)).toEqual(before)
        expect(row.holds?.(place) ?? true).toBe(true)
      },
      60_000,
    )
  }
})

async function arranged(row: OddRow, place: RoughPlace): Promise<boolean> {
  if (row.denied === true && DENIED_PREFIX === undefined) {
    notRun(`${row.name} (run as another user, or install setpriv)`)
    return false
  }
  if ((await row.arrange(place)) !== false) return true
  notRun(`${row.name} (mounting a tmpfs needs root)`)
  return false
}

/** Deeper than one path may be long: every level is made from the one above. */
function makeDeep(root: string, levels: number): void {
  const script = `for (let i = 0; i < ${levels}; i++) { require('fs').mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)) }
    require('fs').writeFileSync('too deep', 'x')`
  execFileSync(process.execPath, ['-e', script], { cwd: root })
}

/** As a program leaves one behind that was killed. */
function leaveSocket(path: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
}

describe('places of a special kind', () => {
  it('an empty source is as well at the second run as at the first', async () => {
    using place = new RoughPlace()
    mkdirSync(place.at('nothing'))
    for (const run of ['first', 'second']) {
      const { exitCode, stderr } = await place.run(['sync', place.at('nothing'), place.target])
      expect({ run, exitCode, stderr }).toEqual({ run, exitCode: 0, stderr: '' })
    }
  })

  it('a store lists a path too long for its keys, and holds the others', async () => {
    using place = new RoughPlace()
    const long = Array.from({ length: 5 }, () => 'd'.repeat(200))
    mkdirSync(join(place.source, ...long), { recursive: true })
    writeFileSync(join(place.source, ...long, 'x'.repeat(100)), 'too long for a key')
    const ended = await place.run(['sync', place.source, 's3://bucket/prefix'], { env: s3() })
    expect(ended.exitCode).toBe(3)
    expect(ended.stderr).toMatch(/^warning: [^\n]+ d{200}\/[^\n]+ longer than the [\d,]+ bytes [^\n]+\n$/)
    expect(server.bytes('bucket', 'prefix/f5')?.toString()).toBe('content 5')
  })

  it('a store whose keys may look but not write says so once, and loses no file once they may', async () => {
    using place = new RoughPlace()
    const denied = { kind: 'status', status: 403, code: 'AccessDenied' } as const
    server.faults.add({ operation: 'PutObject', times: Number.POSITIVE_INFINITY, action: denied })
    const refused = await place.run(['sync', place.source, 's3://bucket/denied', '--json'], { env: s3() })
    server.faults.clear()
    expect(refused.exitCode).toBe(12)
    expect(refused.stderr).toMatch(
      /^tidekeep: s3:\/\/bucket\/denied may be read but not written to\.\n {2}Allow [^\n]+s3:PutObject[^\n]+\n$/,
    )
    const allowed = await place.run(['sync', place.source, 's3://bucket/denied', '--json'], { env: s3() })
    expect(JSON.parse(allowed.stdout)).toMatchObject({ exitCode: 0, counts: { uploaded: 5, failed: 0 } })
  })
})

describe('a plan', () => {
  it('counts what cannot be stored as the run will, and ends with the same exit code', async () => {
    using place = new RoughPlace()
    writeFileSync(Buffer.concat([Buffer.from(`${place.source}/not text `), Buffer.from([0xff])]), 'x')
    execFileSync('mkfifo', [join(place.source, 'pipe')])
    const told = async (command: 'plan' | 'sync'): Promise<unknown> => {
      const ended = await place.run([command, place.source, place.target, '--json'])
      const { counts, failures } = JSON.parse(ended.stdout) as {
        readonly counts: Readonly<Record<string, number>>
        readonly failures: unknown
      }
      return { exitCode: ended.exitCode, failed: counts['failed'], skipped: counts['skipped'], failures }
    }
    const planned = await told('plan')
    expect(planned).toMatchObject({ exitCode: 3, failed: 1, skipped: 1, failures: [{ code: 'unsupported' }] })
    expect(await told('sync')).toEqual(planned)
  })
})

describe('a target that was emptied on purpose', () => {
  it('is begun anew once what the sentence names was removed, and nothing else had to be', async () => {
    using place = new RoughPlace()
    await firstSync(place)
    rmSync(place.target, { recursive: true })
    mkdirSync(place.target)
    const refused = await place.run(sync(place))
    const [, remembered = ''] =
      / remove (\/\S+), which is all that is remembered of this pair/.exec(refused.stderr) ?? []
    expect([refused.exitCode, readdirSync(place.target)]).toEqual([13, []])
    rmSync(remembered, { recursive: true })
    expect((await place.run(sync(place))).exitCode).toBe(0)
    expect(contentsOf(place.target)).toEqual(contentsOf(place.source))
  })
})

describe('a source that changes while it is read', () => {
  it('ends with a file that never stops growing listed once, and takes it when it is quiet', async () => {
    using place = new RoughPlace()
    const growing = join(place.source, 'f2')
    writeFileSync(growing, Buffer.alloc(50_000_000))
    const timer = setInterval(() => appendFileSync(growing, 'more'), 1)
    const ended = await place.run(sync(place)).finally(() => clearInterval(timer))
    expect(ended.exitCode).toBe(3)
    expect(ended.stderr).toMatch(/^warning: [^\n]+f2 changed while it was read\. [^\n]+\n$/)
    expect(existsSync(join(place.target, 'f2'))).toBe(false)
    expect(readFileSync(join(place.target, 'f5'), 'utf8')).toBe('content 5')
    expect(temporariesOf(place.target)).toEqual([])
    expect((await place.run(sync(place))).exitCode).toBe(0)
    expect(contentsOf(place.target)).toEqual(contentsOf(place.source))
  })

  it('says nothing about files that vanish on the way, and loses none of the others', async () => {
    using place = new RoughPlace()
    const paths = Array.from({ length: 2000 }, (_, index) => join(place.source, `many ${index}`))
    for (const [index, path] of paths.entries()) writeFileSync(path, `content ${index}`)
    const running = place.run([...sync(place), '-j', '4'])
    await untilSome(place.target)
    for (const [index, path] of paths.entries()) if (index % 3 === 0) rmSync(path)
    expect(await running).toMatchObject({ exitCode: 0, stderr: '' })
    const copy = contentsOf(place.target)
    for (const [path, content] of Object.entries(contentsOf(place.source))) expect(copy[path]).toBe(content)
  })

  it('is worked on by one run at a time', async () => {
    using place = new RoughPlace()
    writeFileSync(join(place.source, 'large'), Buffer.alloc(3_000_000, 1))
    const running = place.start([...sync(place), '--bwlimit', '1MiB'])
    const first = processEnd(running)
    await untilSome(place.target)
    // However long the second one takes to start, the first is still there.
    running.kill('SIGSTOP')
    const second = await place.run(sync(place))
    running.kill('SIGCONT')
    expect(second.exitCode).toBe(11)
    expect(second.stderr).toMatch(/^tidekeep: Another Tidekeep is already using [^\n]+\n {2}[^\n]+\n$/)
    expect((await first).exitCode).toBe(0)
    expect(contentsOf(place.target)).toEqual(contentsOf(place.source))
  })
})

/** Until a run has begun to write there. */
async function untilSome(target: string): Promise<void> {
  const deadlineMs = performance.now() + 60_000
  while (!existsSync(target) || readdirSync(target).length < 2) {
    if (performance.now() > deadlineMs) throw new Error('nothing arrived within a minute')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
