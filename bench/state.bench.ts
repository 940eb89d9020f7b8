import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Action, BaselineEntry, FolderId, RelPath } from '../common/model.ts'
import { systemClock } from '../main/service/node-host.ts'
import { openStore } from '../main/state/sqlite-store.ts'
import type { PlannedAction, Store } from '../main/state/store.ts'

/** Rows of the baseline; `node bench/state.bench.ts 100000` for a quick look. */
const ROWS = Number(process.argv[2] ?? 1_000_000)
const JOBS = Math.min(ROWS, 50_000)
const BATCH = 1_000
const CONFLICTS = 10_000
const FOLDER = 'bench' as FolderId
const silent = { debug() {}, info() {}, warn() {}, error() {} }

function measure<T>(name: string, work: () => T): T {
  const startMs = performance.now()
  const result = work()
  const durationMs = Math.round(performance.now() - startMs)
  console.log(
    `${name.padEnd(44)} ${String(durationMs).padStart(7)} ms   rss ${mebibytes(process.memoryUsage.rss())} MiB`,
  )
  return result
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}

/** Walk order: directory by directory, names in byte order. */
function pathOf(index: number): RelPath {
  const directory = String(Math.floor(index / 100)).padStart(6, '0')
  return `projects/module-${directory}/file-${String(index).padStart(8, '0')}.txt` as RelPath
}

function entryOf(index: number): BaselineEntry {
  const timeNs = 1_700_000_000_123_456_789n + BigInt(index)
  return {
    path: pathOf(index),
    kind: 'file',
    size: index % 65_536,
    mtimeNs: timeNs,
    mode: 0o644,
    identity: { inode: `66305:${1_000_000 + Math.floor(index / 100) * 100 + ((index * 37) % 100)}`, ctimeNs: timeNs },
    contentHash: 'ab'.repeat(32),
    remote: { etag: '"0123456789abcdef0123456789abcdef"', size: index % 65_536, verifiedBy: 'checksum' },
    recordedAtMs: 1_700_000_000_000,
  }
}

/** New files: none of them has a baseline yet. */
function plannedOf(index: number): PlannedAction {
  const { path, kind, size, mtimeNs, mode, identity } = entryOf(ROWS + index)
  const local = { path, kind, size, mtimeNs, mode: mode!, identity: identity! }
  const action: Action = { kind: 'upload', path, expect: { kind: 'absent' }, local }
  return { action, lane: 'small' }
}

function inBatches(store: Store, rows: number, work: (index: number) => void): void {
  for (let start = 0; start < rows; start += BATCH) {
    store.transaction(() => {
      for (let index = start; index < Math.min(start + BATCH, rows); index++) work(index)
    })
  }
}

function scanAll(store: Store): number {
  let rows = 0
  let after: RelPath | undefined
  for (;;) {
    const page = store.baseline.page(FOLDER, '' as RelPath, after, 5_000)
    if (page.length === 0) return rows
    rows += page.length
    after = page.at(-1)!.path
  }
}

function runQueue(store: Store): void {
  measure(`queue: enqueue ${JOBS}`, () => {
    for (let start = 0; start < JOBS; start += BATCH) {
      const count = Math.min(BATCH, JOBS - start)
      store.queue.enqueue(
        FOLDER,
        Array.from({ length: count }, (_, index) => plannedOf(start + index)),
      )
    }
  })
  measure(`queue: enqueue the same ${JOBS} again`, () => {
    store.queue.enqueue(
      FOLDER,
      Array.from({ length: JOBS }, (_, index) => plannedOf(index)),
    )
  })
  measure(`queue: claim, complete and record ${JOBS}`, () => {
    for (;;) {
      const jobs = store.queue.claim(FOLDER, 'small', 64)
      if (jobs.length === 0) return
      store.transaction(() => {
        for (const job of jobs) {
          const index = Number(job.action.path.slice(-12, -4))
          const baseline = entryOf(index)
          store.baseline.put(FOLDER, baseline)
          store.history.append(
            FOLDER,
            [{ action: job.action, method: 'whole', baseline, bytesSent: 1, bytesReused: 0, durationMs: 1 }],
            1,
          )
          store.queue.complete([job.id])
        }
      })
    }
  })
  measure('queue: counts, 100,000 times', () => {
    for (let turn = 0; turn < 100_000; turn++) store.queue.counts(FOLDER)
  })
}

/** A target that was put back: as many conflicts as there are files of a large project. */
function runConflicts(store: Store): void {
  measure(`conflicts: find ${CONFLICTS}`, () =>
    inBatches(store, CONFLICTS, (index) => {
      const base = entryOf(index)
      const entry = { path: base.path, kind: 'file', size: base.size, mtimeNs: base.mtimeNs } as const
      const remote = { ...entry, size: base.size + 1, etag: '"fedcba9876543210fedcba9876543210"' }
      const sides = { local: { entry }, remote: { entry: remote } }
      store.conflicts.found(FOLDER, { path: base.path, kind: 'edit-edit', ...sides, base }, 1_700_000_000_000)
    }),
  )
  measure(`conflicts: list ${CONFLICTS}`, () => store.conflicts.list({ state: 'unresolved', limit: CONFLICTS }))
  measure('conflicts: list the first 200', () => store.conflicts.list({ state: 'unresolved', limit: 200 }))
  measure(`conflicts: look up ${CONFLICTS} by path`, () => {
    for (let index = 0; index < CONFLICTS; index++) store.conflicts.at(FOLDER, pathOf(index))
  })
  measure('conflicts: count, 100,000 times', () => {
    for (let turn = 0; turn < 100_000; turn++) store.conflicts.count(FOLDER)
  })
}

const directory = mkdtempSync(join(tmpdir(), 'tidekeep-bench-'))
try {
  const { store } = await openStore({ directory, clock: systemClock, log: silent })
  measure(`baseline: insert ${ROWS} in walk order`, () =>
    inBatches(store, ROWS, (index) => store.baseline.put(FOLDER, entryOf(index))),
  )
  measure(`baseline: read ${ROWS} in pages of 5,000`, () => scanAll(store))
  measure('baseline: look up 100,000', () => {
    for (let turn = 0; turn < 100_000; turn++) store.baseline.get(FOLDER, pathOf((turn * 7919) % ROWS))
  })
  measure('baseline: change 10,000', () =>
    inBatches(store, 10_000, (index) => store.baseline.put(FOLDER, entryOf((index * 7919) % ROWS))),
  )
  measure('baseline: 1,000 single commits', () => {
    for (let index = 0; index < 1_000; index++) store.baseline.put(FOLDER, entryOf((index * 7919) % ROWS))
  })
  runQueue(store)
  runConflicts(store)
  store.close()
  console.log(`file ${mebibytes(statSync(join(directory, 'state.db')).size)} MiB`)
  const startMs = performance.now()
  const again = await openStore({ directory, clock: systemClock, log: silent })
  console.log(`open with checks: ${Math.round(performance.now() - startMs)} ms (${again.recovered})`)
  again.store.close()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
