import { damageOf, differencesOf, lossesOf, needlessCopiesOf, partsSentAgain } from './oracle.ts'
import type { Ran } from './program.ts'
import { populate, type Scenario } from './scenarios.ts'
import type { Side, StoreSide } from './sides.ts'
import type { CommandOptions, World } from './world.ts'

/** More passes than this are no recovery (I7). */
const MOST_PASSES = 10
/** Parts of one upload that are on their way at once. */
export const PARTS_IN_FLIGHT = 4

/** Where and how often a process is killed. */
export interface Crash {
  /** For a person: what to run to see it again. */
  readonly name: string
  /** The kills, one for each run in turn: of the commands first, then of the recovery. */
  readonly kills: readonly CommandOptions[]
}

/** What came of one crash. */
export interface CaseResult {
  readonly name: string
  /** Runs that were really killed. */
  readonly kills: number
  readonly violations: readonly string[]
  readonly passes: number
  readonly partsAgain: number
  /** From the first run after the crash until all is well. */
  readonly recoveryMs: number
}

/** One crash of one scenario, and everything that has to hold after it. The world is converged again afterwards, or reset. */
export async function crashOnce(world: World, scenario: Scenario, crash: Crash): Promise<CaseResult> {
  await beginCase(world, scenario)
  await scenario.prepare(world)
  const store = storeOf(world.side)
  store?.server.forget()
  const kills = [...crash.kills]
  const violations: string[] = []
  const killed: Ran[] = []
  const commands = [...scenario.commands(world)]
  for (let command = commands.shift(); command !== undefined && killed.length === 0; command = commands.shift()) {
    const ran = await world.run(command, kills[0] ?? {})
    if (ran.wasKilled) killed.push(ran)
  }
  kills.shift()
  const before = [...(store?.server.requests ?? [])]
  violations.push(...lossesOf(world).map((loss) => `at once: ${loss}`))
  store?.server.forget()
  store?.server.faults.clear()
  const recovery = await recover(world, { scenario, kills, killed, isUnhurt: killed.length === 0 })
  const partsAgain = partsSentAgain(before, store?.server.requests ?? [])
  if (partsAgain > PARTS_IN_FLIGHT) violations.push(`${partsAgain} parts were sent again`)
  violations.push(...recovery.violations, ...(await finalViolations(world, scenario)))
  if (violations.length > 0) await renew(world)
  const { passes, recoveryMs } = recovery
  return {
    name: `${scenario.name}, ${world.side.kind}, ${crash.name}`,
    kills: killed.length,
    violations,
    passes,
    partsAgain,
    recoveryMs,
  }
}

async function beginCase(world: World, scenario: Scenario): Promise<void> {
  if (scenario.world === 'new') world.reset()
  else if (world.known.size === 0) await renew(world)
}

/** From nothing to a target that is up to date. */
export async function renew(world: World): Promise<void> {
  world.reset()
  populate(world)
  await world.mustRun(['sync', ...world.pass])
}

interface Recovery {
  readonly passes: number
  readonly recoveryMs: number
  readonly violations: readonly string[]
}

async function recover(
  world: World,
  how: {
    readonly scenario: Scenario
    readonly kills: CommandOptions[]
    readonly killed: Ran[]
    readonly isUnhurt: boolean
  },
): Promise<Recovery> {
  const { scenario, kills, killed } = how
  const startMs = performance.now()
  const violations: string[] = []
  const done = new Set(killed.flatMap(({ acknowledged }) => acknowledged.map(({ path }) => path)))
  const commands = scenario.recover?.(world) ?? [['sync', ...world.pass]]
  for (let passes = 1; ; passes++) {
    const ran: Ran[] = []
    for (const command of commands) ran.push(await world.run(command, kills.shift() ?? {}))
    violations.push(...lossesOf(world).map((loss) => `after pass ${passes}: ${loss}`))
    killed.push(...ran.filter(({ wasKilled }) => wasKilled))
    const isWell = ran.every(({ exitCode }) => exitCode === 0) && (passes > 1 || differencesOf(world).length === 0)
    if (passes === 1 && commands[0]?.[0] === 'sync') violations.push(...sentAgain(ran, done))
    if (isWell || passes >= MOST_PASSES) {
      const last = ran.at(-1)!
      if (!isWell)
        violations.push(`not well after ${passes} passes: ${last.exitCode} ${last.stderr || last.stdout}`.slice(0, 600))
      return { passes, recoveryMs: performance.now() - startMs, violations }
    }
  }
}

/** What was acknowledged is not to be sent once more. */
function sentAgain(ran: readonly Ran[], done: ReadonlySet<string>): readonly string[] {
  return ran
    .flatMap(({ stdout }) => stdout.split('\n'))
    .flatMap((line) => /"kind":"upload","path":"([^"]*)","bytesSent":([1-9]\d*)/.exec(line)?.[1] ?? [])
    .filter((path) => done.has(path))
    .map((path) => `${path} was acknowledged and sent again`)
}

async function finalViolations(world: World, scenario: Scenario): Promise<readonly string[]> {
  if (scenario.recover !== undefined) await world.mustRun(['sync', ...world.pass])
  const planned = await world.run(['plan', ...world.pass])
  const actions = (planned.summary?.['actions'] as readonly { kind: string; path: string }[] | undefined) ?? [
    { kind: `plan ended with ${planned.exitCode}`, path: planned.stderr },
  ]
  const orphans = world.side.orphans().length > 0 ? await orphansAfterCleanup(world) : []
  return [
    ...lossesOf(world),
    ...differencesOf(world),
    ...needlessCopiesOf(world),
    ...damageOf(world),
    ...actions.map(({ kind, path }) => `the next pass would ${kind} ${path}`),
    ...orphans.map((name) => `left at the target: ${name}`),
    ...(scenario.check?.(world) ?? []),
  ]
}

/**
 * What is left after everything that may go went. An upload whose id was never heard of is known to
 * be ours, and counts as being begun for a quarter of an hour: then it goes as well.
 */
async function orphansAfterCleanup(world: World): Promise<readonly string[]> {
  const cleaned = await world.run(['cleanup', world.side.location, '--older-than', '0s'])
  const left = world.side.orphans()
  const targets = (cleaned.summary?.['targets'] ?? []) as readonly {
    readonly items: readonly { readonly outcome: string }[]
  }[]
  const known = targets.flatMap(({ items }) => items).filter(({ outcome }) => outcome === 'in-use')
  const ended = cleaned.exitCode === 0 ? [] : [`cleanup ended with ${cleaned.exitCode}: ${cleaned.stderr}`]
  return left.length <= known.length ? ended : [...ended, ...left]
}

function storeOf(side: Side): StoreSide | undefined {
  return side.kind === 's3' ? (side as StoreSide) : undefined
}
