/**
 * Many small files to an S3 sink that does no work, first copy: the provider (read and hashed in
 * workers, SHA-256 sent and compared) beside `rclone copy --transfers 64`, without and with 25 ms
 * of latency on every request. Medians of interleaved rounds.
 *
 *   node bench/s3-small-files.bench.ts [--files 50000] [--rounds 3] [--latencies 0,25] [--group 1000]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { toRelPath } from '../common/paths.ts'
import type { BatchItem } from '../main/providers/provider.ts'
import { fileContent } from '../test/fakes/s3/harness.ts'
import { seededRandom } from '../test/fakes/host.ts'
import { median, openOnSink, record, runRclone, startSink, type Sink } from './s3-bench-support.ts'

const DIRECTORIES = 200

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    latencies: { type: 'string', default: '0,25' },
    group: { type: 'string', default: '1000' },
  },
})

interface Measured {
  readonly seconds: number
  readonly cpuSeconds: number
}

const source = mkdtempSync(join(tmpdir(), 's3-bench-'))
try {
  makeSource(Number(values.files))
  const items = describeSource()
  const results: Record<string, unknown> = {}
  for (const latency of values.latencies.split(',').map(Number))
    results[`${latency} ms`] = await compare(latency, items)
  record('s3-small-files', {
    files: items.length,
    bytes: items.reduce((sum, item) => sum + item.content.size, 0),
    results,
  })
} finally {
  rmSync(source, { recursive: true, force: true })
}

async function compare(latencyMs: number, items: readonly BatchItem[]): Promise<Record<string, unknown>> {
  const own: Measured[] = []
  const peer: Measured[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    own.push(await withSink(latencyMs, (sink) => runOwn(sink, items)))
    const rclone = await withSink(latencyMs, async (sink) =>
      runRclone(sink, ['copy', source, ':s3:bench/files', '--transfers', '64', '--checkers', '64']),
    )
    if (rclone !== undefined) peer.push(rclone)
  }
  if (peer.length === 0) console.log('not run: rclone (install rclone)')
  const summary = (runs: readonly Measured[]) => ({
    medianSeconds: round2(median(runs.map((run) => run.seconds))),
    medianCpuSeconds: round2(median(runs.map((run) => run.cpuSeconds))),
    seconds: runs.map((run) => round2(run.seconds)),
  })
  const [tidekeep, rclone] = [summary(own), summary(peer)]
  return { tidekeep, rclone, timesFaster: round2(rclone.medianSeconds / tidekeep.medianSeconds) }
}

async function runOwn(sink: Sink, items: readonly BatchItem[]): Promise<Measured> {
  const { provider, close } = await openOnSink(sink)
  const { signal } = new AbortController()
  const cpuBefore = process.cpuUsage()
  const startedMs = performance.now()
  const group = Number(values.group)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const batch = items.slice(next, (next += group))
      for (const result of await provider.features.putBatch!(batch, { signal })) if (!result.ok) throw result.error
    }
  }
  await Promise.all([lane(), lane()])
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  await close()
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

async function withSink<T>(latencyMs: number, use: (sink: Sink) => Promise<T>): Promise<T> {
  const sink = await startSink(latencyMs)
  try {
    return await use(sink)
  } finally {
    sink.stop()
  }
}

/** Files of 1 to 20 KB. */
function makeSource(fileCount: number): void {
  const random = seededRandom(7)
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(random.next() * 256)))
  for (let number = 0; number < fileCount; number++) {
    const folder = join(source, `folder-${number % DIRECTORIES}`)
    if (number < DIRECTORIES) mkdirSync(folder, { recursive: true })
    const size = 1024 + Math.floor(random.next() * 19 * 1024)
    const start = Math.floor(random.next() * (noise.length - size))
    writeFileSync(join(folder, `file-${number}.dat`), noise.subarray(start, start + size))
  }
}

/** What a scan would hand over; not part of the measured time. */
function describeSource(): BatchItem[] {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const absolutePath = join(entry.parentPath, entry.name)
      const { mtimeNs, mode } = statSync(absolutePath, { bigint: true })
      return {
        path: toRelPath(absolutePath.slice(source.length + 1)),
        content: fileContent(absolutePath),
        metadata: { mtimeNs, mode: Number(mode & 0o777n) },
        expect: { kind: 'absent' as const },
      }
    })
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
