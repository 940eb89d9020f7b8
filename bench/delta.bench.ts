/**
 * Signatures and matching of one file of 1 GiB beside rdiff, rsync and xdelta3, each in a process
 * of its own, in interleaved rounds. Process start and the writing of what is new are part of every time;
 * of ours, `task` is what a thread of a running service takes. The files are in the page cache. CPU seconds are told too: on a busy machine they are what can be compared.
 *
 *   node bench/delta.bench.ts [--mib 1024] [--rounds 3] [--dir /path] [--large] [--only signature,scattered]
 */
import { spawnSync } from 'node:child_process'
import { closeSync, copyFileSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { seededRandom } from '../test/fakes/host.ts'
import { isInstalled, median, report, versionOf } from './support.ts'

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
    large: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
})

const MIB = 1024 ** 2
const SIZE = Number(values.mib) * MIB
const TASK = fileURLToPath(new URL('delta-task.mjs', import.meta.url))
const base = mkdtempSync(join(values.dir, 'tidekeep-delta-'))
const at = (name: string): string => join(base, name)
const random = seededRandom(7)

/** One run of one program: what it took, and what it made or would send. */
interface Measure {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssMiB: number
  readonly bytes: number
  readonly task?: { readonly seconds: number; readonly cpuSeconds: number }
}
type Run = () => Measure

