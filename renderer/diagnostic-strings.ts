import { formatBytes, formatNumber } from './format.ts'

/** The texts of the diagnostics screen. */
export const diagnosticStrings = {
  title: 'Diagnostics',
  tabs: { checks: 'Check-up', log: 'Log', bundle: 'Support bundle' },
  tabList: 'Diagnostics',

  checks: {
    text: 'Everything Tidekeep needs is looked at, the same as by “tidekeep doctor”. Nothing is changed.',
    again: 'Look again',
    looking: 'Looking… A place that does not answer takes half a minute.',
    states: { ok: 'In order', warning: 'Could be better', failed: 'Not in order' },
    allFine: 'Everything is in order.',
    found: (failed: number, warnings: number) =>
      [
        failed === 0
          ? ''
          : failed === 1
            ? '1 thing is not in order'
            : `${formatNumber(failed)} things are not in order`,
        warnings === 0 ? '' : warnings === 1 ? '1 could be better' : `${formatNumber(warnings)} could be better`,
      ]
        .filter((part) => part !== '')
        .join(', '),
    fix: 'What to do',
  },

  log: {
    level: 'From level',
    levels: { debug: 'Everything', info: 'Information', warn: 'Warnings', error: 'Errors' },
    filter: 'Filter',
    pause: 'Pause',
    resume: 'Go on',
    paused: 'Paused: new lines are not read.',
    shown: (shown: number, all: number) => `${formatNumber(shown)} of ${formatNumber(all)} lines`,
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
    include: (name: string) => `Include ${name}`,
    size: (bytes: number) => formatBytes(bytes),
    preview: 'Content',
    save: 'Save',
    saved: 'Saved at',
    savedText: 'Nobody else was given it. Send it to whom you trust.',
    copyPath: 'Copy the path',
    withNames: 'Names are in it.',
    withoutNames: 'No names are in it.',
  },
} as const
