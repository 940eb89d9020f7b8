/**
 * `npm test`: every check of the project, then one line that says how it went. Arguments are handed
 * to vitest and skip the other checks: `npm test -- test/unit/plan.test.ts`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startVitest, type TestModule } from 'vitest/node'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BIN = join(ROOT, 'node_modules', '.bin')

interface Tally {
  passed: number
  failed: number
}

/** What one run of vitest left behind. */
interface TestRun {
  readonly modules: readonly TestModule[]
  /** Errors outside of any test, which fail the run as a whole. */
  readonly strayErrors: number
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
await runTests(tally, filters)
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

async function runTests(into: Tally, files: readonly string[]): Promise<void> {
  const run = await runVitest(files)
  const again = files.length > 0 ? [] : run.modules.filter(isBrowserFile).filter((module) => !module.ok())
  for (const module of run.modules) if (!again.includes(module)) count(into, module)
  into.failed += run.strayErrors
  if (run.modules.length === 0) into.failed++
  if (again.length > 0) await judgeAlone(into, again)
}

/**
 * A browser, its page and a service need more than their share of a busy computer: what failed beside other files is
 * judged alone, and said. Only in `test/e2e`: a race that loses a file must never get a second chance to pass.
 */
async function judgeAlone(into: Tally, modules: readonly TestModule[]): Promise<void> {
  console.log(`Again, with nothing beside it: ${modules.map(({ relativeModuleId }) => relativeModuleId).join(', ')}`)
  const run = await runVitest(
    modules.map(({ moduleId }) => moduleId),
    { maxWorkers: 1 },
  )
  for (const module of run.modules) count(into, module)
  into.failed += run.strayErrors + Math.max(0, modules.length - run.modules.length)
}

function isBrowserFile({ relativeModuleId }: TestModule): boolean {
  return relativeModuleId.startsWith('test/e2e/')
}

async function runVitest(files: readonly string[], options: { readonly maxWorkers?: number } = {}): Promise<TestRun> {
  const vitest = await startVitest([...files], { root: ROOT, run: true, watch: false, ...options })
  const run = { modules: vitest.state.getTestModules(), strayErrors: vitest.state.getUnhandledErrors().length }
  await vitest.close()
  return run
}

function count(into: Tally, module: TestModule): void {
  const states = Array.from(module.children.allTests(), (test) => test.result().state)
  const failed = states.filter((state) => state === 'failed').length
  into.passed += states.filter((state) => state === 'passed').length
  // A file that does not even load holds no failed test, and must not pass for that.
  into.failed += module.ok() ? failed : Math.max(1, failed)
}
