/**
 * `npm run test:soak`: the real service for twenty minutes of work, one folder to a strict S3 store
 * and one to a local folder, while one request in a hundred fails in some way. Says how memory,
 * descriptors, timers and threads developed, and compares every file in the end.
 *
 *   node scripts/soak.ts [--minutes 20] [--seed 1] [--failing 1] [--keep figures.json]
 *
 * Ends with 1 when a file is not where it should be, a figure grows, or the service does not come to rest.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { connectSocket, type SocketClient } from '../main/service/socket-client.ts'
import { below } from '../main/service/paths.ts'
import { seededRandom } from '../test/fakes/host.ts'
import type { FaultAction } from '../test/fakes/faulty-http/faults.ts'
import { startS3Server, type S3Server } from '../test/fakes/s3/server.ts'
import { sample, slopePerHour, type Sample } from './soak/gauges.ts'
import { filesBelow, Work } from './soak/work.ts'

const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
const BUCKET = 'soak'
const KEYS = { accessKeyId: 'SOAKKEY', secretAccessKey: 'soak-secret' }
/** One round: work, then rest until everything is safe, then one sample of a process that has nothing to do. */
const WORK_MS = 60_000
const STEP_MS = 200
/** Worker threads end after five idle seconds, and memory is given back after seven. */
const IDLE_MS = 12_000
const REST_MS = 180_000
/** The first rounds load code, fill caches and find the size that buffers and pools stay at. */
const WARM_ROUNDS = 7
const FAULTS: readonly FaultAction[] = [
  { kind: 'reset-before' },
  { kind: 'reset-mid' },
  { kind: 'reset-after' },
  { kind: 'status', status: 503, code: 'SlowDown' },
  { kind: 'status', status: 500, code: 'InternalError', after: true },
  { kind: 'status', status: 429, code: 'TooManyRequests', headers: { 'retry-after': '1' } },
  { kind: 'corrupt' },
  { kind: 'delay', delayMs: 1_500 },
]

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    failing: { type: 'string', default: '1' },
    keep: { type: 'string' },
  },
})
const random = seededRandom(Number(values.seed))
let requestCount = 0
const base = mkdtempSync(join(tmpdir(), 'tidekeep-soak-'))
const place = {
  home: join(base, 'home'),
  s3: join(base, 'to-s3'),
  local: join(base, 'to-disk'),
  disk: join(base, 'disk'),
}
const env = {
  ...process.env,
  TIDEKEEP_HOME: place.home,
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  AWS_REGION: 'us-east-1',
}
process.exitCode = await soak().finally(() => rmSync(base, { recursive: true, force: true }))

async function soak(): Promise<number> {
  const server = await startS3Server({ ...KEYS, buckets: [BUCKET] })
  const injected = new Map<string, number>()
  const works = [new Work(place.s3, random), new Work(place.local, random)]
  mkdirSync(place.disk)
  configure(server.endpoint)
  const child = spawn(process.execPath, [TIDEKEEP, 'serve', '--no-ui'], { env, stdio: 'inherit' })
  try {
    const client = await until('the service answers', () => connectSocket(below(place.home)))
    await atRest(client)
    injectFaults(server, injected)
    const samples = await rounds(client, child.pid!, { works, server })
    server.faults.next = () => undefined
    await client.call('folders.sync', {})
    await atRest(client)
    client.close()
    return report(samples, { works, server, injected })
  } finally {
    child.kill('SIGTERM')
    await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)))
    await server.close()
  }
}

function configure(endpoint: string): void {
  // Deletions of a whole evening of work are no accident here, and files of 12 MiB are large.
  run('config', 'set', 'guardFiles', '1000000')
  run('config', 'set', 'deltaThreshold', '8MiB')
  run('folder', 'add', place.s3, '--target', `s3://${BUCKET}/work`, '--mode', 'mirror', '--s3-endpoint', endpoint)
  run('folder', 'add', place.local, '--target', place.disk, '--mode', 'mirror')
}

function run(...args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [TIDEKEEP, ...args], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`tidekeep ${args.join(' ')}: ${stderr}`)
}

/** One request in so many hundred meets one of the faults. */
function injectFaults(server: S3Server, injected: Map<string, number>): void {
  const share = Number(values.failing) / 100
  const faults = seededRandom(Number(values.seed) + 1)
  server.faults.next = () => {
    if (faults.next() >= share) return undefined
    const fault = FAULTS[Math.floor(faults.next() * FAULTS.length)]!
    const name = fault.kind === 'status' ? String(fault.status) : fault.kind
    injected.set(name, (injected.get(name) ?? 0) + 1)
    return fault
  }
}

