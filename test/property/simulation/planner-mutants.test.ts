import { describe, expect, it } from 'vitest'
import type { Action } from '../../../common/model.ts'
import type { PlannedAction } from '../../../main/state/store.ts'
import { historyOf } from './history.ts'
import { livePlannerHistory, PlannerTally } from './planner-history.ts'
import type { PlannerVariant } from './planner-world.ts'
import { Violation } from './cells.ts'

const TRIES = 3_000

/** Changes each planned action. */
function each(change: (planned: PlannedAction) => PlannedAction): PlannerVariant {
  return { plan: (planned) => planned.map(change) }
}

function anything(action: Action): Action {
  return { ...action, expect: { kind: 'any' } }
}

/** A fault of the planner or of what feeds it, and the promises it may break first. */
const FAULTS: readonly (readonly [string, PlannerVariant, RegExp])[] = [
  [
    'the planner drops the precondition of uploads',
    each((planned) => (planned.action.kind === 'upload' ? { ...planned, action: anything(planned.action) } : planned)),
    /^I3/,
  ],
  [
    'the planner drops the precondition of deletions',
    each((planned) => (planned.action.kind === 'delete' ? { ...planned, action: anything(planned.action) } : planned)),
    /^I3/,
  ],
  ['the guard is ignored', each(({ action, lane }) => ({ action, lane })), /^I1[23]/],
  ['a listing that broke off passes for a complete one', { endsEarly: true }, /^I12/],
  ['a folder that cannot be read passes for an empty one', { isSilent: true }, /^I12/],
  [
    'a change is planned as done',
    { plan: (planned) => planned.filter(({ action }) => action.kind !== 'metadata' && action.kind !== 'adopt') },
    /^I(7|22)/,
  ],
  [
    'renames are planned as deletions and uploads',
    {
      plan: (planned) =>
        planned.flatMap((one): readonly PlannedAction[] => {
          const { action } = one
          if (action.kind !== 'move') return [one]
          const { path, from, local, base, expect } = action
          return [
            { lane: one.lane, action: { kind: 'upload', path, local, expect: { kind: 'absent' } } },
            { lane: one.lane, action: { kind: 'delete', path: from, base, expect } },
          ]
        }),
    },
    /^I(6|13)/,
  ],
  [
    'what is recorded comes from a later look',
    each(({ action, ...planned }) =>
      action.kind === 'upload' && action.base !== undefined
        ? {
            ...planned,
            action: {
              kind: 'metadata',
              path: action.path,
              local: action.local,
              base: action.base,
              expect: action.expect,
            },
          }
        : { ...planned, action },
    ),
    /^I1:/,
  ],
]

describe('the simulation of planning notices that', () => {
  it.each(FAULTS)('%s', { timeout: 60_000 }, async (_name, variant, broken) => {
    const tally = new PlannerTally()
    for (let seed = 1; seed <= TRIES; seed++) {
      try {
        await livePlannerHistory(historyOf(seed, 60), tally, variant)
      } catch (error) {
        expect(error).toBeInstanceOf(Violation)
        expect((error as Violation).message).toMatch(broken)
        return
      }
    }
    expect.unreachable(`${TRIES} histories passed`)
  })
})
