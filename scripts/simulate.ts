/**
 * Lives random histories through by the million and says what became of the promises:
 *
 *   node scripts/simulate.ts planner --count 5000000
 *   node scripts/simulate.ts engine --seed 42 --count 1000000 --threads 4
 *   node scripts/simulate.ts engine --folds                   at targets that take names of different spelling for one
 *   node scripts/simulate.ts engine --replay 7:1a2b.3c4d      one history again, with its trace
 *
 * History number n of a seed is the same on every computer and with any number of threads.
 */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { StateCells } from '../test/property/simulation/cells.ts'
import { EngineTally, liveEngineHistory } from '../test/property/simulation/engine-history.ts'
import {
  failureOf,
  failureText,
  historyOf,
  parseHistory,
  shrink,
  type History,
  type Simulation,
} from '../test/property/simulation/history.ts'
import { livePlannerHistory, PlannerTally } from '../test/property/simulation/planner-history.ts'

const MAX_STEPS = { planner: 60, engine: 40 } as const
const PROGRESS_MS = 10_000
const SHRINK_TRIES = 500
/** Every failing history is counted; so many are told. */
const TOLD_FAILURES = 20

/** What one thread has to do. */
interface Share {
  readonly simulation: Simulation
  /** Names of different spelling are one at the target; the engine only. */
  readonly folds: boolean
  readonly first: number
  readonly count: number
}

type Kind = Pick<Share, 'simulation' | 'folds'>

/** What it found, so far. */
interface Report {
  readonly figures: Readonly<Record<string, number>>
  readonly cells: readonly (readonly [string, number])[]
  readonly failures: readonly string[]
  readonly isLast: boolean
}

if (isMainThread) await main()
else await work(workerData as Share)

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string' },
      threads: { type: 'string', default: String(availableParallelism()) },
      replay: { type: 'string' },
      folds: { type: 'boolean', default: false },
    },
  })
  const simulation = positionals[0]
  if (simulation !== 'planner' && simulation !== 'engine') {
    console.error('Say which: planner or engine.')
    process.exitCode = 2
    return
  }
  if (values.replay !== undefined) return replay(simulation, parseHistory(values.replay), values.folds)
  const count = Number(values.count ?? (simulation === 'planner' ? 5_000_000 : 1_000_000))
  const threads = Math.max(1, Math.min(Number(values.threads), count))
  const startMs = performance.now()
  // Seeds far apart do not share histories.
  const first = Number(values.seed) * 10_000_000
  const reports = await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const from = Math.floor((count * thread) / threads)
      const to = Math.floor((count * (thread + 1)) / threads)
      return runShare({ simulation, folds: values.folds, first: first + from, count: to - from })
    }),
  )
  tell(simulation, reports, performance.now() - startMs)
}

function runShare(share: Share): Promise<Report> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share })
    worker.on('error', reject)
    let told = 0
    worker.on('message', (report: Report) => {
      for (const failure of report.failures.slice(told)) console.log(`\n${failure}\n`)
      told = report.failures.length
      const { histories, violations } = report.figures
      console.log(`… from ${share.first}: ${histories} of ${share.count}, ${violations} violations`)
      if (report.isLast) resolve(report)
    })
  })
}

/** In a thread: lives its share and reports now and then. */
async function work({ simulation, folds, first, count }: Share): Promise<void> {
  const planner = new PlannerTally()
  const engine = new EngineTally()
  const live = liveOf({ simulation, folds }, planner, engine)
  const failures: string[] = []
  let violations = 0
  let toldMs = performance.now()
  const report = (isLast: boolean): Report => ({
    figures: { ...(simulation === 'planner' ? plannerFigures(planner) : engineFigures(engine)), violations },
    cells: planner.cells.counts,
    failures,
    isLast,
  })
  for (let number = first; number < first + count; number++) {
    const history = historyOf(number, MAX_STEPS[simulation])
    if ((await failureOf(history, live)) !== undefined && ++violations <= TOLD_FAILURES)
      failures.push(await describeFailure({ simulation, folds }, history))
    if (performance.now() - toldMs < PROGRESS_MS) continue
    toldMs = performance.now()
    parentPort!.postMessage(report(false), [])
  }
  parentPort!.postMessage(report(true), [])
}

async function describeFailure(kind: Kind, history: History): Promise<string> {
  const live = liveOf(kind, new PlannerTally(), new EngineTally())
  const shrunk = await shrink(history, live, SHRINK_TRIES)
  return failureText(kind.simulation, shrunk.history, shrunk.error)
}

function liveOf({ simulation, folds }: Kind, planner: PlannerTally, engine: EngineTally) {
  return async (history: History): Promise<void> => {
    if (simulation === 'planner') await livePlannerHistory(history, planner)
    else await liveEngineHistory(history, engine, folds ? { folds } : {})
  }
}

function plannerFigures({ histories, operations, passes, planned }: PlannerTally): Record<string, number> {
  return { histories, operations, passes, planned }
}

function engineFigures(tally: EngineTally): Record<string, number> {
  const { histories, operations, events, crashes, acknowledged, faultCount } = tally
  return { histories, operations, events, crashes, faults: faultCount, acknowledged }
}

function tell(simulation: Simulation, reports: readonly Report[], durationMs: number): void {
  const sum = new Map<string, number>()
  const cells = new StateCells()
  for (const { figures, cells: counts } of reports) {
    for (const [name, value] of Object.entries(figures)) sum.set(name, (sum.get(name) ?? 0) + value)
    cells.add(counts)
  }
  const perSecond = Math.round(((sum.get('histories') ?? 0) * 1000) / durationMs)
  console.log(`\n${simulation}, ${(durationMs / 1000).toFixed(0)} s, ${perSecond} histories a second`)
  for (const [name, value] of sum) console.log(`  ${name.padEnd(14)}${value}`)
  if (simulation === 'planner') console.log(`  ${'state cells'.padEnd(14)}${cells.hit} of 27 ${cells.missed.join(' ')}`)
  process.exitCode = (sum.get('violations') ?? 0) === 0 ? 0 : 1
}

async function replay(simulation: Simulation, history: History, folds: boolean): Promise<void> {
  try {
    if (simulation === 'planner') await livePlannerHistory(history, new PlannerTally())
    else {
      const { lines = [], traceHash } = await liveEngineHistory(history, new EngineTally(), {
        keepsTrace: true,
        ...(folds ? { folds } : {}),
      })
      console.log(`${lines.join('\n')}\ntrace ${traceHash}`)
    }
    console.log('It keeps every promise.')
  } catch (error) {
    console.log(failureText(simulation, history, error))
    process.exitCode = 1
  }
}
