import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import { parseBytes, parseDuration } from '../../common/format.ts'
import { formatLocation, parseLocation } from '../../common/location.ts'
import type { Action, RelPath } from '../../common/model.ts'
import { relPathProblem } from '../../common/paths.ts'
import { parseCall } from '../../common/parsers.ts'
import { SETTING_KEYS, parseSetting } from '../../common/setting-values.ts'
import { DEFAULT_SETTINGS } from '../../common/settings.ts'
import { EXIT } from '../../main/cli/exit-codes.ts'
import { networkFolderKind } from '../../main/engine/watch/network-folder.ts'
import { readProfile } from '../../main/providers/s3/credentials.ts'
import { parseDocument } from '../../main/secrets/sealed-document.ts'
import { decodeAction, encodeAction } from '../../main/state/action-json.ts'
import { openSettings, type SettingsStore } from '../../main/state/settings-store.ts'
import { IgnoreLevel } from '../../workers/ignore/ignore-level.ts'
import { CommandLineWorld } from '../fakes/command-line.ts'
import { seededRandom } from '../fakes/host.ts'
import { Mutator } from '../fixtures/mutations.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_208)
const TIMES = Number(process.env['TIDEKEEP_FUZZ'] ?? 1)

let place = ''
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-bad-text-'))
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** Runs `attempt` on bent texts; gives what ended in anything but a value it vouches for or one clear error. */
async function fuzz(
  count: number,
  originals: readonly string[],
  attempt: (text: string, mutate: Mutator) => unknown,
): Promise<readonly string[]> {
  const mutate = new Mutator(seededRandom(SEED))
  const wrong: string[] = []
  for (let round = 0; round < count * TIMES && wrong.length < 3; round++) {
    const text = mutate.text(mutate.pick(originals))
    try {
      const problem = await attempt(text, mutate)
      if (typeof problem === 'string') wrong.push(`${problem}: ${JSON.stringify(text).slice(0, 500)}`)
    } catch (error) {
      if (!isClear(error)) wrong.push(`${String(error).slice(0, 300)}: ${JSON.stringify(text).slice(0, 500)}`)
    }
  }
  expect(Object.prototype).not.toHaveProperty('admin')
  return wrong
}

function isClear(error: unknown): boolean {
  if (!isTidekeepError(error) || error.code === 'internal') return false
  return error.message.endsWith('.') && error.message.length < 20_000
}

const SETTINGS = JSON.stringify({
  version: 1,
  bandwidthLimit: 1000,
  guardPercent: 10,
  theme: 'dark',
  pausedUntil: 'forever',
  ignore: ['*.tmp'],
  folders: [
    {
      id: 'f1',
      name: 'Documents',
      path: '/home/x',
      target: 's3://b/p',
      mode: 'backup',
      paused: false,
      ignore: [],
      s3: { endpoint: 'http://127.0.0.1:9000', pathStyle: true },
    },
  ],
})

const ACTIONS: readonly Action[] = [
  {
    kind: 'upload',
    path: 'a/b' as RelPath,
    expect: { kind: 'etag', etag: '"e"' },
    local: {
      path: 'a/b' as RelPath,
      kind: 'file',
      size: 5,
      mtimeNs: 12n,
      mode: 0o644,
      identity: { inode: '1:2', ctimeNs: 3n },
    },
  },
  {
    kind: 'move',
    path: 'c' as RelPath,
    from: 'd' as RelPath,
    expect: { kind: 'any' },
    local: { path: 'c' as RelPath, kind: 'file', size: 5, mtimeNs: 12n },
    base: {
      path: 'd' as RelPath,
      kind: 'file',
      size: 5,
      mtimeNs: 12n,
      contentHash: 'ab',
      remote: { etag: 'e', size: 5, verifiedBy: 'checksum' },
      recordedAtMs: 1,
    },
  },
]

