import type { Mutant } from './mutant.ts'

/** Faults that let a copy pass for safe, or for restorable, which it is not. */
export const TRUST_FAULTS: readonly Mutant[] = [
  {
    id: 'S160',
    fault: 'a copy is taken over although its time is another one',
    file: 'main/engine/execute/same-metadata.ts',
    find: 'local.mtimeNs / stepNs !== remote.mtimeNs / stepNs',
    replace: 'false',
    tests: ['test/pipeline/adopt.test.ts'],
  },
  {
    id: 'S161',
    fault: 'whatever comes back proves a restore',
    file: 'main/restore/proof.ts',
    find: 'if (hash === expected) return',
    replace: "if (hash !== '') return",
    tests: ['test/pipeline/proof.test.ts'],
  },
  {
    id: 'S162',
    fault: 'the time that a computer slept counts as overdue',
    file: 'main/engine/protection-clock.ts',
    find: 'sinceMs > LONGEST_LOOK_MS ? 0 : sinceMs',
    replace: 'sinceMs',
    tests: ['test/unit/protection-clock.test.ts'],
  },
  {
    id: 'S163',
    fault: 'a verification that is cut off passes over what it had begun',
    file: 'main/restore/verify.ts',
    find: 'if (!options.kill.aborted) end()',
    replace: 'end()',
    tests: ['test/unit/verify.test.ts'],
  },
  {
    id: 'S164',
    fault: 'trouble is told to the address that takes it for success',
    file: 'main/heartbeat.ts',
    find: "state === 'safe' ? heartbeatUrl : heartbeatFailureUrl",
    replace: 'heartbeatUrl',
    tests: ['test/unit/heartbeat.test.ts'],
  },
  {
    id: 'S165',
    fault: 'what is still being thawed passes for ready',
    file: 'main/providers/s3/metadata.ts',
    find: "return { thaw: 'under-way' }",
    replace: "return { thaw: 'ready' }",
    tests: ['test/pipeline/thaw.test.ts', 'test/pipeline/thaw-service.test.ts'],
  },
  {
    id: 'S196',
    fault: 'files of both sides that are read together are agreed on although their bytes differ',
    file: 'main/engine/batch-adopt.ts',
    find: 'hash === there[index] ? hash : undefined',
    replace: 'hash',
    tests: ['test/unit/batch-adopt.test.ts'],
  },
  {
    id: 'S197',
    fault: 'of files that a folder holds, another version than the one that was listed is digested',
    file: 'workers/fs/read-held.ts',
    find: 'if (etagOf(stat, etagBy) !== file.etag) throw',
    replace: 'if (etagOf(stat, etagBy) === undefined) throw',
    tests: ['test/unit/batch-adopt.test.ts'],
  },
]
