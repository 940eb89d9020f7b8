/**
 * One large file at an S3 store on loopback, 1 % of it changed in 100 places: the whole `tidekeep
 * sync` beside `rclone copy`, both kept to the same rate. The store is the strict one of the tests:
 * the independent servers at hand do not prove what is put together of parts, so that Tidekeep would
 * send whole files there.
 *
 *   node bench/delta-s3.bench.ts [--mib 1024] [--mbit 50] [--dir /path/on/the/disk]
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Summary } from '../common/protocol.ts'
import { isInstalled, report, timed, versionOf } from './support.ts'

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    mbit: { type: 'string', default: '50' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const MIB = 1024 ** 2
const SIZE_BYTES = Number(values.mib) * MIB
const PLACES = 100
const CHANGED_BYTES = Math.round(SIZE_BYTES / 100 / PLACES)
const BYTES_PER_SECOND = (Number(values.mbit) * 1_000_000) / 8
const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
const KEYS = { AWS_ACCESS_KEY_ID: 'BENCH', AWS_SECRET_ACCESS_KEY: 'bench-secret', AWS_REGION: 'us-east-1' }
const base = mkdtempSync(join(values.dir, 'tidekeep-bench-'))
const source = join(base, 'source')
const file = join(source, 'image.bin')

/** A store in a process of its own. */
class Store {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  endpoint = ''

  constructor() {
    const program = fileURLToPath(new URL('strict-store.ts', import.meta.url))
    this.#child = spawn(process.execPath, ['--max-old-space-size=8192', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#lines = createInterface(this.#child.stdout!)[Symbol.asyncIterator]()
  }

  async start(): Promise<void> {
    this.endpoint = await this.#line()
  }

  /** Since the last time it was asked. */
  async traffic(): Promise<{ readonly bytesIn: number; readonly requests: number }> {
    this.#child.stdin!.write('\n')
    return JSON.parse(await this.#line()) as { bytesIn: number; requests: number }
  }

  stop(): void {
    this.#child.kill()
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('the store ended')
    return value
  }
}

/** Noise that no two places share, quickly: xorshift over 32-bit words. */
function fill(bytes: Buffer, seed: number): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  let state = seed | 1
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
}

function makeFile(): void {
  mkdirSync(source)
  const fd = openSync(file, 'w')
  const piece = Buffer.alloc(MIB)
  for (let at = 0; at < SIZE_BYTES; at += MIB) {
    fill(piece, 7 + at / MIB)
    writeSync(fd, piece, 0, piece.length, at)
  }
  closeSync(fd)
}

function changeFile(): void {
  const fd = openSync(file, 'r+')
  const piece = Buffer.alloc(CHANGED_BYTES - (CHANGED_BYTES % 4))
  for (let place = 0; place < PLACES; place++) {
    fill(piece, 1_000_003 + place)
    writeSync(fd, piece, 0, piece.length, Math.floor(((place + 0.5) * SIZE_BYTES) / PLACES))
  }
  closeSync(fd)
}

function tidekeep(store: Store, ...args: readonly string[]): Summary {
  const env = {
    ...process.env,
    ...KEYS,
    AWS_ENDPOINT_URL_S3: store.endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    TIDEKEEP_HOME: join(base, 'home'),
    TIDEKEEP_SECRETS: 'file',
  }
  const run = spawnSync(process.execPath, [TIDEKEEP, ...args, '--json'], { encoding: 'utf8', env, maxBuffer: 1 << 28 })
  if (run.status !== 0) throw new Error(`tidekeep ${args[0]} failed: ${run.stderr}`)
  return JSON.parse(run.stdout) as Summary
}

function rclone(store: Store, ...args: readonly string[]): number {
  const env = {
    PATH: process.env['PATH'],
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_B_TYPE: 's3',
    RCLONE_CONFIG_B_PROVIDER: 'Other',
    RCLONE_CONFIG_B_ENDPOINT: store.endpoint,
    RCLONE_CONFIG_B_ACCESS_KEY_ID: KEYS.AWS_ACCESS_KEY_ID,
    RCLONE_CONFIG_B_SECRET_ACCESS_KEY: KEYS.AWS_SECRET_ACCESS_KEY,
    RCLONE_CONFIG_B_REGION: KEYS.AWS_REGION,
    RCLONE_CONFIG_B_NO_CHECK_BUCKET: 'true',
    RCLONE_CONFIG_B_LIST_VERSION: '2',
  }
  return timed('rclone', ['copy', source, 'b:bench/rclone', ...args], env).seconds
}

async function withStore<T>(run: (store: Store) => Promise<T>): Promise<T> {
  const store = new Store()
  try {
    await store.start()
    return await run(store)
  } finally {
    store.stop()
  }
}

async function measureTidekeep(): Promise<Record<string, unknown> & { readonly seconds: number }> {
  return withStore(async (store) => {
    makeFile()
    tidekeep(store, 'sync', source, 's3://bench/tidekeep')
    changeFile()
    const limit = ['--bwlimit', String(BYTES_PER_SECOND)]
    await store.traffic()
    const plan = tidekeep(store, 'plan', source, 's3://bench/tidekeep', ...limit)
    await store.traffic()
    const startedMs = performance.now()
    const run = tidekeep(store, 'sync', source, 's3://bench/tidekeep', ...limit)
    const seconds = (performance.now() - startedMs) / 1000
    const { bytesIn, requests } = await store.traffic()
    const { bytesSent: predictedBytes = 0, seconds: predictedSeconds } = plan.estimate ?? {}
    return {
      seconds,
      method: run.actions[0]?.method,
      bytesSent: run.bytes.sent,
      bytesReused: run.bytes.reused,
      bytesAtStore: bytesIn,
      requests,
      predicted: {
        bytesSent: predictedBytes,
        seconds: predictedSeconds,
        offBy: Number((predictedBytes / run.bytes.sent - 1).toPrecision(2)),
      },
    }
  })
}

/** The file as it was is there already; `copy` sends what changed, which to it is the whole. */
async function measureRclone(): Promise<number | undefined> {
  if (!isInstalled('rclone')) return undefined
  return withStore(async (store) => {
    makeFile()
    rclone(store)
    changeFile()
    return rclone(store, '--bwlimit', `${BYTES_PER_SECOND / 1024}K`)
  })
}

try {
  const ours = await measureTidekeep()
  rmSync(source, { recursive: true })
  const rcloneSeconds = await measureRclone()
  report('delta-s3', {
    store: 'the strict S3 store of the tests, in a process of its own',
    sizeMiB: Number(values.mib),
    changed: `${PLACES} places of ${CHANGED_BYTES} bytes`,
    mbitPerSecond: Number(values.mbit),
    versions: { rclone: rcloneSeconds === undefined ? 'not run: rclone' : versionOf('rclone', ['version']) },
    tidekeep: ours,
    rcloneSeconds: rcloneSeconds ?? 'not run',
    ratio: rcloneSeconds === undefined ? 'not run' : Number((ours.seconds / rcloneSeconds).toFixed(3)),
  })
} finally {
  rmSync(base, { recursive: true, force: true })
}
