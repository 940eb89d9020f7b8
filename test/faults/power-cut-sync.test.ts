import { describe, expect } from 'vitest'
import { seededRandom } from '../fakes/host.ts'
import { cutPower } from './power-cut/cuts.ts'
import { cutsOf, forEachDisk, sampleOf, SEED } from './power-cut/disks.ts'
import { CUT_SCENARIOS } from './power-cut/scenarios.ts'

describe(`after a power cut nothing is torn, lost, or recorded and not there (seed ${SEED})`, () => {
  for (const [index, scenario] of CUT_SCENARIOS.entries()) {
    forEachDisk(sampleOf(index), scenario.name, async (kind) => {
      const random = seededRandom(SEED + index)
      const report = await cutPower(kind, scenario, { cuts: cutsOf(kind), random })
      console.log(
        `${kind.name}, ${scenario.name}: ${report.cuts} cuts, ${report.unfinished} of them before the end, ${report.violations.length} violations`,
      )
      expect(report.violations).toEqual([])
    })
  }
})
