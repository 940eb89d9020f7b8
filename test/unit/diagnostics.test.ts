import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../common/model.ts'
import type { BundleView, StatusView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../common/settings.ts'
import { createDiagnosticHandlers } from '../../main/api/diagnostics.ts'
import { zip } from '../../main/diagnosis/zip.ts'
import { createLog } from '../../main/telemetry/log.ts'
import { logFile, readLog, viewLog } from '../../main/telemetry/log-reader.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'

const CALLER = { transport: 'direct' } as const
/** Everything here is what something of a person's is called. */
const NAMES = ['canary-folder', 'canary-file', 'canary-bucket', 'canary-account', 'canary.example', 'canary-rule']
const SECRETS = ['AKIACANARYCANARY1234', 'canary-bearer-of-sign-in', 'eyJjYW5hcnkiOiJjYW5hcnki.eyJjYW5hcnki.c2ln']

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-diagnostics-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** An installation in which names and secrets are wherever they could get to. */
function openCanaries() {
  const host = {
    ...createFakeHost({ clock: realClock }),
    paths: { ...createFakeHost().paths, logs: join(place, 'logs') },
  }
  mkdirSync(host.paths.logs, { recursive: true })
  const path = join(place, 'canary-folder')
  const folder = {
    id: 'f1',
    name: 'canary-folder',
    path,
    target: 's3://canary-bucket/canary-folder',
    mode: 'mirror',
  } as const
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    ignore: ['canary-rule'],
    folders: [
      {
        ...folder,
        paused: false,
        ignore: ['canary-rule'],
        s3: { endpoint: 'https://canary.example', profile: 'canary-account', accountId: 'a1b2' },
      },
    ],
  }
  const view = {
    ...folder,
    sentence: 'canary-file waits.',
    holds: [],
    coverage: { kind: 'off', reason: 'canary-folder' },
  }
  const status = {
    headline: 'attention',
    sentence: 'canary-folder needs you.',
    transfers: [{ path: 'canary-file', kind: 'upload', bytesDone: 1, bytesTotal: 2, folderId: 'f1', jobId: 1 }],
    attention: [{ kind: 'dead', folderId: 'f1', message: 'canary-file', count: 1 }],
    reasons: ['canary-account'],
    folders: [view],
  } as unknown as StatusView
  const job = {
    id: 3,
    folderId: 'f1',
    action: { kind: 'upload', path: 'canary-file' },
    failure: { code: 'forbidden', message: 'canary-bucket refused canary-file.' },
    state: 'dead',
  } as unknown as Job
  const log = createLog({ write: (line) => appendFileSync(logFile(host.paths.logs), line) })
  log.warn('folder-not-opened', { folderId: 'f1', code: 'forbidden', path: '/home/canary-file', count: 7 })
  log.info('notice', { title: 'canary-folder', body: 'canary-account' })
  log.info('call failed', { call: 'canary-file/of/a/path', error: `Error: canary.example ${SECRETS[0]}` })
  // Not through the log, which would have cleaned them: as another version might have written them.
  appendFileSync(
    logFile(host.paths.logs),
    `${JSON.stringify({ level: 'info', event: 'x', text: `Bearer ${SECRETS[1]} ${SECRETS[2]}`, kind: SECRETS[0] })}\n`,
  )
  const handlers = createDiagnosticHandlers({
    host,
    settings: { get: () => settings, update: async () => undefined },
    store: {
      queue: { list: ({ state }: { state: string }) => (state === 'dead' ? [job] : []) },
      folders: { get: () => ({ compared: true }) },
    } as never,
    engine: { status: () => status },
    describeSecrets: () => `canary-account ${SECRETS[0]}`,
    pricesOf: () => undefined,
    openTarget: () => Promise.reject(new Error(`canary.example said no to ${SECRETS[0]}`)),
  })
  const bundle = (withNames: boolean): Promise<BundleView> => handlers['diagnostics.bundle']({ withNames }, CALLER)
  const save = (id: string, parts: readonly string[]) => handlers['diagnostics.saveBundle']({ id, parts }, CALLER)
  return { handlers, bundle, save, textOf: (view: BundleView) => view.parts.map(({ text }) => text).join('\n') }
}

