/**
 * `npm run test:mutants`: would the tests notice? Puts faults into the source, one at a time (see
 * `test/mutants/`), in copies of the checkout, and runs the tests that are to notice each:
 *
 *   npm run test:mutants                       every fault
 *   npm run test:mutants -- B4 S12             some of them
 *   npm run test:mutants -- --all S12          all tests against it, not only those named for it
 *   npm run test:mutants -- --jobs 4 --fresh   four at a time, and forget what an earlier run found
 *
 * A run that was ended goes on where it was, as long as no file changed. Ends with 0 when 19 of 20
 * are caught and every fault could be put in; a fault that cannot be is an error, not a catch.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { mutated, problemWith, type Mutant } from '../test/mutants/mutant.ts'
import { FIELD_FAILURES, MUTANTS, NOT_APPLICABLE } from '../test/mutants/table.ts'
import { Progress, type Baseline, type Result } from './mutants/progress.ts'
import { endRuns, runTests, type TestRun } from './mutants/run-tests.ts'
import { build, digestOf, filesOf, makeCopies, makePlace } from './mutants/scratch.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** In 20, one may be missed. */
const MISSES_ALLOWED = 1 / 20
const BASELINE_TIMEOUT_MS = 15 * 60_000
/** A fault may make a test slow; what takes this much longer than without it hangs. */
const PATIENCE_FACTOR = 3
const PATIENCE_MS = 90_000
/** Stands for every test file. */
const EVERYTHING = '(all)'

interface Options {
  readonly mutants: readonly Mutant[]
  readonly jobs: number
  readonly all: boolean
  readonly fresh: boolean
}

const options = readOptions()
const files = filesOf(ROOT)
const tree = digestOf(ROOT, files)
const kept = join(ROOT, 'out', options.all ? 'mutants-all.json' : 'mutants.json')
if (options.fresh) rmSync(kept, { force: true })
const progress = new Progress(kept, tree)
const place = makePlace()
process.once('SIGINT', () => void leave(130))
process.once('SIGTERM', () => void leave(143))
let copies: readonly string[] = []
/** What a run that is being ended says counts for nothing. */
let isLeaving = false
try {
  copies = await makeCopies({ root: ROOT, files }, place, options.jobs)
  await runBaselines()
  await inCopies(options.mutants, async (mutant, copy) => {
    const result = progress.result(mutant.id) ?? (await judge(mutant, copy))
    if (isLeaving) return
    progress.noteResult(mutant.id, result)
    console.log(rowOf(mutant, result))
  })
  await leave(summarise())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  await leave(1)
}

async function leave(exitCode: number): Promise<never> {
  isLeaving = true
  await endRuns()
  rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  process.exit(exitCode)
}

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '2' },
    },
  })
  const unknown = positionals.filter((id) => !MUTANTS.some((mutant) => mutant.id === id))
  const jobs = Number(values.jobs)
  if (unknown.length > 0 || !Number.isInteger(jobs) || jobs < 1) {
    console.error(unknown.length > 0 ? `There is no mutant ${unknown.join(', ')}.` : '--jobs takes a number from 1 on.')
    process.exit(2)
  }
  const mutants = positionals.length === 0 ? MUTANTS : MUTANTS.filter(({ id }) => positionals.includes(id))
  return { mutants, jobs, all: values.all, fresh: values.fresh }
}

function testsOf({ tests }: Mutant): readonly string[] {
  return options.all ? [EVERYTHING] : tests
}

/** What is asked of one test file: some of its tests where every fault names one, otherwise all (none here). */
function sentencesOf(file: string): readonly string[] {
  const named = options.mutants.filter((mutant) => testsOf(mutant).includes(file)).map(({ sentence }) => sentence)
  return options.all ? [] : named.includes(undefined) ? [] : [...new Set(named as string[])].sort()
}

function keyOf(file: string): string {
  return [file, ...sentencesOf(file)].join('\0')
}

