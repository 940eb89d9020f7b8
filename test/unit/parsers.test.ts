import { describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import { parseCall, parsers } from '../../common/parsers.ts'
import type { CallName } from '../../common/protocol.ts'
import { SETTING_KEYS, parseSetting } from '../../common/setting-values.ts'
import { seededRandom } from '../fakes/host.ts'

const SEED = Number(process.env['SEED'] ?? 20_260_101)

const GOOD: Readonly<Record<CallName, readonly unknown[]>> = {
  'status.get': [{}],
  'pause.set': [{ durationMs: 'forever' }, { durationMs: 1 }],
  'pause.clear': [{}],
  'speed.lift': [{ kind: 'battery', lifted: true }],
  'folders.list': [{}],
  'folders.add': [
    { path: '/home/ada/Documents', target: 's3://bucket/docs' },
    {
      path: '/home/ada/D',
      target: '/mnt/b',
      name: '',
      mode: 'mirror',
      ignore: ['*.tmp'],
      s3: {
        endpoint: 'http://127.0.0.1:9000',
        region: 'eu-west-1',
        pathStyle: true,
        accountId: 'ab12cd34',
        storageClass: 'STANDARD_IA',
      },
    },
  ],
  'folders.remove': [{ id: 'd0c0d0c0' }],
  'folders.pause': [{ id: 'd0c0d0c0' }],
  'folders.resume': [{ id: 'd0c0d0c0' }],
  'folders.sync': [{}, { id: 'd0c0d0c0' }],
  'folders.decide': [
    { id: 'd0c0d0c0', answer: 'approve' },
    { id: 'd0c0d0c0', answer: 'restore', reason: 'suspect' },
  ],
  'folders.alarm': [{ id: 'd0c0d0c0', afterMs: 3_600_000 }, { id: 'd0c0d0c0' }],
  'folders.prove': [{ id: 'd0c0d0c0' }],
  'folders.change': [{ id: 'd0c0d0c0', mode: 'mirror', name: 'D', ignore: ['*.tmp', ''] }, { id: 'd0c0d0c0' }],
  'files.reveal': [{ folderId: 'f1', path: 'a/b.txt' }],
  'files.digest': [{ folderId: 'f1', path: 'a/b.txt' }],
  'rules.survey': [{ id: 'd0c0d0c0', ignore: ['a/'] }],
  'rules.explain': [{ id: 'd0c0d0c0', ignore: [], path: 'a/b' }],
  'folders.problems': [{ id: 'd0c0d0c0', limit: 10 }],
  'diagnostics.examine': [{}],
  'diagnostics.proofPrice': [{}],
  'diagnostics.log': [{}, { after: '123:456' }],
  'diagnostics.bundle': [{ withNames: false }],
  'diagnostics.saveBundle': [{ id: 'a1b2', parts: ['log.jsonl'] }],
  'sources.suggest': [{}],
  'sources.browse': [{ path: '' }, { path: '/home' }],
  'sources.measure': [{ path: '/home' }],
  'targets.check': [{ target: '/mnt/b' }, { target: 's3://bucket', s3: {} }],
  'targets.look': [{ folderId: 'a1b2', fresh: true }],
  'targets.suggest': [{}],
  'plan.preview': [{ path: '/home', target: '/mnt/b' }],
  'queue.list': [{ limit: 1 }, { limit: 10_000, state: 'dead', folderId: 'd0c0d0c0' }],
  'queue.retry': [{}, { id: 3 }],
  'queue.skip': [{ id: 3 }],
  'queue.drop': [{ id: 3 }],
  'activity.undo': [
    { ids: [3], dryRun: false, beside: false },
    { folderId: 'd0c0d0c0', paths: ['a/b'], last: 2, sinceMs: 5, dryRun: true, beside: true },
  ],
  'activity.list': [{ limit: 50 }, { limit: 50, before: 17, folderId: 'd0c0d0c0' }],
  'restore.open': [{ folderId: 'd0c0d0c0' }, { folderId: 'd0c0d0c0', again: true }],
  'restore.timeline': [{ id: 'a1b2' }],
  'restore.close': [{ id: 'a1b2' }],
  'restore.moments': [{ id: 'a1b2', fromMs: 0, toMs: 5, bars: 10, limit: 3 }],
  'restore.list': [
    { id: 'a1b2', path: '', offset: 0, limit: 100 },
    { id: 'a1b2', path: 'a/b', atMs: 17, gone: true, offset: 100, limit: 100 },
  ],
  'restore.search': [
    { id: 'a1b2', text: 'budget', limit: 50 },
    { id: 'a1b2', text: '\u202e', after: 3, limit: 50 },
  ],
  'restore.plan': [{ id: 'a1b2', paths: ['a', ''], atMs: 17, to: { kind: 'in-place' } }],
  'restore.start': [
    { id: 'a1b2', paths: ['a/b'], token: 'current', to: { kind: 'directory', path: '/tmp/x' } },
    { id: 'a1b2', paths: ['a'], last: true, to: { kind: 'beside' } },
  ],
  'restore.run': [{ id: 'a1b2' }],
  'restore.cancel': [{ id: 'a1b2' }],
  'thaw.plan': [{ id: 'a1b2' }],
  'thaw.planned': [{ id: 'a1b2' }],
  'thaw.request': [{ id: 'a1b2', speed: 'bulk', days: 7 }],
  'thaw.list': [{}, { folderId: 'f1' }],
  'thaw.cancel': [{ id: 3 }],
  'thaw.forget': [{ id: 3 }],
  'versions.list': [{ id: 'a1b2', path: 'a/b' }],
  'versions.due': [{ folderId: 'f1' }],
  'versions.preview': [{ id: 'a1b2', path: 'a/b', token: '.tidekeep/kept/2026-01-01T00-00-00.000-deleted/a/b' }],
  'conflicts.list': [
    { state: 'unresolved', limit: 10 },
    { state: 'resolved', limit: 10, after: 3, folderId: 'd0c0d0c0', kind: 'type', scope: 'a/b' },
  ],
  'conflicts.count': [{}, { pattern: '*.xlsx', folderId: 'd0c0d0c0' }],
  'conflicts.show': [{ id: 3 }, { id: 3, fetch: true, look: '0f3c-1' }],
  'conflicts.leave': [{ look: '0f3c-1' }],
  'conflicts.resolve': [
    { decision: { kind: 'keep-local' }, query: { pattern: '*.txt' }, dryRun: true },
    {
      decision: { kind: 'keep-both', as: 'a (2).txt' },
      conflicts: [{ id: 3, local: 'ab'.repeat(16), remote: 'cd'.repeat(16) }],
      dryRun: false,
    },
    { decision: { kind: 'merge', digest: 'ab'.repeat(32) }, query: {}, seen: 'ab'.repeat(16), dryRun: false },
  ],
  'conflicts.undo': [{ ids: [3] }],
  'conflicts.rules': [{}],
  'conflicts.addRule': [{ folderId: 'd0c0d0c0', rule: { pattern: '*.xlsx', resolution: 'newest' } }],
  'conflicts.removeRule': [{ folderId: 'd0c0d0c0', pattern: '*.xlsx' }],
  'settings.get': [{}],
  'language.get': [{}],
  'heartbeat.test': [{ which: 'safe' }, { which: 'failing' }],
  'updates.get': [{}],
  'updates.check': [{}],
  'updates.install': [{}],
  'settings.set': [
    { key: 'theme', value: 'dark' },
    { key: 'autostart', value: true },
    { key: 'ignore', value: ['a', 'b'] },
  ],
  'accounts.save': [{ kind: 's3', accessKeyId: 'AKIA123', secretAccessKey: 'secret/with+signs=' }],
  'accounts.list': [{}],
  'accounts.signIn': [{ method: 'browser' }, { method: 'device-code', name: 'ada', tenant: 'contoso.com' }],
  'accounts.signInState': [{ id: 'a1b2' }],
  'accounts.endSignIn': [{ id: 'a1b2' }],
  'accounts.look': [{ name: 'ada.l', fresh: false }],
  'accounts.remove': [{ name: 'ada.l' }],
  'accounts.goOn': [{}],
}

describe('paths of a restore', () => {
  it.each(['../a', 'a/../b', '/a', 'a//b', 'a/', '.', 'a\0b', '\ud800'])('refuses %j', (path) => {
    for (const params of [
      { id: 'a1', path, offset: 0, limit: 1 },
      { id: 'a1', paths: [path], to: { kind: 'in-place' } },
    ])
      expect(() => parseCall('paths' in params ? 'restore.start' : 'restore.list', params)).toThrow(/was refused/)
  })
})

describe('the parser table', () => {
  it.each(Object.entries(GOOD))('lets the parameters of %s through unchanged', (name, samples) => {
    for (const params of samples) expect(parseCall(name, params)).toEqual({ name, params })
  })

  it('is frozen and has no inherited names', () => {
    expect(Object.isFrozen(parsers)).toBe(true)
    for (const name of [
      'constructor',
      'toString',
      '__proto__',
      'hasOwnProperty',
      '',
      'status',
      'Status.get',
      7,
      null,
      {},
    ]) {
      expect(() => parseCall(name, {})).toThrow('There is no such call.')
    }
  })

  it('refuses a field too many, whatever the call', () => {
    for (const [name, samples] of Object.entries(GOOD)) {
      for (const params of samples) {
        expect(() => parseCall(name, { ...(params as object), surprise: 1 })).toThrow(/surprise/)
      }
    }
  })

  it('treats an undefined member as absent, as JSON does', () => {
    expect(parseCall('folders.sync', { id: undefined })).toEqual({ name: 'folders.sync', params: {} })
  })

  it('refuses __proto__ as JSON carries it, at any depth, and pollutes nothing', () => {
    const hostile = [
      '{"__proto__":{"polluted":1}}',
      '{"path":"/a","target":"/b","s3":{"__proto__":{"polluted":1}}}',
      '{"path":"/a","target":"/b","constructor":{"prototype":{"polluted":1}}}',
    ]
    for (const json of hostile) {
      expect(() => parseCall('folders.add', JSON.parse(json))).toThrow(/does not belong|do not belong/)
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('does not read inherited members', () => {
    const sly = Object.create({ id: 'd0c0d0c0' }) as object
    expect(() => parseCall('folders.remove', sly)).toThrow(/refused/)
  })

  it.each([
    ['folders.remove', {}, '"id"'],
    ['folders.remove', { id: '../../etc' }, '"id"'],
    ['folders.add', { path: '/a', target: '/b', mode: 'both' }, '"mode" must be one of backup, mirror, two-way'],
    ['folders.add', { path: 'x'.repeat(5000), target: '/b' }, '"path" is too large (at most 4096)'],
    ['folders.add', { path: '/a\0b', target: '/b' }, '"path" must be valid text'],
    ['folders.add', { path: '/a\ud800', target: '/b' }, '"path" must be valid text'],
    ['folders.add', { path: '', target: '/b' }, '"path" must not be empty'],
    ['folders.add', { path: '/a', target: '/b', s3: { endpoint: 'https://key:secret@host' } }, '"s3.endpoint"'],
    ['folders.add', { path: '/a', target: '/b', s3: { endpoint: 'https://host/?X-Amz-Signature=1' } }, '"s3.endpoint"'],
    ['folders.add', { path: '/a', target: '/b', s3: { secretAccessKey: 'x' } }, 'secretAccessKey'],
    ['queue.list', { limit: 0 }, '"limit" must be at least 1'],
    ['queue.list', { limit: 10_001 }, '"limit" is too large (at most 10000)'],
    ['queue.list', { limit: 1.5 }, '"limit" must be a whole number'],
    ['pause.set', { durationMs: -1 }, '"durationMs"'],
    ['pause.set', { durationMs: Number.POSITIVE_INFINITY }, '"durationMs"'],
    ['settings.set', { key: 'folders', value: [] }, '"key" must be one of'],
    ['settings.set', { key: 'theme', value: 'pink' }, '"theme"'],
    ['accounts.remove', { name: '../settings' }, '"name"'],
    ['accounts.signIn', { method: 'browser', tenant: 'a/b' }, '"tenant"'],
    ['accounts.save', { kind: 's3', accessKeyId: 'a b', secretAccessKey: 'x' }, '"accessKeyId"'],
  ] as const)('names the field of %s when it refuses %j', (name, params, part) => {
    expect(() => parseCall(name, params)).toThrow(part)
  })

  it('never repeats a secret it refuses', () => {
    const secretAccessKey = `canary ${'x'.repeat(2000)}`
    const refusal = catchError(() => parseCall('accounts.save', { kind: 's3', accessKeyId: 'A', secretAccessKey }))
    expect(refusal).toMatchObject({ code: 'invalid' })
    expect(JSON.stringify([String(refusal), refusal])).not.toContain('canary')
  })
})

describe('settings as people write them', () => {
  it.each([
    ['bandwidthLimit', '5MiB', 5 * 1024 * 1024],
    ['bandwidthLimit', '2 MB/s', 2_000_000],
    ['bandwidthLimit', 'off', 0],
    ['bandwidthLimit', 1024, 1024],
    ['settleMs', '750ms', 750],
    ['reconcileMs', '30m', 1_800_000],
    ['concurrency', 'auto', 0],
    ['concurrency', '8', 8],
    ['guardPercent', '25%', 25],
    ['guardFiles', '100', 100],
    ['autostart', 'on', true],
    ['autostart', 'no', false],
    ['theme', 'light', 'light'],
    ['ignore', '*.tmp\r\n\n*.bak', ['*.tmp', '*.bak']],
  ] as const)('reads %s = %j', (key, raw, value) => {
    expect(parseSetting(key, raw)).toEqual(value)
  })

  it.each([
    ['reconcileMs', '2h'],
    ['reconcileMs', 0],
    ['bandwidthLimit', -1],
    ['bandwidthLimit', '5 parsecs'],
    ['bandwidthLimit', ''],
    ['concurrency', 65],
    ['concurrency', '1e3'],
    ['guardPercent', 101],
    ['guardPercent', ''],
    ['guardFiles', Number.NaN],
    ['autostart', 1],
    ['autostart', 'toString'],
    ['ignore', [1]],
    ['ignore', ['a\nb']],
    ['ignore', Array.from({ length: 1001 }, () => 'x')],
  ] as const)('refuses %s = %j', (key, raw) => {
    expect(catchError(() => parseSetting(key, raw))).toMatchObject({ code: 'invalid' })
  })
})

describe('twenty thousand broken messages', () => {
  it(`are refused as invalid without a crash (seed ${SEED})`, () => {
    const random = seededRandom(SEED)
    const names = Object.keys(GOOD) as CallName[]
    let refused = 0
    let accepted = 0
    for (let round = 0; round < 20_000; round++) {
      const name = names[Math.floor(random.next() * names.length)]!
      const samples = GOOD[name]
      const params = spoil(structuredClone(samples[Math.floor(random.next() * samples.length)]), () => random.next())
      try {
        const parsed = parseCall(name, params)
        // What a mutation left good must satisfy the table again, byte for byte.
        expect(parseCall(name, JSON.parse(JSON.stringify(parsed.params))).params).toEqual(parsed.params)
        expect(isKnownGood(name, parsed.params)).toBe(true)
        accepted++
      } catch (error) {
        if (!isTidekeepError(error)) throw error
        expect(error.code).toBe('invalid')
        expect(error.message.length).toBeLessThan(400)
        refused++
      }
    }
    expect(refused + accepted).toBe(20_000)
    expect(refused).toBeGreaterThan(15_000)
  })
})

/** Independent of the schemas: only known keys, short strings, sane numbers, plain shapes. */
function isKnownGood(name: CallName, params: unknown): boolean {
  const known = new Set(GOOD[name].flatMap((sample) => Object.keys(sample as object)))
  return Object.entries(params as object).every(([key, value]) => known.has(key) && isSane(value, 0))
}

function isSane(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.length <= 4096 && !value.includes('\0') && value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0
  if (typeof value === 'boolean') return true
  if (Array.isArray(value)) return value.length <= 1000 && value.every((item) => isSane(item, depth + 1))
  return (
    typeof value === 'object' &&
    value !== null &&
    depth < 2 &&
    Object.values(value).every((item) => isSane(item, depth + 1))
  )
}

function spoil(params: unknown, next: () => number): unknown {
  const kind = Math.floor(next() * 8)
  const junk = pick(JUNK, next)()
  if (kind === 0) return junk
  const copy = { ...(params as Record<string, unknown>) }
  const keys = Object.keys(copy)
  const key = keys.length === 0 ? 'x' : pick(keys, next)
  if (kind === 1) copy[pick(['__proto__x', 'constructor', 'x', 'limit', 'id', '\0', 'path '], next)] = junk
  else if (kind === 2) delete copy[key]
  else if (kind === 3) return [copy]
  else if (kind === 4) return JSON.parse(`{"__proto__":${JSON.stringify(copy)}}`)
  else copy[key] = junk
  return copy
}

const JUNK: readonly (() => unknown)[] = [
  () => null,
  () => Number.NaN,
  () => -1,
  () => 1e308,
  () => '',
  () => '\0',
  () => '\ud800',
  () => 'x'.repeat(100_000),
  () => [],
  () => Array.from({ length: 20_000 }, () => 1),
  () => ({}),
  () => ({ a: { b: { c: { d: { e: {} } } } } }),
  () => true,
  () => 10n,
  () => new Date(0),
  () => new Map(),
  () => () => 1,
  () => Symbol('x'),
  () => JSON.parse('{"__proto__":{"admin":true}}'),
  () => '../../../etc/passwd',
]

function pick<T>(items: readonly T[], next: () => number): T {
  return items[Math.floor(next() * items.length)]!
}

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error(`nothing was refused; settings known: ${SETTING_KEYS.length}`)
}
