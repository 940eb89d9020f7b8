import { describe, expect, it } from 'vitest'
import { openStore } from '../../main/state/sqlite-store.ts'
import { createFakeHost } from '../fakes/host.ts'
import { FOLDER, rel } from '../unit/state-support.ts'
import { startChild } from './support/children.ts'

describe('a process that is killed while it commits', () => {
  it('loses no job and no entry it was told is kept, ten times in a row', async () => {
    const host = createFakeHost()
    const options = { directory: host.paths.state, clock: host.clock, log: host.log, bootId: 'this one' }
    let next = 0
    for (let round = 0; round < 10; round++) {
      const child = startChild('./commit-jobs.ts', options.directory, String(next))
      // A different moment each time: early in the log, around a checkpoint, after many.
      await child.until((line) => line === String(next + 3 + round * round * 4))
      await child.kill()
      const acknowledged = Number(child.lines.findLast((line) => /^\d+$/.test(line)))
      const { store, recovered, uncleanStop } = await openStore(options)
      expect(child.lines[0]).toBe(round === 0 ? 'opened created' : 'opened none')
      expect([recovered, uncleanStop]).toEqual(['none', 'process'])
      const jobs = new Set(store.queue.list({ limit: 1_000_000 }).map((job) => job.action.path as string))
      for (let number = 0; number <= acknowledged; number++) {
        expect(jobs.has(`job-${number}`), `job ${number} of round ${round}`).toBe(true)
        expect(store.baseline.get(FOLDER, rel(`entry-${number}`)), `entry ${number}`).toBeDefined()
      }
      expect(store.queue.counts(FOLDER).queued).toBe(jobs.size)
      expect(store.baseline.totals(FOLDER).files).toBe(jobs.size)
      next = jobs.size
      store.close()
    }
    expect(next).toBeGreaterThan(1_000)
  })
})
