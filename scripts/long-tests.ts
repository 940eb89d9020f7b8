/**
 * `npm run test:long`: the tests of names, races, bad input and saves at the sizes a release is
 * judged by, each with its own budget. `npm test` runs the same files at a tenth. Arguments choose
 * among them by name: `node scripts/long-tests.ts races`.
 */
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface LongTest {
  readonly name: string
  readonly files: readonly string[]
  readonly sizes: Readonly<Record<string, string>>
  readonly budgetMinutes: number
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const LONG_TESTS: readonly LongTest[] = [
  { name: 'races', files: ['test/security/swap-race.test.ts'], sizes: { TIDEKEEP_RACES: '100000' }, budgetMinutes: 5 },
  {
    name: 's3-races',
    files: ['test/property/s3-races.test.ts', 'test/property/s3-accounts.test.ts'],
    sizes: {
      TIDEKEEP_LOST_ANSWERS: '1000',
      TIDEKEEP_S3_RACES: '10000',
      TIDEKEEP_ACCOUNT_CALLS: '10000',
      TIDEKEEP_CLOCK_CALLS: '5000',
    },
    budgetMinutes: 10,
  },
  {
    name: 'names',
    files: ['test/property/names.test.ts'],
    sizes: { TIDEKEEP_NAMES: '500000', TIDEKEEP_NAMES_ON_DISK: '50000' },
    budgetMinutes: 10,
  },
  {
    name: 'bad-input',
    files: ['test/faults/bad-replies.test.ts', 'test/faults/bad-text.test.ts'],
    sizes: { TIDEKEEP_FUZZ: '10' },
    budgetMinutes: 10,
  },
  {
    name: 'power-cuts',
    files: ['test/faults/power-cut.test.ts', 'test/faults/power-cut-sync.test.ts', 'test/faults/full-disk.test.ts'],
    sizes: { TIDEKEEP_POWER_CUTS: '22' },
    budgetMinutes: 40,
  },
  {
    name: 'crashes',
    files: ['test/faults/crash-random.test.ts'],
    sizes: { TIDEKEEP_CRASHES: '2000' },
    budgetMinutes: 180,
  },
  {
    name: 'failpoints',
    files: ['test/faults/crash-failpoints.test.ts'],
    sizes: { TIDEKEEP_CRASH_POINTS: 'all' },
    budgetMinutes: 120,
  },
  {
    name: 'two-way-failpoints',
    files: ['test/faults/crash-two-way.test.ts'],
    sizes: { TIDEKEEP_TWO_WAY_POINTS: 'all' },
    budgetMinutes: 60,
  },
  {
    name: 'two-way',
    files: ['test/property/simulation/two-way.test.ts', 'test/property/simulation/two-way-rough.test.ts'],
    sizes: { TIDEKEEP_TWO_WAY_HISTORIES: '100000' },
    budgetMinutes: 90,
  },
  {
    name: 'syscalls',
    files: ['test/faults/crash-syscalls.test.ts'],
    sizes: { TIDEKEEP_CRASH_SYSCALL_STEP: '1' },
    budgetMinutes: 240,
  },
  { name: 'saves', files: ['test/faults/watch-fire.test.ts'], sizes: { TIDEKEEP_SAVES: '20' }, budgetMinutes: 5 },
  {
    name: 'days',
    files: ['test/property/simulation/long-days.test.ts'],
    sizes: { TIDEKEEP_DAYS: '30' },
    budgetMinutes: 5,
  },
]

const wanted = process.argv.slice(2)
const failed: string[] = []
for (const { name, files, sizes, budgetMinutes } of LONG_TESTS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const startMs = performance.now()
  const run = spawnSync(
    join(ROOT, 'node_modules', '.bin', 'vitest'),
    ['run', '--testTimeout=600000', '--hookTimeout=600000', ...files],
    {
      cwd: ROOT,
      stdio: 'inherit',
      shell: process.platform === 'win32',
      timeout: budgetMinutes * 60_000,
      // On the disk of this computer: `npm test` has them in memory, see test/in-memory.ts.
      env: { TMPDIR: tmpdir(), ...process.env, ...sizes },
    },
  )
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
  console.log(`${run.status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s of at most ${budgetMinutes * 60} s)`)
  if (run.status !== 0) failed.push(name)
}
process.exitCode = failed.length === 0 ? 0 : 1
