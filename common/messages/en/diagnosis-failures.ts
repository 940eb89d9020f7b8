/** What a check-up finds. */
export const diagnosisFailureMessages = {
  examine: {
    noFolderIsKeptSafe: 'no folder is kept safe yet',
    noFolderIsKeptSafeFix: 'Add one with "tidekeep folder add PATH --target URI".',
    configured: '{folders} configured {folders, plural, one{folder} other{folders}}',
    madeWhenNeeded: '{path} (made when needed)',
    cannotBeWritten: '{path} cannot be written',
    freeForState: '{free, number, bytes} free for state',
    freeForStateFix: 'Make room on that disk.',
    blakeNative: 'BLAKE3, native',
    blakeInWebassembly: 'BLAKE3 in WebAssembly',
    setTheClockStoresRefuse: 'Set the clock: stores refuse requests that are 15 minutes off.',
    running: 'running',
    notRunning: 'not running',
    notRunningFix: 'Start it with "tidekeep serve".',
    isNotThere: '{path} is not there',
    liesInsideAndIsLeft: '{state} lies inside {path} and is left out of its backup',
    liesInsideAndIsLeftFix: "Move Tidekeep's files elsewhere with TIDEKEEP_HOME.",
    answers: '{target} answers',
    canBeUsed: '{target} can be used',
  },
} as const
