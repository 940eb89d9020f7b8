/** The texts of thawing: of files in an archive class of a store. */
export const thawMessages = {
  /** How soon, in a word. */
  speeds: { expedited: 'Soonest', standard: 'Usual', bulk: 'Cheapest' },

  /** What is said while an archived file is on its way. */
  titles: {
    asking: 'Asking the store for {files, plural, one{# file} other{# files}} ({bytes, number, bytes})',
    waiting: 'Thawing {files, plural, one{# file} other{# files}} ({bytes, number, bytes})',
    restoring: 'Thawed; restoring {files, plural, one{# file} other{# files}} ({bytes, number, bytes})',
    done: '{restored, plural, one{# file is} other{# files are}} back from the archive',
    failed: 'Not restored: {files, plural, one{# file} other{# files}} ({bytes, number, bytes}) from the archive',
    cancelled:
      'No longer followed: {files, plural, one{# file} other{# files}} ({bytes, number, bytes}) from the archive',
  },

  archived: 'Archived',
  archivedIn: '{n, number} archived',
  archivedHint:
    'In an archive class of the store: it must be thawed before it can be read, which takes hours and costs money.',

  title: 'These must be thawed first',
  looking: 'Looking at {n, plural, one{# file} other{# files}} in the archive…',
  frozen:
    '{files, plural, one{# file} other{# files}} ({bytes, number, bytes}) {files, plural, one{lies} other{lie}} in an archive class of the store. It makes readable copies when asked, which takes hours and costs money.',
  underWay:
    '{files, plural, one{# file} other{# files}} ({bytes, number, bytes}) {files, plural, one{is} other{are}} being thawed already, at no further price.',
  ready: '{files, plural, one{# file} other{# files}} ({bytes, number, bytes}) can be read already.',
  speed: 'How soon',
  within: 'within {longestMs, number, duration}',
  about: 'about {price}',
  priceUnknown: 'price not known for this store',
  /** Stands for a price below a cent. */
  less: 'less than {price}',
  noTier: 'The store offers no speed that all of these can be had at. Choose fewer files.',
  days: 'Keep the copies for',
  dayCount: '{n, plural, one{# day} other{# days}}',
  keeping: 'The copies are billed as ordinary storage meanwhile, {price} in all. What leaves the store costs extra.',
  keepingUnknown: 'The copies are billed as ordinary storage meanwhile. What leaves the store costs extra.',
  follow: 'Restore when they are there',
  ask: 'Ask for them for {price}, then restore',
  askUnknown: 'Ask for them, then restore',
  asked:
    'Asked for. You can close this: it goes on by itself, also after a restart, and you are told when the files are back.',

  list: 'From the archive',
  /** By where they go. */
  readyBy: {
    'in-place': 'Ready at about {moment}, at the latest; then restored where it was.',
    beside: 'Ready at about {moment}, at the latest; then restored beside what is there, under a new name.',
    directory: 'Ready at about {moment}, at the latest; then restored into the folder you chose.',
  },
  late: 'Was promised for {moment}; still looked at once an hour.',
  soFar: '{ready, number} of {of, plural, one{# file} other{# files}} can be read so far.',
  until: 'The copies stay until {moment}.',
  failed: '{n, plural, one{# file} other{# files}} could not be had:',
  cancelled: 'What the store was asked for it goes on with, and charges.',
  trouble: 'Tried again soon: {message}',
  stop: 'Stop following',
  dismiss: 'Dismiss',
} as const