async function rounds(
  client: SocketClient,
  pid: number,
  { works, server }: { readonly works: readonly Work[]; readonly server: S3Server },
): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  const startMs = performance.now()
  const endMs = startMs + Number(values.minutes) * 60_000
  while (performance.now() < endMs) {
    for (const stopMs = performance.now() + WORK_MS; performance.now() < stopMs; await sleep(STEP_MS))
      for (const work of works) work.step()
    await atRest(client)
    await sleep(IDLE_MS)
    samples.push(await sample(pid, place.home, (performance.now() - startMs) / 60_000))
    console.log(JSON.stringify(samples.at(-1)))
    requestCount += server.requests.length
    server.forget()
  }
  return samples
}

/** Everything safe, by the service's own word; held against the truth in the end. */
async function atRest(client: SocketClient): Promise<void> {
  await until('everything is protected', async () => {
    const { headline } = await client.call('status.get', {})
    return headline === 'protected' ? true : undefined
  })
}

function report(
  samples: readonly Sample[],
  run: { readonly works: readonly Work[]; readonly server: S3Server; readonly injected: ReadonlyMap<string, number> },
): number {
  const warm = samples.slice(WARM_ROUNDS)
  const wrong = [...wrongInStore(run.server), ...wrongOnDisk()]
  const slopes = {
    rssMiB: slopePerHour(warm, ({ rssMiB }) => rssMiB),
    descriptors: slopePerHour(warm, ({ descriptors }) => descriptors),
    timers: slopePerHour(warm, ({ timers }) => timers),
    threads: slopePerHour(warm, ({ threads }) => threads),
  }
  // What twenty minutes cannot tell from nothing is not called growth.
  const growing = Object.entries(slopes).filter(([, { perHour, error }]) => perHour - 2 * error > 1)
  const figures = {
    seed: Number(values.seed),
    minutes: Number(values.minutes),
    operations: run.works.reduce((sum, { done }) => sum + done, 0),
    requests: requestCount,
    injected: Object.fromEntries(run.injected),
    growthPerHour: slopes,
    last: samples.at(-1),
    filesCompared: filesBelow(place.s3).length + filesBelow(place.local).length,
    wrong: wrong.length,
  }
  console.log(JSON.stringify(figures, null, 2))
  for (const line of wrong.slice(0, 20)) console.error(line)
  for (const [name] of growing) console.error(`${name} grows`)
  if (values.keep !== undefined) writeFileSync(values.keep, `${JSON.stringify({ ...figures, samples }, null, 2)}\n`)
  return wrong.length + growing.length === 0 ? 0 : 1
}

function wrongInStore(server: S3Server): readonly string[] {
  const files = filesBelow(place.s3)
  const wrong = files.filter(
    (path) => server.bytes(BUCKET, `work/${path}`)?.equals(readFileSync(join(place.s3, path))) !== true,
  )
  const more = server.buckets
    .get(BUCKET)!
    .keys()
    .filter((key) => key.startsWith('work/') && !key.startsWith('work/.tidekeep/') && !key.endsWith('/'))
    .filter((key) => server.bytes(BUCKET, key) !== undefined && !files.includes(key.slice('work/'.length)))
  return [
    ...wrong.map((path) => `not in the store as it is here: ${path}`),
    ...more.map((key) => `still in the store: ${key}`),
  ]
}

function wrongOnDisk(): readonly string[] {
  const [source, target] = [filesBelow(place.local), filesBelow(place.disk)]
  const more = target.filter((path) => !source.includes(path)).map((path) => `still at the target: ${path}`)
  const wrong = source.filter(
    (path) =>
      !target.includes(path) || !readFileSync(join(place.disk, path)).equals(readFileSync(join(place.local, path))),
  )
  return [...wrong.map((path) => `not at the target as it is here: ${path}`), ...more]
}

/** What the service says of itself. */
async function instead(): Promise<string> {
  const client = await connectSocket(below(place.home)).catch(() => undefined)
  const status = await client?.call('status.get', {}).catch(() => undefined)
  client?.close()
  return status === undefined ? '' : `: ${status.sentence} ${JSON.stringify(status.attention)}`
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + REST_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > endMs) throw new Error(`waited ${REST_MS / 1000} s until ${what}${await instead()}`)
    await sleep(200)
  }
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}
