import { describe, expect, it } from 'vitest'
import type { BaselineEntry, FolderId, Outcome } from '../../common/model.ts'
import { record } from '../../main/engine/record/record.ts'
import type { Store } from '../../main/state/store.ts'
import { baseFile } from '../fixtures/entries.ts'
import { openBench } from './state-support.ts'

const ID = 'f1' as FolderId

/** Queues the deletion of a path, runs it, and records that it was not carried out. */
function recordKept(store: Store, base: BaselineEntry): void {
  const action = { kind: 'delete', path: base.path, base, expect: { kind: 'any' } } as const
  store.queue.enqueue(ID, [{ action, lane: 'small' }])
  const [job] = store.queue.claim(ID, 'small', 1)
  const outcome: Outcome = { action, method: 'forget', baseline: base, bytesSent: 0, bytesReused: 0, durationMs: 0 }
  record(store, ID, [{ job: job!, outcome }], { nowMs: 1 })
}

describe('a deletion that was not carried out, because the file is there again', () => {
  it('leaves what is agreed on as it is by then', async () => {
    const { store } = await openBench()
    const newer = baseFile('a', { etag: '"newer"' })
    store.baseline.put(ID, newer)
    recordKept(store, baseFile('a', { etag: '"older"' }))
    expect(store.baseline.get(ID, newer.path)?.remote.etag).toBe('"newer"')
    expect(store.queue.counts(ID)).toMatchObject({ queued: 0, running: 0 })
    store.close()
  })

  it('brings nothing back that is not agreed on any more', async () => {
    const { store } = await openBench()
    const older = baseFile('a')
    recordKept(store, older)
    expect(store.baseline.get(ID, older.path)).toBeUndefined()
    store.close()
  })
})
