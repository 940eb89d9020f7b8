import { beforeEach, describe, expect, it } from 'vitest'
import type { FolderId } from '../../common/model.ts'
import { ProtectionClock } from '../../main/engine/protection-clock.ts'
import type { FolderState } from '../../main/state/store.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const ID = 'f1' as FolderId
const MINUTE_MS = 60_000

let clock: VirtualClock
let stored: Map<FolderId, FolderState>
let writes: number
let protection: ProtectionClock

beforeEach(() => {
  clock = new VirtualClock()
  stored = new Map()
  writes = 0
  protection = open()
})

function open(): ProtectionClock {
  return new ProtectionClock(clock, {
    get: (id) => stored.get(id) ?? { compared: false },
    set: (id, state) => {
      writes++
      stored.set(id, { compared: false, ...stored.get(id), ...state })
    },
  })
}

/** Lets time pass with a look every ten seconds, as the engine has it. */
async function work(durationMs: number, safeUpToMs: () => number | undefined): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 10_000) {
    await clock.advance(10_000)
    protection.tick(() => [{ id: ID, safeUpToMs: safeUpToMs() }])
  }
}

describe('the protection clock', () => {
  it('says until when a folder is safe, and counts the work since', async () => {
    await work(5 * MINUTE_MS, () => clock.now())
    const safeUpToMs = clock.now()
    expect(protection.of(ID)).toEqual({ safeUpToMs, unsafeAwakeMs: 0 })
    await work(90 * MINUTE_MS, () => undefined)
    expect(protection.of(ID)).toEqual({ safeUpToMs, unsafeAwakeMs: 90 * MINUTE_MS })
  })

  it('notices at once that a folder is safe for the first time, and counts no time twice for that', async () => {
    for (let look = 0; look < 50; look++) {
      protection.tick(() => [{ id: ID, safeUpToMs: undefined }])
      await clock.advance(200)
    }
    expect(protection.of(ID).unsafeAwakeMs).toBe(9_800)
    protection.tick(() => [{ id: ID, safeUpToMs: clock.now() }])
    const safeUpToMs = clock.now()
    expect(protection.of(ID)).toEqual({ safeUpToMs, unsafeAwakeMs: 0 })
    await clock.advance(200)
    protection.tick(() => [{ id: ID, safeUpToMs: undefined }])
    expect(protection.of(ID).safeUpToMs).toBe(safeUpToMs)
    expect(protection.of(ID).unsafeAwakeMs).toBe(0)
  })

  it('does not count the time a computer slept', async () => {
    await work(10 * MINUTE_MS, () => undefined)
    await clock.advance(3 * 24 * 60 * MINUTE_MS)
    protection.tick(() => [{ id: ID, safeUpToMs: undefined }])
    await work(10 * MINUTE_MS, () => undefined)
    expect(protection.of(ID).unsafeAwakeMs).toBe(20 * MINUTE_MS - 10_000)
  })

  it('goes on after a restart where it was, and forgets nothing of a stop in good order', async () => {
    await work(MINUTE_MS, () => clock.now())
    const safeUpToMs = clock.now()
    await work(20 * MINUTE_MS, () => undefined)
    protection.write()
    protection = open()
    expect(protection.of(ID)).toEqual({ safeUpToMs, unsafeAwakeMs: 20 * MINUTE_MS })
    await work(20 * MINUTE_MS, () => undefined)
    // The first look after a start only begins to count.
    expect(protection.of(ID).unsafeAwakeMs).toBe(40 * MINUTE_MS - 10_000)
  })

  it('writes a few times an hour, however often it is asked', async () => {
    await work(60 * MINUTE_MS, () => clock.now())
    expect(writes).toBeLessThanOrEqual(13)
    expect(writes).toBeGreaterThan(8)
  })

  it('starts anew once everything is safe again', async () => {
    await work(60 * MINUTE_MS, () => undefined)
    await work(10_000, () => clock.now())
    expect(protection.of(ID)).toEqual({ safeUpToMs: clock.now(), unsafeAwakeMs: 0 })
  })
})
