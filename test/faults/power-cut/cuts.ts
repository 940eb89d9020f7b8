import type { Random } from '../../../main/host.ts'
import type { DiskKind } from '../../fixtures/loop-disk.ts'
import { DiskPlace } from '../../fixtures/disk-place.ts'
import type { CutScenario } from './scenarios.ts'

/** How {@link cutPower} went. */
export interface CutReport {
  readonly cuts: number
  /** Cuts that found the command still at work. */
  readonly unfinished: number
  readonly violations: readonly string[]
}

/**
 * Lets the command run once to its end, to know how long it takes; then again and again from the
 * same start, each time with the power cut at a moment `random` draws, and judges what is left.
 */
export async function cutPower(
  kind: DiskKind,
  scenario: CutScenario,
  options: { readonly cuts: number; readonly random: Random },
): Promise<CutReport> {
  using place = new DiskPlace(kind, scenario.layout)
  await scenario.prepare(place)
  place.rememberQuiet()
  const truth = scenario.change(place)
  const { startMs, endMs } = await timing(place, scenario)
  const violations: string[] = []
  let unfinished = 0
  for (let cut = 0; cut < options.cuts; cut++) {
    place.restoreQuiet()
    const program = place.start(scenario.args(place))
    const delayMs = startMs + options.random.next() * (endMs * 1.02 - startMs)
    await program.haltAfter(delayMs)
    const image = place.disk.photograph()
    const { exitCode } = await program.kill()
    place.disk.insert(image)
    if (exitCode === null) unfinished++
    const found = [...(await scenario.judge(place, truth, exitCode)), ...(await scenario.recover(place, truth))]
    violations.push(...found.map((violation) => `${kind.name}, ${scenario.name}, cut ${cut}: ${violation}`))
  }
  return { cuts: options.cuts, unfinished, violations }
}

/** When the command begins its work and when it ends, in ms after its start. */
async function timing(place: DiskPlace, scenario: CutScenario): Promise<{ startMs: number; endMs: number }> {
  const beganMs = performance.now()
  await place.run('--version')
  const startMs = performance.now() - beganMs
  const runMs = performance.now()
  const { exitCode, stderr } = await place.run(...scenario.args(place))
  if (exitCode !== 0) throw new Error(`${scenario.name} ended with ${exitCode}: ${stderr}`)
  return { startMs, endMs: performance.now() - runMs }
}
