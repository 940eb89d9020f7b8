import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Each takes more than half a minute, the longest first. What is not here takes less. */
const LONG: readonly string[] = [
  'property/simulation/two-way-rough',
  'property/simulation/two-way.test',
  'property/simulation/engine-mirror',
  'property/simulation/engine-backup',
  'e2e/accessibility',
  'property/simulation/engine-folding',
  'faults/power-cut-sync',
  'faults/crash-',
  'conformance/s3-strict',
  'property/simulation/planner.test',
  'pipeline/service-real',
  'e2e/hostile-names',
  'e2e/conflicts-real',
  'pipeline/bad-input',
  'pipeline/cli.test',
  'pipeline/conflicts',
  'pipeline/ransomware',
  'faults/full-disk',
  'faults/disk-matrix',
  'security/account-canaries',
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