describe(`texts that were bent (seed ${SEED})`, () => {
  it('are settings that hold or one clear error, and the file stays as it is: 3,000 files', async () => {
    const wrong = await fuzz(3_000, [SETTINGS], async (text) => {
      const path = join(place, 'settings.json')
      writeFileSync(path, text)
      const bytes = readFileSync(path)
      const opened = await openSettings(place).catch((error: unknown) => error)
      if (!readFileSync(path).equals(bytes)) return 'the file was changed'
      if (opened instanceof Error) throw opened
      const settings = (opened as SettingsStore).get()
      const isSound =
        Number.isSafeInteger(settings.bandwidthLimit) &&
        settings.guardPercent <= 100 &&
        settings.folders.every(({ id, path: root }) => id !== '' && root.startsWith('/'))
      return isSound ? undefined : 'unsound'
    })
    expect(wrong).toEqual([])
  })

  it('are jobs that hold or are known to be damaged: 15,000 rows', async () => {
    const rows = ACTIONS.map((action) => encodeAction(action))
    const wrong = await fuzz(15_000, rows, (text, mutate) => {
      const path = mutate.below(4) === 0 ? mutate.text('a/b') : 'a/b'
      const action = decodeAction(text, path) as Action & { readonly from?: string; readonly local?: { size: number } }
      const paths = [action.path, action.from ?? '']
      if (paths.some((each) => relPathProblem(each) !== undefined)) return 'a path that leads out'
      return action.local !== undefined && !Number.isSafeInteger(action.local.size) ? 'a size that is none' : undefined
    })
    expect(wrong).toEqual([])
  })

  it('are rules that answer, quickly, or none: 3,000 ignore files', async () => {
    const rules = '# c\n*.tmp\n!keep/\n/build/**\n**/a/**/b/**/c\n[a-z]*.o\nfoo\\ bar\na/**/b\n'
    const paths = ['a', 'a/b/c', `${'a/'.repeat(200)}b`, 'a'.repeat(250), '[', '\\', 'x y', 'ünï/𝄞', '..foo']
    const wrong = await fuzz(3_000, [rules], (text) => {
      const level = IgnoreLevel.outermost([]).below('', text)
      for (const path of paths) level.ignoredBy(path, path.length % 2 === 0)
    })
    expect(wrong).toEqual([])
  })

  it('are values or refused, wherever people type them: 20,000 words', async () => {
    const words = [
      '5MiB',
      '30m',
      '10%',
      'auto',
      's3://bucket/prefix',
      'file:///mnt/x',
      'memory:x',
      '/mnt/x',
      '1.5G',
      'true',
    ]
    const wrong = await fuzz(20_000, words, (text, mutate) => {
      const read = mutate.pick<() => unknown>([
        () => parseBytes(text),
        () => parseDuration(text),
        () => parseSetting(mutate.pick(SETTING_KEYS), text),
        () => formatLocation(parseLocation(text, (path) => `/base/${path}`)),
        () => parseCall(mutate.pick(['status.get', 'folders.add', text]), { path: text, target: text, [text]: text }),
      ])
      const value = read()
      return typeof value === 'number' && !Number.isFinite(value) ? `the number ${value}` : undefined
    })
    expect(wrong).toEqual([])
  })

  it('are secrets or known to be damaged, and never cost more than the file may ask for: 5,000 files', async () => {
    const sealed = { nonce: 'AAAA', tag: 'AAAA', text: 'AAAA' }
    const document = JSON.stringify({
      format: 'tidekeep-secrets',
      version: 1,
      key: 'machine',
      scrypt: { N: 16384, r: 8, p: 1, salt: 'AAAAAAAAAAAAAAAAAAAAAA==' },
      check: sealed,
      entries: [{ name: 's3:x', sealed }],
    })
    const wrong = await fuzz(5_000, [document], (text) => {
      const { N, r, p } = parseDocument(text, '/x/secrets.json').scrypt
      return 128 * N * r * p > 2 ** 30 ? `${128 * N * r * p} bytes` : undefined
    })
    expect(wrong).toEqual([])
  })

  it('are profiles and mounts or nothing: 4,000 system files', async () => {
    const path = join(place, 'aws-config')
    const profile = '[default]\nregion = eu-west-1\n[profile x]\nendpoint_url = http://x\n'
    const mounts = '40 22 0:35 / /home/me/cloud rw,nosuid shared:2 - fuse.rclone remote: rw\n'
    const wrong = await fuzz(2_000, [profile], async (text) => {
      writeFileSync(path, text)
      const read = await readProfile('x', { AWS_CONFIG_FILE: path })
      return Object.values(read).every((value) => typeof value === 'string') ? undefined : 'unsound'
    })
    const alsoWrong = await fuzz(2_000, [mounts], async (text) => {
      const lookup = {
        platform: 'linux',
        fileSystemType: () => Promise.resolve(0x65735546),
        mounts: () => Promise.resolve(text),
      } as const
      const kind = await networkFolderKind('/home/me/cloud/x', lookup)
      return kind === undefined || typeof kind === 'string' ? undefined : 'unsound'
    })
    expect([...wrong, ...alsoWrong]).toEqual([])
  })
})

