import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Each takes more than half a minute, the longest first. What is not here takes less. */
const LONG: readonly string[] = [
  'property/simulation/two-way',
  'property/simulation/engine-mirror',
  'property/simulation/engine-backup',
  'e2e/accessibility',
  'faults/disk-matrix',
  'property/simulation/engine-folding',
  'e2e/conflicts-real',
  'faults/power-cut-sync',
  'property/simulation/planner.test',
  'conformance/s3-strict',
  'faults/full-disk',
  'pipeline/service-real',
  'property/simulation/engine-mutants',
  'pipeline/bad-input',
  'pipeline/cli.test',
  'faults/crash-',
]

/** Runs long files first, so that no core ends up idle while another works off the last of them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rankOf(a.moduleId) - rankOf(b.moduleId))
  }
}

function rankOf(file: string): number {
  const rank = LONG.findIndex((part) => file.includes(`/test/${part}`))
  return rank < 0 ? LONG.length : rank
}
