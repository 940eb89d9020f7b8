/** What goes wrong outside of any one area. */
export const programFailureMessages = {
  heartbeat: {
    noAddress: 'No address is set for that.',
    noAnswer: 'The address did not answer, or its answer was no.',
    noAnswerFix: 'Look whether it is written as the monitor shows it, and whether this computer can reach it.',
    notSafe: 'Not everything is safe at present: a test would tell the monitor that it is.',
    notSafeFix: 'Try it once the status says Protected.',
  },
  updates: {
    nothingReady: 'No update is ready to be installed.',
    nothingReadyFix: 'Look for one in Settings, under Updates.',
    changed: 'The downloaded update is no longer what was verified, and is not installed.',
    changedFix: 'Check again: it is then downloaded afresh.',
  },
  run: {
    held: '{waiting}. {why} Run again with --held approve, --held keep or --held restore.',
    heldByGuard:
      '{waiting}. {why} Run again with --held approve, --held keep or --held restore. --max-delete lets them through, too.',
    otherTargetFix:
      'Connect the disk or share it is on, then try again. If you emptied it on purpose, remove {directory}, which is all that is remembered of this pair, and run again.',
    stillChanging: '{path} changed again and again while this run was under way.',
    stillChangingFix: 'Run it again.',
    sidesStillChanging: 'Both sides went on changing while they were compared, so that not all of it was taken along.',
    conflicts:
      '{n, plural, one{# file} other{# files}} changed on both sides; both versions are safe. Decide with "tidekeep conflicts", or run again with --resolve keep-both, keep-local, keep-remote or newest.',
    conflictsAdHoc:
      '{n, plural, one{# file} other{# files}} changed on both sides; both versions are safe. See them with "tidekeep conflicts". Run again with --resolve keep-both, keep-local, keep-remote or newest.',
  },
} as const
