import type { ConflictRule, ResolutionKind } from '../common/conflict.ts'
import { formatBytes, formatNumber } from './format.ts'

const plural = (n: number, one: string, many: string): string => `${formatNumber(n)} ${n === 1 ? one : many}`

/** What the screen and the card of conflicts say. What each resolution does is in `common/conflict-texts.ts`. */
export const conflictStrings = {
  waiting: 'Waiting',
  settled: 'Settled',
  tabs: 'Which conflicts',
  list: 'Conflicts',
  none: 'No conflicts',
  noneText:
    'Files that change on both sides of a two-way folder, in different ways, wait here. Both versions stay safe.',
  nothingSettled: 'Nothing was settled yet',
  nothingSettledText: 'What you decide is listed here, and can be undone for as long as earlier versions are kept.',
  choose: 'Choose a file',
  chooseText: 'Both versions of it are shown side by side.',
  allKinds: 'All kinds',
  kind: 'Kind',
  back: 'All conflicts',
  newerRow: { local: 'Newer on this computer', remote: 'Newer at the target', neither: 'Both of the same age' },
  selectAll: (n: number) => `Choose all ${formatNumber(n)}`,
  selectEvery: 'Choose all',
  selected: (n: number) => `${plural(n, 'file', 'files')} chosen`,
  clear: 'Clear',
  onItsWay: 'Decided, on its way',

  sides: { local: 'This computer', remote: 'Target' },
  newer: (by: string) => `newer by ${by}`,
  folder: 'Folder',
  changed: 'Changed',
  base: (size: string, when: string) => `Both come from a version of ${size}, changed ${when}.`,
  noBase: 'Both are new: they never agreed on a version.',

  evidence: {
    lines: (local: number, remote: number) =>
      `${plural(local, 'line', 'lines')} only here, ${plural(remote, 'line', 'lines')} only at the target`,
    diff: 'How they differ',
    marks: { both: '', local: 'only here: ', remote: 'only at the target: ' },
    gap: (line: number) => `Line ${formatNumber(line)}`,
    cut: 'There are more differences than are shown.',
    imageHere: 'The picture on this computer',
    imageThere: 'The picture at the target',
    binary: (percent: string, of: string) => `${percent} % of ${of} differs.`,
    whole: 'the content',
    first: (bytes: number) => `the first ${formatBytes(bytes)}`,
    from: (at: number) => `The first difference is at byte ${formatNumber(at)}.`,
    loading: 'Looking at both versions…',
  },

  choices: {
    'keep-local': 'Keep this computer’s',
    'keep-remote': 'Keep the target’s',
    'keep-both': 'Keep both',
    merge: 'Merge',
  } satisfies Record<ResolutionKind, string>,
  question: 'What should stay?',
  advised: 'Suggested',
  later: 'Decide later',
  keptNote: 'What does not stay is kept, and can be brought back.',
  copyName: 'Name of this computer’s version',
  mergePreview: 'What the merge changes in this computer’s version',
  mergeAccept: 'Use the merged text',
  moved: 'This file changed since it was shown. Here it is as it is now.',

  batch: {
    title: (choice: string, n: number) => `${choice}: ${plural(n, 'file', 'files')}?`,
    'keep-local': (n: number, newer: number) =>
      `${plural(n, 'version', 'versions')} at the target will be replaced${newerThan(newer, 'there')}.`,
    'keep-remote': (n: number, newer: number) =>
      `${plural(n, 'file', 'files')} on this computer will be replaced${newerThan(newer, 'here')}.`,
    'keep-both': (n: number) =>
      `${plural(n, 'file', 'files')} on this computer will get another name. Nothing is replaced.`,
    kept: 'What is replaced is kept as an earlier version, and this can be undone.',
    confirm: (choice: string, n: number) => `${choice} (${formatNumber(n)})`,
  },
  decided: (choice: string, n: number) => `${choice}: ${plural(n, 'file', 'files')}.`,
  notDecided: (n: number) => `${plural(n, 'file', 'files')} changed meanwhile and ${n === 1 ? 'waits' : 'wait'} still.`,
  reopened: 'Both versions are back, and the conflict is open again.',

  rules: {
    open: (n: number) => (n === 0 ? 'Rules' : `Rules (${formatNumber(n)})`),
    title: 'What is decided without asking',
    none: 'There are no rules: every conflict waits for you.',
    text: 'The first rule that fits a file decides about its conflicts from now on. What it replaces is kept.',
    resolutions: {
      'keep-local': 'keep this computer’s version',
      'keep-remote': 'keep the target’s version',
      'keep-both': 'keep both',
      newest: 'keep the newer version',
    } satisfies Record<ConflictRule['resolution'], string>,
    remove: (pattern: string) => `Remove the rule for ${pattern}`,
    offer: (resolution: string, pattern: string, folder: string) =>
      `Always ${resolution} for ${pattern} in “${folder}”?`,
    make: 'Always do this',
    made: (pattern: string) => `From now on, ${pattern} is decided without asking.`,
    openToo: (n: number) =>
      `${plural(n, 'open conflict fits', 'open conflicts fit')} it, too, and still ${n === 1 ? 'waits' : 'wait'} for you.`,
  },
  showIt: 'Open in window',
  decidedHere: 'Decided. Both sides follow in a moment.',
} as const

function newerThan(n: number, where: 'here' | 'there'): string {
  if (n === 0) return ''
  return `, ${formatNumber(n)} of them newer ${where} than what stays`
}
