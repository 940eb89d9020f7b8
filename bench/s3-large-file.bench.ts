/**
 * One large file to an S3 sink that does no work: read once, hashed with BLAKE3 and CRC32, sent in
 * parts; beside `rclone copyto` with the same part size and concurrency. The same again with the
 * signature made in the same read. Also how much the memory of this process grew, with its thread.
 * The file is warm in the page cache for all.
 *
 *   node bench/s3-large-file.bench.ts [--gib 4] [--rounds 3]
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { toRelPath } from '../common/paths.ts'
import type { PutOptions } from '../main/providers/provider.ts'
import { fileContent } from '../test/fakes/s3/harness.ts'
import { median, openOnSink, record, runRclone, startSink, type Sink } from './s3-bench-support.ts'

const MIB = 1024 ** 2

const { values } = parseArgs({
  options: { gib: { type: 'string', default: '4' }, rounds: { type: 'string', default: '3' } },
})
const sizeBytes = Number(values.gib) * 1024 * MIB

interface Measured {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssGrowthMiB?: number
}

const directory = mkdtempSync(join(tmpdir(), 's3-bench-'))
const source = join(directory, 'large.bin')
try {
  makeSource()
  const own: Measured[] = []
  const signed: Measured[] = []
  const peer: Measured[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    own.push(await withSink((sink) => runOwn(sink)))
    signed.push(await withSink((sink) => runOwn(sink, { sign: { kind: 'chunks', averageBytes: 8192 } })))
    const args = [
      'copyto',
      source,
      ':s3:bench/large.bin',
      '--s3-chunk-size',
      '16M',
      '--s3-upload-concurrency',
      '4',
      '--s3-upload-cutoff',
      '16M',
    ]
    const rclone = await withSink(async (sink) => runRclone(sink, args))
    if (rclone !== undefined) peer.push(rclone)
  }
  if (peer.length === 0) console.log('not run: rclone (install rclone)')
  record('s3-large-file', {
    bytes: sizeBytes,
    tidekeep: { ...summary(own), rssGrowthMiB: own.map((run) => Math.round(run.rssGrowthMiB ?? 0)) },
    tidekeepSigned: { ...summary(signed), rssGrowthMiB: signed.map((run) => Math.round(run.rssGrowthMiB ?? 0)) },
    rclone: summary(peer),
    timeAgainstRclone: round2(summary(own).medianSeconds / summary(peer).medianSeconds),
    signedAgainstUnsigned: round2(summary(signed).medianSeconds / summary(own).medianSeconds),
  })
} finally {
  rmSync(directory, { recursive: true, force: true })
}

function summary(runs: readonly Measured[]): { medianSeconds: number; medianCpuSeconds: number; seconds: number[] } {
  return {
    medianSeconds: round2(median(runs.map((run) => run.seconds))),
    medianCpuSeconds: round2(median(runs.map((run) => run.cpuSeconds))),
    seconds: runs.map((run) => round2(run.seconds)),
  }
}

async function runOwn(sink: Sink, extra: Pick<PutOptions, 'sign'> = {}): Promise<Measured> {
  const { provider, close } = await openOnSink(sink)
  const content = fileContent(source)
  const rssBefore = process.memoryUsage.rss()
  let rssPeak = rssBefore
  const watch = setInterval(() => (rssPeak = Math.max(rssPeak, process.memoryUsage.rss())), 20)
  const cpuBefore = process.cpuUsage()
  const startedMs = performance.now()
  const put = await provider.put(toRelPath('large.bin'), content, {
    signal: new AbortController().signal,
    metadata: { mtimeNs: 0n },
    expect: { kind: 'absent' },
    ...extra,
  })
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  clearInterval(watch)
  await close()
  if (put.bytesSent !== sizeBytes) throw new Error('not everything was sent')
  return { seconds, cpuSeconds: (user + system) / 1e6, rssGrowthMiB: (rssPeak - rssBefore) / MIB }
}

async function withSink<T>(use: (sink: Sink) => Promise<T>): Promise<T> {
  const sink = await startSink(0)
  try {
    return await use(sink)
  } finally {
    sink.stop()
  }
}

function makeSource(): void {
  const block = randomBytes(16 * MIB)
  const fd = openSync(source, 'w')
  for (let written = 0; written < sizeBytes; written += block.length) {
    block.writeDoubleLE(written, 0)
    writeSync(fd, block)
  }
  closeSync(fd)
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
