import { afterEach, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import type { RetentionRules } from '../../common/retention.ts'
import { letGoOfKept, type RetentionOptions } from '../../main/cleanup/kept-retention.ts'
import type { KeptVersion } from '../../main/providers/provider.ts'
import { contentOf, never, rel, SMALL_TUNING, startS3Fixture, withFile, type S3Fixture } from '../fakes/s3/harness.ts'
import type { Version } from '../fakes/s3/types.ts'

const DAY_MS = 86_400_000
const RULES: RetentionRules = { allDays: 30, dailyDays: 0, weeklyWeeks: 0, monthlyMonths: 0 }
const opened: S3Fixture[] = []
afterEach(async () => {
  for (const fixture of opened.splice(0)) await fixture.close()
})

async function versioned(): Promise<S3Fixture> {
  const fixture = await startS3Fixture({ tuning: SMALL_TUNING, quirks: { minPartBytes: 1024 } })
  opened.push(fixture)
  bucketOf(fixture).versioning = 'enabled'
  return fixture
}

const bucketOf = ({ server, bucket }: S3Fixture) => server.buckets.get(bucket)!
const ids = (fixture: S3Fixture, key: string) =>
  bucketOf(fixture)
    .versions(key)
    .map(({ versionId }) => versionId)
const removals = ({ server }: S3Fixture) =>
  server.requests.filter(({ operation, query }) => operation === 'DeleteObject' && query.includes('versionId='))

async function put(fixture: S3Fixture, path: RelPath, text: string): Promise<void> {
  const metadata = { mtimeNs: 1_700_000_000_000_000_000n }
  await fixture.provider.put(path, contentOf(text), { metadata, expect: { kind: 'any' }, signal: never })
}

/** So many versions, one a day, the newest written 40 days ago. */
async function history(fixture: S3Fixture, path: RelPath, versions: number): Promise<void> {
  for (let turn = 0; turn < versions; turn++) await put(fixture, path, `${path} ${turn}`)
  age(fixture, path)
}

/** A day lies between any two, the newest is 40 days and a half old: at no stretch's very end, where a second decides. */
function age(fixture: S3Fixture, path: RelPath): void {
  const all = bucketOf(fixture).versions(path) as (Version & { lastModifiedMs: number })[]
  for (const [at, version] of all.entries()) version.lastModifiedMs = Date.now() - (39.5 + all.length - at) * DAY_MS
}

/** Without how old it is: that depends on the second it is asked in. */
async function kept({ provider }: S3Fixture): Promise<readonly Omit<KeptVersion, 'ageMs'>[]> {
  const found: Omit<KeptVersion, 'ageMs'>[] = []
  for await (const { ageMs: _ageMs, ...version } of provider.features.keptVersions!(rel(''), { signal: never }))
    found.push(version)
  return found
}

const prune = ({ provider }: S3Fixture, options: Partial<RetentionOptions> = {}) =>
  letGoOfKept(provider, {
    rules: RULES,
    dryRun: false,
    nowMs: Date.now(),
    signal: never,
    ofStore: true,
    takesAll: true,
    ...options,
  })

describe('earlier versions that a bucket keeps', () => {
  it('stay until somebody asks for them to go', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 4)
    expect(await prune(fixture, { ofStore: false })).toMatchObject({ removed: { count: 0 }, ofStore: { count: 3 } })
    expect(removals(fixture)).toEqual([])
  })

  it('go by their ids, and leave what is there now', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 4)
    const [first, second, third, present] = ids(fixture, 'a')
    expect(await prune(fixture)).toMatchObject({ removed: { count: 3 }, ofStore: { count: 0 } })
    expect(ids(fixture, 'a')).toEqual([present])
    expect([first, second, third].every((id) => id !== undefined)).toBe(true)
    // The first by itself, as nothing is known of the store's rules; then as many as there are.
    expect(removals(fixture).map(({ query }) => query)).toEqual([`versionId=${first}`])
    expect(fixture.server.requests.filter(({ operation }) => operation === 'DeleteObjects')).toHaveLength(1)
    expect(await prune(fixture)).toMatchObject({ removed: { count: 0 } })
  })

  it('are thinned in the middle, many in one request, and those that stay end when they did', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 30)
    const ends = new Map((await kept(fixture)).map(({ token, keptAtMs }) => [token, keptAtMs]))
    const report = await prune(fixture, { rules: { ...RULES, weeklyWeeks: 4 } })
    const left = await kept(fixture)
    // Of eighteen days, which hold two or three ends of a week.
    expect(left.length).toBeGreaterThanOrEqual(3)
    expect(left.length).toBeLessThan(6)
    expect(report).toMatchObject({ removed: { count: 29 - left.length }, kept: { count: left.length } })
    for (const { token, keptAtMs, why } of left) expect([keptAtMs, why]).toEqual([ends.get(token), 'replaced'])
    expect(fixture.server.requests.filter(({ operation }) => operation === 'DeleteObjects')).toHaveLength(1)
    // Another computer, or this one without its state, is told the same.
    expect(await kept(await reopened(fixture))).toEqual(left)
    expect(await prune(fixture, { rules: { ...RULES, weeklyWeeks: 4 } })).toMatchObject({ removed: { count: 0 } })
  })

  it('end when they did although removing what followed them was cut off, before or after', async () => {
    for (const operation of ['DeleteObject', 'PutObject'] as const) {
      const fixture = await versioned()
      await history(fixture, rel('a'), 12)
      const ends = new Map((await kept(fixture)).map(({ token, keptAtMs }) => [token, keptAtMs]))
      const cut = { kind: 'status', status: 500, code: 'InternalError' } as const
      fixture.server.faults.add({ operation, nth: 1, times: 1, action: cut })
      await prune(fixture, { rules: { ...RULES, weeklyWeeks: 3 } })
      for (const { token, keptAtMs } of await kept(fixture)) expect(keptAtMs).toBe(ends.get(token))
    }
  })

  it('go one by one where the store does not know how to remove many', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 5)
    fixture.server.faults.add({
      operation: 'DeleteObjects',
      action: { kind: 'status', status: 501, code: 'NotImplemented' },
    })
    expect(await prune(fixture)).toMatchObject({ removed: { count: 4 } })
    expect(removals(fixture)).toHaveLength(4)
  })

  it('are told apart, of many in one request: what is refused stays, the rest goes', async () => {
    const fixture = await versioned()
    for (const path of ['a', 'b & c', 'd\ne', 'f']) await history(fixture, rel(path), 3)
    const [, late] = bucketOf(fixture).versions('b & c')
    // Locked between the look and the removal.
    const lock = async () => void (late!.legalHold = true)
    fixture.server.faults.add({ operation: 'DeleteObjects', nth: 1, action: { kind: 'run', run: lock } })
    const report = await prune(fixture)
    expect(report).toMatchObject({ removed: { count: 7 }, refused: { count: 1 } })
    expect(ids(fixture, 'b & c')).toContain(late!.versionId)
    expect(ids(fixture, 'd\ne')).toHaveLength(1)
  })

  it('are told as locked, foreign or due in a dry run, and all stay', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 4)
    const [held, foreign] = bucketOf(fixture).versions('a') as (Version & { metadata: object })[]
    held!.legalHold = true
    foreign!.metadata = {}
    const report = await prune(fixture, { dryRun: true })
    expect(report).toMatchObject({ removed: { count: 1 }, locked: { count: 1 }, notOurs: { count: 1 } })
    expect(ids(fixture, 'a')).toHaveLength(4)
  })

  it('stay from the one on that this computer takes for the present one: another one wrote what followed', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 6)
    const known = ids(fixture, 'a')[2]
    const report = await prune(fixture, { isKnownAsPresent: ({ versionId }) => versionId === known })
    expect(report).toMatchObject({ removed: { count: 2 }, kept: { count: 3 } })
    expect(ids(fixture, 'a')).toContain(known)
  })

  it('have their ends put together in few records, without those of versions that are gone', async () => {
    const fixture = await versioned()
    for (let at = 0; at < 20; at++) {
      await history(fixture, rel(`f${at}`), 9)
      await prune(fixture, { rules: { ...RULES, weeklyWeeks: 3 } })
    }
    const records = bucketOf(fixture)
      .keys()
      .filter((key) => key.includes('/ends/'))
    expect(records.length).toBeLessThan(20)
    const left = await kept(fixture)
    expect(await kept(await reopened(fixture))).toEqual(left)
  })

  it('stay as the last one of a file that was deleted, under its delete marker', async () => {
    const fixture = await versioned()
    for (const text of ['1', '2', '3']) await put(fixture, rel('a'), text)
    await fixture.provider.remove(rel('a'), { expect: { kind: 'any' }, signal: never })
    age(fixture, rel('a'))
    const [, , last, marker] = ids(fixture, 'a')
    expect(await prune(fixture)).toMatchObject({ removed: { count: 2 }, onlyCopies: { count: 1 } })
    expect(ids(fixture, 'a')).toEqual([last, marker])
    await expect(fixture.provider.stat(rel('a'), { signal: never })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('never come back for a delete marker between them', async () => {
    const fixture = await versioned()
    await put(fixture, rel('a'), '1')
    await fixture.provider.remove(rel('a'), { expect: { kind: 'any' }, signal: never })
    await put(fixture, rel('a'), '2')
    await put(fixture, rel('a'), '3')
    age(fixture, rel('a'))
    const [, marker, , present] = ids(fixture, 'a')
    expect(await prune(fixture)).toMatchObject({ removed: { count: 2 } })
    expect(ids(fixture, 'a')).toEqual([marker, present])
  })

  it('stay where another program wrote them, or nobody says who', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 3)
    const [foreign] = bucketOf(fixture).versions('a') as (Version & { metadata: object })[]
    foreign!.metadata = { 'x-amz-meta-mtime': '1700000000' }
    await history(fixture, rel('b'), 2)
    const before = (await kept(fixture)).find(({ versionId }) => versionId === foreign!.versionId)
    expect(await prune(fixture)).toMatchObject({ removed: { count: 2 }, notOurs: { count: 1 }, kept: { count: 0 } })
    expect(ids(fixture, 'a')).toHaveLength(2)
    expect(ids(fixture, 'b')).toHaveLength(1)
    // The one that followed it is gone, and it does not seem to have been there in its time.
    expect(await kept(fixture)).toEqual([before])
  })

  it('stay where they are from before versioning: their id names whatever comes next', async () => {
    const fixture = await versioned()
    bucketOf(fixture).versioning = 'off'
    await put(fixture, rel('a'), 'before')
    bucketOf(fixture).versioning = 'enabled'
    await put(await reopened(fixture), rel('a'), 'after')
    age(fixture, rel('a'))
    expect(await prune(fixture)).toMatchObject({ removed: { count: 0 }, notOurs: { count: 1 } })
    expect(ids(fixture, 'a')).toHaveLength(2)
  })

  it('are known as ours although their upload began before their digest was known', async () => {
    const fixture = await versioned()
    for (const byte of [1, 2])
      await withFile(Buffer.alloc(5000, byte), async (content) => {
        const metadata = { mtimeNs: 1_700_000_000_000_000_000n }
        await fixture.provider.put(rel('large'), content, { metadata, expect: { kind: 'any' }, signal: never })
      })
    age(fixture, rel('large'))
    expect(fixture.server.requests.some(({ operation }) => operation === 'CreateMultipartUpload')).toBe(true)
    expect(await prune(fixture)).toMatchObject({ removed: { count: 1 }, notOurs: { count: 0 } })
  })

  it('stay when one of them became the present version meanwhile', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 2)
    const [first, second] = ids(fixture, 'a')
    const drop = async () => void bucketOf(fixture).drop('a', second!)
    // Asked whether something is there, then what it is: right before the second, somebody removes the newest.
    fixture.server.faults.add({ operation: 'HeadObject', nth: 2, action: { kind: 'run', run: drop } })
    expect(await prune(fixture)).toMatchObject({ removed: { count: 0 }, failed: { count: 1 } })
    expect(ids(fixture, 'a')).toEqual([first])
  })
})

