/**
 * Bringing everything back, process start included: many small files from a local target beside `restic restore`, and one
 * large file from an S3 store on this computer beside `rclone copy`. What is restored is on the disk when each ends: the
 * peers are followed by `sync`. Medians of interleaved rounds; CPU seconds are of the client alone.
 *
 *   node bench/restore.bench.ts [--files 50000] [--gib 4] [--rounds 3] [--dir /path/on/the/disk]
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { seededRandom } from '../test/fakes/host.ts'
import { isInstalled, makeSmallFiles, median, report, timed, versionOf } from './support.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    gib: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
const KEYS = { AWS_ACCESS_KEY_ID: 'BENCH', AWS_SECRET_ACCESS_KEY: 'bench-secret', AWS_REGION: 'us-east-1' }
const rounds = Number(values.rounds)
const base = mkdtempSync(join(values.dir, 'tidekeep-bench-'))

type Run = ReturnType<typeof timed>
const runs = new Map<string, Run[]>()
const note = (name: string, run: Run): void => void runs.set(name, [...(runs.get(name) ?? []), run])
const at = (name: string): string => join(base, name)

try {
  if (Number(values.files) > 0) smallFiles(Number(values.files))
  if (Number(values.gib) > 0) await largeFile(Number(values.gib))
  const of = (pick: (run: Run) => number, digits = 2) =>
    Object.fromEntries([...runs].map(([name, all]) => [name, Number(median(all.map(pick)).toFixed(digits))]))
  const seconds = of((run) => run.seconds)
  const cpuSeconds = of((run) => run.cpuSeconds)
  const ratio = (figures: Record<string, number>, mine: string, peer: string): number | 'not run' =>
    figures[mine] === undefined || figures[peer] === undefined
      ? 'not run'
      : Number((figures[mine] / figures[peer]).toFixed(2))
  const ratios = (figures: Record<string, number>) => ({
    'small files, to restic restore': ratio(figures, 'tidekeep small files', 'restic small files'),
    'large file, to rclone copy': ratio(figures, 'tidekeep large file', 'rclone large file'),
  })
  report('restore', {
    files: Number(values.files),
    gib: Number(values.gib),
    rounds,
    loadOfTheMachine: Math.round(loadavg()[0]! * 10) / 10,
    seconds,
    cpuSeconds,
    peakRssMiB: Object.fromEntries([...runs].map(([name, all]) => [name, Math.max(...all.map((run) => run.rssMiB))])),
    ratios: { seconds: ratios(seconds), cpuSeconds: ratios(cpuSeconds) },
    peers: { restic: versionOf('restic', ['version']), rclone: versionOf('rclone', ['version']) },
  })
} finally {
  rmSync(base, { recursive: true, force: true })
}

function smallFiles(files: number): void {
  const source = at('source')
  makeSmallFiles(source, files)
  const env = { ...process.env, TIDEKEEP_HOME: at('home') }
  timed(process.execPath, [TIDEKEEP, 'sync', source, at('target'), '-q'], env)
  const restic = {
    ...process.env,
    RESTIC_PASSWORD: 'bench',
    RESTIC_REPOSITORY: at('restic'),
    RESTIC_CACHE_DIR: at('restic-cache'),
  }
  const hasRestic = isInstalled('restic')
  if (hasRestic) {
    timed('restic', ['init', '-q'], restic)
    timed('restic', ['backup', '-q', source], restic)
  }
  for (let round = 0; round < rounds; round++) {
    timed('sync', [])
    note('tidekeep small files', timed(process.execPath, [TIDEKEEP, 'restore', at('target'), at('back'), '-q'], env))
    mustBe(countFiles(at('back')), files)
    rmSync(at('back'), { recursive: true })
    if (!hasRestic) continue
    timed('sync', [])
    const command = 'restic restore latest -q --target "$1" && sync'
    note('restic small files', timed('sh', ['-c', command, 'sh', at('back')], restic))
    rmSync(at('back'), { recursive: true })
  }
  for (const name of ['source', 'target', 'restic', 'restic-cache']) rmSync(at(name), { recursive: true, force: true })
}

async function largeFile(gib: number): Promise<void> {
  mkdirSync(at('large'))
  const file = join(at('large'), 'large.bin')
  writeNoise(file, gib)
  const program = fileURLToPath(new URL('strict-store.ts', import.meta.url))
  const child = spawn(process.execPath, ['--max-old-space-size=8192', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const endpoint = String((await lines.next()).value)
    const env = { ...process.env, ...KEYS, AWS_ENDPOINT_URL_S3: endpoint, TIDEKEEP_HOME: at('home s3') }
    timed(process.execPath, [TIDEKEEP, 'sync', at('large'), 's3://bench/large', '-q'], env)
    const digest = await sha256(file)
    rmSync(file)
    // Settings of this machine (profiles, certificate bundles) are not what is measured.
    const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|RCLONE_)/.test(name)))
    const remote = `:s3,provider=Other,endpoint='${endpoint}',force_path_style=true,env_auth=true,list_version=2:bench/large`
    for (let round = 0; round < rounds; round++) {
      timed('sync', [])
      note(
        'tidekeep large file',
        timed(process.execPath, [TIDEKEEP, 'restore', 's3://bench/large', at('back'), '-q'], env),
      )
      mustBe(await sha256(join(at('back'), 'large.bin')), digest)
      rmSync(at('back'), { recursive: true })
      if (!isInstalled('rclone')) continue
      timed('sync', [])
      const command = 'rclone copy -q --config /dev/null "$1" "$2" && sync'
      note('rclone large file', timed('sh', ['-c', command, 'sh', remote, at('back')], { ...plain, ...KEYS }))
      rmSync(at('back'), { recursive: true })
    }
  } finally {
    child.kill()
  }
}

function writeNoise(file: string, gib: number): void {
  const random = seededRandom(11)
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(random.next() * 256)))
  writeFileSync(file, '')
  for (let mebibyte = 0; mebibyte < gib * 1024; mebibyte++) {
    noise.writeUInt32LE(mebibyte, 0)
    appendFileSync(file, noise)
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer)
  return hash.digest('hex')
}

function countFiles(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).filter((item) => item.isFile()).length
}

function mustBe<T>(found: T, wanted: T): void {
  if (found !== wanted) throw new Error(`it was not brought back: ${String(found)} instead of ${String(wanted)}`)
}
