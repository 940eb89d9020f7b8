import { describe, expect, it } from 'vitest'
import { interruptedBurst, LiveTransfers, movedBytes } from '../../main/engine/live-transfers.ts'
import { FOLDER, openBench, outcome, planned, upload } from './state-support.ts'

describe('a burst of work that the end of the process interrupted', () => {
  it('goes on from what was done of it, by the state alone, however long the computer was off', async () => {
    const bench = await openBench()
    const { clock } = bench.host
    bench.store.history.append(FOLDER, [outcome(upload('long ago', 1, 999))], clock.now())
    await clock.advance(60_000)
    bench.store.queue.enqueue(FOLDER, [planned(upload('a', 1, 30)), planned(upload('b', 1, 70))])
    const [done] = bench.store.queue.claim(FOLDER, 'small', 1)
    await clock.advance(60_000)
    bench.store.history.append(FOLDER, [outcome(upload('a', 1, 30))], clock.now())
    bench.store.queue.complete([done!.id])
    await clock.advance(86_400_000)
    const { store } = await bench.reopen()
    store.queue.recover()
    const live = new LiveTransfers(clock, interruptedBurst(store, FOLDER))
    expect(live.done).toEqual({ files: 1, bytes: 30, bytesBefore: 30 })
    const [left] = store.queue.claim(FOLDER, 'small', 1)
    live.begin([left!])
    live.recorded(left!)
    // What moved since is what a rate is made of.
    expect(live.done).toEqual({ files: 2, bytes: 100, bytesBefore: 30 })
    expect(movedBytes(live.done)).toBe(70)
    // What comes after it is another burst.
    await clock.advance(60_000)
    live.begin([left!])
    expect(live.done).toEqual({ files: 0, bytes: 0 })
    store.close()
  })

  it('is none where nothing was left to do', async () => {
    const { store, host } = await openBench()
    store.history.append(FOLDER, [outcome(upload('a', 1, 30))], host.clock.now())
    expect(interruptedBurst(store, FOLDER)).toBeUndefined()
    store.close()
  })
})
