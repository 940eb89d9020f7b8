import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intercept } from '../../../main/providers/decorators/intercept.ts'
import { withoutStacks } from '../../fakes/without-stacks.ts'
import { replaceMethods } from './observed-store.ts'
import { Violation } from './cells.ts'
import { EngineTally, liveEngineHistory } from './engine-history.ts'
import type { EngineVariant } from './engine-world.ts'
import { failureOf, failureText, histories, historyOf, parseHistory, type History } from './history.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_122)
const HISTORIES = Number(process.env['TIDEKEEP_FOLDING_HISTORIES'] ?? 1_500)
const MAX_STEPS = 40
const TRIES = 2_000

/** Histories that ended badly once. */
const REPLAYS: readonly (readonly [what: string, history: string])[] = [
  [
    'comes to rest where a folder was made again under a spelling that gives way, with one inside that was agreed on before',
    '5359:wj8io.12ibz.3pma.12p8wp.r6u4',
  ],
  [
    'forgets what was agreed on in a folder that is a file by now and gives way',
    '1697441285:ps9qw.lb26z.mpm9h.10juts.6db5i.7c6y7.whkn4.lpgdm.10cf0w.h0ry8',
  ],
  [
    'keeps the name that was agreed on where a disk is back before a person has what is held kept',
    '18872735:967mn.36gt3.oai0g.af8ut.jr5l1.b2e1p.114obt.nt74n.11li5d.c3p8s.13rl0i.avfid.9ck6o.26xiv.124xsk',
  ],
  [
    'keeps the name that the target has where held deletions were kept while the disk was away',
    '284:j9n7t.qokii.m468c.vlmkf.zyvtr.11iogt.11mt2d.rwunt',
  ],
  [
    'knows a folder by the disk that its first files came from, not by the empty mount point that was looked at before',
    '4940:ibhty.l79dr.dg0ll.13mjwo.uk2u3.1i4.wk01r.besq0.zxidc.al79r.ud3zm.8u12s.2vexo.9ecnu.pfbso.6bsd3.5lhu8',
  ],
  [
    'forgets a file that was agreed on below a name that gives way, where a folder is in its place by now',
    '15344:5ralo.o9sr5.136ytq.xbxhd.i526r.ahda5',
  ],
  [
    'ends work for a name that gives way by now once it has failed for good',
    '51134:133q4e.wes2h.5f8rc.109mhu.27dzb.12izxp.428q9.3sb5p.fk41b.pz8s3.12tpv3.lke3e.101u3c.fft7y.hgwtw.l6rbc.q66dr.1xcqy.bop10',
  ],
]

describe(`the simulated engine at a target that takes names for one (seed ${SEED})`, () => {
  it(
    `lets nothing displace its twin in ${HISTORIES} random histories, and lists what gives way`,
    {
      timeout: 900_000,
    },
    async () => {
      const tally = new EngineTally()
      const live = async (history: History): Promise<void> =>
        void (await liveEngineHistory(history, tally, { folds: true }))
      const property = fc.asyncProperty(histories(MAX_STEPS), live)
      const run = await withoutStacks(() => fc.check(property, { seed: SEED, numRuns: HISTORIES }))
      if (run.failed) {
        const [history] = run.counterexample!
        throw new Error(failureText('engine', history, (await failureOf(history, live)) ?? run.errorInstance))
      }
      console.log(
        `names that are one: ${tally.histories} histories, ${tally.operations} operations, ${tally.events} events, ${tally.crashes} crashes, ${tally.faultCount} faults, ${tally.acknowledged} versions safe, 0 violations`,
      )
    },
  )

  it.each(REPLAYS)('%s', async (_what, text) => {
    await liveEngineHistory(parseHistory(text), new EngineTally(), { folds: true })
  })

  // With the seed to begin with: of the first history that noticed it.
  it.each<[string, EngineVariant, RegExp, number]>([
    [
      'twins that were agreed on are not found',
      {
        store: (store) => replaceMethods(store, { baseline: replaceMethods(store.baseline, { twins: () => [] }) }),
      },
      /^I(3|7|12|16|19|22)/,
      1_312,
    ],
    [
      'a change of spelling does nothing',
      {
        provider: (target) =>
          intercept(target, {
            abilities: {
              move: async (from, to, options) =>
                from === to ? target.stat(from, options) : target.features.move!(from, to, options),
            },
          }),
      },
      /^I(7|22)/,
      22,
    ],
    [
      'nothing is taken for one',
      {
        store: (store) =>
          replaceMethods(store, {
            baseline: replaceMethods(store.baseline, { setFolding: () => undefined }),
          }),
      },
      /^I(3|6|7|12|16|19|22)/,
      1,
    ],
  ])('notices that %s', { timeout: 300_000 }, async (_name, variant, broken, from) => {
    const tally = new EngineTally()
    for (let seed = from; seed < from + TRIES; seed++) {
      try {
        await liveEngineHistory(historyOf(seed, MAX_STEPS), tally, { variant, folds: true })
      } catch (error) {
        expect(error).toBeInstanceOf(Violation)
        expect((error as Violation).message).toMatch(broken)
        return
      }
    }
    expect.unreachable(`${TRIES} histories passed`)
  })
})
