/** What goes wrong at targets of every kind. */
export const targetFailureMessages = {
  limiter: {
    cancelled: 'Cancelled.',
  },
  readOnly: {
    aDryRunDoesNot: 'A dry run does not change anything, but {name} was called.',
  },
  refusals: {
    readOnly: '{location} may be read but not written to.',
    refused: '{location}: {message}',
  },
  retryLoop: {
    cancelled: 'Cancelled.',
  },
  retrying: {
    readingBrokeOffInThe: 'Reading {path} broke off in the middle.',
    readingBrokeOffInTheFix: 'It is tried again by itself.',
  },
  breaker: {
    silent: '{location} does not answer.',
    silentFix: 'It is tried again by itself.',
  },
} as const