describe('a store that keeps its versions locked', () => {
  it('is told once, asked little, and nothing counts as removed, where it locks whatever is new', async () => {
    const fixture = await versioned()
    for (let at = 0; at < 11; at++) await history(fixture, rel(`a${at}`), 2)
    bucketOf(fixture).objectLock = 'default'
    const report = await prune(fixture)
    expect(report).toMatchObject({ removed: { count: 0 }, failed: { count: 0 }, refused: { count: 11 } })
    expect(report!.refusal!.message).toMatch(/^The bucket of .* does not let earlier versions go: /)
    expect(removals(fixture)).toHaveLength(3)
    expect(ids(fixture, 'a0')).toHaveLength(2)
  })

  it('keeps a version under a legal hold, and lets the others go', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 4)
    const [, held] = bucketOf(fixture).versions('a')
    held!.legalHold = true
    expect(await prune(fixture)).toMatchObject({ removed: { count: 2 }, locked: { count: 1 }, refused: { count: 0 } })
    expect(ids(fixture, 'a')).toContain(held!.versionId)
    expect(removals(fixture).map(({ query }) => query)).not.toContain(`versionId=${held!.versionId}`)
    held!.legalHold = false
    expect(await prune(fixture)).toMatchObject({ removed: { count: 1 } })
  })

  it('keeps a version until its retention is over', async () => {
    const fixture = await versioned()
    await history(fixture, rel('a'), 2)
    const [retained] = bucketOf(fixture).versions('a')
    retained!.retainedUntilMs = Date.now() + DAY_MS
    expect(await prune(fixture)).toMatchObject({ removed: { count: 0 }, locked: { count: 1 } })
    retained!.retainedUntilMs = Date.now() - DAY_MS
    expect(await prune(fixture)).toMatchObject({ removed: { count: 1 } })
  })

  it('is asked again after some refusals, for what it lets go', async () => {
    const fixture = await versioned()
    for (const path of ['a', 'b', 'c']) await history(fixture, rel(path), 2)
    fixture.server.faults.add({
      operation: 'DeleteObject',
      times: 2,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    })
    expect(await prune(fixture)).toMatchObject({ removed: { count: 1 }, refused: { count: 2 } })
    expect(await prune(fixture)).toMatchObject({ removed: { count: 2 }, refused: { count: 0 } })
  })
})

/** What a bucket keeps is asked anew by a provider that was just opened. */
async function reopened(fixture: S3Fixture): Promise<S3Fixture> {
  return { ...fixture, provider: await fixture.open() }
}
