import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { histories, parseHistory, type History } from './history.ts'
import { liveTwoWayHistory, TwoWayTally } from './two-way-history.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_124)
const COUNT = Number(process.env['TIDEKEEP_TWO_WAY_OBJECTS_HISTORIES'] ?? 600)
const MAX_STEPS = 30
const OPTIONS = { isRough: true, isFlat: true } as const

/** Histories that ended badly once. */
const REPLAYS: readonly (readonly [what: string, history: string])[] = [
  [
    'a file of a bucket whose agreement was forgotten is not removed for the folder that its name stands for',
    '4721000424:ar4au.v2g6s.4lfte.rc83i.uk9pd.110uca.3ucxo.l8ftx.a0pvy.tvfrd.4gxig.no3ne.bxlu.ydswc.rcyx9.tyb3f.gxvhr.719e5.s5pu8.ciad1.rrbd4.nrs3n.467he.t6pwd.b5oy.32b4.km54k',
  ],
  [
    'nor does it take the place of the file here that a person kept',
    '4721001167:hxwes.32c96.x38u0.smuho.qlyj1.7jbyo.9phkr.ym325.i3lqz.11azxu.pfdfm.y9kjl.9llrz.o98lb.5xqt1.cptsg.11w9xp.idwyz.9yqgf.126ttv.qlgtv.udry4.908pj.mdjij.fut1w',
  ],
  [
    'a download from before a person had forgotten what was agreed on replaces nothing',
    '4721001632:om5xv.839gy.i4jnx.6ke42.q878f.13d591.12tku3.100zhp.mi0op.tkq1o',
  ],
  [
    'what lies below a file against objects is looked at once that is no conflict any more',
    '1640:j9c13.cp1vi.j30ug.s7yjs.117edg.8wjz5.gbkub.8kyyv.adurj.1eai.jl5le.8wpmq.icko4',
  ],
  ['nor does one that is under way while that is forgotten', '4725000392:1xako.hrb7c.1cmk8.1bbqc.371uy.11w9t8'],
]

describe(`the simulated engine in two-way mode at a target of objects (seed ${SEED})`, () => {
  it(`keeps every promise in ${COUNT} random histories and comes to rest`, { timeout: 900_000 }, async () => {
    const tally = new TwoWayTally()
    const live = async (history: History): Promise<void> => void (await liveTwoWayHistory(history, tally, OPTIONS))
    await fc.assert(fc.asyncProperty(histories(MAX_STEPS), live), { seed: SEED, numRuns: COUNT, endOnFailure: true })
    console.log(
      `two-way, a target of objects (seed ${SEED}): ${tally.histories} histories, ${tally.operations} operations, ${tally.crashes} crashes, ${tally.answered} answers (${tally.ways} about a file against objects), 0 violations`,
    )
    expect(tally.ways).toBeGreaterThan(COUNT / 200)
  })

  it.each(REPLAYS)('%s', { timeout: 60_000 }, async (_what, text) => {
    await liveTwoWayHistory(parseHistory(text), new TwoWayTally(), OPTIONS)
  })
})
