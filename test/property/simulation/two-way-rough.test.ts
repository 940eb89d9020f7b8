import { simulateTwoWay } from './two-way-suite.ts'

simulateTwoWay({
  what: 'with closed files, slow answers and decisions',
  seedOffset: 1,
  count: 10_000,
  options: { isRough: true },
  replays: [],
  faults: [],
})
