/** The sentences of the status, of what needs a person, and of notices: the same wherever they are shown. */
export const statusMessages = {
  /** How a folder is, and everything together. */
  safe: '{files, plural, one{# file} other{# files}} safe',
  taken: ', {n, number} of them by what the target records',
  rewritten: ', {n, number} stored as the target rewrote them',
  notCarried: '; {n, plural, one{# item} other{# items}} not carried',
  refused: '; {n, plural, one{# file} other{# files}} kept as before, as you decided',
  skipped: '; {n, plural, one{# file} other{# files}} skipped by you',
  scanning: 'Looking for changes: {n, plural, one{# file} other{# files}} so far',
  syncing: '{pending, plural, one{# file} other{# files}} on the way, {files, plural, one{# file} other{# files}} safe',
  waiting: '{pending, plural, one{# file} other{# files}} waiting',
  waitingAndSafe:
    '{pending, plural, one{# file} other{# files}} waiting, {files, plural, one{# file} other{# files}} safe',
  due: 'Due to be looked at again',
  paused: 'Paused',
  pausedForever: 'Paused until you resume',
  pausedFor: 'Paused for {left, number, duration} more',
  pausedWaiting: '{paused}, {pending, plural, one{# file} other{# files}} waiting',
  looking: 'Looking for changes',
  checking:
    '{files, plural, =0{Looking at everything for the first time} one{# file was safe when last looked at} other{# files were safe when last looked at}}',
  /** Less moves than a moment ago, and why. */
  slower: {
    dropped: 'Speed dropped',
    smallFiles: 'Speed dropped: many small files',
    checking: 'Speed dropped: what was sent is being checked',
    line: 'Speed dropped: the target or the way there is slower',
  },
  lookingIn: '{n, plural, =1{Looking for changes} other{Looking for changes in {n} folders}}',
  unconfigured: 'Choose a folder to keep safe.',
  unreachable: 'The target cannot be reached.',
  somethingNeedsYou: 'Something needs you.',
  conflicts: '{n, plural, one{# conflict} other{# conflicts}} for you to decide',
  dead: '{n, plural, one{# file} other{# files}} could not be backed up',
  atRisk: '{n, plural, one{# item} other{# items}} cannot be read or stored',
  overdue: 'Not brought to the target for {unsafe, number, duration} of work',
  held: '{n, plural, one{# change} other{# changes}} held for your decision',
  heldOthers: '{waiting}, and {n, plural, one{# other change} other{# other changes}}',
  unproven:
    '{failed} of {n, plural, one{# file} other{# files}} could not be brought back: {named}{more, plural, =0{} other{ and {more} more}}',

  /** What needs a person: what is the matter, and what can be done. */
  attention: {
    held: '{name}: {waiting}.',
    heldFix: 'Look at Folders, or at "tidekeep held".',
    conflicts: '{name}: {n, plural, one{# file} other{# files}} changed on both sides. Both versions are safe.',
    conflictsFix: 'Look at Conflicts, or at "tidekeep conflicts".',
    full: '{name} waits for room at its target. {message}',
    dead: '{name}: {n, plural, one{# file} other{# files}} could not be backed up.',
    deadFix: 'See the errors for the reason, then retry.',
    coverage: '{name} is not watched live. {reason}',
    coverageUnknown: 'The reason is not known.',
    unproven: '{name}: {unproven}.',
    unprovenFix:
      'Run "tidekeep verify {target} --read-data" to see how far it goes, and keep the source safe meanwhile.',
    overdue:
      '{name}: this computer has worked for {unsafe, number, duration} without bringing everything to the target; it is safe up to {safeUpTo}.',
    overdueNever:
      '{name}: this computer has worked for {unsafe, number, duration} without bringing everything to the target; it never was complete.',
    overduePausedFix: 'Resume it, or set another time with "tidekeep folder alarm".',
    overdueFix: 'Look at what waits or fails in this folder.',
  },

  notices: {
    firstTitle: 'First backup complete',
    first: '{name}: {sentence}.',
    attentionTitle: 'Tidekeep needs you',
    warningTitle: 'Tidekeep noticed something',
    more: '{message} And {n} more.',
    late: '{message} The folder has not been wholly safe for {unsafe, number, duration} of work.',
    updateTitle: 'Tidekeep {version} is ready',
    update: 'Restart Tidekeep when it suits you. What is under way goes on afterwards.',
  },
} as const
