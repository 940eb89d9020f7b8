import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import { cleanUp, DEFAULT_OLDER_THAN_MS, type CleanUpOptions } from '../../main/cleanup/clean-up.ts'
import { dailyCleanup, FIRST_CLEANUP_MS } from '../../main/cleanup/daily-cleanup.ts'
import { DailySchedule } from '../../main/daily-schedule.ts'
import type { Leftover, TargetProvider } from '../../main/providers/provider.ts'
import { createFakeHost } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const NOW_MS = Date.UTC(2026, 10, 21)
const HOUR_MS = 3_600_000
const GIB = 1024 ** 3

function leftover(path: string, more: Partial<Leftover> = {}): Leftover {
  const startedAtMs = NOW_MS - 48 * HOUR_MS
  return { kind: 'upload', path, token: path, bytes: GIB, startedAtMs, isOurs: true, isInUse: false, ...more }
}

/** A target that holds leftovers, and says which were removed. */
class LeftoverTarget {
  readonly location = 's3://bucket'
  readonly removed: string[] = []
  readonly failures = new Map<string, Error>()
  asked = 0
  leftoversNow: readonly Leftover[]

  constructor(...leftovers: readonly Leftover[]) {
    this.leftoversNow = leftovers
  }

  get port(): TargetProvider {
    const list = async function* (this: LeftoverTarget): AsyncGenerator<Leftover> {
      this.asked++
      yield* this.leftoversNow
    }
    const features = {
      leftovers: () => list.call(this),
      removeLeftover: async ({ path }: Leftover) => {
        const failure = this.failures.get(path)
        if (failure !== undefined) throw failure
        this.removed.push(path)
      },
    }
    return { location: this.location, features } as unknown as TargetProvider
  }
}

const options = (more: Partial<CleanUpOptions> = {}): CleanUpOptions => ({
  olderThanMs: DEFAULT_OLDER_THAN_MS,
  dryRun: false,
  nowMs: NOW_MS,
  signal: new AbortController().signal,
  ...more,
})

describe('cleaning up', () => {
  it('removes what is ours, old and not in use, and leaves everything else', async () => {
    const target = new LeftoverTarget(
      leftover('old'),
      leftover('foreign', { isOurs: false }),
      leftover('busy', { isInUse: true }),
      leftover('young', { startedAtMs: NOW_MS - DEFAULT_OLDER_THAN_MS + 1 }),
      leftover('just old enough', { startedAtMs: NOW_MS - DEFAULT_OLDER_THAN_MS, kind: 'segment' }),
    )
    const { items, totals, isSupported } = await cleanUp(target.port, options())
    expect(isSupported).toBe(true)
    expect(target.removed).toEqual(['old', 'just old enough'])
    expect(items.map(({ path, outcome }) => `${path}: ${outcome}`)).toEqual([
      'old: removed',
      'foreign: not-ours',
      'busy: in-use',
      'young: too-young',
      'just old enough: removed',
    ])
    expect(totals.removed).toEqual({ count: 2, bytes: 2 * GIB })
    expect(totals['not-ours']).toEqual({ count: 1, bytes: GIB })
  })

  it('never removes what is not ours, however old and whatever is asked', async () => {
    const target = new LeftoverTarget(leftover('foreign', { isOurs: false, startedAtMs: 0 }))
    await cleanUp(target.port, options({ olderThanMs: 0 }))
    expect(target.removed).toEqual([])
  })

  it('removes nothing in a dry run, and says what it would', async () => {
    const target = new LeftoverTarget(leftover('old'))
    const report = await cleanUp(target.port, options({ dryRun: true }))
    expect(report).toMatchObject({ dryRun: true, totals: { removed: { count: 1, bytes: GIB } } })
    expect(target.removed).toEqual([])
  })

  it('says what leftovers cost a month, where that is known', async () => {
    const target = new LeftoverTarget(leftover('a'), leftover('b'))
    const priced = await cleanUp(target.port, options({ storagePerMonth: (bytes) => (bytes / GIB) * 0.023 }))
    expect(priced.totals.removed.dollarsPerMonth).toBeCloseTo(0.046)
    expect(priced.items[0]!.dollarsPerMonth).toBeCloseTo(0.023)
    expect((await cleanUp(target.port, options())).items[0]).not.toHaveProperty('dollarsPerMonth')
  })

  it('goes on after one that cannot be removed, and tells one that is in use again', async () => {
    const target = new LeftoverTarget(leftover('refused'), leftover('busy again'), leftover('fine'))
    target.failures.set('refused', new TidekeepError({ code: 'forbidden', message: 'No.', fix: 'Ask.' }))
    target.failures.set('busy again', new TidekeepError({ code: 'locked', message: 'In use.' }))
    const { items } = await cleanUp(target.port, options())
    expect(items.map(({ outcome }) => outcome)).toEqual(['failed', 'in-use', 'removed'])
    expect(items[0]!.failure).toEqual({ code: 'forbidden', message: 'No.', fix: 'Ask.' })
  })

  it('ends when it is cancelled', async () => {
    const target = new LeftoverTarget(leftover('a'), leftover('b'))
    target.failures.set('a', new TidekeepError({ code: 'cancelled', message: 'Cancelled.' }))
    await expect(cleanUp(target.port, options())).rejects.toMatchObject({ code: 'cancelled' })
    expect(target.removed).toEqual([])
  })

  it('has nothing to do at a target that keeps no leftovers', async () => {
    const local = { features: {} } as TargetProvider
    expect(await cleanUp(local, options())).toMatchObject({ isSupported: false, items: [] })
  })
})

