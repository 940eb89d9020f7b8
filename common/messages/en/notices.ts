/** The texts of notices, and of when they are shown. */
export const noticeMessages = {
  title: 'Notifications',
  attention: 'Tell me what needs me (on by default)',
  attentionHint:
    'Deletions that wait for an answer, conflicts, files that failed, a sign-in that ended, a target that stays away, a folder that was not safe for long.',
  warnings: 'Also what may mend itself (off by default)',
  warningsHint:
    'A target as soon as it is out of reach for a quarter of an hour, a folder that cannot be watched live.',
  info: 'Good news',
  infos: { 'first-backup': 'First backups (default)', all: 'All, new versions of Tidekeep too', none: 'None' },
  quiet: 'Quiet hours',
  quietHint: 'What can wait is told once afterwards, if it still holds.',
  noQuiet: 'None: by default you are told at any time.',
  add: 'Add quiet hours',
  line: 'Quiet hours {number}',
  remove: 'Remove quiet hours {number}',
  critical: 'Tell me at any time when damage is suspected or a backup is overdue (on by default)',
  needsDay: 'Choose a day.',
  permission: 'Show them as notifications of this browser',
  permissionAsked: 'This browser shows them while this page is open. Without it they appear at the foot of the page.',
  permissionGiven: 'This browser shows them while this page is open.',
  permissionDenied: 'This browser does not allow notifications from here; they appear at the foot of the page.',
  open: 'Show',
  both: '{title}: {body}',
  /** What the settings come to, a sentence each. */
  says: {
    nothing: 'You are told of nothing. The icon and this window still show it.',
    attention: 'You are told of what needs you.',
    warnings: 'What may mend itself is told, too.',
    firstBackup: 'So is the first backup of each folder.',
    firstBackupOnly: 'You are told of the first backup of each folder.',
    allNews: 'Good news is told.',
    quietNow: 'It is quiet until {moment}: what can wait is told then.',
    quietAlways: 'It is always quiet: what can wait is never told.',
    quietNext: 'It is not quiet now.',
    critical: 'Suspected damage and overdue backups are told at once.',
  },
} as const
