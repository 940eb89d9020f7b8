import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DownloadAction } from '../../common/model.ts'
import { Transfers } from '../../main/engine/transfers.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Store } from '../../main/state/store.ts'
import { createFakeHost, RecordingLog } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { createTransferBench, FOLDER_ID, type TransferBench } from '../fakes/transfer-bench.ts'
import { hookedPool } from './local-support.ts'

const COUNT = 40

let bench: TransferBench
let store: Store
let source: TargetProvider
let stop: AbortController
let transfers: Transfers
let over: Promise<void>
let reading: number
let mostReading: number
let fetched: string[]
let openGate: () => void
let gate: Promise<void>
/** What waits at the gate: names at the source, or the content of one file. */
let held: 'names' | 'content of n20'

beforeEach(async () => {
  ;[reading, mostReading, fetched, held] = [0, 0, [], 'names']
  gate = new Promise((resolve) => (openGate = resolve))
  bench = createTransferBench(realClock, counted)
  const pool = hookedPool(bench.pool, async (name) => {
    if (name === 'publishBatch' && held === 'names') await gate
  })
  source = createLocalProvider({ root: bench.source, deps: { host: createFakeHost(), pool } })
  store = (await openStore({ directory: join(bench.place, 'state'), clock: realClock, log: new RecordingLog() })).store
  stop = new AbortController()
})
afterEach(async () => {
  openGate()
  stop.abort()
  await over
  store.close()
  await source.close()
  await bench.close()
})

function counted(inner: TargetProvider): TargetProvider {
  return intercept(inner, {
    async *read(path, options) {
      mostReading = Math.max(mostReading, ++reading)
      if (held === `content of ${path}`) await gate
      yield* inner.read(path, options)
      reading--
      fetched.push(path)
    },
  })
}

async function start(): Promise<void> {
  for (let number = 0; number < COUNT; number++) {
    const remote = await bench.foreign(`n${number}`, `content ${number}`)
    const action: DownloadAction = { kind: 'download', path: remote.path, remote, expect: { kind: 'absent' } }
    store.queue.enqueue(FOLDER_ID, [{ action, lane: 'small' }])
  }
  const nothing = (): void => undefined
  transfers = new Transfers({
    folderId: FOLDER_ID,
    store,
    context: { ...bench.context, source },
    clock: realClock,
    random: { next: () => 0.5, hex: () => '00' },
    log: new RecordingLog(),
    concurrency: () => 0,
    onRecorded: nothing,
    onEnded: nothing,
    onFailed: nothing,
    onStale: nothing,
    onChange: nothing,
  })
  over = transfers.run(stop.signal, new AbortController().signal)
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 60_000; !isSo();) {
    if (performance.now() > deadline) throw new Error(`It never came about that ${what}.`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const states = (): Readonly<Record<string, number>> => {
  const { queued, running } = store.queue.counts(FOLDER_ID)
  return { queued, running }
}

describe('many small files that come to the source', () => {
  it('are fetched while others are still being stored, no more at once than the target bears', async () => {
    await start()
    await until('all were fetched before any has its name', () => fetched.length === COUNT)
    expect(readdirSync(bench.source).filter((name) => name.startsWith('n'))).toEqual([])
    expect(mostReading).toBeLessThanOrEqual(bench.target.features.limits.smallConcurrency)
    openGate()
    await until('all are recorded', () => states()['running'] === 0)
    expect(states()).toEqual({ queued: 0, running: 0 })
    expect(store.baseline.totals(FOLDER_ID).files).toBe(COUNT)
    expect(readdirSync(bench.source).filter((name) => name.startsWith('n'))).toHaveLength(COUNT)
  })

  it('go back to the queue where their turn has not come when there is a pause', async () => {
    held = 'content of n20'
    await start()
    await until('one is under way for long', () => fetched.length === 20)
    transfers.setPaused(true)
    openGate()
    await until('nothing runs', () => states()['running'] === 0)
    expect(store.baseline.totals(FOLDER_ID).files + states()['queued']!).toBe(COUNT)
    expect(states()['queued']).toBeGreaterThan(0)
    transfers.setPaused(false)
    await until('all are recorded', () => store.baseline.totals(FOLDER_ID).files === COUNT)
  })
})
