/** The texts of how long earlier versions stay. */
export const retentionMessages = {
  /** Put together from the parts below: "All versions for 30 days, then one a day for 30 days; …". */
  sentence: '{all}; the last one of what is gone always.',
  thinned: '{all}, then {stretches}; the last one of what is gone always.',
  all: 'All versions for {n, plural, one{# day} other{# days}}',
  daily: 'one a day for {n, plural, one{# day} other{# days}}',
  weekly: 'one a week for {n, plural, one{# week} other{# weeks}}',
  monthly: 'one a month for {n, plural, one{# month} other{# months}}',
  forever: 'one a month for ever',
  /** Why a version stays or goes, in a list. */
  reasons: {
    young: 'young',
    day: 'last of its day',
    week: 'last of its week',
    month: 'last of its month',
    last: 'the only copy',
    needed: 'needed: a conflict, a restore, or work that is not finished',
    unseen: 'another computer wrote what followed it, and this one has not seen that yet',
    between: 'without it, its time would seem to be that of the next one, or of none',
    thinned: 'a later one of its time stays',
    expired: 'old enough',
  },

  title: 'Earlier versions',
  keepDays: 'Keep all of them for',
  keepDaysHint: 'Days, counted from when something took their place. 0: nothing is kept from now on.',
  keepDailyDays: 'Then one a day for',
  keepDailyDaysHint: 'So many days more; of each day the one that was replaced last. 0: none.',
  keepWeeklyWeeks: 'Then one a week for',
  keepWeeklyWeeksHint: 'So many weeks more, from Monday to Sunday. 0: none.',
  keepMonthlyMonths: 'Then one a month for',
  keepMonthlyMonthsHint: 'So many months more, or forever. 0: none.',
  pruneBucketVersions: 'Let go of the versions of a versioned bucket, too: only of those that Tidekeep wrote',
  inBucket:
    'A version is taken out from between only where the next one tells when it began. What was moved, or came from elsewhere, does not: there, versions go from the oldest on.',
  look: 'What would go?',
  looking: 'Looking…',
  nothing: 'Nothing would go at present.',
  wouldGo:
    '{n, plural, one{# version} other{# versions}} would go over the next days, which frees {size, number, bytes}.',
  saves: 'That is {dollars, number, dollars} less a month.',
  stays: '{n, plural, one{# version stays} other{# versions stay}}, {size, number, bytes}.',
  ofStore:
    'The bucket itself keeps {n, plural, one{# version} other{# versions}} ({size, number, bytes}) until a lifecycle rule of it lets them go.',
  none: 'This target keeps its versions itself, and lets them go itself.',
} as const