describe('a support bundle', () => {
  it('holds no name and no secret unless names are asked for, and then no secret either', async () => {
    const { bundle, textOf } = openCanaries()
    const without = textOf(await bundle(false))
    expect([...NAMES, ...SECRETS, place].filter((canary) => without.includes(canary))).toEqual([])
    const withNames = textOf(await bundle(true))
    expect(NAMES.filter((canary) => !withNames.includes(canary))).toEqual([])
    expect(SECRETS.filter((canary) => withNames.includes(canary))).toEqual([])
  })

  it('still says what helps: states, codes, kinds and counts', async () => {
    const { bundle } = openCanaries()
    const { parts } = await bundle(false)
    const text = (name: string): string => parts.find((part) => part.name === name)?.text ?? ''
    expect(text('check-up.txt')).toMatch(/^failed target$/m)
    expect(text('check-up.txt')).toMatch(/^ok version: Tidekeep /m)
    expect(JSON.parse(text('settings.json'))).toMatchObject({
      keepDays: 30,
      ignoreLines: 1,
      folders: [
        { id: 'f1', mode: 'mirror', targetKind: 's3', ignoreLines: 1, s3: { hasEndpoint: true, hasKeys: true } },
      ],
    })
    expect(JSON.parse(text('failures.json'))).toEqual([
      { id: 3, folderId: 'f1', kind: 'upload', state: 'dead', code: 'forbidden' },
    ])
    expect(JSON.parse(text('log.jsonl').split('\n')[0]!)).toMatchObject({
      event: 'folder-not-opened',
      code: 'forbidden',
      count: 7,
      path: '[17 characters]',
    })
  })

  it('is saved as it was shown, only the parts that were ticked, and only the last that was shown', async () => {
    const { bundle, save } = openCanaries()
    const first = await bundle(true)
    const second = await bundle(false)
    await expect(save(first.id, ['log.jsonl'])).rejects.toMatchObject({ code: 'not-found' })
    await expect(save(second.id, ['no-such-part'])).rejects.toMatchObject({ code: 'not-found' })
    const { path } = await save(second.id, ['log.jsonl', 'settings.json'])
    expect(readdirSync(join(place, 'logs', 'support'))).toHaveLength(1)
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(unpacked(path)).toEqual(
      Object.fromEntries(
        second.parts.filter(({ name }) => /^(log|settings)/.test(name)).map(({ name, text }) => [name, text]),
      ),
    )
  })
})

describe('an archive', () => {
  const texts = { 'a.txt': '', 'b.json': 'ä\u{1F600}\n'.repeat(5_000), 'c.log': 'x' }
  const files = Object.entries(texts).map(([name, text]) => ({ name, text }))

  it('holds the texts as they were', () => {
    const path = join(place, 'a.zip')
    writeFileSync(path, zip(files, Date.UTC(2026, 10, 21)))
    expect(unpacked(path)).toEqual(texts)
  })

  it('is in order for another program, which checks its sums and both of its directories', () => {
    const path = join(place, 'a.zip')
    writeFileSync(path, zip(files, Date.UTC(2026, 10, 21)))
    const program =
      'import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))'
    const { error, status, stdout } = spawnSync('python3', ['-c', program, path], { encoding: 'utf8' })
    if (error !== undefined) {
      if (process.env['REQUIRE_REAL'] === '1') throw error
      return console.log('not run: reading an archive with Python (there is no python3)')
    }
    expect([status, JSON.parse(stdout)]).toEqual([0, texts])
  })
})

/** By its directory, where every entry says where its file begins. */
function unpacked(path: string): Readonly<Record<string, string>> {
  const bytes = readFileSync(path)
  const end = bytes.length - 22
  const entries: Record<string, string> = {}
  for (let at = bytes.readUInt32LE(end + 16), left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [packed, nameLength] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28)]
    const from = bytes.readUInt32LE(at + 42) + 30 + nameLength
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    entries[name] = inflateRawSync(bytes.subarray(from, from + packed)).toString()
    at += 46 + nameLength
  }
  return entries
}

describe('reading the log', () => {
  const line = (event: string): string =>
    `${JSON.stringify({ level: 'warn', time: '2026-11-21T12:00:00.000Z', event, n: 1 })}\n`

  it('goes on where it ended, leaves half a line for the next time, and follows a rotation', () => {
    const path = join(place, 'tidekeep.log')
    expect(readLog(path).lines).toEqual([])
    writeFileSync(path, `${line('a')}${line('b').slice(0, 10)}`)
    const first = viewLog(readLog(path))
    expect(first.rows).toMatchObject([{ event: 'a', level: 'warn', atMs: Date.UTC(2026, 10, 21, 12), details: 'n=1' }])
    appendFileSync(path, line('b').slice(10))
    const second = viewLog(readLog(path, first.after))
    expect(second.rows.map(({ event }) => event)).toEqual(['b'])
    expect(viewLog(readLog(path, second.after)).rows).toEqual([])
    renameSync(path, `${path}.1`)
    writeFileSync(path, line('c'))
    expect(viewLog(readLog(path, second.after)).rows.map(({ event }) => event)).toEqual(['c'])
  })

  it('takes the end of a long one, whole lines only, five hundred at most', () => {
    const path = join(place, 'tidekeep.log')
    writeFileSync(path, Array.from({ length: 9_000 }, (_, index) => line(`e${index}`)).join(''))
    const { rows } = viewLog(readLog(path))
    expect(rows).toHaveLength(500)
    expect(rows.at(-1)?.event).toBe('e8999')
    expect(new Set(rows.map(({ id }) => id)).size).toBe(500)
    expect(readLog(path).lines.every(({ text }) => text.startsWith('{'))).toBe(true)
  })

  it('shows a line that is not as the log writes them', () => {
    const path = join(place, 'tidekeep.log')
    writeFileSync(path, 'not json\n{"level":"odd","event":5}\n')
    expect(viewLog(readLog(path)).rows.map(({ event, level, atMs }) => [event, level, atMs])).toEqual([
      ['not json', 'info', 0],
      ['{"level":"odd","event":5}', 'info', 0],
    ])
  })
})
