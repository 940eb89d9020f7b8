/** The texts of the diagnostics screen. */
export const diagnosticMessages = {
  title: 'Diagnostics',
  tabs: { checks: 'Check-up', log: 'Log', bundle: 'Support bundle' },
  tabList: 'Diagnostics',

  checks: {
    text: 'Everything Tidekeep needs is looked at, the same as by “tidekeep doctor”. Nothing is changed.',
    again: 'Look again',
    looking: 'Looking… A place that does not answer takes half a minute.',
    states: { ok: 'In order', warning: 'Could be better', failed: 'Not in order' },
    allFine: 'Everything is in order.',
    failed: '{n, plural, one{# thing is} other{# things are}} not in order',
    warnings: '{n, number} could be better',
    fix: 'What to do',
  },

  log: {
    level: 'From level',
    levels: { debug: 'Everything', info: 'Information', warn: 'Warnings', error: 'Errors' },
    filter: 'Filter',
    pause: 'Pause',
    resume: 'Go on',
    paused: 'Paused: new lines are not read.',
    shown: '{shown, number} of {all, number} lines',
    empty: 'No lines',
    emptyText: 'Nothing of this level or with these words was logged lately.',
    list: 'Log',
    copy: 'Copy lines',
    copied: 'Copied',
  },

  bundle: {
    text: 'A ZIP file for whoever helps you. You see everything that is in it before it is saved, and it is sent nowhere.',
    names: 'With names of files, folders, places and accounts',
    namesHint:
      'Without them, only figures, words of the program and random numbers are in it. Passwords, keys and sign-ins never are.',
    show: 'Show what would be in it',
    showing: 'Putting it together…',
    include: 'Include {name}',
    size: '{bytes, number, bytes}',
    preview: 'Content',
    save: 'Save',
    saved: 'Saved at',
    savedText: 'Nobody else was given it. Send it to whom you trust.',
    copyPath: 'Copy the path',
    withNames: 'Names are in it.',
    withoutNames: 'No names are in it.',
  },
} as const
