/**
 * `npm test`: every check of the project, then one line that says how it went. Arguments are handed
 * to vitest and skip the other checks: `npm test -- test/unit/plan.test.ts`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BIN = join(ROOT, 'node_modules', '.bin')

interface Tally {
  passed: number
  failed: number
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numFailedTestSuites: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** Each is one check; its output is shown only when it fails. */
const CHECKS: readonly { readonly name: string; readonly command: string; readonly args: readonly string[] }[] = [
  { name: 'types', command: 'tsc', args: ['-b'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware'] },
  { name: 'format', command: 'oxfmt', args: ['--check'] },
  {
    name: 'imports',
    command: 'depcruise',
    args: ['--config', '.dependency-cruiser.cjs', 'common', 'workers', 'main', 'preload', 'renderer'],
  },
]

const filters = process.argv.slice(2)
const tally: Tally = { passed: 0, failed: 0 }
if (filters.length === 0) {
  // Browser, packaging and launcher tests run what users run: the build.
  check(tally, 'build', process.execPath, ['scripts/build.ts'])
  for (const { name, command, args } of CHECKS) check(tally, name, join(BIN, command), args)
}
runTests(tally, filters)
console.log(`${tally.passed} passed, ${tally.failed} failed`)
process.exitCode = tally.failed === 0 ? 0 : 1

function check(into: Tally, name: string, command: string, args: readonly string[]): void {
  const startMs = performance.now()
  const run = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' })
  const ok = run.status === 0
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`)
  if (!ok) console.log(`${run.stdout}${run.stderr}${run.error?.message ?? ''}`)
  into[ok ? 'passed' : 'failed']++
}

function runTests(into: Tally, files: readonly string[]): void {
  const directory = mkdtempSync(join(tmpdir(), 'tidekeep-report-'))
  const output = join(directory, 'report.json')
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile=${output}`, ...files]
  const run = spawnSync(join(BIN, 'vitest'), args, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, NO_COLOR: '1' },
  })
  try {
    const report = JSON.parse(readFileSync(output, 'utf8')) as VitestReport
    into.passed += report.numPassedTests
    into.failed += report.numFailedTests
    // A file that does not even load holds no failed test, and must not pass for that.
    into.failed += report.testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
    ).length
    if (run.status !== 0 && into.failed === 0) into.failed++
  } catch {
    console.log('The test runner left no report.')
    into.failed++
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