describe('command lines that were bent', () => {
  const COMMANDS = [
    'sync A B --mode mirror --delete --max-delete 20% --bwlimit 5MiB -j 4 --exclude *.tmp --dry-run --json',
    'restore A B --include x --jsonl',
    'verify A --read-data=10% --json',
    'folder add A --target B --name x',
    'folder pause f1',
    'config set bandwidthLimit 5MiB',
    'config get theme',
    'queue list --state dead --json',
    'pause 30m',
    'status --json',
    'provider check s3://bucket/x --s3-endpoint http://x',
    'completion bash',
    'ignore check A x',
    'doctor --json',
  ]
  const EXIT_CODES = new Set<number>(Object.values(EXIT))

  it(`are understood, or refused in one sentence with what to do: 3,000 of them (seed ${SEED})`, async () => {
    const mutate = new Mutator(seededRandom(SEED))
    const wrong: string[] = []
    const ends = new Map<number, number>()
    for (let round = 0; round < 3_000 * TIMES && wrong.length < 3; round++) {
      const words = mutate.pick(COMMANDS).split(' ')
      for (let count = 1 + mutate.below(3); count > 0; count--) {
        const at = mutate.below(words.length)
        words[at] = mutate.pick([mutate.junk(), mutate.text(words[at]!), `--${mutate.junk()}`, words[0]!, '--', '-'])
      }
      const world = new CommandLineWorld()
      world.settings = DEFAULT_SETTINGS
      const { exitCode, stdout, stderr } = await world.run(...words)
      ends.set(exitCode, (ends.get(exitCode) ?? 0) + 1)
      const problem = problemOf({ exitCode, stdout, stderr })
      if (problem !== undefined)
        wrong.push(`${problem}: ${JSON.stringify(words).slice(0, 500)} ${stderr.slice(0, 300)}`)
    }
    expect(wrong).toEqual([])
    expect(ends.get(EXIT.usage)).toBeGreaterThan(500)
  })

  function problemOf({
    exitCode,
    stdout,
    stderr,
  }: {
    exitCode: number
    stdout: string
    stderr: string
  }): string | undefined {
    if (!EXIT_CODES.has(exitCode)) return `the exit code ${exitCode}`
    // It was understood, and got as far as asking this test for a service, a folder or a store.
    if (stderr.includes('which this test did not expect')) return undefined
    // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
    if (/[\u0000-\u0009\u000b-\u001f]/.test(stderr)) return 'control characters'
    if (exitCode === EXIT.ok) return undefined
    if (/ at .*\.ts:\d+/.test(stderr)) return 'a stack'
    // A report: an object in the JSON modes, what the doctor found in the other.
    const isMachine = /^\{.*\}\n$/s.test(stdout) || (stderr === '' && stdout !== '')
    return /^tidekeep: [^\n]+[.!?]\n( {2}[^\n]+\n)?$/.test(stderr) || isMachine ? undefined : 'not one sentence'
  }
})
