/**
 * OneDrive behind latency: the strict server of the tests with so many milliseconds before every
 * answer, in this process. Many small files up, the same down into an empty folder, then looks at a target
 * that nobody changed. Requests are exact on any machine; seconds are not, where others use it, too.
 *
 *   node bench/onedrive.bench.ts [--files 10000] [--held 100000] [--latency 100] [--remark "busy machine"]
 *
 * What the API makes necessary for a small file: up, a session and its one fragment; down, the item,
 * which holds the address, and the content. A folder is one request.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { decorate } from '../main/providers/decorators/stack.ts'
import { ByteLimiter } from '../main/providers/decorators/limiter.ts'
import { startEngine, type Harness } from '../test/fakes/engine-harness.ts'
import { startGraphFixture, type GraphFixture } from '../test/fakes/graph/harness.ts'
import { realClock } from '../test/fakes/real-clock.ts'
import { makeSmallFiles, report } from './support.ts'

const NEEDED_A_FILE = 2

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    held: { type: 'string', default: '100000' },
    latency: { type: 'string', default: '100' },
    remark: { type: 'string', default: '' },
  },
})
const latencyMs = Number(values.latency)
const place = mkdtempSync(join(tmpdir(), 'onedrive-bench-'))
try {
  const files = Number(values.files)
  const figures = { files, latencyMs, ...(await upAndDown(files)), quiet: await quietLooks(Number(values.held)) }
  report('onedrive', { ...figures, ...(values.remark === '' ? {} : { remark: values.remark }) })
} finally {
  rmSync(place, { recursive: true, force: true })
}

async function upAndDown(files: number): Promise<object> {
  const fixture = await startSlow()
  const [one, other] = [join(place, 'one'), join(place, 'other')]
  makeSmallFiles(join(one, 'source'), files)
  mkdirSync(join(other, 'source'), { recursive: true })
  const up = await measured(fixture, files, () => synchronise(fixture, one))
  const down = await measured(fixture, files, () => synchronise(fixture, other))
  await fixture.close()
  return { up, down }
}

/** Looks at a drive that holds this many files, from the second on: the first one has to list them. */
async function quietLooks(held: number): Promise<object> {
  const fixture = await startSlow()
  const { drive, server } = fixture
  let folder = drive.root
  for (let number = 0; number < held; number++) {
    if (number % 1000 === 0) folder = drive.createFolder(drive.root, `folder-${number / 1000}`)
    drive.createFile(folder, `file-${number}`, Buffer.from([number & 255]))
  }
  const { store, close } = await openStore(join(place, 'held'))
  const target = fixture.open({ feeds: store.feeds })
  const { signal } = new AbortController()
  const look = async (provider: typeof target): Promise<object> => {
    server.forget()
    const startedMs = performance.now()
    let entries = 0
    for await (const page of provider.list('' as never, { signal, follow: true })) entries += page.length
    return { entries, requests: server.requests.length, seconds: secondsSince(startedMs) }
  }
  const first = await look(target)
  const second = await look(target)
  server.forget()
  const startedMs = performance.now()
  await target.features.changes!({ signal })
  const asked = { requests: server.requests.length, seconds: secondsSince(startedMs) }
  const afterRestart = await look(fixture.open({ feeds: store.feeds }))
  await close()
  await fixture.close()
  return { held, first, second, asked, afterRestart }
}

async function startSlow(): Promise<GraphFixture> {
  const fixture = await startGraphFixture({ folder: '' })
  const action = { kind: 'delay', delayMs: latencyMs } as const
  fixture.server.faults.add({ operation: '*', times: Number.POSITIVE_INFINITY, action })
  return fixture
}

/** One two-way folder at the drive, until there is nothing left to do. */
async function synchronise(fixture: GraphFixture, at: string): Promise<void> {
  const { clock, random, log } = { ...fixture.host, clock: realClock }
  mkdirSync(join(at, 'target'), { recursive: true })
  const harness = await startEngine({
    place: at,
    folder: { mode: 'two-way' },
    wrap: (_local, { feeds }) =>
      decorate(fixture.open({ feeds }), { clock, random, log, limiter: new ByteLimiter(clock, 0) }),
  })
  for (let seen = ''; harness.folder().state !== 'protected'; await realClock.sleep(50)) {
    const { state, sentence } = harness.folder()
    if (state === 'attention' || state === 'offline') throw new Error(sentence)
    if (process.stderr.isTTY && sentence !== seen) console.error((seen = sentence))
  }
  await harness.stop()
}

async function measured({ server }: GraphFixture, files: number, work: () => Promise<void>): Promise<object> {
  server.forget()
  const startedMs = performance.now()
  const before = process.cpuUsage()
  await work()
  const seconds = secondsSince(startedMs)
  const { user, system } = process.cpuUsage(before)
  // Of the server, too, which is in this process.
  const cpuSeconds = Math.round((user + system) / 10_000) / 100
  const byOperation = Object.fromEntries(
    Object.entries(Object.groupBy(server.requests, ({ operation }) => operation)).map(([name, all]) => [
      name,
      all?.length,
    ]),
  )
  const requests = server.requests.length
  const folders = byOperation['CreateFolder'] ?? 0
  const timesNeeded = Math.round((requests / (files * NEEDED_A_FILE + folders)) * 1000) / 1000
  return {
    seconds,
    cpuSeconds,
    requests,
    requestsAFile: Math.round((requests / files) * 1000) / 1000,
    timesNeeded,
    byOperation,
  }
}

async function openStore(directory: string): Promise<{ store: Harness['store']; close: () => Promise<void> }> {
  const opened = await import('../main/state/sqlite-store.ts')
  const { createFakeHost } = await import('../test/fakes/host.ts')
  const { store } = await opened.openStore({ directory, clock: realClock, log: createFakeHost().log })
  return { store, close: async () => store.close() }
}

function secondsSince(startedMs: number): number {
  return Math.round((performance.now() - startedMs) / 10) / 100
}
