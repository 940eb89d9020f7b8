import { DISTINCT_NAMES } from '../../common/name-folding.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import { testConformance } from './suite.ts'

const LACKS = ['again', 'assemble', 'assemblyLimits', 'changes', 'checksums', 'freeBytes', 'local-files'] as const

describeMemory('memory', DISTINCT_NAMES, ['one-case', 'one-form'])
describeMemory('memory that folds case', { case: 'simple', normalization: false }, ['case', 'one-form'])
describeMemory('memory that folds Unicode forms', { case: 'distinct', normalization: true }, ['form', 'one-case'])
describeMemory('memory that folds both', { case: 'full', normalization: true }, ['case', 'form'])

function describeMemory(
  name: string,
  nameFolding: typeof DISTINCT_NAMES,
  lacks: Parameters<typeof testConformance>[1]['lacks'],
): void {
  const provider = createMemoryProvider({ name: '', nameFolding })
  testConformance(name, { provider: () => provider, lacks: [...LACKS, ...lacks] })
}