/** The tests once without a fault: one that fails then proves nothing, and its time says what a hang is. */
async function runBaselines(): Promise<void> {
  const all = [...new Set(options.mutants.flatMap(testsOf))]
  const needed = all.filter((file) => progress.baseline(keyOf(file)) === undefined)
  if (needed.length > 0) console.log(`Without a fault: ${needed.length} test files`)
  await inCopies(needed, async (file, copy) => {
    const isAll = file === EVERYTHING
    const timeoutMs = BASELINE_TIMEOUT_MS * (isAll ? 4 : 1)
    const run = await runTests({ copy, files: isAll ? [] : [file], sentences: sentencesOf(file), timeoutMs })
    if (isLeaving) return
    const baseline = { isGood: run.kind === 'passed', ms: run.ms, reason: reasonOf(run) }
    progress.noteBaseline(keyOf(file), baseline)
    if (!baseline.isGood) console.log(`FAIL ${file}, without any fault: ${baseline.reason}`)
  })
}

async function judge(mutant: Mutant, copy: string): Promise<Result> {
  const path = join(copy, mutant.file)
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const problem = problemWith(mutant, text === '' ? undefined : text)
  if (problem !== undefined) return { verdict: 'error', by: problem, ms: 0 }
  const baselines = testsOf(mutant).map((file) => progress.baseline(keyOf(file))!)
  const bad = baselines.find(({ isGood }) => !isGood)
  if (bad !== undefined) return { verdict: 'error', by: `its tests fail without it: ${bad.reason}`, ms: 0 }
  writeFileSync(path, mutated(mutant, text))
  try {
    // Some tests run what users run. A fault the compiler finds is built all the same.
    if (options.all) await build(copy)
    const run = await runTests({
      copy,
      files: options.all ? [] : mutant.tests,
      timeoutMs: patienceMs(baselines),
      sentences: options.all || mutant.sentence === undefined ? [] : [mutant.sentence],
      bail: true,
    })
    return verdictOf(run)
  } finally {
    writeFileSync(path, text)
    if (options.all) await build(copy)
  }
}

function patienceMs(baselines: readonly Baseline[]): number {
  return PATIENCE_MS + PATIENCE_FACTOR * baselines.reduce((sum, { ms }) => sum + ms, 0)
}

function verdictOf(run: TestRun): Result {
  const { ms } = run
  if (run.kind === 'passed') return { verdict: 'missed', by: 'every test passed', ms }
  // A source that does not load is no fault that anybody could have shipped.
  if (run.kind === 'broken') return { verdict: 'error', by: `the tests did not load: ${run.reason}`, ms }
  if (run.kind === 'timeout') return { verdict: 'caught', by: 'it hangs, as it does not without the fault', ms }
  return { verdict: 'caught', by: run.titles[0]!, ms }
}

function reasonOf(run: TestRun): string {
  if (run.kind === 'failed') return run.titles.join('; ')
  return run.kind === 'broken' ? run.reason : run.kind
}

/** Does all of `work`, one item at a time in each copy. */
async function inCopies<T>(work: readonly T[], run: (item: T, copy: string) => Promise<void>): Promise<void> {
  const queue = [...work]
  const lane = async (copy: string): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      if (isLeaving) return
      await run(item, copy)
    }
  }
  await Promise.all(copies.map(lane))
}

function rowOf({ id, fault }: Mutant, { verdict, by, ms }: Result): string {
  const outcome = verdict === 'caught' ? `caught by: ${by}` : verdict === 'missed' ? `MISSED (${by})` : `ERROR (${by})`
  return `${id.padEnd(4)} ${(ms / 1000).toFixed(0).padStart(4)} s  ${fault}\n             ${outcome}`
}

function summarise(): number {
  const results = options.mutants.map((mutant) => ({ mutant, result: progress.result(mutant.id)! }))
  const withVerdict = (verdict: Result['verdict']): typeof results =>
    results.filter(({ result }) => result.verdict === verdict)
  const [caught, missed, errors] = [withVerdict('caught'), withVerdict('missed'), withVerdict('error')]
  const ofTheField = caught.filter(({ mutant }) => FIELD_FAILURES.some(({ id }) => id === mutant.id)).length
  for (const { mutant, result } of [...missed, ...errors]) console.log(rowOf(mutant, result))
  if (NOT_APPLICABLE.length > 0) {
    console.log('Not applicable yet, and not counted:')
    for (const { id, why } of NOT_APPLICABLE) console.log(`${id.padEnd(4)} ${why}`)
  }
  if (errors.length > 0) console.log(`${errors.length} could not be judged`)
  console.log(`caught ${caught.length} of ${results.length} (${ofTheField} of them failures seen in the field)`)
  const isEnough = missed.length <= Math.floor(results.length * MISSES_ALLOWED)
  return errors.length === 0 && isEnough ? 0 : 1
}
