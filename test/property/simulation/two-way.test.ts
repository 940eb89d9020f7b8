import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Violation } from './cells.ts'
import { histories, historyOf, parseHistory, type History } from './history.ts'
import { replaceMethods } from './observed-store.ts'
import { liveTwoWayHistory, sidedStepOf, TwoWayTally } from './two-way-history.ts'
import type { TwoWayVariant } from './two-way-world.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const COUNT = Number(process.env['TIDEKEEP_TWO_WAY_HISTORIES'] ?? 3_000)
const MAX_STEPS = 30
const TWICE = 30
/** Histories in which a fault that was built in must be noticed. */
const TRIES = 2_000

/** Histories that ended badly once. */
const REPLAYS: readonly (readonly [what: string, history: string])[] = [
  [
    'what is renamed at the target into a folder that is in conflict is gone here all the same',
    '10:hvxwi.yfd6b.104woa.gymlg.13okhu.t9sx9.ngypb.yfuh6.3iss3.eg09e.o43dy.gw1i3',
  ],
  [
    'a file here where the target has a folder with something new in it is one conflict, not one for each look',
    '1163:zlcgu.cmo7t.lr2mv.12bmbg.p1we6.8so46.88b3n',
  ],
  [
    'what is renamed here into a folder that is in conflict is gone from its old place all the same',
    '1885:505sw.rw4q5.wdfkp.9x9nx.vupqt.w1te0.pi4fl',
  ],
  ['a conflict inside a folder of which one side has a file now ends', '50141:4y8yu.9xe3k.j7ta3'],
  [
    'a job from before a conflict was found ends with it',
    '100339:afrft.fx22o.yivv4.1338tf.pslti.2t2ya.11967z.mkr1z.13mryx.8lf7g.kujb8.gnlw1.xmupl.dwlma.ral9q.102zy7.10mecs.26nx.x1vv5.f3g4e.uqu0t.nztgh.rvu4z.x59r8.nr3ia.qosp4.3d2ro',
  ],
  ['work below a conflict does not stay listed as failed', '3893:d7z23'],
  [
    'two folders where a file was agreed on are agreed on as folders',
    '3593:1219o1.6jafl.vld22.aomkj.7vvn0.tub85.ddmxc.tzgsi.mfwyi',
  ],
  [
    'a folder is agreed on only where one is',
    '30330:t49ve.j9xjn.gzy2r.46ffi.10guei.ktbbm.uoyur.x2iap.u4zxn.pqw3k.vfjfi.wr79c.uxcxv.s4rpm.blbeo.s8atu.c2fsv.zr2at.11i18q.84p5h.ndoe6',
  ],
  [
    'a dead job below a conflict ends with the next look at both sides',
    '30353:tqkl6.13l3f3.lctqr.ep0hs.z3nw2.m9thm.hcemn.dwx6j.t2mxa',
  ],
]

describe(`the simulated engine in two-way mode (seed ${SEED})`, () => {
  it(
    `keeps every promise in ${COUNT} random histories of both sides and comes to rest`,
    { timeout: 1_800_000 },
    async () => {
      const tally = new TwoWayTally()
      const drawn = histories(MAX_STEPS)
      const property = fc.asyncProperty(drawn, async (history) => void (await liveTwoWayHistory(history, tally)))
      const run = await fc.check(property, { seed: SEED, numRuns: COUNT })
      if (run.failed) throw new Error(told(run.counterexample![0], run.errorInstance))
      console.log(
        `two-way: ${tally.histories} histories, ${tally.operations} operations, ${tally.events} events, ${tally.crashes} crashes, ${tally.faults} faults, ${tally.agreed} versions agreed on, ${tally.fetched} replaced, ${tally.removedHere} removed and ${tally.movedHere} renamed here, ${tally.conflicts} conflicts left, 0 violations`,
      )
      expect(tally.fetched).toBeGreaterThan(COUNT / 20)
      expect(tally.removedHere).toBeGreaterThan(COUNT / 20)
      expect(tally.conflicts).toBeGreaterThan(COUNT / 20)
    },
  )

  it('does the same in the same order when a history is lived again', { timeout: 120_000 }, async () => {
    for (const history of fc.sample(histories(MAX_STEPS), { seed: SEED, numRuns: TWICE })) {
      const [first, second] = [await traceOf(history), await traceOf(history)]
      expect(second, `seed ${history.seed}`).toBe(first)
    }
  })

  it.each(REPLAYS)('%s', { timeout: 60_000 }, async (_what, text) => {
    await liveTwoWayHistory(parseHistory(text), new TwoWayTally())
  })
})

/** A fault of the engine or of what it stands on, the promises it may break first, and the seed to begin with. */
const FAULTS: readonly (readonly [string, TwoWayVariant, RegExp, number])[] = [
  ['preconditions never reach the source', { writer: { ignoresExpect: true } }, /^I(1|5|12)/, 2_190],
  ['preconditions never reach the target', { target: { ignoresExpect: true } }, /^I(1|3|6|7|14)/, 0],
  ['nothing is kept of what gives way here', { writer: { keepsNothing: true } }, /^I14/, 0],
  [
    'a conflict is forgotten',
    {
      store: (store) =>
        replaceMethods(store, {
          conflicts: replaceMethods(store.conflicts, { at: () => undefined, list: () => [], count: () => 0 }),
        }),
    },
    /^I(7|19)/,
    0,
  ],
  [
    'the guard is ignored',
    {
      store: (store) =>
        replaceMethods(store, {
          queue: replaceMethods(store.queue, {
            enqueue: (folderId, planned) =>
              store.queue.enqueue(
                folderId,
                planned.map(({ action, lane }) => ({ action, lane })),
              ),
          }),
        }),
    },
    /^I1[23]/,
    0,
  ],
]

describe('the simulation of two-way mode notices it when', () => {
  it.each(FAULTS)('%s', { timeout: 600_000 }, async (_what, variant, promises, from) => {
    const found = await firstViolation(variant, from)
    expect(found, `nothing was noticed in ${TRIES} histories`).toBeInstanceOf(Violation)
    expect((found as Violation).message).toMatch(promises)
  })
})

async function firstViolation(variant: TwoWayVariant, from: number): Promise<unknown> {
  for (let seed = from; seed < from + TRIES; seed++) {
    try {
      await liveTwoWayHistory(historyOf(seed, MAX_STEPS), new TwoWayTally(), { variant })
    } catch (error) {
      return error
    }
  }
  return undefined
}

async function traceOf(history: History): Promise<number> {
  return (await liveTwoWayHistory(history, new TwoWayTally())).traceHash
}

function told({ seed, words }: History, error: unknown): string {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const steps = words.map((word, index) => `  ${index + 1}. ${JSON.stringify(sidedStepOf(word, index))}`).join('\n')
  return `${why}\n${steps}\n  again: '${seed}:${words.map((word) => word.toString(36)).join('.')}'`
}
