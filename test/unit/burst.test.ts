import { describe, expect, it } from 'vitest'
import type { Job } from '../../common/model.ts'
import { Burst } from '../../main/engine/burst.ts'
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
    const live = new LiveTransfers(new Burst(clock), interruptedBurst(store, FOLDER))
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

describe('a burst of work of several folders', () => {
  it('leaves out what another folder did before it, and keeps what it did in it', async () => {
    const { store, host } = await openBench()
    const { clock } = host
    const jobs = (...names: readonly string[]): readonly Job[] => {
      store.queue.enqueue(
        FOLDER,
        names.map((name) => planned(upload(name, 1, 50))),
      )
      return store.queue.claim(FOLDER, 'small', names.length)
    }
    const burst = new Burst(clock)
    const [letters, pictures] = [new LiveTransfers(burst), new LiveTransfers(burst)]
    const work = (live: LiveTransfers, job: Job): void => {
      live.begin([job])
      live.recorded(job)
    }
    const [first, second, third, fourth] = jobs('a', 'b', 'c', 'd') as [Job, Job, Job, Job]
    work(letters, first)
    await clock.advance(2_000)
    pictures.begin([second])
    await clock.advance(60_000)
    // One that was done early is no less a part of what still goes on.
    expect(letters.done).toEqual({ files: 1, bytes: 50 })
    pictures.recorded(second)
    await clock.advance(60_000)
    letters.begin([third])
    expect(pictures.done).toEqual({ files: 0, bytes: 0 })
    expect(letters.done).toEqual({ files: 0, bytes: 0 })
    letters.recorded(third)
    work(pictures, fourth)
    expect([letters.done.files, pictures.done.files]).toEqual([1, 1])
    store.close()
  })

  it('counts what is under way as done as far as it is, and tells how much of it that is', async () => {
    const { store, host } = await openBench()
    store.queue.enqueue(FOLDER, [planned(upload('a', 1, 50)), planned(upload('b', 1, 50))])
    const [one, other] = store.queue.claim(FOLDER, 'small', 2) as [Job, Job]
    const live = new LiveTransfers(new Burst(host.clock))
    live.begin([one, other])
    live.progress(one, 20)
    expect(live.done).toEqual({ files: 0, bytes: 20, bytesUnderWay: 20 })
    expect(Array.from(live.views(), ({ path, bytesDone }) => [path, bytesDone])).toEqual([
      ['a', 20],
      ['b', 0],
    ])
    live.recorded(one)
    expect(live.done).toEqual({ files: 1, bytes: 50 })
    store.close()
  })

  it('is over although a folder was closed in the middle of its work', async () => {
    const { store, host } = await openBench()
    store.queue.enqueue(FOLDER, [planned(upload('a', 1, 50))])
    const claimed = store.queue.claim(FOLDER, 'small', 1)
    const burst = new Burst(host.clock)
    const [closed, other] = [new LiveTransfers(burst), new LiveTransfers(burst)]
    closed.begin(claimed)
    closed.close()
    const before = burst.number
    await host.clock.advance(60_000)
    other.begin(claimed)
    expect(burst.number).toBe(before + 1)
    store.close()
  })
})
