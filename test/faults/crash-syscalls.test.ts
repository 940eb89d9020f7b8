import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../fakes/host.ts'
import type { CaseResult, Crash } from './crash/crash-case.ts'
import { begin, crashAll, failuresOf, inLanes, STAGES, summaryOf, type Stage } from './crash/matrix.ts'
import { crashJob, JOBS, makeDirectory, type Job } from './crash/own-files.ts'
import { canTrace, countCalls, crashBefore, countJobCalls, nthsOf, type CallRange } from './crash/syscalls.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
/** Every so many-eth call of each kind in every scenario; 0: a sample. */
const STEP = Number(process.env['TIDEKEEP_CRASH_SYSCALL_STEP'] ?? 0)
const SAMPLED = ['edits', 'restore']
const CALLS_SAMPLED = 5
const LONG = { timeout: 6 * 3_600_000 }
const isHere = canTrace()
const isDemanded = process.env['REQUIRE_REAL'] === '1'

/** Start-up alone makes thousands of these in the long form: they are looked at further apart. */
function crashesIn(ranges: readonly CallRange[]): readonly Crash[] {
  if (STEP > 0) {
    return ranges.flatMap((range) => {
      const step = STEP * Math.max(1, Math.floor((range.last - range.first) / 40))
      return nthsOf(range, step).map((nth) => crashBefore(range.syscall, nth))
    })
  }
  const random = seededRandom(SEED)
  const all = ranges.flatMap((range) => nthsOf(range, 1).map((nth) => crashBefore(range.syscall, nth)))
  return Array.from({ length: CALLS_SAMPLED }, () => all[Math.floor(random.next() * all.length)]!)
}

async function stageResults(stage: Stage): Promise<readonly CaseResult[]> {
  return crashAll(stage, SEED, async (world) => {
    await begin(world, stage.scenario)
    const ranges = await countCalls(world, stage.scenario.commands(world))
    world.forget()
    return crashesIn(ranges)
  })
}

async function jobViolations(job: Job): Promise<readonly string[]> {
  const directory = makeDirectory()
  await job.prepare(directory)
  const ranges = await countJobCalls(job, directory)
  rmSync(directory, { recursive: true })
  const violations: string[] = []
  for (const crash of crashesIn(ranges)) {
    const ended = await crashJob(job, crash.kills[0]!)
    violations.push(...ended.violations.map((violation) => `${job.name}, ${crash.name}: ${violation}`))
  }
  return violations
}

describe.runIf(isHere || isDemanded)(`the built program, killed before system calls (seed ${SEED})`, () => {
  it('loses nothing, converges and leaves nothing behind', LONG, async () => {
    const stages = STAGES.filter(
      ({ scenario, side }) => STEP > 0 || (side === 'local' && SAMPLED.includes(scenario.name)),
    )
    const results = (await inLanes(stages, stageResults)).flat()
    console.log(summaryOf('killed before system calls', SEED, results))
    expect(failuresOf(results)).toEqual([])
    expect(results.filter(({ kills }) => kills > 0).length).toBeGreaterThan(results.length / 2)
  })

  it('keeps its own files old or new', LONG, async () => {
    const jobs = STEP > 0 ? JOBS : JOBS.filter(({ name }) => name === 'migrate')
    const violations = (await inLanes(jobs, jobViolations)).flat()
    expect(violations).toEqual([])
  })
})

describe.runIf(!isHere && !isDemanded)('the built program, killed before system calls', () => {
  it('says that it was not run', () => {
    console.log('not run: kills before system calls (strace that may trace: apt-get install strace)')
  })
})
