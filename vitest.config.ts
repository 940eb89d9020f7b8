import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

// Every command that a test starts as a process of its own reads some three hundred modules: what Node made of one is
// kept by its content, so that it is stripped of its types and compiled once, and not a thousand times.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url))

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/**/*.long.test.ts'],
    // These end what hangs. They must not measure the machine: one that is busy takes ten times what a quiet one takes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    globalSetup: 'test/in-memory.ts',
    pool: 'forks',
    // By default one core is left idle, which is half of a machine with two. One more than there are cores: of three
    // files, one mostly waits for a process, a browser or a retry.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    reporters: ['default'],
    unstubEnvs: true,
  },
})