const RULES = { allDays: 30, dailyDays: 0, weeklyWeeks: 0, monthlyMonths: 0 }

describe('cleaning up once a day', () => {
  function daily(...targets: readonly LeftoverTarget[]) {
    const clock = new VirtualClock(NOW_MS)
    const host = { ...createFakeHost({ clock }), clock }
    const work = targets.map(({ port: target }, at) =>
      dailyCleanup(host, { id: `${at}`, target, retention: { rules: RULES } }),
    )
    const options = { firstMs: FIRST_CLEANUP_MS, failedAs: 'not-cleaned-up' }
    return { clock, cleanup: new DailySchedule(host, { ...options, work: () => work }) }
  }

  it('looks at every target ten minutes after the start and every 24 hours then', async () => {
    const [first, second] = [new LeftoverTarget(leftover('a')), new LeftoverTarget(leftover('b'))]
    const { clock, cleanup } = daily(first, second)
    cleanup.start()
    await clock.advance(10 * 60_000 - 1)
    expect(first.asked).toBe(0)
    await clock.advance(1)
    expect([first.removed, second.removed]).toEqual([['a'], ['b']])
    await clock.advance(24 * HOUR_MS - 1)
    expect(first.asked).toBe(1)
    await clock.advance(1)
    expect([first.asked, second.asked]).toEqual([2, 2])
    await cleanup.stop()
  })

  it('goes on with the next target, and the next day, when one cannot be asked', async () => {
    const broken = new LeftoverTarget()
    Object.defineProperty(broken, 'leftoversNow', {
      get: () => {
        throw new TidekeepError({ code: 'forbidden', message: 'No.' })
      },
    })
    const fine = new LeftoverTarget(leftover('a'))
    const { clock, cleanup } = daily(broken, fine)
    cleanup.start()
    await clock.advance(10 * 60_000)
    expect(fine.removed).toEqual(['a'])
    await clock.advance(24 * HOUR_MS)
    expect(broken.asked).toBe(2)
    await cleanup.stop()
  })

  it('goes by when a work was last tried, where that is remembered', async () => {
    const clock = new VirtualClock(NOW_MS)
    const done: number[] = []
    const lastAtMs = NOW_MS - 23 * HOUR_MS
    const work = () => [
      { id: 'remembered', lastAtMs: done.at(-1) ?? lastAtMs, run: async () => void done.push(clock.now()) },
    ]
    const schedule = new DailySchedule(
      { ...createFakeHost({ clock }), clock },
      { firstMs: HOUR_MS / 2, work, failedAs: 'failed' },
    )
    schedule.start()
    await clock.advance(48 * HOUR_MS)
    expect(done).toEqual([NOW_MS + 1.5 * HOUR_MS, NOW_MS + 25.5 * HOUR_MS])
    await schedule.stop()
  })

  it('does what could not be done at one look at the next', async () => {
    const clock = new VirtualClock(NOW_MS)
    const done: number[] = []
    const isFree = () => clock.now() >= NOW_MS + 2 * HOUR_MS
    const work = () => (isFree() ? [{ id: 'a', run: async () => void done.push(clock.now()) }] : [])
    const schedule = new DailySchedule(
      { ...createFakeHost({ clock }), clock },
      { firstMs: 0, work, failedAs: 'failed' },
    )
    schedule.start()
    await clock.advance(20 * HOUR_MS)
    expect(done).toEqual([NOW_MS + 2 * HOUR_MS])
    await schedule.stop()
  })

  it('never begins again once it was stopped', async () => {
    const target = new LeftoverTarget(leftover('a'))
    const { clock, cleanup } = daily(target)
    cleanup.start()
    await cleanup.stop()
    await clock.advance(72 * HOUR_MS)
    expect(target.asked).toBe(0)
    expect(clock.pending).toBe(0)
  })
})
