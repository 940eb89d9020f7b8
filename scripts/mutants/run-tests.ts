import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** How one run of test files ended. */
export type TestRun =
  | { readonly kind: 'passed'; readonly ms: number }
  /** Titles of the tests that failed, in order. */
  | { readonly kind: 'failed'; readonly ms: number; readonly titles: readonly string[] }
  /** Not one test was run: the files do not load, or the runner itself failed. */
  | { readonly kind: 'broken'; readonly ms: number; readonly reason: string }
  | { readonly kind: 'timeout'; readonly ms: number }

/** What is run, and where. */
export interface TestRequest {
  /** A copy of the checkout that nothing else uses meanwhile. */
  readonly copy: string
  /** None: all of them. */
  readonly files: readonly string[]
  readonly timeoutMs: number
  /** Only tests with one of these in their title; without any, all. */
  readonly sentences?: readonly string[]
  /** Ends at the first failure. */
  readonly bail?: boolean
}

interface Report {
  readonly testResults: readonly {
    readonly message?: string
    readonly status: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

const MIN_TAIL_CHARS = 400
const running = new Map<ChildProcess, Promise<unknown>>()

/** Ends every run under way, with all its processes. */
export async function endRuns(): Promise<void> {
  for (const child of running.keys()) endGroup(child)
  await Promise.all(running.values())
}

/** Runs test files by vitest in a copy of the checkout. Never rejects for what the tests do. */
export async function runTests({ copy, files, timeoutMs, sentences = [], bail }: TestRequest): Promise<TestRun> {
  const report = join(copy, 't', 'report.json')
  const temporary = join(copy, 't', 'm')
  rmSync(report, { force: true })
  mkdirSync(temporary, { recursive: true })
  const startMs = performance.now()
  const args = ['run', '--reporter=json', `--outputFile=${report}`, ...(bail === true ? ['--bail=1'] : [])]
  if (sentences.length > 0) args.push(`--testNamePattern=${sentences.map(escaped).join('|')}`)
  // Neither results nor transformed modules are kept: they would land in the packages of the checkout.
  args.push('--maxWorkers=1', '--no-cache', '--no-fsModuleCache', '--configLoader=native', ...files)
  try {
    const { status, output } = await runVitest(copy, { args, temporary, timeoutMs })
    const ms = performance.now() - startMs
    return status === 'timeout' ? { kind: 'timeout', ms } : verdictOf(report, { status, output, ms })
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
  }
}

function runVitest(
  copy: string,
  run: { readonly args: readonly string[]; readonly temporary: string; readonly timeoutMs: number },
): Promise<{ readonly status: number | 'timeout'; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(copy, 'node_modules', 'vitest', 'vitest.mjs'), ...run.args], {
      cwd: copy,
      // A group of its own: a test that hangs may have processes of its own.
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', TMPDIR: run.temporary },
    })
    running.set(child, once(child, 'exit'))
    let output = ''
    const note = (piece: Buffer): void => void (output = `${output}${piece.toString()}`.slice(-20_000))
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      endGroup(child)
    }, run.timeoutMs)
    child.once('error', reject)
    // Not 'close': what a test forgot may hold the pipes for ever.
    child.once('exit', (code) => {
      clearTimeout(timer)
      running.delete(child)
      // What a test started and forgot must not meet the next run.
      endGroup(child)
      resolve({ status: isLate ? 'timeout' : (code ?? 1), output })
    })
  })
}

function verdictOf(
  path: string,
  { status, output, ms }: { readonly status: number; readonly output: string; readonly ms: number },
): TestRun {
  const report = readReport(path)
  const results = report?.testResults ?? []
  const tests = results.flatMap(({ assertionResults }) => assertionResults)
  const titles = tests.filter((test) => test.status === 'failed').map(({ fullName }) => fullName)
  if (titles.length > 0) return { kind: 'failed', ms, titles }
  const unloaded = results.find((result) => result.status === 'failed')
  if (unloaded !== undefined) return { kind: 'broken', ms, reason: unloaded.message ?? 'a test file does not load' }
  const isAnyRun = tests.some((test) => test.status === 'passed')
  if (status === 0 && isAnyRun) return { kind: 'passed', ms }
  if (isAnyRun) return { kind: 'failed', ms, titles: [`outside of any test: ${lastLines(output)}`] }
  return { kind: 'broken', ms, reason: lastLines(output) || 'no test was run' }
}

function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report
  } catch {
    return undefined
  }
}

function escaped(sentence: string): string {
  return sentence.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}

function lastLines(output: string): string {
  return output.trim().slice(-MIN_TAIL_CHARS).replaceAll(/\s+/g, ' ')
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}