function run(
  command: string,
  args: readonly string[],
  bytesOf: (output: string) => number,
): Measure & { output: string } {
  const child = spawnSync('/usr/bin/time', ['-f', '%e %M %U %S', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (child.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${child.stderr}`)
  const [seconds = 0, rssKiB = 0, user = 0, system = 0] = (child.stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  const bytes = bytesOf(child.stdout)
  return { seconds, cpuSeconds: user + system, rssMiB: Math.round(rssKiB / 1024), bytes, output: child.stdout }
}

function ours(...args: readonly string[]): Measure {
  const { output, ...measure } = run(
    process.execPath,
    [TASK, ...args],
    (text) => (JSON.parse(text) as { bytes: number }).bytes,
  )
  const { taskSeconds, taskCpuSeconds } = JSON.parse(output) as { taskSeconds: number; taskCpuSeconds: number }
  return { ...measure, task: { seconds: taskSeconds, cpuSeconds: taskCpuSeconds } }
}

function rdiff(command: 'signature' | 'delta', ...names: readonly string[]): Measure {
  const paths = names.map(at)
  return run('rdiff', ['-f', command, ...paths], () => statSync(paths.at(-1)!).size)
}

function xdelta3(name: string): Measure {
  return run('xdelta3', ['-1', '-f', '-e', '-s', at('old'), at(name), at('out')], () => statSync(at('out')).size)
}

/** Into a fresh copy of the old file, whose making is not measured. */
function rsync(old: string, name: string, ...options: readonly string[]): Measure {
  copyFileSync(at(old), at('copy'))
  const args = ['-I', '--no-whole-file', '--stats', ...options, at(name), at('copy')]
  return run('rsync', args, (text) => Number(/Literal data: ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', '')))
}

/** A job, who does it, and what was asked of the first of them beside another. */
interface Job {
  readonly name: string
  readonly runs: Readonly<Record<string, Run>>
  readonly goals: readonly {
    readonly beside: readonly string[]
    readonly of: 'time' | 'bytes'
    readonly most: number
  }[]
}

const JOBS: readonly Job[] = [
  {
    name: 'signature',
    runs: {
      tidekeep: () => ours('sign', at('old'), at('old.hssig')),
      'tidekeep, blocks of 64 KiB': () => ours('sign', at('old'), at('old-64k.hssig'), '65536'),
      rdiff: () => rdiff('signature', 'old', 'old.rdiff'),
    },
    goals: [{ beside: ['rdiff'], of: 'time', most: 0.6 }],
  },
  {
    name: 'scattered',
    runs: {
      tidekeep: () => ours('match', at('scattered'), at('old.hssig'), at('out')),
      'tidekeep, blocks of 64 KiB': () => ours('match', at('scattered'), at('old-64k.hssig'), at('out'), '65536'),
      rdiff: () => rdiff('delta', 'old.rdiff', 'scattered', 'out'),
      'rsync --inplace': () => rsync('old', 'scattered', '--inplace'),
    },
    goals: [
      { beside: ['rdiff'], of: 'time', most: 0.25 },
      { beside: ['rsync --inplace'], of: 'time', most: 0.75 },
      { beside: ['rdiff'], of: 'bytes', most: 1 },
    ],
  },
  {
    name: 'inserted',
    runs: {
      tidekeep: () => ours('match', at('inserted'), at('old.hssig'), at('out')),
      'tidekeep, blocks of 64 KiB': () => ours('match', at('inserted'), at('old-64k.hssig'), at('out'), '65536'),
      rdiff: () => rdiff('delta', 'old.rdiff', 'inserted', 'out'),
      'xdelta3 -1': () => xdelta3('inserted'),
    },
    goals: [{ beside: ['xdelta3 -1'], of: 'time', most: 0.75 }],
  },
  {
    name: 'unchanged',
    runs: {
      tidekeep: () => ours('match', at('old'), at('old.hssig'), at('out')),
      'xdelta3 -1': () => xdelta3('old'),
      'rsync --inplace': () => rsync('old', 'old', '--inplace'),
    },
    goals: [{ beside: ['xdelta3 -1'], of: 'time', most: 0.75 }],
  },
  {
    name: 'nothing matches',
    runs: {
      tidekeep: () => ours('match', at('other'), at('old.hssig'), at('out')),
      'tidekeep, blocks of 64 KiB': () => ours('match', at('other'), at('old-64k.hssig'), at('out'), '65536'),
      rdiff: () => rdiff('delta', 'old.rdiff', 'other', 'out'),
      rsync: () => rsync('old', 'other'),
    },
    goals: [{ beside: ['rdiff', 'rsync'], of: 'time', most: 0.3 }],
  },
  {
    name: 'edits in text',
    runs: {
      tidekeep: () => ours('match', at('text-edited'), at('text.hssig'), at('out')),
      'rsync -B 4096': () => rsync('text', 'text-edited', '-B', '4096'),
    },
    goals: [{ beside: ['rsync -B 4096'], of: 'bytes', most: 1.5 }],
  },
]

/** Pseudo-random bytes, by openssl: as fast as they can be written. */
function makeNoise(path: string, bytes: number, key: string): void {
  const line = `openssl enc -aes-128-ctr -nosalt -K ${key.padStart(32, '0')} -iv 0 < /dev/zero 2>/dev/null | head -c ${bytes} > '${path}'`
  if (spawnSync('sh', ['-c', line]).status !== 0) throw new Error('openssl could not make the files')
}

function noise(bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, () => random.next() * 256))
}

/** 1 % in 100 places. */
function scatter(path: string): void {
  copyFileSync(at('old'), path)
  const out = openSync(path, 'r+')
  const stride = Math.floor(SIZE / 100)
  const length = Math.floor(SIZE / 10_000)
  for (let place = 0; place < 100; place++) {
    writeSync(out, noise(length), 0, length, place * stride + Math.floor(random.next() * (stride - length)))
  }
  closeSync(out)
}

/** 4 KiB more, a third into the file. */
function insert(path: string): void {
  const where = Math.floor(SIZE / 3) + 12_345
  const from = openSync(at('old'), 'r')
  const out = openSync(path, 'w')
  const buffer = Buffer.alloc(MIB)
  for (let position = 0; position < SIZE;) {
    const most = position < where ? Math.min(MIB, where - position) : MIB
    const read = readSync(from, buffer, 0, most, position)
    writeSync(out, buffer, 0, read)
    position += read
    if (position === where) writeSync(out, noise(4096))
  }
  closeSync(from)
  closeSync(out)
}

/** JSON lines, half as many bytes as the other files, and the same with a digit or two more in 1,918 lines of them. */
function makeText(): void {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  const below = (limit: number): number => Math.floor(random.next() * limit)
  const words = Array.from({ length: 2000 }, () =>
    Array.from({ length: 3 + below(7) }, () => letters[below(26)]).join(''),
  )
  const word = (): string => words[below(words.length)]!
  const [plain, edited] = [openSync(at('text'), 'w'), openSync(at('text-edited'), 'w')]
  const everyLines = Math.ceil(SIZE / 2 / 187 / 1918)
  let editLine = below(everyLines)
  for (let bytes = 0, line = 0; bytes < SIZE / 2;) {
    const both: [string[], string[]] = [[], []]
    for (const end = line + 10_000; line < end; line++) {
      const head = `{"id":${line},"time":${1_700_000_000 + line * 7},"name":"${word()} ${word()}","value":`
      const tail = `${(random.next() * 1000).toFixed(6)},"tags":["${word()}","${word()}"],"note":"${Array.from({ length: 3 + below(17) }, word).join(' ')}"}\n`
      const isEdited = line === editLine
      if (isEdited) editLine = line - (line % everyLines) + everyLines + below(everyLines)
      both[0].push(head, tail)
      both[1].push(head, isEdited ? String(below(100)) : '', tail)
    }
    bytes += writeSync(plain, both[0].join(''))
    writeSync(edited, both[1].join(''))
  }
  closeSync(plain)
  closeSync(edited)
}

/** One pass over a file ten times as long: what memory it takes. */
function measureLarge(): object {
  for (const name of ['old', 'other', 'scattered', 'inserted', 'text', 'text-edited', 'copy'])
    rmSync(at(name), { force: true })
  makeNoise(at('large'), 10 * SIZE, '3')
  const signature = ours('sign', at('large'), at('large.hssig'))
  const out = openSync(at('large'), 'r+')
  for (let place = 0; place < 100; place++)
    writeSync(out, noise(10_000), 0, 10_000, Math.floor(random.next() * 10 * SIZE))
  closeSync(out)
  const match = ours('match', at('large'), at('large.hssig'), at('out'))
  return { sizeBytes: 10 * SIZE, signature, match }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

function summary(measures: readonly Measure[]): object {
  const of = (value: (measure: Measure) => number): number => rounded(median(measures.map(value)))
  const tasks = measures.flatMap(({ task }) => (task === undefined ? [] : [task]))
  return {
    seconds: of(({ seconds }) => seconds),
    cpuSeconds: of(({ cpuSeconds }) => cpuSeconds),
    bytes: of(({ bytes }) => bytes),
    rssMiB: of(({ rssMiB }) => rssMiB),
    ...(tasks.length === 0
      ? {}
      : {
          taskSeconds: rounded(median(tasks.map(({ seconds }) => seconds))),
          taskCpuSeconds: rounded(median(tasks.map(({ cpuSeconds }) => cpuSeconds))),
        }),
  }
}

/** Median of the ratios within each round: what else the machine did then, both of them felt. */
function ratios(job: Job, measures: ReadonlyMap<string, readonly Measure[]>): readonly object[] {
  const mine = measures.get('tidekeep') ?? []
  return job.goals.flatMap(({ beside, of, most }) => {
    const peers = beside.flatMap((name) => measures.get(name) ?? [])
    if (peers.length === 0) return []
    const ratio = (value: (measure: Measure) => number): number =>
      rounded(
        median(
          mine.map((measure, round) => {
            const others = beside.flatMap((name) => measures.get(name)?.[round] ?? [])
            return value(measure) / Math.min(...others.map(value))
          }),
        ),
      )
    const goal = { beside: beside.join(', '), of, goal: most }
    if (of === 'bytes') return [{ ...goal, ratio: ratio(({ bytes }) => bytes) }]
    return [
      {
        ...goal,
        ratio: ratio(({ seconds }) => seconds),
        cpuRatio: ratio(({ cpuSeconds }) => cpuSeconds),
        taskRatio: ratio(({ task, seconds }) => task?.seconds ?? seconds),
        taskCpuRatio: ratio(({ task, cpuSeconds }) => task?.cpuSeconds ?? cpuSeconds),
      },
    ]
  })
}

try {
  makeNoise(at('old'), SIZE, '1')
  makeNoise(at('other'), SIZE, '2')
  scatter(at('scattered'))
  insert(at('inserted'))
  makeText()
  ours('sign', at('text'), at('text.hssig'))
  const textBytes = statSync(at('text')).size
  const jobs = JOBS.filter(
    ({ name }) => values.only === '' || name === 'signature' || values.only.split(',').includes(name),
  )
  const measured = new Map(jobs.map((job) => [job, new Map<string, Measure[]>()]))
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [job, measures] of measured) {
      for (const [name, measure] of Object.entries(job.runs)) {
        const program = name.split(/[ ,]/)[0]!
        if (program !== 'tidekeep' && !isInstalled(program)) {
          if (round === 0) console.log(`not run: ${job.name}, ${name} (install ${program})`)
          continue
        }
        measures.set(name, [...(measures.get(name) ?? []), measure()])
      }
    }
  }
  report('delta', {
    sizeBytes: SIZE,
    rounds: Number(values.rounds),
    loadAverage: loadavg().map(rounded),
    directory: values.dir === tmpdir() ? 'disk' : values.dir,
    peers: {
      rdiff: versionOf('rdiff', ['--version']),
      rsync: versionOf('rsync', ['--version']),
      xdelta3: spawnSync('xdelta3', ['-V'], { encoding: 'utf8' }).stderr.split('\n')[0],
    },
    jobs: Object.fromEntries(
      [...measured].map(([job, measures]) => [
        job.name,
        {
          ...Object.fromEntries([...measures].map(([name, each]) => [name, summary(each)])),
          goals: ratios(job, measures),
        },
      ]),
    ),
    textBytes,
    ...(values.large ? { large: measureLarge() } : {}),
  })
} finally {
  rmSync(base, { recursive: true, force: true })
}
