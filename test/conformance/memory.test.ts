import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import { testConformance } from './suite.ts'

const provider = createMemoryProvider({ name: '' })

testConformance('memory', {
  provider: () => provider,
  lacks: ['assemble', 'assemblyLimits', 'freeBytes', 'local-files'],
})
