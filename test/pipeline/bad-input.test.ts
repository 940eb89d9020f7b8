import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Ended } from '../fakes/tidekeep-process.ts'
import { startS3Server, type S3Server } from '../fakes/s3/server.ts'
import { contentsOf, notRun, RoughPlace, unprivilegedPrefix } from '../fixtures/rough-place.ts'

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
    arrange: (p) => {
      if (!p.mountDisk(p.target, '1m')) return false
      p.remountReadOnly(p.target)
      return true
    },
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
    exitCode: 13,
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
    }, 60_000)
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
