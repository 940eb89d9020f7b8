import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../main/host.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import type { Features, Leftover, TargetProvider } from '../../main/providers/provider.ts'
import { markChanges } from '../../main/restore/rounds.ts'
import { startEngine, type Harness } from '../fakes/engine-harness.ts'
import { realClock } from '../fakes/real-clock.ts'

const TEN_MINUTES_MS = 10 * 60_000

/** Real time, but for what is set ten minutes ahead: the test lets that fall due. */
class EarlyClock implements Clock {
  #due: (() => void) | undefined
  readonly now = (): number => realClock.now()
  readonly monotonic = (): number => realClock.monotonic()
  readonly sleep = (delayMs: number, signal?: AbortSignal): Promise<void> => realClock.sleep(delayMs, signal)

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    if (delayMs !== TEN_MINUTES_MS) return realClock.after(delayMs, run)
    this.#due = run
    return () => void (this.#due = undefined)
  }

  /** False where nothing is waiting. */
  fallDue(): boolean {
    const due = this.#due
    this.#due = undefined
    due?.()
    return due !== undefined
  }
}

const old: Leftover = {
  kind: 'upload',
  path: 'old.bin',
  token: 't',
  bytes: 1,
  startedAtMs: 0,
  isOurs: true,
  isInUse: false,
}

let harness: Harness | undefined
afterEach(async () => {
  await harness?.remove()
  harness = undefined
})

/** Starts the engine on a target with one old leftover and lets ten minutes pass. */
async function afterTenMinutes(paused: boolean): Promise<readonly string[]> {
  const clock = new EarlyClock()
  const removed: string[] = []
  const wrap = (target: TargetProvider): TargetProvider => {
    const wrapped = intercept(target, {})
    const leftovers: Features['leftovers'] = async function* () {
      yield old
    }
    const removeLeftover: Features['removeLeftover'] = async ({ path }) => void removed.push(path)
    Object.defineProperties(wrapped.features, {
      leftovers: { value: leftovers },
      removeLeftover: { value: removeLeftover },
    })
    return wrapped
  }
  harness = await startEngine({ clock, wrap, folder: { paused } })
  expect(clock.fallDue()).toBe(true)
  return removed
}

describe('the running engine', () => {
  it('cleans up at the targets of its folders', async () => {
    const removed = await afterTenMinutes(false)
    await expect.poll(() => removed).toEqual(['old.bin'])
  })

  it('lets go of earlier versions that are old enough, writes that down, and never takes it for a file', async () => {
    const clock = new EarlyClock()
    harness = await startEngine({
      clock,
      prepare: (_source, target) => {
        for (const time of ['2025-01-01T00-00-00.000', '2025-02-01T00-00-00.000']) {
          mkdirSync(join(target, '.tidekeep/kept', `${time}-replaced`), { recursive: true })
          writeFileSync(join(target, '.tidekeep/kept', `${time}-replaced`, 'gone.txt'), time)
        }
      },
    })
    const { store, folderId, target, activity } = harness
    const since = markChanges(store, folderId)
    expect(clock.fallDue()).toBe(true)
    const written = expect.objectContaining({ kind: 'prune', method: 'prune', size: 23 })
    await expect.poll(() => activity).toContainEqual(written)
    // The last one of what is gone stays.
    expect(readdirSync(join(target, '.tidekeep/kept'))).toEqual(['2025-02-01T00-00-00.000-replaced'])
    expect(store.history.list({ folderId, limit: 1 })).toMatchObject([{ kind: 'prune', size: 23 }])
    expect(since()).toEqual([])
  })

  it('leaves the target of a paused folder alone', async () => {
    const removed = await afterTenMinutes(true)
    // Stopping waits for whatever began.
    await harness!.remove()
    harness = undefined
    expect(removed).toEqual([])
  })
})
